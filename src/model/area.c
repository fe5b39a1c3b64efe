// SPDX-License-Identifier: GPL-2.0-or-later
/* One area: kinds, words, callers, NUMA counts, and how addresses are shown. */
#include <stdio.h>
#include <string.h>

#include "vmtool/model.h"

static const struct {
	const char *name, *note;
} kinds[VMT_KIND_COUNT] = {
	[VMT_KIND_VMALLOC] = {"vmalloc", ""},
	[VMT_KIND_VMAP] = {"vmap", "pages owned elsewhere"},
	[VMT_KIND_IOREMAP] = {"ioremap", "device memory, no RAM"},
	[VMT_KIND_DMA_COHERENT] = {"dma-coherent", "DMA buffers"},
	[VMT_KIND_SPARSE] = {"sparse", "mapped as touched; RAM not told"},
	[VMT_KIND_VM_MAP_RAM] = {"vm_map_ram", "pages owned elsewhere"},
	[VMT_KIND_PERCPU] = {"percpu", "see Percpu in meminfo"},
	[VMT_KIND_IMAGE] = {"image", "segments of the kernel itself"},
	[VMT_KIND_UNPURGED] = {"unpurged", "freed, awaits TLB flush; in no sum"},
	[VMT_KIND_OTHER] = {"other", ""},
};

const char *vmt_kind_name(enum vmt_kind kind)
{
	return kinds[kind].name;
}

const char *vmt_kind_note(enum vmt_kind kind)
{
	return kinds[kind].note;
}

const char *vmt_area_meaning(const struct vmt_area *a)
{
	switch (a->kind) {
	case VMT_KIND_VMALLOC: return a->pages ? "RAM" : "pages not told";
	case VMT_KIND_IOREMAP: return "device memory: address space, no RAM";
	case VMT_KIND_VMAP: return "pages owned elsewhere: address space, no RAM of its own";
	case VMT_KIND_DMA_COHERENT: return "DMA buffer: its RAM is counted elsewhere";
	case VMT_KIND_SPARSE: return "mapped as it is touched: RAM not told";
	case VMT_KIND_VM_MAP_RAM: return "pages owned elsewhere: address space only";
	case VMT_KIND_PERCPU: return "percpu chunk: see Percpu in /proc/meminfo";
	case VMT_KIND_IMAGE: return "segment of the kernel image";
	case VMT_KIND_UNPURGED: return "freed: nothing is mapped";
	default: return "";
	}
}

const char *vmt_area_align_reason(const struct vmt_area *a)
{
	if (vmt_what_is_stack(vmt_what(a)))
		return "stacks start on";
	if (a->kind == VMT_KIND_IOREMAP)
		return "ioremap of this size starts on";
	return "huge pages start on";
}

bool vmt_kind_parse(const char *name, enum vmt_kind *kind)
{
	for (unsigned k = 0; k < VMT_KIND_COUNT; k++) {
		if (strcmp(kinds[k].name, name) == 0) {
			*kind = (enum vmt_kind)k;
			return true;
		}
	}
	return false;
}

static const struct {
	uint32_t bit;
	const char *word;
} words[] = {
	{VMT_AREA_IOREMAP, "ioremap"},	 {VMT_AREA_SPARSE, "sparse"},
	{VMT_AREA_VMALLOC, "vmalloc"},	 {VMT_AREA_VMAP, "vmap"},
	{VMT_AREA_USER, "user"},	 {VMT_AREA_DMA_COHERENT, "dma-coherent"},
	{VMT_AREA_VPAGES, "vpages"},	 {VMT_AREA_VM_MAP_RAM, "vm_map_ram"},
	{VMT_AREA_UNPURGED, "unpurged"},
};

uint32_t vmt_area_flag_bit(struct vmt_str word)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (vmt_str_is(word, words[i].word))
			return words[i].bit;
	}
	return 0;
}

size_t vmt_area_flags_text(const struct vmt_area *area, char *buf, size_t size)
{
	struct vmt_str rest = area->other, word;
	size_t n = 0;

	buf[0] = 0;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		size_t len = strlen(words[i].word);

		if (!(area->flags & words[i].bit) || n + len + 2 > size)
			continue;
		if (n)
			buf[n++] = ' ';
		memcpy(buf + n, words[i].word, len + 1);
		n += len;
	}
	while ((word = vmt_str_word(&rest)).n) {
		/* Between two unknown words there may stand a known one or a value. */
		if (vmt_area_flag_bit(word) || vmt_str_starts(word, "pages=") ||
		    vmt_str_starts(word, "phys=") || n + word.n + 2 > size)
			continue;
		if (n)
			buf[n++] = ' ';
		memcpy(buf + n, word.p, word.n);
		n += word.n;
		buf[n] = 0;
	}
	return n;
}

/*
 * The area that holds the text being read: since 6.9 the whole file is one seq_file record, and
 * the kernel's buffer for it is vmalloc'ed when it is large (fs/seq_file.c, seq_read_iter).
 */
static bool is_self_read(struct vmt_str caller)
{
	return vmt_str_starts(caller, "seq_read_iter+");
}

