/* SPDX-License-Identifier: Apache-2.0 */
#include "live.h"

#include <limits.h>
#include <pcap/pcap.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bpf/smart.h"
#include "bpf/tls.h"
#include "link.h"

#define SNAPLEN_MAX 262144
#define BUFFER_KIB (64 << 10) /* half a second of a gigabit link: as long as loading the eBPF programs may take */
#define TIMEOUT_MS 50 /* after which the kernel hands over a block that is not full */
#define WAIT_MS 100
#define HANDOVER_MS 10
#define ARENA_SIZE (1u << 20)

/* Packets of the kernel's ring are only lent for the time of the callback (libpcap gives a finished block back
 * before pcap_dispatch returns), so they are copied into an arena that lives until the next read. */
struct live {
	pcap_t *pcap;
	uint8_t *arena;
	struct cap_packet *out; /* for the callback */
	size_t n;
	size_t used;
	size_t size;
	uint64_t frame;
	uint32_t snaplen;
	int ts_mul;
	int fd;
	int wait_ms;
	int wake_fd; /* -1: none */
	uint16_t link;
	struct tls *tls;     /* in place of pcap */
	struct smart *smart; /* NULL: plain libpcap */
	enum cap_ebpf ebpf;
	int64_t handover;    /* monotonic, ns: when the socket has given all that it had; 0: the ring is not in its place */
	bool noted;          /* `note` was told */
	char note[PCAP_ERRBUF_SIZE + 64];
};

static void on_packet(u_char *user, const struct pcap_pkthdr *h, const u_char *bytes)
{
	struct live *l = (struct live *)(void *)user;
	uint32_t caplen = h->caplen < l->snaplen ? h->caplen : l->snaplen;

	memcpy(l->arena + l->used, bytes, caplen);
	l->out[l->n++] = (struct cap_packet){
		.data = l->arena + l->used,
		.ts = (int64_t)h->ts.tv_sec * 1000000000 + (int64_t)h->ts.tv_usec * l->ts_mul,
		.frame = ++l->frame,
		.caplen = caplen,
		.len = h->len > caplen ? h->len : caplen,
		.link = l->link,
	};
	l->used += caplen;
	if (l->size - l->used < l->snaplen)
		pcap_breakloop(l->pcap);
}

static void explain(const char *name, int code, pcap_t *p, char *err, size_t err_size)
{
	switch (code) {
	case PCAP_ERROR_PERM_DENIED:
	case PCAP_ERROR_PROMISC_PERM_DENIED:
		snprintf(err, err_size, "%s: you don't have permission to capture: run as root, or once "
			 "`setcap cap_net_raw,cap_bpf,cap_perfmon+ep` on the program (`regroup doctor` says more)", name);
		break;
	case PCAP_ERROR_NO_SUCH_DEVICE:
		snprintf(err, err_size, "%s: no such interface; `regroup -D` lists them", name);
		break;
	case PCAP_ERROR_IFACE_NOT_UP:
		snprintf(err, err_size, "%s: the interface is not up", name);
		break;
	default:
		snprintf(err, err_size, "%s: %s", name,
			 pcap_geterr(p)[0] ? pcap_geterr(p) : pcap_statustostr(code));
	}
}

/* What is set before activation; none of these calls can fail on a handle that is not active yet. */
static void configure(pcap_t *p, const struct cap_options *o)
{
	int kib = o->buffer_kib > 0 && o->buffer_kib < INT_MAX / 1024 ? o->buffer_kib : BUFFER_KIB;

	pcap_set_snaplen(p, o->snaplen > 0 && o->snaplen < SNAPLEN_MAX ? o->snaplen : SNAPLEN_MAX);
	pcap_set_promisc(p, !o->no_promisc && strcmp(o->interface, "any") != 0);
	pcap_set_timeout(p, TIMEOUT_MS);
	pcap_set_buffer_size(p, kib * 1024);
	pcap_set_tstamp_precision(p, PCAP_TSTAMP_PRECISION_NANO);
}

