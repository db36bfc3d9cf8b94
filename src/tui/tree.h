/* SPDX-License-Identifier: Apache-2.0
 *
 * A message as lines of a tree, each with the bytes it stands for.
 */
#ifndef REGROUP_TUI_TREE_H
#define REGROUP_TUI_TREE_H

#include "messages.h"

struct leaf {
	char path[96];   /* "topics[0].partitions[3]": what a diff compares */
	char key[48];
	char value[192]; /* safe text; "" for structs */
	uint32_t offset, len;
	uint8_t depth;
	bool error;      /* an error code that is not 0, or where reading stopped */
};

struct tree {
	struct leaf *leaf;
	size_t n, cap;
	bool more; /* there were too many */
};

/* What members tell each other in bytes is read where the protocol type and the assignor, of the message or else of its
 * group (NULL: not known), say what it is. False when memory is out. */
bool tree_read(struct tree *t, const struct message *m, const uint8_t *body, const char *protocol_type,
               const char *assignor);
void tree_free(struct tree *t);

#endif
