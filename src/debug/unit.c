// SPDX-License-Identifier: GPL-2.0-or-later
/* One compilation unit: names, files and lines, and what a call site says. */
#include <dwarf.h>
#include <string.h>

#include "debug_priv.h"

static struct vmt_str text(const char *s)
{
	return s ? vmt_str(s) : (struct vmt_str){NULL, 0};
}

struct vmt_str vmt_dwarf_name(Dwarf_Die *die)
{
	Dwarf_Attribute attr;

	return text(dwarf_formstring(dwarf_attr_integrate(die, DW_AT_name, &attr)));
}

static unsigned number_of(Dwarf_Die *die, unsigned name)
{
	Dwarf_Attribute attr;
	Dwarf_Word v;

	if (!dwarf_attr(die, name, &attr) || dwarf_formudata(&attr, &v) != 0 || v > INT32_MAX)
		return 0;
	return (unsigned)v;
}

/* Kernel builds name files by a path relative to the tree, or below the build directory. */
static struct vmt_str without_directory(struct vmt_str file, const char *dir)
{
	size_t n = dir ? strlen(dir) : 0;

	if (n && file.n > n + 1 && memcmp(file.p, dir, n) == 0 && file.p[n] == '/') {
		file.p += n + 1;
		file.n -= n + 1;
	}
	while (file.n > 2 && file.p[0] == '.' && file.p[1] == '/') {
		file.p += 2;
		file.n -= 2;
	}
	return file;
}

bool vmt_dwarf_by_clang(Dwarf_Die *unit)
{
	Dwarf_Attribute attr;
	const char *producer = dwarf_formstring(dwarf_attr(unit, DW_AT_producer, &attr));

	return producer && strstr(producer, "clang");
}

void vmt_unit_init(struct vmt_unit *u, Dwarf_Die *die)
{
	Dwarf_Attribute attr;
	Dwarf_Half version = 0;
	size_t n;

	u->die = *die;
	u->dir = dwarf_formstring(dwarf_attr(die, DW_AT_comp_dir, &attr));
	u->from_zero = dwarf_cu_info(die->cu, &version, NULL, NULL, NULL, NULL, NULL, NULL) == 0 &&
		       version >= 5;
	u->all_calls = !vmt_dwarf_by_clang(die);
	if (dwarf_getsrcfiles(die, &u->files, &n) != 0)
		u->files = NULL;
}

void vmt_unit_line(struct vmt_unit *u, Dwarf_Addr va, struct vmt_str *file, unsigned *line)
{
	Dwarf_Line *at = dwarf_getsrc_die(&u->die, va);
	int number = 0;

	*file = (struct vmt_str){NULL, 0};
	*line = 0;
	if (!at)
		return;
	*file = without_directory(text(dwarf_linesrc(at, NULL, NULL)), u->dir);
	if (dwarf_lineno(at, &number) == 0 && number > 0)
		*line = (unsigned)number;
}

void vmt_unit_call_line(const struct vmt_unit *u, Dwarf_Die *die, struct vmt_str *file,
			unsigned *line)
{
	unsigned n = number_of(die, DW_AT_call_file);
	bool told = n || (u->from_zero && dwarf_hasattr(die, DW_AT_call_file));

	*file = without_directory(
		text(u->files && told ? dwarf_filesrc(u->files, n, NULL, NULL) : NULL), u->dir);
	*line = number_of(die, DW_AT_call_line);
}

bool vmt_dwarf_is_call(Dwarf_Die *die)
{
	int tag = dwarf_tag(die);

	return tag == DW_TAG_call_site || tag == DW_TAG_GNU_call_site;
}

static bool has_flag(Dwarf_Die *die, unsigned name)
{
	Dwarf_Attribute attr;
	bool set = false;

	return dwarf_attr(die, name, &attr) && dwarf_formflag(&attr, &set) == 0 && set;
}

void vmt_dwarf_site(Dwarf_Die *die, struct vmt_site *site)
{
	bool gnu = dwarf_tag(die) == DW_TAG_GNU_call_site;
	Dwarf_Attribute attr;
	Dwarf_Die callee;

	memset(site, 0, sizeof(*site));
	if (dwarf_attr(die, gnu ? DW_AT_low_pc : DW_AT_call_return_pc, &attr) &&
	    dwarf_formaddr(&attr, &site->returns_to) != 0)
		site->returns_to = 0;
	if (site->returns_to)
		site->at = site->returns_to - 1;
	else if (dwarf_attr(die, DW_AT_call_pc, &attr) && dwarf_formaddr(&attr, &site->at) != 0)
		site->at = 0;
	site->tail = has_flag(die, gnu ? DW_AT_GNU_tail_call : DW_AT_call_tail_call);
	if (!dwarf_attr(die, gnu ? DW_AT_abstract_origin : DW_AT_call_origin, &attr) ||
	    !dwarf_formref_die(&attr, &callee))
		return;
	site->callee = vmt_dwarf_name(&callee);
	if (site->callee.n)
		site->callee_ref = dwarf_dieoffset(&callee);
}
