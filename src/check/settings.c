/* SPDX-License-Identifier: Apache-2.0 */
#include "settings.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "catalogue.h"
#include "engine.h"

/* ---- the catalogue ------------------------------------------------------------------------------------------ */

const struct check_rule *check_rule(unsigned number)
{
	if (number < 1 || number > CHECK_RULES)
		return NULL;
	return number <= CATALOGUE_HALF ? &catalogue_groups[number - 1] : &catalogue_data[number - 1 - CATALOGUE_HALF];
}

unsigned check_rule_find(const char *id)
{
	for (unsigned i = 1; i <= CHECK_RULES; i++)
		if (strcasecmp(id, check_rule(i)->id) == 0)
			return i;
	return 0;
}

const char *check_severity_name(enum check_severity s)
{
	static const char *const names[] = { "off", "warning", "error" };

	return names[s];
}

const char *check_verdict_name(enum check_verdict v)
{
	static const char *const names[] = { "not exercised", "pass", "fail" };

	return names[v];
}

/* ---- scopes -------------------------------------------------------------------------------------------------- */

struct check_settings *check_settings_new(void)
{
	struct check_settings *s = calloc(1, sizeof(*s));

	if (s && !settings_add(s)) {
		check_settings_free(s);
		return NULL;
	}
	return s;
}

static void scope_free(struct scope *s)
{
	free(s->group);
	free(s->client_id);
	free(s->address);
	free((void *)(uintptr_t)s->expect.assignor);
	free(s);
}

void check_settings_free(struct check_settings *s)
{
	if (!s)
		return;
	for (unsigned i = 0; i < s->n; i++)
		scope_free(s->scope[i]);
	free(s->file);
	free(s);
}

/* NULL when there are too many, or memory is out. */
struct scope *settings_add(struct check_settings *s)
{
	struct scope *n = s->n < SCOPES ? calloc(1, sizeof(*n)) : NULL;

	if (n)
		s->scope[s->n++] = n;
	return n;
}

/* "10.0.0.0/8", "fd00::1". */
bool scope_set_address(struct scope *s, const char *text)
{
	char host[64];
	size_t len = strcspn(text, "/");
	unsigned long bits;
	char *end = NULL;

	if (len >= sizeof(host))
		return false;
	memcpy(host, text, len);
	host[len] = '\0';
	s->family = strchr(host, ':') ? 6 : 4;
	bits = s->family == 6 ? 128 : 32;
	if (inet_pton(s->family == 6 ? AF_INET6 : AF_INET, host, s->net) != 1)
		return false;
	if (text[len] == '/') {
		unsigned long n = text[len + 1] >= '0' && text[len + 1] <= '9' ? strtoul(text + len + 1, &end, 10) : 999;

		if (n > bits || (end && *end))
			return false;
		bits = n;
	}
	s->bits = (uint8_t)bits;
	return true;
}

bool glob_match(const char *pattern, const char *text)
{
	const char *star = NULL, *again = NULL;

	while (*text) {
		if (*pattern == '*') {
			star = ++pattern;
			again = text;
		} else if (*pattern == '?' || *pattern == *text) {
			pattern++;
			text++;
		} else if (star) {
			pattern = star;
			text = ++again;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return *pattern == '\0';
}

static bool in_network(const struct scope *s, const struct net_endpoint *host)
{
	if (!s->family)
		return true;
	if (s->family != host->family)
		return false;
	for (unsigned i = 0; i < s->bits; i++)
		if ((s->net[i / 8] ^ host->addr[i / 8]) >> (7 - i % 8) & 1)
			return false;
	return true;
}

uint64_t settings_client_scopes(const struct check_settings *s, const char *id, const struct net_endpoint *host)
{
	uint64_t scopes = 0;

	for (unsigned i = 0; i < s->n; i++)
		if ((!s->scope[i]->client_id || (id && glob_match(s->scope[i]->client_id, id))) &&
		    in_network(s->scope[i], host))
			scopes |= UINT64_C(1) << i;
	return scopes;
}

uint64_t settings_group_scopes(const struct check_settings *s, const char *name)
{
	uint64_t scopes = 0;

	for (unsigned i = 0; i < s->n; i++)
		if (!s->scope[i]->group || glob_match(s->scope[i]->group, name))
			scopes |= UINT64_C(1) << i;
	return scopes;
}

/* Those that say nothing of clients, or of groups, apply where none is known. */
static uint64_t applying(const struct check *c, const struct client *k, const struct group *g)
{
	uint64_t scopes = UINT64_MAX;

	if (k && g)
		return k->scopes & g->scopes;
	for (unsigned i = 0; i < c->settings->n; i++) {
		const struct scope *s = c->settings->scope[i];

		if ((!k && (s->client_id || s->family)) || (!g && s->group))
			scopes &= ~(UINT64_C(1) << i);
	}
	return scopes & (k ? k->scopes : UINT64_MAX) & (g ? g->scopes : UINT64_MAX);
}

/* The later a scope stands in the file, the more it counts. */
enum check_severity severity_of(const struct check *c, unsigned rule, const struct client *k, const struct group *g)
{
	uint64_t scopes = applying(c, k, g);

	for (unsigned i = c->settings->n; i-- > 0;)
		if (scopes >> i & 1 && c->settings->scope[i]->rule[rule].severity_set)
			return c->settings->scope[i]->rule[rule].severity;
	return check_rule(rule)->severity;
}

int64_t param_of(const struct check *c, unsigned rule, unsigned param, const struct client *k, const struct group *g)
{
	uint64_t scopes = c->settings->n > 1 ? applying(c, k, g) : 1;

	for (unsigned i = c->settings->n; i-- > 0;)
		if (scopes >> i & 1 && c->settings->scope[i]->rule[rule].param_set[param])
			return c->settings->scope[i]->rule[rule].param[param];
	return check_rule(rule)->params[param].preset;
}

bool settings_rule_used(const struct check_settings *s, unsigned rule)
{
	bool used = check_rule(rule)->severity != CHECK_OFF;

	if (s->scope[0]->rule[rule].severity_set)
		used = s->scope[0]->rule[rule].severity != CHECK_OFF;
	for (unsigned i = 1; i < s->n && !used; i++)
		used = s->scope[i]->rule[rule].severity_set && s->scope[i]->rule[rule].severity != CHECK_OFF;
	return used;
}
