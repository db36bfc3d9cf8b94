/* SPDX-License-Identifier: Apache-2.0
 *
 * Saving what is looked at: packets, text, JSON or Mermaid, by the ending of the file's name.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "messages.h"
#include "ui.h"

#define MARGIN INT64_C(2000000000) /* ns around a rebalance */

static const struct view_ops *const views[VIEWS] = {
	[VIEW_GROUPS] = &view_groups,         [VIEW_TIMELINE] = &view_timeline,       [VIEW_REBALANCE] = &view_rebalance,
	[VIEW_LADDER] = &view_ladder,         [VIEW_MESSAGE] = &view_message,         [VIEW_WHY] = &view_why,
	[VIEW_CONNECTIONS] = &view_connections, [VIEW_PRODUCERS] = &view_producers, [VIEW_STATISTICS] = &view_statistics,
	[VIEW_HELP] = &view_help,
};

static bool ends(const char *name, const char *ending)
{
	size_t n = strlen(name), m = strlen(ending);

	return n > m && strcasecmp(name + n - m, ending) == 0;
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* The connections that the group's messages came on, each once. */
static uint64_t *connections(const struct ui *ui, const struct model_group *g, const struct tui_packets *w, size_t *n)
{
	const struct messages *ms = ui->model->messages;
	const struct message *x;
	size_t cap = 0, kept = 0;
	uint64_t *list = NULL;

	*n = 0;
	for (uint64_t at = messages_newest(ms, g->id); (x = messages_get(ms, at)); at = x->older) {
		if ((w->from != GROUP_UNKNOWN_TIME && x->ts < w->from) || (w->to != GROUP_UNKNOWN_TIME && x->ts > w->to))
			continue;
		if (*n == cap) {
			cap = cap ? cap * 2 : 256;
			uint64_t *more = realloc(list, cap * sizeof(*list));

			if (!more)
				break;
			list = more;
		}
		list[(*n)++] = x->conn;
	}
	if (*n)
		qsort(list, *n, sizeof(*list), compare);
	for (size_t i = 0; i < *n; i++)
		if (!i || list[i] != list[i - 1])
			list[kept++] = list[i];
	*n = kept;
	return list;
}

/* In the views of one rebalance its packets, elsewhere all of the group. */
static struct tui_packets wanted(const struct ui *ui)
{
	const struct kept *k = ui_rebalance(ui);
	const struct group_rebalance *r = k ? &k->event->rebalance : NULL;
	struct tui_packets w = { .from = GROUP_UNKNOWN_TIME, .to = GROUP_UNKNOWN_TIME };
	bool one = ui->view == VIEW_REBALANCE || (ui->view == VIEW_LADDER && !ui->focus.whole);

	if (!one || !r || r->started == GROUP_UNKNOWN_TIME)
		return w;
	w.from = r->started - MARGIN;
	w.to = r->ended != GROUP_UNKNOWN_TIME ? r->ended + MARGIN : GROUP_UNKNOWN_TIME;
	return w;
}

static void save_packets(struct ui *ui, const char *file)
{
	struct model_group *g = ui_group(ui);
	struct tui_packets w = wanted(ui);
	uint64_t *list;
	char err[200] = "";
	int64_t n;

	if (!g || !ui->options.save_packets) {
		ui_notice(ui, true, g ? "packets cannot be saved here" : "there is no group to save");
		return;
	}
	list = connections(ui, g, &w, &w.n);
	w.conns = list;
	n = ui->options.save_packets(ui->options.ctx, file, &w, err, sizeof(err));
	free(list);
	if (n < 0)
		ui_notice(ui, true, "%s", err);
	else
		ui_notice(ui, false, "saved %lld packets on %zu connections to %s", (long long)n, w.n, file);
}

static void save_as(struct ui *ui, const char *file, enum save_as as)
{
	FILE *out = fopen(file, "we");
	bool ok;

	if (!out) {
		ui_notice(ui, true, "%s: %s", file, strerror(errno));
		return;
	}
	ok = views[ui->view]->save && views[ui->view]->save(ui->state[ui->view], ui, as, out);
	if (!ok) {
		fclose(out);
		unlink(file);
		ui_notice(ui, true, "this view cannot be saved like that; .txt is possible in all of them");
	} else if (fclose(out) != 0) {
		ui_notice(ui, true, "%s: %s", file, strerror(errno));
	} else {
		ui_notice(ui, false, "saved to %s", file);
	}
}

/* "~/x" as a shell would take it. */
static const char *of_home(const char *file, char *out, size_t size)
{
	const char *home = getenv("HOME");

	if (file[0] != '~' || file[1] != '/' || !home || (size_t)snprintf(out, size, "%s%s", home, file + 1) >= size)
		return file;
	return out;
}

void ui_save(struct ui *ui, const char *name)
{
	char room[PATH_MAX];
	const char *file = of_home(name, room, sizeof(room));

	if (access(file, F_OK) == 0)
		ui_notice(ui, true, "%s is there already: it is not overwritten", file);
	else if (ends(file, ".pcapng") || ends(file, ".pcap"))
		save_packets(ui, file);
	else if (ends(file, ".json") || ends(file, ".jsonl"))
		save_as(ui, file, SAVE_JSON);
	else if (ends(file, ".mmd"))
		save_as(ui, file, SAVE_MERMAID);
	else
		save_as(ui, file, SAVE_TEXT);
}
