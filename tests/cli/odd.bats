#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Line forms of other kernels (tests/fixtures/odd), the founding fixture, page sizes, headers.
# shellcheck disable=SC2154 # bats sets stderr and stderr_lines
load helper

O=$F/odd
COLS=start,end,size,pages,guard,guard_grade,guard_rule,kind,caller,module,phys,nodes,flags,what

@test "golden: the founding fixture" {
	golden founding "$VMTOOL" list -o START,SIZE,GUARD,GUARD_GRADE,GUARD_RULE $F/founding.txt
	golden founding-summary "$VMTOOL" summary $F/founding.txt --width 80
}

# The answers were worked out by hand, before there was a program.
@test "the founding fixture: guards and neighbours as worked out by hand" {
	vt list -r -n -b -o guard,guard_grade $F/founding.txt
	is "$output" $'4096 known\n4096 inferred\n4096 known\n4096 known\n0 known'
	check 's = d["summary"]; assert (s["chains"], s["chain_areas"]) == (2, 4)
assert d["source"]["addresses"] == "hashed"
assert s["total"]["resident"] == 9 * 4096 and s["total"]["guard"] == 4 * 4096' \
		"$VMTOOL" summary --json $F/founding.txt
}

@test "golden: every odd text" {
	local f name
	for f in $O/*.txt; do
		name=${f##*/}
		grep -q "^$name " $O/README || fail "$name has no line in $O/README"
		golden "odd-${name%.txt}" "$VMTOOL" list --csv -o $COLS "$f"
	done
}

@test "every line of every odd text but the log's first is an area; none is odd" {
	for f in $O/linux-*.txt $O/no-kallsyms.txt $O/ptrval*.txt $O/kasan-tagged.txt $O/pages-*.txt; do
		check "assert d['source']['unparsed'] == 0 and len(d['list']) == $(wc -l <"$f")" \
			"$VMTOOL" list --json "$f"
		vt summary "$f"
		is "$f $status $stderr" "$f 0 "
	done
}

