/* SPDX-License-Identifier: Apache-2.0
 *
 * The command line as a struct. One table (src/cli/table.c) says what there is; it also makes the help, the
 * manual page and the shell completions.
 */
#ifndef REGROUP_OPTIONS_H
#define REGROUP_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum options_command {
	OPTIONS_NO_COMMAND, /* `regroup --help`, `regroup -D`; with something to read it is OPTIONS_TUI */
	OPTIONS_LOG,
	OPTIONS_DECODE,
	OPTIONS_WHY,
	OPTIONS_TUI,
	OPTIONS_EXPLAIN,
	OPTIONS_APIS,
	OPTIONS_DOCTOR,
	OPTIONS_CHECK,
	OPTIONS_RULES,
	OPTIONS_DIFF,
	OPTIONS_HELP,
	OPTIONS_VERSION,
	OPTIONS_COMMANDS,
};

enum options_format { OPTIONS_TEXT, OPTIONS_JSON };
enum options_ebpf { OPTIONS_EBPF_AUTO, OPTIONS_EBPF_FILTER, OPTIONS_EBPF_RING, OPTIONS_EBPF_OFF };
enum options_save { OPTIONS_SAVE_ALL, OPTIONS_SAVE_GROUPS };
enum options_color { OPTIONS_COLOR_AUTO, OPTIONS_COLOR_ALWAYS, OPTIONS_COLOR_NEVER };

#define OPTIONS_MAX_PORTS 32

/* A moment of the capture: ns since the epoch, since midnight or since the first packet. */
enum options_time_kind { OPTIONS_NO_TIME, OPTIONS_TIME_ABSOLUTE, OPTIONS_TIME_OF_DAY, OPTIONS_TIME_AFTER };
struct options_time {
	enum options_time_kind kind;
	int64_t ns;
};

/* Texts borrow from argv. Zero and NULL stand for "not given" unless said otherwise. */
struct options {
	enum options_command command;
	const char *topic; /* help: the command it is asked about; apis: the API, by name or key */
	const char *topic_version; /* apis: one version of it */
	bool help, version, list_interfaces;

	const char **files; /* -r, in order; "-" is standard input */
	size_t n_files;
	const char *interface;
	const char *user;  /* -Z */
	char *filter;      /* the words that are no options, with single spaces between */
	uint64_t count;    /* -c */
	uint32_t snaplen;  /* -s, bytes; 0 for the largest */
	uint32_t buffer_kib;
	bool no_promisc;
	enum options_ebpf ebpf;
	const char *tls;   /* --tls: a pid, or "auto" */
	uint32_t pid;      /* --pid, 0 for all */
	const char *comm;  /* --comm: a pattern with * and ? */
	uint16_t ports[OPTIONS_MAX_PORTS]; /* --port */
	size_t n_ports;
	uint64_t memory;   /* --memory, bytes for connections and messages being put together; 0 for the defaults */

	const char *save_file;  /* -w */
	uint64_t save_bytes;    /* -C, bytes */
	uint32_t save_seconds;  /* -G */
	uint32_t save_files;    /* -W */
	bool save_flush;        /* -U */
	enum options_save save; /* --save */

	uint32_t verbose; /* how often -v was given */
	bool quiet;       /* -q: no progress, no warnings, no closing line on standard error */
	enum options_format format;
	enum options_color color;

	const char *group;  /* log, why, diff: a pattern with * and ?; decode: a name */
	const char *diff_client; /* patterns of client ids and software: of both captures, or of each with a comma between */
	uint32_t types;     /* log: bit per enum group_event_type; 0 for all */
	struct options_time since, until; /* log */
	bool collapse, no_collapse;       /* log */

	uint64_t apis[2];      /* decode: bit per API key 0-127; all zero for all */
	const char *client_id; /* decode */
	bool errors;           /* decode: only responses that carry an error, with their requests' facts */
	uint64_t connection;   /* decode: its number, 0 for all */

	/* check */
	const char *rules;       /* the rule file */
	uint32_t check_format;   /* enum check_format */
	const char **outputs;    /* "junit:report.xml" */
	size_t n_outputs;
	const char *baseline;
	bool update_baseline, strict, complete, help_rules;
	bool rules_schema;       /* rules: the JSON schema of rule files */
	char **wrapped;          /* the command behind --, NULL-terminated, in argv; NULL for none */
};

/* Room for an error and a hint, one line each. */
#define OPTIONS_ERROR 512

/* Fills `o` from the command line. False with text in `err` (no newline at its end) when it cannot be understood.
 * `o` is to be freed with options_free in either case. */
bool options_parse(struct options *o, int argc, char **argv, char err[OPTIONS_ERROR]);
void options_free(struct options *o);

/* Whether standard output is to be coloured: what --color says; by default when it is a terminal, NO_COLOR is not
 * set and the format is text. */
bool options_use_color(const struct options *o);

static inline bool options_live(const struct options *o)
{
	return o->interface || o->tls;
}

/* What --tls says: 0 for all processes. False when that is no pid. */
bool options_tls_pid(const struct options *o, int *pid);

/* Whether somebody may be waiting for each line: a live capture, or one that is piped in. */
bool options_prompt_output(const struct options *o);

static inline bool options_wants_api(const struct options *o, int16_t key)
{
	if (!(o->apis[0] | o->apis[1]))
		return true;
	return key >= 0 && key < 128 && (o->apis[key / 64] >> (key % 64) & 1);
}

#endif
