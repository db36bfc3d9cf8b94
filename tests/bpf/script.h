/* SPDX-License-Identifier: Apache-2.0
 *
 * Scripted conversations: a client and a broker whose frames are known, cut into packets in every way that matters.
 * The user-space model and the kernel's program are run over the same ones.
 */
#ifndef TESTS_BPF_SCRIPT_H
#define TESTS_BPF_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One direction's bytes, and which of them nobody may miss. */
struct stream {
	uint8_t *bytes;
	uint8_t *needed; /* 1 for each byte that must be kept; 2 for the rest of a head, which may be */
	uint32_t n, room;
	uint32_t isn;
};

struct script_packet {
	uint8_t *data; /* from the network header on */
	uint32_t len, payload; /* of what TCP carries, at the end of data */
	uint32_t at;   /* its place in the stream */
	uint8_t dir;   /* 0: the client's */
};

struct script {
	struct stream stream[2];
	struct script_packet *packets;
	size_t n, room;
	bool v6, no_syn;
};

enum script_kind {
	SCRIPT_SEGMENTS,  /* of 1460 bytes */
	SCRIPT_BYTES,     /* one byte each */
	SCRIPT_RANDOM,    /* 1 to 200 bytes */
	SCRIPT_SUPER,     /* segmentation offload: up to 65,000 bytes */
	SCRIPT_LOSS,      /* every 25th is missing, and sent again later */
	SCRIPT_REORDER,   /* neighbours change places */
	SCRIPT_DUPLICATE, /* some come twice */
	SCRIPT_MIDSTREAM, /* no SYN, and it begins inside a frame */
	SCRIPT_WRAP,      /* sequence numbers pass zero */
	SCRIPT_SIX,       /* IPv6 */
	SCRIPT_PRODUCE,   /* nothing but Produce, of which soon no more is needed than who speaks and whether it is answered */
	SCRIPT_KINDS,
};

const char *script_name(enum script_kind kind);

/* Produce and Fetch of many sizes between group messages, pipelined. */
struct script *script_new(enum script_kind kind, uint32_t seed);
void script_free(struct script *s);

/* A request or an answer at the end of a stream: `size` counts what is behind the size field. */
void script_request(struct script *s, int16_t key, int16_t version, int32_t correlation_id, uint32_t size);
void script_answer(struct script *s, int32_t correlation_id, uint32_t size, bool bulk);

/* A packet with the bytes [at, at + n) of a direction. */
void script_packet(struct script *s, unsigned dir, uint32_t at, uint32_t n, uint8_t flags);

#endif
