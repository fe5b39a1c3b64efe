#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# vmtool list: rows, filters, order, formats.
# shellcheck disable=SC2154 # bats sets stderr and stderr_lines
load helper

D=$F/amd64-6.12
V=$D/vmallocinfo

# count FILTER...: how many rows pass.
count()
{
	"$VMTOOL" list -r -n -o line --sysroot $D "$@" | wc -l
}

# lines_of GREP-ARGUMENTS...: the line numbers grep finds in the raw text.
lines_of()
{
	grep -n "$@" $V | cut -d: -f1
}

# same_lines FILTER...: the rows that pass are the lines on standard input, in file order.
same_lines()
{
	cat >"$T/want"
	[ -s "$T/want" ] || fail "the test found nothing in the text"
	"$VMTOOL" list -r -n -o line --sysroot $D "$@" | diff "$T/want" -
}

@test "golden: the first lines as table, JSON, CSV, raw" {
	for f in amd64-6.12 arm64-6.12 armhf-6.1; do
		golden_head 25 "list-$f" "$VMTOOL" list --sysroot "$F/$f" --width 100
	done
	golden_head 25 list.json "$VMTOOL" list --sysroot $D --json
	golden_head 25 list.csv "$VMTOOL" list --sysroot $D --csv
	golden_head 25 list.raw "$VMTOOL" list --sysroot $D --raw
}

@test "golden: every column" {
	golden_head 12 list-columns.csv "$VMTOOL" list --csv --sysroot $F/arm64-6.12 \
		-o +guard_rule,usable,line,function
}

@test "JSON: one row for each area, exactly the documented keys, types as documented" {
	for f in "${FIXTURES[@]}"; do
		check "
assert len(d['list']) == $(grep -c . "$F/$f/vmallocinfo") == d['source']['lines']
for r in d['list']:
    assert list(r) == 'start end size pages guard guard_grade kind caller module phys nodes flags what'.split()
    assert int(r['end'], 16) - int(r['start'], 16) == r['size']
    assert r['start'].startswith('0x') and len(r['start']) in (10, 18)
    assert r['pages'] is None or r['pages'] > 0
    assert r['guard_grade'] in ('known', 'inferred', 'unknowable')
    assert (r['guard'] is None) == (r['guard_grade'] == 'unknowable')
    assert r['caller'] is None or ' ' not in r['caller']
    assert r['phys'] is None or r['phys'].startswith('0x')
    assert isinstance(r['flags'], list) and all(' ' not in w for w in r['flags'])
    assert r['nodes'] is None or sum(r['nodes'].values()) == r['pages']
assert {'path', 'kernel', 'page_size', 'addresses', 'lines', 'unparsed'} <= set(d['source'])" \
			"$VMTOOL" list --json --sysroot "$F/$f"
	done
}

# JSON rows are a stable interface: a column more must not cost the others.
@test "-o +COL adds to what the format prints without it" {
	for format in --json --csv --raw; do
		"$VMTOOL" list $format $V | head -3 | tail -1 >"$T/without"
		"$VMTOOL" list $format -o +line $V | head -3 | tail -1 >"$T/with"
		has "$(tr -d '{}' <"$T/with")" "$(sed 's/[,{}]*$//; s/{//' "$T/without")"
	done
	vt list -n -o start,kind,start $V
	has "$(echo "${lines[0]}" | tr -s ' ')" "0xff644f1580000000 vmap 0xff644f1580000000"
}

@test "JSON: zeroed addresses are null, hashed ones are what the kernel printed" {
	zeroed $V >"$T/zeroed"
	check 'assert all(r["start"] is None and r["end"] is None for r in d["list"])
assert d["source"]["addresses"] == "zeroed"' "$VMTOOL" list --json "$T/zeroed"
	check "
assert d['source']['addresses'] == 'hashed'
assert d['list'][0]['start'] == '$(head -c 18 $V.hashed)'" "$VMTOOL" list --json $V.hashed
}

@test "file order unless sorted" {
	"$VMTOOL" list -r -n -o start,end $V | tr ' ' - | diff - <(cut -d' ' -f1 $V)
}

@test "raw has the fields of every line, table and CSV as many rows" {
	is "$("$VMTOOL" list -r $V | awk -F' ' 'NR > 1 { print gsub(/ /, " ") }' | sort -u)" 12
	is "$("$VMTOOL" list -n --width 0 $V | wc -l)" 1343
	is "$("$VMTOOL" list --csv $V | wc -l)" 1344
}

@test "--caller GLOB: caller or function" {
	lines_of -E ' kernel_clone\+' | same_lines --caller kernel_clone
	lines_of -E ' kernel_clone\+0xbd/0x440 ' | same_lines --caller 'kernel_clone+0xbd/*'
	lines_of -E ' pcpu_[a-z_]*\+' | same_lines --caller 'pcpu_*'
	is "$(count --caller nosuch)" 0
}

@test "--module GLOB: the module of the caller" {
	"$VMTOOL" list -r -n -o line --module zram $V >"$T/got"
	lines_of -F '[zram]' >"$T/want"
	[ -s "$T/want" ] && diff "$T/want" "$T/got"
}

# The column MODULE names module areas too; a filter and an order are about what the column shows.
@test "--module and --sort module agree with the column MODULE" {
	check 'import json
xfs = [r for r in d["list"] if r["module"] == "xfs"]; assert xfs
json.dump(xfs, open("'"$T"'/want", "w"))' "$VMTOOL" list --json --sysroot $D
	check 'import json
assert d["list"] == json.load(open("'"$T"'/want")), d["list"]' \
		"$VMTOOL" list --json --sysroot $D --module xfs
	check 'm = [r["module"] for r in d["list"] if r["module"]]; assert len(m) > 100 and m == sorted(m)' \
		"$VMTOOL" list --json --sysroot $D --sort module
}

