/* SPDX-License-Identifier: Apache-2.0 */
#include "exports.h"

#include <elf.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TABLE_MAX (16u << 20) /* bytes of a table; larger ones are not read */

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define NATIVE ELFDATA2LSB
#else
#define NATIVE ELFDATA2MSB
#endif

struct image {
	int fd;
	Elf64_Ehdr head;
	Elf64_Phdr *segments;
	Elf64_Shdr *sections;
	Elf64_Sym *symbols;
	size_t n_symbols;
	char *names;
	size_t names_size;
};

/* A table of the file with a NUL behind it. */
static void *read_table(int fd, uint64_t at, uint64_t size)
{
	char *p;

	if (size == 0 || size > TABLE_MAX || at > INT64_MAX)
		return NULL;
	p = malloc(size + 1);
	if (p && pread(fd, p, size, (off_t)at) == (ssize_t)size) {
		p[size] = '\0';
		return p;
	}
	free(p);
	return NULL;
}

static bool read_heads(struct image *e)
{
	const Elf64_Ehdr *h = &e->head;

	if (pread(e->fd, &e->head, sizeof(e->head), 0) != (ssize_t)sizeof(e->head) || memcmp(h->e_ident, ELFMAG, SELFMAG) != 0 ||
	    h->e_ident[EI_CLASS] != ELFCLASS64 || h->e_ident[EI_DATA] != NATIVE || h->e_shentsize != sizeof(Elf64_Shdr) ||
	    h->e_phentsize != sizeof(Elf64_Phdr))
		return false;
	e->segments = read_table(e->fd, h->e_phoff, (uint64_t)h->e_phnum * sizeof(Elf64_Phdr));
	e->sections = read_table(e->fd, h->e_shoff, (uint64_t)h->e_shnum * sizeof(Elf64_Shdr));
	return e->segments && e->sections;
}

static bool read_symbols(struct image *e)
{
	for (unsigned i = 0; i < e->head.e_shnum; i++) {
		const Elf64_Shdr *s = &e->sections[i], *names;

		if (s->sh_type != SHT_DYNSYM || s->sh_link >= e->head.e_shnum)
			continue;
		names = &e->sections[s->sh_link];
		e->symbols = read_table(e->fd, s->sh_offset, s->sh_size);
		e->n_symbols = s->sh_size / sizeof(Elf64_Sym);
		e->names = read_table(e->fd, names->sh_offset, names->sh_size);
		e->names_size = names->sh_size;
		return e->symbols && e->names;
	}
	return false;
}

/* 0 for an address that no segment is loaded at. */
static uint64_t offset_of(const struct image *e, uint64_t address)
{
	for (unsigned i = 0; i < e->head.e_phnum; i++) {
		const Elf64_Phdr *p = &e->segments[i];

		if (p->p_type == PT_LOAD && address >= p->p_vaddr && address - p->p_vaddr < p->p_filesz)
			return address - p->p_vaddr + p->p_offset;
	}
	return 0;
}

static void find(const struct image *e, const char *const *names, size_t n, uint64_t *offsets)
{
	for (size_t i = 0; i < e->n_symbols; i++) {
		const Elf64_Sym *s = &e->symbols[i];

		if (ELF64_ST_TYPE(s->st_info) != STT_FUNC || s->st_shndx == SHN_UNDEF || s->st_name >= e->names_size)
			continue;
		for (size_t k = 0; k < n; k++)
			if (strcmp(e->names + s->st_name, names[k]) == 0)
				offsets[k] = offset_of(e, s->st_value);
	}
}

bool exports_find(const char *path, const char *const *names, size_t n, uint64_t *offsets)
{
	struct image e = { .fd = open(path, O_RDONLY | O_CLOEXEC) };
	struct stat st;
	bool good = e.fd >= 0 && fstat(e.fd, &st) == 0 && S_ISREG(st.st_mode) && read_heads(&e) && read_symbols(&e);

	memset(offsets, 0, n * sizeof(*offsets));
	if (good)
		find(&e, names, n, offsets);
	free(e.segments);
	free(e.sections);
	free(e.symbols);
	free(e.names);
	if (e.fd >= 0)
		close(e.fd);
	return good;
}
