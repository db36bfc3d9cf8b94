/* SPDX-License-Identifier: Apache-2.0
 *
 * Rule files, read by the table of keys.c. Every mistake is told with its line and column; reading goes on after it.
 */
#include <errno.h>
#include <libfyaml.h>
#include <regroup/suggest.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "keys.h"

#define MOST_BYTES (1U << 20)
#define WORD_BYTES 256

struct reader {
	struct check_settings *settings;
	struct scope *scope;
	const char *name;
	FILE *err;
	unsigned mistakes;
};

/* ---- mistakes -------------------------------------------------------------------------------------------------- */

static bool mark_of_scalar(struct fy_node *node, int *line, int *column)
{
	struct fy_token *token = fy_node_get_scalar_token(node);
	const struct fy_mark *mark = token ? fy_token_start_mark(token) : NULL;

	if (!mark)
		return false;
	*line = mark->line + 1;
	*column = mark->column + 1;
	return true;
}

/* A map or list has no mark of its own: that of the first scalar in it, or of the key before it. */
static bool find_mark(struct fy_node *node, int *line, int *column, int depth)
{
	struct fy_node_pair *pair;
	void *prev = NULL;

	if (!node || depth > 8)
		return false;
	if (fy_node_is_scalar(node))
		return mark_of_scalar(node, line, column);
	if (fy_node_is_mapping(node)) {
		pair = fy_node_mapping_iterate(node, &prev);
		return pair && find_mark(fy_node_pair_key(pair), line, column, depth + 1);
	}
	return find_mark(fy_node_sequence_get_by_index(node, 0), line, column, depth + 1);
}

__attribute__((format(printf, 4, 5))) static void mistake(struct reader *r, struct fy_node *node, struct fy_node *key,
                                                          const char *format, ...)
{
	int line = 0, column = 0;
	va_list list;

	if (!find_mark(node, &line, &column, 0))
		find_mark(key, &line, &column, 0);
	fprintf(r->err, "%s:%d:%d: ", r->name, line ? line : 1, column ? column : 1);
	va_start(list, format);
	vfprintf(r->err, format, list);
	va_end(list);
	fputc('\n', r->err);
	r->mistakes++;
}

static void unknown(struct reader *r, struct fy_node *node, const char *what, const struct suggest *near)
{
	if (near->best)
		mistake(r, node, NULL, "unknown %s '%.60s': did you mean '%s'?", what, near->word, near->best);
	else
		mistake(r, node, NULL, "unknown %s '%.60s'", what, near->word);
}

/* A scalar as text, cut when it is absurd. False for anything else. */
static bool word_of(struct fy_node *node, char word[WORD_BYTES])
{
	size_t len = 0;
	const char *text = node && fy_node_is_scalar(node) && !fy_node_is_alias(node) ? fy_node_get_scalar(node, &len) : NULL;

	if (!text)
		return false;
	if (len >= WORD_BYTES)
		len = WORD_BYTES - 1;
	memcpy(word, text, len);
	word[len] = '\0';
	for (size_t i = 0; i < len; i++) /* for messages */
		if ((unsigned char)word[i] < ' ' || word[i] == 127)
			word[i] = '?';
	return true;
}

/* ---- maps and lists ---------------------------------------------------------------------------------------------- */

typedef void entry_fn(struct reader *r, const void *ctx, struct fy_node *key, const char *name, struct fy_node *value);

static bool each_entry(struct reader *r, struct fy_node *node, struct fy_node *at, const void *ctx, entry_fn *entry)
{
	struct fy_node_pair *pair;
	char name[WORD_BYTES];
	void *prev = NULL;

	if (!node || !fy_node_is_mapping(node)) {
		mistake(r, node, at, "a map is expected here (name: value)");
		return false;
	}
	while ((pair = fy_node_mapping_iterate(node, &prev))) {
		struct fy_node *key = fy_node_pair_key(pair);

		if (!word_of(key, name))
			mistake(r, key, at, "a name is expected here");
		else
			entry(r, ctx, key, name, fy_node_pair_value(pair));
	}
	return true;
}

static void each_word(struct reader *r, struct fy_node *node, struct fy_node *at,
                      void (*entry)(struct reader *, void *, struct fy_node *, const char *), void *ctx)
{
	char word[WORD_BYTES];
	struct fy_node *item;
	void *prev = NULL;

	if (word_of(node, word) && *word) {
		entry(r, ctx, node, word); /* one alone */
		return;
	}
	if (!node || !fy_node_is_sequence(node)) {
		mistake(r, node, at, "a list is expected here, such as [one, two]");
		return;
	}
	while ((item = fy_node_sequence_iterate(node, &prev))) {
		if (word_of(item, word))
			entry(r, ctx, item, word);
		else
			mistake(r, item, at, "a word is expected here");
	}
}

