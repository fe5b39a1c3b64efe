#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Arguments, help, exit codes, output that cannot be written.
# shellcheck disable=SC2154 # bats sets stderr and stderr_lines
load helper

COMMANDS=(summary top list holes explain diff)
# Those that read no SOURCE have files of tests of their own.
ALL=("${COMMANDS[@]}" info symbolize flow)
V=$F/armhf-6.1/vmallocinfo

# usage ARGUMENTS...: exit 2, nothing on stdout, exactly two lines on stderr, the second a way out.
usage()
{
	vt "$@"
	is "$* : $status, ${#stderr_lines[@]} lines" "$* : 2, 2 lines"
	is "$output" ""
	has "${stderr_lines[0]}" "vmtool"
	has "${stderr_lines[1]}" "--help"
}

# operands COMMAND: what it needs before SOURCE.
operands()
{
	case $1 in
	explain) echo load_module ;;
	diff) echo $V ;;
	esac
}

# short_options COMMAND: as its help documents them, "N arg" or "J".
short_options()
{
	"$VMTOOL" "$1" -h | sed -nE 's/^  -(.), --[a-z-]+( [A-Z].*)?  .*/\1\2/p' | awk '{ print $1, ($2 ~ /^[A-Z]+$/ ? $2 : "") }'
}

@test "vmtool alone lists the commands by group, exit 0" {
	golden usage-vmtool "$VMTOOL"
	"$VMTOOL" --help | diff tests/cli/golden/usage-vmtool -
	"$VMTOOL" -h | diff tests/cli/golden/usage-vmtool -
	for c in "${ALL[@]}"; do
		has "$(cat tests/cli/golden/usage-vmtool)" "  $c "
	done
	no_wider 80 tests/cli/golden/usage-vmtool
}

@test "vmtool FILE: did you mean summary FILE, exit 2" {
	vt $V
	is "$status-$output" "2-"
	has "$stderr" "$V is a file: did you mean 'vmtool summary $V'?"
	vt -
	is "$status" 2
	has "$stderr" "vmtool summary -"
}

@test "vmtool DIRECTORY: proposes --sysroot, exit 2" {
	vt $F/armhf-6.1
	is "$status-$output" "2-"
	has "$stderr" "vmtool summary --sysroot $F/armhf-6.1"
}

@test "unknown command, option, column, value: exit 2 and two lines" {
	usage nosuch
	usage --nosuch
	usage -x
	usage ""
	for c in "${COMMANDS[@]}"; do
		# shellcheck disable=SC2046 # none or one operand
		usage "$c" --nosuch $(operands "$c") $V
		# shellcheck disable=SC2046
		usage "$c" -x $(operands "$c") $V
		# shellcheck disable=SC2046
		usage "$c" -o nosuch $(operands "$c") $V
		# shellcheck disable=SC2046
		usage "$c" -o "" $(operands "$c") $V
		# shellcheck disable=SC2046
		usage "$c" --color=sometimes $(operands "$c") $V
		# shellcheck disable=SC2046
		usage "$c" --width=wide $(operands "$c") $V
		# shellcheck disable=SC2046
		usage "$c" --width=-1 $(operands "$c") $V
		usage "$c" -o
		usage "$c" --source
	done
	usage top --by nosuch $V
	usage top -s nosuch $V
	usage top -N many $V
	usage top -N -1 $V
	usage list --kind nosuch $V
	usage list --node x $V
	usage list --min-size x $V
	usage list --max-size 1Q $V
	usage list --at here $V
	usage list --sort nosuch $V
	usage diff --by nosuch $V $V
	usage diff -N x $V $V
}

@test "the message names what is wrong" {
	usage top --nosuch
	has "$stderr" "--nosuch" "vmtool top --help"
	usage list -xJ $V
	has "$stderr" "'-x'"
	usage list -o start,nosuch $V
	has "$stderr" "'nosuch'"
	usage list --kind vmalloc,nosuch $V
	has "$stderr" "'nosuch'"
	usage top --jsonx
	has "$stderr" "--jsonx"
}

