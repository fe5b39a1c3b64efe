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

# Those made of a RAM file have one page more: the name of the kernel, which proves where memory lies.
@test "an extract of a slim dump has the same bytes" {
	for name in amd64-6.12 arm64-6.12; do
		vt extract -o "$T/again" --compress zlib "$F/slim/$name"
		is "$status" 0
		cmp "$T/again" "$F/slim/$name"
		rm "$T/again"
	done
}