/* ---- rules ------------------------------------------------------------------------------------------------------- */

static bool find_severity(const char *word, enum check_severity *out)
{
	for (int s = CHECK_OFF; s <= CHECK_ERROR; s++) {
		if (strcmp(word, check_severity_name((enum check_severity)s)) == 0) {
			*out = (enum check_severity)s;
			return true;
		}
	}
	return false;
}

static void set_severity(struct reader *r, struct rule_setting *s, struct fy_node *node, struct fy_node *at)
{
	char word[WORD_BYTES];
	struct suggest near = { .word = word };

	if (!word_of(node, word)) {
		mistake(r, node, at, "error, warning or off is expected");
		return;
	}
	if (find_severity(word, &s->severity)) {
		s->severity_set = true;
		return;
	}
	for (int i = CHECK_OFF; i <= CHECK_ERROR; i++)
		suggest_try(&near, check_severity_name((enum check_severity)i));
	unknown(r, node, "severity", &near);
}

static bool read_count(const char *text, int64_t *n)
{
	char *end;

	if (*text < '0' || *text > '9' || strlen(text) > 15)
		return false;
	*n = strtoll(text, &end, 10);
	return *end == '\0';
}

static bool read_bool(const char *text, int64_t *n)
{
	*n = strcmp(text, "true") == 0;
	return *n || strcmp(text, "false") == 0;
}

static void set_param(struct reader *r, struct rule_setting *s, const struct check_rule *rule, unsigned i,
                      struct fy_node *node, struct fy_node *at)
{
	static const char *const wanted[] = { "a duration with a unit is expected, such as 500ms, 3s or 5m",
		                              "a number is expected", "true or false is expected" };
	const struct check_param *p = &rule->params[i];
	char word[WORD_BYTES];
	bool ok = word_of(node, word);

	if (ok && p->unit == CHECK_DURATION)
		ok = read_duration(word, &s->param[i]);
	else if (ok)
		ok = p->unit == CHECK_COUNT ? read_count(word, &s->param[i]) : read_bool(word, &s->param[i]);
	if (ok)
		s->param_set[i] = true;
	else
		mistake(r, node, at, "%s of %s: %s", p->name, rule->id, wanted[p->unit]);
}

static void rule_entry(struct reader *r, const void *ctx, struct fy_node *key, const char *name, struct fy_node *value)
{
	unsigned number = *(const unsigned *)ctx;
	const struct check_rule *rule = check_rule(number);
	struct suggest near = { .word = name };

	if (strcmp(name, "severity") == 0) {
		set_severity(r, &r->scope->rule[number], value, key);
		return;
	}
	for (unsigned i = 0; rule->params[i].name; i++) {
		if (strcmp(name, rule->params[i].name) == 0) {
			set_param(r, &r->scope->rule[number], rule, i, value, key);
			return;
		}
		suggest_try(&near, rule->params[i].name);
	}
	suggest_try(&near, "severity");
	unknown(r, key, "threshold", &near);
}

static void set_all(struct reader *r, struct fy_node *value, struct fy_node *key)
{
	struct rule_setting all = { 0 };

	set_severity(r, &all, value, key);
	for (unsigned i = 1; all.severity_set && i <= CHECK_RULES; i++) {
		if (r->scope->rule[i].severity_set)
			continue; /* a rule that is named counts more, wherever it stands */
		r->scope->rule[i].severity_set = true;
		r->scope->rule[i].severity = all.severity;
	}
}

static void rules_entry(struct reader *r, const void *ctx, struct fy_node *key, const char *name, struct fy_node *value)
{
	unsigned number = check_rule_find(name);
	struct suggest near = { .word = name };

	(void)ctx;
	if (strcmp(name, "all") == 0) {
		set_all(r, value, key);
	} else if (number && value && fy_node_is_mapping(value)) {
		each_entry(r, value, key, &number, rule_entry);
	} else if (number) {
		set_severity(r, &r->scope->rule[number], value, key);
	} else {
		for (unsigned i = 1; i <= CHECK_RULES; i++)
			suggest_try(&near, check_rule(i)->id);
		suggest_try(&near, "all");
		unknown(r, key, "rule", &near);
	}
}

/* ---- expectations --------------------------------------------------------------------------------------------------- */

static void cause_word(struct reader *r, void *mask, struct fy_node *node, const char *word)
{
	struct suggest near = { .word = word };
	char id[24];
	int n = read_cause(word);

	if (n >= 0) {
		*(uint32_t *)mask |= 1U << n;
		return;
	}
	for (unsigned i = 0; i <= 21; i++) {
		const char *name = group_cause_name((uint8_t)i);

		if (name && strcasecmp(name, word) == 0) {
			*(uint32_t *)mask |= 1U << i;
			return;
		}
		snprintf(id, sizeof(id), "R%u", i);
		if (name)
			suggest_try(&near, name);
	}
	if (near.best)
		unknown(r, node, "cause", &near);
	else
		mistake(r, node, NULL, "unknown cause '%.60s'; R0 to R21 are expected", word);
}

