/* SPDX-License-Identifier: Apache-2.0 */
#include "terminal.h"

#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

#define NCURSES_NOMACROS 1
#include <curses.h>
#undef columns /* a macro of term.h */

#include "keys.h"
#include "crash.h"

/* Milliseconds that a lone Esc waits for the rest of a key: enough for ssh, too few to be noticed. */
#define ESCAPE_DELAY 25

/* Of the row under the cursor, where there are 256 colours: the colours in it stay what they are. */
#define SELECTED_BACKGROUND 238

struct terminal {
	SCREEN *curses;
	FILE *in, *out;
	int fd;
	struct termios modes;
	struct cell *shown; /* what is on the terminal */
	size_t room;
	unsigned width, height;
	attr_t attrs[STYLES];
	short pairs[STYLES], selected[STYLES]; /* selected: 0 where reversing has to do */
	bool ascii, color;
};

static const struct {
	short fg, bg;     /* of 256 colours; -1 the terminal's own */
	short fg8, bg8;   /* of 8 */
	attr_t mono;
} colors[STYLES] = {
	[STYLE_PLAIN] = { -1, -1, -1, -1, A_NORMAL },
	[STYLE_FAINT] = { 245, -1, COLOR_WHITE, -1, A_DIM },
	[STYLE_GOOD] = { 71, -1, COLOR_GREEN, -1, A_NORMAL },
	[STYLE_WARN] = { 179, -1, COLOR_YELLOW, -1, A_NORMAL },
	[STYLE_BAD] = { 203, -1, COLOR_RED, -1, A_BOLD },
	[STYLE_ACCENT] = { 74, -1, COLOR_CYAN, -1, A_NORMAL },
	[STYLE_BLUE] = { 69, -1, COLOR_BLUE, -1, A_NORMAL },
	[STYLE_MAGENTA] = { 170, -1, COLOR_MAGENTA, -1, A_NORMAL },
	[STYLE_BAR] = { 255, 24, COLOR_WHITE, COLOR_BLUE, A_REVERSE },
	[STYLE_TAB] = { 255, 24, COLOR_WHITE, COLOR_BLUE, A_REVERSE },
	[STYLE_HEADER] = { 252, 237, COLOR_BLACK, COLOR_WHITE, A_UNDERLINE },
	[STYLE_KEY] = { 250, -1, COLOR_WHITE, -1, A_NORMAL },
	[STYLE_HINT] = { 255, 24, COLOR_BLACK, COLOR_CYAN, A_REVERSE },
};

static void choose_colors(struct terminal *t, bool wanted)
{
	t->color = wanted && has_colors() && start_color() == OK && use_default_colors() == OK;
	for (int i = 0; i < STYLES; i++) {
		bool many = t->color && COLORS >= 256;

		t->attrs[i] = t->color ? A_NORMAL : colors[i].mono;
		if (!t->color || i == STYLE_PLAIN)
			continue;
		init_pair((short)i, many ? colors[i].fg : colors[i].fg8, many ? colors[i].bg : colors[i].bg8);
		t->pairs[i] = (short)i;
	}
	for (int i = 0; i < STYLES && t->color && COLORS >= 256; i++) {
		init_pair((short)(STYLES + i), colors[i].fg, SELECTED_BACKGROUND);
		t->selected[i] = (short)(STYLES + i);
	}
	if (t->color && COLORS < 256)
		t->attrs[STYLE_FAINT] = A_DIM;
}

static void set_modes(struct terminal *t)
{
	(void)t;
	raw();
	noecho();
	nonl();
	intrflush(stdscr, FALSE);
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	curs_set(0);
	set_escdelay(ESCAPE_DELAY);
	mouseinterval(0);
	mousemask(BUTTON1_PRESSED | BUTTON4_PRESSED | BUTTON5_PRESSED, NULL);
	leaveok(stdscr, TRUE);
	/* what ncurses has no name for */
	define_key("\033[1;2D", KEY_SLEFT);
	define_key("\033[1;2C", KEY_SRIGHT);
	/* arrows of terminals that do not change their mode */
	define_key("\033[A", KEY_UP);
	define_key("\033[B", KEY_DOWN);
	define_key("\033[C", KEY_RIGHT);
	define_key("\033[D", KEY_LEFT);
}

