#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Raw memory as SOURCE: recognised, placed, and what is said when it cannot be.

load helper

# ram HOW: writes $T/HOW.
ram()
{
	"${BUILD:-build}/tests/unit/make_dump" "$1" "$T/$1"
}

@test "the memory of a machine is a source like its dump" {
	ram ram
	ram 6.12
	for command in list "list --raw" summary top holes; do
		ln -sf 6.12 "$T/x"
		# shellcheck disable=SC2086 # a command and its option
		vt $command "$T/x"
		want=$output
		ln -sf ram "$T/x"
		# shellcheck disable=SC2086
		vt $command "$T/x"
		is "$status" 0
		is "$stderr" ''
		is "$output" "$want"
	done
	vt info "$T/ram"
	has "$output" 'raw memory' 'x86_64' '512 MiB at 0x0 (a guess that holds: a PC)'
	ram arm-ram
	vt info "$T/arm-ram"
	has "$output" 'aarch64' '512 MiB at 0x40000000 (a guess that holds: QEMU virt)'
	ram far-ram
	vt info "$T/far-ram"
	has "$output" '512 MiB at 0x41000000 (a guess that holds: the kernel'
}

@test "--base and --map say where memory lies; a wrong word is told" {
	ram far-ram
	vt info --base 0x41000000 "$T/far-ram"
	is "$status" 0
	has "$output" '512 MiB at 0x41000000'
	has_not "$output" guess
	vt info --map 0:0x41000000:128M,128M:8G:384M "$T/far-ram"
	is "$status" 0
	has "$output" '128 MiB at 0x41000000, 384 MiB at 0x200000000'
	vt list --base 0x40000000 "$T/far-ram"
	is "$status" 3
	has "$stderr" 'is memory where --base or --map put it?'
	vt list --map 0:0x41000000:1G "$T/far-ram"
	is "$status" 3
	has "$stderr" 'would lie behind them'
	vt list --map 0:4G:0x1000,0x1000:4G:0x1000 "$T/far-ram"
	is "$status" 3
	has "$stderr" 'two things are to be at 0x100000000'
	for wrong in 1 1:2 1:2:x , 1:2:3:4; do
		vt list --map "$wrong" "$T/far-ram"
		is "$status" 2
		has "$stderr" --map
	done
	vt list --base nowhere "$T/far-ram"
	is "$status" 2
	vt list --base 0 --map 0:0:1G "$T/far-ram"
	is "$status" 2
}

@test "--base and --map are for raw memory alone" {
	ram kdump
	vt list --base 0 "$T/kdump"
	is "$status" 3
	has "$stderr" 'is a dump (kdump), which says itself where its memory is'
	vt symbolize --base 0 x
	is "$status" 2
	has "$stderr" 'reads no SOURCE'
}

@test "--vmcoreinfo gives what memory does not have" {
	ram bare-ram
	ram bare-ram.info
	vt list "$T/bare-ram"
	is "$status" 3
	has "$stderr" 'no VMCOREINFO in it' '--vmcoreinfo FILE'
	vt list -n --vmcoreinfo "$T/bare-ram.info" "$T/bare-ram"
	is "$status" 0
	is "${#lines[@]}" 9
	# Of another machine, by ssh for example.
	vt list -n --vmcoreinfo <(cat "$T/bare-ram.info") "$T/bare-ram"
	is "$status" 0
	is "${#lines[@]}" 9
	vt list --vmcoreinfo "$T/bare-ram" "$T/bare-ram"
	is "$status" 3
	sed 's/phys_base)=.*/phys_base)=0/' "$T/bare-ram.info" >"$T/other"
	vt list --vmcoreinfo "$T/other" "$T/bare-ram"
	is "$status" 3
	has "$stderr" '--base ADDR'
}

@test "a text that is a whole number of pages stays a text" {
	line='0xffffc90000000000-0xffffc90000005000   20480 first_caller+0x10/0x40 pages=4 vmalloc N0=4'
	for _ in {1..2048}; do printf '%-127s\n' "$line"; done >"$T/text"
	is "$(stat -c %s "$T/text")" 262144
	vt info "$T/text"
	is "$status" 0
	has "$output" 'text of /proc/vmallocinfo' '2,048'
}
