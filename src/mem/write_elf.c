// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A slim image as ELF vmcore.  A segment holds a run of stored pages; what of the memory behind it
 * was left out is in p_memsz alone, as makedumpfile -E has it.  p_vaddr is the place in the direct
 * map; the kernel's image has segments of its own over the same bytes, as /proc/vmcore has:
 * drgn finds swapper_pg_dir by them.
 */
#include <elf.h>

#include "write.h"

#define ALIGN 4096u

struct segment {
	uint64_t va, pa, file_n, mem_n;
	/** Of pages; where the segment's bytes begin. */
	size_t first;
};

struct segments {
	struct segment *s;
	size_t n, cap;
};

static enum vmt_rc add(struct segments *all, const struct segment *s)
{
	if (vmt_grow(&all->s, &all->cap, all->n + 1, sizeof(*s)) != VMT_OK)
		return VMT_NOMEM;
	all->s[all->n++] = *s;
	return VMT_OK;
}

/* The span that maps @pa and ends last before which nothing changes: *@end; NULL: none does. */
static const struct vmt_mem_span *span_at(const struct job *j, uint64_t pa, uint64_t *end)
{
	for (size_t i = 0; i < j->how->n_spans; i++) {
		const struct vmt_mem_span *s = &j->how->spans[i];

		if (s->again)
			continue;
		if (pa < s->pa) {
			*end = s->pa < *end ? s->pa : *end;
			return NULL;
		}
		if (pa - s->pa < s->bytes) {
			*end = s->pa + s->bytes < *end ? s->pa + s->bytes : *end;
			return s;
		}
	}
	return NULL;
}

/* How many bytes are stored without a gap from a page on, up to @end. */
static uint64_t run(const struct job *j, size_t page, uint64_t end)
{
	uint64_t start = page < j->n_pages ? j->pages[page].pa : 0, n = 0;

	while (page < j->n_pages && j->pages[page].pa == start + n && start + n < end) {
		n += VMT_RECORD_PAGE;
		page++;
	}
	return n;
}

/* One range of memory: each segment goes on up to the next. */
static enum vmt_rc cut_range(const struct job *j, struct segments *all, struct range r,
			     size_t *page)
{
	for (uint64_t pa = r.start; pa < r.end;) {
		struct segment s = {.pa = pa, .first = *page};
		uint64_t end = r.end;
		const struct vmt_mem_span *span = span_at(j, pa, &end);

		if (span)
			s.va = span->va + (pa - span->pa);
		if (*page < j->n_pages && j->pages[*page].pa == pa)
			s.file_n = run(j, *page, end);
		*page += s.file_n / VMT_RECORD_PAGE;
		pa += s.file_n;
		if (*page < j->n_pages && j->pages[*page].pa < end)
			end = j->pages[*page].pa;
		s.mem_n = end - s.pa;
		pa = end;
		if (add(all, &s) != VMT_OK)
			return VMT_NOMEM;
	}
	return VMT_OK;
}