static bool open_streams(struct terminal *t, int fd)
{
	int in = dup(fd), out = dup(isatty(STDOUT_FILENO) ? STDOUT_FILENO : fd);

	t->in = in >= 0 ? fdopen(in, "r") : NULL;
	t->out = out >= 0 ? fdopen(out, "w") : NULL;
	t->fd = out;
	return t->in && t->out;
}

struct terminal *terminal_new(int fd, bool color, char *err, size_t err_size)
{
	struct terminal *t = calloc(1, sizeof(*t));
	const char *name = getenv("TERM");

	if (!t || !open_streams(t, fd) || tcgetattr(t->fd, &t->modes) != 0) {
		snprintf(err, err_size, "the terminal cannot be opened");
		terminal_free(t);
		return NULL;
	}
	setlocale(LC_CTYPE, "");
	t->ascii = strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
	t->curses = newterm(NULL, t->out, t->in);
	if (!t->curses) {
		snprintf(err, err_size, "the terminal '%.40s' is not known (TERM)", name ? name : "");
		terminal_free(t);
		return NULL;
	}
	if (!cursor_address) {
		snprintf(err, err_size, "the terminal '%.40s' cannot place its cursor (TERM); regroup log and regroup why tell the "
		         "same in text", name ? name : "");
		terminal_free(t);
		return NULL;
	}
	set_modes(t);
	choose_colors(t, color);
	crash_arm(t->fd, &t->modes, exit_ca_mode);
	return t;
}

void terminal_free(struct terminal *t)
{
	if (!t)
		return;
	if (t->curses) {
		if (!exit_ca_mode && t->width) { /* the screen stays, the prompt comes in its last line */
			wmove(stdscr, getmaxy(stdscr) - 1, 0);
			wclrtoeol(stdscr);
			wrefresh(stdscr);
		}
		endwin();
		delscreen(t->curses);
		crash_disarm();
	}
	if (t->in)
		fclose(t->in);
	if (t->out)
		fclose(t->out);
	free(t->shown);
	free(t);
}

void terminal_size(const struct terminal *t, unsigned *width, unsigned *height)
{
	int x = getmaxx(stdscr), y = getmaxy(stdscr);

	(void)t;
	*width = x > 0 ? (unsigned)x : 0;
	*height = y > 0 ? (unsigned)y : 0;
}

bool terminal_is_ascii(const struct terminal *t)
{
	return t->ascii;
}

bool terminal_wants_end(void)
{
	return crash_end_wanted();
}

const char *terminal_library(void)
{
	return curses_version();
}

/* ---- keys ------------------------------------------------------------------------------------------------------------- */

static uint32_t key_of(wint_t code)
{
	static const struct {
		int curses;
		uint32_t key;
	} keys[] = {
		{ KEY_UP, KEY_GO_UP },       { KEY_DOWN, KEY_GO_DOWN },   { KEY_LEFT, KEY_GO_LEFT },
		{ KEY_RIGHT, KEY_GO_RIGHT }, { KEY_PPAGE, KEY_PAGE_UP },  { KEY_NPAGE, KEY_PAGE_DOWN },
		{ KEY_HOME, KEY_TO_HOME },   { KEY_END, KEY_TO_END },     { KEY_BTAB, KEY_BACK_TAB },
		{ KEY_DC, KEY_REMOVE },      { KEY_BACKSPACE, KEY_ERASE }, { KEY_ENTER, KEY_RETURN },
		{ KEY_SLEFT, KEY_SHIFT_LEFT }, { KEY_SRIGHT, KEY_SHIFT_RIGHT }, { KEY_RESIZE, KEY_RESIZED },
		{ KEY_A1, KEY_TO_HOME },     { KEY_C1, KEY_TO_END },
	};

	if (code >= KEY_F(1) && code <= KEY_F(63))
		return KEY_FUNCTION + (code - KEY_F(0));
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if ((wint_t)keys[i].curses == code)
			return keys[i].key;
	return KEY_NONE;
}

