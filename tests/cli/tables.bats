#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# walk and pt on dumps of tiny kernels (tests/unit/make_dump.c), in order and damaged.

load helper

# dump HOW: writes $T/HOW.
dump()
{
	"${BUILD:-build}/tests/unit/make_dump" "$1" "$T/$1"
}

# Of each kind of place one: page of an area, device, guard that is mapped, hole that is mapped, a
# hole, a table that is lost, one where no memory is, a large page that is not aligned, the image.
places=(0xffffc90000001010 ffffc90000008000 0xffffc90000004000 0xffffc90000032000
	0xffffc90000040000 0xffffc90000041000 0xffffc90000a00000 0xffffc90000c00000
	0xffffc90000e00010 0xffffffff9a000123 0x1000)

@test "walk: golden, in prose and as JSON" {
	dump tables
	EXPECT=4 golden walk-tables "$VMTOOL" walk "${places[@]}" "$T/tables"
	EXPECT=4 golden walk-tables.json bash -c "cd '$T' && '$VMTOOL' walk --json ${places[*]} tables"
}

@test "pt: golden, on each architecture" {
	for how in tables tables-arm64 tables-riscv64; do
		dump "$how"
		golden "pt-$how" "$VMTOOL" pt "$T/$how"
	done
	golden pt-tables.json bash -c "cd '$T' && '$VMTOOL' pt --json tables"
}

@test "pt: filters and ranges" {
	dump tables
	local starts='kind,start -r -n'
	# shellcheck disable=SC2086 # a column list and its options
	starts()
	{
		vt pt "$@" -o $starts "$T/tables"
		is "$status" 0
		grep '^mapped' <<<"$output" | cut -d' ' -f2 | tr '\n' ' '
	}
	is "$(starts --wx)" '0xffffc90000030000 '
	is "$(starts --exec)" '0xffffc90000020000 0xffffc90000030000 '
	is "$(starts --writable 0xffffc90000008000-0xffffc90000021000)" '0xffffc90000008000 '
	is "$(starts 0xffffc90000020000+4K)" '0xffffc90000020000 '
	is "$(starts --huge)" '0xffffc90000400000 0xffffc90000e00000 '
	is "$(starts --entries 0xffffc90000000000+8K)" '0xffffc90000000000 0xffffc90000001000 '
	is "$(starts --entries 0xffffc90000001000+4K,0xffffc90000000000+8K)" \
		'0xffffc90000000000 0xffffc90000001000 '
	is "$(starts image)" '0xffffffff9a000000 0xffffffff9a200000 '
	[ "$(starts all | wc -w)" -gt 10 ]
	vt pt --raw -n -o start,alias --alias 0xffffc90000000000+64K "$T/tables"
	is "$output" '0xffffc90000000000 0xffffc90000031000'
}

@test "pt: without a row it says that nothing matches, and where it looked" {
	dump tables
	local first=0xffffc90000000000-0xffffc90000010000 lost=0xffffc90000a00000+2M
	vt pt --wx "$first" "$T/tables"
	is "$status" 0
	is "${lines[0]}" "  No W+X mapping in $first."
	has "${lines[1]}" 'Mapped: '
	vt pt --exec --huge "$first,0xffffc90000040000+4K" "$T/tables"
	is "${lines[0]}" '  No executable large-page mapping in'
	is "${lines[1]}" "  $first,0xffffc90000040000+4K:"
	is "${lines[2]}" "  $first,"
	is "${lines[3]}" '  0xffffc90000040000-0xffffc90000041000.'
	vt pt --wx --alias image "$T/tables"
	has "$output" '  No W+X mapping of frames that are mapped elsewhere, too, in image:'
	# What could not be read is not cleared.
	vt pt --wx "$lost" "$T/tables"
	has "$output" 'unknown: 1 page table' 'No W+X mapping in what can be read of'
	vt pt 0xffffc90000014000+4K "$T/tables"
	is "$output" "  No mapping in 0xffffc90000014000-0xffffc90000015000.
  Nothing is mapped."
	# With a row, and for scripts, there is no such line.
	for how in '--wx all' "--wx -n $first" "--wx -o start $first" "--wx --raw $first" \
		"--wx --csv $first"; do
		# shellcheck disable=SC2086 # options
		vt pt $how "$T/tables"
		is "$status" 0
		has_not "$output" 'No W+X'
	done
	check "assert d['pt'] == [] and d['page_tables']['mapped']" \
		"$VMTOOL" pt --json --wx "$first" "$T/tables"
}

@test "pt: a table that is lost is unknown, never unmapped" {
	dump tables
	vt pt -r -n -o kind,start,size,count,table 0xffffc90000a00000+4M "$T/tables"
	is "$status" 0
	is "$output" "unknown 0xffffc90000a00000 2097152 1 0x16008000
unknown 0xffffc90000c00000 2097152 1 0x1a000000"
	vt walk --json 0xffffc90000a00000 "$T/tables"
	is "$status" 4
	has "$output" '"mapped":null'
}

@test "walk and pt: what they are asked wrongly, or of what they cannot be asked" {
	dump tables
	dump text
	vt pt nowhere "$T/tables"
	is "$status" 2
	has "$stderr" "'nowhere' is no range"
	vt pt direct "$T/tables"
	is "$status" 3
	has "$stderr" 'where direct begins is not known'
	vt pt 0x2000-0x1000 "$T/tables"
	is "$status" 2
	vt walk "$T/tables"
	is "$status" 2
	has "$stderr" "is a file: ADDR comes before it"
	vt walk "$T/nothing"
	is "$status" 2
	has "$stderr" "no SOURCE that exists"
	vt pt --alias --entries "$T/tables"
	is "$status" 2
	vt walk "$T/tables"
	is "$status" 2
	vt walk 0xzz "$T/tables"
	is "$status" 2
	has "$stderr" "'0xzz' is no address"
	for cmd in 'walk 0x1000' pt; do
		# shellcheck disable=SC2086 # a command and its operand
		vt $cmd "$T/text"
		is "$status" 3
		has "$stderr" 'is a text'
	done
}
