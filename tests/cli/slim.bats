#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Slim dumps of real kernels (tests/fixtures/slim): against the text of the same instant, in order,
# and with one thing broken at a time (tests/damage).

load helper

slim_text()
{
	local text=$F/slim/$1.vmallocinfo
	[ -e "$text" ] || text=$F/$1/vmallocinfo
	echo "$text"
}

# slim_dump NAME: its path; what packs well is unpacked once.
slim_dump()
{
	local dump=$F/slim/$1
	if [ -e "$dump.gz" ]; then
		dump=$BATS_FILE_TMPDIR/$1
		[ -e "$dump" ] || gzip -dc "$F/slim/$1.gz" >"$dump"
	fi
	echo "$dump"
}

SLIM=(amd64-5.10 amd64-6.1-4lvl amd64-6.12 amd64-7.2 arm64-6.12 arm64-6.12-16k riscv64-6.12-sv39
	riscv64-6.12-sv48)

@test "the list of every slim dump is the text of that instant" {
	local fields=start,end,size,pages,caller,phys,nodes,flags n=0
	for name in "${SLIM[@]}"; do
		"$VMTOOL" list -rnb -o $fields "$(slim_dump "$name")" >"$T/dump"
		"$VMTOOL" list -rnb -o $fields "$(slim_text "$name")" >"$T/text"
		diff "$T/dump" "$T/text" || fail "$name"
		n=$((n + $(wc -l <"$T/dump")))
	done
	[ "$n" = 10341 ]
}

@test "info of every slim dump: golden" {
	local dumps=()
	for name in "${SLIM[@]}"; do dumps+=("$(slim_dump "$name")"); done
	golden slim-info bash -c "for f in ${dumps[*]}; do '$VMTOOL' info \$f; done"
}

@test "verify is silent on every slim dump, with its text too" {
	for name in "${SLIM[@]}"; do
		vt verify --text "$(slim_text "$name")" --same-moment "$(slim_dump "$name")"
		is "$name $status" "$name 0"
		has_not "$output" finding
		is "$stderr" ''
	done
}

@test "verify --text of another moment: what differs is unknown and shown, what agrees is compared" {
	local dump=$F/slim/amd64-7.2 text=$T/text gone
	# Not the buffer the text is read into, which may differ.
	gone=$(grep -m 1 kernel_clone "$F/slim/amd64-7.2.vmallocinfo")
	grep -vxF "$gone" "$F/slim/amd64-7.2.vmallocinfo" >"$text"
	vt verify --check V13 --text "$text" "$dump"
	is "$status" 0
	has "$output" ' 944 lines ' 'ok, 1 unknown' '1 in part' \
		'1 in the kernel alone, 0 in the text alone' \
		'unknown V13  1  an area that no line tells of: of another moment, or hidden'
	vt verify -v --check V13 --text "$text" "$dump"
	has "$output" "hidden (at ${gone%%-*})"
	vt verify --check V13 --same-moment --text "$text" "$dump"
	is "$status" 1
	has "$output" 'FINDING V13'
	# Of another kernel, or boot: nothing could be compared.
	vt verify --check V13 --text "$F/amd64-6.1/vmallocinfo" "$dump"
	is "$status" 4
	has "$output" ' 0 lines ' '1 unknown' 'more, counted and not kept'
	EXPECT=4 check "v = d['verify'][0]
assert v['result'] == 'unknown' and v['looked_at'] == 0, v
assert v['unknown'] > len(d['unknowns']) == 1000, v" \
		"$VMTOOL" verify -J --check V13 --text "$F/amd64-6.1/vmallocinfo" "$dump"
}

@test "verify says of each damage what it is, and nothing else" {
	run python tests/damage/run.py "$F/slim"
	[ "$status" -eq 0 ] || fail "$output"
	has "$output" 'cases, 0 wrong'
}

# The dump's own bitmap is the judge, read without any code of vmtool: no frame that is there is called
# unknown, and what is not there is accused of nothing.
@test "verify calls unknown what the dump's bitmap lacks, and nothing else" {
	run python tests/damage/left_out.py -n 6 "$F"/slim/{amd64-6.12,arm64-6.12-16k} \
		"$(slim_dump riscv64-6.12-sv39)"
	[ "$status" -eq 0 ] || fail "$output"
	[[ $output == *"24 dumps, "*" unknowns name a frame, 0 wrong" && $output != *" 0 unknowns"* ]] ||
		fail "$output"
}

