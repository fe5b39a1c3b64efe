#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# vmtool explain: an address, a line number, a caller.
# shellcheck disable=SC2154 # bats sets stderr and stderr_lines
load helper

D=$F/amd64-6.12
V=$D/vmallocinfo
STACK=0xff644f15820cc000
KEYS="start end line kind size pages resident guard guard_grade guard_rule cut usable hole_before align caller module what nodes phys caller_areas caller_size caller_resident caller_guard caller_holes"

@test "golden: a thread stack, and its JSON" {
	golden explain-stack "$VMTOOL" explain $STACK --sysroot $D --width 80
	golden explain-stack.json "$VMTOOL" explain $STACK --sysroot $D --json
	golden explain-stack-bytes "$VMTOOL" explain $STACK --sysroot $D --bytes --width 80
}

@test "golden: other kinds" {
	{
		for line in 1 2 205; do
			"$VMTOOL" explain $line --sysroot $D --width 80
			echo ----
		done
		"$VMTOOL" explain "$(grep -n pcpu_get $V | cut -d: -f1)" --sysroot $D --width 80
		echo ----
		"$VMTOOL" explain "$(grep -n unpurged $V | head -1 | cut -d: -f1)" --sysroot $D --width 80
		echo ----
		"$VMTOOL" explain 5 $F/founding.txt --width 80
	} >"$T/all"
	golden explain-kinds cat "$T/all"
	no_wider 80 "$T/all"
}

@test "golden: callers by glob" {
	golden explain-caller "$VMTOOL" explain kernel_clone --sysroot $D --width 80
	golden explain-glob "$VMTOOL" explain 'pcpu_*' --sysroot $D --width 80
	golden explain-glob.json "$VMTOOL" explain 'pcpu_*' --sysroot $D --json
}

@test "an address, any address inside, and the line number are the same area" {
	"$VMTOOL" explain $STACK $V >"$T/want"
	has "$(cat "$T/want")" "20 KiB" "4 pages of 4 KiB" "1 guard page" "thread stacks" "hole before it" \
		"12 KiB" "16 KiB" "423 areas" "kernel_clone+0xbd/0x440"
	for what in 0xff644f15820cc001 0xff644f15820d0fff 205; do
		"$VMTOOL" explain $what $V | diff "$T/want" -
	done
}

@test "JSON of an area: keys, and the parts add up to the size" {
	for what in 1 2 8 13 205 300 1000 1063; do
		check "
assert list(d['explain'][0]) == '$KEYS'.split(), d
r = d['explain'][0]
assert r['line'] == $what and r['size'] == r['usable'] + (r['guard'] or 0) + r['cut']
assert int(r['end'], 16) - int(r['start'], 16) == r['size']
assert r['resident'] == (r['pages'] or 0) * 4096 if r['kind'] == 'vmalloc' else r['resident'] == 0" \
			"$VMTOOL" explain $what --sysroot $D --json
	done
}

