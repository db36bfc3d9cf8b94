/* SPDX-License-Identifier: Apache-2.0
 *
 * Where packets come from: capture files (pcap, pcapng, compressed), a pipe, several files merged
 * by time, or a live interface. Only src/capture includes libpcap and libarchive.
 */
#ifndef REGROUP_CAPTURE_H
#define REGROUP_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One packet as captured. `data` is borrowed until the next cap_read or cap_free. */
struct cap_packet {
	const uint8_t *data;
	int64_t ts;       /* nanoseconds since the epoch, UTC; never negative */
	uint64_t frame;   /* 1 for the first packet, counted over merged files, as tshark counts: also those that
			   * the filter refuses; live: those received */
	uint32_t caplen;  /* bytes at data */
	uint32_t len;     /* bytes on the wire, at least caplen */
	uint16_t link;    /* LINKTYPE_ value (1 Ethernet, 113 cooked v1, 276 cooked v2, 101 raw, 0 null, 108 loop ...) */
	uint16_t source;  /* which -r file (0-based) or 0 */
};

enum cap_status {
	CAP_PACKETS, /* at least one packet was read */
	CAP_IDLE,    /* live, or files that are pipes: nothing arrived within the wait; call again */
	CAP_END,     /* end of the files, of -c, or cap_stop */
	CAP_FAILED,  /* see cap_error */
};

/* Whether the kernel cuts the bodies of Produce requests and Fetch answers off before they are copied (live). */
enum cap_ebpf {
	CAP_EBPF_OFF,
	CAP_EBPF_AUTO,   /* as FILTER where that can be loaded, else plain libpcap with a warning that says why */
	CAP_EBPF_FILTER, /* a filter on libpcap's socket: packets keep their heads; cap_open fails when it cannot be loaded */
	CAP_EBPF_RING,   /* only the parts that are wanted, through a ring buffer, as raw IP packets; fails likewise */
};

struct cap_options {
	const char *const *files; /* "-" is standard input; NULL for live */
	size_t n_files;
	const char *interface; /* live; "any" for all */
	const char *filter;    /* tcpdump syntax, NULL for none */
	const char *user;      /* live: the user to become once the capture is open, NULL for none */
	uint64_t max_packets;  /* -c, 0 for no limit; counted after the filter */
	int snaplen;           /* -s; 0 for the largest */
	int buffer_kib;        /* -B; 0 for the default */
	int wait_ms;           /* live and pipes: how long cap_read may block before CAP_IDLE; 0 for 100 */
	bool no_promisc;       /* -p */
	bool wakes;            /* live: something to read from `wake_fd` ends the wait as well */
	int wake_fd;
	enum cap_ebpf ebpf;
	bool forget_rights; /* live: capabilities are given up once everything is open */
	bool forget_root;   /* and root: becomes nobody, unless `user` says whom else */
	bool tls;       /* in place of files and interface: the plaintext of TLS connections on this host, as raw IP packets */
	int tls_pid;    /* of this process; 0 for all */
	bool processes; /* live: find out whose the local ends of connections are, see cap_process_of */
};

struct cap_stats {
	uint64_t packets;        /* handed out */
	uint64_t bytes;          /* captured bytes handed out */
	uint64_t filtered;       /* read and refused by the filter (files only) */
	uint64_t kernel_dropped; /* live: ring full; files: isb_osdrop of pcapng interface statistics */
	uint64_t interface_dropped; /* live: by the driver; files: isb_ifdrop, where dumpcap puts all its drops */
	uint64_t file_size;      /* of all files together, for progress; 0 when one is a pipe */
	uint64_t file_read;      /* of them; compressed files count as compressed */
	uint64_t wire_packets;   /* live with eBPF: that the kernel's filter saw ... */
	uint64_t wire_bytes;     /* ... and their bytes */
	uint64_t copied_bytes;   /* of them, that left the kernel (ring: with a header for each part) */
	bool bulk_cut;           /* Produce and Fetch bodies are missing on purpose: by eBPF, now or as a file's header says */
	uint32_t cut_files;      /* files that end in the middle of a packet (read to their last whole one) */
};

#define CAP_CONTAINER 65 /* 64 hexadecimal digits and the NUL */

/* A process with a socket. */
struct cap_process {
	int32_t pid;
	char comm[16];                 /* the command's name, as the kernel has it: cut to 15 bytes */
	char container[CAP_CONTAINER]; /* id by its cgroup, "" for none */
};

/* One end of a connection. */
struct cap_end {
	uint8_t addr[16]; /* network order, IPv4 mapped (::ffff:a.b.c.d) */
	uint16_t port;    /* host order */
};

struct capture;