# 5.10: VMCOREINFO tells nothing of vmalloc space, kallsyms does; one page of it is gone.
@test "verify without symbols does not know where areas may be, and accuses none" {
	run python tests/damage/left_out.py -f 0xc477 "$F/slim/amd64-5.10"
	[ "$status" -eq 0 ] || fail "$output"
}

@test "walk of every slim dump leads where another walk leads, and says who holds a page" {
	run python tests/damage/walks.py "$F/slim" "${SLIM[@]}"
	[ "$status" -eq 0 ] || fail "$output"
	has "$output" '25079 addresses, 96 of the direct map, 0 wrong'
}

@test "page tables of shapes that no kernel makes: every command ends, and is honest" {
	run python tests/damage/hostile.py "$F/slim" amd64-6.12 riscv64-6.12-sv39
	[ "$status" -eq 0 ] || fail "$output"
	has "$output" '15 shapes, 0 wrong'
}

# A stack's page and guard, a device, text of a module and of the kernel, the direct map, struct pages.
@test "walk and pt of slim dumps: golden" {
	golden slim-walk-amd64 "$VMTOOL" walk 0xff644f1580010000 0xff644f1580014000 0xff644f1580024000 \
		0xffffffffc0402000 0xffffffffa1a00000 0xff4461ce1432d000 0xffd663788050cb80 "$F/slim/amd64-6.12"
	golden slim-walk-arm64 "$VMTOOL" walk 0xffff800080000000 0xffff800080004000 0xffffd493d6c10000 \
		0xffff0869c29a3000 "$F/slim/arm64-6.12"
	golden slim-walk-riscv64 "$VMTOOL" walk 0xffffffc600000000 0xffffffc600004000 0xffffffff80002000 \
		0xffffffd602639000 "$(slim_dump riscv64-6.12-sv39)"
	golden slim-pt-amd64 "$VMTOOL" pt 0xff644f1580000000+0x40000 "$F/slim/amd64-6.12"
	golden slim-pt-arm64 "$VMTOOL" pt image "$F/slim/arm64-6.12"
	golden slim-pt-riscv64 "$VMTOOL" pt 0xffffffc600000000+0x40000 "$(slim_dump riscv64-6.12-sv39)"
}

# Those made of a RAM file have one page more: the name of the kernel, which proves where memory lies.
@test "an extract of a slim dump has the same bytes" {
	for name in amd64-6.12 arm64-6.12; do
		vt extract -o "$T/again" --compress zlib "$F/slim/$name"
		is "$status" 0
		cmp "$T/again" "$F/slim/$name"
		rm "$T/again"
	done
}

@test "walk: a symbol is as good as its address" {
	local at
	vt walk --csv -n -o address,symbol kernel_clone+0xbd/0x440 "$F/slim/amd64-6.12"
	is "$status" 0
	at=${output%%,*}
	is "$output" "$at,kernel_clone+0xbd/0x440"
	vt walk "$at" kernel_clone+bd "$F/slim/amd64-6.12"
	is "$status" 0
	is "${lines[0]}" "$at   5 levels from ${lines[0]##* }"
	is "$(grep -c "^$at " <<<"$output")" 2
	# All that have the name.
	is "$("$VMTOOL" walk -rn -o address kernel_clone vfree kernel_clone "$F/slim/amd64-6.12" | sort -u | wc -l)" 2
	vt walk 0x1000 no_such_symbol "$F/slim/amd64-6.12"
	is "$status" 2
	is "$output" ''
	has "$stderr" "'no_such_symbol' is no address, no symbol of this kernel, and no SOURCE"
	# Behind an address it is a file that is not there; and what never is a symbol.
	for what in '0x1000 no_such_file' 'a/b' 'kernel_clone+' 'kernel_clone+0xzz' 'kernel_clone+0x10/zz' \
		'0xzz' ''; do
		# shellcheck disable=SC2086 # an address and a file
		vt walk ${what:-"$what"}
		is "$status" 2
		has "$stderr" "is no address, and no SOURCE that exists"
	done
}