@test "the hole before an area: what its alignment explains, and nothing more" {
	local rest='20480 kernel_clone+0xbd/0x440 pages=4 vmalloc N0=4'
	printf '%s\n' "0xffffc90000000000-0xffffc90000005000   $rest" \
		"0xffffc90000008000-0xffffc9000000d000   $rest" \
		"0xffffc90000020000-0xffffc90000025000   $rest" \
		"0xffffc90000026000-0xffffc9000002b000   $rest" >"$T/v"
	for want in 1:0 2:12288 3:0 4:0; do
		check "
r = d['explain'][0]
assert (r['hole_before'], r['align'], r['guard_grade'], r['guard_rule']) == (${want#*:}, 16384, 'known', 'pages-one'), r
assert (r['caller_areas'], r['caller_size'], r['caller_resident'], r['caller_guard']) == (4, 81920, 65536, 16384)
assert r['caller_holes'] == 12288" "$VMTOOL" explain "${want%:*}" --json "$T/v"
	done
}

@test "a caller: with offset, with module, as a glob; totals add up" {
	for what in array_map_alloc 'array_map_*' 'array_map_alloc+*'; do
		check '
assert len(d["explain"]) == 2
assert sum(r["caller_areas"] for r in d["explain"]) == 60' "$VMTOOL" explain "$what" --json $V
	done
	for what in '*zram*' 'lz4_create+0x89/0xa0 [[]zram]' 'lz4_create+0x89/0xa0' lz4_create; do
		vt explain "$what" $V
		is "$what $status" "$what 0"
		has "$output" lz4_create
	done
	vt explain array_map_alloc $V
	has "$output" "60 areas of 2 callers" "BPF maps"
}

@test "unknown caller, line, address: exit 3 and a clear line" {
	vt explain nosuch_caller $V
	is "$status-$output" "3-"
	has "$stderr" "no caller matches 'nosuch_caller'"
	vt explain 99999 $V
	is "$status-$output" "3-"
	has "$stderr" "line 99999"
	vt explain 0x1000 $V
	is "$status-$output" "3-"
	has "$stderr" 0x1000
}

@test "an address in a hole: what lies below and above it" {
	vt explain 0xff644f1580027000 $V
	is "$status-$output" "3-"
	has "$stderr" "no area holds 0xff644f1580027000" "below it: gen_pool_add_owner" "above it: kernel_clone"
}

@test "an address in a hole beside areas without a caller still names what they are" {
	printf '%s\n' '0xffffc90000000000-0xffffc90000100000 1048576 vm_map_ram' \
		'0xffffc90000200000-0xffffc90000205000   20480 unpurged vm_area' >"$T/v"
	vt explain 0xffffc90000180000 "$T/v"
	has "$stderr" "below it: vm_map_ram" "above it: unpurged"
}

@test "hashed: by the printed address and by line; without hole and alignment" {
	golden explain-hashed "$VMTOOL" explain 0x0000000030e23971 $V.hashed --width 80
	"$VMTOOL" explain 20 $V.hashed | diff tests/cli/golden/explain-hashed -
	check 'r = d["explain"][0]; assert r["hole_before"] is None and r["align"] is None and r["caller_holes"] is None' \
		"$VMTOOL" explain 20 $V.hashed --json
	vt explain 0xff644f1580028000 $V.hashed
	is "$status" 3
	has "$stderr" hashed
}

@test "zeroed: by line, address null" {
	zeroed $V >"$T/zeroed"
	vt explain 20 "$T/zeroed"
	is "$status" 0
	has "$output" "line 20" "hidden" "20 KiB"
	check 'assert d["explain"][0]["start"] is None and d["explain"][0]["line"] == 20' \
		"$VMTOOL" explain 20 "$T/zeroed" --json
	vt explain 0x0 "$T/zeroed"
	is "$status" 3
}

@test "the founding fixture: why 8192, why no guard" {
	vt explain 2 $F/founding.txt
	has "$output" "guard inferred" "4 KiB"
	vt explain 5 $F/founding.txt
	has "$output" "64 KiB" "kernel image"
	has_not "$output" "1 guard page"
}

@test "module areas carry the module's name" {
	check 'assert d["explain"][0]["module"] == "xfs"' "$VMTOOL" explain 316 --sysroot $D --json
	vt explain 316 --sysroot $D
	has "$output" "load_module" "module xfs"
	vt explain 315 --sysroot $D
	has_not "$output" "xfs"
}

@test "WHAT is required; SOURCE comes last" {
	vt explain
	is "$status ${#stderr_lines[@]}" "2 2"
	vt explain kernel_clone $V $V
	is "$status ${#stderr_lines[@]}" "2 2"
	"$VMTOOL" explain kernel_clone - <$V | diff <("$VMTOOL" explain kernel_clone $V) -
	"$VMTOOL" explain kernel_clone --source $V | diff <("$VMTOOL" explain kernel_clone $V) -
}
