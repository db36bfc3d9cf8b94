/* SPDX-License-Identifier: Apache-2.0
 *
 * The tables of commands and options: the only place that knows them.
 */
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include <regroup/options.h>

enum table_kind {
	KIND_FLAG,   /* bool */
	KIND_REPEAT, /* uint32_t, counts */
	KIND_TEXT,   /* const char * */
	KIND_FILES,  /* options.files */
	KIND_NUMBER, /* uint32_t or uint64_t */
	KIND_SIZE,   /* the same with k, M or G; `unit` says what a bare number counts */
	KIND_CHOICE, /* an enum, in the order of `choices` */
	KIND_PORTS,
	KIND_APIS,
	KIND_TYPES,
	KIND_OUTPUTS, /* options.outputs */
	KIND_TIME,   /* struct options_time */
	KIND_NOTHING, /* accepted for the habit's sake */
};

/* What a shell can offer for an argument. */
enum table_complete { COMPLETE_NOTHING, COMPLETE_FILE, COMPLETE_INTERFACE, COMPLETE_USER };

enum table_section { SECTION_INPUT, SECTION_SAVE, SECTION_SELECT, SECTION_OUTPUT, SECTIONS };

struct table_option {
	const char *name;
	const char *arg;     /* NULL when it takes none */
	const char *bare;    /* the argument when there is none: it may only follow a '=' then; NULL when there must be one */
	const char *choices; /* "text|json", NULL when free */
	const char *help;    /* for --help and the completions: no full stop */
	const char *more;    /* for the manual page, sentences; NULL for none */
	uint64_t unit, min, max;
	uint16_t at, size; /* the member of struct options */
	uint16_t commands; /* bit per enum options_command */
	uint8_t kind, section, complete;
	char letter; /* 0 for none */
};

struct table_command {
	const char *name;
	const char *usage;
	const char *summary; /* no full stop */
	const char *more;    /* for the manual page */
};

extern const char *const table_sections[SECTIONS];
extern const struct table_option table_options[];
extern const size_t table_n_options;
extern const struct table_command table_commands[OPTIONS_COMMANDS]; /* [0] is regroup without a command */

static inline bool table_applies(const struct table_option *t, enum options_command c)
{
	return t->commands >> c & 1;
}

#endif
