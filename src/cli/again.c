/* SPDX-License-Identifier: Apache-2.0 */
#include "again.h"

#include <sys/stat.h>

#include "signals.h"

#include <regroup/capture.h>
#include <regroup/group.h>
#include <regroup/kafka.h>
#include <regroup/net.h>

#define BATCH 256

bool again_possible(const struct options *o)
{
	struct stat s;

	for (size_t i = 0; i < o->n_files; i++)
		if (stat(o->files[i], &s) != 0 || !S_ISREG(s.st_mode))
			return false;
	return o->n_files && !options_live(o);
}

static void read_all(struct capture *capture, struct net *net)
{
	struct cap_packet packets[BATCH];
	struct net_seen seen[BATCH];
	enum cap_status status;
	int64_t last = 0;
	size_t n = 0;

	while ((status = cap_read(capture, packets, BATCH, &n)) == CAP_PACKETS || status == CAP_IDLE) {
		if (n == 0)
			continue;
		net_packets(net, packets, n, seen);
		last = packets[n - 1].ts;
	}
	net_finish(net, last);
}

void again_names(const void *options, struct groups *g)
{
	const struct options *o = options;
	const struct cap_options c = { .files = o->files, .n_files = o->n_files, .filter = o->filter, .max_packets = o->count };
	const struct kafka_options k = { .sink = groups_names_sink(g), .memory = o->memory / 8 * 3 };
	struct net_options n = { .memory = o->memory / 8, .ports = o->n_ports ? o->ports : NULL, .n_ports = o->n_ports };
	struct capture *capture = NULL, *reading;
	struct kafka *kafka = NULL;
	struct net *net = NULL;
	char err[OPTIONS_ERROR];

	if (!again_possible(o) || !(capture = cap_open(&c, err, sizeof(err))))
		return;
	kafka = kafka_new(&k);
	if (kafka) {
		n.sink = kafka_net_sink(kafka);
		net = net_new(&n);
	}
	if (net) {
		reading = signals_instead(capture);
		read_all(capture, net);
		signals_back(reading);
	}
	net_free(net);
	kafka_free(kafka);
	cap_free(capture);
}