static bool set_filter(struct live *l, const char *text, char *err, size_t err_size)
{
	struct bpf_program code;
	bool ok;

	if (!text)
		return true;
	if (pcap_compile(l->pcap, &code, text, 1, PCAP_NETMASK_UNKNOWN) != 0) {
		snprintf(err, err_size, "filter '%s': %s", text, pcap_geterr(l->pcap));
		return false;
	}
	ok = pcap_setfilter(l->pcap, &code) == 0;
	if (!ok)
		snprintf(err, err_size, "filter '%s': %s", text, pcap_geterr(l->pcap));
	pcap_freecode(&code);
	return ok;
}

static bool activate(struct live *l, const struct cap_options *o, char *err, size_t err_size)
{
	int r = pcap_activate(l->pcap);

	if (r < 0) {
		explain(o->interface, r, l->pcap, err, err_size);
		return false;
	}
	if (r > 0)
		snprintf(l->note, sizeof(l->note), "%s: %s", o->interface,
			 pcap_geterr(l->pcap)[0] ? pcap_geterr(l->pcap) : pcap_statustostr(r));
	l->link = link_from_dlt(pcap_datalink(l->pcap));
	l->ts_mul = pcap_get_tstamp_precision(l->pcap) == PCAP_TSTAMP_PRECISION_NANO ? 1 : 1000;
	l->snaplen = (uint32_t)pcap_snapshot(l->pcap);
	l->size = ARENA_SIZE + l->snaplen;
	l->arena = malloc(l->size);
	l->fd = pcap_get_selectable_fd(l->pcap);
	if (!l->arena)
		snprintf(err, err_size, "%s: out of memory", o->interface);
	return l->arena != NULL;
}

/* In the kernel before the first packet is read. False when it was asked for and cannot be had. */
static bool cut_bulk(struct live *l, const struct cap_options *o, char *err, size_t err_size)
{
	const struct smart_options s = {
		.fd = pcap_fileno(l->pcap), .link = l->link, .ring = o->ebpf == CAP_EBPF_RING,
		.snaplen = l->snaplen, .buffer_kib = o->buffer_kib,
	};
	char why[200];

	if (o->ebpf == CAP_EBPF_OFF)
		return true;
	if (smart_link(l->link))
		l->smart = smart_new(&s, why, sizeof(why));
	else
		snprintf(why, sizeof(why), "packets of this interface have other headers than it reads");
	if (l->smart) {
		l->ebpf = s.ring ? CAP_EBPF_RING : CAP_EBPF_FILTER;
		return true;
	}
	if (o->ebpf != CAP_EBPF_AUTO)
		snprintf(err, err_size, "%s: eBPF cannot be used: %s", o->interface, why);
	else if (!l->note[0])
		snprintf(l->note, sizeof(l->note), "%s: eBPF is not used, packets are copied whole: %s "
			 "(`regroup doctor` says more)", o->interface, why);
	return o->ebpf == CAP_EBPF_AUTO;
}

struct live *live_open(const struct cap_options *options, char *err, size_t err_size)
{
	char text[PCAP_ERRBUF_SIZE] = "";
	struct live *l = calloc(1, sizeof(*l));

	if (!l) {
		snprintf(err, err_size, "out of memory");
		return NULL;
	}
	l->wait_ms = options->wait_ms > 0 ? options->wait_ms : WAIT_MS;
	l->wake_fd = options->wakes ? options->wake_fd : -1;
	l->pcap = pcap_create(options->interface, text);
	if (!l->pcap) {
		snprintf(err, err_size, "%s: %s", options->interface, text);
		goto failed;
	}
	configure(l->pcap, options);
	if (!activate(l, options, err, err_size) || !set_filter(l, options->filter, err, err_size) ||
	    !cut_bulk(l, options, err, err_size))
		goto failed;
	if (pcap_setnonblock(l->pcap, 1, text) != 0) {
		snprintf(err, err_size, "%s: %s", options->interface, text);
		goto failed;
	}
	return l;
failed:
	live_free(l);
	return NULL;
}

struct live *live_open_tls(const struct cap_options *options, char *err, size_t err_size)
{
	struct live *l = calloc(1, sizeof(*l));
	char why[200] = "out of memory";