@test "--kind: one or more kinds" {
	lines_of -w ioremap | same_lines --kind ioremap
	lines_of -wE 'vm_map_ram|vmap' | same_lines --kind vm_map_ram,vmap
	lines_of -w unpurged | same_lines --kind unpurged
	lines_of -E 'pcpu_get_vm_areas' | same_lines --kind percpu
	is "$(count --kind sparse,dma-coherent,other,image)" 0
	is "$("$VMTOOL" list -n --kind image $F/arm64-6.12/vmallocinfo | wc -l)" 5
}

@test "--node" {
	lines_of -F ' N0=' | same_lines --node 0
	is "$(count --node 1)" 0
}

@test "--min-size and --max-size, in bytes and in units" {
	awk '$2 >= 1048576 { print NR }' $V | same_lines --min-size 1M
	awk '$2 >= 1048576 { print NR }' $V | same_lines --min-size 1048576
	awk '$2 <= 8192 { print NR }' $V | same_lines --max-size 8K
	awk '$2 == 20480 { print NR }' $V | same_lines --min-size 20K --max-size 20480
}

@test "--at: the area that holds the address" {
	echo 20 | same_lines --at 0xff644f1580088000
	echo 20 | same_lines --at 0xff644f158008cfff
	echo 20 | same_lines --at ff644f1580088001
	is "$(count --at 0xff644f158008d000 --kind unpurged)" 0
	is "$(count --at 0x1000)" 0
}

@test "--at with hashed addresses: only the area that is printed so" {
	vt list -r -n -o line --at 0x0000000030e23971 $V.hashed
	is "$output" 20
}

@test "--flags: all the words" {
	lines_of -w user | same_lines --flags user
	lines_of -w vpages | same_lines --flags vpages,vmalloc
	is "$(count --flags vpages,user)" 0
	echo '0xd0000000-0xd0003000   12288 a+0x1/0x2 pages=2 vmalloc lowmem' >"$T/v"
	vt list -n --flags lowmem "$T/v"
	has "$output" 0xd0000000
}

@test "filters combine" {
	awk '/ kernel_clone\+/ && /N0=/ && $2 == 20480 { print NR }' $V |
		same_lines --caller 'kernel*' --node 0 --kind vmalloc --min-size 16K --max-size 1M
}

@test "the area at a module's address carries its name" {
	for f in "${FIXTURES[@]}"; do
		"$VMTOOL" list -r -n -o start,module --caller load_module --sysroot "$F/$f" | awk 'NF == 2' | sort >"$T/got"
		awk '{ print $6, $1 }' "$F/$f/modules" | sort | comm -12 - "$T/got" >"$T/named"
		is "$f: $(wc -l <"$T/named") named" "$f: $(wc -l <"$F/$f/modules") named"
	done
}

@test "--sort: numbers fall, names and addresses rise; --reverse" {
	for c in size pages guard usable; do
		check "k = [r['$c'] or 0 for r in d['list']]; assert k == sorted(k, reverse=True)" \
			"$VMTOOL" list --json -o "$c" --sort $c $V
		check "k = [r['$c'] or 0 for r in d['list']]; assert k == sorted(k)" \
			"$VMTOOL" list --json -o "$c" -s $c --reverse $V
	done
	for c in start end line; do
		check "k = [r['$c'] for r in d['list']]; assert k == sorted(k)" \
			"$VMTOOL" list --json -o "$c" --sort $c $V
	done
	for c in caller function; do
		check "k = [r['$c'].encode() for r in d['list'] if r['$c']]; assert len(k) > 1000 and k == sorted(k)" \
			"$VMTOOL" list --json -o "$c" --sort $c $V
	done
	"$VMTOOL" list --reverse -rn -o line $V | diff - <(seq 1343 -1 1)
}

@test "--sort takes every column" {
	for c in start end size pages guard guard_grade kind caller module phys nodes flags what \
		guard_rule usable line function; do
		vt list -n -s $c $V
		is "$status ${#lines[@]}" "0 1343"
	done
}

@test "--odd: the lines that are not understood, with number and reason" {
	{ head -2 $V; echo "0xzz-0x12 8192 bad"; sed -n 3,4p $V; echo garbage; sed -n 5p $V; } >"$T/v"
	vt list --odd "$T/v"
	is "$status" 0
	is "${#lines[@]}" 2
	has "${lines[0]}" "line 3:" "0xzz-0x12 8192 bad"
	has "${lines[1]}" "line 6:" "garbage"
	vt list --odd $V
	is "$status-$output" "0-"
}

@test "--odd shows every line, also when there are many" {
	{ for i in {1..50}; do echo "0xzz-0x$i 1"; done; head -1 $V; } >"$T/v"
	is "$("$VMTOOL" list --odd "$T/v" | wc -l)" 50
	{ head -1 $V; for i in {1..50}; do echo "no area $i"; done; head -1 $V; } >"$T/v"
	is "$("$VMTOOL" list --odd "$T/v" | wc -l)" 50
	vt list -J "$T/v"
	has "$output" '"unparsed":50'
	has "$stderr" "list --odd"
}

@test "no line is wider than 80 columns with --width 80" {
	for f in "${FIXTURES[@]}"; do
		"$VMTOOL" list --sysroot "$F/$f" --width 80 >"$T/out"
		no_wider 80 "$T/out"
	done
}
