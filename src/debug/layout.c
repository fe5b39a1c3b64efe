// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Structures by name, and where their members lie, and enumerators: from DWARF, for kernels without
 * BTF.  Units are gone through no further than to what is asked for, and for structures once.
 */
#include <dwarf.h>
#include <string.h>

#include "debug_priv.h"

/* Anonymous structures nest no deeper, in no kernel. */
#define DEPTH_MAX 32
/* Members looked at for one path. */
#define STEPS_MAX 100000

struct vmt_layouts {
	/* Names of structures that are told in full, and the first of each. */
	struct vmt_intern *names;
	Dwarf_Off *at;
	size_t cap;
	/* Where the next unit begins; done: there is none. */
	Dwarf_Off next;
	bool done;
};

void vmt_layouts_free(struct vmt_layouts *l)
{
	if (!l)
		return;
	vmt_intern_free(l->names);
	free(l->at);
	free(l);
}

static bool is_struct(Dwarf_Die *die)
{
	return dwarf_tag(die) == DW_TAG_structure_type || dwarf_tag(die) == DW_TAG_union_type;
}

static enum vmt_rc note(struct vmt_layouts *l, Dwarf_Die *die)
{
	const char *name = is_struct(die) ? dwarf_diename(die) : NULL;
	bool added;
	uint32_t id;

	if (!name || dwarf_hasattr(die, DW_AT_declaration))
		return VMT_OK;
	if (vmt_intern_add(l->names, vmt_str(name), &id, &added) != VMT_OK ||
	    vmt_grow(&l->at, &l->cap, (size_t)id + 1, sizeof(*l->at)) != VMT_OK)
		return VMT_NOMEM;
	if (added)
		l->at[id] = dwarf_dieoffset(die);
	return VMT_OK;
}

static enum vmt_rc read_unit(struct vmt_layouts *l, Dwarf *dwarf)
{
	Dwarf_Off at = l->next, next;
	Dwarf_Die unit, die;
	size_t header;
	enum vmt_rc rc = VMT_OK;

	if (dwarf_nextcu(dwarf, at, &next, &header, NULL, NULL, NULL) != 0 || next <= at) {
		l->done = true;
		return VMT_OK;
	}
	l->next = next;
	if (!dwarf_offdie(dwarf, at + header, &unit) || dwarf_child(&unit, &die) != 0)
		return VMT_OK;
	do
		rc = note(l, &die);
	while (rc == VMT_OK && dwarf_siblingof(&die, &die) == 0);
	return rc;
}

/* @return VMT_OK, VMT_NONE or VMT_NOMEM. */
static enum vmt_rc find(struct vmt_debug *d, const char *name, Dwarf_Die *die)
{
	Dwarf *dwarf = vmt_debug_dwarf(d);
	struct vmt_layouts *l = d->layouts;
	enum vmt_rc rc = VMT_OK;
	uint32_t id;

	if (!dwarf)
		return VMT_NONE;
	if (!l) {
		l = d->layouts = calloc(1, sizeof(*l));
		if (l)
			l->names = vmt_intern_new();
	}
	if (!l || !l->names)
		return VMT_NOMEM;
	while (rc == VMT_OK && !vmt_intern_find(l->names, vmt_str(name), &id)) {
		if (l->done)
			return VMT_NONE;
		rc = read_unit(l, dwarf);
	}
	if (rc != VMT_OK)
		return rc;
	return dwarf_offdie(dwarf, l->at[id], die) ? VMT_OK : VMT_NONE;
}

/* Past typedefs and qualifiers. */
static bool type_of(Dwarf_Die *die, Dwarf_Die *type)
{
	Dwarf_Attribute attr;

	return dwarf_formref_die(dwarf_attr(die, DW_AT_type, &attr), type) &&
	       dwarf_peel_type(type, type) == 0;
}

/* Elements of the first dimension. */
static bool count_of(Dwarf_Die *array, uint64_t *count)
{
	Dwarf_Attribute attr;
	Dwarf_Die range;
	Dwarf_Word v;

	*count = 0;
	if (dwarf_child(array, &range) != 0 || dwarf_tag(&range) != DW_TAG_subrange_type)
		return false;
	if (dwarf_attr(&range, DW_AT_count, &attr) && dwarf_formudata(&attr, &v) == 0)
		*count = v;
	else if (dwarf_attr(&range, DW_AT_upper_bound, &attr) && dwarf_formudata(&attr, &v) == 0)
		*count = v + 1;
	return true;
}

