// SPDX-License-Identifier: GPL-2.0-or-later
/* What a source says about its machine besides its areas. */
#include <string.h>

#include "vmtool/model.h"

void vmt_facts_init(struct vmt_facts *facts)
{
	memset(facts, 0, sizeof(*facts));
	facts->time = facts->page_size = facts->kptr_restrict = VMT_FACT_NONE;
	facts->mem_total = facts->vmalloc_total = facts->vmalloc_used = VMT_FACT_NONE;
	facts->percpu = facts->kernel_stack = facts->high_total = VMT_FACT_NONE;
	facts->uptime_ms = VMT_FACT_NONE;
}

void vmt_facts_deinit(struct vmt_facts *facts)
{
	free(facts->modules);
	vmt_intern_free(facts->names);
	vmt_facts_init(facts);
}

enum vmt_rc vmt_facts_add_module(struct vmt_facts *facts, struct vmt_str name, uint64_t base,
				 uint64_t size_bytes)
{
	uint32_t id;

	if (!facts->names)
		facts->names = vmt_intern_new();
	if (!facts->names || vmt_intern_add(facts->names, name, &id, NULL) != VMT_OK)
		return VMT_NOMEM;
	if (vmt_grow(&facts->modules, &facts->cap_modules, facts->n_modules + 1,
		     sizeof(*facts->modules)) != VMT_OK)
		return VMT_NOMEM;
	facts->modules[facts->n_modules++] =
		(struct vmt_module){vmt_intern_str(facts->names, id), base, size_bytes};
	return VMT_OK;
}

/* A few hundred modules and as many questions: a linear look is cheap enough. */
struct vmt_str vmt_facts_module_in(const struct vmt_facts *facts, uint64_t start, uint64_t end)
{
	struct vmt_str found = {NULL, 0};

	for (size_t i = 0; i < facts->n_modules; i++) {
		const struct vmt_module *m = &facts->modules[i];

		if (m->base < start || m->base >= end)
			continue;
		if (found.n)
			return (struct vmt_str){NULL, 0};
		found = m->name;
	}
	return found;
}

static void take_text(char *into, const char *from)
{
	if (!into[0])
		memcpy(into, from, VMT_FACT_TEXT);
}

static void take_number(uint64_t *into, uint64_t from)
{
	if (*into == VMT_FACT_NONE)
		*into = from;
}

void vmt_facts_merge(struct vmt_facts *into, struct vmt_facts *from)
{
	take_text(into->kernel, from->kernel);
	take_text(into->machine, from->machine);
	take_text(into->host, from->host);
	take_text(into->boot_id, from->boot_id);
	take_text(into->build_id, from->build_id);
	take_text(into->addresses, from->addresses);
	take_number(&into->time, from->time);
	take_number(&into->page_size, from->page_size);
	take_number(&into->kptr_restrict, from->kptr_restrict);
	take_number(&into->mem_total, from->mem_total);
	take_number(&into->vmalloc_total, from->vmalloc_total);
	take_number(&into->vmalloc_used, from->vmalloc_used);
	take_number(&into->percpu, from->percpu);
	take_number(&into->kernel_stack, from->kernel_stack);
	take_number(&into->high_total, from->high_total);
	take_number(&into->uptime_ms, from->uptime_ms);
	into->highmem |= from->highmem;
	into->recorded |= from->recorded;
	if (!into->n_modules && from->n_modules) {
		free(into->modules);
		vmt_intern_free(into->names);
		into->modules = from->modules;
		into->n_modules = from->n_modules;
		into->cap_modules = from->cap_modules;
		into->names = from->names;
		from->modules = NULL;
		from->n_modules = from->cap_modules = 0;
		from->names = NULL;
	}
}
