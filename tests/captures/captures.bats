#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# What is run on more real captures, when VMTOOL_CAPTURES names a directory of them (tests/run).
load ../cli/helper

@test "oracle: every capture in VMTOOL_CAPTURES" {
	local files=("$VMTOOL_CAPTURES"/*/vmallocinfo*)
	[ -e "${files[0]}" ] || fail "no */vmallocinfo* in $VMTOOL_CAPTURES"
	run python tests/cli/oracle.py "${files[@]}"
	[ "$status" -eq 0 ] || fail "$output"
	is "$output" "${#files[@]} files, 0 differences"
}

@test "every capture: summary, top, list and holes answer without a complaint" {
	for file in "$VMTOOL_CAPTURES"/*/vmallocinfo; do
		for cmd in summary "top -N 0" "list --json" holes; do
			# shellcheck disable=SC2086 # a command and its options
			vt $cmd "$file"
			[ "$status" -eq 0 ] && [ -z "$stderr" ] || fail "$cmd $file: $status $stderr"
		done
	done
}

# The dump and the text are of one paused instant: nothing is allowed to differ.
@test "every capture with a dump: its list is that of the text, area by area" {
	local cols=start,end,size,pages,caller,phys,nodes,flags n=0 dump text
	for dump in "$VMTOOL_CAPTURES"/*/{vmcore.kdump,dump.kdump-flat}; do
		[ -e "$dump" ] || continue
		text=${dump%/*}/vmallocinfo
		"$VMTOOL" list -rnb -o $cols "$dump" >"$BATS_TEST_TMPDIR/dump"
		"$VMTOOL" list -rnb -o $cols "$text" >"$BATS_TEST_TMPDIR/text"
		diff "$BATS_TEST_TMPDIR/dump" "$BATS_TEST_TMPDIR/text" || fail "$dump"
		n=$((n + 1))
	done
	[ "$n" -gt 0 ] || [ ! -e "$VMTOOL_CAPTURES/amd64-6.1.0-50/vmcore.kdump" ]
}

# What QEMU's MMU said at that instant, of every leaf (x86, riscv) and of every address asked.
@test "every capture with a dump: its page tables are those of the machine" {
	local n=0 dump oracle
	for dump in "$VMTOOL_CAPTURES"/*/{vmcore.kdump,dump.kdump-flat,dump.elf}; do
		for oracle in "${dump%/*}"/qemu.{info-tlb,info-mem,gva2gpa}{,.zst}; do
			[ -s "$dump" ] && [ -s "$oracle" ] || continue
			# Beside a complete list of leaves there is one that QEMU cannot make.
			case $oracle in *info-mem*) [ ! -e "${oracle/mem/tlb}" ] || continue ;; esac
			run python3 tests/captures/tables.py "$VMTOOL" "$dump" "$oracle"
			[ "$status" -eq 0 ] || fail "$dump $oracle: $output"
			[[ $output == *" compared, 0 differences" && $output != 0\ * ]] || fail "$oracle: $output"
			n=$((n + 1))
		done
	done
	[ "$n" -gt 0 ] || [ ! -e "$VMTOOL_CAPTURES/amd64-6.1.0-50/vmcore.kdump" ]
}
