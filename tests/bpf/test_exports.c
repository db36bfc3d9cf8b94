/* SPDX-License-Identifier: Apache-2.0
 *
 * Where functions are in a library: as the dynamic linker found them; and nothing of a damaged file is believed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <dlfcn.h>
#include <elf.h>

#include "exports.h"

static const char *const names[] = { "_assert_true", "no_such_function_at_all", "_skip" };

#define N (sizeof(names) / sizeof(names[0]))

/* A library that is not small, and linked in. */
static const char *library(void)
{
	Dl_info info;
	void *at = dlsym(RTLD_DEFAULT, names[0]);

	return at && dladdr(at, &info) ? info.dli_fname : NULL;
}

static void as_the_linker_says(void **state)
{
	const char *path = library();
	uint64_t at[N];
	uint8_t bytes[16];
	FILE *f;

	(void)state;
	if (!path)
		skip();
	assert_true(exports_find(path, names, N, at));
	assert_int_equal(at[1], 0);
	f = fopen(path, "re");
	assert_non_null(f);
	for (size_t i = 0; i < N; i += 2) {
		assert_int_not_equal(at[i], 0);
		assert_int_equal(fseek(f, (long)at[i], SEEK_SET), 0);
		assert_int_equal(fread(bytes, 1, sizeof(bytes), f), sizeof(bytes));
		assert_memory_equal(bytes, dlsym(RTLD_DEFAULT, names[i]), sizeof(bytes));
	}
	fclose(f);
}

static void no_elf(void **state)
{
	uint64_t at[N] = { 1, 1, 1 };

	(void)state;
	assert_false(exports_find("/nowhere/at/all", names, N, at));
	assert_false(exports_find("/", names, N, at));
	assert_false(exports_find("/dev/zero", names, N, at));
	assert_false(exports_find("/proc/self/status", names, N, at));
	assert_int_equal(at[0], 0);
}

static void write_file(const char *path, const uint8_t *p, size_t n)
{
	FILE *f = fopen(path, "we");

	assert_non_null(f);
	assert_int_equal(fwrite(p, 1, n, f), n);
	fclose(f);
}

/* Cut anywhere, and with any byte of its head and its tables changed: whatever comes out, it ends. */
static void damaged(void **state)
{
	char path[] = "/tmp/regroup-exports-XXXXXX";
	static uint8_t whole[4 << 20];
	const char *from = library();
	FILE *f = from ? fopen(from, "re") : NULL;
	uint64_t at[N];
	Elf64_Ehdr head;
	size_t n;

	(void)state;
	if (!f)
		skip();
	n = fread(whole, 1, sizeof(whole), f);
	fclose(f);
	close(mkstemp(path));
	memcpy(&head, whole, sizeof(head));
	for (size_t cut = 0; cut < n; cut += 1 + n / 97) {
		write_file(path, whole, cut);
		exports_find(path, names, N, at);
	}
	for (uint32_t i = 0; i < 400; i++) {
		size_t place = i < sizeof(head) ? i : head.e_shoff + i * 31 % ((size_t)head.e_shnum * sizeof(Elf64_Shdr));
		uint8_t was = whole[place];

		if (place >= n)
			continue;
		whole[place] ^= (uint8_t)(0x80u >> i % 8);
		write_file(path, whole, n);
		exports_find(path, names, N, at);
		whole[place] = was;
	}
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_the_linker_says),
		cmocka_unit_test(no_elf),
		cmocka_unit_test(damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
