/* SPDX-License-Identifier: Apache-2.0 */
#include "keys.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <regroup/text.h>

#include "view.h"

#define BIT(v) (1 << VIEW_##v)

const struct key_row key_table[ACTIONS] = {
	[ACT_UP] = { "up", "Up k", "up", NULL, 0 },
	[ACT_DOWN] = { "down", "Down j", "down", NULL, 0 },
	[ACT_LEFT] = { "left", "Left h", "left; the rebalance before this one", NULL, 0 },
	[ACT_RIGHT] = { "right", "Right l", "right; the rebalance after this one", NULL, 0 },
	[ACT_PAGE_UP] = { "page-up", "PgUp Ctrl-B", "a page up", NULL, 0 },
	[ACT_PAGE_DOWN] = { "page-down", "PgDn Ctrl-F", "a page down", NULL, 0 },
	[ACT_FIRST] = { "first", "Home g", "to the beginning", NULL, 0 },
	[ACT_LAST] = { "last", "End G", "to the end", NULL, 0 },
	[ACT_OPEN] = { "open", "Enter", "look into it: group, timeline, rebalance, ladder, message", "Open", 0 },
	[ACT_BACK] = { "back", "Esc q Backspace", "back to where you came from", "Back", 0 },
	[ACT_QUIT] = { "quit", "Q F10 Ctrl-C", "leave regroup", "Quit", 0 },
	[ACT_GROUPS] = { "groups", "1", "all groups", NULL, 0 },
	[ACT_TIMELINE] = { "timeline", "2 t", "the group's members over time", NULL, 0 },
	[ACT_REBALANCE] = { "rebalance", "3", "one rebalance: cause, phases, members, what moved", NULL, 0 },
	[ACT_LADDER] = { "ladder", "4 m", "the messages between members and coordinator", NULL, 0 },
	[ACT_MESSAGE] = { "message", "5", "one message: fields and bytes", NULL, 0 },
	[ACT_WHY] = { "why", "6 w", "the verdict on the group", "Why", BIT(GROUPS) | BIT(TIMELINE) },
	[ACT_CONNECTIONS] = { "connections", "7 c", "connections and what speaks on them", NULL, 0 },
	[ACT_PRODUCERS] = { "producers", "8 P", "transactional producers", NULL, 0 },
	[ACT_STATISTICS] = { "statistics", "9 S", "packets, losses, memory", NULL, 0 },
	[ACT_HELP] = { "help", "F1 ? 0", "this help", "Help", 0 },
	[ACT_NEXT_VIEW] = { "next-view", "Tab", "the next view", NULL, 0 },
	[ACT_PREVIOUS_VIEW] = { "previous-view", "Shift-Tab", "the view before this one", NULL, 0 },
	[ACT_SAVE] = { "save", "F2 s", "save to a file: .pcapng, .txt, .json, .mmd (Mermaid)", "Save", 0 },
	[ACT_SEARCH] = { "search", "F3 /", "search", "Search", 0 },
	[ACT_SEARCH_NEXT] = { "search-next", "n", "the next match", NULL, 0 },
	[ACT_SEARCH_BACK] = { "search-back", "N", "the match before", NULL, 0 },
	[ACT_GOTO] = { "goto", ": F5", "go to a time (10:56:07, +90s) or a generation (12)", "Goto",
	               BIT(TIMELINE) | BIT(REBALANCE) | BIT(LADDER) },
	[ACT_FILTER] = { "filter", "F7 f", "show only rows with a text, as you type", "Filter",
	                 BIT(GROUPS) | BIT(LADDER) | BIT(CONNECTIONS) | BIT(PRODUCERS) },
	[ACT_HOLD] = { "hold", "F4 p", "hold the screen; the capture goes on", "Hold", 0 },
	[ACT_SORT_RIGHT] = { "sort-right", "F6 >", "sort by the next column", "Sort", BIT(GROUPS) | BIT(CONNECTIONS) | BIT(PRODUCERS) },
	[ACT_SORT_LEFT] = { "sort-left", "<", "sort by the column before", NULL, BIT(GROUPS) | BIT(CONNECTIONS) | BIT(PRODUCERS) },
	[ACT_REVERSE] = { "reverse", "r", "turn the order round", NULL, BIT(GROUPS) | BIT(CONNECTIONS) | BIT(PRODUCERS) },
	[ACT_ZOOM_IN] = { "zoom-in", "+ =", "zoom in", "Zoom+", BIT(TIMELINE) },
	[ACT_ZOOM_OUT] = { "zoom-out", "-", "zoom out", "Zoom-", BIT(TIMELINE) },
	[ACT_ZOOM_FIT] = { "zoom-fit", "z", "all of the time; again: this rebalance", "Fit", BIT(TIMELINE) },
	[ACT_PAN_LEFT] = { "pan-left", "[ Shift-Left", "earlier", NULL, BIT(TIMELINE) },
	[ACT_PAN_RIGHT] = { "pan-right", "] Shift-Right", "later", NULL, BIT(TIMELINE) },
	[ACT_FOLLOW] = { "follow", "F", "follow the live edge", NULL, BIT(TIMELINE) | BIT(LADDER) },
	[ACT_FOLD] = { "fold", "F8 x", "fold and unfold what repeats: heartbeats, generations", "Fold",
	               BIT(TIMELINE) | BIT(LADDER) },
	[ACT_MARK] = { "mark", "Space", "mark a message for a diff", "Mark", BIT(LADDER) | BIT(MESSAGE) },
	[ACT_DIFF] = { "diff", "F9 d", "diff of this message and the marked one", "Diff", BIT(LADDER) | BIT(MESSAGE) },
	[ACT_REDRAW] = { "redraw", "Ctrl-L", "draw the screen anew", NULL, 0 },
	[ACT_SUSPEND] = { "suspend", "Ctrl-Z", "back to the shell; fg returns", NULL, 0 },
};

