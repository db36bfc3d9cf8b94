/* SPDX-License-Identifier: Apache-2.0
 *
 * Failures that are known: a text file with a line for each, its identity first, the rest for people.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine.h"
#include "report.h"

#define FIRST_LINE "# regroup check: failures that are accepted. Made by --update-baseline.\n"
#define MOST 100000

/* ---- reading -------------------------------------------------------------------------------------------------- */

struct known {
	uint64_t *print;
	size_t n, cap;
};

static bool add(struct known *k, uint64_t print)
{
	if (k->n == k->cap) {
		size_t cap = k->cap ? k->cap * 2 : 64;
		uint64_t *more = cap > MOST ? NULL : realloc(k->print, cap * sizeof(*more));

		if (!more)
			return false;
		k->print = more;
		k->cap = cap;
	}
	k->print[k->n++] = print;
	return true;
}

static bool is_known(const struct known *k, uint64_t print)
{
	for (size_t i = 0; i < k->n; i++)
		if (k->print[i] == print)
			return true;
	return false;
}

/* Sixteen hexadecimal digits, then a space or the end. */
static bool read_print(const char *line, uint64_t *print)
{
	char *end;

	if (strspn(line, "0123456789abcdef") != 16)
		return false;
	*print = strtoull(line, &end, 16);
	return *end == ' ' || *end == '\n' || *end == '\0';
}

static bool read_lines(FILE *in, const char *file, struct known *k, FILE *err)
{
	char *line = NULL;
	size_t size = 0;
	unsigned number = 0;
	bool ok = true;

	while (ok && getline(&line, &size, in) > 0) {
		uint64_t print;

		number++;
		if (*line == '#' || *line == '\n')
			continue;
		ok = read_print(line, &print) && add(k, print);
		if (!ok)
			fprintf(err, "regroup: %s:%u: not a line of a baseline\n", file, number);
	}
	free(line);
	return ok;
}

bool check_baseline_read(struct check *c, const char *file, FILE *err)
{
	FILE *in = fopen(file, "r");
	struct known known = { 0 };
	bool ok;

	if (!in) {
		fprintf(err, "regroup: %s: %s; --update-baseline makes it\n", file, strerror(errno));
		return false;
	}
	ok = read_lines(in, file, &known, err);
	fclose(in);
	for (unsigned i = 1; ok && i <= CHECK_RULES; i++)
		for (struct finding *f = c->findings[i]; f; f = f->next)
			f->accepted = !f->hidden && is_known(&known, report_fingerprint(f));
	for (struct expect_result *r = c->results; ok && r; r = r->next)
		r->accepted = r->verdict == CHECK_FAIL && is_known(&known, report_fingerprint_expect(r));
	free(known.print);
	return ok;
}

/* ---- writing -------------------------------------------------------------------------------------------------- */

static void write_finding(FILE *out, const struct finding *f, struct known *written)
{
	char who[REPORT_WHO], group[REPORT_WHO], seen[REPORT_WHO];
	uint64_t print = report_fingerprint(f);

	if (is_known(written, print) || !add(written, print))
		return;
	fprintf(out, "%016llx %s %s%s%s: %s\n", (unsigned long long)print, check_rule(f->rule)->id,
	        f->group ? report_safe(f->group->name, group) : "", f->group && f->client ? " " : "",
	        f->client ? report_who(f->client, who) : "", report_safe(f->seen, seen));
}

static void write_expectation(FILE *out, const struct expect_result *r)
{
	char group[REPORT_WHO], seen[REPORT_WHO];

	fprintf(out, "%016llx %s %s: %s\n", (unsigned long long)report_fingerprint_expect(r), r->name,
	        r->group ? report_safe(r->group->name, group) : "", r->seen ? report_safe(r->seen, seen) : "");
}

bool check_baseline_write(const struct check *c, const char *file, FILE *err)
{
	FILE *out = fopen(file, "w");
	struct known written = { 0 };
	bool ok = out != NULL;

	if (out) {
		fputs(FIRST_LINE, out);
		for (unsigned i = 1; i <= CHECK_RULES; i++)
			for (const struct finding *f = report_next(c, i, NULL); f; f = report_next(c, i, f))
				write_finding(out, f, &written);
		for (const struct expect_result *r = c->results; r; r = r->next)
			if (r->verdict == CHECK_FAIL)
				write_expectation(out, r);
		ok = fclose(out) == 0;
	}
	free(written.print);
	if (!ok)
		fprintf(err, "regroup: cannot write %s: %s\n", file, strerror(errno));
	return ok;
}
