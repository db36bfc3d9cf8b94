/* SPDX-License-Identifier: Apache-2.0
 *
 * send INTERFACE FILE.pcap PER_SECOND [TIMES]: sends the packets of a classic pcap file out of an interface, PER_SECOND
 * of them (0: as fast as it goes). Prints how many and how fast.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define BATCH 64

struct file {
	const uint8_t *p;
	size_t size;
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int map(struct file *f, const char *name)
{
	int fd = open(name, O_RDONLY);
	struct stat st;
	void *p;

	if (fd < 0 || fstat(fd, &st) || st.st_size < 24)
		return 0;
	p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
	close(fd);
	f->p = p;
	f->size = (size_t)st.st_size;
	return p != MAP_FAILED;
}

static int open_socket(const char *interface)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex(interface) };
	int fd = socket(AF_PACKET, SOCK_RAW, 0), size = 4 << 20, yes = 1;

	if (fd < 0 || !to.sll_ifindex || bind(fd, (struct sockaddr *)&to, sizeof(to)))
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size));
	setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &yes, sizeof(yes));
	return fd;
}

static size_t next_batch(const struct file *f, size_t *at, struct mmsghdr *m, struct iovec *v)
{
	size_t n = 0;
	uint32_t len;

	for (; n < BATCH && *at + 16 <= f->size; n++) {
		memcpy(&len, f->p + *at + 8, 4);
		if (len > f->size - *at - 16)
			break;
		v[n] = (struct iovec){ (void *)(uintptr_t)(f->p + *at + 16), len };
		m[n].msg_hdr = (struct msghdr){ .msg_iov = &v[n], .msg_iovlen = 1 };
		*at += 16 + len;
	}
	return n;
}

static void wait_until(double when)
{
	while (now() < when)
		;
}

/* Sends them all but those that the interface refuses (too long). */
static void send_batch(int fd, struct mmsghdr *m, size_t n)
{
	for (size_t done = 0; done < n;) {
		int r = sendmmsg(fd, m + done, (unsigned)(n - done), 0);

		if (r > 0)
			done += (size_t)r;
		else if (errno != ENOBUFS && errno != EAGAIN && errno != EINTR)
			done++;
	}
}

static uint64_t send_file(int fd, const struct file *f, double rate, double start, uint64_t sent)
{
	struct mmsghdr m[BATCH];
	struct iovec v[BATCH];
	size_t at = 24, n;

	while ((n = next_batch(f, &at, m, v)) > 0) {
		send_batch(fd, m, n);
		sent += n;
		if (rate > 0)
			wait_until(start + (double)sent / rate);
	}
	return sent;
}

int main(int argc, char **argv)
{
	struct file f;
	uint64_t sent = 0;
	double start, spent;
	int fd;

	if (argc < 4 || !map(&f, argv[2])) {
		fprintf(stderr, "usage: send INTERFACE FILE.pcap PER_SECOND [TIMES]\n");
		return 2;
	}
	fd = open_socket(argv[1]);
	if (fd < 0) {
		perror(argv[1]);
		return 2;
	}
	start = now();
	for (int i = 0; i < (argc > 4 ? atoi(argv[4]) : 1); i++)
		sent = send_file(fd, &f, atof(argv[3]), start, sent);
	spent = now() - start;
	printf("{\"packets\":%llu,\"seconds\":%.3f,\"per_second\":%.0f}\n", (unsigned long long)sent, spent, (double)sent / spent);
	return 0;
}
