#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# vmtool trend: on samples whose truth is known (samples.py).
# shellcheck disable=SC2154 # bats sets stderr and stderr_lines
load helper

LEAK='leak_it+0x1/0x20 [leaky]'

samples() { python tests/cli/samples.py "$@"; }

# Made once, read by all.
setup_file()
{
	cd "$BATS_TEST_DIRNAME/../.." || return 1
	export DAY=$BATS_FILE_TMPDIR/day BOOTS=$BATS_FILE_TMPDIR/boots CALM=$BATS_FILE_TMPDIR/calm
	samples "$DAY" 240 "leak:$LEAK" level:kernel_clone+0xbd/0x440 step:load_module+0x7cf/0x1e00 \
		teeth:array_map_alloc+0x9b/0x220 same:pcpu_create_chunk+0x20/0x30
	samples "$CALM" 60 level:kernel_clone+0xbd/0x440 step:load_module+0x7cf/0x1e00
	samples "$BOOTS" 60 "leak:$LEAK" same:a+0x1/0x2 BOOT=60 level:"$LEAK" same:a+0x1/0x2
}

trend() { vt trend "$@"; }

@test "what grows is found, what does not is not; exit 1" {
	EXPECT=1 check 'v = {r["caller"]: r for r in d["trend"]}
assert len(v) == 5, v
w = {k: r["verdict"] for k, r in v.items()}
assert w == {"leak_it+0x1/0x20 [leaky]": "steady growth", "kernel_clone+0xbd/0x440": "flat",
    "load_module+0x7cf/0x1e00": "step", "array_map_alloc+0x9b/0x220": "sawtooth",
    "pcpu_create_chunk+0x20/0x30": "flat"}, w
r = v["leak_it+0x1/0x20 [leaky]"]
assert 0.97 < r["per_hour"] / (60 * 20480) < 1.03, r
assert r["tau"] > 0.95 and r["rising"] == 7 and r["samples"] == 240 and r["boot"] == 1, r
assert 2 * 20480 < r["noise"] < 4 * 20480, r
assert r["change"] == r["last"] - r["first"] and r["low"] <= r["first"] < r["last"] <= r["high"]
assert d["trend"][0] == r
b, = d["boots"]
assert b["samples"] == 240 and b["host"] == "box" and b["kernel"] == "6.12.107", b
assert b["to"] - b["from"] == 239 * 60' \
		"$VMTOOL" trend --json "$DAY"
}

@test "golden: the table, with its sentences" {
	EXPECT=1 golden trend "$VMTOOL" trend --width 80 "$DAY"
	EXPECT=1 golden trend.csv "$VMTOOL" trend --csv "$DAY"
	EXPECT=1 golden trend-evidence "$VMTOOL" trend -o KEY,VERDICT,EVIDENCE,WHAT "$DAY"
	LC_ALL=C EXPECT=1 golden trend-ascii "$VMTOOL" trend --width 80 -N 2 "$DAY"
	no_wider 80 tests/cli/golden/trend-ascii
}

@test "nothing grows: exit 0 and says so" {
	trend "$CALM"
	is "$status-$stderr" "0-"
	has "$output" "Nothing grows steadily."
}

@test "boots are told apart: a restart is no fall" {
	trend "$BOOTS"
	is "$status" 1
	has "$output" "boot 1: 60 samples" "boot 2: 60 samples" BOOT
	EXPECT=1 check 'v = {(r["caller"], r["boot"]): r["verdict"] for r in d["trend"]}
assert v == {("leak_it+0x1/0x20 [leaky]", 1): "steady growth", ("leak_it+0x1/0x20 [leaky]", 2): "flat",
    ("a+0x1/0x2", 1): "flat", ("a+0x1/0x2", 2): "flat"}, v
assert [b["samples"] for b in d["boots"]] == [60, 60]' "$VMTOOL" trend --json "$BOOTS"
}

@test "--since and --until: a date, or a span before the last sample" {
	# The second boot begins 4200 s after the first.
	trend --since 2026-11-22T18:57 "$BOOTS"
	is "$status" 0
	has "$output" "60 samples"
	has_not "$output" BOOT
	trend --since 59min "$BOOTS"
	is "$status" 0
	trend --until 2026-11-22T18:52Z "$BOOTS"
	is "$status" 1
	has "$output" "59 samples"
	trend --since 2030-01-01 "$BOOTS"
	is "$status" 3
	has "$stderr" "no sample of the 120"
}

