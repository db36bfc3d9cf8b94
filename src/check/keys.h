/* SPDX-License-Identifier: Apache-2.0
 *
 * What may stand in a rule file, as a table: it reads the file, and makes the help, the manual page and the JSON schema.
 * Internal to src/check.
 */
#ifndef REGROUP_CHECK_KEYS_H
#define REGROUP_CHECK_KEYS_H

#include <stddef.h>

#include "settings.h"

enum key_kind {
	KEY_MAP,      /* of `sub` */
	KEY_RULES,    /* W01 to W42 and "all" */
	KEY_SCOPES,   /* a list of maps of `sub` */
	KEY_GLOB,     /* a text, of struct scope */
	KEY_ADDRESS,
	KEY_COUNT,    /* of struct expectations, as all below: int64_t and bool */
	KEY_DURATION,
	KEY_TEXT,
	KEY_CAUSES,   /* a list of R0 to R21: uint32_t */
	KEY_APIS,     /* a list of APIs that are forbidden */
	KEY_VERSIONS, /* a map of APIs to versions */
};

struct key {
	const char *name; /* NULL ends the table */
	const char *help;
	const struct key *sub;
	size_t at, set; /* offsets of the value and of the bool that says it is set */
	enum key_kind kind;
};

extern const struct key keys_top[];

/* "3s", "500ms", "1.5h", "0"; false when it is none. */
bool read_duration(const char *text, int64_t *ns);

/* ">=5", "<=9", "5-9", "7". */
bool read_versions(const char *text, int16_t *least, int16_t *most);

/* "R9": 9; -1 when it is none. */
int read_cause(const char *text);

#endif
