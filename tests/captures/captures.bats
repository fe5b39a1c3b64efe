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
