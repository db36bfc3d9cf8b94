/* SPDX-License-Identifier: Apache-2.0
 *
 * Judges how clients behave on the wire: 42 rules (W01 to W42), each passed, failed or not exercised, per client and
 * per group, and what a rule file expects of a scenario. Sits on the Kafka messages and on the correlator's events.
 * A rule passes only when what it is about has happened; what the capture could not show never fails one.
 */
#ifndef REGROUP_CHECK_H
#define REGROUP_CHECK_H

#include <regroup/group.h>
#include <regroup/kafka.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* ---- the rules ------------------------------------------------------------------------------------- */

#define CHECK_RULES 42
#define CHECK_PARAMS 3

enum check_severity { CHECK_OFF, CHECK_WARNING, CHECK_ERROR };

/* "off", "warning", "error". */
const char *check_severity_name(enum check_severity s);

enum check_unit { CHECK_DURATION /* ns */, CHECK_COUNT, CHECK_BOOL };

/* A threshold of a rule; name NULL ends the list. */
struct check_param {
	const char *name;
	enum check_unit unit;
	int64_t preset;
	const char *help;
};

struct check_rule {
	const char *id;      /* "W13" */
	const char *title;   /* what has to hold, one line */
	const char *trigger; /* what has to happen for it to be exercised */
	const char *why;     /* what goes wrong otherwise */
	const char *fix;     /* what to change in the client or its settings */
	const char *source;  /* the KIP, schema or setting behind it */
	enum check_severity severity; /* unless a rule file says otherwise */
	bool own;            /* Kafka's own clients always obey it, whatever the application does */
	struct check_param params[CHECK_PARAMS + 1];
};

/* Rule 1 to CHECK_RULES; NULL for others. */
const struct check_rule *check_rule(unsigned number);

/* By id in any case ("w13"); 0 when there is none. */
unsigned check_rule_find(const char *id);

/* All rules, one line or object each; and all about one of them. */
void check_rules_list(FILE *out, bool json, bool color);
void check_rule_print(FILE *out, unsigned number, bool json, bool color);

/* ---- rule files -------------------------------------------------------------------------------------- */

struct check_settings;

/* What applies without a rule file; NULL when memory is out. */
struct check_settings *check_settings_new(void);
void check_settings_free(struct check_settings *s); /* NULL is fine */

/* Reads a rule file (YAML) into `s`. False with every mistake, one a line ("FILE:LINE:COLUMN: what"), written to
 * `err`; also when the file cannot be read, or regroup was built without a YAML library. */
bool check_settings_read(struct check_settings *s, const char *file, FILE *err);

/* The same from memory; `name` is for the messages. */
bool check_settings_parse(struct check_settings *s, const char *text, size_t len, const char *name, FILE *err);

/* Whether rule files can be read: the version of libfyaml, NULL when not. */
const char *check_yaml_version(void);

/* Everything a rule file may say: for people, as the body of a manual page, and as a JSON schema for editors. */
void check_help_rules(FILE *out);
void check_man_rules(FILE *out);
void check_schema_rules(FILE *out);

/* ---- judging ------------------------------------------------------------------------------------------- */

struct check;

/* `settings` is borrowed for the life of the check. NULL when memory is out. */
struct check *check_new(const struct check_settings *settings);
void check_free(struct check *c); /* NULL is fine */

/* To be given every Kafka message, besides the correlator. Leaves kafka_conn.user and kafka_message.note alone. */
struct kafka_sink check_kafka_sink(struct check *c);

/* The event callback of groups_new; `ctx` is the struct check. */
void check_event(void *ctx, const struct group_event *e);

/* It is known that the capture has every connection of the clients, from the first one on: failures that rest on
 * there being no other are told without further signs. */
void check_complete(struct check *c);

/* The capture itself lost packets in this time. */
void check_capture_gap(struct check *c, int64_t from, int64_t to);

/* The end of the capture: concludes. Before any report. */
void check_finish(struct check *c, int64_t ts);

/* ---- verdicts -------------------------------------------------------------------------------------------- */

enum check_verdict { CHECK_NOT_EXERCISED, CHECK_PASS, CHECK_FAIL };

/* "not exercised", "pass", "fail". */
const char *check_verdict_name(enum check_verdict v);

/* Of a rule over all clients and groups. */
enum check_verdict check_verdict(const struct check *c, unsigned rule);

struct check_totals {
	unsigned passed, failed, warned, not_exercised, off; /* rules; warned: failed as warnings only */
	unsigned expectations, expectations_failed, expectations_unknown;
	uint64_t failures;      /* that count: neither warnings nor in the baseline */
	uint64_t accepted;      /* failures that the baseline has */
	uint64_t hidden;        /* suspicions that the capture could not show */
	unsigned suspected;     /* rules with such a suspicion that would be an error, and no failure that was shown */
	unsigned clients, groups;
};

void check_get_totals(const struct check *c, struct check_totals *out);

/* 0 passed, 1 failed, 3 nothing was exercised or the capture could not show it. With `strict` 1 as well when a rule or
 * an expectation was not exercised. */
int check_exit_code(const struct check *c, bool strict);

enum check_format { CHECK_TEXT, CHECK_JSON, CHECK_JUNIT, CHECK_TAP, CHECK_SARIF, CHECK_GITHUB, CHECK_FORMATS };

/* "text", "json", "junit", "tap", "sarif", "github". */
const char *check_format_name(enum check_format f);

struct check_report {
	enum check_format format;
	bool color;    /* text */
	bool strict;   /* not exercised is shown as a failure */
	bool verbose;  /* text: the verdicts of every client and group too */
	const char *capture; /* where the packets came from, for the report; NULL for none */
};

void check_report(const struct check *c, const struct check_report *r, FILE *out);

/* ---- baselines: failures that are known ------------------------------------------------------------------- */

/* Accepts what `file` lists. False with a line in `err`. Before the reports. */
bool check_baseline_read(struct check *c, const char *file, FILE *err);

/* Writes today's failures. */
bool check_baseline_write(const struct check *c, const char *file, FILE *err);

/* ---- diff: what two captures tell of a client ------------------------------------------------------------- */

struct profile;

/* NULL when memory is out. */
struct profile *profile_new(void);
void profile_free(struct profile *p); /* NULL is fine */

/* Only clients whose client.id or software ("kgo", "kgo v1.*") matches, and groups whose name does; NULL for all. Borrowed. */
void profile_only(struct profile *p, const char *client, const char *group);

/* To be given every Kafka message and every event of the correlator, besides a struct check. */
struct kafka_sink profile_kafka_sink(struct profile *p);
void profile_event(void *ctx, const struct group_event *e);

struct check_side {
	const char *name; /* of the capture */
	const struct profile *profile;
	const struct check *check; /* finished */
};

/* The two side by side: APIs and versions, handshakes, timing, groups, rules. `all`: also what is alike.
 * True when they differ. */
bool check_diff(const struct check_side *a, const struct check_side *b, bool json, bool color, bool all, FILE *out);

#endif