@test "the careful path for all: NUL-free texts with CRLF say the same" {
	for f in $O/*.txt $F/amd64-6.12/vmallocinfo $F/armhf-6.1/vmallocinfo; do
		"$VMTOOL" list --csv "$f" >"$T/want"
		sed 's/$/\r/' "$f" | "$VMTOOL" list --csv - | diff "$T/want" -
	done
}

@test "phys= with and without 0x, and wider than 32 bits" {
	vt list -r -n -o phys --kind ioremap $O/linux-2.6.39-x86_64.txt
	is "$output" $'0xfed00000\n0x12fc000000'
	vt list -r -n -o phys --kind ioremap $O/linux-4.14-x86_64.txt
	is "$output" 0xbffe0000
}

@test "vendor words are kept as flags, and can be asked for" {
	vt list -r -n -o flags --flags lowmem $O/linux-3.18-lowmem.txt
	is "$output" $'lowmem\nioremap\\x20lowmem\nvmalloc\\x20vpages\\x20lowmem'
	check 'assert [r["flags"] for r in d["list"]][3] == ["vmalloc", "vpages", "lowmem"]' \
		"$VMTOOL" list --json $O/linux-3.18-lowmem.txt
	echo '0xd0000000-0xd0003000   12288 a+0x1/0x2 pages=2 vmalloc futureword N0=2' >"$T/v"
	vt list -r -n -o flags,pages,nodes "$T/v"
	is "$output" 'vmalloc\x20futureword 2 N0=2'
}

@test "(ptrval): addresses are null; why is told" {
	for f in ptrval ptrval-32; do
		check 'assert d["source"]["addresses"] == "zeroed" and d["list"][0]["start"] is None' \
			"$VMTOOL" list --json $O/$f.txt
		vt summary $O/$f.txt
		has "$output" "HIDDEN" "ptrval"
		has_not "$output" "sysctl"
	done
}

@test "KASAN tags are taken off: regions, order and --at work" {
	check 'assert d["source"]["addresses"] == "real"
assert d["list"][0]["start"] == "0xffff800080000000"' "$VMTOOL" list --json $O/kasan-tagged.txt
	vt list -r -n -o line --at 0xffff800080008010 $O/kasan-tagged.txt
	is "$output" 2
}

# What the kernel printed, and what a KASAN report prints, is what people paste.
@test "KASAN tags: the address as the kernel printed it finds the area" {
	vt list -r -n -o line --at 0xf7ff800080008010 $O/kasan-tagged.txt
	is "$output" 2
	vt explain 0xf7ff800080008000 $O/kasan-tagged.txt
	is "$status" 0
}

@test "sparse: a BPF arena is address space, no RAM" {
	check '
k = {r["kind"]: r for r in d["summary"]["kinds"]}
assert k["sparse"]["size"] == 4295036928 and k["sparse"]["resident"] == 0' \
		"$VMTOOL" summary --json $O/linux-7.2-x86_64.txt
	vt explain arena_map_alloc $O/linux-7.2-x86_64.txt
	has "$output" "BPF arenas" "4.0 GiB"
}

@test "vrealloc: what lost its pages is told, and is no guard" {
	check 'r = d["explain"][0]
assert (r["size"], r["usable"], r["guard"], r["cut"]) == (36864, 16384, 4096, 16384)' \
		"$VMTOOL" explain 2 --json $O/linux-7.2-x86_64.txt
	vt summary $O/linux-7.2-x86_64.txt
	has "$output" "16 KiB of it lost its pages"
}

@test "more pages than the size holds: told, with the way out" {
	printf '%s\n' '0xffffc90000000000-0xffffc90000003000   12288 a+0x1/0x2 pages=2 vmalloc' \
		'0xffffc90000010000-0xffffc90000012000    8192 b+0x1/0x2 pages=9 vmalloc' >"$T/v"
	check 'assert [r["guard"] for r in d["list"]] == [4096, None]' "$VMTOOL" list --json "$T/v"
	vt summary "$T/v"
	has "$output" "more pages than"
	vt explain 2 "$T/v"
	has "$output" "--page-size"
}

@test "the area that the read made of itself is named as such" {
	vt summary $O/linux-7.2-x86_64.txt
	has "$output" "8.0 MiB" "this very read" "seq_read_iter"
	vt list -r -n -o what --caller 'seq_read_iter*' $O/linux-7.2-x86_64.txt
	has "$output" "read"
	vt summary $F/amd64-6.1/vmallocinfo
	has_not "$output" "very read"
}

@test "page size: inferred and shown as inferred" {
	for try in pages-16k:16384 pages-64k:65536 linux-3.10-arm:4096; do
		check "assert (d['source']['page_size'], d['source']['page_size_from']) == (${try#*:}, 'inferred')" \
			"$VMTOOL" list --json "$O/${try%:*}.txt"
	done
	vt summary $O/pages-16k.txt
	has "${lines[0]}" "16 KiB pages (inferred)"
	check 't = d["summary"]["total"]; assert t["resident"] == 6 * 16384 and t["guard"] == 4 * 16384' \
		"$VMTOOL" summary --json $O/pages-16k.txt
}

@test "page size: by option, wins over all; by the header" {
	check 'assert (d["source"]["page_size"], d["source"]["page_size_from"]) == (4096, "option")
assert d["list"][0]["guard"] == 4096' "$VMTOOL" list --json --page-size 4K $O/pages-16k.txt
	vt summary --page-size 16384 $O/pages-16k.txt
	has "${lines[0]}" "16 KiB pages"
	has_not "${lines[0]}" inferred
	{ echo '# vmtool-snapshot 1'; echo '# page_size: 65536'; cat $O/pages-16k.txt; } >"$T/v"
	check 'assert (d["source"]["page_size"], d["source"]["page_size_from"]) == (65536, "source")' \
		"$VMTOOL" list --json "$T/v"
	check 'assert d["source"]["page_size"] == 16384' "$VMTOOL" list --json --page-size=16k "$T/v"
}

@test "page size: nothing to infer it from is assumed, and said" {
	echo '0xffffc90000000000-0xffffc90000002000    8192 a+0x1/0x2 phys=0x1000 ioremap' >"$T/v"
	check 'assert d["source"]["page_size_from"] == "assumed"' "$VMTOOL" list --json "$T/v"
	vt summary "$T/v"
	has "${lines[0]}" "4 KiB pages (assumed)"
}

@test "page size: what is none is a usage error; one that does not fit the sizes is told" {
	for p in 0 3 5000 x 4Q 2M 512 ""; do
		vt list --page-size "$p" $O/pages-16k.txt
		is "$p $status ${#stderr_lines[@]}" "$p 2 2"
	done
	vt list --page-size 64K $O/pages-16k.txt
	is "$status" 0
	has "$stderr" "65536" "--page-size"
}

@test "snapshot header: time, host, kernel, machine, meminfo; unknown keys are ignored" {
	{
		printf '# %s\n' 'vmtool-snapshot 1' 'time: 2026-11-22T17:00:00Z' 'boot_id: b' 'host: web-17' \
			'kernel: 6.12.107' 'machine: x86_64' 'build_id: 00ff' 'page_size: 4096' 'addresses: real' \
			'meminfo.MemTotal: 1000000 kB' 'meminfo.VmallocUsed: 16 kB' 'meminfo.Percpu: 512 kB' \
			'some.future.key: 0x1-0x2 3' 'no colon'
		head -1 $O/linux-4.14-x86_64.txt
	} >"$T/v"
	vt summary "$T/v"
	is "$status $stderr" "0 "
	has "$output" "of web-17, Linux 6.12.107 x86_64, 4 KiB pages" "of 977 MiB" \
		"meminfo agrees: VmallocUsed 16 KiB" "Percpu 512 KiB"
	check 'assert d["source"]["kernel"] == "6.12.107" and d["source"]["unparsed"] == 0' \
		"$VMTOOL" list --json "$T/v"
}

@test "areas that stand twice, and overlaps, are tolerated and counted" {
	{ cat $F/armhf-6.1/meminfo $F/armhf-6.1/vmallocinfo; sed -n 100,104p $F/armhf-6.1/vmallocinfo; } >"$T/v"
	vt summary "$T/v"
	is "$status" 0
	has "$(tr '\n' ' ' <<<"$output" | tr -s ' ')" "5 areas stand twice"
}
