#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# vmtool holes: regions, histogram, does it fit.  (oracle.bats recomputes the numbers.)
# shellcheck disable=SC2154 # bats sets stderr and stderr_lines
load helper

A=$F/armhf-6.1

@test "golden: regions and histogram" {
	for f in armhf-6.1 i386-6.1 arm64-6.12; do
		golden "holes-$f" "$VMTOOL" holes --sysroot "$F/$f" --width 80
	done
	golden holes-json "$VMTOOL" holes --sysroot $A --json
	golden holes-columns "$VMTOOL" holes --sysroot $A -o +start,end,unpurged,at,why --json
}

@test "golden: --fit and --request where it fits" {
	golden holes-armhf-6.1-fit "$VMTOOL" holes --sysroot $A --fit 430080 --width 80
	golden holes-armhf-6.1-request "$VMTOOL" holes --sysroot $A --request 1M,64K --width 80
	golden holes-i386-6.1-fit "$VMTOOL" holes --sysroot $F/i386-6.1 --fit 430080 --width 80
	golden holes-i386-6.1-request "$VMTOOL" holes --sysroot $F/i386-6.1 --request 425984 --width 80
}

@test "golden: --fit where it fits nowhere" {
	EXPECT=1 golden holes-armhf-6.1-nofit "$VMTOOL" holes --sysroot $A --fit 700M --width 80
	EXPECT=1 golden holes-armhf-6.1-nofit.json "$VMTOOL" holes --sysroot $A --fit 700M --json
	EXPECT=1 golden holes-i386-6.1-nofit "$VMTOOL" holes --sysroot $F/i386-6.1 --fit 600M --width 80
}

@test "the space between regions is never a hole: no answer exceeds VmallocTotal" {
	for f in "${FIXTURES[@]}"; do
		local total
		total=$(($(awk '$1 == "VmallocTotal:" { print $2 }' "$F/$f/meminfo") * 1024))
		check "
assert d['holes']
for r in d['holes']:
    for k in 'size', 'free', 'largest', 'used', 'unpurged':
        assert r[k] is None or r[k] <= $total + 1024, (k, r)
    assert (r['start'] is None) == (r['end'] is None) == (r['size'] is None) == (r['bounds'] == 'unknown')
for h in d['histogram']: assert h['bytes'] <= $total + 1024 and h['from'] <= $total, h
for h in d['fit']: assert h['largest'] <= $total + 1024, h" \
			"$VMTOOL" holes --json -o +start,end,unpurged --fit 4096 --sysroot "$F/$f"
	done
}

@test "CSV and raw are one table: the regions, or the answer of --fit" {
	for format in --csv --raw; do
		vt holes $format --sysroot $A
		is "$(grep -c . <<<"$output") $(grep -ci region <<<"$output")" "$(wc -l <<<"$output") 1"
		vt holes $format --fit 4096 --sysroot $A
		is "$(grep -c . <<<"$output") $(grep -ci region <<<"$output")" "$(wc -l <<<"$output") 1"
		has "${lines[0],,}" fits times
	done
}

@test "bounds: known where the text tells, and they are the kernel's" {
	check '
r = {x["region"]: x for x in d["holes"]}
assert r["vmalloc"]["bounds"] == r["modules"]["bounds"] == "inferred"
assert r["vmalloc"]["start"] == "0xd8800000" and r["vmalloc"]["end"] == "0xff800000"
assert r["modules"]["start"] == "0xbf000000"' "$VMTOOL" holes --json -o +start,end --sysroot $A
	for f in amd64-5.10 amd64-6.1 amd64-6.1-4lvl amd64-6.12; do
		check '
r = {x["region"]: x for x in d["holes"]}
assert r["modules"]["end"] == "0xffffffffff000000" and r["modules"]["start"] == "0xffffffffc0000000"
assert r["vmalloc"]["size"] in (32 << 40, 12800 << 40)' \
			"$VMTOOL" holes --json -o +start,end --sysroot "$F/$f"
	done
}

@test "arm64 under KASLR: the bounds of modules are unknown, null in JSON" {
	for f in arm64-6.1 arm64-6.12; do
		check '
r = {x["region"]: x for x in d["holes"]}["modules"]
assert r["bounds"] == "unknown" and r["start"] is r["end"] is r["size"] is r["fragmentation"] is None
assert r["used"] > 0' "$VMTOOL" holes --json -o +start,end --sysroot "$F/$f"
		vt holes --sysroot "$F/$f"
		has "$output" "modules unknown"
	done
}

