/* SPDX-License-Identifier: Apache-2.0 */
#include "explain.h"

#include <ctype.h>
#include <regroup/output.h>
#include <stdio.h>
#include <string.h>

#include "log.h"

#define STORMS (GROUP_STORM_CLASSES - 1)
#define BEFORE_NOTICES (EXPLAIN_CAUSES + STORMS)
#define NAME_COLUMN 5
#define WIDTH 80
#define LABEL_COLUMNS 14

size_t explain_count(void)
{
	return BEFORE_NOTICES + EXPLAIN_NOTICES;
}

static bool is_cause(size_t i)
{
	return i < EXPLAIN_CAUSES;
}

static const struct explain_notice *notice_of(size_t i)
{
	return i >= BEFORE_NOTICES ? &explain_notices[i - BEFORE_NOTICES] : NULL;
}

static enum group_storm_class class_of(size_t i)
{
	return (enum group_storm_class)(i - EXPLAIN_CAUSES + 1);
}

const char *explain_name(size_t i)
{
	if (notice_of(i) != NULL)
		return notice_of(i)->name;
	return is_cause(i) ? group_cause_name((uint8_t)i) : group_storm_name(class_of(i));
}

static const struct explanation *row(size_t i)
{
	if (notice_of(i) != NULL)
		return &notice_of(i)->text;
	return is_cause(i) ? &explain_causes[i] : &explain_storms[class_of(i)];
}

/* Hyphens and underscores are as good as spaces, and case does not matter. */
static bool same(const char *a, const char *b)
{
	for (; *a != '\0' && *b != '\0'; a++, b++) {
		int x = *a == '-' || *a == '_' ? ' ' : tolower((unsigned char)*a);
		int y = *b == '-' || *b == '_' ? ' ' : tolower((unsigned char)*b);

		if (x != y)
			return false;
	}
	return *a == *b;
}

static bool is_called(size_t i, const char *what)
{
	const struct explain_notice *n = notice_of(i);
	char id[24];

	snprintf(id, sizeof id, "R%zu", i);
	if (same(what, explain_name(i)) || (is_cause(i) && same(what, id)))
		return true;
	for (size_t k = 0; n != NULL && k < sizeof n->other / sizeof n->other[0] && n->other[k] != NULL; k++)
		if (same(what, n->other[k]))
			return true;
	return false;
}

bool explain_find(const char *what, size_t *out)
{
	for (size_t i = 0; i < explain_count(); i++) {
		if (is_called(i, what)) {
			*out = i;
			return true;
		}
	}
	return false;
}

const char *explain_other_name(size_t i, size_t k)
{
	const struct explain_notice *n = notice_of(i);

	return n != NULL && k < sizeof n->other / sizeof n->other[0] ? n->other[k] : NULL;
}

/* A paragraph under its label, within WIDTH columns. */
static void print_part(struct line *l, const char *label, const char *text)
{
	if (text == NULL)
		return;
	line_text(l, "  ");
	line_style(l, LINE_DIM);
	line_text(l, label);
	line_style(l, LINE_PLAIN);
	line_to(l, LABEL_COLUMNS, 1);
	while (*text != '\0') {
		size_t len = strcspn(text, " ");

		if (l->column + len > WIDTH && l->column > LABEL_COLUMNS) {
			line_end(l);
			line_to(l, LABEL_COLUMNS, 0);
		}
		line_safe(l, text, len, 0);
		text += len;
		if (*text == ' ') {
			line_text(l, " ");
			text++;
		}
	}
	line_end(l);
}

static void print_title(struct line *l, size_t i)
{
	line_style(l, LINE_BOLD);
	if (is_cause(i))
		line_format(l, "R%zu ", i);
	line_text(l, explain_name(i));
	line_style(l, LINE_PLAIN);
	if (!is_cause(i))
		line_text(l, notice_of(i) != NULL ? " (notice)" : " (storm)");
	line_end(l);
}

static void print_json(struct json *j, size_t i)
{
	const struct explanation *e = row(i);
	char id[24];

	snprintf(id, sizeof id, "R%zu", i);
	json_object_begin(j);
	json_key(j, "kind");
	json_text(j, is_cause(i) ? "cause" : notice_of(i) != NULL ? "notice" : "storm");
	json_key(j, "id");
	json_text(j, is_cause(i) ? id : NULL);
	json_key(j, "name");
	json_text(j, explain_name(i));
	json_key(j, "means");
	json_text(j, e->means);
	json_key(j, "recognised_by");
	json_text(j, e->wire);
	json_key(j, "looks_alike");
	json_text(j, e->alike);
	json_key(j, "change");
	json_text(j, e->change);
	json_key(j, "broker_assigns");
	json_text(j, is_cause(i) ? explain_broker[i] : NULL);
	json_object_end(j);
	json_newline(j);
}

static void write_json(struct json *j, FILE *out)
{
	if (!j->failed)
		fwrite(j->buf, 1, j->len, out);
	json_free(j);
}

void explain_print(FILE *out, size_t i, bool json, bool color)
{
	const struct explanation *e = row(i);
	struct json j;
	struct line l;

	if (json) {
		json_init(&j);
		print_json(&j, i);
		write_json(&j, out);
		return;
	}
	line_init(&l, color);
	print_title(&l, i);
	print_part(&l, "means", e->means);
	print_part(&l, "on the wire", e->wire);
	print_part(&l, "looks alike", e->alike);
	print_part(&l, "change", e->change);
	if (is_cause(i))
		print_part(&l, "KIP-848", explain_broker[i]);
	line_write(&l, out);
	line_free(&l);
}

static void list_line(struct line *l, size_t i)
{
	line_text(l, "  ");
	if (is_cause(i))
		line_format(l, "R%zu", i);
	line_to(l, is_cause(i) ? NAME_COLUMN + 2 : 2, 0);
	line_text(l, explain_name(i));
	line_end(l);
}

void explain_list(FILE *out, bool json, bool color)
{
	struct json j;
	struct line l;

	json_init(&j);
	line_init(&l, color);
	for (size_t i = 0; i < explain_count(); i++) {
		if (json) {
			print_json(&j, i);
			continue;
		}
		if (i == 0)
			line_text(&l, "Causes of rebalances:\n");
		if (i == EXPLAIN_CAUSES)
			line_text(&l, "\nKinds of storms:\n");
		if (i == BEFORE_NOTICES)
			line_text(&l, "\nWhat else is told (errors are found by name and by code as well):\n");
		l.column = i == 0 || i == EXPLAIN_CAUSES || i == BEFORE_NOTICES ? 0 : l.column;
		list_line(&l, i);
	}
	if (json)
		write_json(&j, out);
	else
		json_free(&j);
	line_text(&l, json ? "" : "\nregroup explain R9, or any of these names, tells more.\n");
	line_write(&l, out);
	line_free(&l);
}
