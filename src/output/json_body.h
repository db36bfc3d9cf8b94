/* SPDX-License-Identifier: Apache-2.0
 *
 * A message body as Kafka's own JsonConverter writes it, and beside it what hides in its bytes fields.
 */
#ifndef REGROUP_OUTPUT_JSON_BODY_H
#define REGROUP_OUTPUT_JSON_BODY_H

#include "body.h"

#include <regroup/json.h>

struct json_body {
	struct json *to;
	bool in_blob; /* blobs inside this one come after it */
	struct json blobs;   /* array elements with commas between */
	struct json batches; /* the same, one for each record batch whose header is there */
};

void json_body_init(struct json_body *w);
void json_body_free(struct json_body *w);

/* Writes the struct of `p` that lies in b->level[0] (and nothing else) as one value to `to`; blobs and batches
 * hold this message's afterwards. */
void json_body_print(struct json_body *w, struct body *b, const struct plan *p, struct json *to);

#endif
