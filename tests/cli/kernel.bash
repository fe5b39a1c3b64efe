# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# A kernel for the tests of symbols: a vmlinux of six small files, linked where kernels are, and a
# module, compiled once in a run.  Callers are asked for by name: offsets and sizes are the
# compiler's.  K is its directory.

kernel_sources()
{
	mkdir -p "$K/mm" "$K/kernel/bpf" "$K/drivers/net/ethernet/acme" "$K/drivers/block/zmod"
	cat >"$K/kernel.h" <<-'END'
		#define noinline __attribute__((noinline, noclone, noipa))
		#define inlined static inline __attribute__((always_inline))
		#define use(p) __asm__ volatile("" : : "r"(p) : "memory")
		typedef void *ptr;
		ptr __vmalloc_node_range_noprof(unsigned long size, ptr caller);
		ptr __vmalloc_node_noprof(unsigned long size, ptr caller);
		ptr vmalloc_noprof(unsigned long size);
		ptr vzalloc_noprof(unsigned long size);
		ptr ioremap(unsigned long phys);
		ptr bpf_map_area_alloc(unsigned long size);
	END
	cat >"$K/mm/vmalloc.c" <<-'END'
		#include "../kernel.h"
		noinline ptr __vmalloc_node_range_noprof(unsigned long size, ptr caller)
		{
			ptr p = caller;
			use(size); use(p);
			return p;
		}
		noinline ptr __vmalloc_node_noprof(unsigned long size, ptr caller)
		{
			ptr p = __vmalloc_node_range_noprof(size + 4096, caller);
			use(p);
			return p;
		}
		noinline ptr vmalloc_noprof(unsigned long size)
		{
			return __vmalloc_node_noprof(size, __builtin_return_address(0));
		}
		noinline ptr vzalloc_noprof(unsigned long size)
		{
			return __vmalloc_node_noprof(size + 1, __builtin_return_address(0));
		}
		noinline ptr ioremap(unsigned long phys)
		{
			ptr p = (ptr)phys;
			use(p);
			return p;
		}
		noinline ptr pcpu_get_vm_areas(unsigned long n)
		{
			ptr p = (ptr)n;
			use(p);
			return p;
		}
	END
	cat >"$K/kernel/fork.c" <<-'END'
		#include "../kernel.h"
		inlined ptr alloc_thread_stack_node(unsigned long size)
		{
			return __vmalloc_node_range_noprof(size, __builtin_return_address(0));
		}
		inlined ptr dup_task_struct(unsigned long size)
		{
			ptr p = alloc_thread_stack_node(size);
			use(p);
			return p;
		}
		noinline ptr copy_process(unsigned long size)
		{
			ptr p = dup_task_struct(size);
			use(p);
			return p;
		}
		noinline ptr kernel_clone(unsigned long size)
		{
			ptr p = copy_process(size);
			use(p);
			return p;
		}
	END
	cat >"$K/kernel/bpf/arraymap.c" <<-'END'
		#include "../../kernel.h"
		noinline ptr bpf_map_area_alloc(unsigned long size)
		{
			ptr p = __vmalloc_node_range_noprof(size, __builtin_return_address(0));
			use(p);
			return p;
		}
		inlined ptr area_of_map(unsigned long size)
		{
			return bpf_map_area_alloc(size * 8);
		}
		noinline ptr array_map_alloc(unsigned long size)
		{
			ptr p = area_of_map(size);
			use(p);
			return p;
		}
		inlined ptr kvcalloc_noprof(unsigned long size)
		{
			ptr p = vzalloc_noprof(size);
			use(p);
			return p;
		}
		noinline ptr devm_kvcalloc(unsigned long size)
		{
			ptr p = kvcalloc_noprof(size);
			use(p);
			return p;
		}
	END
	for file in acme_main acme_old; do
		cat >"$K/drivers/net/ethernet/acme/$file.c" <<-END
			#include "../../../../kernel.h"
			inlined ptr acme_map(unsigned long bar)
			{
				ptr p = ioremap(bar + 64);
				use(p);
				return p;
			}
			noinline ptr ${file}_probe(unsigned long bar)
			{
				ptr p = acme_map(bar);
				use(p);
				return p;
			}
			static noinline ptr twin(unsigned long bar)
			{
				ptr p = vmalloc_noprof(bar);
				use(p);
				return p;
			}
			noinline ptr ${file}_open(unsigned long bar)
			{
				ptr p = twin(bar);
				use(p);
				return p;
			}
		END
	done
	cat >"$K/drivers/block/zmod/zmod.c" <<-'END'
		#include "../../../kernel.h"
		inlined ptr zmod_meta_alloc(unsigned long size)
		{
			ptr p = vzalloc_noprof(size);
			use(p);
			return p;
		}
		noinline ptr zmod_disksize(unsigned long size)
		{
			ptr p = zmod_meta_alloc(size);
			use(p);
			return p;
		}
	END
}

