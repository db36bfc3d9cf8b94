/* SPDX-License-Identifier: Apache-2.0 */
#include <regroup/suggest.h>

#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#define LONGEST 48

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static bool same(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/* Optimal string alignment: insertions, deletions, replacements and swaps of neighbours count one each. */
static size_t distance(const char *a, size_t n, const char *b, size_t m)
{
	size_t rows[3][LONGEST + 1];

	for (size_t k = 0; k <= m; k++)
		rows[0][k] = k;
	for (size_t i = 1; i <= n; i++) {
		size_t *row = rows[i % 3], *above = rows[(i + 2) % 3], *above2 = rows[(i + 1) % 3];
		row[0] = i;
		for (size_t k = 1; k <= m; k++) {
			row[k] = least(above[k] + 1, row[k - 1] + 1);
			row[k] = least(row[k], above[k - 1] + !same(a[i - 1], b[k - 1]));
			if (i > 1 && k > 1 && same(a[i - 1], b[k - 2]) && same(a[i - 2], b[k - 1]))
				row[k] = least(row[k], above2[k - 2] + 1);
		}
	}
	return rows[n % 3][m];
}

void suggest_try(struct suggest *s, const char *candidate)
{
	size_t n = strlen(s->word), m = strlen(candidate);

	if (n == 0 || n > LONGEST || m > LONGEST)
		return;
	size_t d = distance(s->word, n, candidate, m);
	if (n >= 3 && m > n && strncasecmp(s->word, candidate, n) == 0)
		d = 1; /* the beginning of it */
	size_t limit = n <= 2 ? 1 : n <= 5 ? 2 : 3;
	if (d <= limit && d < n && (!s->best || d < s->distance)) {
		s->best = candidate;
		s->distance = d;
	}
}
