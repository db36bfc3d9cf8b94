/* SPDX-License-Identifier: Apache-2.0 */
#include "local.h"

#include <string.h>

#define CONTAINER_SHOWN 12 /* digits, as docker ps has them */

void local_text(struct line *l, const struct group_process *p)
{
	if (!p)
		return;
	line_safe(l, p->comm, strlen(p->comm), 0);
	line_format(l, "[%d]", p->pid);
	if (p->container[0])
		line_format(l, " in %.*s", CONTAINER_SHOWN, p->container);
}

void local_json(struct json *j, const char *key, const struct group_process *p)
{
	if (!p)
		return;
	json_key(j, key);
	json_object_begin(j);
	json_key(j, "pid");
	json_int(j, p->pid);
	json_key(j, "comm");
	json_text(j, p->comm);
	json_key(j, "container");
	if (p->container[0])
		json_text(j, p->container);
	else
		json_null(j);
	json_object_end(j);
}
