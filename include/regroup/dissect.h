/* SPDX-License-Identifier: Apache-2.0
 *
 * Kafka messages as data: one .def file per API, read once into C structs and once into
 * field tables, and one bounded walker that decodes any of them.
 *
 * Nothing here allocates, prints or keeps state. Everything decoded borrows from the bytes
 * handed in and is valid as long as they are. The layouts are those of Kafka's message
 * schemas (KIP-482 for flexible versions).
 */
#ifndef REGROUP_DISSECT_H
#define REGROUP_DISSECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* How far a version range reaches when it is open, and a version that never comes. */
#define KF_MAX 127
#define KF_NEVER 255

enum kf_status {
	KF_OK,
	KF_TRUNCATED,       /* the bytes end before the message does: any proper prefix of a message gives this */
	KF_MALFORMED,       /* the bytes contradict the schema */
	KF_UNKNOWN_VERSION, /* the API is known, this version of it is not */
	KF_UNKNOWN_API,
};

enum kf_direction { KF_REQUEST, KF_RESPONSE };

enum kf_type {
	KF_BOOL,
	KF_INT8,
	KF_INT16,
	KF_INT32,
	KF_INT64,
	KF_UINT16,
	KF_UINT32,
	KF_FLOAT64,
	KF_UUID,
	KF_STRING,
	KF_BYTES,
	KF_RECORDS,
	KF_STRUCT, /* in line; nullable ones have a presence byte in front */
	KF_ARRAY,  /* of `element` */
};

/* A borrowed run of bytes; ptr is NULL for Kafka's null (len is then 0), never for empty. */
struct kf_bytes {
	const uint8_t *ptr;
	uint32_t len;
};

struct kf_uuid {
	uint8_t byte[16];
};

/* `len` bytes that were counted past after the first `at` bytes kept of a body (kf_scan). */
struct kf_skip {
	uint32_t at;
	uint32_t len;
};

/* A message body as it was kept: after the header, possibly cut, possibly without its record payloads. */
struct kf_body {
	const uint8_t *ptr;
	uint32_t len; /* bytes at ptr */
	bool cut;     /* the message went on, the rest was lost; never KF_OK */
	uint32_t n_skips;
	const struct kf_skip *skips; /* ascending `at`; NULL when n_skips is 0 */
};

struct kf_error {
	enum kf_status status;
	const char *field; /* name of the field being read (static), NULL when none was */
	uint32_t offset;   /* bytes from the start of the body, skipped ones included; where reading stopped */
	const char *what;  /* static text, e.g. "array count exceeds the bytes left" */
};

struct kf_struct;
struct straight;

/* The walker's own: code made for one struct, NULL where there is none. */
typedef bool kf_straight(struct straight *s, void *out);

/* The elements of an array field, or the one value of a nullable or tagged struct: an iterator. */
struct kf_array {
	const uint8_t *ptr; /* first byte of the next element */
	const uint8_t *end; /* of the bytes that may be read */
	const struct kf_struct *element; /* NULL for arrays of scalars */
	kf_straight *straight;
	const struct kf_skip *skips;     /* skips at or after ptr; see kf_body */
	uint32_t n_skips;
	uint32_t offset; /* of ptr in the kept body */
	int32_t count;   /* elements not yet read, at most one more than the bytes can hold; -1 for null */
	uint8_t version;
	uint8_t type; /* enum kf_type of an element */
	bool flexible;
	bool cut;
};

/* The records of one partition: the kept bytes (all of them, or batch headers only). */
struct kf_records {
	const uint8_t *ptr; /* NULL for null */
	uint32_t kept;      /* bytes at ptr */
	uint32_t size;      /* on the wire, skipped ones included */
	uint32_t offset;    /* of ptr in the kept body */
	const struct kf_skip *skips;
	uint32_t n_skips;
};

/* One line of a .def file. */
struct kf_field {
	const char *name; /* snake_case; the JSON name is its camelCase form */
	uint8_t type;     /* enum kf_type */
	uint8_t element;  /* enum kf_type of the elements, for KF_ARRAY */
	uint8_t first, last;            /* versions that have it */
	uint8_t null_first, null_last;  /* versions where it may be null; KF_NEVER when none */
	int16_t tag;                    /* -1 when the field is not tagged */
	uint16_t at;                    /* offset of its value in the C struct */
	const struct kf_struct *sub;    /* of KF_STRUCT, or of KF_ARRAY of KF_STRUCT */
	const char *preset;             /* schema default as text: "-1", "null", "" ; NULL for the type's zero: 0,
	                                   false, empty */
};

struct kf_struct {
	const char *name;
	const struct kf_field *fields;
	uint16_t n_fields; /* at most 63 */
	uint16_t size;     /* sizeof the C struct */
	bool has_records;  /* it, or a struct in it, has a KF_RECORDS field */
};

