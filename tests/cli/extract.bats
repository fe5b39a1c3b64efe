#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# A dump made small: what answers on it, what travels with it, and how it is written.

load helper

# dump HOW: writes $T/HOW.
dump()
{
	"${BUILD:-build}/tests/unit/make_dump" "$1" "$T/$1"
}

# forms FILE: extracts it in every form, as $T/elf, $T/zlib, $T/zstd; sets forms.
forms()
{
	forms=(elf zlib)
	"$VMTOOL" --version | grep -q -- '+zstd' && forms+=(zstd)
	for form in "${forms[@]}"; do
		vt extract -o "$T/$form" --force "${@:2}" "$1" $([ "$form" = elf ] || echo "--compress=$form")
		# 4: what is broken in the image is told of it as ever.
		[ "$status" = 0 ] || [ "$status" = 4 ] || fail "$stderr"
	done
}

# answers FORM COMMAND...: what it says of $T/FORM, on both outputs, and how it ends.
answers()
{
	ln -sfn "$1" "$T/image"
	(cd "$T" && { "$VMTOOL" "${@:2}" image 2>&1 || echo "exit $?"; })
}

# same COMMAND...: it answers of every form what it answers of $T/whole.
same()
{
	local form
	answers whole "$@" >"$T/want"
	for form in "${forms[@]}"; do
		answers "$form" "$@" >"$T/got"
		diff "$T/want" "$T/got" || fail "$* on $form"
	done
}

@test "every answer on a slim dump is that on the whole one, in every style and form" {
	for how in 6.1 6.12 7.2 arm64 no-btf laid kdump flat ram broken no-vm no-purge sound \
		unlinked labels; do
		dump "$how"
		mv "$T/$how" "$T/whole"
		forms "$T/whole"
		same list --json
		same list --raw -o +guard,what
		same summary
		same top --by module
		same holes --json
		same verify --json
		same pt --json
		same walk 0xffffc90000020000
		same explain first_caller
		same explain 0xffffc90000020000
	done
}

@test "info: the same kernel, fewer pages" {
	dump 6.12
	forms "$T/6.12"
	for form in "${forms[@]}"; do
		for key in kernel build_id paging symbols_from symbols types_from areas pages_ram; do
			is "$("$VMTOOL" info "$T/$form" | grep "^$key ")" "$("$VMTOOL" info "$T/6.12" | grep "^$key ")"
		done
	done
}

# Labels are not read: their pages are zeros, the last one too, and the name is found all the same.
@test "of a module's symbols those with a name travel" {
	dump labels
	vt extract -o "$T/slim" "$T/labels"
	vt list --raw -n -o caller --at 0xffffc90000090000 "$T/slim"
	has "$output" 'mod_named+0x4/'
}

# crash tells vmcores from the dumps of netdump by it.
@test "segments of an ELF dump have no alignment, as in /proc/vmcore" {
	dump 6.12
	vt extract -o "$T/elf" "$T/6.12"
	is "$(readelf -lW "$T/elf" | awk '$1 == "LOAD" { print $NF }' | sort -u)" 0
}

@test "a slim dump of a slim dump is the same" {
	dump 6.12
	forms "$T/6.12"
	vt extract -o "$T/again" "$T/elf"
	cmp "$T/elf" "$T/again"
}

@test "user memory, page cache, vmalloc buffers, slab neighbours and the host's name do not travel" {
	local secrets=(SECRET-{user,cache,vmalloc,slab,node,domain,behind})
	local kept=(KEPT-{banner,sysname,release,version,machine})
	for how in secrets-arm64 secrets-riscv64 secrets; do
		dump $how
		run python tests/damage/dump.py "$T/$how" "${secrets[@]}" "${kept[@]}"
		has_not "$output" ' 0'
		forms "$T/$how"
		for form in elf zlib; do
			run python tests/damage/dump.py "$T/$form" "${secrets[@]}" "${kept[@]}"
			is "$how $output" "$how $(printf '%s 0\n' "${secrets[@]}"; printf '%s 1\n' "${kept[@]}")"
			! grep -q SECRET "$T/$form" || fail "$how $form"
		done
	done
	# What is written whole is the same whatever was left out.
	"${BUILD:-build}/tests/unit/make_dump" 6.12 "$T/plain"
	vt list --json "$T/zlib"
	is "$output" "$("$VMTOOL" list --json "$T/plain" | sed "s,$T/plain,$T/zlib,")"
}

