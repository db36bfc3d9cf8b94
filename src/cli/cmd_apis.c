/* SPDX-License-Identifier: Apache-2.0 */
#include "cli.h"

#include <stdlib.h>

#include <regroup/dissect.h>
#include <regroup/output.h>

#include <regroup/suggest.h>
#include "values.h"

static int unknown(const struct suggest *near)
{
	fprintf(stderr, "regroup: unknown API '%s'%s%s%s\n", near->word, near->best ? ": did you mean " : "",
		near->best ? near->best : "", near->best ? "?" : "");
	return EXIT_UNUSABLE;
}

/* -1 for all versions. */
static bool find_version(const struct kf_message *m, const char *word, int *version)
{
	char *end;
	long n = -1;

	if (word) {
		n = strtol(word, &end, 10);
		if (end == word || *end || n < m->first || n > m->last)
			return false;
	}
	*version = (int)n;
	return true;
}

int cmd_apis(const struct options *o)
{
	bool json = o->format == OPTIONS_JSON, color = options_use_color(o);
	struct suggest near = { .word = o->topic };
	const struct kf_message *m;
	uint64_t key;
	int version;

	if (!o->topic) {
		apis_list(stdout, json, color);
		return EXIT_DONE;
	}
	m = value_find_api(o->topic, &key, &near) ? kf_message((int16_t)key, KF_REQUEST) : NULL;
	if (!m)
		return unknown(&near);
	if (!find_version(m, o->topic_version, &version)) {
		fprintf(stderr, "regroup: %s has no version '%s', only %d to %d\n", m->name, o->topic_version, m->first,
			m->last);
		return EXIT_UNUSABLE;
	}
	apis_describe(stdout, m->key, version, json, color);
	return EXIT_DONE;
}
