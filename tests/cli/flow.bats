#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# vmtool flow: the calls of a function, as they are in a file.
# shellcheck disable=SC2154 # bats sets stderr and stderr_lines
load helper
load kernel

setup_file() { kernel_build; }

flow() { vt flow --vmlinux "$K/vmlinux" --debug-dir "$K" "$@"; }

@test "golden: vmalloc without an operand; calls, inlined, tail calls, where each stands" {
	golden flow-vmalloc "$VMTOOL" flow --vmlinux "$K/vmlinux"
	golden flow-clone "$VMTOOL" flow --vmlinux "$K/vmlinux" kernel_clone
	golden flow-zmod "$VMTOOL" flow --debug-dir "$K" -m zmod zmod_disksize
	golden flow.csv "$VMTOOL" flow --vmlinux "$K/vmlinux" --csv array_map_alloc
}

@test "JSON: the documented keys, levels, kinds" {
	check '
assert list(d) == ["flow", "symbols"] and list(d["symbols"]) == ["vmlinux", "build_id", "kernel"]
f = d["flow"]
assert all(list(r) == ["level", "function", "called_at", "kind", "tail", "times", "note"] for r in f)
assert [(r["level"], r["function"], r["kind"], r["tail"]) for r in f] == [
  (0, "acme_main_open", "call", False), (1, "twin", "call", False), (2, "vmalloc_noprof", "call", False),
  (3, "__vmalloc_node_noprof", "call", True), (4, "__vmalloc_node_range_noprof", "call", False)]
assert f[1]["called_at"] == "drivers/net/ethernet/acme/acme_main.c:22"
assert f[3]["note"] == "tail call"' "$VMTOOL" flow --vmlinux "$K/vmlinux" --json acme_main_open
}

@test "-d: levels; 0 is the function alone; what is no level is a usage error" {
	for d in 0 1 2 3 4; do
		flow -r -n -d $d -o level kernel_clone
		is "${lines[-1]}" $d
		is "${#lines[@]}" $((d + 1))
	done
	flow -d 64 kernel_clone
	is "$status" 0
	for d in 65 -1 x "" 4K 99999999999999999999; do
		flow -d "$d" kernel_clone
		is "-d $d: $status ${#stderr_lines[@]}" "-d $d: 2 2"
	done
}

@test "--only: the ways to what matches; globs; nothing matches" {
	flow -r -n -o function --only '*node_range*' kernel_clone
	is "${lines[*]}" "kernel_clone copy_process dup_task_struct alloc_thread_stack_node __vmalloc_node_range_noprof"
	flow -r -n -o function --only 'dup_*,nosuch' kernel_clone
	is "${lines[*]}" "kernel_clone copy_process dup_task_struct"
	flow --only nosuch kernel_clone
	is "$status ${#lines[@]}" "0 2"
	has "$stderr" "nothing below it matches 'nosuch' within 4 levels"
}

@test "-a: inlined calls that call nothing" {
	flow -r -n -o function kernel_clone
	local n=${#lines[@]}
	flow -a -r -n -o function kernel_clone
	[ "${#lines[@]}" -ge "$n" ]
}

@test "every column" {
	for c in function level called_at kind tail times note; do
		flow -o $c kernel_clone
		is "$c $status ${lines[0]}" "$c 0 ${c^^}"
	done
	flow -o owner kernel_clone
	is "$status" 2
}

@test "-m: a function of a module; without one, without its file, without a FUNCTION" {
	flow -m zmod -r -n -o function,called_at zmod_disksize
	is "${lines[0]}" "zmod_disksize drivers/block/zmod/zmod.c:9"
	is "${lines[-1]}" "vzalloc_noprof drivers/block/zmod/zmod.c:4"
	flow -m zmod kernel_clone
	is "$status" 3
	has "$stderr" "zmod.ko: has no function kernel_clone"
	flow -m nosuch kernel_clone
	is "$status ${#stderr_lines[@]}" "3 1"
	has "$stderr" "nosuch" "--debug-dir"
	flow -m zmod
	is "$status ${#stderr_lines[@]}" "2 2"
}

@test "a function by its name of other kernels, and as a caller is printed" {
	for f in vmalloc vmalloc_noprof vmalloc+0x10/0x20; do
		flow -r -n -o function -d 0 $f
		is "$f: $output$stderr" "$f: vmalloc_noprof"
	done
	flow vmalloc_noprof_noprof
	is "$status" 3
	has "$stderr" "has no function vmalloc_noprof_noprof"
	flow "$(printf 'x%.0s' {1..5000})"
	is "$status ${#stderr_lines[@]}" "3 1"
}

@test "a name of several functions: told on standard error" {
	flow twin
	is "$status" 0
	has "$stderr" "twin: 2 functions have this name"
}

@test "no such function, no vmlinux, bad files, no DWARF: one line, exit 3" {
	flow nosuch
	is "$status-$output" "3-"
	is "$stderr" "vmtool: $K/vmlinux: has no function nosuch"
	: >"$T/empty"
	head -c 5000 "$K/vmlinux" >"$T/cut"
	mkdir "$T/dir"
	for f in empty cut dir nosuch; do
		vt flow --vmlinux "$T/$f" kernel_clone
		is "$f $status ${#stderr_lines[@]} $output" "$f 3 1 "
		has "$stderr" "vmtool: $T/$f: "
	done
	vt flow --vmlinux "$K/vmlinux.nodebug" kernel_clone
	is "$status ${#stderr_lines[@]} $output" "3 1 "
	has "$stderr" "calls cannot be told"
	vt flow --sysroot "$T" --kernel 6.99-test
	is "$status-$output" "3-"
	has "$stderr" "no vmlinux" "6.99-test" "$T/boot/vmlinux-6.99-test"
}

@test "wrong options and operands: exit 2 and two lines" {
	for bad in "a b" "--sample" "--source $F/founding.txt" "--json --csv" "--only" "--nosuch" "-o nosuch"; do
		# shellcheck disable=SC2086 # options
		flow $bad
		is "$bad: $status ${#stderr_lines[@]} $output" "$bad: 2 2 "
	done
}

@test "no line is wider than 80 columns with --width 80, nor than 40" {
	for w in 80 40; do
		"$VMTOOL" flow --vmlinux "$K/vmlinux" --width $w acme_main_probe >"$T/flow"
		no_wider $w "$T/flow"
	done
}

@test "output that is lost; a closed pipe" {
	[ -c /dev/full ] || skip "there is no /dev/full here"
	for f in "" -J --csv -r; do
		# shellcheck disable=SC2086 # options
		run bash -c '"$@" 2>&1 >/dev/full' - "$VMTOOL" flow $f --vmlinux "$K/vmlinux"
		is "$f: $status" "$f: 3"
		has "$output" "No space left"
		# shellcheck disable=SC2086 # options
		run bash -c '"$@" 2>&1 >&3 3>&- | cat' - "$VMTOOL" flow $f --vmlinux "$K/vmlinux" 3> >(true)
		is "$f: $output" "$f: "
	done
}
