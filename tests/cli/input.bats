#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# What can be read, and what is said of what cannot.
# shellcheck disable=SC2154 # bats sets stderr and stderr_lines
load helper

V=$F/armhf-6.1/vmallocinfo
N=1080

# same FILE-OR-ARGUMENTS...: it reads like the plain text.
same()
{
	"$VMTOOL" list --csv $V >"$T/want"
	"$VMTOOL" list --csv "$@" | diff "$T/want" - >"$T/diff" || fail "$(head "$T/diff")"
}

# refuse CODE PART... -- ARGUMENTS: nothing on stdout, a message with the parts, this exit code.
refuse()
{
	local code=$1 parts=()
	shift
	while [ "$1" != -- ]; do
		parts+=("$1")
		shift
	done
	shift
	vt "$@"
	is "$* : $status" "$* : $code"
	is "$output" ""
	has "$stderr" "${parts[@]}"
	has "${stderr_lines[0]}" "vmtool: "
}

@test "a file, standard input, --source, a pipe, ./-name" {
	same "$V"
	same - <"$V"
	same --source "$V"
	same --source=- <"$V"
	same <(cat "$V")
	cp "$V" "$T/-odd name"
	cd "$T" && "$VMTOOL" list --csv -- "-odd name" | diff want -
}

@test "gzip and zstd are read as if plain; several members are one text" {
	gzip -c $V >"$T/v.gz"
	same "$T/v.gz"
	same - <"$T/v.gz"
	{ head -500 $V | gzip -c; tail -n +501 $V | gzip -c; } >"$T/two.gz"
	same "$T/two.gz"
	command -v zstd >/dev/null || skip "zstd is missing"
	"$VMTOOL" --version | grep -q '+zstd' || skip "this vmtool was built without zstd"
	zstd -qc $V >"$T/v.zst"
	same "$T/v.zst"
	{ head -500 $V | zstd -qc; tail -n +501 $V | zstd -qc; } >"$T/two.zst"
	same "$T/two.zst"
}

@test "damaged gzip and zstd: what came before is answered, exit 4 and why" {
	gzip -c $V | head -c 5000 >"$T/cut.gz"
	vt list -n "$T/cut.gz"
	is "$status" 4
	[ "${#lines[@]}" -gt 100 ] || fail "${#lines[@]} rows"
	has "$stderr" "cut.gz" "gzip"
	head -c 5 "$T/cut.gz" >"$T/5.gz"
	refuse 3 5.gz gzip -- list "$T/5.gz"
	command -v zstd >/dev/null || skip "zstd is missing"
	"$VMTOOL" --version | grep -q '+zstd' || skip "this vmtool was built without zstd"
	zstd -qc $V | head -c 5000 >"$T/cut.zst"
	vt summary "$T/cut.zst"
	[ "$status" -eq 4 ] || [ "$status" -eq 3 ] || fail "exit $status"
	has "$stderr" "cut.zst" "zstd"
}

@test "zip, xz, bzip2, tar: answered with the command that unpacks them" {
	tar -cf "$T/v.tar" $V
	refuse 3 v.tar "tar archive" "tar -xOf" -- summary "$T/v.tar"
	for p in xz:"xz -dc" bzip2:"bzip2 -dc" zip:"unzip -p"; do
		local tool=${p%%:*}
		command -v "$tool" >/dev/null || continue
		if [ "$tool" = zip ]; then
			zip -q "$T/v.zip" $V
		else
			"$tool" -c $V >"$T/v.$tool"
		fi
		refuse 3 "v.$tool" "${p#*:}" -- summary "$T/v.$tool"
		refuse 3 "standard input" "${p#*:}" -- summary - <"$T/v.$tool"
	done
	tar -czf "$T/v.tgz" $V
	refuse 3 v.tgz tar -- summary "$T/v.tgz"
}

@test "the tools for zip, xz and bzip2 were there to make the archives above" {
	for tool in zip xz bzip2; do
		command -v $tool >/dev/null || skip "$tool is missing: its answer is not tested"
	done
}

@test "CRLF" {
	sed 's/$/\r/' $V >"$T/v"
	same "$T/v"
	vt list --csv "$T/v"
	is "$status $stderr" "0 "
}

@test "a cut last line: exit 4 with its number; without the newline only" {
	head -c -30 $V >"$T/v"
	vt list -r -n -o line "$T/v"
	is "$status" 4
	has "$stderr" "line $N" "cut short"
	head -c -1 $V >"$T/v"
	same "$T/v" || true
	vt top "$T/v"
	is "$status" 4
	has "$stderr" "line $N: ends without a newline"
}