/* mm/percpu-vm.c: every percpu chunk is made by pcpu_get_vm_areas, which names itself. */
static bool is_percpu(const struct vmt_area *area)
{
	return !(area->flags & VMT_AREA_HAS_PAGES) &&
	       vmt_str_starts(area->caller, "pcpu_get_vm_areas+");
}

void vmt_area_classify(struct vmt_area *area)
{
	uint32_t f = area->flags;

	if (f & VMT_AREA_UNPURGED)
		area->kind = VMT_KIND_UNPURGED;
	else if (f & VMT_AREA_VM_MAP_RAM)
		area->kind = VMT_KIND_VM_MAP_RAM;
	else if (f & VMT_AREA_IOREMAP)
		area->kind = VMT_KIND_IOREMAP;
	else if (f & VMT_AREA_SPARSE)
		area->kind = VMT_KIND_SPARSE;
	else if (f & VMT_AREA_VMALLOC)
		area->kind = is_percpu(area) ? VMT_KIND_PERCPU : VMT_KIND_VMALLOC;
	else if (f & VMT_AREA_VMAP)
		area->kind = f & VMT_AREA_HAS_PHYS ? VMT_KIND_IMAGE : VMT_KIND_VMAP;
	else if (f & VMT_AREA_DMA_COHERENT)
		area->kind = VMT_KIND_DMA_COHERENT;
	else
		area->kind = VMT_KIND_OTHER;
	if (area->caller.n > 14 && area->caller.p[0] == 's' && is_self_read(area->caller))
		area->flags |= VMT_AREA_SELF_READ;
}

bool vmt_area_next_node(struct vmt_str *rest, uint32_t *node, uint64_t *pages)
{
	struct vmt_str word = vmt_str_word(rest);
	const char *eq = word.n > 1 ? memchr(word.p, '=', word.n) : NULL;
	uint64_t id;

	if (!eq || word.p[0] != 'N')
		return false;
	if (!vmt_num_parse((struct vmt_str){word.p + 1, (size_t)(eq - word.p - 1)}, 10, &id) ||
	    id > UINT32_MAX)
		return false;
	*node = (uint32_t)id;
	return vmt_num_parse((struct vmt_str){eq + 1, (size_t)(word.p + word.n - eq - 1)}, 10,
			     pages);
}

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

/* Step back over 0xHEX that ends at @end; its first byte, or NULL. */
static const char *back_over_hex(const char *begin, const char *end)
{
	const char *p = end;

	while (p > begin && is_hex(p[-1]))
		p--;
	/* The 0 of 0x is no hex digit of the run: 'x' stopped it. */
	if (p == end || p - begin < 2 || p[-1] != 'x' || p[-2] != '0')
		return NULL;
	return p - 2;
}

bool vmt_caller_is_symbol(struct vmt_str s)
{
	const char *p = s.n ? back_over_hex(s.p, s.p + s.n) : NULL;

	if (!p || p == s.p || p[-1] != '/')
		return false;
	p = back_over_hex(s.p, p - 1);
	return p && p - s.p >= 2 && p[-1] == '+';
}

bool vmt_caller_parse(struct vmt_str s, struct vmt_caller *caller)
{
	const char *plus, *slash;

	if (!vmt_caller_is_symbol(s))
		return false;
	plus = memrchr(s.p, '+', s.n);
	slash = memrchr(s.p, '/', s.n);
	caller->function = (struct vmt_str){s.p, (size_t)(plus - s.p)};
	/* Behind "+0x" and "/0x". */
	return vmt_num_parse((struct vmt_str){plus + 3, (size_t)(slash - plus - 3)}, 16,
			     &caller->offset) &&
	       vmt_num_parse((struct vmt_str){slash + 3, (size_t)(s.p + s.n - slash - 3)}, 16,
			     &caller->size_bytes);
}

bool vmt_caller_is_raw(struct vmt_str s)
{
	return s.n > 2 && s.p[0] == '0' && back_over_hex(s.p, s.p + s.n) == s.p;
}

struct vmt_str vmt_caller_function(struct vmt_str caller)
{
	const char *p;

	if (!vmt_caller_is_symbol(caller))
		return caller;
	p = memrchr(caller.p, '+', caller.n);
	return (struct vmt_str){caller.p, (size_t)(p - caller.p)};
}

void vmt_addr_vote(struct vmt_addr_votes *votes, const struct vmt_area *area)
{
	if (vmt_area_is_real(area))
		votes->real++;
	else if (area->flags & VMT_AREA_ADDR_HIDDEN)
		votes->hidden++;
	else if (!area->start && !area->end)
		votes->zeroed++;
	else
		votes->hashed++;
	if (area->flags & VMT_AREA_TAGGED)
		votes->tagged++;
}

enum vmt_addr_state vmt_addr_decide(const struct vmt_addr_votes *votes)
{
	uint64_t none = votes->zeroed + votes->hidden;

	if (votes->real + votes->hashed + none == 0)
		return VMT_ADDR_UNKNOWN;
	if (votes->real >= votes->hashed && votes->real >= none)
		return VMT_ADDR_REAL;
	return votes->hashed >= none ? VMT_ADDR_HASHED : VMT_ADDR_ZEROED;
}

const char *vmt_addr_state_name(enum vmt_addr_state state)
{
	static const char *const names[] = {"unknown", "real", "hashed", "zeroed"};

	return names[state];
}
