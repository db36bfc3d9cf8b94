/* SPDX-License-Identifier: Apache-2.0
 *
 * What a rule file sets: severities and thresholds, for all or for some, and expectations. Internal to src/check.
 */
#ifndef REGROUP_CHECK_SETTINGS_H
#define REGROUP_CHECK_SETTINGS_H

#include <regroup/check.h>

/* Scopes are bits of a uint64_t; 0 is what applies to all. */
#define SCOPES 64

struct rule_setting {
	bool severity_set, param_set[CHECK_PARAMS];
	enum check_severity severity;
	int64_t param[CHECK_PARAMS];
};

/* Which causes or APIs: bits. */
struct api_wish {
	int16_t api;
	bool forbidden;
	int16_t least, most; /* versions */
};

#define API_WISHES 64

/* What is expected of a scenario, of each group that the scope is about. Durations in ns. */
struct expectations {
	bool any;
	bool rebalances_min_set, rebalances_max_set, generations_max_set, generations_min_set;
	int64_t rebalances_min, rebalances_max, generations_min, generations_max;
	uint32_t causes_forbidden, causes_required, causes_allowed; /* bit per R0 to R21; allowed 0: all */
	bool downtime_set[4];    /* p50, p95, p99, max */
	int64_t downtime[4];
	const char *assignor;
	bool commits_failed_set, commits_total_set;
	int64_t commits_failed, commits_total;
	struct api_wish apis[API_WISHES];
	unsigned n_apis;
};

struct scope {
	char *group, *client_id, *address; /* globs, an address or a network; NULL for all */
	uint8_t net[16];
	uint8_t bits, family; /* of `address`; family 0 when there is none */
	struct rule_setting rule[CHECK_RULES + 1];
	struct expectations expect;
	int line;
};

struct check_settings {
	struct scope *scope[SCOPES];
	unsigned n;
	char *file;
};

struct scope *settings_add(struct check_settings *s);
bool scope_set_address(struct scope *s, const char *text);
bool glob_match(const char *pattern, const char *text); /* * and ? */

#endif
