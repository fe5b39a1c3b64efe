#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# vmtool top: keys, order, columns, formats.
# shellcheck disable=SC2154 # bats sets stderr and stderr_lines
load helper

KEYS=(caller function what module kind node size flags)
V=$F/amd64-6.12/vmallocinfo

@test "golden: table at 80 columns by each key" {
	for f in amd64-6.12 armhf-6.1; do
		for by in "${KEYS[@]}"; do
			golden "top-$f-$by" "$VMTOOL" top --by "$by" -N 10 --sysroot "$F/$f" --width 80
		done
	done
}

@test "golden: CSV by each key" {
	for f in amd64-6.12 armhf-6.1; do
		for by in "${KEYS[@]}"; do
			"$VMTOOL" top --by "$by" -N 4 --sysroot "$F/$f" --csv
		done >"$T/csv"
		golden "top-$f.csv" cat "$T/csv"
	done
}

@test "golden: JSON by each key" {
	for f in amd64-6.12 armhf-6.1; do
		for by in "${KEYS[@]}"; do
			"$VMTOOL" top --by "$by" -N 3 --sysroot "$F/$f" --json
		done >"$T/out"
		golden "top-$f.json" cat "$T/out"
	done
}

@test "JSON: the documented keys, the key named after --by, unpurged apart, share sums to 1" {
	for by in "${KEYS[@]}"; do
		check "
key = 'size_class' if '$by' == 'size' else '$by'
for r in d['top']: assert list(r)[:6] == [key, 'areas', 'size', 'resident', 'guard', 'share'], r
assert abs(sum(r['share'] for r in d['top']) - 1) < 1e-4
assert all(0 <= r['share'] <= 1 for r in d['top'])
assert d['unpurged'] == {'areas': 279, 'size': 9363456}
assert sum(r['areas'] for r in d['top']) == 1064
assert sum(r['size'] for r in d['top']) == 341786624
assert sum(r['resident'] for r in d['top']) == 44101632
assert not any('unpurged' in str(r[key]) for r in d['top'])
assert {'path', 'kernel', 'page_size', 'addresses', 'lines', 'unparsed'} <= set(d['source'])
r = [r['resident'] for r in d['top']]; assert r == sorted(r, reverse=True)" \
			"$VMTOOL" top --by "$by" -N 0 --json $V
	done
}

@test "equal in real, hashed and zeroed mode" {
	for by in caller what kind size; do
		"$VMTOOL" top --by $by -N 0 $V >"$T/real"
		"$VMTOOL" top --by $by -N 0 $V.hashed | diff "$T/real" -
		zeroed $V | "$VMTOOL" top --by $by -N 0 - | diff "$T/real" -
	done
}

@test "default order: resident falls, then size, then name rises" {
	check '
k = [(-r["resident"], -r["size"], (r["caller"] or "").encode()) for r in d["top"]]
assert len(k) > 30 and k == sorted(k)' "$VMTOOL" top -N 0 --json $V
}

@test "-s COLUMN: numbers fall, names rise, in any case of letters; --reverse turns it around" {
	for c in areas SIZE Resident guard share average guard_share lent unknowable; do
		check "
k = [r['${c,,}'] or 0 for r in d['top']]
assert len(k) > 30 and k == sorted(k, reverse=True), k" \
			"$VMTOOL" top -N 0 --json -o +average,guard_share,lent,unknowable -s "$c" $V
		"$VMTOOL" top -N 0 --csv -n -s "$c" $V | tac >"$T/tac"
		"$VMTOOL" top -N 0 --csv -n -s "$c" --reverse $V | diff "$T/tac" -
	done
	for c in caller key; do
		check '
k = [r["caller"].encode() for r in d["top"] if r["caller"]]
assert len(k) > 30 and k == sorted(k)' "$VMTOOL" top -N 0 --json --sort $c $V
	done
	check '
k = [r["what"] or "\x7f" for r in d["top"]]
assert k[0] == "ACPI tables" and k == sorted(k)' "$VMTOOL" top -N 0 --json -s what $V
}

@test "-s acts before -N" {
	vt top -s areas -N 1 -n -r -o areas --reverse $V
	is "$output" 1
	vt top -s areas -N 1 -n -r -o areas,key $V
	is "$output" "468 load_module+0x7cf/0x1e00"
}

@test "-N: 20 by default, 0 is all; the rest is announced" {
	[ "$("$VMTOOL" top -n $V | wc -l)" -eq 20 ]
	[ "$("$VMTOOL" top -n -N 0 $V | wc -l)" -eq 37 ]
	[ "$("$VMTOOL" top -n -N 3 $V | wc -l)" -eq 3 ]
	[ "$("$VMTOOL" top -n --count=99999 $V | wc -l)" -eq 37 ]
	vt top -N 3 $V
	has "${lines[-2]}" "3 of 37" "-N 0"
	vt top -N 0 $V
	has_not "$output" "-N 0"
}

