/* SPDX-License-Identifier: Apache-2.0 */
#include "values.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <regroup/dissect.h>
#include <regroup/group.h>

#include <regroup/suggest.h>
#include "times.h"

#define LONGEST_WORD 63

static bool refuse(char err[OPTIONS_ERROR], const char *spelled, const char *value, const char *wanted)
{
	snprintf(err, OPTIONS_ERROR, "%s %s: %s", spelled, value, wanted);
	return false;
}

/* Decimal digits only: no sign, no space, nothing behind. */
static bool read_number(const char *text, size_t len, uint64_t *out)
{
	uint64_t n = 0;

	if (len == 0)
		return false;
	for (size_t i = 0; i < len; i++) {
		uint64_t digit = (uint64_t)(unsigned char)text[i] - '0';
		if (digit > 9 || n > (UINT64_MAX - digit) / 10)
			return false;
		n = n * 10 + digit;
	}
	*out = n;
	return true;
}

static bool read_size(const char *text, uint64_t unit, uint64_t *out)
{
	static const char suffixes[] = "kmg";
	size_t len = strlen(text);
	uint64_t n;

	if (len > 0) {
		const char *suffix = strchr(suffixes, text[len - 1] | 0x20);
		if (suffix && *suffix) {
			unit = (uint64_t)1 << (10 * (suffix - suffixes + 1));
			len--;
		}
	}
	if (!read_number(text, len, &n) || n > UINT64_MAX / unit)
		return false;
	*out = n * unit;
	return true;
}

static void put_number(struct options *o, const struct table_option *t, uint64_t n)
{
	char *member = (char *)o + t->at;
	uint32_t small = (uint32_t)n;

	if (t->size == sizeof(n))
		memcpy(member, &n, sizeof(n));
	else
		memcpy(member, &small, sizeof(small));
}

static bool store_number(struct options *o, const struct table_option *t, const char *spelled, const char *value,
			 char err[OPTIONS_ERROR])
{
	bool is_size = t->kind == KIND_SIZE;
	uint64_t n = 0;

	if (is_size ? !read_size(value, t->unit, &n) : !read_number(value, strlen(value), &n))
		return refuse(err, spelled, value, is_size ? "a size is expected, such as 512k, 64M or 2G"
							   : "a number is expected");
	if (n < t->min || n > t->max) {
		snprintf(err, OPTIONS_ERROR, "%s %s: must be at least %" PRIu64 " and at most %" PRIu64, spelled, value,
			 t->min, t->max);
		return false;
	}
	put_number(o, t, n);
	return true;
}

/* The next word of a list; false at its end. Words too long for `word` come out cut: they match nothing. */
static bool next_word(const char **list, const char *separators, char word[LONGEST_WORD + 1])
{
	size_t len = strcspn(*list, separators);
	size_t kept = len < LONGEST_WORD ? len : LONGEST_WORD;

	if (**list == '\0')
		return false;
	memcpy(word, *list, kept);
	word[kept] = '\0';
	*list += len;
	if (**list)
		++*list;
	return true;
}

static void refuse_word(char err[OPTIONS_ERROR], const char *spelled, const char *what, const struct suggest *s)
{
	if (s->best)
		snprintf(err, OPTIONS_ERROR, "%s: unknown %s '%s': did you mean %s?", spelled, what, s->word, s->best);
	else
		snprintf(err, OPTIONS_ERROR, "%s: unknown %s '%s'", spelled, what, s->word);
}

static bool store_choice(struct options *o, const struct table_option *t, const char *spelled, const char *value,
			 char err[OPTIONS_ERROR])
{
	const char *rest = t->choices;
	char word[LONGEST_WORD + 1];

	for (uint32_t i = 0; next_word(&rest, "|", word); i++) {
		if (strcmp(word, value) == 0) {
			put_number(o, t, i);
			return true;
		}
	}
	snprintf(err, OPTIONS_ERROR, "%s %s: one of %s is expected", spelled, value, t->choices);
	return false;
}

static bool store_ports(struct options *o, const char *spelled, const char *value, char err[OPTIONS_ERROR])
{
	const char *rest = value;
	char word[LONGEST_WORD + 1];
	uint64_t port;

	while (next_word(&rest, ",", word)) {
		if (!read_number(word, strlen(word), &port) || port == 0 || port > UINT16_MAX)
			return refuse(err, spelled, value, "ports are numbers from 1 to 65535, with commas between");
		if (o->n_ports == OPTIONS_MAX_PORTS)
			return refuse(err, spelled, value, "too many ports (32 at most): use a capture filter");
		o->ports[o->n_ports++] = (uint16_t)port;
	}
	return *value || refuse(err, spelled, "''", "a port is expected");
}

