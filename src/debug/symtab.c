// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The ELF symbol table: symbols by name, and how far it is to the next one.  All are read once, and
 * a hash of their names finds them: a kernel has some 200,000, of which a run asks for a few.
 */
#include <gelf.h>
#include <string.h>

#include "debug_priv.h"
#include "vmtool/model.h"

/* A symbol table larger than this is no kernel's. */
#define SYMBOLS_MAX 8000000

struct symbol {
	const char *name;
	uint64_t va, size_bytes;
	uint32_t hash, next; /* index + 1 of the next of the same slot */
	uint32_t name_bytes;
	bool function;
};

struct vmt_symtab {
	struct symbol *symbols;
	size_t n;
	uint32_t *slots;
	size_t n_slots; /* a power of two */
};

/* Eight bytes at a time, for every name is hashed; the last eight may overlap those before. */
static uint32_t hash_of(struct vmt_str s)
{
	uint64_t h = s.n, word = 0;

	for (size_t i = 0; i + 8 < s.n; i += 8) {
		memcpy(&word, s.p + i, 8);
		h = (h ^ word) * UINT64_C(0x9e3779b97f4a7c15);
		h ^= h >> 32;
	}
	if (s.n >= 8) {
		memcpy(&word, s.p + s.n - 8, 8);
	} else {
		for (size_t i = 0; i < s.n; i++)
			word = word << 8 | (unsigned char)s.p[i];
	}
	h = (h ^ word) * UINT64_C(0x9e3779b97f4a7c15);
	return (uint32_t)(h >> 32);
}

/* A clang LTO suffix, which the kernel does not print. */
static size_t without_llvm(const char *name, size_t n)
{
	const char *dot = n > 6 ? memchr(name, '.', n) : NULL;

	for (; dot; dot = memchr(dot + 1, '.', n - (size_t)(dot + 1 - name))) {
		if (n - (size_t)(dot - name) > 6 && memcmp(dot, ".llvm.", 6) == 0)
			return (size_t)(dot - name);
	}
	return n;
}

static enum vmt_rc room_for(struct vmt_symtab *t, size_t n)
{
	t->symbols = n ? malloc(n * sizeof(*t->symbols)) : NULL;
	return !n || t->symbols ? VMT_OK : VMT_NOMEM;
}

/* There is room. */
static void add(struct vmt_symtab *t, const char *name, uint64_t va, const GElf_Sym *sym)
{
	int type = GELF_ST_TYPE(sym->st_info);
	struct symbol *s;

	if (!*name || sym->st_shndx == SHN_UNDEF || type == STT_SECTION || type == STT_FILE)
		return;
	s = &t->symbols[t->n++];
	*s = (struct symbol){.name = name, .va = va, .size_bytes = sym->st_size};
	s->name_bytes = (uint32_t)without_llvm(name, strlen(name));
	s->hash = hash_of((struct vmt_str){name, s->name_bytes});
	s->function = type == STT_FUNC;
}

/*
 * Straight from the section: libdwfl looks up the section of each symbol.  libelf has put the bytes
 * of a number in order, and the class is known: an Elf64_Sym is a GElf_Sym.
 */
static enum vmt_rc read_section(struct vmt_symtab *t, Elf *elf, Elf_Scn *scn)
{
	GElf_Shdr shdr;
	Elf_Data *data = elf_getdata(scn, NULL), *strings;
	const char *end;
	Elf_Scn *str_scn;
	size_t n;

	if (!data || !data->d_buf || !gelf_getshdr(scn, &shdr) ||
	    !(str_scn = elf_getscn(elf, shdr.sh_link)) || !(strings = elf_getdata(str_scn, NULL)) ||
	    !strings->d_buf)
		return VMT_OK;
	n = data->d_size / sizeof(GElf_Sym);
	n = n < SYMBOLS_MAX ? n : SYMBOLS_MAX;
	/* What stands before the last NUL is ended. */
	end = strings->d_size ? memrchr(strings->d_buf, 0, strings->d_size) : NULL;
	if (!end)
		return VMT_OK;
	if (room_for(t, n) != VMT_OK)
		return VMT_NOMEM;
	for (size_t i = 1; i < n; i++) {
		GElf_Sym sym;

		/* On x86 libelf does not mind where in the file the table begins. */
		memcpy(&sym, (const char *)data->d_buf + i * sizeof(sym), sizeof(sym));
		if (sym.st_name <= (size_t)(end - (const char *)strings->d_buf))
			add(t, (const char *)strings->d_buf + sym.st_name, sym.st_value, &sym);
	}
	return VMT_OK;
}

static Elf_Scn *symtab_section(Elf *elf)
{
	Elf_Scn *scn = NULL;
	GElf_Shdr shdr;

	while ((scn = elf_nextscn(elf, scn))) {
		if (gelf_getshdr(scn, &shdr) && shdr.sh_type == SHT_SYMTAB)
			return scn;
	}
	return NULL;
}