@test "unpurged areas are told apart, and in no row" {
	vt top -N 0 $V
	has "${lines[-1]}" "apart: 279 unpurged, 8.9 MiB" "Total 42.1 MiB RAM in 1,064 areas"
}

@test "-b prints bytes, -n no headings, -r raw fields, --csv machine numbers" {
	vt top -b -N 1 $V
	has "${lines[0]}" CALLER AREAS
	has "${lines[1]}" "25116672"
	vt top -n -b -N 1 $V
	is "${#lines[@]}" 1
	has "$output" "25116672"
	vt top -r -N 1 $V
	is "${lines[0]}" "CALLER AREAS SIZE RESIDENT GUARD SHARE WHAT"
	is "${lines[1]}" 'load_module+0x7cf/0x1e00 468 27033600 25116672 1916928 0.569518 module\x20code\x20and\x20data'
	vt top --csv -N 1 $V
	is "${lines[0]}" caller,areas,size,resident,guard,share,what
	is "${lines[1]}" "load_module+0x7cf/0x1e00,468,27033600,25116672,1916928,0.569518,module code and data"
	is "${#lines[@]}" 2
}

@test "-o chooses columns in the order given, -o +COL adds them" {
	vt top -N 1 -r -o areas,key $V
	is "${lines[0]}" "AREAS CALLER"
	is "${lines[1]}" "468 load_module+0x7cf/0x1e00"
	vt top -N 1 -r --output=+AVERAGE,GUARD_SHARE $V
	is "${lines[0]}" "CALLER AREAS SIZE RESIDENT GUARD SHARE WHAT AVERAGE GUARD_SHARE"
	has "${lines[1]}" " 57764 0.0709091"
}

@test "-o takes the key by the name it bears in the output" {
	for by in "${KEYS[@]}"; do
		vt top --by "$by" -N 1 -r $V
		local key=${lines[0]%% *}
		vt top --by "$by" -N 1 -r -o "areas,$key" $V
		is "$status ${lines[0]}" "0 AREAS $key"
	done
}

@test "average is size / areas, guard share is guard / size" {
	check '
for r in d["top"]:
    assert r["average"] == r["size"] // r["areas"], r
    if r["guard"] is not None: assert abs(r["guard_share"] - r["guard"] / r["size"]) < 1e-5, r' \
		"$VMTOOL" top -N 0 --json -o +average,guard_share $V
}

@test "--by module: module areas carry the module's name with real addresses and a modules file" {
	for f in "${FIXTURES[@]}"; do
		"$VMTOOL" top --by module -N 0 -r -n -o key --sysroot "$F/$f" | sort >"$T/got"
		# Every module of the file has an area at its address.
		cut -d' ' -f1 "$F/$f/modules" | sort | comm -23 - "$T/got" >"$T/missing"
		[ ! -s "$T/missing" ] || fail "$f: no area of $(head -5 "$T/missing" | tr '\n' ' ')"
	done
	check 'assert len(d["top"]) < 20' "$VMTOOL" top --by module -N 0 --json $V
}

@test "--by node splits an area between its nodes" {
	echo '0xffffc90000000000-0xffffc90000005000   20480 a+0x1/0x2 pages=4 vmalloc N0=3 N1=1' >"$T/v"
	check '
n = {r["node"]: r for r in d["top"]}
assert n["0"]["resident"] == 12288 and n["1"]["resident"] == 4096
assert n["0"]["areas"] + n["1"]["areas"] == 1 and n["0"]["size"] + n["1"]["size"] == 20480' \
		"$VMTOOL" top --by node --json "$T/v"
}

@test "--by function joins callers, --by flags keeps vendor words" {
	check '
f = {r["function"]: r["areas"] for r in d["top"]}
assert f["array_map_alloc"] == 60 and f["pcpu_create_chunk"] == 4' \
		"$VMTOOL" top --by function -N 0 --json $V
	echo '0xd0000000-0xd0003000   12288 a+0x1/0x2 pages=2 vmalloc lowmem' >"$T/v"
	check 'assert d["top"][0]["flags"] == ["vmalloc", "lowmem"]' "$VMTOOL" top --by flags --json "$T/v"
}

@test "no line is wider than 80 columns with --width 80" {
	for f in "${FIXTURES[@]}"; do
		for by in "${KEYS[@]}"; do
			"$VMTOOL" top --by "$by" --sysroot "$F/$f" --width 80 >"$T/$by"
			no_wider 80 "$T/$by"
		done
	done
}