@test "an empty file, an empty pipe, blank lines only" {
	: >"$T/v"
	refuse 3 "$T/v" "empty" -- summary "$T/v"
	refuse 3 "standard input" "empty" -- top - </dev/null
	printf '\n\n\n' >"$T/v"
	refuse 3 "no vmallocinfo line among 3 lines" "0xSTART-0xEND" -- list "$T/v"
}

@test "a text of something else; a binary; an ELF file; a dump" {
	refuse 3 "no vmallocinfo line" -- summary $F/armhf-6.1/meminfo
	refuse 3 "no vmallocinfo line" -- summary Makefile
	head -c 3000 /dev/zero >"$T/zero"
	refuse 3 "zero" "no text" -- summary "$T/zero"
	refuse 3 "ELF" -- summary "$VMTOOL"
	printf 'KDUMP   \006\0\0\0' >"$T/vmcore"
	refuse 3 "kdump" -- summary "$T/vmcore"
}

@test "a directory: --sysroot is mentioned; a missing file; no permission" {
	refuse 3 "is a directory" "--sysroot" -- summary $F/armhf-6.1
	refuse 3 "nosuch" "No such file" -- summary nosuch
	refuse 3 "nosuch" -- summary --source nosuch
	refuse 3 "nosuch" "proc/vmallocinfo" -- summary --sysroot nosuch
	refuse 3 "proc/vmallocinfo" -- summary --sysroot "$T"
}

@test "an unreadable file" {
	local d
	d=$(mktemp -d /tmp/vmtool-test.XXXXXX)
	cp $V "$d/secret"
	chmod 755 "$d"
	chmod 600 "$d/secret"
	as_nobody "$VMTOOL" summary "$d/secret"
	rm -r "$d"
	is "$status-$output" "3-"
	has "$stderr" "secret" "Permission denied"
	# Only the live file is a matter of sudo.
	has_not "$stderr" "sudo vmtool"
}

@test "dmesg, journal and syslog prefixes" {
	same <(awk '{ printf "[%12.6f] %s\n", NR / 7, $0 }' $V)
	same <(awk '{ printf "<6>[%12.6f][    T1] %s\n", NR / 7, $0 }' $V)
	same <(awk '{ printf "Nov 22 17:00:01 box kernel: [%12.6f] %s\n", NR / 7, $0 }' $V)
	same <(awk '{ printf "    %s\n", $0 }' $V)
}

@test "NUL bytes: the line is odd, with its number; the others are read" {
	{ head -2 $V; printf '0xd0000000-0xd0002000    8192 a\0b+0x1/0x2 pages=1 vmalloc\n'; sed -n 3,5p $V; } >"$T/v"
	vt list -r -n -o line "$T/v"
	is "$status" 0
	is "${#lines[@]}" 5
	has "$stderr" "line 3 not understood" "NUL"
	echo "$stderr" >"$T/stderr"
	no_controls "$T/stderr"
}

@test "an over-long line: odd, with its number; the others are read" {
	{ head -2 $V; printf '0xd0000000-0xd0002000    8192 '; head -c 1000000 /dev/zero | tr '\0' a; echo
		sed -n 3,5p $V; } >"$T/v"
	vt list -r -n -o line "$T/v"
	is "$status" 0
	is "$output" $'1\n2\n4\n5\n6'
	has "$stderr" "line 3 not understood" "too long"
	[ "${#stderr}" -lt 2000 ] || fail "the message is ${#stderr} bytes long"
}

@test "odd lines: kept, counted, shown with numbers, exit 0; --strict: exit 3" {
	{ head -2 $V; echo '0xd0000000-0xd0002000 many a+0x1/0x2 vmalloc'; echo garbage; sed -n 3,5p $V; } >"$T/v"
	for c in summary top list holes "explain 1"; do
		# shellcheck disable=SC2086 # a command and its operand
		vt $c "$T/v"
		is "$c $status" "$c 0"
		has "$stderr" "line 3 not understood" "size in bytes" "line 4 not understood" garbage
		# shellcheck disable=SC2086
		vt $c --strict "$T/v"
		is "$c --strict $status" "$c --strict 3"
	done
	check 'assert d["source"]["unparsed"] == 2 and d["source"]["lines"] == 7 and len(d["list"]) == 5' \
		"$VMTOOL" list --json "$T/v"
	vt diff --strict "$T/v" "$T/v"
	is "$status" 3
	vt list --strict $V
	is "$status" 0
}

