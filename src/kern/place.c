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
/* Where that below may end when no guess is right: hypervisors leave whole pieces of this. */
#define LOW_STEP (256 * UINT64_C(0x100000))
/* arch/x86/include/asm/e820/types.h: E820_TYPE_RAM, E820_MAX_ENTRIES, struct e820_entry (packed) */
#define E820_RAM   1u
#define E820_MAX   3200u
#define E820_ENTRY 20u

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
				   vmt_mem_path(kern->mem), kern_reason(kern, &why));
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

/* RAM by what the firmware told the kernel. */
struct e820 {
	/* Where that below 4 GiB ends, and the bytes of that above. */
	uint64_t low_end, high;
};

/*
 * e820_table points to a number and so many entries, in order (arch/x86/kernel/e820.c, 4.12 to
 * 7.2).  @return false: it is not there.
 */
static bool read_e820(struct vmt_kern *kern, uint64_t pointer_va, struct e820 *e)
{
	unsigned char entry[E820_ENTRY];
	uint64_t va, end = 0;
	uint32_t n;

	*e = (struct e820){0, 0};
	if (vmt_kern_read_u64(kern, pointer_va, &va, NULL) != VMT_OK ||
	    vmt_kern_read_u32(kern, va, &n, NULL) != VMT_OK || !n || n > E820_MAX)
		return false;
	for (uint32_t i = 0; i < n; i++) {
		uint64_t start, bytes;
		uint32_t type;

		if (vmt_kern_read(kern, va + 4 + i * E820_ENTRY, entry, sizeof(entry), NULL) !=
		    VMT_OK)
			return false;
		memcpy(&start, entry, sizeof(start));
		memcpy(&bytes, entry + 8, sizeof(bytes));
		memcpy(&type, entry + 16, sizeof(type));
		if (start < end || bytes > UINT64_MAX - start)
			return false;
		end = start + bytes;
		if (type != E820_RAM)
			continue;
		if (start >= 4 * GIB)
			e->high += bytes;
		else
			e->low_end = end;
	}
	return e->low_end > 0;
}

/* With memory up to @low at 0 and the rest at 4 GiB: does the kernel say that it lies so? */
static bool lies_so(struct vmt_kern *kern, uint64_t e820, uint64_t size, uint64_t low)
{
	struct e820 e;

	if (vmt_mem_about(kern->mem)->runs[0].bytes != low) {
		if (vmt_mem_place_low(kern->mem, low, "the kernel's e820 table") != VMT_OK)
			return false;
		vmt_pgt_forget(&kern->pgt);
	}
	return read_e820(kern, e820, &e) && size - low == e.high && e.low_end <= low &&
	       low - e.low_end < FIRMWARE;
}

/* The table itself may lie above, and be found only when memory is placed right. */
static bool find_low(struct vmt_kern *kern, uint64_t e820, uint64_t size)
{
	struct e820 e;

	if (lies_so(kern, e820, size, vmt_mem_about(kern->mem)->runs[0].bytes))
		return true;
	if (read_e820(kern, e820, &e) && e.high < size && size - e.high <= 4 * GIB &&
	    lies_so(kern, e820, size, size - e.high))
		return true;
	for (uint64_t low = LOW_LEAST; low < size && low < 4 * GIB; low += LOW_STEP) {
		if (lies_so(kern, e820, size, low))
			return true;
	}
	return false;
}

bool kern_low_moved(struct vmt_kern *kern)
{
	const struct vmt_mem_about *a = vmt_mem_about(kern->mem);
	uint64_t vas[VMT_CANDIDATES], size = vmt_num_mul(a->pages_ram, a->page_size), before, now;
	const char *guess = a->guess;

	/* The kernel's own name was found: that proves memory that is in one piece. */
	kern->about.place_proved = guess != NULL;
	if (!guess || strcmp(a->machine, "x86_64") != 0 || a->runs[0].pa || size < LOW_LEAST)
		return false;
	before = a->runs[0].bytes;
	kern->about.place_proved = false;
	if (vmt_kern_symbol(kern, "e820_table", vas)) {
		vmt_mem_search(kern->mem, true);
		kern->about.place_proved = find_low(kern, vas[0], size);
		if (!kern->about.place_proved && a->runs[0].bytes != before) {
			(void)vmt_mem_place_low(kern->mem, before, guess);
			vmt_pgt_forget(&kern->pgt);
		}
		vmt_mem_search(kern->mem, false);
	} else {
		kern->about.place_proved = a->n_runs == 1;
	}
	now = a->runs[0].bytes;
	if (now != before)
		vmt_mem_unrecord(kern->mem, now < before ? now : before);
	return now != before;
}

enum vmt_rc kern_misplaced(const struct vmt_kern *kern, enum vmt_rc rc, struct vmt_err *err)
{
	const struct vmt_mem_about *a = vmt_mem_about(kern->mem);
	struct vmt_err why = *err;

	if (a->cut)
		return vmt_err_set(err, rc, "%s\nthe file is cut short: is there a whole copy?",
				   why.text);
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
