/* SPDX-License-Identifier: Apache-2.0 */
#include "vectors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

enum { ROOM = 1 << 20 };

struct guard {
	uint8_t *memory;
	size_t size, page;
};

static uint8_t *read_file(const char *path, size_t *size)
{
	FILE *f = fopen(path, "rb");
	uint8_t *bytes;
	long end;

	assert_non_null(f);
	assert_int_equal(fseek(f, 0, SEEK_END), 0);
	end = ftell(f);
	assert_true(end > 4);
	rewind(f);
	bytes = malloc((size_t)end);
	assert_non_null(bytes);
	assert_int_equal(fread(bytes, 1, (size_t)end, f), end);
	fclose(f);
	*size = (size_t)end;
	return bytes;
}

void vectors_each(void (*use)(const struct vector *v, void *ctx), void *ctx)
{
	size_t size, at = 4;
	uint8_t *file = read_file(VECTORS, &size);

	assert_memory_equal(file, "KFV1", 4);
	while (at < size) {
		const uint8_t *p = file + at;
		struct vector v = { .version = p[3], .body = p + 8 };

		assert_true(size - at >= 8);
		v.message = kf_message((int16_t)(p[0] << 8 | p[1]), p[2] ? KF_RESPONSE : KF_REQUEST);
		v.len = (uint32_t)p[4] << 24 | (uint32_t)p[5] << 16 | (uint32_t)p[6] << 8 | p[7];
		assert_non_null(v.message);
		assert_true(v.len <= size - at - 8);
		use(&v, ctx);
		at += 8 + v.len;
	}
	free(file);
}

struct guard *guard_new(void)
{
	struct guard *g = calloc(1, sizeof(*g));

	assert_non_null(g);
	g->page = (size_t)sysconf(_SC_PAGESIZE);
	g->size = ROOM + g->page;
	g->memory = mmap(NULL, g->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_true(g->memory != MAP_FAILED);
	assert_int_equal(mprotect(g->memory + ROOM, g->page, PROT_NONE), 0);
	return g;
}

void guard_free(struct guard *g)
{
	if (!g)
		return;
	munmap(g->memory, g->size);
	free(g);
}

const uint8_t *guard_copy(struct guard *g, const void *bytes, size_t len)
{
	uint8_t *to = g->memory + ROOM - len;

	assert_true(len <= ROOM);
	if (len)
		memcpy(to, bytes, len);
	return to;
}

uint32_t next_random(uint64_t *state)
{
	*state = *state * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (uint32_t)(*state >> 33);
}
