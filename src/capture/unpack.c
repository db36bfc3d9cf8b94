/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unpack_ahead.h"
#include "unpack_library.h"

#define UNPACK_INPUT (32u << 10)

struct unpack_kind {
	const char *name;
	const char *magic;
	size_t magic_len;
	size_t support; /* where in unpack_library the function is that makes it understood */
};

#define SUPPORT(name) offsetof(struct unpack_library, read_support_filter_##name)

static const struct unpack_kind kinds[] = {
	{ "gzip", "\x1f\x8b", 2, SUPPORT(gzip) },
	{ "zstd", "\x28\xb5\x2f\xfd", 4, SUPPORT(zstd) },
	{ "xz", "\xfd" "7zXZ\0", 6, SUPPORT(xz) },
	{ "lz4", "\x04\x22\x4d\x18", 4, SUPPORT(lz4) },
	{ "bzip2", "BZh", 3, SUPPORT(bzip2) },
};

struct unpack {
	const struct unpack_kind *kind;
	struct unpack_library *library;
	struct archive *archive;
	struct source *source;
	struct unpack_ahead *ahead; /* NULL: unpacked when it is needed */
	const uint8_t *block; /* libarchive's, not copied out yet */
	size_t block_left;
	size_t head; /* bytes of input that were read before */
	enum source_state over; /* SOURCE_OK while there may be more */
	bool opened;
	bool input_end;
	uint8_t input[UNPACK_INPUT];
};

const struct unpack_kind *unpack_kind(const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (n >= kinds[i].magic_len && memcmp(p, kinds[i].magic, kinds[i].magic_len) == 0)
			return &kinds[i];
	}
	return NULL;
}

static la_ssize_t on_read(struct archive *a, void *ctx, const void **buf)
{
	struct unpack *u = ctx;
	enum source_state state = SOURCE_OK;
	size_t got = u->head;

	*buf = u->input;
	u->head = 0;
	while (!got) {
		state = source_raw(u->source, u->input, sizeof(u->input), &got);
		if (state == SOURCE_END)
			u->input_end = true;
		if (state == SOURCE_END || state == SOURCE_FAILED || *u->source->stop || unpack_ahead_stopping(u->ahead))
			break;
	}
	if (got || state == SOURCE_END)
		return (la_ssize_t)got;
	u->library->set_error(a, EIO, "%s", state == SOURCE_FAILED ? u->source->error : "interrupted");
	return -1;
}

/* ARCHIVE_WARN would mean an external program. */
static bool supports(const struct unpack *u)
{
	int (*support)(struct archive *a);

	memcpy(&support, (const char *)u->library + u->kind->support, sizeof(support));
	return support(u->archive) == ARCHIVE_OK;
}

struct unpack *unpack_new(const struct unpack_kind *kind, struct source *s, char *err, size_t err_size)
{
	struct unpack_library *l = unpack_library_open(err, err_size);
	struct unpack *u = l ? calloc(1, sizeof(*u)) : NULL;

	if (!l)
		return NULL;
	if (u) {
		u->library = l;
		u->archive = l->read_new();
	} else {
		unpack_library_close(l);
	}
	if (!u || !u->archive || source_left(s) > sizeof(u->input)) {
		snprintf(err, err_size, "out of memory");
		goto failed;
	}
	u->kind = kind;
	u->source = s;
	u->head = source_left(s);
	memcpy(u->input, source_at(s), u->head);
	if (!supports(u) || l->read_support_format_raw(u->archive) != ARCHIVE_OK ||
	    l->read_support_format_empty(u->archive) != ARCHIVE_OK) {
		snprintf(err, err_size, "this build cannot read %s; decompress the file first", kind->name);
		goto failed;
	}
	return u;
failed:
	unpack_free(u);
	return NULL;
}

void unpack_free(struct unpack *u)
{
	if (!u)
		return;
	if (u->ahead) {
		unpack_ahead_free(u->ahead);
		u->source->budget->threads++;
	}
	if (u->archive)
		u->library->read_free(u->archive);
	unpack_library_close(u->library);
	free(u);
}

static enum source_state failed(struct unpack *u)
{
	const char *text = u->library->error_string(u->archive);

	if (*u->source->stop)
		return SOURCE_IDLE;
	snprintf(u->source->error, sizeof(u->source->error), "damaged %s data: %s", u->kind->name,
		 text ? text : "the beginning is not whole");
	return u->input_end ? SOURCE_CUT : SOURCE_FAILED;
}

static enum source_state begin(struct unpack *u)
{
	struct archive_entry *entry;
	int r;

	u->opened = true;
	if (u->library->read_open(u->archive, u, NULL, on_read, NULL) != ARCHIVE_OK)
		return failed(u);
	r = u->library->read_next_header(u->archive, &entry);
	if (r == ARCHIVE_EOF)
		return SOURCE_END;
	return r == ARCHIVE_OK && u->library->filter_count(u->archive) > 1 ? SOURCE_OK : failed(u);
}

static enum source_state next_block(struct unpack *u)
{
	const void *block;
	la_int64_t offset;
	int r = u->library->read_data_block(u->archive, &block, &u->block_left, &offset);

	u->block = block;
	if (r == ARCHIVE_OK || r == ARCHIVE_WARN)
		return SOURCE_OK;
	u->block_left = 0;
	return r == ARCHIVE_EOF ? SOURCE_END : failed(u);
}

static enum source_state pull(void *ctx, uint8_t *to, size_t size, size_t *got)
{
	struct unpack *u = ctx;
	enum source_state state = u->over;

	*got = 0;
	if (!u->opened)
		state = begin(u);
	while (state == SOURCE_OK && !u->block_left)
		state = next_block(u);
	u->over = state;
	if (state != SOURCE_OK)
		return state;
	*got = u->block_left < size ? u->block_left : size;
	memcpy(to, u->block, *got);
	u->block += *got;
	u->block_left -= *got;
	return SOURCE_OK;
}

/* Once the file is being read in earnest and a processor is left for that. */
static void begin_ahead(struct unpack *u)
{
	struct source_budget *b = u->source->budget;

	if (u->ahead || !u->source->borrowed || !b->threads)
		return;
	if (unpack_ahead_begin(&u->ahead, pull, u))
		b->threads--;
}

enum source_state unpack_read(struct unpack *u, uint8_t *to, size_t size, size_t *got)
{
	begin_ahead(u);
	return u->ahead ? unpack_ahead_read(u->ahead, u->source->stop, to, size, got) : pull(u, to, size, got);
}

const char *unpack_version(void)
{
	char err[200];
	struct unpack_library *l = unpack_library_open(err, sizeof(err));
	const char *version = l ? l->version_string() : "no libarchive";

	unpack_library_close(l);
	return version;
}