# kernel_link NAME OPTIONS...: a vmlinux named NAME.
kernel_link()
{
	# shellcheck disable=SC2086 # options
	gcc $KCFLAGS "${@:2}" -nostdlib -static -no-pie -Wl,--build-id=sha1 -Wl,-e,0 \
		-Wl,-Ttext="$KTEXT" -Wl,-z,norelro -o "$1" mm/vmalloc.c kernel/fork.c \
		kernel/bpf/arraymap.c drivers/net/ethernet/acme/acme_main.c drivers/net/ethernet/acme/acme_old.c
}

# Sets K and KTEXT; builds what is not there.
kernel_build()
{
	KTEXT=0x400000
	KCFLAGS="-g -O2 -ffreestanding -fno-pic -fno-stack-protector -fno-asynchronous-unwind-tables -fno-ident"
	if [ "$(uname -m)" = x86_64 ]; then
		KTEXT=0xffffffff81000000
		KCFLAGS="$KCFLAGS -mcmodel=kernel -mno-red-zone -fcf-protection=none"
	fi
	export K=$BATS_RUN_TMPDIR/kernel KTEXT
	[ ! -e "$K/built" ] || return 0
	kernel_sources
	(
		set -e
		cd "$K"
		kernel_link vmlinux
		kernel_link vmlinux.other -DOTHER=1 -O1
		# shellcheck disable=SC2086 # options
		gcc $KCFLAGS -c -o zmod.o drivers/block/zmod/zmod.c
		ld -r --build-id=sha1 -o zmod.ko zmod.o
		objcopy --strip-debug vmlinux vmlinux.nodebug
		objcopy --strip-all vmlinux vmlinux.stripped
		objdump -d --no-show-raw-insn vmlinux >code
		objdump -d --no-show-raw-insn -r zmod.ko >zmod.code
		nm -n vmlinux | awk '$2 ~ /[tT]/' >symbols
		nm -n zmod.ko | awk '$2 ~ /[tT]/' >zmod.symbols
		readelf -n vmlinux | sed -n 's/.*Build ID: //p' >build-id
	) || return 1
	touch "$K/built"
}

# caller FUNCTION CALLEE [WHICH [CODE SYMBOLS]]: FUNCTION+0xOFFSET/0xSIZE where it calls CALLEE, as
# the kernel prints it; WHICH of the functions of that name.
caller()
{
	local symbols=${5:-$K/symbols} start next back
	start=$(awk -v f="$1" -v w="${3:-1}" '$3 == f && ++n == w { print $1 }' "$symbols")
	next=$(awk -v s="$start" 'found && $1 != s { print $1; exit } $1 == s { found = 1 }' "$symbols")
	back=$(awk -v s="$start" -v f="<$1>:" -v callee="$2" '
		$2 == f && $1 == s { inside = 1; next }
		inside && !NF { exit }
		inside && called && $1 ~ /^[0-9a-f]+:$/ && $2 !~ /^R_/ { sub(/:/, "", $1); print $1; exit }
		inside && index($0, callee) { called = 1 }' "${4:-$K/code}")
	[ -n "$back" ] || { echo "no call of $2 in $1" >&2; return 1; }
	printf '%s+0x%x/0x%x\n' "$1" $((0x$back - 0x$start)) $((${next:+0x}${next:-0x$start + 64} - 0x$start))
}

# The same of the module: `function+0x1/0x2 [zmod]`.
zmod_caller() { echo "$(caller "$1" "$2" 1 "$K/zmod.code" "$K/zmod.symbols") [zmod]"; }

# offsets: standard input with FUNCTION+OFF/SIZE for offsets and sizes.
offsets() { sed -E 's/\+0x[0-9a-f]+\/0x[0-9a-f]+/+OFF\/SIZE/g'; }

# kernel_text: a vmallocinfo of that kernel.
kernel_text()
{
	local at=$((0x100000)) n=0 who size rest
	while read -r size who rest; do
		[ -n "$who" ] || continue
		printf '0xffffc900%08x-0xffffc900%08x %7d %s %s\n' $at $((at + size)) "$size" "$who" "$rest"
		at=$((at + size + 4096)) n=$((n + 1))
	done <<-END
		20480 $(caller kernel_clone copy_process) pages=4 vmalloc N0=4
		20480 $(caller kernel_clone copy_process) pages=4 vmalloc N0=4
		36864 $(caller array_map_alloc bpf_map_area_alloc) pages=8 vmalloc N0=8
		8192 $(caller acme_main_probe ioremap) phys=0x00000000fed00000 ioremap
		12288 $(zmod_caller zmod_disksize vzalloc_noprof) pages=2 vmalloc N0=2
		12288 gone_func+0x10/0x20 [gone] pages=2 vmalloc N0=2
		2097152 pcpu_get_vm_areas+0x0/0x10 vmalloc
	END
}