@test "without meminfo the bounds are unknown: at least so much, between first and last area" {
	check '
r = {x["region"]: x for x in d["holes"]}["vmalloc"]
assert r["bounds"] == "unknown" and r["size"] is None and r["free"] > 0' \
		"$VMTOOL" holes --json -o +start $A/vmallocinfo
	vt holes $A/vmallocinfo
	is "$status" 0
	has "$output" "unknown" "at least"
}

# With highmem the window ends 2 MiB lower (kmap); only HighTotal of meminfo tells.  A guess here
# would find a hole of 2.9 MiB where the kernel has one of 876 KiB.
@test "arm without meminfo: the end of modules is not guessed" {
	check '
r = {x["region"]: x for x in d["holes"]}["modules"]
assert r["bounds"] == "unknown" and r["size"] is None and r["largest"] <= 897024, r' \
		"$VMTOOL" holes --json $A/vmallocinfo
}

@test "unknown bounds: holes and histogram are of the space between first and last area only" {
	printf '%s\n' '0xffffc90000000000-0xffffc90000002000    8192 a+0x1/0x2 pages=1 vmalloc' \
		'0xffffc90000005000-0xffffc90000007000    8192 b+0x1/0x2 pages=1 vmalloc' >"$T/v"
	check '
assert [(r["holes"], r["free"], r["largest"]) for r in d["holes"]] == [(1, 12288, 12288)]
assert [(h["from"], h["holes"], h["bytes"]) for h in d["histogram"]] == [(8192, 1, 12288)]' \
		"$VMTOOL" holes --json "$T/v"
}

@test "--fit: exit 0 somewhere, 1 nowhere, 4 unknown" {
	vt holes --sysroot $A --fit 430080
	is "$status" 0
	vt holes --sysroot $A --fit 700M
	is "$status" 1
	vt holes --fit 1T $A/vmallocinfo
	is "$status" 4
	vt holes --fit 12K $A/vmallocinfo
	is "$status" 0
}

@test "hashed or zeroed addresses: says so, how to get real ones, exit 4" {
	zeroed "$A/vmallocinfo" >"$T/zeroed"
	for text in "$A/vmallocinfo.hashed" "$T/zeroed"; do
		for o in "" "--fit=4096" --json; do
			# shellcheck disable=SC2086 # none or one option
			vt holes $o "$text"
			is "$status" 4
			has "$stderr" "sudo sysctl kernel.kptr_restrict=1"
		done
	done
}

@test "hashed: JSON is still an object, with null or empty and the state of the addresses" {
	EXPECT=4 check 'assert d["source"]["addresses"] == "hashed" and not d["holes"]' \
		"$VMTOOL" holes --json $A/vmallocinfo.hashed
}

@test "--fit SIZE is dmesg's number, guard included; --request BYTES rounds and adds the guard" {
	"$VMTOOL" holes --sysroot $A --fit 430080 --json >"$T/fit"
	for r in 425984 425983 421889 416K; do
		"$VMTOOL" holes --sysroot $A --request $r --json | diff "$T/fit" -
	done
	if "$VMTOOL" holes --sysroot $A --request 425985 --json | cmp -s "$T/fit" -; then
		fail "one byte more needs a page more"
	fi
}

@test "--fit: where it fits is free, aligned, and the count is right" {
	cat $A/meminfo $A/vmallocinfo >"$T/v"
	check '
f = {r["region"]: r for r in d["fit"]}["modules"]
assert f["fits"] is True and f["times"] == 2 and int(f["at"], 16) % 4096 == 0
assert f["short"] is None and f["largest"] == 897024' "$VMTOOL" holes --json --fit 430080 "$T/v"
	check 'f = d["fit"][0]; assert f["times"] == 1, f' \
		"$VMTOOL" holes --json --region modules --fit 897024 "$T/v"
	EXPECT=1 check '
f = d["fit"][0]; assert f["times"] == 0 and f["fits"] is False and f["short"] == 4096, f' \
		"$VMTOOL" holes --json --region modules --fit 901120 "$T/v"
}

