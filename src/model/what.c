// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a caller's memory is for: well-known callers by function name.  The names are those the
 * kernel prints, without compiler suffixes (.isra.0, .part.0, .cold, ...), `_noprof` and the
 * prefixes of system calls.  To add one: one line, in the order of strcmp (a test checks it).
 */
#include <string.h>

#include "vmtool/model.h"

#define THREAD_STACKS "thread stacks"
#define IRQ_STACKS    "IRQ stacks"
#define MODULE	      "module code and data"
#define BPF_PROG      "BPF programs"
#define BPF_JIT	      "BPF machine code"
#define BPF_MAP	      "BPF maps"
#define BTF	      "BPF type data"
#define FTRACE	      "ftrace and kprobes"
#define PERCPU	      "percpu chunks"
#define PERCPU_META   "percpu metadata"
#define SWAP	      "swap maps"
#define ZRAM	      "zram"
#define CRYPTO	      "compression scratch"
#define TTY	      "terminals"
#define NETFILTER     "netfilter tables"
#define CONNTRACK     "conntrack tables"
#define NET	      "network queues and tables"
#define HASH	      "boot-time hash tables"
#define FDTABLE	      "file descriptor tables"
#define READBUF	      "buffers of proc and sysfs reads"
#define FWLOAD	      "files and firmware being loaded"
#define TRACE	      "trace buffers"
#define PERF	      "perf buffers"
#define GPU	      "graphics buffers"
#define FB	      "framebuffer console"
#define PCI	      "PCI device registers"
#define MSIX	      "MSI-X tables"
#define PCICFG	      "PCI configuration space"
#define ACPI	      "ACPI tables"
#define DEVREG	      "device registers"
#define IRQCHIP	      "interrupt controller"
#define IMAGE	      "kernel image"
#define DMA	      "DMA buffers"
#define POOL	      "memory pools"
#define FSMETA	      "filesystem metadata"
#define DM	      "device mapper tables"
#define KVM	      "virtual machines (KVM)"
#define SECURITY      "security policy"
#define ZFS	      "ZFS and SPL"
#define IPC	      "message and user copies"
#define CPU_PATCH     "CPU mitigations"
#define SHADOW	      "KASAN shadow"
#define EBPF_ARENA    "BPF arenas"
#define SOUND	      "sound buffers"
#define MEDIA	      "video capture buffers"

