/* SPDX-License-Identifier: Apache-2.0
 *
 * libpcap's empty loop: what reading a capture costs when nothing is done with it.
 *   empty_loop FILE              reads the file
 *   empty_loop -i INTERFACE N    captures until N packets came or nothing came for 2 s; says how many were dropped
 *                                (-B KIB: the size of the ring)
 */
#include <pcap/pcap.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct counts {
	uint64_t packets, bytes;
};

static void count(u_char *user, const struct pcap_pkthdr *h, const u_char *bytes)
{
	struct counts *c = (struct counts *)(void *)user;

	(void)bytes;
	c->packets++;
	c->bytes += h->caplen;
}

static int read_file(const char *name, struct counts *c)
{
	char err[PCAP_ERRBUF_SIZE];
	pcap_t *p = pcap_open_offline(name, err);
	int r;

	if (!p) {
		fprintf(stderr, "empty_loop: %s\n", err);
		return 2;
	}
	r = pcap_loop(p, -1, count, (u_char *)(void *)c);
	pcap_close(p);
	return r < 0;
}

static volatile sig_atomic_t stopped;

static void stop(int signal)
{
	(void)signal;
	stopped = 1;
}

static int capture(const char *interface, int kib, uint64_t packets, struct counts *c)
{
	char err[PCAP_ERRBUF_SIZE];
	pcap_t *p = pcap_create(interface, err);
	struct pcap_stat s = { 0 };
	time_t last = 0;

	if (!p || pcap_set_snaplen(p, 262144) || pcap_set_timeout(p, 50) || pcap_set_buffer_size(p, kib * 1024) ||
	    pcap_activate(p) < 0 || pcap_setnonblock(p, 1, err)) {
		fprintf(stderr, "empty_loop: %s: cannot capture\n", interface);
		return 2;
	}
	signal(SIGINT, stop);
	while (!stopped && c->packets < packets && (!last || time(NULL) - last < 2)) {
		struct timespec nap = { .tv_nsec = 500000 };

		if (pcap_dispatch(p, -1, count, (u_char *)(void *)c) > 0)
			last = time(NULL);
		else
			nanosleep(&nap, NULL);
	}
	pcap_stats(p, &s);
	pcap_close(p);
	printf("{\"received\":%u,\"dropped\":%u}\n", s.ps_recv, s.ps_drop);
	return 0;
}

int main(int argc, char **argv)
{
	struct counts c = { 0 };
	int kib = 64 << 10, r;

	if (argc == 4 && strcmp(argv[1], "-i") == 0)
		return capture(argv[2], kib, strtoull(argv[3], NULL, 10), &c);
	if (argc == 6 && strcmp(argv[1], "-i") == 0 && strcmp(argv[4], "-B") == 0)
		return capture(argv[2], atoi(argv[5]), strtoull(argv[3], NULL, 10), &c);
	if (argc != 2) {
		fprintf(stderr, "usage: empty_loop FILE | empty_loop -i INTERFACE PACKETS [-B KIB]\n");
		return 2;
	}
	r = read_file(argv[1], &c);
	printf("{\"packets\":%llu,\"bytes\":%llu}\n", (unsigned long long)c.packets, (unsigned long long)c.bytes);
	return r;
}