static size_t first_page(const struct job *j, uint64_t pa)
{
	size_t lo = 0, hi = j->n_pages;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (j->pages[mid].pa < pa)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* The stored runs of memory that is mapped a second time. */
static enum vmt_rc cut_again(const struct job *j, struct segments *all,
			     const struct vmt_mem_span *span)
{
	uint64_t end = vmt_num_add(span->pa, span->bytes);
	size_t page = first_page(j, span->pa);

	while (page < j->n_pages && j->pages[page].pa < end) {
		uint64_t pa = j->pages[page].pa, n = run(j, page, end);
		struct segment s = {span->va + (pa - span->pa), pa, n, n, page};

		if (add(all, &s) != VMT_OK)
			return VMT_NOMEM;
		page += n / VMT_RECORD_PAGE;
	}
	return VMT_OK;
}

static enum vmt_rc cut_all(const struct job *j, struct segments *all)
{
	enum vmt_rc rc = VMT_OK;
	size_t page = 0;

	for (size_t i = 0; rc == VMT_OK && i < j->how->n_spans; i++) {
		if (j->how->spans[i].again)
			rc = cut_again(j, all, &j->how->spans[i]);
	}
	for (size_t i = 0; rc == VMT_OK && i < j->n_ram; i++)
		rc = cut_range(j, all, j->ram[i], &page);
	return rc;
}

/* ---- headers ---- */

static unsigned machine_of(const char *name)
{
	return strcmp(name, "aarch64") == 0   ? EM_AARCH64
	       : strcmp(name, "riscv64") == 0 ? EM_RISCV
					      : EM_X86_64;
}

/* With 65535 segments and more their number stands in a section header. */
static void put_header(const struct job *j, size_t n)
{
	Elf64_Ehdr h = {
		.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB,
			    EV_CURRENT},
		.e_type = ET_CORE,
		.e_machine = (Elf64_Half)machine_of(j->mem->about.machine),
		.e_version = EV_CURRENT,
		.e_phoff = sizeof(Elf64_Ehdr),
		.e_ehsize = sizeof(Elf64_Ehdr),
		.e_phentsize = sizeof(Elf64_Phdr),
		.e_phnum = n < PN_XNUM ? (Elf64_Half)n : PN_XNUM,
	};
	Elf64_Shdr many = {.sh_info = (Elf64_Word)n};

	if (n >= PN_XNUM) {
		h.e_shoff = sizeof(h);
		h.e_phoff = sizeof(h) + sizeof(many);
		h.e_shentsize = sizeof(many);
		h.e_shnum = 1;
	}
	sink_put(j->sink, &h, sizeof(h));
	if (n >= PN_XNUM)
		sink_put(j->sink, &many, sizeof(many));
}

static void put_headers(const struct job *j, const struct segments *all)
{
	uint64_t headers = all->n + 1 >= PN_XNUM ? sizeof(Elf64_Ehdr) + sizeof(Elf64_Shdr)
						 : sizeof(Elf64_Ehdr);
	uint64_t notes = headers + (all->n + 1) * sizeof(Elf64_Phdr);
	uint64_t data = vmt_num_round_up(notes + j->n_notes, ALIGN);
	Elf64_Phdr p = {.p_type = PT_NOTE,
			.p_offset = notes,
			.p_filesz = j->n_notes,
			.p_memsz = j->n_notes,
			.p_align = 4};

	put_header(j, all->n + 1);
	sink_put(j->sink, &p, sizeof(p));
	for (size_t i = 0; i < all->n; i++) {
		const struct segment *s = &all->s[i];

		p = (Elf64_Phdr){.p_type = PT_LOAD,
				 .p_flags = PF_R | PF_W | PF_X,
				 .p_offset = data + s->first * VMT_RECORD_PAGE,
				 .p_vaddr = s->va,
				 .p_paddr = s->pa,
				 .p_filesz = s->file_n,
				 .p_memsz = s->mem_n,
				 /* As in /proc/vmcore: crash takes an aligned one for netdump's. */
				 .p_align = 0};
		sink_put(j->sink, &p, sizeof(p));
	}
	sink_put(j->sink, j->notes, j->n_notes);
	sink_pad(j->sink, data);
}

static bool is_zero(const unsigned char *page)
{
	return !page[0] && memcmp(page, page + 1, VMT_RECORD_PAGE - 1) == 0;
}

/* Many zeros become a hole of the file. */
static void put_pages(const struct job *j)
{
	uint64_t zeros = 0;

	for (size_t i = 0; i < j->n_pages && !j->sink->failed; i++) {
		job_progress(j, i, j->n_pages);
		if (is_zero(j->pages[i].bytes)) {
			zeros += VMT_RECORD_PAGE;
			continue;
		}
		sink_pad(j->sink, sink_pos(j->sink) + zeros);
		sink_put(j->sink, j->pages[i].bytes, VMT_RECORD_PAGE);
		zeros = 0;
	}
	sink_pad(j->sink, sink_pos(j->sink) + zeros);
}

/* The machines whose dumps are written are those whose dumps are read: numbers as they lie here. */
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "ELF headers are written as they lie");

enum vmt_rc vmt_write_elf(struct job *j, struct vmt_err *err)
{
	struct segments all = {0};

	if (cut_all(j, &all) != VMT_OK) {
		free(all.s);
		return vmt_err_nomem(err);
	}
	put_headers(j, &all);
	free(all.s);
	put_pages(j);
	return VMT_OK;
}