@test "a check that its maker did not have is not run on a slim dump" {
	dump sound
	forms "$T/sound"
	for form in "${forms[@]}"; do
		vt info "$T/$form"
		has "$output" 'extracted_by vmtool '
		vt verify "$T/$form"
		is "$status" 0
	done
	# As if V04 had not been there: its bytes are no bytes of the kernel.
	sed 's/V03,V04,/V03,X04,/' "$T/elf" >"$T/older"
	vt verify "$T/older"
	has "$output" 'unknown V04' 'the vmtool that made this image small had no such check'
	has_not "$output" 'unknown V03'
	vt extract -o "$T/again" "$T/older"
	vt verify --check V04 "$T/again"
	is "$status" 4
	vt info "$T/sound"
	has_not "$output" extracted_by
}

@test "registers are left out unless they are asked for" {
	dump 6.12
	vt extract -o "$T/a" "$T/6.12"
	has "$output" 'registers left out'
	[ "$(readelf -n "$T/a" | grep -c PRSTATUS)" = 0 ]
	vt extract -o "$T/b" --keep-registers "$T/6.12"
	has "$output" 'registers kept'
	[ "$(readelf -n "$T/b" | grep -c PRSTATUS)" = 1 ]
	vt extract -o "$T/c" --keep-registers "$T/a"
	has "$output" 'registers none'
}

@test "written aside, for the owner alone; what is there is not replaced" {
	dump 6.12
	umask 0
	vt extract -o "$T/slim" "$T/6.12"
	is "$(stat -c %a "$T/slim")" 600
	echo precious >"$T/there"
	vt extract -o "$T/there" "$T/6.12"
	is "$status" 3
	has "$stderr" "$T/there: is there already" '--force replaces it'
	is "$(cat "$T/there")" precious
	vt extract -f -o "$T/there" "$T/6.12"
	is "$status" 0
	cmp "$T/there" "$T/slim"
	vt extract -f -o "$T" "$T/6.12"
	is "$status" 3
	has "$stderr" 'is no regular file'
	# Also the source itself may be replaced.
	vt extract -f -o "$T/6.12" "$T/6.12"
	cmp "$T/6.12" "$T/slim"
	is "$(ls "$T" | grep -c XXXXXX)" 0
}

@test "a full disk: told, and nothing is left behind" {
	dump 6.12
	mkdir "$T/dir"
	run --separate-stderr bash -c "trap '' XFSZ; ulimit -f 16; exec '$VMTOOL' extract -o '$T/dir/slim' '$T/6.12'"
	is "$status" 3
	has "$stderr" "$T/dir/slim: File too large"
	is "$(ls -A "$T/dir")" ''
	vt extract -o "$T/none/slim" "$T/6.12"
	is "$status" 3
	has "$stderr" "$T/none/slim: No such file or directory"
}

@test "usage: FILE is wanted, --compress has two words, a text is no image" {
	dump 6.12
	dump text
	vt extract "$T/6.12"
	is "$status" 2
	has "$stderr" '-o FILE is missing'
	vt extract -o "$T/x" --compress lzma "$T/6.12"
	is "$status" 2
	has "$stderr" 'zstd or zlib'
	vt extract -o "$T/x" "$T/text"
	is "$status" 3
	has "$stderr" 'is a text'
	[ ! -e "$T/x" ]
}

@test "extract --json" {
	dump 6.12
	check 'e = d["extract"]; assert e["format"] == "kdump (zlib)" and e["pages"] > 0 and e["bytes"] > 0
assert e["pages_ram"] > e["pages"] and e["registers"] == "left out"' \
		"$VMTOOL" extract --json -o "$T/slim" --compress zlib "$T/6.12"
}

@test "what seems wrong in a file made of a kernel that ran is unknown, unless it was wrong there" {
	dump unlinked
	vt extract -o "$T/slim" "$T/unlinked"
	is "$status" 0
	vt verify "$T/slim"
	is "$status" 1
	has "$output" 'FINDING V03'
	# As if it had been made of /proc/kcore, where nothing was wrong; and where this was.
	LC_ALL=C sed 's/by=vmtool 0\.1$/by=vmto\nlive=/' "$T/slim" >"$T/sound"
	LC_ALL=C sed 's/by=vmtool 0\.1$/by=v\nlive=V03/' "$T/slim" >"$T/wrong"
	vt verify "$T/sound"
	is "$status" 0
	has_not "$output" FINDING
	has "$output" 'unknown V03  1  seems wrong' 'a kernel that ran'
	vt verify "$T/wrong"
	is "$status" 1
	has "$output" 'FINDING V03'
	dump kcore
	vt extract -o "$T/live" "$T/kcore"
	is "$status" 0
	vt info "$T/live"
	has "$output" 'of a kernel that ran'
}
