// SPDX-License-Identifier: GPL-2.0-or-later
/* ELF notes of a dump: {name size, desc size, type}, name, desc, each rounded up to 4 bytes. */
#include <elf.h>

#include "mem_priv.h"

/* VMCOREINFO is a page of text or two. */
#define INFO_MAX (1u << 20)

/* struct elf_prstatus has a size of its own on each machine. */
static const char *machine_of_registers(uint64_t bytes)
{
	switch (bytes) {
	case 336: return "x86_64";
	case 392: return "aarch64";
	case 376: return "riscv64";
	case 144: return "i686";
	case 148: return "armv7l";
	case 480: return "loongarch64";
	case 504: return "ppc64le";
	default: return NULL;
	}
}

static void take_registers(struct vmt_notes *notes, uint64_t at, uint64_t n)
{
	if (!notes->machine)
		notes->machine = machine_of_registers(n);
	if (vmt_grow(&notes->registers, &notes->registers_cap, notes->n_registers + 1,
		     sizeof(notes->registers[0])) != VMT_OK)
		notes->nomem = true;
	else
		notes->registers[notes->n_registers++] = (struct vmt_registers){at, n};
}

static void take_note(struct vmt_notes *notes, const char *name, uint32_t type, uint64_t at,
		      uint64_t n)
{
	if (strcmp(name, "VMCOREINFO") == 0 && !notes->info_n) {
		notes->info_at = at;
		notes->info_n = n;
	}
	if (strcmp(name, VMT_NOTE_SLIM) == 0 && !notes->slim_n) {
		notes->slim_at = at;
		notes->slim_n = n;
	}
	if (strcmp(name, "CORE") != 0)
		return;
	if (type == NT_PRSTATUS)
		take_registers(notes, at, n);
	if (type == NT_AUXV || type == NT_FILE || type == NT_SIGINFO)
		notes->process = true;
}

/* Names that are longer are of no interest. */
static enum vmt_rc read_name(struct vmt_ahead *a, uint64_t at, uint64_t n, char name[16],
			     struct vmt_err *err)
{
	const unsigned char *p;
	enum vmt_rc rc;

	memset(name, 0, 16);
	if (!n || n >= 16)
		return VMT_OK;
	rc = vmt_ahead_get(a, at, (size_t)n, (size_t)n, &p, err);
	if (rc == VMT_OK)
		memcpy(name, p, (size_t)n);
	return rc;
}

static enum vmt_rc scan(struct vmt_ahead *a, uint64_t at, uint64_t n, struct vmt_notes *notes,
			struct vmt_err *err)
{
	const unsigned char *p;
	enum vmt_rc rc = VMT_OK;

	while (n >= 12 && (rc = vmt_ahead_get(a, at, 12, 4096, &p, err)) == VMT_OK) {
		uint64_t name_n = vmt_le32(p), desc_n = vmt_le32(p + 4);
		uint32_t type = vmt_le32(p + 8);
		uint64_t desc_at = 12 + vmt_num_round_up(name_n, 4);
		uint64_t next = desc_at + vmt_num_round_up(desc_n, 4);
		char name[16];

		if (desc_at + desc_n > n)
			break;
		rc = read_name(a, at + 12, name_n, name, err);
		if (rc != VMT_OK)
			break;
		take_note(notes, name, type, at + desc_at, desc_n);
		if (next > n)
			break;
		at += next;
		n -= next;
	}
	return rc;
}

enum vmt_rc vmt_notes_scan(struct vmt_ahead *a, uint64_t at, uint64_t n, struct vmt_notes *notes,
			   struct vmt_err *err)
{
	enum vmt_rc rc = scan(a, at, n, notes, err);

	if (notes->nomem)
		return vmt_err_nomem(err);
	/* Notes that are cut short are what they are up to there. */
	return rc == VMT_NONE ? VMT_OK : rc;
}

/* Half of a text would be misleading. */
static enum vmt_rc keep_text(struct vmt_mem *mem, uint64_t at, uint64_t n, char **copy,
			     struct vmt_str *text, struct vmt_err *err)
{
	enum vmt_rc rc;
	size_t got;

	if (!n || n > INFO_MAX || n > mem->store.disk_bytes)
		return VMT_OK;
	*copy = malloc(n);
	if (!*copy)
		return vmt_err_nomem(err);
	rc = vmt_store_read(&mem->store, at, *copy, n, &got, err);
	if (rc != VMT_OK || got < n)
		return rc;
	while (n && !(*copy)[n - 1])
		n--;
	*text = (struct vmt_str){n ? *copy : NULL, n};
	return VMT_OK;
}

enum vmt_rc vmt_notes_keep(struct vmt_mem *mem, struct vmt_notes *notes, struct vmt_err *err)
{
	struct vmt_mem_about *a = &mem->about;
	enum vmt_rc rc;

	mem->registers = notes->registers;
	mem->n_registers = notes->n_registers;
	notes->registers = NULL;
	rc = keep_text(mem, notes->slim_at, notes->slim_n, &mem->slim, &a->slim, err);
	/* What was given is better. */
	if (rc == VMT_OK && !a->vmcoreinfo.n)
		rc = keep_text(mem, notes->info_at, notes->info_n, &mem->vmcoreinfo, &a->vmcoreinfo,
			       err);
	return rc;
}

enum vmt_rc vmt_mem_registers(struct vmt_mem *mem, size_t cpu, void *buf, size_t size, size_t *n)
{
	const struct vmt_registers *r;

	*n = 0;
	if (cpu >= mem->n_registers)
		return VMT_NONE;
	r = &mem->registers[cpu];
	return vmt_store_read(&mem->store, r->at, buf, r->n < size ? (size_t)r->n : size, n, NULL);
}
