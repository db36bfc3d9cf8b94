/* SPDX-License-Identifier: Apache-2.0
 *
 * The commands, one file each, and what they share.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdio.h>

#include <regroup/options.h>

/* Exit codes of every command. */
enum { EXIT_DONE = 0, EXIT_CHECK_FAILED = 1, EXIT_UNUSABLE = 2, EXIT_NOTHING_TO_JUDGE = 3 };

int cmd_tui(const struct options *o);
int cmd_log(const struct options *o);
int cmd_doctor(const struct options *o);
int cmd_decode(const struct options *o);
int cmd_why(const struct options *o);
int cmd_explain(const struct options *o);
int cmd_apis(const struct options *o);
int cmd_check(const struct options *o);
int cmd_rules(const struct options *o);
int cmd_diff(const struct options *o);
int cmd_help(const struct options *o);
int cmd_version(const struct options *o);

/* Runs what the command line asks for; returns the exit code. */
int cli_run(const struct options *o);

/* --help of a command, or of regroup as a whole (OPTIONS_NO_COMMAND). */
void help_print(FILE *out, enum options_command command);

void version_print(FILE *out);

/* Makes a file of the build from a template: `kind` is man, bash, zsh or fish; lines of the template that are
 * nothing but @NAME@ are replaced by what the tables say. Returns the exit code. */
int generate(const char *kind, const char *template_file, FILE *out);

/* The manual page of rule files, from a template in which @KEYS@ is a line. Returns the exit code. */
int rules_page(const char *template_file, FILE *out);

#endif
