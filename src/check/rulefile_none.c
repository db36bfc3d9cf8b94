/* SPDX-License-Identifier: Apache-2.0
 *
 * In place of rulefile.c where libfyaml was not there.
 */
#include <regroup/check.h>

bool check_settings_parse(struct check_settings *s, const char *text, size_t len, const char *name, FILE *err)
{
	(void)s;
	(void)text;
	(void)len;
	fprintf(err, "regroup: %s: this regroup was built without libfyaml and reads no rule files\n", name);
	return false;
}

bool check_settings_read(struct check_settings *s, const char *file, FILE *err)
{
	return check_settings_parse(s, NULL, 0, file, err);
}

const char *check_yaml_version(void)
{
	return NULL;
}
