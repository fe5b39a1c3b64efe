// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Is memory where it is taken to be?  Raw memory does not say where it lies, and a VMCOREINFO that
 * was found in memory may be another kernel's.  The kernel itself proves both: its page tables lead
 * to init_uts_ns (include/linux/uts_namespace.h), which has the release that VMCOREINFO has.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "kern_priv.h"

/* __NEW_UTS_LEN + 1, include/uapi/linux/utsname.h: sysname, nodename, release, ... */
#define UTS_BYTES 65u
#define GIB	  (UINT64_C(1) << 30)
/* Firmware keeps the end of memory below 4 GiB for its tables: less than this. */
#define FIRMWARE (UINT64_C(128) << 20)
/* With less memory than this none is above 4 GiB. */
#define LOW_LEAST GIB

static bool name_place(const struct vmt_kern *kern, uint64_t *va)
{
	uint64_t offset;

	if (!vmt_info_hex(kern->info, "SYMBOL(init_uts_ns)", va) ||
	    !vmt_info_number(kern->info, "OFFSET(uts_namespace.name)", &offset) || offset > 4096)
		return false;
	*va += offset;
	return true;
}

enum vmt_rc kern_check_name(struct vmt_kern *kern, struct vmt_err *err)
{
	const struct vmt_mem_about *a = vmt_mem_about(kern->mem);
	struct vmt_err why;
	char uts[3][UTS_BYTES];
	uint64_t va;
	enum vmt_rc rc;

	if ((!a->vmcoreinfo_found && !a->guess) || !name_place(kern, &va))
		return VMT_OK;
	rc = vmt_kern_read(kern, va, uts, sizeof(uts), &why);
	if (rc == VMT_NOMEM)
		return vmt_err_nomem(err);
	if (rc != VMT_OK)
		return vmt_err_set(err, rc, "%s: the kernel's own name is not found: %s",
				   vmt_mem_path(kern->mem), why.text);
	if (memcmp(uts[0], "Linux", sizeof("Linux")) == 0 &&
	    strncmp(uts[2], kern->about.release, UTS_BYTES) == 0)
		return VMT_OK;
	return vmt_err_set(err, VMT_FORMAT,
			   "%s: where VMCOREINFO says that the name of the kernel is (0x%" PRIx64
			   ") there is something else than %s",
			   vmt_mem_path(kern->mem), va, kern->about.release);
}

/*
 * The tables and the name lie in the kernel's image, which is in one piece: what is between them in
 * virtual addresses is between them in physical ones.
 */
enum vmt_rc kern_place_by_name(struct vmt_kern *kern)
{
	char linux_name[UTS_BYTES] = "Linux", release[UTS_BYTES] = {0};
	const struct vmt_mem_find two = {linux_name, UTS_BYTES, UTS_BYTES, release, UTS_BYTES};
	uint64_t va, tables;
	enum vmt_rc rc;

	if (!vmt_mem_about(kern->mem)->guess || !kern->pgt.root_pa || !name_place(kern, &va) ||
	    !vmt_info_hex(kern->info, "SYMBOL(swapper_pg_dir)", &tables))
		return VMT_NONE;
	(void)snprintf(release, sizeof(release), "%.64s", kern->about.release);
	while ((rc = vmt_mem_find(kern->mem, &two, &kern->name_at)) == VMT_OK) {
		rc = vmt_mem_place(kern->mem, kern->name_at++, kern->pgt.root_pa + (va - tables));
		if (rc != VMT_NONE)
			return rc;
	}
	return rc == VMT_NOMEM ? rc : VMT_NONE;
}

bool kern_low_moved(struct vmt_kern *kern)
{
	const struct vmt_mem_about *a = vmt_mem_about(kern->mem);
	uint64_t vas[VMT_CANDIDATES], pfn, low, now;

	/* The kernel's own name was found: that proves memory that is in one piece. */
	kern->about.place_proved = a->guess != NULL;
	if (!a->guess || strcmp(a->machine, "x86_64") != 0 || a->runs[0].pa ||
	    vmt_num_mul(a->pages_ram, a->page_size) < LOW_LEAST)
		return false;
	/* arch/x86/kernel/setup.c: e820__end_of_low_ram_pfn() where there is memory above 4 GiB. */
	kern->about.place_proved = a->n_runs == 1;
	if (!vmt_kern_symbol(kern, "max_low_pfn", vas) ||
	    vmt_kern_read_u64(kern, vas[0], &pfn, NULL) != VMT_OK || !pfn || pfn > 4 * GIB / 4096)
		return false;
	low = vmt_num_round_up(pfn * 4096, FIRMWARE);
	now = a->runs[0].bytes;
	kern->about.place_proved = true;
	return low != vmt_num_round_up(now, FIRMWARE) &&
	       vmt_mem_place_low(kern->mem, low) == VMT_OK;
}

enum vmt_rc kern_misplaced(const struct vmt_kern *kern, enum vmt_rc rc, struct vmt_err *err)
{
	const struct vmt_mem_about *a = vmt_mem_about(kern->mem);
	struct vmt_err why = *err;

	if (a->guess)
		return vmt_err_set(
			err, rc,
			"%s\nwhere this memory lies is a guess that is wrong: --base ADDR "
			"says where it begins, --map OFFSET:ADDR:LENGTH,... which part of "
			"the file is where",
			why.text);
	if (a->n_runs && !a->live)
		return vmt_err_set(err, rc, "%s\nis memory where --base or --map put it?",
				   why.text);
	if (a->n_missing)
		return vmt_err_set(err, rc, "%s\nname all parts of the dump as SOURCE", why.text);
	if (a->vmcoreinfo_found)
		return vmt_err_set(err, rc, "%s\nis the VMCOREINFO the one of this boot?",
				   why.text);
	return rc;
}
