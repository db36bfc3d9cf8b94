/* SPDX-License-Identifier: Apache-2.0
 *
 * Follows the frames of one direction of a Kafka connection in TCP sequence space, and says which bytes of each
 * segment are worth keeping: all but the bodies of Produce requests and Fetch answers.
 *
 * Compiled into the kernel's programs and into user space (tests, fuzzing), so it allocates nothing, loops over
 * nothing without a bound, and calls only what its includer defines before it:
 *
 *   int track_load(struct track_walk *w, uint32_t at, void *to, uint32_t n)
 *       `n` bytes (1, 2, 8, 12 or 24) at offset `at` of the segment's payload; 0 when they are there.
 *   void track_asked(struct track_walk *w, int32_t correlation_id, bool bulk)
 *       A request was sent; its answer will be bulk, or will not.
 *   bool track_answers(struct track_walk *w, int32_t correlation_id)
 *       Whether this answers a request whose answer is bulk.
 *   void track_want(struct track_walk *w, uint32_t from, uint32_t to, uint32_t tail)
 *       The bytes [from, to), as sequence numbers, are wanted; `tail` bytes behind them are not, whether or not they have
 *       come yet. Called with ascending ranges of the segment, which may be empty. With w->whole all of the segment is wanted.
 *   uint32_t track_search(struct track *t, struct track_walk *w)
 *       The first offset of the payload at which track_goes_on(t, TRACK_LOOK bytes there), as far as it cares to look; else
 *       UINT32_MAX.
 *
 * Doubt is resolved towards keeping: a segment is kept whole where the position is not known.
 */
#ifndef CAPTURE_BPF_TRACK_H
#define CAPTURE_BPF_TRACK_H

#include <stdbool.h>
#include <stdint.h>

#define TRACK_HEADER 12                /* size, API key, version, correlation id (KIP-482 changes what follows) */
#define TRACK_KEEP 128                 /* of a bulk frame, its size field included */
#define TRACK_HEADS 64                 /* Produce requests of a connection; later ones */
#define TRACK_SHORT 24                 /* keep this and their client id, no batch's beginning */
#define TRACK_LONG (32u << 10)         /* unless they are this long: then their heads are few */
#define TRACK_SMALL 1024               /* a frame up to this long is not worth cutting */
#define TRACK_GRACE 2                  /* frames that are kept whole where a stream begins in its middle */
#define TRACK_FRAME_MAX (256u << 20)   /* a longer frame is none */
#define TRACK_BEHIND (4 << 20)         /* a segment farther back is no retransmission */
#define TRACK_OPAQUE_KEEP (16u << 10)  /* of a TLS stream, to tell what it is */
#define TRACK_FRAMES 4096              /* in one segment */

enum track_role { TRACK_EITHER, TRACK_REQUESTS, TRACK_ANSWERS };

/* One direction. All zero is a direction of which nothing is known. */
struct track {
	uint32_t next;  /* where the next frame begins */
	uint32_t start; /* of the current frame; before the first one, of the stream */
	uint32_t wend;  /* end of what is wanted of the current frame */
	uint32_t bare;  /* from here to `start` there is nothing but bulk, and that it will not come was told */
	uint32_t isn;   /* number of the SYN */
	uint32_t busy;  /* for the kernel: another processor is at it */
	uint32_t cpu;    /* for the kernel: the processor its segments come on, counted from 1; UINT32_MAX: more than one */
	uint32_t waited; /* for the kernel: `next` when it last waited for what comes before a segment */
	uint32_t id;    /* correlation id of the latest frame */
	uint8_t role;
	uint8_t synced;
	uint8_t syn;    /* isn is known */
	uint8_t opaque; /* TLS: nothing but its beginning is of use */
	uint8_t hn;     /* bytes in h */
	uint8_t grace;  /* frames yet to be kept whole: whoever reads has to recognise the stream first */
	uint8_t owed;   /* nobody was told yet that the rest of the current frame will not come */
	uint8_t heads;  /* of Produce requests, up to TRACK_HEADS */
	uint8_t misses; /* of searches for a frame, since the position was lost; 0: nothing to go by yet */
	uint8_t h[16];  /* the header at `next`, as far as it has come: TRACK_HEADER bytes at most */
};

/* One segment on its way. The includer may keep more behind it. */
struct track_walk {
	uint32_t seq, end; /* of the payload */
	uint32_t frames;   /* met in this segment */
	uint32_t whole;    /* keep all of it */
};

