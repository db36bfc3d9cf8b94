/* SPDX-License-Identifier: Apache-2.0 */
#include "regroup/capture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "filter.h"
#include "live.h"
#include "merge.h"
#include "privilege.h"
#include "processes.h"

#define FILES_MAX 65535u
#define WAIT_MS 100
#define UNPACKERS_MAX 4

struct capture {
	struct live *live; /* or files */
	struct processes *processes; /* NULL when nobody asks */
	struct cap_file **files;
	struct merge *merge; /* of more than one file */
	struct filter *filter;
	struct source_budget budget;
	struct cap_stats stats;
	uint64_t frame;
	uint64_t max_packets; /* UINT64_MAX for no limit */
	size_t n_files;
	size_t next_warning; /* file to look at next */
	atomic_int stop;
	enum cap_status over; /* CAP_END or CAP_FAILED once there; else CAP_PACKETS */
	char error[1024];
};

static int count_stdin(const struct cap_options *o)
{
	int n = 0;

	for (size_t i = 0; i < o->n_files; i++)
		n += strcmp(o->files[i], "-") == 0;
	return n;
}

/* To unpack with, while this one reads. */
static unsigned spare_processors(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n > UNPACKERS_MAX ? UNPACKERS_MAX : n > 1 ? (unsigned)n - 1 : 0;
}

static bool open_files(struct capture *c, const struct cap_options *o, char *err, size_t err_size)
{
	int wait_ms = o->wait_ms > 0 ? o->wait_ms : WAIT_MS;
	struct cap_file *f;

	c->files = calloc(o->n_files, sizeof(struct cap_file *));
	c->budget.left = SOURCE_BUDGET;
	c->budget.threads = spare_processors();
	if (count_stdin(o) > 1 || o->n_files > FILES_MAX || !c->files) {
		snprintf(err, err_size, "%s", !c->files ? "out of memory" : o->n_files > FILES_MAX ?
			 "more than 65535 files" : "standard input: named twice");
		return false;
	}
	for (size_t i = 0; i < o->n_files; i++) {
		f = c->files[c->n_files++] = file_open(o->files[i], (uint16_t)i, &c->budget, &c->stop, wait_ms);
		if (!f || f->problem) {
			snprintf(err, err_size, "%s", f ? f->problem : "out of memory");
			return false;
		}
	}
	if (c->n_files > 1)
		c->merge = merge_new(c->files, c->n_files);
	if (c->n_files > 1 && !c->merge)
		snprintf(err, err_size, "out of memory");
	return c->n_files == 1 || c->merge;
}

/* Reads what stands before the first packet of each file: link types, and damage that should be told at once. */
static bool look_ahead(struct capture *c, char *err, size_t err_size)
{
	enum file_state state;

	for (size_t i = 0; i < c->n_files; i++) {
		file_read(c->files[i], NULL, 0, true, &state);
		if (state != FILE_BAD)
			continue;
		snprintf(err, err_size, "%s", c->files[i]->problem ? c->files[i]->problem : "out of memory");
		return false;
	}
	return true;
}

static bool open_filter(struct capture *c, const char *text, char *err, size_t err_size)
{
	uint16_t links[FILE_LINKS];

	if (!text || c->live)
		return true;
	c->filter = filter_new(text, links, (size_t)cap_link_types(c, links, FILE_LINKS), err, err_size);
	return c->filter != NULL;
}

struct capture *cap_open(const struct cap_options *options, char *err, size_t err_size)
{
	struct capture *c = calloc(1, sizeof(*c));
	char why[200];
	bool ok;

	if (!c) {
		snprintf(err, err_size, "out of memory");
		return NULL;
	}
	c->max_packets = options->max_packets ? options->max_packets : UINT64_MAX;
	if (options->files && options->n_files) {
		ok = open_files(c, options, err, err_size) && look_ahead(c, err, err_size);
	} else if (options->interface || options->tls) {
		c->live = options->tls ? live_open_tls(options, err, err_size) : live_open(options, err, err_size);
		ok = c->live != NULL;
		if (ok && options->processes)
			c->processes = processes_new(why, sizeof(why)); /* without it they are not known: no failure */
	} else {
		snprintf(err, err_size, "no capture file and no interface given");
		ok = false;
	}
	ok = ok && open_filter(c, options->filter, err, err_size);
	ok = ok && (!c->live || !options->user || privilege_drop(options->user, err, err_size));
	if (ok && c->live && options->forget_rights)
		privilege_forget(options->forget_root);
	if (ok)
		return c;
	cap_free(c);
	return NULL;
}

void cap_free(struct capture *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->n_files; i++)
		file_free(c->files[i]);
	free(c->files);
	merge_free(c->merge);
	filter_free(c->filter);
	live_free(c->live);
	processes_free(c->processes);
	free(c);
}

