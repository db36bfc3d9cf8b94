/* SPDX-License-Identifier: Apache-2.0 */
#include "loading.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void loading_begin(struct loading *l)
{
	l->print = libbpf_set_print(NULL);
}

void loading_end(struct loading *l)
{
	libbpf_set_print(l->print);
}

void loading_explain(int r, const char *kernel, char *why, size_t why_size)
{
	switch (-r) {
	case EPERM:
	case EACCES:
		snprintf(why, why_size, "not permitted: it takes root, or CAP_BPF and CAP_PERFMON");
		break;
	case ENOTSUP:
		snprintf(why, why_size, "the capture filter asks for what cannot be translated");
		break;
	case EINVAL:
	case ENOSYS:
	case E2BIG:
	case ESRCH:
	case ENOENT:
		snprintf(why, why_size, "this kernel refuses the program (%s or later is needed)", kernel);
		break;
	default:
		snprintf(why, why_size, "%s", strerror(-r));
	}
}

bool loading_types(char *why, size_t why_size)
{
	static const char types[] = "/sys/kernel/btf/vmlinux";

	if (access(types, R_OK) == 0)
		return true;
	snprintf(why, why_size, "the kernel does not tell its types (BTF): there is no %s", types);
	return false;
}