static int track_load(struct track_walk *w, uint32_t at, void *to, uint32_t n);
static void track_asked(struct track_walk *w, int32_t correlation_id, bool bulk);
static bool track_answers(struct track_walk *w, int32_t correlation_id);
static void track_want(struct track_walk *w, uint32_t from, uint32_t to, uint32_t tail);
static uint32_t track_search(struct track *t, struct track_walk *w);

#define TRACK_LOOK 24 /* bytes of a frame that are looked at where the position is not known */
#define TRACK_MISSES 64 /* then only each 32nd segment is searched */
#define TRACK_IDS 65536 /* a client's next correlation ids; of answers, which have nothing else, a few */
#define TRACK_ANSWER_IDS 32

#define TRACK_FN static inline __attribute__((always_inline))

TRACK_FN int32_t track_ahead(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b);
}

TRACK_FN uint32_t track_first(uint32_t a, uint32_t b)
{
	return track_ahead(a, b) < 0 ? a : b;
}

TRACK_FN uint32_t track_u32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

TRACK_FN uint32_t track_u16(const uint8_t *p)
{
	return (uint32_t)p[0] << 8 | p[1];
}

/* Keys of the protocol's API table. */
enum { TRACK_PRODUCE = 0, TRACK_FETCH = 1, TRACK_FETCH_SNAPSHOT = 59, TRACK_SHARE_FETCH = 78 };

TRACK_FN bool track_bulk_answer(uint32_t key)
{
	return key == TRACK_FETCH || key == TRACK_FETCH_SNAPSHOT || key == TRACK_SHARE_FETCH;
}

/* Versions of Produce so far end at 13, of Fetch at 18. */
TRACK_FN bool track_known(uint32_t key, uint32_t version)
{
	return version <= 31 && (key == TRACK_PRODUCE || track_bulk_answer(key));
}

/* A SYN: the stream begins one behind it. Its repetition changes nothing. */
TRACK_FN void track_syn(struct track *t, uint32_t isn, uint8_t role)
{
	if (t->syn && t->isn == isn)
		return;
	t->next = t->start = t->wend = t->bare = isn + 1;
	t->isn = isn;
	t->grace = 0;
	t->syn = t->synced = 1;
	t->role = role;
	t->hn = t->opaque = t->owed = t->misses = t->heads = 0;
}

/* ---- a header is there -------------------------------------------------------------------------------- */

TRACK_FN void track_frame(struct track *t, uint32_t keep)
{
	uint32_t total = track_u32(t->h) + 4;

	if (t->grace > 0) {
		t->grace--;
		keep = total;
	}
	if (total <= TRACK_SMALL)
		keep = total;
	t->bare = t->owed ? t->next : t->wend;
	t->start = t->next;
	t->wend = t->start + (keep < total ? keep : total);
	t->next = t->start + total;
	t->hn = 0;
	t->owed = t->wend != t->next;
}

/* Bytes of the current frame behind its wanted part, when the range told reaches that. */
TRACK_FN uint32_t track_tail(struct track *t, uint32_t to)
{
	if (to != t->wend || t->opaque)
		return 0;
	t->owed = 0;
	return t->next - t->wend;
}

/* The first bytes of a TLS connection: a handshake record of version 3. */
TRACK_FN bool track_is_tls(const struct track *t)
{
	return t->syn && t->next == t->isn + 1 && t->h[0] == 0x16 && t->h[1] == 3 && t->h[2] <= 4;
}

/* Who produces is told by the first requests; of later ones only acks is of use, to pair them. It follows the client id and
 * the transactional id, which has to be null to be short of nothing. What cannot be read here is kept. */
TRACK_FN uint32_t track_produce(struct track *t, struct track_walk *w, uint32_t version)
{
	uint32_t at = t->next - w->seq, id;
	uint8_t p[2];

	if (t->heads < TRACK_HEADS)
		t->heads++;
	else if (track_u32(t->h) < TRACK_LONG && track_ahead(t->next, w->seq) >= 0 && w->end - t->next >= TRACK_KEEP &&
		 track_load(w, at + TRACK_HEADER, p, 2) == 0) {
		id = track_u16(p) == 0xffff ? 0 : track_u16(p);
		if (id > TRACK_KEEP - TRACK_SHORT || track_load(w, at + TRACK_HEADER + 2 + id, p, 2) != 0)
			return TRACK_KEEP;
		if (version < 3 || (version < 9 ? track_u16(p) == 0xffff : track_u16(p) == 0)) /* from 9 on tags are first */
			return id + TRACK_SHORT;
	}
	return TRACK_KEEP;
}