static const struct {
	const char *function, *what;
} table[] = {
	{"__bpf_map_area_alloc", BPF_MAP},
	{"__devm_ioremap", DEVREG},
	{"__devm_ioremap_resource", DEVREG},
	{"__ioremap_prot", DEVREG},
	{"__pci_enable_msix_range", MSIX},
	{"__scs_alloc", "shadow call stacks"},
	{"__snd_dma_alloc_pages", SOUND},
	{"acpi_os_ioremap", ACPI},
	{"acpi_os_map_iomem", ACPI},
	{"acpi_os_map_memory", ACPI},
	{"alloc_bucket_locks", NET},
	{"alloc_counters", NETFILTER},
	{"alloc_fdtable", FDTABLE},
	{"alloc_insn_page", FTRACE},
	{"alloc_large_system_hash", HASH},
	{"alloc_netdev_mqs", NET},
	{"alloc_scs", "shadow call stacks"},
	{"alloc_thread_stack_node", THREAD_STACKS},
	{"amdgpu_bo_kmap", GPU},
	{"apply_retpolines", CPU_PATCH},
	{"arch_alloc_vmap_stack", IRQ_STACKS},
	{"arch_ftrace_update_trampoline", FTRACE},
	{"arena_map_alloc", EBPF_ARENA},
	{"array_map_alloc", BPF_MAP},
	{"bochs_hw_init", GPU},
	{"bochs_pci_probe", GPU},
	{"bpf_check", "BPF verifier scratch"},
	{"bpf_dispatcher_change_prog", BPF_JIT},
	{"bpf_jit_alloc_exec", BPF_JIT},
	{"bpf_jit_binary_alloc", BPF_JIT},
	{"bpf_map_area_alloc", BPF_MAP},
	{"bpf_map_area_mmapable_alloc", BPF_MAP},
	{"bpf_prog_alloc_jited_linfo", BPF_PROG},
	{"bpf_prog_alloc_no_stats", BPF_PROG},
	{"bpf_prog_calc_tag", BPF_PROG},
	{"bpf_prog_load", BPF_PROG},
	{"bpf_prog_pack_alloc", BPF_JIT},
	{"bpf_prog_realloc", BPF_PROG},
	{"bpf_ringbuf_alloc", BPF_MAP},
	{"bpf_ringbuf_area_alloc", BPF_MAP},
	{"bpf_struct_ops_map_alloc", BPF_MAP},
	{"btf_new_fd", BTF},
	{"btf_parse", BTF},
	{"btf_parse_module", BTF},
	{"btf_parse_vmlinux", BTF},
	{"bucket_table_alloc", NET},
	{"copy_process", THREAD_STACKS},
	{"crypto_scomp_alloc_scratches", CRYPTO},
	{"crypto_scomp_init_tfm", CRYPTO},
	{"declare_kernel_vmas", IMAGE},
	{"deflate_alloc", CRYPTO},
	{"devm_ioremap", DEVREG},
	{"devm_ioremap_resource", DEVREG},
	{"devm_ioremap_wc", DEVREG},
	{"disksize_store", ZRAM},
	{"dm_table_create", DM},
	{"dm_vcalloc", DM},
	{"dma_common_contiguous_remap", DMA},
	{"dma_common_pages_remap", DMA},
	{"dma_contiguous_remap", "static mappings"},
	{"do_ipt_get_ctl", NETFILTER},
	{"do_replace", NETFILTER},
	{"drm_fb_helper_generic_probe", FB},
	{"drm_fbdev_shmem_driver_fbdev_probe", FB},
	{"drm_fbdev_ttm_driver_fbdev_probe", FB},
	{"drm_gem_shmem_vmap", GPU},
	{"drm_gem_shmem_vmap_locked", GPU},
	{"drm_property_create_blob", GPU},
	{"dup_task_struct", THREAD_STACKS},
	{"e1000_probe", PCI},
	{"e1000e_setup_rx_resources", NET},
	{"e1000e_setup_tx_resources", NET},
	{"efi_memmap_init_late", "firmware tables"},
	{"execmem_alloc", MODULE},
	{"execmem_alloc_rw", MODULE},
	{"execmem_cache_alloc", MODULE},
	{"execmem_cache_populate", MODULE},
	{"execmem_vmalloc", MODULE},
	{"f2fs_build_segment_manager", FSMETA},
	{"fork_idle", THREAD_STACKS},
	{"fq_codel_init", NET},
	{"fq_init", NET},
	{"fq_resize", NET},
	{"fw_cfg_sysfs_probe", DEVREG},
	{"gen_pool_add_owner", POOL},
	{"gic_of_init", IRQCHIP},
	{"gic_of_setup", IRQCHIP},
	{"gicv2m_init", IRQCHIP},
	{"gicv2m_init_one", IRQCHIP},
	{"hpet_enable", "timers (HPET)"},
	{"htab_map_alloc", BPF_MAP},
	{"htable_create", NETFILTER},
	{"i915_gem_object_pin_map", GPU},
	{"init_IRQ", IRQ_STACKS},
	{"init_irq_stacks", IRQ_STACKS},
	{"ioremap_cache", DEVREG},
	{"ioremap_prot", DEVREG},
	{"ioremap_wc", DEVREG},
	{"iotable_init", "static mappings"},
	{"ip_set_alloc", NETFILTER},
	{"ip_vs_conn_init", NETFILTER},
	{"ipc_alloc", IPC},
	{"ipcomp_alloc_scratches", CRYPTO},
	{"irq_init_percpu_irqstack", IRQ_STACKS},
	{"its_map_one", IRQCHIP},
	{"ixgbe_setup_rx_resources", NET},
	{"ixgbe_setup_tx_resources", NET},
	{"kasan_alloc_module_shadow", SHADOW},
	{"kasan_module_alloc", SHADOW},
	{"kasan_populate_vmalloc", SHADOW},
	{"kcov_ioctl", TRACE},
	{"kernel_clone", THREAD_STACKS},
	{"kernel_read_file", FWLOAD},
	{"kvm_arch_alloc_vm", KVM},
	{"kvm_arch_prepare_memory_region", KVM},
	{"kvm_create_vm", KVM},
	{"kvm_dev_ioctl", KVM},
	{"kvm_set_memory_region", KVM},
	{"layout_and_allocate", MODULE},
	{"load_module", MODULE},
	{"lpm_trie_alloc", BPF_MAP},
	{"lz4_create", CRYPTO},
	{"map_capability", PCI},
	{"map_kernel_segment", IMAGE},
	{"memremap", "firmware and reserved memory"},
	{"module_alloc", MODULE},
	{"module_alloc_update_bounds", MODULE},
	{"module_memory_alloc", MODULE},
	{"move_module", MODULE},
	{"msix_map_region", MSIX},
	{"n_tty_open", TTY},
	{"netif_alloc_netdev_queues", NET},
	{"netif_alloc_rx_queues", NET},
	{"netlink_alloc_large_skb", NET},
	{"nf_conntrack_init_start", CONNTRACK},
	{"nf_ct_alloc_hashtable", CONNTRACK},
	{"nf_nat_init", CONNTRACK},
	{"nvme_dev_map", PCI},
	{"nvme_remap_bar", PCI},
	{"of_iomap", DEVREG},
	{"packet_set_ring", NET},
	{"paging_init", IMAGE},
	{"pci_ecam_add_bus", PCICFG},
	{"pci_ecam_create", PCICFG},
	{"pci_iomap_range", PCI},
	{"pci_iomap_wc_range", PCI},
	{"pci_ioremap_bar", PCI},
	{"pci_mmcfg_arch_map", PCICFG},
	{"pci_remap_iospace", PCI},
	{"pci_reserve_io", "static mappings"},
	{"pcim_iomap", PCI},
	{"pcim_iomap_region", PCI},
	{"pcim_iomap_regions", PCI},
	{"pcpu_alloc_chunk", PERCPU_META},
	{"pcpu_create_chunk", PERCPU_META},
	{"pcpu_get_vm_areas", PERCPU},
	{"pcpu_mem_zalloc", PERCPU_META},
	{"pcpu_page_first_chunk", PERCPU},
	{"policydb_read", SECURITY},
	{"profile_init", TRACE},
	{"queue_stack_map_alloc", BPF_MAP},
	{"rb_alloc", PERF},
	{"relay_alloc_buf", TRACE},
	{"relay_create_buf", TRACE},
	{"relay_open_buf", TRACE},
	{"scs_alloc", "shadow call stacks"},
	{"security_load_policy", SECURITY},
	{"sel_write_load", SECURITY},
	{"selinux_load_policy", SECURITY},
	{"seq_buf_alloc", READBUF},
	{"seq_read", READBUF},
	{"seq_read_iter", READBUF},
	{"snd_dma_alloc_pages", SOUND},
	{"snd_dma_vmalloc_alloc", SOUND},
	{"snd_pcm_lib_alloc_vmalloc_buffer", SOUND},
	{"sock_hash_alloc", BPF_MAP},
	{"sock_map_alloc", BPF_MAP},
	{"spl_kmem_alloc_impl", ZFS},
	{"spl_kmem_cache_alloc", ZFS},
	{"spl_kvmalloc", ZFS},
	{"spl_vmalloc", ZFS},
	{"squashfs_decompressor_create", FSMETA},
	{"stack_map_alloc", BPF_MAP},
	{"start_kernel", IRQ_STACKS},
	{"swap_cgroup_swapon", SWAP},
	{"swapon", SWAP},
	{"ttm_bo_kmap", GPU},
	{"ttm_bo_vmap", GPU},
	{"vb2_vmalloc_alloc", MEDIA},
	{"vhost_net_open", KVM},
	{"vmemdup_user", IPC},
	{"vp_modern_map_capability", PCI},
	{"xt_alloc_entry_offsets", NETFILTER},
	{"xt_alloc_table_info", NETFILTER},
	{"zcomp_cpu_up_prepare", ZRAM},
};