@test "too many operands, a missing operand" {
	usage summary $V $V
	usage top a b c
	usage explain
	usage explain a b $V
	usage diff
	usage diff a b c
}

@test "conflicts" {
	for c in "${COMMANDS[@]}"; do
		for two in "--json --csv" "--csv --raw" "-J -r"; do
			# shellcheck disable=SC2046,SC2086 # options
			usage "$c" $two $(operands "$c") $V
		done
		# shellcheck disable=SC2046
		usage "$c" --sample $(operands "$c") $V
		# shellcheck disable=SC2046
		usage "$c" --sample --source $V $(operands "$c")
		# shellcheck disable=SC2046
		usage "$c" --sysroot $F/armhf-6.1 --source $V $(operands "$c")
	done
}

@test "--help of every command: stdout, exit 0, 80 columns, every option of the usage line" {
	for c in "${ALL[@]}"; do
		vt "$c" -h
		is "$c $status $stderr" "$c 0 "
		has "$output" "Usage: vmtool $c" "ommon options:" "-J, --json" "--page-size" "Columns for --output" \
			"vmtool-$c(1)"
		echo "$output" >"$T/$c"
		# The usage line is the SYNOPSIS, in one line.
		sed 1d "$T/$c" >"$T/below"
		no_wider 80 "$T/below" || fail "$c -h is wider than 80 columns"
		"$VMTOOL" "$c" --help | diff "$T/$c" -
		"$VMTOOL" "$c" --nosuch-before -h >/dev/null 2>&1 && fail "an unknown option before -h"
		while read -r option; do
			grep -qE -- " ${option}[ ,]" "$T/$c" || fail "$c: $option is not explained"
		done < <(head -1 "$T/$c" | grep -oE '\[--?[a-zA-Z-]+' | tr -d '[')
	done
}

@test "--version" {
	vt -V
	is "$status $stderr" "0 "
	[[ $output =~ ^vmtool\ [0-9]+\.[0-9]+ ]] || fail "$output"
	has "$output" zlib zstd lzo
	is "$("$VMTOOL" --version)" "$output"
	is "$("$VMTOOL" top -V)" "$output"
}

@test "every documented short option works, alone and with its long name" {
	for c in "${COMMANDS[@]}"; do
		local n=0
		while read -r letter arg; do
			case $letter:$arg in
			o:*) arg=$([ "$c" = summary ] && echo kind || "$VMTOOL" "$c" -h | awk '/^Columns/ { getline; print $1 }') ;;
			s:*) arg=size ;;
			N:*) arg=3 ;;
			esac
			# shellcheck disable=SC2046,SC2086 # options and operands
			vt "$c" "-$letter" $arg $(operands "$c") $V
			is "$c -$letter $arg: $status" "$c -$letter $arg: 0"
			n=$((n + 1))
		done < <(short_options "$c")
		[ $n -ge 7 ] || fail "$c documents only $n short options"
	done
}

@test "options after operands, letters in one word, long options cut short" {
	"$VMTOOL" top -n -b -N 3 $V >"$T/want"
	"$VMTOOL" top $V -nbN3 | diff "$T/want" -
	"$VMTOOL" top --noh --bytes --count=3 $V | diff "$T/want" -
	usage top --s $V
}

@test "-n, -b in every command" {
	for c in "${COMMANDS[@]}"; do
		# shellcheck disable=SC2046
		"$VMTOOL" "$c" --csv $(operands "$c") $V >"$T/with" || true
		# shellcheck disable=SC2046
		"$VMTOOL" "$c" --csv -n $(operands "$c") $V >"$T/without" || true
		head -1 "$T/with" | grep -qE '^[a-z_]+(,[a-z_%]+)+$' || fail "$c: no heading: $(head -1 "$T/with")"
		! grep -qxF "$(head -1 "$T/with")" "$T/without" || fail "$c: a heading with -n"
	done
}