/* Opens everything at once, so that a bad file is known before anything is printed. NULL on failure with one
 * line in `err`: it names the file or interface, what is wrong, and what to do. */
struct capture *cap_open(const struct cap_options *options, char *err, size_t err_size);
void cap_free(struct capture *c);

/* Changes wait_ms of a live capture. */
void cap_set_wait(struct capture *c, int ms);

/* Reads up to `max` packets (at least 1) into `out`, in time order over merged files; *n is their number. They stay
 * valid until the next call. Never blocks longer than wait_ms on a live interface.
 * Files: each keeps its own order, even where its time steps back. Of packets with the same time, a file that has
 * begun goes before another's first packet (the files of a ring join in whatever order they are named); else the
 * order of the files decides. A damaged file is read up to the damage; CAP_FAILED comes when all others are read. */
enum cap_status cap_read(struct capture *c, struct cap_packet *out, size_t max, size_t *n);

/* What went wrong after CAP_FAILED, one line; else NULL. Borrowed. */
const char *cap_error(const struct capture *c);

/* A warning the user should see once (files cut in the middle, a filter that some link type has no use for); NULL
 * when there is none (left). Ask after cap_open and after the end. Borrowed until the next call. */
const char *cap_warning(struct capture *c);

/* The process at the end `local` of a connection to `remote`; NULL when that is not on this host, or not known. The
 * same process is always at the same address until cap_free. Live captures that were opened with `processes` only. */
const struct cap_process *cap_process_of(struct capture *c, const struct cap_end *local, const struct cap_end *remote);

void cap_get_stats(struct capture *c, struct cap_stats *out);

/* Makes cap_read return CAP_END soon; async-signal-safe. */
void cap_stop(struct capture *c);

bool cap_is_live(const struct capture *c);

/* What is in use: OFF, FILTER or RING. */
enum cap_ebpf cap_ebpf_used(const struct capture *c);

/* The link types known so far, each once: at most `max` of them into `out`; returns how many. After cap_open those of
 * the file headers (pcapng: of the interfaces before the first packet), or of the live interface. */
int cap_link_types(const struct capture *c, uint16_t *out, size_t max);

/* Prints the interfaces as `tcpdump -D` does, one a line, to `write`. Returns 0, or -1 with `err` set. */
int cap_list_interfaces(void (*write)(void *ctx, const char *line), void *ctx, char *err, size_t err_size);

/* "libpcap version 1.10.3", "libarchive 3.6.2". */
const char *cap_libpcap_version(void);
const char *cap_libarchive_version(void);
const char *cap_libbpf_version(void); /* NULL when it was left out of the build */

/* ---- what this kernel and this user can do --------------------------------------------------------------- */

struct cap_finding {
	const char *what;   /* "packet capture", "eBPF filter" ... */
	const char *detail; /* half a line */
	bool ok;
	bool needed;        /* without it nothing can be captured live */
};

/* Tries everything that a live capture can make use of, and calls `each` with what came of it, and in the end with what
 * would help ("grant", ok false) where something would. Texts are borrowed for the call. */
void cap_doctor(void *ctx, void (*each)(void *ctx, const struct cap_finding *f));

/* ---- saving: pcapng ---------------------------------------------------------------------------------- */

struct cap_writer;

/* The comment of a section header whose packets lack their bulk on purpose begins so. */
#define CAP_BULK_CUT "Bulk data was cut on purpose"

struct cap_writer_options {
	const char *file;      /* "-" is standard output */
	const char *comment;   /* of the section header, NULL for none */
	const char *user;      /* owner of the file, NULL for none */
	uint64_t max_bytes;    /* -C: begin a new file after this many bytes, 0 for one file */
	uint32_t max_files;    /* -W: ring of this many files with -C or -G, 0 for no limit; names as tcpdump's: -C alone
				* F, F1, F2...; with -W F0, F1... (F00 from 11 files on); -G removes the oldest file */
	uint32_t max_seconds;  /* -G: begin a new file after this much capture time; the name is a strftime pattern (UTC) */
	int snaplen;           /* written into the interface blocks */
	bool flush;            /* every packet at once (-U) */
};

/* NULL on failure with one line in `err`. */
struct cap_writer *cap_writer_new(const struct cap_writer_options *options, char *err, size_t err_size);

/* Writes one packet; an interface block is added when a link type is first met. Nanosecond time stamps. 0, or -1
 * (errno). */
int cap_writer_add(struct cap_writer *w, const struct cap_packet *p);

/* Closes and flushes; writes interface statistics with the drop counters when `stats` is given. 0, or -1 (errno). */
int cap_writer_close(struct cap_writer *w, const struct cap_stats *stats);

#endif
