#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# verify, on dumps of tiny kernels (tests/unit/sound.h): silent when all is well, loud when not.

load helper

# dump HOW: writes $T/HOW.
dump()
{
	"${BUILD:-build}/tests/unit/make_dump" "$1" "$T/$1"
}

@test "a sound kernel: golden, exit 0" {
	dump sound
	golden verify-sound bash -c "cd '$T' && '$VMTOOL' verify sound | sed 's/; [0-9.]* s$//'"
	golden verify-sound.json bash -c "cd '$T' && '$VMTOOL' verify --json sound"
	golden verify-checks "$VMTOOL" verify --list-checks
}

@test "an area in the tree alone: golden, exit 1" {
	dump unlinked
	EXPECT=1 golden verify-unlinked bash -c "set -o pipefail; cd '$T' && '$VMTOOL' verify unlinked | sed 's/; [0-9.]* s$//'"
	EXPECT=1 check 'assert [f["id"] for f in d["findings"]] == ["V03"], d' "$VMTOOL" verify -J "$T/unlinked"
}

@test "--check and --skip choose; an unknown id is a usage error" {
	dump unlinked
	vt verify --check v01,V04 "$T/unlinked"
	is "$status" 0
	has "$output" V01 V04 '2 checks'
	has_not "$output" V02 V03
	vt verify --skip V03 "$T/unlinked"
	is "$status" 0
	has_not "$output" V03
	vt verify --check V99 "$T/unlinked"
	is "$status" 2
	has "$stderr" "there is no check 'V99'"
}

@test "to run no check at all is a usage error, not an answer" {
	dump sound
	vt verify --check '' "$T/sound"
	is "$status" 2
	has "$stderr" 'no check is left to run'
	vt verify --check V05 --skip v05 "$T/sound"
	is "$status" 2
	has "$stderr" 'no check is left to run'
}

@test "a text has no page tables: exit 3, and what to do with it" {
	local text=$F/amd64-6.1/vmallocinfo
	vt verify "$text"
	is "$status" 3
	is "$stderr" "vmtool: $text: is a text, and verify needs memory
        a dump, a RAM file or, without SOURCE and as root, the running kernel
        --text FILE beside it compares what a text of vmallocinfo says"
	vt verify --sample
	is "$status" 3
	is "${stderr_lines[0]}" 'vmtool: sample: is a text, and verify needs memory'
}

@test "a file of something else is no memory image, whatever it is" {
	dump sound
	printf 'hello\nworld\n' >"$T/words"
	printf 'a\0b\1\377' >"$T/bytes"
	: >"$T/nothing"
	for file in words bytes nothing; do
		vt verify "$T/$file"
		is "$status" 3
		is "$stderr" "vmtool: $T/$file: is no memory image, and verify needs one
        a dump, a RAM file or, without SOURCE and as root, the running kernel
        --text FILE beside it compares what a text of vmallocinfo says"
		vt pt "$T/$file"
		is "$status" 3
		is "$stderr" "vmtool: $T/$file: is no memory image, and pt needs one
        a dump, a RAM file or, without SOURCE and as root, the running kernel"
		# As a text it is judged as one.
		vt verify --text "$T/$file" "$T/sound"
		is "$status" 3
		has "$stderr" vmallocinfo
	done
	# What is said of a dump in a pipe, or packed as a whole, stays.
	vt verify - <"$T/sound"
	is "$status" 3
	has "$stderr" 'a dump is read from a file, not from a pipe'
	vt verify "$T/missing"
	has "$stderr" 'No such file'
}
