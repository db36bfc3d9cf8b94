/* SPDX-License-Identifier: Apache-2.0 */
#include "counters.h"

#include <regroup/text.h>

static const char *count(char *out, uint64_t n)
{
	text_count(out, TEXT_SHORT, n);
	return out;
}

void counters_print(FILE *out, const struct pipeline_totals *t)
{
	char a[TEXT_SHORT], b[TEXT_SHORT], c[TEXT_SHORT];

	text_bytes(b, sizeof(b), t->capture.bytes);
	fprintf(out, "regroup: %s packets (%s)", count(a, t->capture.packets), b);
	fprintf(out, ", %s connections (%s open)", count(a, t->net.connections), count(b, t->net.open_connections));
	fprintf(out, ", %s messages (%s unknown)", count(a, t->kafka.messages), count(b, t->kafka.unknown));
	text_bytes(b, sizeof(b), t->net.hole_bytes);
	fprintf(out, ", %s packets dropped, %s not seen in %s holes",
		count(a, t->capture.kernel_dropped + t->capture.interface_dropped), b, count(c, t->net.holes));
	text_bytes(b, sizeof(b), t->net.memory + t->kafka.memory);
	fprintf(out, ", %s held\n", b);
	if (!t->capture.wire_packets)
		return;
	text_bytes(a, sizeof(a), t->capture.wire_bytes);
	text_bytes(b, sizeof(b), t->capture.copied_bytes);
	fprintf(out, "regroup: of %s packets (%s) on the wire, %s left the kernel\n",
		count(c, t->capture.wire_packets), a, b);
}
