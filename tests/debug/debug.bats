#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# What is run on vmlinux and modules of real kernels, when VMTOOL_DEBUG names a directory with
# CAPTURE/vmlinux and the modules' files (tests/run); tests/fixtures/README.md says of which.
load ../cli/helper

L=("$VMTOOL_DEBUG"/*/vmlinux)

@test "owners, source lines and chains of the callers that were worked out by hand" {
	run python tests/debug/owners.py "$VMTOOL" "$VMTOOL_DEBUG" "$F/owners.tsv"
	[ "$status" -eq 0 ] || fail "$output"
	is "$output" "$(grep -vc '^#' $F/owners.tsv) callers, 0 different"
}

@test "the sample's kernel: owners add up to what callers do" {
	local dir=$VMTOOL_DEBUG/amd64-6.12.107+deb13
	for by in owner file subsystem; do
		"$VMTOOL" top --by $by -N 0 --sample --debug-dir "$dir" --force --json >"$T/by" 2>/dev/null
		"$VMTOOL" top -N 0 --sample --json >"$T/caller"
		python -c '
import json, sys
a, b = (json.load(open(f)) for f in sys.argv[1:])
for k in "areas", "size", "resident", "guard":
    assert sum(r[k] or 0 for r in a["top"]) == sum(r[k] or 0 for r in b["top"]), k' "$T/by" "$T/caller"
	done
}

@test "flow: the way from vmalloc to the page tables is there in every kernel" {
	for file in "${L[@]}"; do
		vt flow --vmlinux "$file" -d 12 -r -n -o function --only 'alloc_vmap_area,*alloc_pages_bulk*'
		is "$file: $status $stderr" "$file: 0 "
		has "$output" "__get_vm_area_node" "alloc_vmap_area" "alloc_pages_bulk"
	done
}

@test "tables of real names are no wider than the screen" {
	local dir=$VMTOOL_DEBUG/amd64-6.12.107+deb13
	for w in 80 60; do
		for by in owner file subsystem; do
			"$VMTOOL" top --by $by -N 0 --sample --debug-dir "$dir" --width $w 2>/dev/null |
				grep -v ^Total >"$T/out"
			no_wider $w "$T/out"
		done
		"$VMTOOL" flow --debug-dir "$dir" -d 5 --width $w >"$T/out"
		no_wider $w "$T/out"
		"$VMTOOL" list --sample --debug-dir "$dir" -o start,owner,source,subsystem,sure --width $w >"$T/out" 2>/dev/null
		no_wider $w "$T/out"
	done
}

@test "cut and damaged copies of a real vmlinux: told at once" {
	local size n
	size=$(stat -c %s "${L[0]}")
	for n in $((size / 3)) $((size / 2)) $((size - 4096)); do
		head -c "$n" "${L[0]}" >"$T/cut"
		vt symbolize --vmlinux "$T/cut" --no-cache kernel_clone+0xbd/0x440
		is "$n: $status ${#stderr_lines[@]}" "$n: 4 1"
		has "$stderr" "cut short"
	done
}

# crash has its own way to the areas, and stops at the start when what it wants is not there.
@test "crash opens an extract, ELF and kdump, and lists the areas that vmtool lists" {
	local vmlinux=$VMTOOL_DEBUG/amd64-6.1.0-50/vmlinux fixture=$F/slim/amd64-6.1-4lvl
	command -v crash >/dev/null || skip "crash is not installed"
	[ -e "$vmlinux" ] || skip "no amd64-6.1.0-50/vmlinux in $VMTOOL_DEBUG"
	"$VMTOOL" extract -o "$T/elf" "$fixture" >/dev/null
	# It lists busy areas that have a vm_struct.
	"$VMTOOL" list -rnb -o start,end,kind "$fixture" |
		awk '$3 != "vm_map_ram" && $3 != "unpurged" { print substr($1, 3), substr($2, 3) }' | sort >"$T/want"
	[ "$(wc -l <"$T/want")" -gt 700 ]
	echo 'kmem -v' >"$T/commands"
	echo quit >>"$T/commands"
	for how in "--zero_excluded $fixture" "$T/elf"; do
		# shellcheck disable=SC2086 # an option and a file
		crash -s --no_scroll -i "$T/commands" "$vmlinux" $how </dev/null >"$T/crash" 2>&1
		awk 'NF == 6 && $4 == "-" { print $3, $5 }' "$T/crash" | sort >"$T/got"
		diff "$T/want" "$T/got" || fail "$how" "$(head -n 20 "$T/crash")"
	done
}

# It has its own way through the page tables, too.
@test "walk says what crash's vtop says" {
	local dump=${VMTOOL_CAPTURES:-}/amd64-6.1.0-50/vmcore.kdump vmlinux=$VMTOOL_DEBUG/amd64-6.1.0-50/vmlinux
	[ -e "$dump" ] || skip "no dump of amd64-6.1.0-50: VMTOOL_CAPTURES names its directory"
	[ -e "$vmlinux" ] || skip "no amd64-6.1.0-50/vmlinux in $VMTOOL_DEBUG"
	command -v crash >/dev/null || skip "crash is not installed"
	run python tests/debug/vtop.py "$VMTOOL" "$dump" "$vmlinux"
	[ "$status" -eq 0 ] || fail "$output"
	[[ $output =~ ^([0-9]+)" compared, of "([0-9]+)" kinds, 0 differences" ]] || fail "$output"
	((BASH_REMATCH[1] >= 200 && BASH_REMATCH[2] >= 10)) || fail "$output"
}
