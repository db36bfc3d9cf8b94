/* SPDX-License-Identifier: Apache-2.0 */
#include <regroup/options.h>

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <regroup/suggest.h>
#include "table.h"
#include "values.h"

struct parser {
	struct options *o;
	char **argv;
	int argc, next;
	char *err;
};

/* Adds the line that says where to read on. */
static bool with_hint(struct parser *p)
{
	size_t len = strlen(p->err);
	const char *command = table_commands[p->o->command].name;

	snprintf(p->err + len, OPTIONS_ERROR - len, "\nTry 'regroup %s%s--help'.", command ? command : "",
		 command ? " " : "");
	return false;
}

static const struct table_option *by_letter(enum options_command command, char letter)
{
	for (size_t i = 0; i < table_n_options; i++)
		if (table_options[i].letter == letter && table_applies(&table_options[i], command))
			return &table_options[i];
	return NULL;
}

static const struct table_option *by_name(enum options_command command, const char *name, size_t len)
{
	for (size_t i = 0; i < table_n_options; i++) {
		const struct table_option *t = &table_options[i];
		if (table_applies(t, command) && strlen(t->name) == len && memcmp(t->name, name, len) == 0)
			return t;
	}
	return NULL;
}

/* The name of a command that knows the option, NULL when none does. */
static const char *who_knows(const char *name, size_t len, char letter)
{
	for (int c = OPTIONS_NO_COMMAND + 1; c < OPTIONS_COMMANDS; c++)
		if (name ? by_name((enum options_command)c, name, len) : by_letter((enum options_command)c, letter))
			return table_commands[c].name;
	return NULL;
}

static bool unknown_name(struct parser *p, const char *name, size_t len)
{
	char word[64];
	struct suggest near = { .word = word };
	const char *other = who_knows(name, len, 0);

	snprintf(word, sizeof(word), "%.*s", (int)(len < 60 ? len : 60), name);
	for (size_t i = 0; i < table_n_options; i++)
		if (table_applies(&table_options[i], p->o->command))
			suggest_try(&near, table_options[i].name);
	if (other)
		snprintf(p->err, OPTIONS_ERROR, "--%s is an option of regroup %s", word, other);
	else if (near.best)
		snprintf(p->err, OPTIONS_ERROR, "unknown option --%s: did you mean --%s?", word, near.best);
	else
		snprintf(p->err, OPTIONS_ERROR, "unknown option --%s", word);
	return with_hint(p);
}

static bool unknown_letter(struct parser *p, char letter)
{
	const char *other = who_knows(NULL, 0, letter);

	if (other)
		snprintf(p->err, OPTIONS_ERROR, "-%c is an option of regroup %s", letter, other);
	else
		snprintf(p->err, OPTIONS_ERROR, "unknown option -%c", letter >= ' ' && letter <= '~' ? letter : '?');
	return with_hint(p);
}

static bool store(struct parser *p, const struct table_option *t, const char *spelled, const char *value)
{
	if (t->arg && !value && t->bare) {
		value = t->bare;
	} else if (t->arg && !value) {
		if (p->next == p->argc) {
			snprintf(p->err, OPTIONS_ERROR, "%s needs %s", spelled, t->arg);
			return with_hint(p);
		}
		value = p->argv[p->next++];
	}
	return value_store(p->o, t, spelled, value, p->err) || with_hint(p);
}

/* "--name", "--name value", "--name=value"; `text` is behind the dashes. */
static bool parse_long(struct parser *p, const char *text)
{
	size_t len = strcspn(text, "=");
	const char *value = text[len] ? text + len + 1 : NULL;
	const struct table_option *t = by_name(p->o->command, text, len);
	char spelled[64];

	if (!t)
		return unknown_name(p, text, len);
	snprintf(spelled, sizeof(spelled), "--%s", t->name);
	if (value && !t->arg) {
		snprintf(p->err, OPTIONS_ERROR, "%s takes no argument", spelled);
		return with_hint(p);
	}
	return store(p, t, spelled, value);
}