/* One direction of one API. */
struct kf_message {
	const char *name; /* of the API, as Kafka spells it: "JoinGroup" */
	int16_t key;
	uint8_t direction; /* enum kf_direction */
	uint8_t first, last;
	uint8_t flexible; /* first flexible version, KF_NEVER when none */
	bool about_groups; /* the API is about consumer, share or streams groups, their members or offsets */
	const struct kf_struct *body;
	kf_straight *straight;
};

/* Each decoded struct begins with this; bit i of `present` says that field i was read (not null-ness). An array
 * whose elements are cut or bad is read as well: those before the fault are there.
 * No struct has more than 63 fields; the last bit says that tagged fields were there that no schema knows. */
struct kf_head {
	uint64_t present;
};

#define KF_UNKNOWN_TAGS (UINT64_C(1) << 63)

/* The table line of an API and direction; NULL when the key is unknown. O(1). */
const struct kf_message *kf_message(int16_t key, enum kf_direction direction);

/* The name of an API key, NULL when unknown. */
const char *kf_api_name(int16_t key);

/* Header version (0-2 for requests, 0-1 for responses) of a version of an API; works above the table too.
 * An unknown API is taken for a new one: flexible. */
int kf_header_version(int16_t key, enum kf_direction direction, int16_t version);
int kf_message_header(const struct kf_message *m, int16_t version); /* the same, of a message that was looked up */

/* Decodes `body` as `version` of `m` into `out`, which has m->body->size bytes and is zeroed first.
 * On KF_TRUNCATED and KF_MALFORMED the fields before the fault are in `out` (see present).
 * A message that ends before the body does is KF_MALFORMED, as is a null where the version has none, a tagged
 * field that is not exactly as long as its value, and tags that do not ascend. Lengths and counts beyond the end
 * of the bytes are KF_TRUNCATED, also when !body->cut: then the caller, who knows that nothing is missing, may
 * call it malformed. `err` may be NULL and is written in all cases. */
enum kf_status kf_decode(const struct kf_message *m, int16_t version, const struct kf_body *body,
                         void *out, struct kf_error *err);

/* One value of a message, and where it lies. */
struct kf_place {
	const struct kf_field *field; /* NULL for a tagged field that no schema knows */
	int32_t index;   /* of an element of the array `field`; -1 for the field itself */
	uint8_t type;    /* enum kf_type */
	uint8_t depth;   /* structs and arrays around it */
	uint32_t offset; /* in the kept body: of its length or count, where it has one */
	uint32_t len;    /* of all of it */
	int64_t number;  /* numbers: the value; arrays: the count; strings, bytes and structs: -1 for null; tags: the tag */
	struct kf_bytes bytes; /* of strings, bytes, uuids and records */
};

/* Goes through a body as kf_decode does and tells every value in the order of its bytes, structs and arrays before what
 * is in them. `each` returns false to stop. What comes before a fault is told. */
enum kf_status kf_layout(const struct kf_message *m, int16_t version, const struct kf_body *body, void *ctx,
                         bool (*each)(void *ctx, const struct kf_place *p), struct kf_error *err);

/* The next struct of an array (or the value of a struct field) into `out`, which has element->size bytes.
 * False at the end, and at the first element that is cut or bad (kf_decode has reported that already). */
bool kf_next(struct kf_array *a, void *out);

/* The same for arrays of numbers, strings (and bytes), and uuids. */
bool kf_next_int(struct kf_array *a, int64_t *out);
bool kf_next_bytes(struct kf_array *a, struct kf_bytes *out);
bool kf_next_uuid(struct kf_array *a, struct kf_uuid *out);

/* Null is no text, not even an empty one. */
static inline bool kf_bytes_are(struct kf_bytes b, const char *text)
{
	return b.ptr && b.len == strlen(text) && memcmp(b.ptr, text, b.len) == 0;
}

/* A struct that stands alone in bytes with a version of its own (ConsumerProtocolSubscription and the like), in
 * classic encoding. The version is given; the bytes start after it. When `lenient`, unread bytes at the end are
 * allowed, and fields after the first one may be missing (absent, not an error) where the bytes end between two. */
enum kf_status kf_decode_struct(const struct kf_struct *s, int16_t version, struct kf_bytes in,
                                bool lenient, void *out, struct kf_error *err);

/* What clients hand each other through the coordinator in bytes fields. Which one it is the group's protocol type
 * tells, and for the user data inside a ConsumerProtocol blob the assignor. */
enum kf_blob_kind {
	KF_BLOB_SUBSCRIPTION, /* protocol type "consumer": ConsumerProtocol */
	KF_BLOB_ASSIGNMENT,
	KF_BLOB_STICKY, /* user data of the assignor "sticky" */
	KF_BLOB_COOPERATIVE_STICKY,
	KF_BLOB_STREAMS_SUBSCRIPTION, /* user data of the assignor "stream" */
	KF_BLOB_STREAMS_ASSIGNMENT,
	KF_BLOB_CONNECT_SUBSCRIPTION, /* protocol type "connect" */
	KF_BLOB_CONNECT_ASSIGNMENT,
	KF_BLOBS,
};