static bool find_api(struct reader *r, struct fy_node *node, const char *word, int16_t *key)
{
	struct suggest near = { .word = word };
	size_t n;
	const struct kf_message *const *all = kf_messages(&n);

	for (size_t i = 0; i < n; i++) {
		if (strcasecmp(all[i]->name, word) == 0) {
			*key = all[i]->key;
			return true;
		}
		suggest_try(&near, all[i]->name);
	}
	unknown(r, node, "API", &near);
	return false;
}

static struct api_wish *add_wish(struct reader *r, struct fy_node *node)
{
	struct expectations *e = &r->scope->expect;

	if (e->n_apis < API_WISHES)
		return &e->apis[e->n_apis++];
	mistake(r, node, NULL, "too many APIs (%d at most)", API_WISHES);
	return NULL;
}

static void api_word(struct reader *r, void *ctx, struct fy_node *node, const char *word)
{
	struct api_wish *w;
	int16_t key;

	(void)ctx;
	if (find_api(r, node, word, &key) && (w = add_wish(r, node)))
		*w = (struct api_wish){ .api = key, .forbidden = true };
}

static void version_entry(struct reader *r, const void *ctx, struct fy_node *key, const char *name, struct fy_node *value)
{
	char word[WORD_BYTES];
	struct api_wish wish = { 0 }, *w;

	(void)ctx;
	if (!find_api(r, key, name, &wish.api))
		return;
	if (!word_of(value, word) || !read_versions(word, &wish.least, &wish.most))
		mistake(r, value, key, "versions of %s: \">=5\", \"<=9\", \"5-9\" or \"7\" is expected", name);
	else if ((w = add_wish(r, key)))
		*w = wish;
}

/* ---- by the table ------------------------------------------------------------------------------------------------------ */

static void table_entry(struct reader *r, const void *ctx, struct fy_node *key, const char *name, struct fy_node *value);

static void set_number(struct reader *r, const struct key *k, struct fy_node *value, struct fy_node *at)
{
	char *base = (char *)&r->scope->expect, word[WORD_BYTES];
	int64_t *n = (int64_t *)(void *)(base + k->at);
	bool ok = word_of(value, word) && (k->kind == KEY_COUNT ? read_count(word, n) : read_duration(word, n));

	if (ok)
		*(bool *)(base + k->set) = true;
	else
		mistake(r, value, at, "%s: %s", k->name,
		        k->kind == KEY_COUNT ? "a number is expected"
		                             : "a duration with a unit is expected, such as 500ms, 3s or 5m");
}

static void set_text(struct reader *r, char **text, struct fy_node *value, struct fy_node *at, const char *what)
{
	char word[WORD_BYTES];

	if (!word_of(value, word) || !*word) {
		mistake(r, value, at, "%s: a text is expected", what);
		return;
	}
	free(*text);
	*text = strdup(word);
}

static void set_address(struct reader *r, struct fy_node *value, struct fy_node *at)
{
	set_text(r, &r->scope->address, value, at, "address");
	if (r->scope->address && !scope_set_address(r->scope, r->scope->address))
		mistake(r, value, at, "'%s' is no address and no network (10.0.0.1, 10.0.0.0/8, fd00::/8)",
		        r->scope->address);
}

static void scopes_list(struct reader *r, const struct key *k, struct fy_node *value, struct fy_node *at)
{
	struct scope *outer = r->scope;
	struct fy_node *item;
	void *prev = NULL;
	int column;

	if (!value || !fy_node_is_sequence(value)) {
		mistake(r, value, at, "a list is expected here (- group: ...)");
		return;
	}
	while ((item = fy_node_sequence_iterate(value, &prev))) {
		r->scope = settings_add(r->settings);
		if (!r->scope) {
			mistake(r, item, at, "too many scopes (%d at most)", SCOPES - 1);
			break;
		}
		find_mark(item, &r->scope->line, &column, 0);
		if (each_entry(r, item, at, k->sub, table_entry) && !r->scope->group && !r->scope->client_id &&
		    !r->scope->address)
			mistake(r, item, at, "a scope needs group, client_id or address");
	}
	r->scope = outer;
}

