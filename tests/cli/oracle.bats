#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# An independent recomputation from the raw text agrees with top, summary and holes.
# shellcheck disable=SC2154 # bats sets stderr and stderr_lines
load helper

@test "oracle: all fixtures, addresses real, hashed and zeroed" {
	for name in "${FIXTURES[@]}"; do
		zeroed "$F/$name/vmallocinfo" >"$T/$name.zeroed"
	done
	run python tests/cli/oracle.py "$F"/*/vmallocinfo "$F"/*/vmallocinfo.hashed "$T"/*.zeroed
	[ "$status" -eq 0 ] || fail "$output"
	is "$output" "27 files, 0 differences"
}

# The oracle must see what is wrong: a vmtool that is off by one area, one page, one hole.
@test "oracle: finds a wrong sum, a wrong guard and a wrong hole" {
	cat >"$T/wrong" <<-'END'
	#!/bin/sh
	"$REAL" "$@" | sed -E "$WRONG"
	END
	chmod +x "$T/wrong"
	export REAL=$VMTOOL WRONG
	for WRONG in 's/("areas":)423,/\1424,/' 's/("guard":)1732608,/\11728512,/' \
		's/("holes":)408,/\1407,/' 's/("kind":"percpu","areas":)1,/\12,/'; do
		VMTOOL=$T/wrong run python tests/cli/oracle.py $F/amd64-6.12/vmallocinfo
		[ "$status" -eq 1 ] || fail "not seen: $WRONG" "$output"
	done
}

@test "the names of callers say what at least 90 % of the RAM is, on every fixture" {
	for f in "${FIXTURES[@]}"; do
		check 'assert sum(r["share"] for r in d["top"] if r["what"] is None) <= 0.1, d["top"]' \
			"$VMTOOL" top --by what -N 0 --json "$F/$f/vmallocinfo"
	done
}
