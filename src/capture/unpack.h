/* SPDX-License-Identifier: Apache-2.0
 *
 * Compressed files, recognized by their first bytes; libarchive does the work.
 */
#ifndef CAPTURE_UNPACK_H
#define CAPTURE_UNPACK_H

#include <stddef.h>
#include <stdint.h>

#include "source.h"

struct unpack_kind;
struct unpack;

/* NULL when the bytes do not begin a compressed file. */
const struct unpack_kind *unpack_kind(const uint8_t *p, size_t n);

/* Takes what is in the source's window as the first bytes of the compressed file; reads the rest with source_raw.
 * NULL with `err` set. */
struct unpack *unpack_new(const struct unpack_kind *kind, struct source *s, char *err, size_t err_size);
void unpack_free(struct unpack *u);

/* Errors go to the source's error text. */
enum source_state unpack_read(struct unpack *u, uint8_t *to, size_t size, size_t *got);

/* "libarchive 3.6.2" */
const char *unpack_version(void);

#endif
