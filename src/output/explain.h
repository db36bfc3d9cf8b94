/* SPDX-License-Identifier: Apache-2.0
 *
 * What the causes and the storms mean. Internal to src/output.
 */
#ifndef REGROUP_OUTPUT_EXPLAIN_H
#define REGROUP_OUTPUT_EXPLAIN_H

#include <regroup/group.h>

#include <stddef.h>

#define EXPLAIN_CAUSES 22

struct explanation {
	const char *means;  /* what has happened, in a sentence or two */
	const char *wire;   /* how it is recognised */
	const char *alike;  /* what else looks like it; NULL for nothing */
	const char *change; /* what to do about it */
};

extern const struct explanation explain_causes[EXPLAIN_CAUSES]; /* by id */
extern const struct explanation explain_storms[GROUP_STORM_CLASSES];

/* An event or an error: more than causes and storms. */
struct explain_notice {
	const char *name;
	const char *const other[20]; /* other names of it, errors and their codes; up to the first NULL */
	struct explanation text;
};

#define EXPLAIN_NOTICES 33
extern const struct explain_notice explain_notices[EXPLAIN_NOTICES];

/* What is different in groups whose broker assigns (KIP-848), NULL for nothing; in explain_broker.c. */
extern const char *const explain_broker[EXPLAIN_CAUSES];

#endif
