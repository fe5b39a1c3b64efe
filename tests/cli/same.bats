#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# tests/vm/same.awk, by which tests/vm/run holds a list of a running kernel against the texts read
# before and after it.

load helper

A='0xffffc90000000000 0xffffc90000005000 kernel_clone+0x9d/0x3e0 vmalloc'
B='0xffffc90000008000 0xffffc9000000d000 kernel_clone+0x9d/0x3e0 vmalloc'
C='0xffffc90000010000 0xffffc90000012000 bpf_prog_alloc+0x4a/0xc0 vmalloc'

# texts FILE LINE...
texts()
{
	local file=$1
	shift
	printf '%s\n' "$@" >"$T/$file"
}

# same: its numbers, of the files before, after, made (none: nothing) and list.
same()
{
	[ -e "$T/made" ] || : >"$T/made"
	rm -f "$T/why"
	awk -v why="$T/why" -f tests/vm/same.awk what=before "$T/before" what=after "$T/after" \
		what=made "$T/made" what=list "$T/list"
}

setup_texts()
{
	texts before "$A" "$B" "$C"
	texts after "$A" "$B" "$C"
	texts list "$A" "$B" "$C"
}

@test "same: what both texts have is in the list" {
	setup_texts
	is "$(same)" '3 0 0 0'
	[ ! -e "$T/why" ]
}

@test "same: what lived through and is not listed is missing, whoever asked for it" {
	setup_texts
	texts list "$A"
	is "$(same)" '3 2 0 0'
	is "$(sort "$T/why")" "$(printf 'missing: %s\n' "$B" "$C")"
}

@test "same: an area made anew between the texts may be listed or not" {
	setup_texts
	texts made "${B%% *}"
	is "$(same)" '2 0 1 0'
	texts list "$A" "$C"
	is "$(same)" '2 0 1 0'
	[ ! -e "$T/why" ]
}

@test "same: areas made elsewhere excuse none" {
	setup_texts
	texts made 0xffffc90000007000 0xffffc9000000 0xffffc900000080000 "${A%% *}"
	texts list "$A" "$C"
	is "$(same)" '2 1 1 0'
	is "$(<"$T/why")" "missing: $B"
}

@test "same: what only one text has may be missing" {
	setup_texts
	texts before "$A" "$B"
	texts after "$A" "$C"
	texts list "$A"
	is "$(same)" '1 0 0 0'
}

@test "same: a line that says another thing of a listed area is missing and in neither" {
	setup_texts
	texts list "$A" "$B" "${C/vmalloc/vmap}"
	is "$(same)" '3 1 0 1'
	is "$(sort "$T/why")" "$(printf '%s\n' "in neither: ${C/vmalloc/vmap}" "missing: $C")"
}

@test "same: what waits for a flush is not counted" {
	setup_texts
	texts before "$A" "0xffffc90000020000 0xffffc90000030000  unpurged"
	texts after "$A" "0xffffc90000020000 0xffffc90000030000  unpurged"
	texts list "$A"
	is "$(same)" '1 0 0 0'
}

@test "same: without a list all is missing, without texts nothing is said to stay" {
	setup_texts
	: >"$T/list"
	is "$(same)" '3 3 0 0'
	: >"$T/before"
	is "$(same)" '0 0 0 0'
}
