/* SPDX-License-Identifier: Apache-2.0
 *
 * The manual page and the shell completions: templates with the tables put in.
 */
#include "cli.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "generate.h"

static const struct generate_part *const kinds[] = { generate_man, generate_bash, generate_zsh, generate_fish };
static const char *const kind_names[] = { "man", "bash", "zsh", "fish" };

static const struct generate_part *find_kind(const char *kind)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kind_names[i], kind) == 0)
			return kinds[i];
	return NULL;
}

static const struct generate_part *find_part(const struct generate_part *parts, const char *line)
{
	for (; parts->placeholder; parts++) {
		size_t len = strlen(parts->placeholder);
		if (strncmp(line, parts->placeholder, len) == 0 && (line[len] == '\n' || !line[len]))
			return parts;
	}
	return NULL;
}

int generate(const char *kind, const char *template_file, FILE *out)
{
	const struct generate_part *parts = find_kind(kind);
	FILE *in = parts ? fopen(template_file, "r") : NULL;
	char *line = NULL;
	size_t size = 0;
	int code = EXIT_UNUSABLE;

	if (!in) {
		fprintf(stderr, "regroup: --generate %s %s: %s\n", kind, template_file,
			parts ? strerror(errno) : "man, bash, zsh or fish is expected");
		return code;
	}
	while (getline(&line, &size, in) > 0) {
		const struct generate_part *part = find_part(parts, line);
		if (part)
			part->print(out);
		else
			fputs(line, out);
	}
	if (!ferror(in) && fflush(out) == 0)
		code = EXIT_DONE;
	free(line);
	fclose(in);
	return code;
}

void generate_words(FILE *out, const struct table_option *t, const char *separator)
{
	const char *between = "";

	if (t->kind == KIND_CHOICE) {
		for (const char *c = t->choices; *c; c++)
			fputs(*c == '|' ? separator : (const char[]){ *c, '\0' }, out);
		return;
	}
	for (int16_t key = 0; t->kind == KIND_APIS && key < 128; key++) {
		const char *name = kf_api_name(key);
		if (name)
			fprintf(out, "%s%s", between, name);
		between = name ? separator : between;
	}
	for (int type = 0; t->kind == KIND_TYPES && type < GROUP_EVENT_TYPES; type++) {
		fprintf(out, "%s%s", between, group_event_name((enum group_event_type)type));
		between = separator;
	}
}

bool generate_has_words(const struct table_option *t)
{
	return t->kind == KIND_CHOICE || t->kind == KIND_APIS || t->kind == KIND_TYPES;
}

bool generate_is_list(const struct table_option *t)
{
	return t->kind == KIND_APIS || t->kind == KIND_TYPES || t->kind == KIND_PORTS;
}