/* False: this is no frame. */
TRACK_FN bool track_header(struct track *t, struct track_walk *w)
{
	uint32_t size = track_u32(t->h), keep = UINT32_MAX;
	int32_t answered = (int32_t)track_u32(t->h + 4);
	uint32_t key = track_u16(t->h + 4), version = track_u16(t->h + 6);

	if (track_is_tls(t)) {
		t->opaque = 1;
		t->start = t->next;
		t->wend = t->start + TRACK_OPAQUE_KEEP;
		t->next = t->wend; /* moves along */
		t->hn = 0;
		return true;
	}
	if (size > TRACK_FRAME_MAX)
		return false;
	t->misses = 1;
	t->id = t->role == TRACK_ANSWERS ? track_u32(t->h + 4) : track_u32(t->h + 8);
	if (t->role == TRACK_ANSWERS) {
		if (size >= 4 && track_answers(w, answered))
			keep = TRACK_KEEP;
	} else if (size >= 8) { /* smaller ones are SASL tokens, which have no header */
		if (key == TRACK_PRODUCE && track_known(key, version))
			keep = track_produce(t, w, version);
		track_asked(w, (int32_t)track_u32(t->h + 8), track_bulk_answer(key) && track_known(key, version));
	}
	track_frame(t, keep);
	return true;
}

/* Collects the header at `next`. False when the segment ends before it does, or its bytes cannot be had. */
TRACK_FN bool track_collect(struct track *t, struct track_walk *w)
{
	uint32_t need = t->role == TRACK_ANSWERS ? 8 : TRACK_HEADER;

	if (t->hn == 0 && w->end - t->next >= TRACK_HEADER) {
		t->hn = TRACK_HEADER;
		return track_load(w, t->next - w->seq, t->h, TRACK_HEADER) == 0;
	}
	for (uint32_t i = 0; i < TRACK_HEADER; i++) {
		uint32_t hn = t->hn, at = t->next + hn;

		if (hn >= need || track_ahead(at, w->end) >= 0)
			break;
		__asm__("" : "+r"(hn)); /* the compiler would leave out the mask that the kernel's verifier needs */
		if (track_load(w, at - w->seq, &t->h[hn & 15], 1) != 0)
			return false;
		t->hn++;
	}
	return t->hn >= need;
}

/* One frame that begins in the segment. False when there is none (left). */
TRACK_FN bool track_step(struct track *t, struct track_walk *w)
{
	uint32_t from, to;

	if (!t->synced || t->opaque || w->frames > TRACK_FRAMES || track_ahead(t->next, w->end) >= 0)
		return false;
	from = track_ahead(t->next, w->seq) > 0 ? t->next : w->seq;
	if (++w->frames > TRACK_FRAMES)
		t->synced = 0;
	if (!t->synced || !track_collect(t, w)) {
		track_want(w, from, w->end, 0);
		return false;
	}
	if (!track_header(t, w)) {
		t->synced = 0;
		track_want(w, from, w->end, 0);
		return false;
	}
	to = track_first(t->wend, w->end);
	if (track_ahead(to, from) < 0)
		to = from; /* the header itself went with an earlier segment */
	track_want(w, from, to, track_tail(t, to));
	return true;
}

/* ---- a segment ---------------------------------------------------------------------------------------- */

/* A request's header up to its client id: the id's length, and its text as far as it was read. */
TRACK_FN bool track_plausible(const uint8_t *p)
{
	uint32_t size = track_u32(p), key = track_u16(p + 4), version = track_u16(p + 6), id = track_u16(p + 12);

	if (size < 16 || size > TRACK_FRAME_MAX || key > 127 || version > 31 || track_u32(p + 8) > INT32_MAX)
		return false;
	if (id == 0xffff || id == 0)
		return track_bulk_answer(key) || key != TRACK_PRODUCE;
	for (uint32_t i = 14; i < TRACK_LOOK; i++)
		if (i - 14 < id && (p[i] < 0x20 || p[i] > 0x7e))
			return false;
	return id < 256 && size > id + 10;
}

/* The position is lost: whether this segment begins with a frame. */
TRACK_FN bool track_resync(struct track *t, struct track_walk *w)
{
	uint8_t p[TRACK_LOOK] = { 0 };
	uint32_t len = w->end - w->seq;

	if (len < TRACK_LOOK || track_load(w, 0, p, TRACK_LOOK) != 0)
		return false;
	if (t->role != TRACK_ANSWERS && track_plausible(p))
		t->role = TRACK_REQUESTS;
	else if (t->role != TRACK_REQUESTS && track_u32(p) >= 4 && track_u32(p) <= TRACK_FRAME_MAX &&
		 track_answers(w, (int32_t)track_u32(p + 4)))
		t->role = TRACK_ANSWERS;
	else
		return false;
	t->next = t->start = t->wend = t->bare = w->seq;
	t->synced = 1;
	t->hn = t->owed = 0;
	if (!t->syn)
		t->grace = TRACK_GRACE;
	return true;
}

