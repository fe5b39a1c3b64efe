// SPDX-License-Identifier: GPL-2.0-or-later
/* The rule of owners against the truth that was worked out by hand: tests/fixtures/owners.tsv. */
#include <stdlib.h>

#include "unit.h"
#include "vmtool/sym.h"

enum { CAPTURE, CALLER, OWNER, FILE_NAME, LINE, CHAIN, NOTE, FIELDS };

/* `function@file:line <- function@file:line`, cut up in place. */
static size_t parse_chain(char *text, struct vmt_frame frames[VMT_FRAMES_MAX])
{
	size_t n = 0;

	while (text) {
		char *next = strstr(text, " <- "), *at, *colon;

		if (next)
			*next = 0;
		at = strchr(text, '@');
		colon = strrchr(text, ':');
		assert_true(at && colon && at < colon && n < VMT_FRAMES_MAX);
		*at = *colon = 0;
		frames[n++] =
			(struct vmt_frame){vmt_str(text), vmt_str(at + 1),
					   (unsigned)strtoul(colon + 1, NULL, 10), next != NULL};
		text = next ? next + 4 : NULL;
	}
	return n;
}

/* `...; alt=one,two; ...`: owners that are as right. */
static bool is_alternative(const char *note, struct vmt_str function)
{
	const char *p = strstr(note, "alt=");

	for (p = p ? p + 4 : NULL; p; p += *p == ',') {
		size_t n = strcspn(p, ",; \n");

		if (vmt_str_eq((struct vmt_str){p, n}, function))
			return true;
		p += n;
		if (*p != ',')
			break;
	}
	return false;
}

static void owners_of_real_callers(void **state)
{
	FILE *fp = fopen("tests/fixtures/owners.tsv", "r");
	size_t cap = 0, rows = 0, deeper = 0, wrong = 0;
	char *line = NULL;

	(void)state;
	assert_non_null(fp);
	while (getline(&line, &cap, fp) > 0) {
		struct vmt_frame frames[VMT_FRAMES_MAX];
		char *field[FIELDS], *rest = line;
		const struct vmt_frame *owner;
		size_t i, n;

		if (line[0] == '#')
			continue;
		for (i = 0; i < FIELDS; i++)
			field[i] = strsep(&rest, "\t");
		assert_non_null(field[NOTE]);
		/* Nobody can tell: code that was freed. */
		if (!strcmp(field[CHAIN], "-"))
			continue;
		n = parse_chain(field[CHAIN], frames);
		i = vmt_owner_of(frames, n, NULL);
		owner = &frames[i];
		rows++;
		deeper += i > 0;
		if (vmt_str_is(owner->function, field[OWNER]) &&
		    (!vmt_str_is(owner->file, field[FILE_NAME]) ||
		     owner->line != strtoul(field[LINE], NULL, 10)))
			fail_msg("%s: the table's file and line are not in its chain",
				 field[CALLER]);
		if (vmt_str_is(owner->function, field[OWNER]) ||
		    is_alternative(field[NOTE], owner->function))
			continue;
		print_error("%s %s: owner %.*s, want %s\n", field[CAPTURE], field[CALLER],
			    (int)owner->function.n, owner->function.p, field[OWNER]);
		wrong++;
	}
	free(line);
	(void)fclose(fp);
	assert_int_equal(wrong, 0);
	assert_true(rows >= 95);
	/* Chains in which the innermost function is not the owner, so that the rule is at work. */
	assert_true(deeper >= 9);
}

/* Functions printed as callers in ten captures that say for what the memory is. */
static void owners_are_no_wrappers(void **state)
{
	static const char *const owners[] = {
		"load_module",
		"kernel_clone",
		"copy_process",
		"alloc_thread_stack_node",
		"array_map_alloc",
		"bpf_prog_alloc_no_stats",
		"n_tty_open",
		"e1000_probe",
		"swap_cgroup_swapon",
		"pcpu_get_vm_areas",
		"gen_pool_add_owner",
		"devm_foo",
		"_",
		"",
	};
	static const char *const wrappers[] = {
		"vmalloc",
		"__vmalloc",
		"vmalloc_noprof",
		"__vmalloc_node_range_noprof.isra.0",
		"vzalloc",
		"kvmalloc_node",
		"__kvmalloc_node_noprof",
		"devm_ioremap",
		"__ioremap_caller",
		"pcim_iomap_regions",
		"ioremap_wc",
		"memremap",
		"dma_alloc_attrs",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(owners); i++)
		assert_false(vmt_owner_is_wrapper(vmt_str(owners[i]), NULL));
	for (size_t i = 0; i < ARRAY_SIZE(wrappers); i++)
		assert_true(vmt_owner_is_wrapper(vmt_str(wrappers[i]), NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(owners_of_real_callers),
		cmocka_unit_test(owners_are_no_wrappers),
	};

	return cmocka_run_group_tests_name("owners", tests, NULL, NULL);
}