@test "output that is lost: exit 3 and why" {
	[ -c /dev/full ] || skip "there is no /dev/full here"
	for c in "${COMMANDS[@]}"; do
		for format in "" --json --csv --raw -h; do
			[ "$c" != diff ] || [ -z "$format" ] || [ "$format" = --json ] || [ "$format" = -h ] || continue
			# shellcheck disable=SC2046,SC2086
			run bash -c '"$@" 2>&1 >/dev/full' - "$VMTOOL" "$c" $format $(operands "$c") $V
			is "$c $format: $status" "$c $format: 3"
			has "$output" "vmtool: " "No space left"
		done
	done
	run bash -c '"$@" 2>&1 >/dev/full' - "$VMTOOL"
	is "$status" 3
	run bash -c '"$@" 2>&1 >&-' - "$VMTOOL" top $V
	is "$status" 3
}

@test "a closed pipe ends quietly, also where SIGPIPE is ignored" {
	for format in "" --json --csv --raw; do
		# shellcheck disable=SC2086 # none or one option
		run bash -c 'for i in 1 2 3 4 5 6 7 8; do cat "$2"; done | "$1" list '"$format"' - 2>&1 >&3 3>&- | cat' \
			- "$VMTOOL" $V 3> >(head -1 >/dev/null)
		is "$format: $output" "$format: "
		run bash -c 'trap "" PIPE; "$1" list --width 0 '"$format"' "$2" 2>&1 >&3 3>&- | cat' \
			- "$VMTOOL" $F/riscv64-6.12/vmallocinfo 3> >(head -1 >/dev/null)
		is "$format ignored: $output" "$format ignored: "
	done
}

@test "colour: always has escapes; never, NO_COLOR and a pipe have none; words stay the same" {
	"$VMTOOL" summary $V >"$T/plain"
	no_controls "$T/plain"
	"$VMTOOL" summary --color=always $V >"$T/always"
	grep -q $'\e\\[' "$T/always" || fail "no escapes"
	sed 's/\x1b\[[0-9;]*m//g' "$T/always" | diff "$T/plain" -
	"$VMTOOL" summary --color=never $V | diff "$T/plain" -
	NO_COLOR=1 "$VMTOOL" summary $V | diff "$T/plain" -
	for c in "${COMMANDS[@]}"; do
		# shellcheck disable=SC2046
		"$VMTOOL" "$c" --color=always --json $(operands "$c") $V >"$T/json"
		no_controls "$T/json"
	done
}

@test "colour on a terminal, unless NO_COLOR or TERM=dumb; the width of the terminal" {
	command -v script >/dev/null || skip "script (util-linux) is missing"
	export V
	run script -qec 'stty cols 70; "$VMTOOL" top "$V"' /dev/null
	has "$output" $'\e['
	sed 's/\x1b\[[0-9;]*m//g; s/\r//' <<<"$output" | head -21 >"$T/out"
	no_wider 70 "$T/out"
	NO_COLOR=1 run script -qec 'stty cols 70; "$VMTOOL" top "$V"' /dev/null
	has_not "$output" $'\e['
	TERM=dumb run script -qec 'stty cols 70; "$VMTOOL" top "$V"' /dev/null
	has_not "$output" $'\e['
	NO_COLOR='' run script -qec '"$VMTOOL" top "$V"' /dev/null
	has "$output" $'\e['
}

@test "JSON of every command is valid, and named after it" {
	for c in "${COMMANDS[@]}"; do
		for f in $V $V.hashed $F/founding.txt $F/odd/linux-7.2-x86_64.txt; do
			[ "$c" != holes ] || [ "${f##*.}" = vmallocinfo ] || continue
			case $c in
			explain) set -- explain 1 ;;
			diff) set -- diff "$f" ;;
			*) set -- "$c" ;;
			esac
			check "assert '$c' in d and list(d)[-1] == 'source' and d['source']['path'] == '$f'" \
				"$VMTOOL" "$@" --json "$f"
		done
	done
}
