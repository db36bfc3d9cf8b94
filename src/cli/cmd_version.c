/* SPDX-License-Identifier: Apache-2.0 */
#include "cli.h"

#include <regroup/capture.h>
#include <regroup/check.h>
#include <regroup/tui.h>

void version_print(FILE *out)
{
	const char *bpf = cap_libbpf_version();

	fprintf(out, "regroup %s\n%s\n%s\n", REGROUP_VERSION, cap_libpcap_version(), cap_libarchive_version());
#ifdef REGROUP_TUI
	fprintf(out, "%s\n", tui_library());
#else
	fprintf(out, "without ncurses: no terminal UI\n");
#endif
	if (bpf)
		fprintf(out, "libbpf %s\n", *bpf == 'v' ? bpf + 1 : bpf);
	else
		fprintf(out, "built without libbpf: no eBPF capture\n");
	if (check_yaml_version())
		fprintf(out, "libfyaml %s\n", check_yaml_version());
	else
		fprintf(out, "built without libfyaml: no rule files\n");
}

int cmd_version(const struct options *o)
{
	(void)o;
	version_print(stdout);
	return EXIT_DONE;
}
