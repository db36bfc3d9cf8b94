/* SPDX-License-Identifier: Apache-2.0 */
#include "pty.h"

#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>
#include <vterm.h>

struct pty {
	int fd;
	pid_t pid;
	int columns, rows;
	VTerm *vterm;
	VTermScreen *screen;
	struct termios before;
	bool alternate, cursor;
	int mouse;
	char *written;
	size_t len, cap;
};

static int on_property(VTermProp property, VTermValue *value, void *ctx)
{
	struct pty *p = ctx;

	if (property == VTERM_PROP_ALTSCREEN)
		p->alternate = value->boolean;
	else if (property == VTERM_PROP_CURSORVISIBLE)
		p->cursor = value->boolean;
	else if (property == VTERM_PROP_MOUSE)
		p->mouse = value->number;
	return 1;
}

static void open_screen(struct pty *p)
{
	static const VTermScreenCallbacks callbacks = { .settermprop = on_property };

	p->vterm = vterm_new(p->rows, p->columns);
	vterm_set_utf8(p->vterm, 1);
	p->screen = vterm_obtain_screen(p->vterm);
	vterm_screen_set_callbacks(p->screen, &callbacks, p);
	vterm_screen_enable_altscreen(p->screen, 1);
	vterm_screen_reset(p->screen, 1);
}

struct pty *pty_start(char *const *argv, const char *const *environment, int columns, int rows)
{
	struct winsize size = { .ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns };
	struct pty *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->columns = columns;
	p->rows = rows;
	p->cursor = true;
	p->pid = forkpty(&p->fd, NULL, NULL, &size);
	if (p->pid == 0) {
		setenv("TERM", "xterm-256color", 1);
		unsetenv("NO_COLOR");
		unsetenv("LINES");
		unsetenv("COLUMNS");
		for (; *environment; environment++)
			putenv((char *)(size_t)*environment);
		execv(argv[0], argv);
		_exit(127);
	}
	tcgetattr(p->fd, &p->before);
	open_screen(p);
	return p;
}

void pty_free(struct pty *p)
{
	if (!p)
		return;
	if (p->pid > 0) {
		kill(p->pid, SIGKILL);
		waitpid(p->pid, NULL, 0);
	}
	close(p->fd);
	vterm_free(p->vterm);
	free(p->written);
	free(p);
}

static void take(struct pty *p, const char *text, size_t n)
{
	if (p->len + n + 1 > p->cap) {
		p->cap = (p->len + n + 1) * 2;
		p->written = realloc(p->written, p->cap);
	}
	memcpy(p->written + p->len, text, n);
	p->len += n;
	vterm_input_write(p->vterm, text, n);
	vterm_screen_flush_damage(p->screen);
}

/* False when nothing came for `ms`. */
static bool read_some(struct pty *p, int ms)
{
	struct pollfd f = { .fd = p->fd, .events = POLLIN };
	char text[65536];
	ssize_t n;

	if (poll(&f, 1, ms) <= 0)
		return false;
	n = read(p->fd, text, sizeof(text));
	if (n <= 0)
		return false;
	take(p, text, (size_t)n);
	return true;
}

static long ms_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void pty_settle(struct pty *p, int ms)
{
	long end = ms_now() + ms, left;

	while ((left = end - ms_now()) > 0 && read_some(p, (int)left))
		;
}

bool pty_wait_for(struct pty *p, const char *text)
{
	long end = ms_now() + 10000;

	while (ms_now() < end) {
		char *screen = pty_screen(p);
		bool found = strstr(screen, text);

		free(screen);
		if (found)
			return true;
		read_some(p, 50);
	}
	return false;
}

void pty_resize(struct pty *p, int columns, int rows)
{
	struct winsize size = { .ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns };

	p->columns = columns;
	p->rows = rows;
	vterm_set_size(p->vterm, rows, columns);
	ioctl(p->fd, TIOCSWINSZ, &size);
}

void pty_type(struct pty *p, const char *keys)
{
	if (write(p->fd, keys, strlen(keys)) < 0)
		perror("write");
}

void pty_signal(struct pty *p, int signal)
{
	kill(p->pid, signal);
}

pid_t pty_pid(const struct pty *p)
{
	return p->pid;
}

int pty_wait_end(struct pty *p)
{
	long end = ms_now() + 10000;
	int status = -1;

	while (ms_now() < end) {
		read_some(p, 20);
		if (waitpid(p->pid, &status, WNOHANG) == p->pid) {
			p->pid = 0;
			while (read_some(p, 20))
				;
			return status;
		}
	}
	return -1;
}

static size_t put_cell(const struct pty *p, int x, int y, char *out)
{
	VTermScreenCell cell;
	size_t n = 0;

	if (!vterm_screen_get_cell(p->screen, (VTermPos){ .row = y, .col = x }, &cell))
		return 0;
	if (cell.chars[0] == (uint32_t)-1) /* behind a wide one */
		return 0;
	for (int i = 0; i < VTERM_MAX_CHARS_PER_CELL && (cell.chars[i] || i == 0); i++) {
		uint32_t c = cell.chars[i] ? cell.chars[i] : ' ';

		if (c < 0x80) {
			out[n++] = (char)c;
		} else if (c < 0x800) {
			out[n++] = (char)(0xc0 | c >> 6);
			out[n++] = (char)(0x80 | (c & 0x3f));
		} else {
			if (c >= 0x10000) {
				out[n++] = (char)(0xf0 | c >> 18);
				out[n++] = (char)(0x80 | (c >> 12 & 0x3f));
			} else {
				out[n++] = (char)(0xe0 | c >> 12);
			}
			out[n++] = (char)(0x80 | (c >> 6 & 0x3f));
			out[n++] = (char)(0x80 | (c & 0x3f));
		}
	}
	return n;
}

char *pty_screen(const struct pty *p)
{
	char *text = malloc((size_t)p->rows * ((size_t)p->columns * 4 * VTERM_MAX_CHARS_PER_CELL + 1) + 1);
	size_t n = 0;

	for (int y = 0; text && y < p->rows; y++) {
		size_t begin = n;

		for (int x = 0; x < p->columns; x++)
			n += put_cell(p, x, y, text + n);
		while (n > begin && text[n - 1] == ' ')
			n--;
		text[n++] = '\n';
	}
	if (text)
		text[n] = '\0';
	return text;
}

bool pty_is_restored(const struct pty *p)
{
	struct termios now;

	if (tcgetattr(p->fd, &now) != 0)
		return false;
	return now.c_lflag == p->before.c_lflag && now.c_iflag == p->before.c_iflag && now.c_oflag == p->before.c_oflag &&
	       !p->alternate && p->cursor && p->mouse == 0;
}

bool pty_has_color(const struct pty *p)
{
	for (int y = 0; y < p->rows; y++) {
		for (int x = 0; x < p->columns; x++) {
			VTermScreenCell cell;

			if (vterm_screen_get_cell(p->screen, (VTermPos){ .row = y, .col = x }, &cell) &&
			    (!VTERM_COLOR_IS_DEFAULT_FG(&cell.fg) || !VTERM_COLOR_IS_DEFAULT_BG(&cell.bg)))
				return true;
		}
	}
	return false;
}

const char *pty_written(const struct pty *p, size_t *len)
{
	*len = p->len;
	return p->written;
}
