/* SPDX-License-Identifier: Apache-2.0
 *
 * Names as Kafka's JSON spells them.
 */
#include <regroup/dissect.h>

size_t kf_json_name(const char *name, char *out)
{
	enum { SPACE = 64 };
	size_t n = 0;

	for (; *name && n < SPACE - 1; name++) {
		if (*name == '_' && name[1] >= 'a' && name[1] <= 'z')
			out[n++] = (char)(*++name - 'a' + 'A');
		else
			out[n++] = *name;
	}
	out[n] = '\0';
	return n;
}
