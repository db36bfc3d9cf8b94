/* SPDX-License-Identifier: Apache-2.0
 *
 * Following a schema through bytes as they arrive. What is kept depends on the bytes only, never on how they
 * are cut into pieces.
 *
 * `level` is the path from the message to the struct being read. A level with s == NULL is a list of strings or
 * bytes, whose element type is in `field`; a level whose `field` is IN_TAGS has come to its tagged section.
 */
#include "batch.h"

enum state {
	STRING_LENGTH, /* these collect a number in `partial` ... */
	BYTES_LENGTH,
	RECORDS_LENGTH,
	ARRAY_COUNT,
	PRESENCE,
	TAG_COUNT,
	TAG_NUMBER,
	TAG_SIZE,
	KEEP,       /* `left` bytes of values */
	PEEK,       /* the first bytes of a batch, up to its magic */
	BATCH_HEAD, /* `left` more bytes of its header */
	SKIP,       /* `left` bytes of record data */
	DONE,
	FAILED,
};

enum { IN_TAGS = UINT16_MAX };

static bool flexible(const struct kf_scan *s)
{
	return s->version >= s->message->flexible;
}

static void fail(struct kf_scan *s)
{
	s->failed = true;
	s->state = FAILED;
}

static void expect(struct kf_scan *s, enum state state)
{
	s->state = (uint8_t)state;
	s->n_partial = 0;
}

static void expect_run(struct kf_scan *s, enum state state, uint64_t n)
{
	if (n > UINT32_MAX) {
		fail(s);
		return;
	}
	s->state = (uint8_t)state;
	s->n_partial = 0;
	s->left = (uint32_t)n;
}

static void push(struct kf_scan *s, const struct kf_struct *sub, uint16_t field, uint32_t count)
{
	if (s->depth + 1 == KF_SCAN_DEPTH) {
		fail(s);
		return;
	}
	s->depth++;
	s->level[s->depth].s = sub;
	s->level[s->depth].field = field;
	s->level[s->depth].count = count;
	s->level[s->depth].tags = 0;
	expect_run(s, KEEP, 0);
}

static void begin_value(struct kf_scan *s, unsigned type, const struct kf_field *f)
{
	switch (type) {
	case KF_STRING:
		expect(s, STRING_LENGTH);
		break;
	case KF_BYTES:
		expect(s, BYTES_LENGTH);
		break;
	case KF_RECORDS:
		expect(s, RECORDS_LENGTH);
		break;
	case KF_ARRAY:
		expect(s, ARRAY_COUNT);
		break;
	case KF_STRUCT:
		if (may_be_null(f, s->version))
			expect(s, PRESENCE);
		else
			push(s, f->sub, 0, 0);
		break;
	default:
		expect_run(s, KEEP, fixed_size(type));
	}
}

/* One struct is over: the next of its array, or on with the one around it. */
static void end_struct(struct kf_scan *s)
{
	if (s->level[s->depth].count > 0) {
		s->level[s->depth].count--;
		s->level[s->depth].field = 0;
	} else if (s->depth > 0) {
		s->depth--;
	} else {
		s->state = DONE;
	}
}

static void next_string(struct kf_scan *s)
{
	if (s->level[s->depth].count == 0) {
		s->depth--;
		return;
	}
	s->level[s->depth].count--;
	begin_value(s, s->level[s->depth].field, NULL);
}

/* A value is over: what comes next? */
static void next_value(struct kf_scan *s)
{
	const struct kf_struct *in = s->level[s->depth].s;

	if (!in) {
		next_string(s);
		return;
	}
	while (s->level[s->depth].field < in->n_fields) {
		const struct kf_field *f = &in->fields[s->level[s->depth].field++];

		if (in_version(f, s->version) && f->tag < 0) {
			begin_value(s, f->type, f);
			return;
		}
	}
	if (!flexible(s)) {
		end_struct(s);
	} else if (s->level[s->depth].field != IN_TAGS) {
		s->level[s->depth].field = IN_TAGS;
		expect(s, TAG_COUNT);
	} else if (s->level[s->depth].tags > 0) {
		s->level[s->depth].tags--;
		expect(s, TAG_NUMBER);
	} else {
		end_struct(s);
	}
}

/* The next batch of the records, the rest of them where it makes no sense, or the value after them. */
static void next_batch(struct kf_scan *s)
{
	if (s->records_left >= BATCH_PEEK) {
		expect_run(s, PEEK, BATCH_PEEK);
		return;
	}
	expect_run(s, s->records_left ? SKIP : KEEP, s->records_left);
	s->records_left = 0;
}

static void peeked(struct kf_scan *s)
{
	int32_t length = (int32_t)load32(s->partial);
	int8_t magic = (int8_t)s->partial[BATCH_MAGIC_AT - BATCH_LENGTH_AT];
	uint32_t header = batch_header(magic, length), size = s->records_left;

	if (!header) {
		s->records_left = 0;
		expect_run(s, SKIP, size - BATCH_PEEK);
		return;
	}
	if ((uint32_t)length + BATCH_LENGTH_END < size)
		size = (uint32_t)length + BATCH_LENGTH_END;
	if (header > size)
		header = size;
	s->records_left -= size;
	s->batch_left = size - header;
	expect_run(s, BATCH_HEAD, header - BATCH_PEEK);
}