bool value_find_api(const char *word, uint64_t *key, struct suggest *near)
{
	if (read_number(word, strlen(word), key))
		return *key < 128;
	for (*key = 0; *key < 128; ++*key) {
		const char *name = kf_api_name((int16_t)*key);
		if (name && strcasecmp(name, word) == 0)
			return true;
		if (name)
			suggest_try(near, name);
	}
	return false;
}

static bool store_apis(struct options *o, const char *spelled, const char *value, char err[OPTIONS_ERROR])
{
	const char *rest = value;
	char word[LONGEST_WORD + 1];

	while (next_word(&rest, ",", word)) {
		struct suggest near = { .word = word };
		uint64_t key;
		if (!value_find_api(word, &key, &near)) {
			refuse_word(err, spelled, "API", &near);
			return false;
		}
		o->apis[key / 64] |= (uint64_t)1 << (key % 64);
	}
	return *value || refuse(err, spelled, "''", "an API is expected, such as JoinGroup or 11");
}

static bool store_types(struct options *o, const char *spelled, const char *value, char err[OPTIONS_ERROR])
{
	const char *rest = value;
	char word[LONGEST_WORD + 1];

	while (next_word(&rest, ",", word)) {
		struct suggest near = { .word = word };
		int type = 0;
		for (; type < GROUP_EVENT_TYPES; type++) {
			const char *name = group_event_name((enum group_event_type)type);
			if (strcmp(name, word) == 0)
				break;
			suggest_try(&near, name);
		}
		if (type == GROUP_EVENT_TYPES) {
			refuse_word(err, spelled, "event type", &near);
			return false;
		}
		o->types |= 1U << type;
	}
	return *value || refuse(err, spelled, "''", "an event type is expected, such as rebalance");
}

/* Adds to a list of texts. */
static bool store_more(const char ***list, size_t *n, const char *value, char err[OPTIONS_ERROR])
{
	const char **more = realloc(*list, (*n + 1) * sizeof(*more));

	if (!more) {
		snprintf(err, OPTIONS_ERROR, "%s", strerror(ENOMEM));
		return false;
	}
	*list = more;
	more[(*n)++] = value;
	return true;
}

/* "junit:report.xml" */
static bool store_output(struct options *o, const char *spelled, const char *value, char err[OPTIONS_ERROR])
{
	static const char *const formats[] = { "text", "json", "junit", "tap", "sarif", "github" };
	size_t len = strcspn(value, ":");

	for (size_t i = 0; value[len] && value[len + 1] && i < sizeof(formats) / sizeof(formats[0]); i++)
		if (strlen(formats[i]) == len && strncmp(formats[i], value, len) == 0)
			return store_more(&o->outputs, &o->n_outputs, value, err);
	return refuse(err, spelled, value, "FORMAT:FILE is expected, such as junit:report.xml (text, json, junit, tap, "
					   "sarif, github)");
}

static bool store_file(struct options *o, const char *value, char err[OPTIONS_ERROR])
{
	return store_more(&o->files, &o->n_files, value, err);
}

bool value_store(struct options *o, const struct table_option *t, const char *spelled, const char *value,
		 char err[OPTIONS_ERROR])
{
	char *member = (char *)o + t->at;

	switch ((enum table_kind)t->kind) {
	case KIND_NOTHING:
		return true;
	case KIND_FLAG:
		*(bool *)member = true;
		return true;
	case KIND_REPEAT:
		++*(uint32_t *)(void *)member;
		return true;
	case KIND_TEXT:
		memcpy(member, &value, sizeof(value));
		return *value || refuse(err, spelled, "''", "something is expected");
	case KIND_FILES:
		return store_file(o, value, err);
	case KIND_OUTPUTS:
		return store_output(o, spelled, value, err);
	case KIND_NUMBER:
	case KIND_SIZE:
		return store_number(o, t, spelled, value, err);
	case KIND_CHOICE:
		return store_choice(o, t, spelled, value, err);
	case KIND_PORTS:
		return store_ports(o, spelled, value, err);
	case KIND_APIS:
		return store_apis(o, spelled, value, err);
	case KIND_TIME:
		return times_read(value, (struct options_time *)(void *)member) ||
		       refuse(err, spelled, value, "a time is expected, such as 10:56:07, 2026-11-21T10:56:07Z or +90s");
	case KIND_TYPES:
		return store_types(o, spelled, value, err);
	}
	return false;
}