/* "-v", "-vv", "-r file", "-rfile", "-vr file"; `text` is behind the dash. */
static bool parse_letters(struct parser *p, const char *text)
{
	for (; *text; text++) {
		const struct table_option *t = by_letter(p->o->command, *text);
		char spelled[3] = { '-', *text, '\0' };
		if (!t)
			return unknown_letter(p, *text);
		if (t->arg)
			return store(p, t, spelled, text[1] ? text + 1 : NULL);
		if (!store(p, t, spelled, NULL))
			return false;
	}
	return true;
}

static bool add_filter_word(struct parser *p, const char *word)
{
	struct options *o = p->o;
	size_t had = o->filter ? strlen(o->filter) + 1 : 0;
	size_t len = strlen(word);
	char *filter = realloc(o->filter, had + len + 1);

	if (!filter) {
		snprintf(p->err, OPTIONS_ERROR, "out of memory");
		return false;
	}
	if (had)
		filter[had - 1] = ' ';
	memcpy(filter + had, word, len + 1);
	o->filter = filter;
	return true;
}

static bool plain_word(struct parser *p, const char *word)
{
	switch (p->o->command) {
	case OPTIONS_NO_COMMAND:
	case OPTIONS_TUI:
	case OPTIONS_LOG:
	case OPTIONS_DECODE:
	case OPTIONS_WHY:
	case OPTIONS_CHECK:
	case OPTIONS_EXPLAIN: /* the words of a name */
		return add_filter_word(p, word);
	case OPTIONS_DIFF:
		return value_store(p->o, by_letter(OPTIONS_LOG, 'r'), "FILE", word, p->err) || with_hint(p);
	case OPTIONS_APIS:
		if (p->o->topic && !p->o->topic_version) {
			p->o->topic_version = word;
			return true;
		}
		/* fallthrough */
	case OPTIONS_HELP:
		if (!p->o->topic) {
			p->o->topic = word;
			return true;
		}
		/* fallthrough */
	default:
		snprintf(p->err, OPTIONS_ERROR, "'%s' is one word too many", word);
		return with_hint(p);
	}
}

static bool unknown_command(struct parser *p, const char *word)
{
	struct suggest near = { .word = word };

	for (int c = OPTIONS_NO_COMMAND + 1; c < OPTIONS_COMMANDS; c++)
		suggest_try(&near, table_commands[c].name);
	if (near.best)
		snprintf(p->err, OPTIONS_ERROR, "unknown command '%.100s': did you mean %s?", word, near.best);
	else if (access(word, R_OK) == 0)
		snprintf(p->err, OPTIONS_ERROR, "unknown command '%.100s': did you mean regroup log -r %.100s?", word,
			 word);
	else
		snprintf(p->err, OPTIONS_ERROR, "unknown command '%.100s'", word);
	return with_hint(p);
}

static bool find_command(struct parser *p)
{
	const char *word = p->next < p->argc ? p->argv[p->next] : NULL;

	if (!word || (word[0] == '-' && word[1]))
		return true;
	for (int c = OPTIONS_NO_COMMAND + 1; c < OPTIONS_COMMANDS; c++) {
		if (strcmp(table_commands[c].name, word) == 0) {
			p->o->command = (enum options_command)c;
			p->next++;
			return true;
		}
	}
	return unknown_command(p, word);
}

/* check -- COMMAND: what is behind is no option of ours. */
static bool command_behind(struct parser *p)
{
	if (p->o->command != OPTIONS_CHECK || p->next == p->argc)
		return false;
	p->o->wrapped = p->argv + p->next;
	p->next = p->argc;
	return true;
}

static bool parse_words(struct parser *p)
{
	bool options_end = false;

	while (p->next < p->argc) {
		const char *word = p->argv[p->next++];
		bool ok;
		if (options_end || word[0] != '-' || !word[1])
			ok = plain_word(p, word);
		else if (strcmp(word, "--") == 0)
			ok = command_behind(p) || (options_end = true);
		else if (word[1] == '-')
			ok = parse_long(p, word + 2);
		else
			ok = parse_letters(p, word + 1);
		if (!ok)
			return false;
	}
	return true;
}