struct binding {
	uint32_t key;
	enum action action;
};

struct keymap {
	struct binding *list;
	size_t n, cap;
};

static const struct {
	const char *name;
	uint32_t key;
} names[] = {
	{ "Up", KEY_GO_UP },           { "Down", KEY_GO_DOWN },       { "Left", KEY_GO_LEFT },
	{ "Right", KEY_GO_RIGHT },     { "PgUp", KEY_PAGE_UP },       { "PgDn", KEY_PAGE_DOWN },
	{ "Home", KEY_TO_HOME },       { "End", KEY_TO_END },         { "Enter", KEY_RETURN },
	{ "Esc", KEY_ESCAPE },         { "Tab", KEY_TAB },            { "Shift-Tab", KEY_BACK_TAB },
	{ "Backspace", KEY_ERASE },    { "Del", KEY_REMOVE },         { "Space", ' ' },
	{ "Shift-Left", KEY_SHIFT_LEFT }, { "Shift-Right", KEY_SHIFT_RIGHT },
};

uint32_t key_parse(const char *name, size_t len)
{
	uint32_t ch;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strlen(names[i].name) == len && strncasecmp(names[i].name, name, len) == 0)
			return names[i].key;
	if (len == 6 && strncasecmp(name, "Ctrl-", 5) == 0 && name[5] >= '@' && name[5] <= 'z')
		return (uint32_t)(name[5] & 31);
	if (len > 1 && name[0] == 'F' && strspn(name + 1, "0123456789") == len - 1) {
		int n = atoi(name + 1);

		return n >= 1 && n < 64 ? (uint32_t)(KEY_FUNCTION + n) : KEY_NONE;
	}
	if (!len || text_utf8_next((const uint8_t *)name, len, &ch) != len || ch == TEXT_ILL_FORMED || ch <= ' ')
		return KEY_NONE;
	return ch;
}

const char *key_text(uint32_t key, char *out, size_t size)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (names[i].key == key) {
			snprintf(out, size, "%s", names[i].name);
			return out;
		}
	}
	if (key < ' ')
		snprintf(out, size, "Ctrl-%c", (int)key + '@');
	else if (key >= KEY_FUNCTION && key < KEY_RESIZED)
		snprintf(out, size, "F%u", (unsigned)key - KEY_FUNCTION);
	else if (key < 0x7f)
		snprintf(out, size, "%c", (int)key);
	else
		snprintf(out, size, "U+%04X", (unsigned)key);
	return out;
}

/* ---- the map ------------------------------------------------------------------------------------------------- */

static void unbind(struct keymap *k, uint32_t key, enum action a)
{
	size_t kept = 0;

	for (size_t i = 0; i < k->n; i++)
		if (k->list[i].key != key && k->list[i].action != a)
			k->list[kept++] = k->list[i];
	k->n = kept;
}

static bool bind(struct keymap *k, uint32_t key, enum action a)
{
	unbind(k, key, ACT_NONE);
	if (k->n == k->cap) {
		size_t cap = k->cap ? k->cap * 2 : 128;
		struct binding *list = realloc(k->list, cap * sizeof(*list));

		if (!list)
			return false;
		k->list = list;
		k->cap = cap;
	}
	k->list[k->n++] = (struct binding){ .key = key, .action = a };
	return true;
}

