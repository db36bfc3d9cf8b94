/* SPDX-License-Identifier: Apache-2.0
 *
 * flood SECONDS FRAME_BYTES: Produce requests over loopback, as fast as it goes: a client that only sends (acks=0) and a
 * broker that only reads. Prints what went over as one JSON line.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PORT 19092

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static struct sockaddr_in address(void)
{
	return (struct sockaddr_in){
		.sin_family = AF_INET, .sin_port = htons(PORT), .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
}

/* The broker: never returns. */
static void swallow(int listening)
{
	static char buffer[1 << 20];
	int fd = accept(listening, NULL, NULL);

	while (fd >= 0 && read(fd, buffer, sizeof(buffer)) > 0)
		;
	_exit(0);
}

static void put32(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> (24 - 8 * i));
}

/* Produce v7: no transactional id, acks 0, timeout, one topic "bulk", partition 0, one record set. */
static void make_frame(uint8_t *p, uint32_t size)
{
	static const uint8_t head[] = { 0, 0, 0, 7, 0, 0, 0, 0, 0, 5, 'f', 'l', 'o', 'o', 'd', 0xff, 0xff, 0, 0,
					0, 0, 0x75, 0x30, 0, 0, 0, 1, 0, 4, 'b', 'u', 'l', 'k', 0, 0, 0, 1, 0, 0, 0, 0 };

	memset(p, 'r', size);
	put32(p, size - 4);
	memcpy(p + 4, head, sizeof(head));
	put32(p + 4 + sizeof(head), size - 8 - (uint32_t)sizeof(head));
}

static int send_all(int fd, const uint8_t *p, size_t n)
{
	while (n) {
		ssize_t sent = write(fd, p, n);

		if (sent <= 0)
			return -1;
		p += sent;
		n -= (size_t)sent;
	}
	return 0;
}

int main(int argc, char **argv)
{
	uint32_t size = argc > 2 ? (uint32_t)atoi(argv[2]) : 1 << 20, id = 0;
	double seconds = argc > 1 ? atof(argv[1]) : 5, start;
	uint8_t *frame = malloc(size);
	struct sockaddr_in to = address();
	int listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1, fd;
	pid_t broker;

	setsockopt(listening, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (!frame || size < 128 || bind(listening, (struct sockaddr *)&to, sizeof(to)) != 0 || listen(listening, 1) != 0)
		return 2;
	broker = fork();
	if (broker == 0)
		swallow(listening);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0)
		return 2;
	make_frame(frame, size);
	start = now();
	while (now() - start < seconds) {
		put32(frame + 8, ++id);
		if (send_all(fd, frame, size) != 0)
			return 2;
	}
	seconds = now() - start;
	close(fd);
	free(frame);
	waitpid(broker, NULL, 0);
	printf("{\"frames\":%u,\"bytes\":%.0f,\"seconds\":%.3f,\"mb_per_second\":%.1f}\n", id, (double)id * size, seconds,
	       (double)id * size / seconds / 1e6);
	return 0;
}