@test "--by and --measure" {
	EXPECT=1 check 'r = d["trend"][0]
assert r["module"] == "leaky" and r["verdict"] == "steady growth"
assert r["first"] < 40 and r["last"] > 240 and 57 < r["per_hour"] < 63, r' \
		"$VMTOOL" trend --json --by module --measure areas "$DAY"
	EXPECT=1 check 'r = d["trend"][0]
assert r["function"] == "leak_it" and r["low"] % 16384 == 0, r' \
		"$VMTOOL" trend --json --by function --measure resident "$DAY"
	trend -N 1 --raw -n -o KEY,BOOT "$DAY"
	is "$output" 'leak_it+0x1/0x20\x20[leaky] 1'
}

@test "single files do as well as a directory; plain texts have no time" {
	trend -J "$DAY"/*
	is "$status" 1
	cp "$DAY"/vmallocinfo-*-000001.gz "$T/a.gz"
	sed '/^#/d' < <(gzip -dc "$T/a.gz") >"$T/plain"
	trend "$T/a.gz" "$T/plain"
	is "$status" 4
	has "$stderr" "too few samples"
	has "$output" "too few samples"
}

@test "a clock that is set moves nothing" {
	mkdir "$T/d"
	# An hour back in the middle: header and name, not the uptime.
	python - "$CALM" "$T/d" <<-'END'
	import gzip, os, re, sys, time
	for name in sorted(os.listdir(sys.argv[1])):
	    text = gzip.open(f"{sys.argv[1]}/{name}").read().decode()
	    t = int(re.search("# time: (\\d+)", text)[1])
	    n = int(name[-9:-3])
	    t -= 3600 * (n > 30)
	    text = re.sub("# time: \\d+", f"# time: {t}", text)
	    out = time.strftime("vmallocinfo-%Y%m%dT%H%M%SZ", time.gmtime(t)) + f"-{n:06}.gz"
	    gzip.open(f"{sys.argv[2]}/{out}", "wb").write(text.encode())
	END
	trend --csv -N 0 -o KEY,VERDICT,FIRST,LAST,PER_HOUR,TAU "$T/d"
	moved=$output
	trend --csv -N 0 -o KEY,VERDICT,FIRST,LAST,PER_HOUR,TAU "$CALM"
	is "$moved" "$output"
}

@test "damaged samples are left out and told of: what they lack is no fall" {
	cp -r "$CALM" "$T/d"
	f=$(printf '%s\n' "$T"/d/* | sed -n 30p)
	truncate -s 300 "$f"
	g=$(printf '%s\n' "$T"/d/* | sed -n 40p)
	gzip -dc "$g" | head -c 3000 | gzip >"$T/x"
	mv "$T/x" "$g"
	: >"$(printf '%s\n' "$T"/d/* | sed -n 50p)"
	echo hello >"$T/d/notes"
	trend "$T/d"
	is "$status" 4
	has "$stderr" "3 samples are damaged or gone"
	has "$output" "57 samples"
	trend "$T/d/notes"
	is "$status" 3
}

@test "what vmtool record wrote is read" {
	for i in 1 2 3; do
		vt record -N 3 -i 0.1 "$T/d" --sample
	done
	trend "$T/d"
	is "$status" 0
	has "$output" "9 samples" flat
}

@test "no samples, and usage errors" {
	mkdir "$T/empty"
	trend "$T/empty"
	is "$status" 3
	has "$stderr" "no samples in it"
	trend "$T/nonexistent"
	is "$status" 3
	for args in "" "--by x $DAY" "--measure x $DAY" "--since x $DAY" \
		"--until 5x $DAY" "-N x $DAY" "-o NOPE $DAY" "--page-size 3 $DAY" "--sample $DAY"; do
		# shellcheck disable=SC2086 # split into arguments
		trend $args
		is "$args: $status" "$args: 2"
	done
}

@test "text from outside does not reach the terminal as it is" {
	cp -r "$CALM" "$T/d"
	for f in "$T"/d/*; do
		gzip -dc "$f" | sed $'s/kernel_clone/x\e[31m\xc2\x9by/; s/# host: box/# host: b\e[0mx/' | gzip -1 >"$T/x"
		mv "$T/x" "$f"
	done
	"$VMTOOL" trend "$T/d" >"$T/out" 2>&1 || true
	! grep -q $'\e' "$T/out"
	"$VMTOOL" trend --csv "$T/d" >"$T/out" 2>&1 || true
	! grep -q $'\e' "$T/out"
}