static struct vmt_str without_prefix(struct vmt_str f)
{
	static const char *const prefixes[] = {
		"__do_sys_",	"__se_sys_",	"__x64_sys_", "__ia32_sys_", "__arm64_sys_",
		"__riscv_sys_", "__s390x_sys_", "SYSC_",      "SyS_",	     "sys_",
	};

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		size_t n = strlen(prefixes[i]);

		if (vmt_str_starts(f, prefixes[i]) && f.n > n)
			return (struct vmt_str){f.p + n, f.n - n};
	}
	return f;
}

/* A name as the table has it: `nf_ct_alloc_hashtable_noprof.part.0` is nf_ct_alloc_hashtable. */
static struct vmt_str plain_name(struct vmt_str f)
{
	const char *dot = f.n > 1 ? memchr(f.p + 1, '.', f.n - 1) : NULL;

	if (dot)
		f.n = (size_t)(dot - f.p);
	if (f.n > 7 && memcmp(f.p + f.n - 7, "_noprof", 7) == 0)
		f.n -= 7;
	return without_prefix(f);
}

const char *vmt_what_function(struct vmt_str function)
{
	struct vmt_str name = plain_name(function);
	size_t lo = 0, hi = sizeof(table) / sizeof(table[0]);

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		int c = vmt_str_cmp(name, vmt_str(table[mid].function));

		if (c == 0)
			return table[mid].what;
		if (c < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return NULL;
}

const char *vmt_what(const struct vmt_area *area)
{
	if (area->kind == VMT_KIND_UNPURGED || !area->caller.n)
		return NULL;
	if (area->flags & VMT_AREA_SELF_READ && area->kind == VMT_KIND_VMALLOC)
		return "buffer of a read of this file";
	return vmt_what_function(vmt_caller_function(area->caller));
}

bool vmt_what_is_stack(const char *what)
{
	return what && (!strcmp(what, THREAD_STACKS) || !strcmp(what, IRQ_STACKS));
}