/* Whether a frame that may follow the latest one begins with these TRACK_LOOK bytes. Of answers only one that is bulk is
 * looked for, and the includer sees to that: track_answers. */
TRACK_FN bool track_goes_on(const struct track *t, const uint8_t *p)
{
	uint32_t ids = t->role == TRACK_ANSWERS ? TRACK_ANSWER_IDS : TRACK_IDS;
	uint32_t ahead = track_u32(p + (t->role == TRACK_ANSWERS ? 4 : 8)) - t->id;

	if (ahead == 0 || ahead > ids || track_u32(p) > TRACK_FRAME_MAX)
		return false;
	return t->role == TRACK_ANSWERS ? track_u32(p) > TRACK_SMALL : track_plausible(p);
}

/* The position is lost, and the segment begins inside a frame: the next one in it. What is before that is kept. */
TRACK_FN bool track_find(struct track *t, struct track_walk *w)
{
	uint32_t at;

	if (t->misses == 0 || t->opaque || w->end - w->seq <= TRACK_LOOK)
		return false;
	if (++t->misses == 0)
		t->misses = TRACK_MISSES;
	if (t->misses > TRACK_MISSES && t->misses % 32 != 0)
		return false;
	at = track_search(t, w);
	if (at >= w->end - w->seq)
		return false;
	t->start = t->bare = w->seq;
	t->next = t->wend = w->seq + at;
	t->synced = t->misses = 1;
	t->hn = t->owed = 0;
	return true;
}

/* TLS behind its beginning. The marks move along, so that numbers that wrap around stay behind them. */
TRACK_FN void track_pass_opaque(struct track *t, struct track_walk *w)
{
	if (track_ahead(w->seq, t->wend) < 0)
		w->whole = 1;
	else
		t->wend = t->start = t->next = w->seq;
	if (!w->whole)
		track_want(w, w->seq, w->seq, w->end - w->seq);
}

/* A header is missing that lies before this segment. */
TRACK_FN bool track_hole(const struct track *t, uint32_t seq)
{
	return t->synced && !t->opaque && track_ahead(seq, t->next + t->hn) > 0;
}

/* Before the frames: what belongs to the current one is told, or w->whole is set. Then track_step goes on until it
 * returns false. */
TRACK_FN void track_begin(struct track *t, struct track_walk *w)
{
	uint32_t to;

	w->frames = w->whole = 0;
	if (t->synced && track_ahead(t->start, w->seq) > TRACK_BEHIND)
		t->synced = 0;
	if (t->opaque && t->synced) {
		track_pass_opaque(t, w);
		return;
	}
	if ((!t->synced || track_ahead(w->seq, t->next + t->hn) > 0) && !track_resync(t, w) && !track_find(t, w)) {
		w->whole = 1; /* a header was lost, or comes late: then the position still holds */
		w->frames = TRACK_FRAMES + 1;
		return;
	}
	if (track_ahead(w->seq, t->start) < 0) {
		if (track_ahead(w->seq, t->bare) >= 0 && track_ahead(w->end, t->start) <= 0)
			return; /* bulk that was overtaken */
		w->whole = 1; /* a retransmission; new frames may follow it */
	}
	to = track_first(t->wend, w->end);
	if (track_ahead(w->seq, t->wend) < 0) {
		track_want(w, w->seq, to, track_tail(t, to));
	} else if (t->owed && track_ahead(w->seq, t->next) < 0) {
		track_want(w, w->seq, w->seq, t->next - w->seq); /* its head's end has not come */
		t->wend = w->seq; /* what comes late is kept up to here */
		t->owed = 0;
	}
}

/* The next of the other side's bytes that is awaited lies where only bulk is: nobody needs to know. */
TRACK_FN bool track_ack_in_bulk(const struct track *other, uint32_t ack)
{
	return other->synced && !other->opaque && track_ahead(ack, other->wend) > 0 && track_ahead(ack, other->next) < 0;
}

/* The whole segment at once, in user space; the kernel calls the steps from a loop of its own. */
TRACK_FN void track_segment(struct track *t, struct track_walk *w)
{
	track_begin(t, w);
	while (track_step(t, w))
		;
}

#endif
