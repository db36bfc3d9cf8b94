/* SPDX-License-Identifier: Apache-2.0
 *
 * A process on this host, as people and programs see it.
 */
#ifndef REGROUP_OUTPUT_LOCAL_H
#define REGROUP_OUTPUT_LOCAL_H

#include "line.h"

#include <regroup/group.h>
#include <regroup/json.h>

/* "java[1234]", "java[1234] in 3f2a9c41bc12"; nothing for NULL. */
void local_text(struct line *l, const struct group_process *p);

/* "process":{"pid":1234,"comm":"java","container":null} under `key`; nothing for NULL. */
void local_json(struct json *j, const char *key, const struct group_process *p);

#endif
