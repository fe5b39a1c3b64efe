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

# Clean captures: every recorded page compared, and not one finding.  What a dump left out is named.
@test "every capture with a dump: verify is silent, and compares every recorded page" {
	local dump text
	for dump in "$VMTOOL_CAPTURES"/*/{vmcore.kdump,dump.kdump-flat}; do
		[ -e "$dump" ] || continue
		text=${dump%/*}/vmallocinfo
		"$VMTOOL" verify -J --text "$text" --same-moment "$dump" >"$BATS_TEST_TMPDIR/json" ||
			[ $? -eq 4 ] || fail "$dump: $(head -c 3000 "$BATS_TEST_TMPDIR/json")"
		"$VMTOOL" list -J "$dump" >"$BATS_TEST_TMPDIR/list"
		run python -c 'import json, sys
d = json.load(open(sys.argv[1])); areas = json.load(open(sys.argv[2]))["list"]
v = {x["id"]: x for x in d["verify"]}
assert d["findings"] == [], d["findings"]
pages = sum(a["pages"] or 0 for a in areas)
assert v["V05"]["looked_at"] + v["V05"]["unknown"] >= pages, (v["V05"], pages)
known = {"6.1.0-50-amd64": 9967, "6.12.107+deb13-amd64": 10767, "6.12.107+deb13-arm64": 7824}
want = known.get(d["source"]["kernel"])
assert want in (None, v["V05"]["looked_at"]), v["V05"]
for u in d["unknowns"]:
    assert u["frame"] is not None or "left it out" not in u["why"], u
for i in "V01 V02 V03 V04 V05 V06 V07 V08 V09 V10 V12 V13 V14 V15 V16 V17 V18".split():
    assert v[i]["looked_at"] > 0, v[i]
' "$BATS_TEST_TMPDIR/json" "$BATS_TEST_TMPDIR/list"
		[ "$status" -eq 0 ] || fail "$dump: $output"
	done
}

@test "every kdump: verify calls unknown what its bitmap lacks, and nothing else" {
	local dump n=0
	for dump in "$VMTOOL_CAPTURES"/*/vmcore.kdump; do
		[ -e "$dump" ] || continue
		run python tests/damage/left_out.py -n 2 "$dump"
		[ "$status" -eq 0 ] || fail "$dump: $output"
		n=$((n + 1))
	done
	[ "$n" -gt 0 ] || [ ! -e "$VMTOOL_CAPTURES/amd64-6.1.0-50/vmcore.kdump" ]
}

@test "every capture with a dump: answers on its extract are those on the dump" {
	local dump n=0
	for dump in "$VMTOOL_CAPTURES"/*/{vmcore.kdump,dump.kdump-flat}; do
		[ -e "$dump" ] || continue
		"$VMTOOL" extract -f --compress zlib -o "$BATS_TEST_TMPDIR/slim" "$dump" >/dev/null
		for cmd in "list --json" "holes --json" "summary --json" "verify --json" "top --by module"; do
			ln -sfn "$dump" "$BATS_TEST_TMPDIR/image"
			# shellcheck disable=SC2086 # a command and its options
			"$VMTOOL" $cmd "$BATS_TEST_TMPDIR/image" >"$BATS_TEST_TMPDIR/whole"
			ln -sfn "$BATS_TEST_TMPDIR/slim" "$BATS_TEST_TMPDIR/image"
			# shellcheck disable=SC2086
			"$VMTOOL" $cmd "$BATS_TEST_TMPDIR/image" >"$BATS_TEST_TMPDIR/small"
			cmp "$BATS_TEST_TMPDIR/whole" "$BATS_TEST_TMPDIR/small" || fail "$cmd $dump"
		done
		n=$((n + 1))
	done
	[ "$n" -gt 0 ] || [ ! -e "$VMTOOL_CAPTURES/amd64-6.1.0-50/vmcore.kdump" ]
}

# Whatever is in the bytes that an extract does not hold, it is the same.
@test "an extract of a capture depends on nothing that is not in it" {
	local dump=$VMTOOL_CAPTURES/amd64-6.12.107+deb13/vmcore.kdump
	[ -e "$dump" ] || skip "no dump of amd64-6.12.107+deb13"
	"$VMTOOL" extract --compress zlib -o "$BATS_TEST_TMPDIR/slim" "$dump" >/dev/null
	run python tests/damage/secrets.py "$dump" tests/damage/facts/amd64-6.12.json \
		"$BATS_TEST_TMPDIR/slim" "$BATS_TEST_TMPDIR/marked"
	[ "$status" -eq 0 ] || fail "$output"
	"$VMTOOL" extract --compress zlib -o "$BATS_TEST_TMPDIR/again" "$BATS_TEST_TMPDIR/marked" >/dev/null
	cmp "$BATS_TEST_TMPDIR/slim" "$BATS_TEST_TMPDIR/again"
}
