#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# vmtool symbolize: operands and lines, formats, names for bare addresses, what is uncertain.
# shellcheck disable=SC2154 # bats sets stderr and stderr_lines
load helper
load kernel

setup_file() { kernel_build; }

setup()
{
	cd "$BATS_TEST_DIRNAME/../.." || return 1
	export LC_ALL=C.UTF-8 TZ=UTC XDG_CACHE_HOME=$BATS_TEST_TMPDIR/cache
	unset NO_COLOR COLUMNS DEBUGINFOD_URLS
	T=$BATS_TEST_TMPDIR
	CLONE=$(caller kernel_clone copy_process)
	MAP=$(caller array_map_alloc bpf_map_area_alloc)
	PROBE=$(caller acme_main_probe ioremap)
	WRAPPED=$(caller devm_kvcalloc vzalloc_noprof)
	ZMOD=$(zmod_caller zmod_disksize vzalloc_noprof)
}

sym() { vt symbolize --vmlinux "$K/vmlinux" --debug-dir "$K" "$@"; }

# slid NAME: the address of the call of copy_process in kernel_clone, moved as KASLR does, and a
# kallsyms of that boot in $T/NAME.
slid()
{
	awk '{ printf "%s%s %s %s\n", substr($1, 1, 8), substr("a2", 1, 0) substr($1, 9), $2, $3 }' "$K/symbols" |
		sed 's/^........\(..\)/ffffffffa2/; s/^\(ffffffffa2\)\([0-9a-f]*\)/\1\2/' >"$T/$1"
	printf 'ffffffffc0a00000 t zmod_disksize\t[zmod]\nffffffffc0a00040 t zmod_exit\t[zmod]\n' >>"$T/$1"
	local start off=${CLONE#*+}
	start=$(awk '$3 == "kernel_clone" { print $1 }' "$T/$1")
	AT=$(printf '0x%x' $((0x$start + ${off%/*})))
}

@test "golden: chains, owners, wrappers, a module, a function printed as itself" {
	symbolized() { "$VMTOOL" symbolize --vmlinux "$K/vmlinux" --debug-dir "$K" "$@" | offsets; }
	golden symbolize symbolized "$CLONE" "$MAP" "$PROBE" "$WRAPPED" "$ZMOD" \
		"pcpu_get_vm_areas+0x0/0x10"
}

@test "the kernel's own form of a chain: the callee that passes on its return address is part of it" {
	sym -r -n -o owner,source,inlines "$CLONE"
	has "$output" 'alloc_thread_stack_node kernel/fork.c:4 alloc_thread_stack_node@kernel/fork.c:4\x20<-\x20dup_task_struct@kernel/fork.c:8\x20<-\x20copy_process@kernel/fork.c:14\x20<-\x20kernel_clone@kernel/fork.c:20'
}

@test "golden: CSV" {
	symbolized() { "$VMTOOL" symbolize --vmlinux "$K/vmlinux" --debug-dir "$K" "$@" | offsets; }
	golden symbolize.csv symbolized --csv "$CLONE" "$MAP" "$PROBE" "$WRAPPED" "$ZMOD"
}

@test "JSON: the documented keys" {
	check "
r = {x['caller'].split('+')[0]: x for x in d['symbolize']}
assert list(d) == ['symbolize', 'symbols'], list(d)
assert list(d['symbols']) == ['vmlinux', 'build_id', 'kernel']
assert d['symbols']['build_id'] == '$(<"$K/build-id")' and d['symbols']['vmlinux'].endswith('/vmlinux')
for x in d['symbolize']:
    assert list(x) == ['caller', 'module', 'sure', 'why', 'owner', 'source', 'subsystem', 'inlines']
    assert x['sure'] == 'known' and x['why'] is None
    f = x['inlines']
    assert all(list(y) == ['function', 'file', 'line', 'inlined', 'owner'] for y in f)
    assert [y['function'] for y in f if y['owner']] == [x['owner']]
    assert x['source'] == next('%s:%d' % (y['file'], y['line']) for y in f if y['owner'])
    assert not f[-1]['inlined'] and type(f[0]['line']) is int
c = r['kernel_clone']
assert [y['function'] for y in c['inlines']] == ['alloc_thread_stack_node', 'dup_task_struct', 'copy_process', 'kernel_clone']
assert [y['inlined'] for y in c['inlines']] == [True, True, False, False]
assert (c['owner'], c['module'], c['subsystem']) == ('alloc_thread_stack_node', None, 'kernel')
assert r['zmod_disksize']['module'] == 'zmod' and r['zmod_disksize']['caller'].count('[') == 0
assert r['acme_main_probe']['subsystem'] == 'drivers/net/ethernet/acme'
assert r['devm_kvcalloc']['owner'] == 'devm_kvcalloc'" \
		"$VMTOOL" symbolize --vmlinux "$K/vmlinux" --debug-dir "$K" --json "$CLONE" "$MAP" "$PROBE" "$WRAPPED" "$ZMOD"
}

@test "-r, -n, -o, -o +, every column" {
	sym -r "$CLONE"
	is "${lines[0]}" "CALLER MODULE SURE WHY OWNER SOURCE SUBSYSTEM INLINES"
	sym -n -r -o owner,file,sure "$MAP"
	is "$output" "area_of_map kernel/bpf/arraymap.c known"
	sym -o owner,module,subsystem "$ZMOD"
	is "${lines[0]}" "OWNER           MODULE SUBSYSTEM"
	is "${lines[1]}" "zmod_meta_alloc zmod   drivers/block/zmod"
	sym -r -o +file "$CLONE"
	has "${lines[0]}" "INLINES FILE"
	for c in caller module why owner source file subsystem inlines sure; do
		sym -o $c "$CLONE"
		is "$c $status ${lines[0]}" "$c 0 ${c^^}"
	done
	sym -o nosuch "$CLONE"
	is "$status" 2
}

@test "lines of standard input: stack traces, vmallocinfo, a caller alone, an address alone" {
	{
		echo "[   12.345678] Call Trace:"
		echo "[   12.345678]  <TASK>"
		echo "[   12.345678]  ? $CLONE"
		echo "[   12.345678]  $ZMOD"
		echo "[   12.345678]  ${ZMOD%]} 0123456789abcdef0123456789abcdef01234567]"
		echo "[   12.345678] RIP: 0010:$MAP"
		kernel_text | head -1
		echo "$PROBE"
		echo
		echo "no caller, only a+b/c"
		printf '%s' "$WRAPPED"
	} >"$T/lines"
	"$VMTOOL" symbolize --vmlinux "$K/vmlinux" --debug-dir "$K" -r -n -o owner <"$T/lines" >"$T/got"
	printf '%s\n' alloc_thread_stack_node zmod_meta_alloc zmod_meta_alloc area_of_map \
		alloc_thread_stack_node acme_map devm_kvcalloc | diff - "$T/got"
	# As text every line is repeated.
	"$VMTOOL" symbolize --vmlinux "$K/vmlinux" --debug-dir "$K" <"$T/lines" >"$T/got"
	while IFS= read -r line; do
		grep -qxF -- "$line" "$T/got" || fail "not repeated: $line"
	done <"$T/lines"
	[ "$(grep -c -- '<- owner' "$T/got")" -eq 7 ]
}

@test "standard input: nothing, no caller, NUL bytes, a line of 1 MB, carriage returns" {
	sym </dev/null
	is "$status$output$stderr" 0
	run --separate-stderr "$VMTOOL" symbolize --vmlinux "$K/vmlinux" <<<"hello"
	is "$status $output" "0 hello"
	check 'assert d["symbolize"] == []' "$VMTOOL" symbolize --vmlinux "$K/vmlinux" --json </dev/null
	{ printf 'a\0b %s\n' "$CLONE"; head -c 1000000 /dev/zero | tr '\0' x; printf '\n%s\r\n' "$MAP"; } >"$T/odd"
	run --separate-stderr "$VMTOOL" symbolize --vmlinux "$K/vmlinux" -r -n -o owner <"$T/odd"
	has "$output" area_of_map
}

@test "a bare address: kallsyms of the boot, plain, gzip and zstd" {
	slid kallsyms
	gzip -k "$T/kallsyms"
	zstd -q "$T/kallsyms"
	for f in kallsyms kallsyms.gz kallsyms.zst; do
		sym --kallsyms "$T/$f" "$AT"
		has "$output" "$AT" "  = $CLONE" "alloc_thread_stack_node"
		is "$status $stderr" "0 "
	done
	sym --kallsyms "$T/kallsyms" -r -n -o caller,module,owner 0xffffffffc0a0000"${ZMOD:16:1}"
	has "$output" "zmod_disksize+0x"
	has "$output" " zmod "
	sym --kallsyms "$T/kallsyms" 0xffffffffd0000000
	is "$status" 4
	has "$output" "beyond all symbols"
}

@test "a bare address: System.map; neither: as linked, and uncertain" {
	sed 's/ t / T /' "$K/symbols" >"$T/System.map"
	local start at off=${CLONE#*+}
	start=$(awk '$3 == "kernel_clone" { print $1 }' "$K/symbols")
	at=$(printf '0x%x' $((0x$start + ${off%/*})))
	sym --system-map "$T/System.map" "$at"
	has "$output" "  = $CLONE" "<- owner"
	has_not "$output" uncertain
	sym "$at"
	has "$output" "<- owner" "uncertain" "KASLR"
	sym -r -n -o sure "$at"
	is "$output" uncertain
	sym 0x1234
	is "$status" 4
	has "$output" "--kallsyms"
	sym --system-map "$T/System.map" --kallsyms "$T/System.map" "$at"
	is "$status" 2
}

@test "kallsyms of zeros: why, exit 3; of no use where no address is bare" {
	slid kallsyms
	sed 's/^[0-9a-f]*/0000000000000000/' "$T/kallsyms" >"$T/zeros"
	sym --kallsyms "$T/zeros" "$AT"
	is "$status-$output" "3-"
	has "$stderr" "$T/zeros" "zero" "kptr_restrict"
	is "${#stderr_lines[@]}" 1
	sym --kallsyms "$T/zeros" "$CLONE"
	is "$status" 0
}

@test "kallsyms that is none: one message, exit 3" {
	kernel_text >"$T/text"
	: >"$T/empty"
	mkdir "$T/dir"
	for f in text empty dir nosuch; do
		sym --kallsyms "$T/$f" 0xffffffffa2000000
		is "$f $status $output" "$f 3 "
		has "${stderr_lines[0]}" "vmtool: $T/$f: "
	done
	sym --kallsyms "$K/vmlinux" 0xffffffffa2000000
	is "$status" 3
}

@test "uncertain and unknown, each with its reason; exit 4 only when nothing is known" {
	local start=${CLONE%%+*}
	sym "$start+0x999/0x10" "$start+0x2/${CLONE##*/}" "$(caller twin vmalloc_noprof)" \
		"${CLONE%/*}/0x2000" "nosuch+0x1/0x2" "$start" "$start+0x9" "x+0x1/0x2 [nomod]" "$CLONE"
	is "$status" 0
	has "$output" "offset 0x999 is beyond the symbol" "no call ends there" \
		"more than one function has this name" "bytes in vmlinux, not 0x2000" \
		"no symbol of that name in vmlinux" "not of the form function+0xoff/0xsize" "no file for the module"
	sym nosuch+0x1/0x2 "x+0x1/0x2 [nomod]"
	is "$status" 4
}

@test "another function at the offset is nobody's owner" {
	check '
for r in d["symbolize"]:
    assert r["sure"] == "uncertain" and r["owner"] is None and r["inlines"] is None, r' \
		"$VMTOOL" symbolize --vmlinux "$K/vmlinux" --debug-dir "$K" --json \
		"kernel_clone+0x99/0x200" "copy_process+0x61/0x10"
}

@test "of two functions with one name the one in which a call ends there" {
	# Their code is the same, so nothing tells them apart: the answer says so.
	sym -r -n -o owner,sure "$(caller twin vmalloc_noprof)" "$(caller twin vmalloc_noprof 2)"
	is "${lines[0]} | ${lines[1]}" "twin uncertain | twin uncertain"
}

@test "a module: .ko, .ko.xz, .ko.gz, any depth, - and _; the file is missing: one line" {
	for pack in cat "xz -c" "gzip -c"; do
		rm -rf "$T/modules"
		mkdir -p "$T/modules/kernel/drivers"
		case $pack in cat) ext= ;; xz*) ext=.xz ;; gzip*) ext=.gz ;; esac
		$pack <"$K/zmod.ko" >"$T/modules/kernel/drivers/zmod.ko$ext"
		vt symbolize --debug-dir "$T/modules" --no-cache -r -n -o owner,source "$ZMOD"
		is "$pack: $output" "$pack: zmod_meta_alloc drivers/block/zmod/zmod.c:4"
	done
	mkdir "$T/dash"
	cp "$K/zmod.ko" "$T/dash/z-mod.ko"
	vt symbolize --debug-dir "$T/dash" --vmlinux "$K/vmlinux" -r -n -o owner "${ZMOD%zmod]}z_mod]"
	is "$output" zmod_meta_alloc
	vt symbolize --vmlinux "$K/vmlinux" "$CLONE" "a+0x1/0x2 [one]" "b+0x1/0x2 [two]" "c+0x1/0x2 [one]"
	is "$status ${#stderr_lines[@]}" "0 1"
	is "$stderr" "vmtool: no file for modules one, two: their callers stay without lines; --debug-dir DIR has them?"
	vt symbolize --vmlinux "$K/vmlinux" "$CLONE" "a+0x1/0x2 [one]"
	has "$stderr" "no file for module one: its callers stay without lines"
}

@test "a module packed with zstd: unpacked, or the message says that libdw cannot" {
	mkdir "$T/modules"
	zstd -q "$K/zmod.ko" -o "$T/modules/zmod.ko.zst"
	vt symbolize --debug-dir "$T/modules" --no-cache -r -n -o owner "$ZMOD"
	# Built without zstd it is libdw's to unpack it.
	case $("$VMTOOL" --version) in
	*zstd*) is "$output" zmod_meta_alloc ;;
	*) [ "$output" = zmod_meta_alloc ] || has "$stderr" "zmod.ko.zst: " "unpack it" ;;
	esac
}

