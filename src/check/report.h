/* SPDX-License-Identifier: Apache-2.0
 *
 * What the reports share: failures in the order of rules and time, and names of things. Internal to src/check.
 */
#ifndef REGROUP_CHECK_REPORT_H
#define REGROUP_CHECK_REPORT_H

#include <regroup/json.h>

#include "expect.h"
#include "state.h"

/* Room for what report_who and report_text write. */
#define REPORT_WHO 400

/* The next failure of a rule that is to be told, after `f` (NULL: the first). Warnings and accepted ones too. */
const struct finding *report_next(const struct check *c, unsigned rule, const struct finding *f);

/* Of what counts: an error that is not in the baseline. */
bool report_counts(const struct finding *f);

/* "pay-2 (10.0.0.1, apache-kafka-java 4.3.1)"; safe for terminals. */
const char *report_who(const struct client *k, char out[REPORT_WHO]);

/* Text from the wire made safe, into `out`. */
const char *report_safe(const char *text, char out[REPORT_WHO]);

/* "12, 34". */
const char *report_frames(const uint64_t frames[FRAMES], char out[REPORT_WHO]);

/* Whether a rule is off for everybody, and its severity without a scope. */
enum check_severity report_severity(const struct check *c, unsigned rule);

enum check_verdict tally_verdict(const struct tallies *t, unsigned rule);

/* An identity of a failure that stays the same over captures: for baselines and SARIF. */
uint64_t report_fingerprint(const struct finding *f);
uint64_t report_fingerprint_expect(const struct expect_result *r);

void report_text(const struct check *c, const struct check_report *r, FILE *out);
void report_json(const struct check *c, const struct check_report *r, FILE *out);
void report_junit(const struct check *c, const struct check_report *r, FILE *out);
void report_tap(const struct check *c, const struct check_report *r, FILE *out);
void report_sarif(const struct check *c, const struct check_report *r, FILE *out);
void report_github(const struct check *c, const struct check_report *r, FILE *out);

#endif