static bool captures(const struct options *o)
{
	return o->command == OPTIONS_TUI || o->command == OPTIONS_LOG || o->command == OPTIONS_DECODE ||
	       o->command == OPTIONS_WHY || (o->command == OPTIONS_CHECK && !o->help_rules);
}

/* What each option alone cannot know. */
static bool check_together(struct parser *p)
{
	const struct options *o = p->o;
	const char *wrong = NULL;
	int pid;

	if (o->command == OPTIONS_DIFF && !o->help && !o->version && o->n_files != 2) {
		snprintf(p->err, OPTIONS_ERROR, "two captures are expected");
		return with_hint(p);
	}
	if (o->help || o->version || o->list_interfaces || !captures(o))
		return true;
	if (!o->n_files && !o->interface && !o->tls)
		wrong = "nothing to read: give -r FILE or -i INTERFACE (-D lists them)";
	else if (o->tls && (o->n_files || o->interface))
		wrong = "--tls is in place of -r and -i";
	else if (o->tls && o->filter)
		wrong = "--tls takes no capture filter; --port and --pid select connections";
	else if (o->tls && !options_tls_pid(o, &pid))
		wrong = "--tls expects the number of a process, or auto";
	else if (o->n_files && o->interface)
		wrong = "-r and -i exclude each other";
	else if (!o->interface && o->ebpf != OPTIONS_EBPF_AUTO)
		wrong = "--ebpf needs -i INTERFACE";
	else if (!o->interface && !o->tls && (o->pid || o->comm))
		wrong = "--pid and --comm need -i INTERFACE: files do not say whose connections are";
	else if (!o->save_file && (o->save_bytes || o->save_seconds || o->save_files || o->save_flush || o->save))
		wrong = "-C, -G, -W, -U and --save need -w FILE";
	else if (o->save_files && !o->save_bytes && !o->save_seconds)
		wrong = "-W needs -C or -G";
	else if (o->save_file && strcmp(o->save_file, "-") == 0 && (o->save_bytes || o->save_seconds))
		wrong = "-w - is one stream: -C and -G need the name of a file";
	else if (o->collapse && o->no_collapse)
		wrong = "--collapse and --no-collapse exclude each other";
	else if (o->update_baseline && !o->baseline)
		wrong = "--update-baseline needs --baseline FILE";
	else if (o->wrapped && !o->interface)
		wrong = "a command behind -- is run while capturing: give -i INTERFACE (lo where it speaks to this host)";
	if (!wrong)
		return true;
	snprintf(p->err, OPTIONS_ERROR, "%s", wrong);
	return with_hint(p);
}

bool options_parse(struct options *o, int argc, char **argv, char err[OPTIONS_ERROR])
{
	struct parser p = { .o = o, .argv = argv, .argc = argc, .next = 1, .err = err };

	memset(o, 0, sizeof(*o));
	err[0] = '\0';
	if (!find_command(&p) || !parse_words(&p))
		return false;
	if (o->command == OPTIONS_NO_COMMAND && (o->n_files || options_live(o)))
		o->command = OPTIONS_TUI;
	return check_together(&p);
}

void options_free(struct options *o)
{
	free(o->files);
	free(o->outputs);
	free(o->filter);
	memset(o, 0, sizeof(*o));
}

bool options_use_color(const struct options *o)
{
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	if (o->color != OPTIONS_COLOR_AUTO)
		return o->color == OPTIONS_COLOR_ALWAYS;
	return o->format == OPTIONS_TEXT && isatty(STDOUT_FILENO) && !(no_color && *no_color) && term &&
	       strcmp(term, "dumb") != 0;
}

bool options_tls_pid(const struct options *o, int *pid)
{
	char *end;
	long n;

	*pid = 0;
	if (strcmp(o->tls, "auto") == 0)
		return true;
	n = strtol(o->tls, &end, 10);
	*pid = (int)n;
	return *o->tls && !*end && n > 0 && n <= INT_MAX;
}

bool options_prompt_output(const struct options *o)
{
	if (options_live(o))
		return true;
	for (size_t i = 0; i < o->n_files; i++)
		if (strcmp(o->files[i], "-") == 0)
			return true;
	return false;
}
