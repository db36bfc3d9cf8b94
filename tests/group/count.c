/* SPDX-License-Identifier: Apache-2.0 */
#include "count.h"

#include <malloc.h>
#include <string.h>

/* glibc keeps the size of each piece in front of it. */
#define OVERHEAD 8

static struct heap heap;

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
void __real_free(void *p);
char *__real_strdup(const char *s);
char *__real_strndup(const char *s, size_t n);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t size);
void __wrap_free(void *p);
char *__wrap_strdup(const char *s);
char *__wrap_strndup(const char *s, size_t n);

static int64_t size_of(void *p)
{
	return p ? (int64_t)malloc_usable_size(p) + OVERHEAD : 0;
}

static void *taken(void *p)
{
	heap.calls++;
	heap.bytes += size_of(p);
	return p;
}

void *__wrap_malloc(size_t size)
{
	return taken(__real_malloc(size));
}

void *__wrap_calloc(size_t n, size_t size)
{
	return taken(__real_calloc(n, size));
}

void *__wrap_realloc(void *p, size_t size)
{
	heap.bytes -= size_of(p);
	return taken(__real_realloc(p, size));
}

void __wrap_free(void *p)
{
	heap.bytes -= size_of(p);
	__real_free(p);
}

char *__wrap_strdup(const char *s)
{
	return taken(__real_strdup(s));
}

char *__wrap_strndup(const char *s, size_t n)
{
	return taken(__real_strndup(s, n));
}

struct heap heap_now(void)
{
	return heap;
}