@test "a module's name is no path" {
	mkdir -p "$T/a/b"
	cp "$K/zmod.ko" "$T/a/zmod.ko"
	vt symbolize --debug-dir "$T/a/b" --vmlinux "$K/vmlinux" "${ZMOD%zmod]}../zmod]"
	is "$status" 4
}

@test "a module alone is an operand that was not quoted" {
	# shellcheck disable=SC2086 # not quoted
	sym $ZMOD
	is "$status" 2
	has "$stderr" "[zmod]" "quote"
}

@test "--wrappers: more functions that merely allocate, as globs; the cache is left alone" {
	sym -r -n -o owner "$CLONE"
	is "$output" alloc_thread_stack_node
	sym -r -n -o owner --wrappers 'alloc_thread*,area_of_map' "$CLONE" "$MAP"
	is "${lines[0]} ${lines[1]}" "dup_task_struct array_map_alloc"
	sym -r -n -o owner "$CLONE"
	is "$output" alloc_thread_stack_node
	sym --wrappers "$(seq -s, 100)" "$CLONE"
	is "$status" 2
	sym -r -n -o owner --wrappers '*' "$CLONE"
	is "$output" kernel_clone
}

@test "escapes in names never reach the terminal" {
	printf 'ffffffffa2000090 T evil\033[31mname\nffffffffa20000a0 T \302\233x\nffffffffa20000b0 T z\n' >"$T/kallsyms"
	local bad=$'e\e[31m\x9b+0x1/0x2 [\e[2J]'
	for f in "" -J --csv -r "-o caller,module,why"; do
		# shellcheck disable=SC2086 # options
		"$VMTOOL" symbolize $f --vmlinux "$K/vmlinux" --kallsyms "$T/kallsyms" 0xffffffffa2000099 \
			0xffffffffa20000a1 "$bad" >"$T/out" 2>"$T/err" || true
		printf '%s\n' "$bad" | "$VMTOOL" symbolize $f --vmlinux "$K/vmlinux" >>"$T/out" 2>>"$T/err" || true
		no_controls "$T/out" "$T/err"
	done
	# In the file itself: a symbol and a source file.
	sed $'s/kernel_clone/ker\e[1mclone/g; s/kernel\\/fork/kernel\\/\e[1mk/g' "$K/vmlinux" >"$T/vmlinux" || true
	for f in "" -J --csv -r; do
		# shellcheck disable=SC2086 # options
		"$VMTOOL" symbolize $f --no-cache --vmlinux "$T/vmlinux" $'ker\e[1mclone'"+${CLONE#*+}" "$MAP" >"$T/out" 2>"$T/err" || true
		no_controls "$T/out" "$T/err"
		"$VMTOOL" flow $f --vmlinux "$T/vmlinux" copy_process >"$T/out" 2>"$T/err" || true
		no_controls "$T/out" "$T/err"
	done
}

