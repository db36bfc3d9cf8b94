/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack_library.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* REGROUP_LIBARCHIVE: the file name with the version of its interface, as the linker would have noted it. */

#define SYMBOL(name) { "archive_" #name, offsetof(struct unpack_library, name) }

static const struct {
	const char *name;
	size_t offset;
} symbols[] = {
	SYMBOL(error_string),
	SYMBOL(filter_count),
	SYMBOL(read_data_block),
	SYMBOL(read_free),
	SYMBOL(read_new),
	SYMBOL(read_next_header),
	SYMBOL(read_open),
	SYMBOL(read_support_filter_bzip2),
	SYMBOL(read_support_filter_gzip),
	SYMBOL(read_support_filter_lz4),
	SYMBOL(read_support_filter_xz),
	SYMBOL(read_support_filter_zstd),
	SYMBOL(read_support_format_empty),
	SYMBOL(read_support_format_raw),
	SYMBOL(set_error),
	SYMBOL(version_string),
};

static bool find_symbols(struct unpack_library *l)
{
	for (size_t i = 0; i < sizeof(symbols) / sizeof(symbols[0]); i++) {
		void *at = dlsym(l->handle, symbols[i].name);

		if (!at)
			return false;
		memcpy((char *)l + symbols[i].offset, &at, sizeof(at));
	}
	return true;
}

struct unpack_library *unpack_library_open(char *err, size_t err_size)
{
	struct unpack_library *l = calloc(1, sizeof(*l));

	if (!l) {
		snprintf(err, err_size, "out of memory");
		return NULL;
	}
	/* Once loaded it stays: there may be more files, and somebody may hold its version. */
	l->handle = dlopen(REGROUP_LIBARCHIVE, RTLD_LAZY | RTLD_LOCAL | RTLD_NODELETE);
	if (l->handle && find_symbols(l))
		return l;
	snprintf(err, err_size, "compressed, and %s, which would read it, cannot be loaded: install it (Debian: libarchive13), or "
		 "decompress the file first", REGROUP_LIBARCHIVE);
	unpack_library_close(l);
	return NULL;
}

void unpack_library_close(struct unpack_library *l)
{
	if (l && l->handle)
		dlclose(l->handle);
	free(l);
}
