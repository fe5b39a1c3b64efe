#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# vmtool summary: the page for people and its JSON.
# shellcheck disable=SC2154 # bats sets stderr and stderr_lines
load helper

@test "golden: the nine fixtures with real addresses" {
	for f in "${FIXTURES[@]}"; do
		golden "summary-$f" "$VMTOOL" summary --sysroot "$F/$f" --width 80
	done
}

@test "golden: amd64-6.12 on standard input, addresses real" {
	fixture amd64-6.12 | golden summary-real "$VMTOOL" summary --width 80 -
}

@test "golden: amd64-6.12 on standard input, addresses hashed" {
	fixture amd64-6.12 hashed | golden summary-hashed "$VMTOOL" summary --width 80 -
}

@test "golden: amd64-6.12 on standard input, addresses zeroed" {
	fixture amd64-6.12 zeroed | golden summary-zeroed "$VMTOOL" summary --width 80 -
}

@test "golden: --json, --csv, --raw, --bytes" {
	golden summary-json "$VMTOOL" summary --sysroot $F/arm64-6.12 --json
	golden summary-csv "$VMTOOL" summary --sysroot $F/arm64-6.12 --csv
	golden summary-raw "$VMTOOL" summary --sysroot $F/arm64-6.12 --raw
	golden summary-bytes "$VMTOOL" summary --sysroot $F/armhf-6.1 --bytes --width 80
}

@test "what needs no addresses is equal in all three modes, on every fixture" {
	for f in "${FIXTURES[@]}"; do
		for mode in "" hashed zeroed; do
			fixture "$f" $mode | "$VMTOOL" summary --json - >"$T/json${mode:-real}"
		done
		python - "$T/jsonreal" "$T/jsonhashed" "$T/jsonzeroed" <<-'END'
		import json, sys
		a, b, c = (json.load(open(p))["summary"] for p in sys.argv[1:])
		for key in "kinds", "total", "callers", "nodes", "meminfo":
		    assert a[key] == b[key] == c[key], key
		assert a["kinds"] and a["callers"] and a["meminfo"]["vmalloc_used"]
		assert a["regions"] and not b["regions"] and not c["regions"]
		assert a["alignment_bytes"] and b["alignment_bytes"] is c["alignment_bytes"] is None
		END
	done
}

@test "no line is wider than 80 columns with --width 80" {
	for f in "${FIXTURES[@]}"; do
		for mode in "" hashed zeroed; do
			fixture "$f" $mode | "$VMTOOL" summary --width 80 - >"$T/out"
			no_wider 80 "$T/out"
		done
	done
}

@test "JSON: keys, and sums that add up, on every fixture" {
	for f in "${FIXTURES[@]}"; do
		check '
s = d["summary"]; t = s["total"]
for r in s["kinds"]: assert {"kind", "areas", "size", "resident", "guard"} <= set(r), r
busy = [r for r in s["kinds"] if r["kind"] != "unpurged"]
assert len(busy) == len(s["kinds"]) - 1
for key in "areas", "size", "resident", "guard": assert t[key] == sum(r[key] for r in busy), key
assert t["guard"] == t["guard_known"] + t["guard_inferred"] > 0
assert {"path", "kernel", "page_size", "addresses", "lines", "unparsed"} <= set(d["source"])
assert d["source"]["page_size"] == 4096 and d["source"]["unparsed"] == 0
assert d["source"]["addresses"] == "real"
assert t["areas"] + sum(r["areas"] for r in s["kinds"] if r["kind"] == "unpurged") == d["source"]["lines"]
assert [r["resident"] for r in s["kinds"] if r["kind"] == "vmalloc"] == [t["resident"]]
assert len(s["callers"]) == 5 and s["callers"] == sorted(s["callers"], key=lambda r: -r["resident"])
assert all(r["what"] for r in s["callers"][:3])
assert s["meminfo"]["verdict"] == "agrees" and s["meminfo"]["apart"] < 1 << 18' \
			"$VMTOOL" summary --json --sysroot "$F/$f"
	done
}

# Issue 2: "by kind: areas, virtual bytes, resident bytes, guard bytes by grade".
@test "JSON: every kind has its guard bytes by grade" {
	check '
for r in d["summary"]["kinds"]: assert r["guard"] == r["guard_known"] + r["guard_inferred"], r' \
		"$VMTOOL" summary --json --sysroot $F/amd64-6.12
}

@test "CSV has a header, a row for each kind and the total" {
	vt summary --csv $F/i386-6.1/vmallocinfo
	is "${lines[0]}" kind,areas,size,resident,lent,guard,guard_known,guard_inferred,unknowable,note
	is "${lines[-1]}" total,295,21184512,18763776,0,1200128,1044480,155648,0,
	is "${#lines[@]}" 8
}

@test "-o chooses columns, +COL adds, a column twice is given twice" {
	vt summary $F/i386-6.1/vmallocinfo --raw -o kind,Guard_Known
	is "${lines[0]}" "KIND GUARD_KNOWN"
	has "$output" "vmalloc 1044480"
	vt summary $F/i386-6.1/vmallocinfo --csv -o +lent,kind
	is "${lines[0]}" kind,areas,size,resident,lent,guard,guard_known,guard_inferred,unknowable,note,lent,kind
}