/* Numbers the packets and leaves those out that the filter refuses. */
static size_t number_and_filter(struct capture *c, struct cap_packet *out, size_t n)
{
	size_t kept = 0;
	uint64_t bytes = 0;

	for (size_t i = 0; i < n; i++) {
		out[i].frame = ++c->frame;
		if (c->filter && !filter_match(c->filter, &out[i]))
			continue;
		bytes += out[i].caplen;
		if (kept != i)
			out[kept] = out[i];
		kept++;
	}
	c->stats.filtered += n - kept;
	c->stats.packets += kept;
	c->stats.bytes += bytes;
	return kept;
}

/* All files have been read as far as they go. */
static enum cap_status finish(struct capture *c)
{
	c->over = CAP_END;
	for (size_t i = 0; i < c->n_files; i++) {
		const struct cap_file *f = c->files[i];

		if (f->cut) {
			c->stats.cut_files++;
		} else if (f->problem && c->over == CAP_END) {
			snprintf(c->error, sizeof(c->error), "%s", f->problem);
			c->over = CAP_FAILED;
		}
	}
	return c->over;
}

static enum cap_status read_files(struct capture *c, struct cap_packet *out, size_t max, size_t *n)
{
	enum file_state state;
	size_t got;

	while (!c->stop) {
		got = c->merge ? merge_read(c->merge, out, max, &state)
			       : file_read(c->files[0], out, max, true, &state);
		*n = number_and_filter(c, out, got);
		if (*n)
			return CAP_PACKETS;
		if (state == FILE_IDLE)
			return c->stop ? CAP_END : CAP_IDLE;
		if (!got && (state == FILE_END || state == FILE_BAD))
			return finish(c);
	}
	return CAP_END;
}

static enum cap_status read_live(struct capture *c, struct cap_packet *out, size_t max, size_t *n)
{
	if (c->processes)
		processes_poll(c->processes);
	enum cap_status status = live_read(c->live, out, max, n, c->error, sizeof(c->error));

	for (size_t i = 0; i < *n; i++)
		c->stats.bytes += out[i].caplen;
	c->stats.packets += *n;
	if (status == CAP_FAILED)
		c->over = status;
	return status == CAP_IDLE && c->stop ? CAP_END : status;
}

enum cap_status cap_read(struct capture *c, struct cap_packet *out, size_t max, size_t *n)
{
	uint64_t left = c->max_packets - c->stats.packets;

	*n = 0;
	if (c->over != CAP_PACKETS)
		return c->over;
	if (c->stop || !left)
		return CAP_END;
	if (max > left)
		max = (size_t)left;
	return c->live ? read_live(c, out, max, n) : read_files(c, out, max, n);
}

void cap_set_wait(struct capture *c, int ms)
{
	if (c->live)
		live_set_wait(c->live, ms);
}

const char *cap_error(const struct capture *c)
{
	return c->error[0] ? c->error : NULL;
}

const char *cap_warning(struct capture *c)
{
	const char *note = c->live ? live_note(c->live) : NULL;
	const struct cap_file *f;

	if (note)
		return note;
	while (c->over != CAP_PACKETS && c->next_warning < c->n_files) {
		f = c->files[c->next_warning++];
		if (f->problem && strcmp(f->problem, c->error) != 0)
			return f->problem;
	}
	return filter_warning(c->filter);
}

const struct cap_process *cap_process_of(struct capture *c, const struct cap_end *local, const struct cap_end *remote)
{
	return c->processes ? processes_find(c->processes, local, remote) : NULL;
}

void cap_get_stats(struct capture *c, struct cap_stats *out)
{
	bool known = c->n_files > 0;

	*out = c->stats;
	for (size_t i = 0; i < c->n_files; i++) {
		const struct cap_file *f = c->files[i];

		known = known && f->src.regular;
		out->file_size += f->src.raw_size;
		out->file_read += f->src.raw_read;
		out->kernel_dropped += f->os_dropped;
		out->interface_dropped += f->dropped;
		out->bulk_cut |= f->bulk_cut;
	}
	if (!known)
		out->file_size = out->file_read = 0;
	if (c->live)
		live_stats(c->live, out);
}

void cap_stop(struct capture *c)
{
	c->stop = 1;
}

bool cap_is_live(const struct capture *c)
{
	return c->live != NULL;
}

enum cap_ebpf cap_ebpf_used(const struct capture *c)
{
	return c->live ? live_ebpf(c->live) : CAP_EBPF_OFF;
}

int cap_link_types(const struct capture *c, uint16_t *out, size_t max)
{
	size_t n = 0;

	if (c->live && max)
		out[n++] = live_link(c->live);
	for (size_t i = 0; i < c->n_files; i++) {
		for (size_t k = 0; k < c->files[i]->n_links; k++) {
			uint16_t link = c->files[i]->links[k];
			size_t seen = 0;

			while (seen < n && out[seen] != link)
				seen++;
			if (seen == n && n < max)
				out[n++] = link;
		}
	}
	return (int)n;
}
