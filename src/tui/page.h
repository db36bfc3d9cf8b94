/* SPDX-License-Identifier: Apache-2.0
 *
 * Text to scroll through, with the colours that the printers of src/output put into it (SGR sequences).
 */
#ifndef REGROUP_TUI_PAGE_H
#define REGROUP_TUI_PAGE_H

#include "view.h"

struct page {
	char *text;
	size_t len;
	size_t *line; /* offset of each line, and of the end */
	size_t n;
	struct list list; /* top is what counts; `at` is where a search is */
	unsigned left;
	bool found; /* the line at `at` is marked */
};

/* Printers write into *out; page_end makes lines of it. False when memory is out. */
bool page_begin(struct page *p, FILE **out);
bool page_end(struct page *p, FILE *out);
void page_free(struct page *p);

void page_draw(struct page *p, struct ui *ui, struct area a);
bool page_act(struct page *p, enum action a);
bool page_matches(const struct page *p, size_t row, const char *text);

/* Without the colours. */
void page_print(const struct page *p, FILE *out);

#endif