@test "several proc files around the areas are all used, in any order" {
	local f=$F/amd64-6.12
	"$VMTOOL" summary --json --sysroot $f | grep -v '"path"\|"lines"' >"$T/want"
	cat $f/version $f/meminfo $f/modules $f/vmallocinfo | "$VMTOOL" summary --json - |
		grep -v '"path"\|"lines"' | diff "$T/want" -
	cat $f/vmallocinfo $f/modules $f/meminfo $f/version | "$VMTOOL" summary --json - |
		grep -v '"path"\|"lines"' | diff "$T/want" -
	vt summary - < <(cat $f/vmallocinfo $f/modules $f/meminfo $f/version)
	is "$stderr" ""
}

@test "a modules file after the areas names them too" {
	local f=$F/armhf-6.1
	"$VMTOOL" top --by module -N 0 --csv --sysroot $f >"$T/want"
	cat $f/modules $f/vmallocinfo | "$VMTOOL" top --by module -N 0 --csv - | diff "$T/want" -
	cat $f/vmallocinfo $f/modules | "$VMTOOL" top --by module -N 0 --csv - | diff "$T/want" -
}

@test "Android bugreport: the section VMALLOC INFO and nothing else" {
	vt summary $F/odd/bugreport.txt
	is "$status $stderr" "0 "
	has "$output" "5.10.157-android13-4" "7.3 GiB" "VmallocUsed 36 KiB" "4 areas"
	has_not "$("$VMTOOL" list $F/odd/bugreport.txt)" decoy
	vt list --csv -n $F/odd/bugreport.txt
	is "${#lines[@]}" 5
}

@test "a sosreport tree by --sysroot, with proc/ or without" {
	mkdir -p "$T/sos/proc/sys/kernel/random"
	cp $F/armhf-6.1/{vmallocinfo,meminfo,modules,version} "$T/sos/proc"
	echo web-17 >"$T/sos/proc/sys/kernel/hostname"
	vt summary --sysroot "$T/sos"
	is "$status $stderr" "0 "
	has "$output" "of web-17" "Linux 6.1.0-50-armmp-lpae" "of 361 MiB" "VmallocUsed"
	"$VMTOOL" holes --sysroot "$T/sos" --csv | diff <("$VMTOOL" holes --sysroot $F/armhf-6.1 --csv) -
	vt summary --sysroot "$T/sos/"
	is "$status" 0
	vt summary --sysroot "$T/sos" $V
	is "$status" 2
}

# Colours of others, titles of windows, clipboards: nothing of a text may act on a terminal.
@test "terminal escapes never come out raw, in any format" {
	local bad=$'ev\e]0;x\a\e[31mil\x7f\xc2\x9b31m\x9b31m'
	printf '%s\n' "0xffffc90000000000-0xffffc90000002000    8192 $bad+0x1/0x2 [m$bad] pages=1 vmalloc w$bad N0=1" \
		"0xffffc90000002000-0xffffc90000004000    8192 b+0x1/0x2 pages=$bad vmalloc" \
		"mod$bad 8192 1 - Live 0xffffc90000002000" "Linux version 6.1$bad (x)" "# host: h$bad" \
		'0xffffc90000004000-0xffffc90000006000    8192 load_module+0x1/0x2 pages=1 vmalloc' >"$T/v$bad"
	local i=0
	for format in "--width 0" "--width 60" --raw --csv --json "--color=always -n"; do
		for c in summary top "top --by flags" list "list --odd" "explain 1" "explain *" "explain $bad" \
			"diff /dev/null" holes "holes --fit 8E" "list --caller nosuch$bad"; do
			# shellcheck disable=SC2086 # commands with options
			(set -f; "$VMTOOL" $c $format "$T/v$bad") >"$T/out.$i" 2>"$T/err.$i" || true
			[ "$format" != "--color=always -n" ] || sed -i 's/\x1b\[[0-9;]*m//g' "$T/out.$i"
			i=$((i + 1))
		done
	done
	"$VMTOOL" "$bad" 2>>"$T/err.0" || true
	"$VMTOOL" top --by "$bad" 2>>"$T/err.0" || true
	"$VMTOOL" top -o "$bad" 2>>"$T/err.0" || true
	is $i 72
	[ -s "$T/out.0" ] && [ -s "$T/err.0" ]
	no_controls "$T"/err.*
	no_controls "$T"/out.*
	"$VMTOOL" list --json "$T/v$bad" 2>/dev/null | python -m json.tool >/dev/null
}
