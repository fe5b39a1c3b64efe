#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Commands on dumps of tiny kernels (tests/unit/kernel_scene.h), and what is said of damaged ones.

load helper
load kernel

# dump HOW: writes $T/HOW.
dump()
{
	"${BUILD:-build}/tests/unit/make_dump" "$1" "$T/$1"
}

areas=(-n -o start,end,size,pages,kind,caller,phys,nodes,flags)

@test "a dump lists what the kernel's own text says, in every style and form" {
	dump text
	"$VMTOOL" list --raw "${areas[@]}" "$T/text" >"$T/want"
	for how in 6.1 6.12 7.2 laid kdump flat; do
		dump "$how"
		vt list --raw "${areas[@]}" "$T/$how"
		is "$status" 0
		is "$stderr" ''
		# 6.1 has one list for all nodes: another order.
		[ "$how" = 6.1 ] || is "$output" "$(cat "$T/want")"
		is "$(sort <<<"$output")" "$(sort "$T/want")"
	done
}

@test "list, summary, top, holes, info: golden" {
	dump kdump
	golden dump-list bash -c "cd '$T' && '$VMTOOL' list kdump"
	golden dump-list.json bash -c "cd '$T' && '$VMTOOL' list --json kdump"
	golden dump-summary bash -c "cd '$T' && '$VMTOOL' summary kdump"
	golden dump-top bash -c "cd '$T' && '$VMTOOL' top --by module kdump"
	golden dump-holes bash -c "cd '$T' && '$VMTOOL' holes kdump"
	golden dump-info bash -c "cd '$T' && '$VMTOOL' info kdump"
	golden dump-info.json bash -c "cd '$T' && '$VMTOOL' info --json kdump"
}

@test "explain names an area of a dump" {
	dump 6.12
	vt explain first_caller "$T/6.12"
	is "$status" 0
	has "$output" first_caller
	vt explain 0xffffc90000020000 "$T/6.12"
	is "$status" 0
	has "$output" mod_alloc
}

@test "diff of two dumps, and of a dump and a text" {
	dump before
	dump 6.12
	dump text
	vt diff "$T/before" "$T/6.12"
	is "$status" 1
	has "$output" first_caller
	vt diff "$T/6.12" "$T/6.12"
	is "$status" 0
	vt diff "$T/6.12" "$T/text"
	is "$status" 0
}

@test "a broken list: its rest is lost and told, the exit code is 4" {
	dump broken
	for command in list summary top holes info; do
		vt "$command" "$T/broken"
		is "$command $status" "$command 4"
		has "$stderr" '1 list of areas ends early' 'what follows is not known' \
			'0x0 is no kernel address'
	done
	vt list --raw -n -o start "$T/broken"
	has "$output" 0xffffc90000000000 0xffffc90000010000 0xffffc90000008000
	has_not "$output" 0xffffc90008000000
}

# As arm64 of Debian 6.1, whose kallsyms has no data: what waits for a purge is found by vmlinux.
@test "names of data that kallsyms lacks are those of --vmlinux, with the same answer as if it had them" {
	local text list
	command -v ld >/dev/null || skip "no ld"
	dump 6.1
	dump text-names
	vt list --raw "${areas[@]}" "$T/text-names"
	is "$status" 4
	has "$stderr" 'freed and not yet purged are left out'
	has_not "$output" unpurged
	"${BUILD:-build}/tests/unit/make_dump" kallsyms-6.1 "$T/names"
	text=$(awk '$3 == "_stext" { print $1 }' "$T/names")
	list=$(awk '$3 == "purge_vmap_area_list" { print $1 }' "$T/names")
	printf '%s\n' '.globl _stext, purge_vmap_area_list' '.text' '_stext: nop' '.data' \
		'purge_vmap_area_list: .quad 0, 0' | as -o "$T/vmlinux.o" -
	ld -o "$T/vmlinux" -e _stext -Ttext="0x$text" -Tdata="0x$list" "$T/vmlinux.o"
	vt list --raw "${areas[@]}" --vmlinux "$T/vmlinux" --force "$T/text-names"
	is "$status" 0
	has "$output" unpurged
	is "$output" "$("$VMTOOL" list --raw "${areas[@]}" "$T/6.1")"
}

@test "an area without its vm_struct is listed by its range, the exit code is 4" {
	dump no-vm
	vt list "$T/no-vm"
	is "$status" 4
	has "$output" 0xffffc90000000000
	has "$stderr" 'only the range is known'
}

