/* SPDX-License-Identifier: Apache-2.0
 *
 * Where the poles of a ladder stand: members on the left, brokers on the right.
 */
#ifndef REGROUP_TUI_GROUND_H
#define REGROUP_TUI_GROUND_H

#include "rungs.h"
#include "screen.h"

#define GROUND_BROKERS 6u /* that have a pole of their own; the rest share the last */

struct ground {
	unsigned times;             /* columns of the times in front */
	unsigned left, pole;        /* column of the first member, columns from one to the next */
	unsigned broker, apart;     /* column of the last broker, columns from one to the next */
	size_t first, shown;        /* members */
	size_t brokers, of_brokers; /* broker poles; of so many brokers */
};

/* `lane`: the member that has to be in sight; *first is the one that is leftmost, and is moved where needed. */
struct ground ground_lay(const struct rungs *r, const struct model *m, unsigned width, uint32_t lane, size_t *first);

static inline unsigned ground_member(const struct ground *g, size_t lane)
{
	return g->left + (unsigned)(lane - g->first) * g->pole;
}

static inline bool ground_shows(const struct ground *g, size_t lane)
{
	return lane >= g->first && lane < g->first + g->shown;
}

unsigned ground_broker(const struct ground *g, size_t broker);

/* The poles of one row. */
void ground_draw(const struct ground *g, const struct rungs *r, struct screen *s, unsigned y);

/* The names above them. */
void ground_names(const struct ground *g, const struct rungs *r, const struct model *m, struct screen *s, unsigned y);

#endif
