/* SPDX-License-Identifier: Apache-2.0 */
#include "merge.h"

#include <stdlib.h>

struct input {
	struct cap_file *file;
	struct cap_packet head; /* its next packet */
	bool begun;             /* a packet of it has been given out */
};

struct merge {
	struct input *inputs;
	struct input **heap;    /* those with a head, the first on top */
	struct input **waiting; /* those that must be read on before anything can be said; their windows hold
				 * packets given out last */
	size_t n_heap;
	size_t n_waiting;
};

struct merge *merge_new(struct cap_file *const *files, size_t n)
{
	struct merge *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	m->inputs = calloc(n, sizeof(*m->inputs));
	m->heap = calloc(n, sizeof(struct input *));
	m->waiting = calloc(n, sizeof(struct input *));
	if (!m->inputs || !m->heap || !m->waiting) {
		merge_free(m);
		return NULL;
	}
	for (size_t i = 0; i < n; i++) {
		m->inputs[i].file = files[i];
		m->waiting[m->n_waiting++] = &m->inputs[i];
	}
	return m;
}

void merge_free(struct merge *m)
{
	if (!m)
		return;
	free(m->inputs);
	free(m->heap);
	free(m->waiting);
	free(m);
}

static bool before(const struct input *a, const struct input *b)
{
	if (a->head.ts != b->head.ts)
		return a->head.ts < b->head.ts;
	if (a->begun != b->begun)
		return a->begun;
	return a < b; /* places in one array: the order of the files */
}

static void sift_down(struct merge *m)
{
	struct input *moved = m->heap[0];
	size_t at = 0, child;

	while ((child = 2 * at + 1) < m->n_heap) {
		if (child + 1 < m->n_heap && before(m->heap[child + 1], m->heap[child]))
			child++;
		if (!before(m->heap[child], moved))
			break;
		m->heap[at] = m->heap[child];
		at = child;
	}
	m->heap[at] = moved;
}

static void push(struct merge *m, struct input *in)
{
	size_t at = m->n_heap++, parent;

	while (at && before(in, m->heap[parent = (at - 1) / 2])) {
		m->heap[at] = m->heap[parent];
		at = parent;
	}
	m->heap[at] = in;
}

/* Reads on in the waiting files. False when one of them, a pipe, has nothing yet. */
static bool settle(struct merge *m)
{
	enum file_state state;
	struct input *in;

	while (m->n_waiting) {
		in = m->waiting[m->n_waiting - 1];
		if (file_read(in->file, &in->head, 1, true, &state))
			push(m, in);
		else if (state == FILE_IDLE)
			return false;
		else
			file_close(in->file);
		m->n_waiting--;
	}
	return true;
}

size_t merge_read(struct merge *m, struct cap_packet *out, size_t max, enum file_state *state)
{
	struct input *in;
	size_t n = 0;

	*state = FILE_IDLE;
	if (!settle(m))
		return 0;
	*state = m->n_heap ? FILE_OK : FILE_END;
	while (n < max && m->n_heap && !m->n_waiting) {
		in = m->heap[0];
		out[n++] = in->head;
		in->begun = true;
		if (!file_read(in->file, &in->head, 1, false, state)) {
			m->heap[0] = m->heap[--m->n_heap];
			m->waiting[m->n_waiting++] = in;
		}
		if (m->n_heap)
			sift_down(m);
	}
	return n;
}
