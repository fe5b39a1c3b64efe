#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# dev/mem of a tree, with proc/iomem and what else the kernel says of it beside.

load helper

# A machine whose dev/mem is a plain file; where its kernel lies: tests/unit/tiny.h, kernel_x86_4.
setup_file()
{
	export R=$BATS_FILE_TMPDIR/root
	mkdir -p "$R"/{dev,proc/sys/kernel,sys/kernel}
	"${BUILD:-build}/tests/unit/make_dump" live-ram "$R/dev/mem" >"$R/sys/kernel/vmcoreinfo"
	cat >"$R/proc/iomem" <<-END
		00000000-00000fff : Reserved
		00001000-0009fbff : System RAM
		00100000-1fffffff : System RAM
		  12000000-12ffffff : Kernel code
		fec00000-fec003ff : IOAPIC 0
	END
	"$VMTOOL" list -r "$R/dev/mem" >"$BATS_FILE_TMPDIR/want"
}

@test "dev/mem is read where proc/iomem has RAM, by the note that sys/kernel/vmcoreinfo names" {
	vt list -r "$R/dev/mem"
	is "$status" 0
	is "$stderr" ''
	is "${#lines[@]}" 10
	has "$output" 'mod_alloc+0x4/0x100'
	vt info "$R/dev/mem"
	has "$output" '511 MiB at 0x100000'
	has_not "$output" guess
	# The same by --sysroot, where there is no text.
	vt list -r --sysroot "$R"
	is "$status" 0
	is "$output" "$(cat "$BATS_FILE_TMPDIR/want")"
}

@test "without the note: Kernel code and kallsyms say where the kernel is" {
	mkdir -p "$T/r/proc/sys/kernel" "$T/r/dev"
	ln -s "$R/dev/mem" "$T/r/dev/mem"
	cp "$R/proc/iomem" "$T/r/proc/iomem"
	vt list -r "$T/r/dev/mem"
	is "$status" 3
	has "$stderr" 'proc/kallsyms'
	printf '%s\n' 'ffffffff9a000000 T _text' 'ffffffff9a000000 T startup_64' \
		'ffffffff9a000000 T _stext' >"$T/r/proc/kallsyms"
	vt list -r "$T/r/dev/mem"
	is "$status" 3
	has "$stderr" 'swapper_pg_dir'
	"${BUILD:-build}/tests/unit/make_dump" live-ram.kallsyms "$T/names" >/dev/null
	cat "$T/names" >>"$T/r/proc/kallsyms"
	echo 'ffffffff9a040000 D init_top_pgt' >>"$T/r/proc/kallsyms"
	echo 6.99.0-test >"$T/r/proc/sys/kernel/osrelease"
	vt list -rn -o start,end,size,pages,kind "$T/r/dev/mem"
	is "$status" 0
	"$VMTOOL" list -rn -o start,end,size,pages,kind "$R/dev/mem" >"$T/want"
	is "$output" "$(cat "$T/want")"
	vt info "$T/r/dev/mem"
	has "$output" 6.99.0-test
	# Another place: the tables are not there.
	sed -i 's/12000000-12ffffff/14000000-14ffffff/' "$T/r/proc/iomem"
	vt list "$T/r/dev/mem"
	is "$status" 3
	has "$stderr" 'do not lead to'
	# Zeros.
	sed -i 's/^[0-9a-f]*/0000000000000000/' "$T/r/proc/kallsyms"
	vt list "$T/r/dev/mem"
	is "$status" 3
	has "$stderr" kptr_restrict
}

@test "what is missing is told, and what would work instead" {
	mkdir -p "$T/r/proc" "$T/r/dev"
	sed 's/[0-9a-f]*-[0-9a-f]* :/00000000-00000000 :/' "$R/proc/iomem" >"$T/r/proc/iomem"
	vt list "$T/r/dev/mem"
	is "$status" 3
	has "$stderr" 'shows zeros: only root'
	cp "$R/proc/iomem" "$T/r/proc/iomem"
	mkdir -p "$T/r/sys/kernel"
	cp "$R/sys/kernel/vmcoreinfo" "$T/r/sys/kernel"
	vt list "$T/r/dev/mem"
	is "$status" 3
	has "$stderr" 'is not there' CONFIG_DEVMEM 'vmtool list /proc/kcore' 'a dump'
	echo 'nothing of use' >"$T/r/proc/iomem"
	vt list "$T/r/dev/mem"
	is "$status" 3
	has "$stderr" 'names no System RAM'
	vt list --base 0 "$R/dev/mem"
	is "$status" 2
	has "$stderr" 'proc/iomem says where RAM is'
}