static struct terminal_key read_mouse(void)
{
	struct terminal_key k = { .key = KEY_NONE };
	MEVENT e;

	if (getmouse(&e) != OK || e.x < 0 || e.y < 0)
		return k;
	k.x = (unsigned)e.x;
	k.y = (unsigned)e.y;
	if (e.bstate & BUTTON4_PRESSED)
		k.key = KEY_GO_UP;
	else if (e.bstate & BUTTON5_PRESSED)
		k.key = KEY_GO_DOWN;
	else if (e.bstate & BUTTON1_PRESSED)
		k.key = KEY_POINTER;
	return k;
}

struct terminal_key terminal_read(struct terminal *t)
{
	struct terminal_key k = { .key = KEY_NONE };
	wint_t code;
	int r = wget_wch(stdscr, &code);

	(void)t;
	if (r == KEY_CODE_YES)
		return code == KEY_MOUSE ? read_mouse() : (struct terminal_key){ .key = key_of(code) };
	if (r == OK)
		k.key = code == '\n' ? KEY_RETURN : code == 8 ? KEY_ERASE : (uint32_t)code;
	return k;
}

/* ---- drawing ------------------------------------------------------------------------------------------------------------ */

static void put(struct terminal *t, unsigned x, unsigned y, const struct cell *c)
{
	enum style role = (enum style)(c->style & STYLE_ROLE);
	wchar_t text[CELL_MARKS + 2] = { (wchar_t)c->ch };
	attr_t attrs = t->attrs[role];
	short pair = t->pairs[role];
	cchar_t out;

	for (int i = 0; i < CELL_MARKS && c->mark[i]; i++)
		text[i + 1] = (wchar_t)c->mark[i];
	if (c->style & STYLE_BOLD)
		attrs |= A_BOLD;
	if (c->style & STYLE_UNDERLINE)
		attrs |= A_UNDERLINE;
	if (c->style & STYLE_SELECTED && t->selected[role])
		pair = t->selected[role];
	else if (c->style & STYLE_SELECTED)
		attrs |= A_REVERSE;
	setcchar(&out, text, attrs, pair, NULL);
	mvwadd_wch(stdscr, (int)y, (int)x, &out);
}

static bool has_room(struct terminal *t, const struct screen *s)
{
	size_t n = (size_t)s->width * s->height;
	struct cell *shown;

	if (n <= t->room)
		return true;
	shown = realloc(t->shown, n * sizeof(*shown));
	if (!shown)
		return false;
	t->shown = shown;
	t->room = n;
	return true;
}

void terminal_show(struct terminal *t, const struct screen *s, bool anew)
{
	anew = anew || s->width != t->width || s->height != t->height;
	if (!has_room(t, s))
		return;
	if (anew)
		wclear(stdscr);
	for (unsigned y = 0; y < s->height; y++) {
		const struct cell *row = &s->cell[(size_t)y * s->width];
		struct cell *shown = &t->shown[(size_t)y * s->width];

		if (!anew && memcmp(row, shown, s->width * sizeof(*row)) == 0)
			continue;
		for (unsigned x = 0; x < s->width; x++)
			if (row[x].columns)
				put(t, x, y, &row[x]);
		memcpy(shown, row, s->width * sizeof(*row));
	}
	t->width = s->width;
	t->height = s->height;
	wrefresh(stdscr);
}

int terminal_output(const struct terminal *t)
{
	return t->fd;
}

void terminal_suspend(struct terminal *t)
{
	endwin();
	crash_disarm();
	raise(SIGSTOP);
	crash_arm(t->fd, &t->modes, exit_ca_mode);
	clearok(curscr, TRUE);
	wrefresh(stdscr);
}