struct kf_blob {
	const char *name; /* "StreamsSubscription" */
	const struct kf_struct *body;
	uint8_t version_bytes; /* of the version in front; 0 when it does not say one */
	uint8_t first, last;
	kf_straight *straight;
};

/* Never NULL. */
const struct kf_blob *kf_blob(enum kf_blob_kind kind);

/* Reads the version, then the struct. ConsumerProtocol is read leniently (see kf_decode_struct) and a version above
 * the last is read as the last; the others must be of a known version and right to their last byte. An empty blob is KF_TRUNCATED: whether it is legal is for the caller to say. `out` is the struct of
 * messages.h, body->size bytes; *version is -1 when there is none. */
enum kf_status kf_decode_blob(enum kf_blob_kind kind, struct kf_bytes in, void *out, int16_t *version,
                              struct kf_error *err);

/* The places of a blob's values, as kf_layout tells those of a message, after its version; offsets count from `in`. */
enum kf_status kf_layout_blob(enum kf_blob_kind kind, struct kf_bytes in, void *ctx,
                              bool (*each)(void *ctx, const struct kf_place *p), struct kf_error *err);

/* The same for KF_BLOB_SUBSCRIPTION and KF_BLOB_ASSIGNMENT: `out` is a struct consumer_protocol_subscription or
 * _assignment. */
enum kf_status kf_subscription(struct kf_bytes in, void *out, int16_t *version, struct kf_error *err);
enum kf_status kf_assignment(struct kf_bytes in, void *out, int16_t *version, struct kf_error *err);

/* The header of one record batch (magic 2; older magics fill what they have). */
struct kf_batch {
	int64_t base_offset;
	int64_t producer_id; /* -1 when none */
	uint32_t size;       /* batch length on the wire with its first 12 bytes */
	int32_t leader_epoch;
	int32_t last_offset_delta;
	int32_t base_sequence; /* -1 when none */
	int32_t records;       /* record count; -1 when the magic does not say */
	int16_t producer_epoch;
	int16_t attributes;
	int8_t magic;
};

/* The next batch of a records field; false at its end, at a batch that goes on beyond it (Fetch responses may end
 * so), and where the bytes stop making sense. With magic 0 and 1 each message counts as a batch. */
bool kf_next_batch(struct kf_records *r, struct kf_batch *out);

/* ---- messages that stream by -------------------------------------------------------------------------
 *
 * A scan follows a message's schema through its bytes as they arrive, in pieces of any size, and says which
 * of them to keep: everything but the payload of record batches. The kept bytes and the skips make a
 * kf_body that kf_decode takes. Only messages with a records field need one (kf_has_records). */

#define KF_SCAN_DEPTH 8

struct kf_scan {
	const struct kf_message *message;
	uint8_t version;
	uint8_t depth;
	uint8_t state;
	bool failed; /* the bytes contradict the schema: the rest is to be counted past */
	uint8_t partial[16]; /* a number split over pieces */
	uint8_t n_partial;
	uint32_t left; /* bytes of the current run still to keep or skip */
	uint32_t records_left; /* of the records field, after the current batch */
	uint32_t batch_left;   /* of the batch, after its header */
	struct {
		const struct kf_struct *s;
		uint16_t field;
		uint32_t count; /* elements left of the array being read */
		uint32_t tags;  /* tagged fields left */
	} level[KF_SCAN_DEPTH];
};

bool kf_has_records(const struct kf_message *m);

void kf_scan_start(struct kf_scan *s, const struct kf_message *m, int16_t version);

/* Looks at the next bytes: returns how many of them from `in` on have one fate, and in *keep whether that
 * is to be kept. Never 0 while len > 0. May return more than `len` when skipping: the caller need not see
 * those bytes at all (a hole there costs nothing). After the end of the message, and once the scan has failed,
 * nothing is kept: what kf_decode then finds is KF_MALFORMED. */
uint64_t kf_scan_next(struct kf_scan *s, const uint8_t *in, size_t len, bool *keep);

/* The next `len` bytes are lost. When they lie inside the records of one partition, returns how many bytes from here on
 * are to be counted past, at least `len`: the rest of the batch, or where the batch's end is lost as well, the rest of
 * the records. Otherwise 0: the scan ends here. */
uint64_t kf_scan_hole(struct kf_scan *s, uint64_t len);

/* The camelCase form of a field name into `out` (at least 64 bytes); returns its length. */
size_t kf_json_name(const char *name, char *out);

/* An error code's name ("REBALANCE_IN_PROGRESS"), NULL when unknown. 0 is "NONE". */
const char *kf_error_name(int16_t code);

/* All messages, for tests, listings and decoders of everything; *n is their number. In the order of the APIs'
 * names, the request before the response. */
const struct kf_message *const *kf_messages(size_t *n);

#endif
