/* SPDX-License-Identifier: Apache-2.0
 *
 * Capture files made byte by byte, and all packets of a capture read back.
 */
#ifndef TEST_CAPTURE_SUPPORT_H
#define TEST_CAPTURE_SUPPORT_H

/* cmocka wants these first. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdbool.h>

#include "regroup/capture.h"

/* Bytes in a chosen byte order. */
struct bytes {
	uint8_t *p;
	size_t n;
	size_t room;
	bool big;
};

void bytes_add(struct bytes *b, const void *p, size_t n);
void bytes_16(struct bytes *b, uint16_t v);
void bytes_32(struct bytes *b, uint32_t v);
void bytes_64(struct bytes *b, uint64_t v);
void bytes_free(struct bytes *b);

/* pcap: the file header and a record with a body of caplen bytes that depend on `seed`. */
void pcap_header(struct bytes *b, uint32_t magic, uint32_t link);
void pcap_record(struct bytes *b, uint32_t sec, uint32_t frac, uint32_t caplen, uint32_t len, unsigned int seed);

/* pcapng blocks. block() puts type, length, body, padding and length. */
void ng_block(struct bytes *b, uint32_t type, const void *body, size_t n);
void ng_section(struct bytes *b);
/* resolution < 0: no if_tsresol; offset: if_tsoffset when not 0. */
void ng_interface(struct bytes *b, uint16_t link, uint32_t snaplen, int resolution, int64_t offset);
void ng_packet(struct bytes *b, uint32_t interface, uint64_t ticks, uint32_t caplen, uint32_t len, unsigned int seed);

/* The byte at `i` of a body with this seed. */
uint8_t body_byte(unsigned int seed, size_t i);

/* An Ethernet, IPv4 and UDP frame to this port; 60 bytes. */
void udp_frame(uint8_t frame[60], uint16_t port);

/* A temporary folder; the group's setup and teardown make and remove it with all that is in it. */
int folder_setup(void **state);
int folder_teardown(void **state);
/* A path in it; valid until 8 more were asked for. */
const char *in_folder(const char *name);
const char *write_file(const char *name, const void *p, size_t n);
const char *write_bytes(const char *name, const struct bytes *b);
bool file_exists(const char *path);

/* Everything that came out of a capture. */
struct all {
	struct cap_packet *packets; /* data: malloc'ed copies */
	size_t n;
	enum cap_status end;
	char error[512];
	char warnings[2048]; /* one a line */
	struct cap_stats stats;
	uint16_t links[16];
	int n_links;
};

/* False when cap_open failed (then only `error` is set). `batch`: the max given to cap_read. */
bool read_all(struct all *a, const struct cap_options *o, size_t batch);
bool read_one(struct all *a, const char *file);
bool read_files(struct all *a, const char *const *files, size_t n);
void all_free(struct all *a);

/* Same times, lengths, links and bytes; the first n packets. */
void assert_same_packets(const struct all *a, const struct all *b, size_t n);

#endif
