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

@test "a text has no page tables: exit 3" {
	vt verify "$F/amd64-6.1/vmallocinfo"
	is "$status" 3
	has "$stderr" 'is a text'
}
