/* SPDX-License-Identifier: Apache-2.0 */
#include "keys.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define AT(m) .at = offsetof(struct expectations, m)
#define SET(m) .set = offsetof(struct expectations, m)

static const struct key keys_rebalances[] = {
	{ .name = "min", .kind = KEY_COUNT, AT(rebalances_min), SET(rebalances_min_set), .help = "at least so many" },
	{ .name = "max", .kind = KEY_COUNT, AT(rebalances_max), SET(rebalances_max_set), .help = "at most so many" },
	{ .name = NULL },
};

static const struct key keys_generations[] = {
	{ .name = "min", .kind = KEY_COUNT, AT(generations_min), SET(generations_min_set), .help = "at least so many" },
	{ .name = "max", .kind = KEY_COUNT, AT(generations_max), SET(generations_max_set), .help = "at most so many" },
	{ .name = NULL },
};

static const struct key keys_causes[] = {
	{ .name = "forbid", .kind = KEY_CAUSES, AT(causes_forbidden), .help = "no rebalance because of these, such as [R9, R10]" },
	{ .name = "require", .kind = KEY_CAUSES, AT(causes_required), .help = "a rebalance because of each of these" },
	{ .name = "allow", .kind = KEY_CAUSES, AT(causes_allowed), .help = "no rebalance because of others than these" },
	{ .name = NULL },
};

static const struct key keys_downtime[] = {
	{ .name = "p50", .kind = KEY_DURATION, AT(downtime[0]), SET(downtime_set[0]), .help = "half of them are no longer" },
	{ .name = "p95", .kind = KEY_DURATION, AT(downtime[1]), SET(downtime_set[1]), .help = "19 of 20 are no longer" },
	{ .name = "p99", .kind = KEY_DURATION, AT(downtime[2]), SET(downtime_set[2]), .help = "99 of 100 are no longer" },
	{ .name = "max", .kind = KEY_DURATION, AT(downtime[3]), SET(downtime_set[3]), .help = "none is longer" },
	{ .name = NULL },
};

static const struct key keys_commits[] = {
	{ .name = "failed", .kind = KEY_COUNT, AT(commits_failed), SET(commits_failed_set),
	  .help = "at most so many OffsetCommit requests refused" },
	{ .name = NULL },
};

static const struct key keys_apis[] = {
	{ .name = "forbid", .kind = KEY_APIS, .help = "APIs that no client may use, such as [LeaveGroup]" },
	{ .name = "versions", .kind = KEY_VERSIONS,
	  .help = "versions that clients have to use: {JoinGroup: \">=5\"}; also \"<=9\", \"5-9\", \"7\"" },
	{ .name = NULL },
};

static const struct key keys_expect[] = {
	{ .name = "rebalances", .kind = KEY_MAP, .sub = keys_rebalances,
	  .help = "how often each group rebalances; follow-ups are not counted" },
	{ .name = "generations", .kind = KEY_MAP, .sub = keys_generations,
	  .help = "generations that each group goes through, follow-ups too" },
	{ .name = "causes", .kind = KEY_MAP, .sub = keys_causes,
	  .help = "why groups rebalance (regroup explain lists the causes), as far as it is certain" },
	{ .name = "downtime", .kind = KEY_MAP, .sub = keys_downtime,
	  .help = "how long members are without partitions in a rebalance" },
	{ .name = "assignor", .kind = KEY_TEXT, AT(assignor), .help = "the assignor of every rebalance, such as cooperative-sticky" },
	{ .name = "commits", .kind = KEY_MAP, .sub = keys_commits, .help = "commits that are refused" },
	{ .name = "apis", .kind = KEY_MAP, .sub = keys_apis, .help = "requests of clients" },
	{ .name = NULL },
};

static const struct key keys_scope[] = {
	{ .name = "group", .kind = KEY_GLOB, .at = offsetof(struct scope, group), .help = "only these groups: * and ? are wild" },
	{ .name = "client_id", .kind = KEY_GLOB, .at = offsetof(struct scope, client_id),
	  .help = "only clients with such a client.id: * and ? are wild" },
	{ .name = "address", .kind = KEY_ADDRESS, .help = "only clients at this address, or in this network (10.0.0.0/8)" },
	{ .name = "rules", .kind = KEY_RULES, .help = "severities and thresholds for them" },
	{ .name = "expect", .kind = KEY_MAP, .sub = keys_expect, .help = "what is expected of them" },
	{ .name = NULL },
};

const struct key keys_top[] = {
	{ .name = "rules", .kind = KEY_RULES, .help = "severities (error, warning, off) and thresholds of rules" },
	{ .name = "expect", .kind = KEY_MAP, .sub = keys_expect, .help = "what is expected of the scenario, for every group" },
	{ .name = "scopes", .kind = KEY_SCOPES, .sub = keys_scope,
	  .help = "a list: rules and expectations for some groups and clients; the last one that fits counts" },
	{ .name = NULL },
};

/* ---- values -------------------------------------------------------------------------------------------------- */

bool read_duration(const char *text, int64_t *ns)
{
	static const struct {
		const char *name;
		double ns;
	} units[] = { { "ns", 1 }, { "us", 1e3 }, { "ms", 1e6 }, { "s", 1e9 }, { "m", 60e9 }, { "min", 60e9 }, { "h", 3600e9 } };
	char *end;
	double n;

	if (*text < '0' || *text > '9' || text[1] == 'x' || text[1] == 'X')
		return false;
	n = strtod(text, &end);
	if (n == 0 && !*end) {
		*ns = 0;
		return true;
	}
	while (*end == ' ')
		end++;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(end, units[i].name) != 0)
			continue;
		if (!isfinite(n) || n * units[i].ns > 9e18)
			return false;
		*ns = (int64_t)(n * units[i].ns);
		return true;
	}
	return false;
}

/* At most three digits at *text. */
static bool read_version(const char **text, int16_t *out)
{
	int n = 0, digits = 0;

	for (; **text >= '0' && **text <= '9' && digits < 3; digits++)
		n = n * 10 + (*(*text)++ - '0');
	*out = (int16_t)n;
	return digits > 0;
}

bool read_versions(const char *text, int16_t *least, int16_t *most)
{
	bool from = strncmp(text, ">=", 2) == 0, to = strncmp(text, "<=", 2) == 0;

	text += from || to ? 2 : 0;
	while (*text == ' ')
		text++;
	*least = 0;
	*most = INT16_MAX;
	if (!read_version(&text, to ? most : least))
		return false;
	if (!from && !to) {
		*most = *least;
		if (*text == '-') {
			text++;
			if (!read_version(&text, most))
				return false;
		}
	}
	return *text == '\0' && *least <= *most;
}

int read_cause(const char *text)
{
	char *end;
	unsigned long n;

	if ((*text != 'R' && *text != 'r') || text[1] < '0' || text[1] > '9')
		return -1;
	n = strtoul(text + 1, &end, 10);
	return *end || n > 21 ? -1 : (int)n;
}