static void read_key(struct reader *r, const struct key *k, struct fy_node *key, struct fy_node *value)
{
	char *base = (char *)&r->scope->expect;

	switch (k->kind) {
	case KEY_MAP:
		each_entry(r, value, key, k->sub, table_entry);
		break;
	case KEY_RULES:
		each_entry(r, value, key, NULL, rules_entry);
		break;
	case KEY_SCOPES:
		scopes_list(r, k, value, key);
		break;
	case KEY_GLOB:
		set_text(r, (char **)(void *)((char *)r->scope + k->at), value, key, k->name);
		break;
	case KEY_ADDRESS:
		set_address(r, value, key);
		break;
	case KEY_COUNT:
	case KEY_DURATION:
		set_number(r, k, value, key);
		break;
	case KEY_TEXT:
		set_text(r, (char **)(void *)(base + k->at), value, key, k->name);
		break;
	case KEY_CAUSES:
		each_word(r, value, key, cause_word, base + k->at);
		break;
	case KEY_APIS:
		each_word(r, value, key, api_word, NULL);
		break;
	case KEY_VERSIONS:
		each_entry(r, value, key, NULL, version_entry);
		break;
	}
}

static void table_entry(struct reader *r, const void *ctx, struct fy_node *key, const char *name, struct fy_node *value)
{
	struct suggest near = { .word = name };

	for (const struct key *k = ctx; k->name; k++) {
		if (strcmp(name, k->name) == 0) {
			read_key(r, k, key, value);
			return;
		}
		suggest_try(&near, k->name);
	}
	unknown(r, key, "key", &near);
}

/* ---- files ---------------------------------------------------------------------------------------------------------------- */

/* What the YAML parser itself found wrong. */
static void tell_syntax(struct reader *r, struct fy_diag *diag)
{
	struct fy_diag_error *e;
	void *prev = NULL;

	while ((e = fy_diag_errors_iterate(diag, &prev))) {
		fprintf(r->err, "%s:%d:%d: %s\n", r->name, e->line, e->column, e->msg ? e->msg : "not valid YAML");
		r->mistakes++;
	}
	if (!r->mistakes) {
		fprintf(r->err, "%s:1:1: not valid YAML\n", r->name);
		r->mistakes++;
	}
}

/* After the last byte of a line break, in any of the ways that YAML knows, or of a byte order mark. */
static bool begins_line(unsigned char before)
{
	return before == '\n' || before == '\r' || before == 0x85 || before == 0xa8 || before == 0xa9 || before == 0xbf;
}

/* Directives and bytes that no text has: the YAML parser does not come to an end with some of them. */
static void refuse_odd(struct reader *r, const char *text, size_t len)
{
	int line = 1, column = 1;

	for (size_t i = 0; i < len && !r->mistakes; i++, column++) {
		unsigned char c = (unsigned char)text[i];
		bool control = (c < ' ' && c != '\n' && c != '\r' && c != '\t') || c == 127;

		if (control || (c == '%' && (i == 0 || begins_line((unsigned char)text[i - 1])))) {
			fprintf(r->err, "%s:%d:%d: %s\n", r->name, line, column,
			        control ? "a control character" : "directives (%) are not for rule files");
			r->mistakes++;
		}
		if (c == '\n') {
			line++;
			column = 0;
		}
	}
}

bool check_settings_parse(struct check_settings *s, const char *text, size_t len, const char *name, FILE *err)
{
	struct reader r = { .settings = s, .scope = s->scope[0], .name = name, .err = err };
	struct fy_parse_cfg cfg = { .flags = FYPCF_QUIET };
	struct fy_document *document = NULL;
	struct fy_diag_cfg diag_cfg;

	refuse_odd(&r, text, len);
	if (r.mistakes)
		return false;
	fy_diag_cfg_default(&diag_cfg);
	diag_cfg.fp = NULL;
	cfg.diag = fy_diag_create(&diag_cfg);
	if (cfg.diag) {
		fy_diag_set_collect_errors(cfg.diag, true);
		document = fy_document_build_from_string(&cfg, text, len);
	}
	if (!document && len)
		tell_syntax(&r, cfg.diag);
	else if (document && fy_document_root(document) && !fy_node_is_null(fy_document_root(document)))
		each_entry(&r, fy_document_root(document), NULL, keys_top, table_entry);
	fy_document_destroy(document);
	if (cfg.diag)
		fy_diag_destroy(cfg.diag);
	return r.mistakes == 0;
}

bool check_settings_read(struct check_settings *s, const char *file, FILE *err)
{
	FILE *in = fopen(file, "r");
	char *text = in ? malloc(MOST_BYTES + 1) : NULL;
	size_t len = text ? fread(text, 1, MOST_BYTES + 1, in) : 0;
	bool ok = false;

	if (!text || ferror(in))
		fprintf(err, "regroup: %s: %s\n", file, strerror(errno));
	else if (len > MOST_BYTES)
		fprintf(err, "regroup: %s: too long for a rule file\n", file);
	else
		ok = check_settings_parse(s, text, len, file, err);
	free(text);
	if (in)
		fclose(in);
	return ok;
}

const char *check_yaml_version(void)
{
	return fy_library_version();
}
