/* SPDX-License-Identifier: Apache-2.0
 *
 * -w: the packets that were read, saved as pcapng.
 */
#ifndef CLI_SAVE_H
#define CLI_SAVE_H

#include <stdbool.h>

#include <regroup/capture.h>
#include <regroup/options.h>

enum save_status {
	SAVE_DONE,
	SAVE_FAILED,      /* said on standard error */
	SAVE_READER_GONE, /* nobody reads standard output any more */
};

struct save {
	struct cap_writer *writer; /* NULL when nothing is to be saved */
	const char *file;
};

/* False after saying on standard error why not. */
bool save_begin(struct save *s, const struct options *o);
enum save_status save_packets(struct save *s, const struct cap_packet *packets, size_t n);
enum save_status save_end(struct save *s, const struct cap_stats *stats);

#endif