/* Modules, whose sections libdwfl has laid out, and files whose symbols lie in another. */
static enum vmt_rc read_by_dwfl(struct vmt_symtab *t, const struct vmt_debug *d)
{
	int n = dwfl_module_getsymtab(d->module);

	n = n < SYMBOLS_MAX ? n : SYMBOLS_MAX;
	if (room_for(t, n > 0 ? (size_t)n : 0) != VMT_OK)
		return VMT_NOMEM;
	for (int i = 1; i < n; i++) {
		GElf_Sym sym;
		GElf_Addr va;
		const char *name =
			dwfl_module_getsym_info(d->module, i, &sym, &va, NULL, NULL, NULL);

		if (name)
			add(t, name, va - d->elf_bias, &sym);
	}
	return VMT_OK;
}

static enum vmt_rc make_slots(struct vmt_symtab *t)
{
	for (t->n_slots = 256; t->n_slots < t->n; t->n_slots *= 2)
		;
	t->slots = calloc(t->n_slots, sizeof(*t->slots));
	if (!t->slots)
		return VMT_NOMEM;
	for (size_t i = t->n; i-- > 0;) {
		uint32_t *slot = &t->slots[t->symbols[i].hash & (t->n_slots - 1)];

		t->symbols[i].next = *slot;
		*slot = (uint32_t)i + 1;
	}
	return VMT_OK;
}

static struct vmt_symtab *symtab(struct vmt_debug *d)
{
	GElf_Addr bias;
	Elf *elf = d->symtab ? NULL : dwfl_module_getelf(d->module, &bias);
	Elf_Scn *scn = elf ? symtab_section(elf) : NULL;
	GElf_Ehdr ehdr;
	enum vmt_rc rc;

	if (d->symtab)
		return d->symtab;
	d->symtab = calloc(1, sizeof(*d->symtab));
	if (!d->symtab)
		return NULL;
	if (scn && gelf_getehdr(elf, &ehdr) && ehdr.e_type != ET_REL)
		rc = read_section(d->symtab, elf, scn);
	else
		rc = read_by_dwfl(d->symtab, d);
	if (rc == VMT_OK)
		rc = make_slots(d->symtab);
	if (rc == VMT_OK)
		return d->symtab;
	vmt_symtab_free(d->symtab);
	d->symtab = NULL;
	return NULL;
}

void vmt_symtab_free(struct vmt_symtab *t)
{
	if (!t)
		return;
	free(t->symbols);
	free(t->slots);
	free(t);
}

enum vmt_rc vmt_debug_symbols(struct vmt_debug *d, struct vmt_str name,
			      enum vmt_rc (*fn)(void *arg, const struct vmt_elf_symbol *symbol),
			      void *arg, struct vmt_err *err)
{
	struct vmt_symtab *t = symtab(d);
	uint32_t hash = hash_of(name);
	enum vmt_rc rc = VMT_OK;

	if (!t)
		return vmt_err_nomem(err);
	for (uint32_t i = t->slots[hash & (t->n_slots - 1)]; rc == VMT_OK && i;) {
		const struct symbol *s = &t->symbols[i - 1];
		struct vmt_elf_symbol found = {
			{s->name, s->name_bytes}, s->va, s->size_bytes, s->function};

		i = s->next;
		if (s->hash == hash && vmt_str_eq(found.name, name))
			rc = fn(arg, &found);
	}
	return rc == VMT_NOMEM ? vmt_err_nomem(err) : rc;
}

enum vmt_rc vmt_debug_each_symbol(struct vmt_debug *d,
				  enum vmt_rc (*fn)(void *arg, const struct vmt_elf_symbol *symbol),
				  void *arg, struct vmt_err *err)
{
	struct vmt_symtab *t = symtab(d);
	enum vmt_rc rc = t ? VMT_OK : VMT_NOMEM;

	for (size_t i = 0; rc == VMT_OK && i < t->n; i++) {
		const struct symbol *s = &t->symbols[i];
		struct vmt_elf_symbol symbol = {
			{s->name, s->name_bytes}, s->va, s->size_bytes, s->function};

		rc = fn(arg, &symbol);
	}
	return rc == VMT_NOMEM ? vmt_err_nomem(err) : rc;
}

enum vmt_rc vmt_debug_rooms(struct vmt_debug *d, const uint64_t *vas, size_t n, uint64_t *rooms,
			    struct vmt_err *err)
{
	struct vmt_symtab *t = n ? symtab(d) : NULL;

	if (n && !t)
		return vmt_err_nomem(err);
	for (size_t i = 0; i < n; i++)
		rooms[i] = UINT64_MAX;
	for (size_t k = 0; n && k < t->n; k++) {
		const struct symbol *s = &t->symbols[k];

		for (size_t i = 0; i < n; i++) {
			if (s->va > vas[i] && s->va - vas[i] < rooms[i] &&
			    !vmt_symbol_is_mapping(vmt_str(s->name)))
				rooms[i] = s->va - vas[i];
		}
	}
	return VMT_OK;
}