@test "no SOURCE: --source and --sample are refused; wrong options" {
	for bad in "--sample" "--source $F/founding.txt" "--json --csv" "--nosuch" "--vmlinux" "-o nosuch"; do
		# shellcheck disable=SC2086 # options
		vt symbolize $bad "$CLONE" </dev/null
		[ "$bad" != --vmlinux ] || vt symbolize "$CLONE" --vmlinux
		is "$bad: $status, ${#stderr_lines[@]} lines" "$bad: 2, 2 lines"
		is "$output" ""
	done
}

@test "output that is lost; a closed pipe" {
	[ -c /dev/full ] || skip "there is no /dev/full here"
	for f in "" -J --csv -r; do
		# shellcheck disable=SC2086 # options
		run bash -c '"$@" 2>&1 >/dev/full' - "$VMTOOL" symbolize $f --vmlinux "$K/vmlinux" "$CLONE"
		is "$f: $status" "$f: 3"
		has "$output" "No space left"
	done
	yes "$CLONE" | head -50000 >"$T/many"
	for f in "" -J; do
		# shellcheck disable=SC2086 # options
		run bash -c '"$1" symbolize '"$f"' --vmlinux "$2" <"$3" 2>&1 >&3 3>&- | cat' - "$VMTOOL" "$K/vmlinux" "$T/many" 3> >(head -1 >/dev/null)
		is "$f: $output" "$f: "
	done
}
