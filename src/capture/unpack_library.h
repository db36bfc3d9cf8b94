/* SPDX-License-Identifier: Apache-2.0
 *
 * libarchive, loaded when the first compressed file is met: it brings a dozen libraries along, which took half of the time
 * that the program needs to start. Its functions, under their names without "archive_".
 */
#ifndef CAPTURE_UNPACK_LIBRARY_H
#define CAPTURE_UNPACK_LIBRARY_H

#include <archive.h>
#include <archive_entry.h>
#include <stddef.h>

struct unpack_library {
	void *handle;
	__typeof__(&archive_error_string) error_string;
	__typeof__(&archive_filter_count) filter_count;
	__typeof__(&archive_read_data_block) read_data_block;
	__typeof__(&archive_read_free) read_free;
	__typeof__(&archive_read_new) read_new;
	__typeof__(&archive_read_next_header) read_next_header;
	__typeof__(&archive_read_open) read_open;
	__typeof__(&archive_read_support_filter_bzip2) read_support_filter_bzip2;
	__typeof__(&archive_read_support_filter_gzip) read_support_filter_gzip;
	__typeof__(&archive_read_support_filter_lz4) read_support_filter_lz4;
	__typeof__(&archive_read_support_filter_xz) read_support_filter_xz;
	__typeof__(&archive_read_support_filter_zstd) read_support_filter_zstd;
	__typeof__(&archive_read_support_format_empty) read_support_format_empty;
	__typeof__(&archive_read_support_format_raw) read_support_format_raw;
	__typeof__(&archive_set_error) set_error;
	__typeof__(&archive_version_string) version_string;
};

/* NULL with one line in `err` when it is not installed. */
struct unpack_library *unpack_library_open(char *err, size_t err_size);
void unpack_library_close(struct unpack_library *l);

#endif
