/* SPDX-License-Identifier: Apache-2.0 */
#include "page.h"

#include <stdlib.h>
#include <string.h>

#include <regroup/text.h>

#include "ui.h"

#define STEP 8
#define NARROW 80u
#define POSITION 7u /* columns of " 48 % " */

bool page_begin(struct page *p, FILE **out)
{
	free(p->text);
	p->text = NULL;
	p->len = 0;
	*out = open_memstream(&p->text, &p->len);
	return *out;
}

static void find_lines(struct page *p)
{
	size_t n = 1;

	for (size_t i = 0; i < p->len; i++)
		n += p->text[i] == '\n';
	free(p->line);
	p->n = 0;
	p->line = malloc((n + 1) * sizeof(*p->line));
	if (!p->line)
		return;
	p->line[0] = 0;
	for (size_t i = 0; i < p->len; i++)
		if (p->text[i] == '\n')
			p->line[++p->n] = i + 1;
	if (p->line[p->n] < p->len)
		p->line[++p->n] = p->len + 1;
	while (p->n && p->line[p->n] - p->line[p->n - 1] <= 1) /* blank lines at the end */
		p->n--;
}

bool page_end(struct page *p, FILE *out)
{
	bool ok = fclose(out) == 0 && p->text;

	if (ok)
		find_lines(p);
	return ok && p->line;
}

void page_free(struct page *p)
{
	free(p->text);
	free(p->line);
}

/* Goes past "ESC [ n m" and says what it means; 0 when there is none at `at`. */
static size_t colour(const char *at, size_t len, unsigned *style)
{
	static const uint8_t roles[8] = { STYLE_FAINT, STYLE_BAD, STYLE_GOOD, STYLE_WARN, STYLE_BLUE, STYLE_MAGENTA,
	                                  STYLE_ACCENT, STYLE_PLAIN };
	size_t i = 2;
	unsigned n = 0;

	if (len < 3 || at[0] != '\033' || at[1] != '[')
		return 0;
	for (; i < len && at[i] >= '0' && at[i] <= '9'; i++)
		n = n * 10 + (unsigned)(at[i] - '0');
	if (i == len || at[i] != 'm')
		return 0;
	if (n == 0)
		*style = STYLE_PLAIN;
	else if (n == 1)
		*style |= STYLE_BOLD;
	else if (n == 2)
		*style = STYLE_FAINT;
	else if (n >= 30 && n < 38)
		*style = roles[n - 30] | (*style & STYLE_BOLD);
	return i + 1;
}

/* The columns from `left` on. */
static void draw_line(struct pen *p, const char *text, size_t len, unsigned left)
{
	unsigned column = 0, style = p->style;

	for (size_t i = 0; i < len;) {
		size_t n = colour(text + i, len - i, &p->style);
		uint32_t ch;

		if (n) {
			i += n;
			continue;
		}
		i += text_utf8_next((const uint8_t *)text + i, len - i, &ch);
		if (ch == TEXT_ILL_FORMED)
			continue;
		if (column >= left && p->x + text_char_width(ch) > p->limit) {
			screen_char(p->screen, p->limit - 1, p->y, p->limit, 0x2026, style | STYLE_FAINT);
			return;
		}
		if (column >= left)
			pen_char(p, ch);
		column += text_char_width(ch);
	}
}

void page_draw(struct page *p, struct ui *ui, struct area a)
{
	size_t most = p->n > a.height ? p->n - a.height : 0;
	unsigned x = a.x + (a.width > NARROW); /* every column counts where there are few */

	p->list.rows = a.height;
	if (p->list.at < p->list.top || p->list.at >= p->list.top + a.height)
		p->list.top = p->list.at;
	if (p->list.top > most)
		p->list.top = most;
	for (unsigned y = 0; y < a.height && p->list.top + y < p->n; y++) {
		size_t i = p->list.top + y;
		bool position = y + 1 == a.height && i + 1 < p->n && a.width > 2 * POSITION;
		struct pen pen = pen_at(&ui->screen, x, a.y + y, a.x + a.width - (position ? POSITION : 0), STYLE_PLAIN);

		draw_line(&pen, p->text + p->line[i], p->line[i + 1] - p->line[i] - 1, p->left);
		if (ui->needle[0] && page_matches(p, i, ui->needle))
			screen_mark(&ui->screen, a.x, a.y + y, a.width, i == p->list.at ? STYLE_SELECTED : STYLE_UNDERLINE);
	}
	if (p->list.top + a.height < p->n) {
		struct pen pen = pen_at(&ui->screen, a.x + a.width - POSITION, a.y + a.height - 1, a.x + a.width, STYLE_FAINT);

		pen_format(&pen, " %3u %% ", (unsigned)((p->list.top + a.height) * 100 / p->n));
	}
}

bool page_act(struct page *p, enum action a)
{
	size_t most = p->n > p->list.rows ? p->n - p->list.rows : 0, page = p->list.rows > 2 ? p->list.rows - 2 : 1;
	size_t top = p->list.top;

	switch (a) {
	case ACT_UP:
		top -= top > 0;
		break;
	case ACT_DOWN:
		top += top < most;
		break;
	case ACT_PAGE_UP:
		top -= top < page ? top : page;
		break;
	case ACT_PAGE_DOWN:
		top = top + page < most ? top + page : most;
		break;
	case ACT_FIRST:
		top = 0;
		break;
	case ACT_LAST:
		top = most;
		break;
	case ACT_LEFT:
		p->left -= p->left < STEP ? p->left : STEP;
		return true;
	case ACT_RIGHT:
		p->left += STEP;
		return true;
	default:
		return false;
	}
	p->list.top = p->list.at = top;
	return true;
}

/* A line without its colours, cut where there is no room. */
static void plain(const struct page *p, size_t row, char *out, size_t size)
{
	const char *at = p->text + p->line[row];
	size_t len = p->line[row + 1] - p->line[row] - 1, n = 0;
	unsigned style;

	for (size_t i = 0; i < len && n + 1 < size;) {
		size_t skip = colour(at + i, len - i, &style);

		if (skip)
			i += skip;
		else
			out[n++] = at[i++];
	}
	out[n] = '\0';
}

bool page_matches(const struct page *p, size_t row, const char *text)
{
	char line[2048];

	plain(p, row, line, sizeof(line));
	return text_has(line, text);
}

void page_print(const struct page *p, FILE *out)
{
	char line[8192];

	for (size_t i = 0; i < p->n; i++) {
		size_t n;

		plain(p, i, line, sizeof(line));
		n = strlen(line);
		while (n && line[n - 1] == ' ')
			line[--n] = '\0';
		fprintf(out, "%s\n", line);
	}
}
