/* SPDX-License-Identifier: Apache-2.0
 *
 * flood SECONDS FRAME_BYTES [MB_PER_SECOND]: Produce requests over loopback, as fast as it goes or at this rate: a client that
 * only sends (acks=0), several frames at a time, and a broker that only reads. Prints what went over as one JSON line.
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
#define TOGETHER 8 /* frames in a write, where a rate is given */

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

/* Ahead of its rate it sleeps. */
static void pace(double sent_mb, double rate, double start)
{
	double ahead = sent_mb / rate - (now() - start);
	struct timespec t = { .tv_sec = (time_t)ahead, .tv_nsec = (long)((ahead - (double)(time_t)ahead) * 1e9) };

	if (ahead > 0)
		nanosleep(&t, NULL);
}

/* The socket of the client; the broker is a process of its own. */
static int open_both(pid_t *broker)
{
	struct sockaddr_in to = address();
	int listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1, fd;

	setsockopt(listening, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(listening, (struct sockaddr *)&to, sizeof(to)) != 0 || listen(listening, 1) != 0)
		return -1;
	*broker = fork();
	if (*broker == 0)
		swallow(listening);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	return connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0 ? fd : -1;
}

int main(int argc, char **argv)
{
	uint32_t size = argc > 2 ? (uint32_t)atoi(argv[2]) : 1 << 20, id = 0;
	double seconds = argc > 1 ? atof(argv[1]) : 5, rate = argc > 3 ? atof(argv[3]) : 0, start;
	uint32_t together = rate > 0 ? TOGETHER : 1;
	uint8_t *frames = malloc((size_t)size * together);
	pid_t broker;
	int fd;

	if (!frames || size < 128)
		return 2;
	fd = open_both(&broker);
	if (fd < 0)
		return 2;
	for (uint32_t i = 0; i < together; i++)
		make_frame(frames + (size_t)i * size, size);
	for (start = now(); now() - start < seconds;) {
		for (uint32_t i = 0; i < together; i++)
			put32(frames + (size_t)i * size + 8, ++id);
		if (send_all(fd, frames, (size_t)size * together) != 0)
			return 2;
		if (rate > 0)
			pace((double)id * size / 1e6, rate, start);
	}
	seconds = now() - start;
	close(fd);
	free(frames);
	waitpid(broker, NULL, 0);
	printf("{\"frames\":%u,\"bytes\":%.0f,\"seconds\":%.3f,\"mb_per_second\":%.1f}\n", id, (double)id * size, seconds,
	       (double)id * size / seconds / 1e6);
	return 0;
}
