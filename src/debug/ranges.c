// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which compilation unit holds an address.  .debug_aranges says so for what gcc compiled; clang and
 * rustc write none, so what it does not tell is sought in the ranges of the units that it does not
 * list, which are read once, when first needed.
 */
#include <dwarf.h>

#include "debug_priv.h"

/* A kernel has some 10,000. */
#define RANGES_MAX 1000000

struct range {
	Dwarf_Addr from, to;
	Dwarf_Off cu;
};

struct vmt_ranges {
	struct range *ranges;
	size_t n, cap;
};

static int by_start(const void *pa, const void *pb)
{
	const struct range *a = pa, *b = pb;

	return (a->from > b->from) - (a->from < b->from);
}

static enum vmt_rc add_unit(struct vmt_ranges *r, Dwarf_Die *die)
{
	Dwarf_Addr base, from, to;
	ptrdiff_t at = 0;

	while (r->n < RANGES_MAX && (at = dwarf_ranges(die, at, &base, &from, &to)) > 0) {
		if (from >= to)
			continue;
		if (vmt_grow(&r->ranges, &r->cap, r->n + 1, sizeof(*r->ranges)) != VMT_OK)
			return VMT_NOMEM;
		r->ranges[r->n++] = (struct range){from, to, dwarf_dieoffset(die)};
	}
	return VMT_OK;
}

void vmt_ranges_free(struct vmt_ranges *r)
{
	if (r)
		free(r->ranges);
	free(r);
}

static int by_offset(const void *pa, const void *pb)
{
	const Dwarf_Off *a = pa, *b = pb;

	return (*a > *b) - (*a < *b);
}

/* The units that .debug_aranges lists, sorted; NULL: no memory. */
static Dwarf_Off *listed_units(Dwarf *dw, size_t *n)
{
	Dwarf_Aranges *aranges;
	Dwarf_Off *units;

	if (dwarf_getaranges(dw, &aranges, n) != 0)
		*n = 0;
	units = calloc(*n + 1, sizeof(*units));
	for (size_t i = 0; units && i < *n; i++)
		(void)dwarf_getarangeinfo(dwarf_onearange(aranges, i), NULL, NULL, &units[i]);
	if (units)
		qsort(units, *n, sizeof(*units), by_offset);
	return units;
}

static enum vmt_rc read_ranges(struct vmt_debug *d)
{
	size_t n;
	Dwarf_Off *listed VMT_FREE = listed_units(d->dwarf, &n), at;
	struct vmt_ranges *r = calloc(1, sizeof(*r));
	enum vmt_rc rc = r && listed ? VMT_OK : VMT_NOMEM;
	Dwarf_CU *cu = NULL;
	Dwarf_Die die;
	uint8_t type;

	while (rc == VMT_OK && dwarf_get_units(d->dwarf, cu, &cu, NULL, &type, &die, NULL) == 0) {
		at = dwarf_dieoffset(&die);
		if (type == DW_UT_compile && !bsearch(&at, listed, n, sizeof(at), by_offset))
			rc = add_unit(r, &die);
	}
	if (rc != VMT_OK) {
		vmt_ranges_free(r);
		return rc;
	}
	if (r->n)
		qsort(r->ranges, r->n, sizeof(*r->ranges), by_start);
	d->ranges = r;
	return VMT_OK;
}

/* Code of two units does not overlap: the last that begins at @va or before is the one. */
static Dwarf_Off find(const struct vmt_ranges *r, Dwarf_Addr va)
{
	size_t low = 0, high = r->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (r->ranges[mid].from <= va)
			low = mid + 1;
		else
			high = mid;
	}
	return low && va < r->ranges[low - 1].to ? r->ranges[low - 1].cu : VMT_NO_CU;
}

enum vmt_rc vmt_debug_unit_of(struct vmt_debug *d, Dwarf_Addr va, Dwarf_Off *cu)
{
	Dwarf_Aranges *aranges;
	Dwarf_Arange *arange;
	size_t n;

	*cu = VMT_NO_CU;
	if (!vmt_debug_dwarf(d))
		return VMT_OK;
	/* libdw keeps the table: only the first call reads it. */
	if (dwarf_getaranges(d->dwarf, &aranges, &n) == 0) {
		arange = dwarf_getarange_addr(aranges, va);
		if (arange && dwarf_getarangeinfo(arange, NULL, NULL, cu) == 0)
			return VMT_OK;
	}
	if (!d->ranges && read_ranges(d) != VMT_OK)
		return VMT_NOMEM;
	*cu = find(d->ranges, va);
	return VMT_OK;
}