@test "the address space of vmap is told as pages owned elsewhere, never as RAM" {
	printf '%s\n' '0xffffc90000000000-0xffffc90000005000   20480 a_map+0x1/0x2 pages=4 vmap N0=4' \
		'0xffffc90000010000-0xffffc90000015000   20480 b_alloc+0x1/0x2 pages=4 vmalloc N0=4' >"$T/v"
	check '
k = {r["kind"]: r for r in d["summary"]["kinds"]}
assert k["vmap"]["resident"] == 0 and k["vmap"]["lent"] == 16384 and k["vmap"]["guard"] == 4096
assert k["vmalloc"]["resident"] == d["summary"]["total"]["resident"] == 16384' \
		"$VMTOOL" summary --json -o +LENT "$T/v"
	vt summary "$T/v"
	has "$output" "pages owned elsewhere"
}

@test "NUMA: RAM of each node, and the nodes add up" {
	printf '%s\n' '0xffffc90000000000-0xffffc90000005000   20480 a+0x1/0x2 pages=4 vmalloc N0=3 N1=1' \
		'0xffffc90000010000-0xffffc90000013000   12288 b+0x1/0x2 pages=2 vmalloc N1=2' >"$T/v"
	check '
n = {r["node"]: r["resident"] for r in d["summary"]["nodes"]}
assert n == {"0": 3 * 4096, "1": 3 * 4096}, n' "$VMTOOL" summary --json "$T/v"
	vt summary "$T/v"
	has "$output" "node 0: 12 KiB" "node 1: 12 KiB"
}

@test "meminfo: agrees, differs, zero, address space, absent" {
	local v='0xffffc90000000000-0xffffc90000100000 1048576 a+0x1/0x2 pages=255 vmalloc N0=255'
	local m=$'MemTotal: 1000000 kB\nVmallocUsed: '
	for try in "1020:agrees" "99999:differs" "0:zero" "-:null"; do
		{ [ "${try%:*}" = - ] || printf '%s%s kB\n' "$m" "${try%:*}"; echo "$v"; } >"$T/v"
		check "assert (d['summary']['meminfo']['verdict'] or 'null') == '${try#*:}'" \
			"$VMTOOL" summary --json "$T/v"
	done
	printf '%s20000 kB\n%s\n' "$m" "$v" >"$T/v"
	echo '0xffffc90000200000-0xffffc90001488000 19431424 b+0x1/0x2 phys=0x0000000080000000 ioremap' >>"$T/v"
	check 'assert d["summary"]["meminfo"]["verdict"] == "counts address space"' \
		"$VMTOOL" summary --json "$T/v"
}

@test "hashed: says so, why, and the command that gives real addresses" {
	vt summary $F/amd64-6.12/vmallocinfo.hashed
	is "$status" 0
	has "$output" "HASHED" "kptr_restrict" "even root" "sudo sysctl kernel.kptr_restrict=1" "(inferred)"
	zeroed $F/amd64-6.12/vmallocinfo >"$T/zeroed"
	vt summary "$T/zeroed"
	has "$output" "HIDDEN" "kernel.kptr_restrict is 2" "sudo sysctl kernel.kptr_restrict=1"
}

# What is not a text the user named by its path must still be in the commands it proposes.
@test "the next step reads the same source again" {
	vt summary --sysroot $F/amd64-6.12
	has "${lines[-1]}" "vmtool top --by what --sysroot"
	vt summary --source $F/amd64-6.12/vmallocinfo
	has "${lines[-1]}" "vmtool top --by what --source FILE"
	vt summary - <$F/amd64-6.12/vmallocinfo
	has "${lines[-1]}" "vmtool top --by what -"
	vt summary --sample
	has "${lines[-1]}" "vmtool top --by what --sample"
}

@test "--sample: a real sample is built in" {
	golden summary-sample "$VMTOOL" summary --sample --width 80
	check 'assert d["source"]["path"] == "sample" and d["summary"]["total"]["areas"] == 1064' \
		"$VMTOOL" summary --sample --json
}

@test "live: read as root" {
	[ -r /proc/vmallocinfo ] || skip "/proc/vmallocinfo is not readable here"
	vt summary
	is "$status" 0
	has "$output" "live" "$(uname -r)" "VmallocUsed"
	check '
s = d["source"]
assert s["path"] == "live" and s["page_size_from"] == "source" and s["unparsed"] == 0
assert d["summary"]["meminfo"]["verdict"] in ("agrees", "zero", "counts address space")' \
		"$VMTOOL" summary --json
}

@test "not root: one line with the sudo command, exit 3" {
	[ -e /proc/vmallocinfo ] || skip "there is no /proc/vmallocinfo here"
	as_nobody test -r /proc/vmallocinfo
	[ "$status" -ne 0 ] || skip "/proc/vmallocinfo is readable by everybody here"
	for c in summary top list holes "explain 1"; do
		# shellcheck disable=SC2086 # a command and its operand
		as_nobody "$VMTOOL" $c
		is "$status" 3
		is "$output" ""
		is "${#stderr_lines[@]}" 1
		has "$stderr" "sudo vmtool ${c% *}"
	done
}
