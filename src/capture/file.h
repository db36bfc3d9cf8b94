/* SPDX-License-Identifier: Apache-2.0
 *
 * One capture file: its format is found by content, its packets come out in file order.
 */
#ifndef CAPTURE_FILE_H
#define CAPTURE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "regroup/capture.h"

#include "source.h"

#define FILE_LINKS 32 /* link types remembered per file */

enum file_state {
	FILE_OK,   /* `max` was reached, or packets came out */
	FILE_MORE, /* the next record is not whole in the window */
	FILE_IDLE, /* a pipe has nothing now */
	FILE_END,
	FILE_BAD,  /* see problem */
};

/* State of the pcapng reader. */
struct ng_interface {
	uint64_t limit;  /* of ticks below this, nanoseconds are ticks * mul and nothing else */
	uint64_t mul;    /* nanoseconds = ticks * mul / div, or >> shift */
	uint64_t div;
	int64_t offset;  /* seconds */
	uint64_t dropped; /* as its last statistics said */
	uint64_t os_dropped;
	uint32_t snaplen; /* 0 for no limit */
	uint16_t link;
	uint8_t shift;
};

struct cap_file {
	struct source src;
	const char *name;  /* for people; borrowed */
	const char *what;  /* what is being read, for "cut in the middle of ..." */
	size_t need;       /* with FILE_MORE: bytes of the record, as far as known */
	uint64_t packets;  /* read so far */
	int64_t last_ts;
	/* Takes whole records from the window; never reads. With max 0 only what comes before the next packet. */
	size_t (*decode)(struct cap_file *f, struct cap_packet *out, size_t max, enum file_state *state);
	struct ng_interface *interfaces; /* pcapng: of the section */
	size_t n_interfaces;
	size_t room_interfaces;
	uint64_t dropped;    /* pcapng: by the interfaces and by the system, from statistics blocks */
	uint64_t os_dropped;
	uint16_t links[FILE_LINKS];
	size_t n_links;
	uint32_t ts_mul;     /* pcap: nanoseconds per unit of the fraction */
	uint16_t link;       /* pcap */
	uint16_t source;     /* number of the file */
	uint8_t header_size; /* pcap: of a record */
	bool old_order;      /* pcap before 2.4: the two lengths may be exchanged */
	bool swap;
	bool cut;
	bool bulk_cut; /* pcapng: see CAP_BULK_CUT */
	char *problem;       /* one line; NULL for none */
};

/* Opens and looks at the beginning. NULL only when out of memory; else check `problem`. */
struct cap_file *file_open(const char *name, uint16_t number, struct source_budget *budget,
			   const atomic_int *stop, int wait_ms);
void file_free(struct cap_file *f);

/* Up to `max` packets. `may_fill` allows to read on when no whole record is in the window, which invalidates the
 * packets given before; without it FILE_MORE is returned. */
size_t file_read(struct cap_file *f, struct cap_packet *out, size_t max, bool may_fill, enum file_state *state);

/* Gives the window and the descriptor back; statistics stay. */
void file_close(struct cap_file *f);

/* Sets `problem`: "NAME: text". The second says where the file is damaged. */
__attribute__((format(printf, 2, 3)))
void file_problem(struct cap_file *f, const char *format, ...);
__attribute__((format(printf, 3, 4)))
void file_damaged(struct cap_file *f, uint64_t offset, const char *format, ...);

/* Remembers a link type. */
void file_link(struct cap_file *f, uint16_t link);

/* pcap_file.c, pcapng_file.c: is this the format's magic number? Then reads the header and sets decode; what is
 * wrong with it goes to `problem`. */
bool pcap_file_begin(struct cap_file *f);
bool pcapng_file_begin(struct cap_file *f);

#endif
