/* SPDX-License-Identifier: Apache-2.0 */
#include "cli.h"

#include <regroup/capture.h>
#include <regroup/tui.h>

void version_print(FILE *out)
{
	fprintf(out, "regroup %s\n%s\n%s\n", REGROUP_VERSION, cap_libpcap_version(), cap_libarchive_version());
#ifdef REGROUP_TUI
	fprintf(out, "%s\n", tui_library());
#else
	fprintf(out, "without ncurses: no terminal UI\n");
#endif
}

int cmd_version(const struct options *o)
{
	(void)o;
	version_print(stdout);
	return EXIT_DONE;
}