@test "a list of freed areas that is not found: told, the exit code is 4" {
	dump no-purge
	for command in list summary top holes info; do
		vt "$command" "$T/no-purge"
		is "$command $status" "$command 4"
		has "$stderr" 'freed and not yet purged are left out'
	done
}

@test "info --json: what is missing is one array, whatever is missing" {
	local how
	for how in 6.12 no-btf; do
		dump "$how"
		"$VMTOOL" info --json "$T/$how" >"$T/json" 2>/dev/null
		python3 - "$how" "$T/json" <<-'END'
			import json, sys
			def once(pairs):
			    assert len(pairs) == len(dict(pairs)), pairs
			    return dict(pairs)
			missing = json.load(open(sys.argv[2]), object_pairs_hook=once)["info"]["missing"]
			want = {"6.12": [], "no-btf": ["no BTF", "no list of modules"]}[sys.argv[1]]
			assert len(missing) == len(want), missing
			assert all(any(w in m["what"] for m in missing) for w in want), missing
		END
	done
}

@test "only one of --kallsyms and --system-map, whatever reads them" {
	dump 6.12
	: >"$T/map"
	for command in list holes info; do
		vt "$command" --kallsyms "$T/map" --system-map "$T/map" "$T/6.12"
		is "$command $status" "$command 2"
		has "$stderr" 'only one of --kallsyms and --system-map'
	done
}

@test "what the dump could not name, its symbols' file does not name either" {
	local at=0xdead000000000001 who off size
	kernel_build
	who=$(caller kernel_clone copy_process)
	off=${who#*+} size=${who#*/}
	off=${off%/*}
	# It is in no text and no module of the dump, whatever the file has there.
	printf '%x T kernel_clone\n%x T behind\n' $((at - off)) $((at - off + size)) >"$T/map"
	dump 6.12
	for option in --kallsyms --system-map; do
		vt list --raw -n -o caller,source --vmlinux "$K/vmlinux" --force "$option" "$T/map" \
			--at 0xffffc90000060000 "$T/6.12"
		has "$output" "$at"
		has_not "$output" kernel
	done
}

@test "without symbols there is no answer, and what would help is said" {
	dump no-symbols
	vt list "$T/no-symbols"
	is "$status" 3
	is "$output" ''
	has "$stderr" 'vmap_nodes' '--system-map'
}

@test "without BTF anywhere the DWARF of vmlinux tells the layouts" {
	local vmlinux=${BUILD:-build}/tests/kernel/gcc5/vmlinux
	dump no-btf
	"$VMTOOL" list --raw "$T/no-btf" >"$T/want" 2>"$T/told"
	has "$(cat "$T/told")" "layouts are vmtool's own"
	vt list --raw --force --vmlinux "$vmlinux" "$T/no-btf"
	is "$status" 0
	has_not "$stderr" layouts
	diff "$T/want" <(printf '%s\n' "$output")
	vt info --force --vmlinux "$vmlinux" "$T/no-btf"
	[[ $output =~ types_from\ +vmlinux ]] || fail "$output"
}

@test "without BTF vmtool's own layouts are used, and this is said" {
	dump no-btf
	vt list --raw -n -o start "$T/no-btf"
	is "$status" 0
	has "$stderr" 'no BTF' 'no list of modules'
	has "$output" 0xffffc90000000000
}

@test "a dump through a pipe is refused" {
	dump 6.12
	run --separate-stderr bash -c "cat '$T/6.12' | '$VMTOOL' list -"
	is "$status" 3
	is "$output" ''
	has "$stderr" 'pipe'
	dump flat
	run --separate-stderr bash -c "cat '$T/flat' | '$VMTOOL' list -"
	is "$status" 3
	has "$stderr" 'standard input'
}

@test "a dump that is cut short answers in part, or says what is missing" {
	local form n size
	for form in 6.12 kdump flat; do
		dump "$form"
		size=$(stat -c %s "$T/$form")
		for n in 10 64 100 5000 20000 $((size / 2)) $((size - 5000)) $((size - 1)); do
			head -c "$n" "$T/$form" >"$T/cut"
			run --separate-stderr timeout 10 "$VMTOOL" list "$T/cut"
			case $status in
			3 | 4)
				[ -n "$stderr" ]
				[[ $stderr != *'do not lead to'* ]] || has "$stderr" 'cut short'
				;;
			0) fail "$form cut to $n of $size bytes: exit code 0" ;;
			*) fail "$form cut to $n of $size bytes: exit code $status" ;;
			esac
		done
	done
}
