/* SPDX-License-Identifier: Apache-2.0
 *
 * A build without libbpf.
 */
#include "smart.h"

#include <stdio.h>

#include "process.h"
#include "tls.h"

struct smart *smart_new(const struct smart_options *o, char *why, size_t why_size)
{
	(void)o;
	snprintf(why, why_size, "this regroup was built without libbpf");
	return NULL;
}

void smart_free(struct smart *s)
{
	(void)s;
}

void smart_counters(const struct smart *s, struct filter_counters *out)
{
	(void)s;
	*out = (struct filter_counters){ 0 };
}

enum cap_status smart_read(struct smart *s, struct cap_packet *out, size_t max, size_t *n, int wait_ms, int wake_fd)
{
	(void)s;
	(void)out;
	(void)max;
	(void)wait_ms;
	(void)wake_fd;
	*n = 0;
	return CAP_IDLE;
}

bool smart_relieve(struct smart *s)
{
	(void)s;
	return false;
}

int smart_program(const struct smart *s)
{
	(void)s;
	return -1;
}

const char *smart_version(void)
{
	return NULL;
}

struct process_source *process_source_new(char *why, size_t why_size)
{
	snprintf(why, why_size, "this regroup was built without libbpf");
	return NULL;
}

void process_source_free(struct process_source *s)
{
	(void)s;
}

void process_source_scan(struct process_source *s, void *ctx, void (*each)(void *ctx, const struct owner *o))
{
	(void)s;
	(void)ctx;
	(void)each;
}

void process_source_news(struct process_source *s, void *ctx, void (*each)(void *ctx, const struct owner *o))
{
	(void)s;
	(void)ctx;
	(void)each;
}

struct tls *tls_new(int pid, int buffer_kib, char *why, size_t why_size)
{
	(void)pid;
	(void)buffer_kib;
	snprintf(why, why_size, "this regroup was built without libbpf");
	return NULL;
}

void tls_free(struct tls *t)
{
	(void)t;
}

size_t tls_libraries(const struct tls *t)
{
	(void)t;
	return 0;
}

void tls_counters(const struct tls *t, struct filter_counters *out)
{
	(void)t;
	*out = (struct filter_counters){ 0 };
}

enum cap_status tls_read(struct tls *t, struct cap_packet *out, size_t max, size_t *n, int wait_ms, int wake_fd)
{
	(void)t;
	(void)out;
	(void)max;
	(void)wait_ms;
	(void)wake_fd;
	*n = 0;
	return CAP_IDLE;
}
