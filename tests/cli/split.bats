#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Several operands: parts of one dump (makedumpfile --split), and nothing else.

load helper

# part HOW...: writes $T/HOW.
part()
{
	for how; do
		"${BUILD:-build}/tests/unit/make_dump" "$how" "$T/$how"
	done
}

@test "the parts of a dump are one source, in any order" {
	part kdump part.1 part.2 part.3
	"$VMTOOL" list -r "$T/kdump" >"$T/want"
	for order in '1 2 3' '3 2 1' '2 3 1'; do
		# shellcheck disable=SC2086 # three numbers
		vt list -r $(printf "$T/part.%s " $order)
		is "$status" 0
		is "$stderr" ''
		is "$output" "$(cat "$T/want")"
	done
	vt explain first_caller "$T"/part.[123]
	is "$status" 0
	has "$output" first_caller
	vt diff "$T/kdump" "$T"/part.[123]
	is "$status" 0
	vt info "$T"/part.[123]
	[[ $output =~ parts\ +3 ]]
}

@test "a missing part is named; what it holds is not known; the exit code is 4" {
	part part.1 part.2 part.3
	vt list "$T/part.1" "$T/part.3"
	is "$status" 4
	has "$stderr" 'the part of the dump that holds page frames 0x' 'is missing' 'ends early'
	vt info "$T/part.1" "$T/part.3"
	is "$status" 4
	has "$output" '2, and some are missing'
	vt list "$T/part.2"
	is "$status" 3
	has "$stderr" 'the part that holds this page is missing' 'name all parts of the dump'
}

@test "files that are no parts of one dump are refused" {
	part kdump part.1 part.2 part.3 text ram
	for other in kdump ram; do
		vt list "$T/part.1" "$T/$other"
		is "$status" 3
		has "$stderr" "$other: is no part of a split dump" 'parts of one dump'
	done
	for other in text part.1; do
		vt list "$T/$other" "$T/text"
		is "$status" 2
		has "$stderr" "too many operands: '$T/text' is no part of a split dump"
	done
	vt list "$T/part.1" "$T/part.1"
	is "$status" 3
	has "$stderr" 'holds page frames that'
	vt list "$T/nothing" "$T/part.1"
	is "$status" 2
	has "$stderr" "too many operands: '$T/nothing'"
	vt list --base 0 "$T/part.1" "$T/part.2"
	is "$status" 2
	vt record -c 1 "$T/text" "$T/text"
	is "$status" 2
}
