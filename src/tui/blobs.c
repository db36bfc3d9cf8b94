/* SPDX-License-Identifier: Apache-2.0 */
#include "blobs.h"

#include <stdlib.h>
#include <string.h>

enum { API_JOIN_GROUP = 11, API_SYNC_GROUP = 14 };

static void word(char out[BLOBS_WORD], struct kf_bytes text)
{
	size_t n = text.ptr && text.len < BLOBS_WORD ? text.len : 0;

	if (n)
		memcpy(out, text.ptr, n);
	out[n] = '\0';
}

void blobs_learn(struct blobs_told *t, const char *field, struct kf_bytes value)
{
	if (!value.ptr || !value.len)
		return;
	if (strcmp(field, "protocol_type") == 0)
		word(t->type, value);
	else if (strcmp(field, "protocol_name") == 0 || (t->api == API_JOIN_GROUP && strcmp(field, "name") == 0))
		word(t->assignor, value);
}

/* What a member tells the leader, and the leader a member. */
static bool of_member(const struct blobs_told *t, const char *field)
{
	return (t->api == API_JOIN_GROUP && strcmp(field, "metadata") == 0) ||
	       (t->api == API_SYNC_GROUP && strcmp(field, "assignment") == 0);
}

/* Kinds to try, likeliest first; returns how many. */
static size_t by_type(const struct blobs_told *t, enum kf_blob_kind out[2])
{
	bool join = t->api == API_JOIN_GROUP;

	if (strcmp(t->type, "consumer") == 0)
		out[0] = join ? KF_BLOB_SUBSCRIPTION : KF_BLOB_ASSIGNMENT;
	else if (strcmp(t->type, "connect") == 0)
		out[0] = join ? KF_BLOB_CONNECT_SUBSCRIPTION : KF_BLOB_CONNECT_ASSIGNMENT;
	else
		return 0;
	return 1;
}

static size_t by_assignor(const struct blobs_told *t, int around, enum kf_blob_kind out[2])
{
	if (strcmp(t->assignor, "stream") == 0) {
		out[0] = around == KF_BLOB_ASSIGNMENT ? KF_BLOB_STREAMS_ASSIGNMENT : KF_BLOB_STREAMS_SUBSCRIPTION;
		return 1;
	}
	out[0] = KF_BLOB_COOPERATIVE_STICKY;
	out[1] = KF_BLOB_STICKY;
	if (strcmp(t->assignor, "cooperative-sticky") == 0)
		return 2;
	out[0] = KF_BLOB_STICKY;
	return strcmp(t->assignor, "sticky") == 0;
}

static size_t candidates(const struct blobs_told *t, int around, const char *field, enum kf_blob_kind out[2])
{
	if (around < 0)
		return of_member(t, field) ? by_type(t, out) : 0;
	if ((around == KF_BLOB_SUBSCRIPTION || around == KF_BLOB_ASSIGNMENT) && strcmp(field, "user_data") == 0)
		return by_assignor(t, around, out);
	out[0] = KF_BLOB_CONNECT_ASSIGNMENT;
	return around == KF_BLOB_CONNECT_SUBSCRIPTION && strcmp(field, "allocation") == 0;
}

/* ConsumerProtocol is shown as far as it goes; the others are that, to their last byte, or they are not. */
static bool fits(enum kf_blob_kind kind, struct kf_bytes bytes)
{
	int16_t version;
	void *out;
	bool ok;

	if (kind == KF_BLOB_SUBSCRIPTION || kind == KF_BLOB_ASSIGNMENT)
		return true;
	out = malloc(kf_blob(kind)->body->size);
	ok = out && kf_decode_blob(kind, bytes, out, &version, NULL) == KF_OK;
	free(out);
	return ok;
}

bool blobs_find(const struct blobs_told *t, int around, const char *field, struct kf_bytes bytes,
                enum kf_blob_kind *kind)
{
	enum kf_blob_kind list[2];
	size_t n = bytes.len ? candidates(t, around, field, list) : 0;

	for (size_t i = 0; i < n; i++) {
		*kind = list[i];
		if (fits(list[i], bytes))
			return true;
	}
	return false;
}

/* Schema Registry's members speak JSON. */
bool blobs_is_text(const struct blobs_told *t, int around, const char *field)
{
	return around < 0 && strcmp(t->type, "sr") == 0 && of_member(t, field);
}
