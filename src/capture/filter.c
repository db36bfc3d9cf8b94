/* SPDX-License-Identifier: Apache-2.0 */
#include "filter.h"

#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "link.h"

#define PROGRAMS_MAX 32 /* link types in one capture; more are a hostile file's */
#define SNAPLEN_MAX 262144

struct program {
	struct bpf_program code;
	uint16_t link;
	bool compiled;
};

struct filter {
	char *text;
	const struct program *last;
	size_t n_programs;
	bool warn;
	struct program programs[PROGRAMS_MAX];
	char warning[400];
};

/* One line with libpcap's message and the link type it was compiled for. */
static void explain(const struct filter *f, uint16_t link, const char *why, char *err, size_t err_size)
{
	const char *name = pcap_datalink_val_to_description(link_to_dlt(link));

	snprintf(err, err_size, "filter '%s': %s (link type %u, %s)", f->text, why, (unsigned int)link,
		 name ? name : "unknown");
}

static bool compile(struct filter *f, struct program *p, char *err, size_t err_size)
{
	pcap_t *dead = pcap_open_dead(link_to_dlt(p->link), SNAPLEN_MAX);

	if (!dead) {
		explain(f, p->link, "out of memory", err, err_size);
		return false;
	}
	p->compiled = pcap_compile(dead, &p->code, f->text, 1, PCAP_NETMASK_UNKNOWN) == 0;
	if (!p->compiled)
		explain(f, p->link, pcap_geterr(dead), err, err_size);
	pcap_close(dead);
	return p->compiled;
}

/* NULL when there are too many. */
static struct program *add(struct filter *f, uint16_t link, char *err, size_t err_size)
{
	struct program *p;

	if (f->n_programs == PROGRAMS_MAX) {
		explain(f, link, "too many link types", err, err_size);
		return NULL;
	}
	p = &f->programs[f->n_programs++];
	p->link = link;
	compile(f, p, err, err_size);
	return p;
}

struct filter *filter_new(const char *text, const uint16_t *links, size_t n_links, char *err, size_t err_size)
{
	static const uint16_t ethernet = 1;
	struct filter *f = calloc(1, sizeof(*f));
	bool usable = false;

	if (f)
		f->text = strdup(text);
	if (!f || !f->text) {
		snprintf(err, err_size, "filter: out of memory");
		filter_free(f);
		return NULL;
	}
	if (!n_links) {
		links = &ethernet;
		n_links = 1;
	}
	for (size_t i = 0; i < n_links && i < PROGRAMS_MAX; i++)
		usable |= add(f, links[i], err, err_size)->compiled;
	if (usable)
		return f;
	filter_free(f);
	return NULL;
}

void filter_free(struct filter *f)
{
	if (!f)
		return;
	for (size_t i = 0; i < f->n_programs; i++) {
		if (f->programs[i].compiled)
			pcap_freecode(&f->programs[i].code);
	}
	free(f->text);
	free(f);
}

static const struct program *find(struct filter *f, uint16_t link)
{
	struct program *p = NULL;

	for (size_t i = 0; i < f->n_programs && !p; i++) {
		if (f->programs[i].link == link)
			p = &f->programs[i];
	}
	if (!p) {
		p = add(f, link, f->warning, sizeof(f->warning));
		f->warn |= !p || !p->compiled;
	}
	f->last = p;
	return p;
}

bool filter_match(struct filter *f, const struct cap_packet *p)
{
	const struct program *program = f->last && f->last->link == p->link ? f->last : find(f, p->link);

	return program && program->compiled && bpf_filter(program->code.bf_insns, p->data, p->len, p->caplen);
}

const char *filter_warning(struct filter *f)
{
	if (!f || !f->warn)
		return NULL;
	f->warn = false;
	return f->warning;
}