/* Binds a list of keys; false at one that is none, with `*bad` set. */
static bool bind_keys(struct keymap *k, enum action a, const char *keys, const char **bad)
{
	while (*(keys += strspn(keys, " \t"))) {
		size_t len = strcspn(keys, " \t");
		uint32_t key = key_parse(keys, len);

		*bad = keys;
		if (key == '#' && keys[len + strspn(keys + len, " \t")]) /* with something behind it: a comment */
			return true;
		if (!key || !bind(k, key, a))
			return false;
		keys += len;
	}
	return true;
}

struct keymap *keymap_new(void)
{
	struct keymap *k = calloc(1, sizeof(*k));
	const char *bad;

	for (int a = ACT_NONE + 1; k && a < ACTIONS; a++) {
		if (!bind_keys(k, (enum action)a, key_table[a].keys, &bad)) {
			keymap_free(k);
			return NULL;
		}
	}
	return k;
}

void keymap_free(struct keymap *k)
{
	if (!k)
		return;
	free(k->list);
	free(k);
}

enum action keymap_action(const struct keymap *k, uint32_t key)
{
	for (size_t i = 0; i < k->n; i++)
		if (k->list[i].key == key)
			return k->list[i].action;
	return ACT_NONE;
}

const char *keymap_keys(const struct keymap *k, enum action a, char *out, size_t size)
{
	size_t len = 0;

	out[0] = '\0';
	for (size_t i = 0; i < k->n; i++) {
		char name[16];

		if (k->list[i].action != a)
			continue;
		key_text(k->list[i].key, name, sizeof(name));
		if (len + strlen(name) + 2 > size)
			break;
		len += (size_t)snprintf(out + len, size - len, "%s%s", len ? " " : "", name);
	}
	return out;
}

const char *keymap_short(const struct keymap *k, enum action a, char out[16])
{
	uint32_t best = KEY_NONE;

	for (size_t i = 0; i < k->n && (best == KEY_NONE || best >= KEY_FUNCTION); i++)
		if (k->list[i].action == a && (best == KEY_NONE || k->list[i].key < KEY_FUNCTION))
			best = k->list[i].key;
	if (best == KEY_NONE)
		snprintf(out, 16, "no key");
	else
		key_text(best, out, 16);
	return out;
}

/* ---- the file ------------------------------------------------------------------------------------------------ */

static enum action action_of(const char *name, size_t len)
{
	for (int a = ACT_NONE + 1; a < ACTIONS; a++)
		if (strlen(key_table[a].name) == len && strncasecmp(key_table[a].name, name, len) == 0)
			return (enum action)a;
	return ACT_NONE;
}

static bool read_line(struct keymap *k, char *line, char *err, size_t err_size)
{
	char *at = line + strspn(line, " \t"), *equals = strchr(at, '=');
	size_t len = strcspn(at, " \t=");
	const char *bad = "";
	enum action a;

	line[strcspn(line, "\r\n")] = '\0';
	if (!*at || *at == '#' || *at == ';' || *at == '[')
		return true;
	a = action_of(at, len);
	if (!equals || !a) {
		snprintf(err, err_size, equals ? "no action is called '%.*s'" : "'%.*s': no = behind it", (int)len, at);
		return false;
	}
	unbind(k, KEY_NONE, a);
	if (bind_keys(k, a, equals + 1, &bad))
		return true;
	snprintf(err, err_size, "no key is called '%.*s'", (int)strcspn(bad, " \t"), bad);
	return false;
}

static bool read_lines(struct keymap *k, FILE *in, const char *file, char *err, size_t err_size)
{
	char line[512], what[256];

	for (int n = 1; fgets(line, sizeof(line), in); n++) {
		bool whole = strchr(line, '\n') || feof(in), mark = n == 1 && strncmp(line, "\xef\xbb\xbf", 3) == 0;

		if (whole && read_line(k, line + (mark ? 3 : 0), what, sizeof(what)))
			continue;
		snprintf(err, err_size, "%s, line %d: %s", file, n, whole ? what : "it is too long");
		return false;
	}
	return true;
}

bool keymap_read(struct keymap *k, const char *file, char *err, size_t err_size)
{
	FILE *in = fopen(file, "re");
	char keys[64];
	bool ok;

	if (!in && (errno == ENOENT || errno == ENOTDIR))
		return true; /* nothing of the user's own */
	if (!in) {
		snprintf(err, err_size, "%s: %s", file, strerror(errno));
		return false;
	}
	ok = read_lines(k, in, file, err, err_size);
	fclose(in);
	if (!ok || keymap_keys(k, ACT_QUIT, keys, sizeof(keys))[0])
		return ok;
	snprintf(err, err_size, "%s: no key is left for quit", file);
	return false;
}