/* Moves on until there is a state that takes bytes. */
static void settle(struct kf_scan *s)
{
	for (;;) {
		if (s->state < KEEP || s->state >= DONE || s->left > 0)
			return;
		if (s->state == KEEP)
			next_value(s);
		else if (s->state == PEEK)
			peeked(s);
		else if (s->state == BATCH_HEAD)
			expect_run(s, SKIP, s->batch_left);
		else
			next_batch(s);
	}
}

static const struct kf_field *current(const struct kf_scan *s)
{
	return &s->level[s->depth].s->fields[s->level[s->depth].field - 1];
}

static void begin_array(struct kf_scan *s, uint32_t count)
{
	const struct kf_field *f = current(s);

	if (count == 0)
		expect_run(s, KEEP, 0);
	else if (f->element == KF_STRUCT)
		push(s, f->sub, 0, count - 1);
	else if (f->element <= KF_UUID)
		expect_run(s, KEEP, (uint64_t)count * fixed_size(f->element));
	else
		push(s, NULL, f->element, count);
}

/* A number is complete; lengths and counts below 0 are null. */
static void number(struct kf_scan *s, int64_t n)
{
	uint32_t length = n < 0 ? 0 : (uint32_t)n;

	switch (s->state) {
	case STRING_LENGTH:
	case BYTES_LENGTH:
	case TAG_SIZE:
		expect_run(s, KEEP, length);
		break;
	case RECORDS_LENGTH:
		s->records_left = length;
		next_batch(s);
		break;
	case ARRAY_COUNT:
		begin_array(s, length);
		break;
	case PRESENCE:
		if (n < 0)
			expect_run(s, KEEP, 0);
		else
			push(s, current(s)->sub, 0, 0);
		break;
	case TAG_COUNT:
		s->level[s->depth].tags = length;
		expect_run(s, KEEP, 0);
		break;
	default:
		expect(s, TAG_SIZE);
	}
}

/* Bytes of the number in a fixed width; 0 for a uvarint. */
static unsigned width(const struct kf_scan *s)
{
	if (s->state == PRESENCE)
		return 1;
	if (flexible(s))
		return 0;
	return s->state == STRING_LENGTH ? 2 : 4;
}

static void uvarint_complete(struct kf_scan *s)
{
	bool less_one = s->state == STRING_LENGTH || s->state == BYTES_LENGTH || s->state == RECORDS_LENGTH ||
	                s->state == ARRAY_COUNT;
	uint64_t n = 0;

	for (unsigned i = 0; i < s->n_partial; i++)
		n |= (uint64_t)(s->partial[i] & 0x7f) << 7 * i;
	if (n > UINT32_MAX || (less_one && n - 1 > INT32_MAX && n))
		fail(s);
	else
		number(s, (int64_t)n - less_one);
}

static void take_digit(struct kf_scan *s, uint8_t byte)
{
	enum { LONGEST = 5 };
	unsigned wide = width(s);

	s->partial[s->n_partial++] = byte;
	if (wide == 0) {
		if (!(byte & 0x80))
			uvarint_complete(s);
		else if (s->n_partial == LONGEST)
			fail(s);
	} else if (s->n_partial == wide) {
		const uint8_t *p = s->partial;

		number(s, wide == 1 ? (int8_t)*p : wide == 2 ? (int16_t)load16(p) : (int32_t)load32(p));
	}
}

static size_t take_run(struct kf_scan *s, const uint8_t *in, size_t len)
{
	size_t n = len < s->left ? len : s->left;

	if (s->state == PEEK) {
		size_t at = BATCH_PEEK - s->left;

		for (size_t i = 0; i < n; i++)
			if (at + i >= BATCH_LENGTH_AT)
				s->partial[at + i - BATCH_LENGTH_AT] = in[i];
	}
	s->left -= (uint32_t)n;
	return n;
}

bool kf_has_records(const struct kf_message *m)
{
	return m->body->has_records;
}

void kf_scan_start(struct kf_scan *s, const struct kf_message *m, int16_t version)
{
	memset(s, 0, sizeof(*s));
	s->message = m;
	s->level[0].s = m->body;
	expect_run(s, KEEP, 0);
	if (version < m->first || version > m->last)
		fail(s);
	else
		s->version = (uint8_t)version;
}

uint64_t kf_scan_next(struct kf_scan *s, const uint8_t *in, size_t len, bool *keep)
{
	uint64_t run;
	size_t n = 0;

	settle(s);
	*keep = false;
	if (s->state == SKIP) {
		run = s->left;
		s->left = 0;
		return run;
	}
	if (s->state == DONE && len > 0)
		fail(s);
	if (s->state == FAILED)
		return len;
	*keep = true;
	while (n < len && s->state != SKIP && s->state < DONE) {
		if (s->state < KEEP)
			take_digit(s, in[n++]);
		else
			n += take_run(s, in + n, len - n);
		settle(s);
	}
	return n;
}

uint64_t kf_scan_hole(struct kf_scan *s, uint64_t len)
{
	uint64_t run;

	settle(s);
	if (s->state < PEEK || s->state > SKIP)
		return 0;
	run = s->left;
	if (s->state != SKIP || len > run) {
		if (s->state == PEEK)
			run = s->records_left - (BATCH_PEEK - s->left);
		else
			run += s->records_left + (s->state == BATCH_HEAD ? s->batch_left : 0);
		s->records_left = 0;
	}
	expect_run(s, SKIP, 0);
	return len > run ? 0 : run;
}