static bool measure(Dwarf_Die *type, struct vmt_member *m)
{
	Dwarf_Die element = *type;
	Dwarf_Word bytes;

	m->count = 1;
	if (dwarf_tag(type) == DW_TAG_array_type &&
	    (!count_of(type, &m->count) || !type_of(type, &element)))
		return false;
	if (dwarf_aggregate_size(&element, &bytes) != 0)
		return false;
	m->size = bytes;
	return true;
}

static bool offset_of(Dwarf_Die *member, uint64_t *offset)
{
	Dwarf_Attribute attr;
	Dwarf_Word v;

	*offset = 0;
	if (dwarf_attr(member, DW_AT_data_member_location, &attr)) {
		if (dwarf_formudata(&attr, &v) != 0)
			return false;
		*offset = v;
	} else if (dwarf_attr(member, DW_AT_data_bit_offset, &attr)) {
		if (dwarf_formudata(&attr, &v) != 0)
			return false;
		*offset = v / 8;
	}
	return true;
}

/* A member, also of anonymous structures; its type into @type. */
static bool find_member(Dwarf_Die *in, struct vmt_str name, uint64_t *offset, Dwarf_Die *type,
			int depth, unsigned *steps)
{
	Dwarf_Die m;

	if (depth == DEPTH_MAX || !is_struct(in) || dwarf_child(in, &m) != 0)
		return false;
	do {
		const char *own;
		uint64_t at, inner = 0;
		Dwarf_Die t;
		bool found;

		if (!*steps || dwarf_tag(&m) != DW_TAG_member)
			continue;
		--*steps;
		own = dwarf_diename(&m);
		if ((own && !vmt_str_is(name, own)) || !type_of(&m, &t))
			continue;
		found = own || find_member(&t, name, &inner, type, depth + 1, steps);
		if (!found)
			continue;
		if (own)
			*type = t;
		if (!offset_of(&m, &at))
			return false;
		*offset = at + inner;
		return true;
	} while (dwarf_siblingof(&m, &m) == 0);
	return false;
}

enum vmt_rc vmt_debug_member(struct vmt_debug *d, const char *type, const char *path,
			     struct vmt_member *member)
{
	unsigned steps = STEPS_MAX;
	Dwarf_Die die;
	enum vmt_rc rc = find(d, type, &die);

	memset(member, 0, sizeof(*member));
	while (rc == VMT_OK && *path) {
		size_t n = strcspn(path, ".");
		uint64_t offset;

		if (!find_member(&die, (struct vmt_str){path, n}, &offset, &die, 0, &steps))
			return VMT_NONE;
		member->offset += offset;
		path += n + (path[n] == '.');
	}
	return rc == VMT_OK && !measure(&die, member) ? VMT_NONE : rc;
}

enum vmt_rc vmt_debug_sizeof(struct vmt_debug *d, const char *type, uint64_t *bytes)
{
	struct vmt_member m;
	enum vmt_rc rc = vmt_debug_member(d, type, "", &m);

	*bytes = m.size;
	return rc;
}

/* ---- enumerators ---- */

static bool value_of(Dwarf_Die *enumerator, uint64_t *value)
{
	Dwarf_Attribute attr;
	Dwarf_Sword v;

	if (dwarf_formsdata(dwarf_attr(enumerator, DW_AT_const_value, &attr), &v) != 0)
		return false;
	*value = (uint64_t)v;
	return true;
}

static bool find_in_enum(Dwarf_Die *type, const char *name, uint64_t *value)
{
	Dwarf_Die e;

	if (dwarf_tag(type) != DW_TAG_enumeration_type || dwarf_child(type, &e) != 0)
		return false;
	do {
		const char *own = dwarf_diename(&e);

		if (own && strcmp(own, name) == 0)
			return value_of(&e, value);
	} while (dwarf_siblingof(&e, &e) == 0);
	return false;
}

enum vmt_rc vmt_debug_enumerator(struct vmt_debug *d, const char *name, uint64_t *value)
{
	Dwarf *dwarf = vmt_debug_dwarf(d);
	Dwarf_Off at = 0, next;
	size_t header;

	/* Of a kernel's own the first units have it: no list is kept. */
	for (; dwarf && dwarf_nextcu(dwarf, at, &next, &header, NULL, NULL, NULL) == 0 && next > at;
	     at = next) {
		Dwarf_Die unit, die;

		if (!dwarf_offdie(dwarf, at + header, &unit) || dwarf_child(&unit, &die) != 0)
			continue;
		do {
			if (find_in_enum(&die, name, value))
				return VMT_OK;
		} while (dwarf_siblingof(&die, &die) == 0);
	}
	return VMT_NONE;
}
