/* SPDX-License-Identifier: Apache-2.0
 *
 * Any text as a rule file: it is refused with words, or taken, and what was taken can be applied.
 */
#include <regroup/check.h>

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct check_settings *s = check_settings_new();
	char *said = NULL;
	size_t len = 0;
	FILE *err = open_memstream(&said, &len);
	struct check *c;

	if (s && err) {
		bool taken = check_settings_parse(s, (const char *)data, size, "fuzz", err);

		fflush(err);
		if (taken != (len == 0))
			abort();
		c = check_new(s);
		if (c)
			check_finish(c, 1);
		check_free(c);
	}
	if (err)
		fclose(err);
	free(said);
	check_settings_free(s);
	return 0;
}