@test "--fit: an alignment can be what is missing" {
	printf '%s\n' '0xd0000000-0xd0002000    8192 a+0x1/0x2 pages=1 vmalloc' \
		'0xd0009000-0xd000b000    8192 b+0x1/0x2 pages=1 vmalloc' >"$T/v"
	check 'f = d["fit"][0]; assert f["fits"] and f["times"] == 3 and f["at"] == "0xd0002000", f' \
		"$VMTOOL" holes --json --fit 8192 "$T/v"
	check 'f = d["fit"][0]; assert f["fits"] and f["times"] == 1 and f["at"] == "0xd0004000", f' \
		"$VMTOOL" holes --json --fit 8192,16K "$T/v"
	EXPECT=4 check 'f = d["fit"][0]; assert f["fits"] is None and f["times"] == 0, f' \
		"$VMTOOL" holes --json --fit 8192,32K "$T/v"
}

@test "--fit that fits nowhere names the callers either side of the largest hole" {
	EXPECT=1 check '
f = {r["region"]: r for r in d["fit"]}
assert f["vmalloc"]["below"] == "kernel_clone+0xac/0x3a8"
assert f["vmalloc"]["above"].startswith("pci_reserve_io+")
assert f["vmalloc"]["short"] == 700 * 1048576 - 616960000
assert f["modules"]["below"] == "load_module+0xa90/0x21c8"' \
		"$VMTOOL" holes --json --fit 700M --sysroot $A
}

@test "unpurged areas are holes: the kernel purges before it gives up" {
	printf '%s\n' '0xd0000000-0xd0002000    8192 a+0x1/0x2 pages=1 vmalloc' \
		'0xd0002000-0xd0008000   24576 unpurged vm_area' \
		'0xd0008000-0xd000a000    8192 b+0x1/0x2 pages=1 vmalloc' >"$T/v"
	check 'assert d["holes"][0]["largest"] == d["holes"][0]["unpurged"] == 24576' \
		"$VMTOOL" holes --json -o +unpurged "$T/v"
}

@test "an unsorted text and repeated areas give the same holes" {
	"$VMTOOL" holes --sysroot $A --csv >"$T/want"
	mkdir "$T/proc"
	cp $A/meminfo "$T/proc"
	tac $A/vmallocinfo >"$T/proc/vmallocinfo"
	"$VMTOOL" holes --sysroot "$T" --csv | diff "$T/want" -
	local shape=region,size,holes,free,largest
	"$VMTOOL" holes --sysroot $A --csv -o $shape >"$T/want"
	tail -300 $A/vmallocinfo >>"$T/proc/vmallocinfo"
	"$VMTOOL" holes --sysroot "$T" --csv -o $shape | diff "$T/want" -
}

@test "--region: only that; a region that is none is a usage error" {
	vt holes --sysroot $A --region modules -n
	is "$(grep -c vmalloc <<<"$output")" 0
	has "$output" modules
	vt holes --sysroot $A --region nosuch
	is "$status" 2
	is "${#stderr_lines[@]}" 2
}

# vmalloc never allocates among static mappings: no answer can be given for them.
@test "--region static --fit is not answered with 'fits nowhere'" {
	vt holes --sysroot $A --region static --fit 4K
	[ "$status" -ne 1 ] || fail "exit 1: $output"
}

@test "--fit and --request: what is no size is a usage error" {
	for a in "" x 0 -1 4K,3 4K,x '4K,' 99999999999999999999 1.5; do
		vt holes --sysroot $A --fit "$a"
		is "$a $status ${#stderr_lines[@]}" "$a 2 2"
		vt holes --sysroot $A --request "$a"
		is "$a $status ${#stderr_lines[@]}" "$a 2 2"
	done
	vt holes --sysroot $A --fit 4K --request 4K
	is "$status ${#stderr_lines[@]}" "2 2"
}

@test "no line is wider than 80 columns with --width 80" {
	for f in "${FIXTURES[@]}"; do
		"$VMTOOL" holes --sysroot "$F/$f" --width 80 >"$T/out"
		no_wider 80 "$T/out"
		for a in --fit=430080 --request=425984 --fit=20P; do
			"$VMTOOL" holes --sysroot "$F/$f" --width 80 $a >"$T/$f$a" || true
			no_wider 80 "$T/$f$a"
		done
	done
}
