/* SPDX-License-Identifier: Apache-2.0
 *
 * Texts that come again and again, each kept once and known by a number.
 */
#ifndef REGROUP_TUI_INTERN_H
#define REGROUP_TUI_INTERN_H

#include <stddef.h>
#include <stdint.h>

struct intern;

/* Keeps `most` bytes; texts that find no room have the number 0, as has NULL. */
struct intern *intern_new(size_t most);
void intern_free(struct intern *i);

uint32_t intern_id(struct intern *i, const void *bytes, size_t len);

/* The text of a number, with a NUL behind it; NULL for 0. */
const char *intern_text(const struct intern *i, uint32_t id);

#endif