	if (l) {
		l->wait_ms = options->wait_ms > 0 ? options->wait_ms : WAIT_MS;
		l->wake_fd = options->wakes ? options->wake_fd : -1;
		l->link = SMART_RING_LINK;
		l->ebpf = CAP_EBPF_RING;
		l->tls = tls_new(options->tls_pid, options->buffer_kib, why, sizeof(why));
	}
	if (l && l->tls)
		return l;
	snprintf(err, err_size, "TLS plaintext: %s", why);
	live_free(l);
	return NULL;
}

void live_set_wait(struct live *l, int ms)
{
	l->wait_ms = ms;
}

void live_free(struct live *l)
{
	if (!l)
		return;
	if (l->pcap)
		pcap_close(l->pcap);
	smart_free(l->smart);
	tls_free(l->tls);
	free(l->arena);
	free(l);
}

/* 0, or libpcap's error code. */
static int dispatch(struct live *l, struct cap_packet *out, size_t max)
{
	int r;

	l->out = out;
	l->n = l->used = 0;
	r = pcap_dispatch(l->pcap, max < INT_MAX ? (int)max : INT_MAX, on_packet, (u_char *)(void *)l);
	return r < 0 && r != PCAP_ERROR_BREAK && !l->n ? r : 0;
}

static enum cap_status ring_packets(struct live *l, struct cap_packet *out, size_t max, size_t *n)
{
	enum cap_status status = l->tls ? tls_read(l->tls, out, max, n, l->wait_ms, l->wake_fd)
					: smart_read(l->smart, out, max, n, l->wait_ms, l->wake_fd);

	for (size_t i = 0; i < *n; i++)
		out[i].frame = ++l->frame;
	return status;
}

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* The ring has taken the filter's place: the socket's packets are older, and all of them are there when the kernel has
 * handed over a block that is not full. */
static void begin_handover(struct live *l)
{
	char when[32] = "";
	struct tm tm;
	time_t t = time(NULL);

	l->noted = false;
	l->handover = now_ns() + INT64_C(1000000) * 2 * TIMEOUT_MS;
	if (gmtime_r(&t, &tm))
		strftime(when, sizeof(when), "%H:%M:%SZ", &tm);
	snprintf(l->note, sizeof(l->note), "from %s on packets held more than one message each and were copied in part, as "
		 "--ebpf=ring does", when);
}

/* A blocking dispatch may not return on an idle interface, so the handle does not block and the wait is a poll. */
enum cap_status live_read(struct live *l, struct cap_packet *out, size_t max, size_t *n, char *err, size_t err_size)
{
	struct pollfd p[] = { { .fd = l->fd, .events = POLLIN }, { .fd = l->wake_fd, .events = POLLIN } };
	int r;

	if (l->ebpf == CAP_EBPF_RING || (l->handover && now_ns() >= l->handover))
		return ring_packets(l, out, max, n);
	if (l->smart && smart_relieve(l->smart))
		begin_handover(l);
	r = dispatch(l, out, max);
	if (!r && !l->n && poll(p, 2, l->handover ? HANDOVER_MS : l->wait_ms) > 0)
		r = dispatch(l, out, max);
	*n = l->n;
	if (r) {
		snprintf(err, err_size, "%s", pcap_geterr(l->pcap));
		return CAP_FAILED;
	}
	return l->n ? CAP_PACKETS : CAP_IDLE;
}

enum cap_ebpf live_ebpf(const struct live *l)
{
	return l->ebpf;
}

uint16_t live_link(const struct live *l)
{
	return l->ebpf == CAP_EBPF_RING ? SMART_RING_LINK : l->link;
}

void live_stats(const struct live *l, struct cap_stats *out)
{
	struct pcap_stat s;

	if (l->pcap && pcap_stats(l->pcap, &s) == 0) {
		out->kernel_dropped = s.ps_drop;
		out->interface_dropped = s.ps_ifdrop;
	}
	if (l->smart || l->tls) {
		struct filter_counters c;

		if (l->tls)
			tls_counters(l->tls, &c);
		else
			smart_counters(l->smart, &c);
		out->wire_packets = c.packets;
		out->wire_bytes = c.bytes;
		out->copied_bytes = c.kept_bytes;
		out->bulk_cut = true;
		out->kernel_dropped += c.lost;
	}
}

const char *live_note(struct live *l)
{
	bool told = l->noted;

	l->noted = true;
	return told || !l->note[0] ? NULL : l->note;
}
