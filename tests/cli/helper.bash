# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What the CLI tests share.  They run with the repository's root as working directory, on relative
# paths, so that golden files hold nothing of this machine.  UPDATE_GOLDEN=1 rewrites golden files.

bats_require_minimum_version 1.5.0

: "${VMTOOL:?VMTOOL must name the binary under test}"

# shellcheck disable=SC2034 # used by the tests
FIXTURES=(amd64-5.10 amd64-6.1 amd64-6.1-4lvl amd64-6.12 arm64-6.1 arm64-6.12 armhf-6.1 i386-6.1
	riscv64-6.12)
F=tests/fixtures

setup()
{
	cd "$BATS_TEST_DIRNAME/../.." || return 1
	export LC_ALL=C.UTF-8 TZ=UTC
	unset NO_COLOR COLUMNS DEBUGINFOD_URLS
	T=$BATS_TEST_TMPDIR
	# Answers kept from a test are no other test's, and nobody's own.
	export XDG_CACHE_HOME=$T/cache
}

# python3 may be a slow shim: its own name is asked for once in a run.
python()
{
	local known=$BATS_RUN_TMPDIR/python-name
	[ -s "$known" ] || python3 -c 'import sys; print(sys.executable)' >"$known"
	"$(<"$known")" -I -S "$@"
}

# vt ARGUMENTS...: run vmtool; $status, $output (stdout), $lines, $stderr, $stderr_lines.
vt()
{
	run --separate-stderr "$VMTOOL" "$@"
}

# zeroed FILE: a vmallocinfo as the kernel prints it with kernel.kptr_restrict=2.
zeroed()
{
	sed -E 's/^0x[0-9a-f]{8}-0x[0-9a-f]{8} /0x00000000-0x00000000 /
		s/^0x[0-9a-f]{16}-0x[0-9a-f]{16} /0x0000000000000000-0x0000000000000000 /' "$1"
}

# fixture NAME [hashed|zeroed]: the proc files of a fixture as one text.
fixture()
{
	cat "$F/$1/version" "$F/$1/meminfo" "$F/$1/modules"
	case ${2:-} in
	zeroed) zeroed "$F/$1/vmallocinfo" ;;
	*) cat "$F/$1/vmallocinfo${2:+.$2}" ;;
	esac
}

fail()
{
	printf '%s\n' "$@" >&2
	return 1
}

# is ACTUAL WANTED
is()
{
	[ "$1" = "$2" ] || fail "got:  $1" "want: $2"
}

# has TEXT PART...: every part stands in the text.
has()
{
	local text=$1 part
	shift
	for part; do
		[[ $text == *"$part"* ]] || fail "not found: $part" "in: $text" || return 1
	done
}

has_not()
{
	local text=$1 part
	shift
	for part; do
		[[ $text != *"$part"* ]] || fail "found: $part" "in: $text" || return 1
	done
}

# golden NAME COMMAND...: stdout is tests/cli/golden/NAME, stderr is empty, the exit code ${EXPECT:-0}.
golden()
{
	local want=tests/cli/golden/$1 code=0
	shift
	"$@" >"$T/stdout" 2>"$T/stderr" || code=$?
	is "exit $code" "exit ${EXPECT:-0}" || fail "$(cat "$T/stderr")" || return 1
	[ ! -s "$T/stderr" ] || fail "stderr: $(cat "$T/stderr")" || return 1
	if [ "${UPDATE_GOLDEN:-0}" = 1 ]; then
		cp "$T/stdout" "$want"
		return
	fi
	diff -u "$want" "$T/stdout"
}

# golden_head N NAME COMMAND...: the same for the first N lines of what it prints.
golden_head()
{
	local n=$1
	shift
	golden "$1" eval "$(printf '%q ' "${@:2}") >\$T/whole && head -n $n \$T/whole"
}

# check PYTHON COMMAND...: stdout is JSON; the statements see it as d.  Exit code ${EXPECT:-0}.
check()
{
	local code=0
	"${@:2}" >"$T/json" 2>"$T/stderr" || code=$?
	is "exit $code" "exit ${EXPECT:-0}" || fail "$(cat "$T/stderr")" || return 1
	python -c 'import json, sys
d = json.load(open(sys.argv[1]))
exec(compile(sys.argv[2], "check", "exec"), globals())' "$T/json" "$1" ||
		fail "check: $1" "json: $(head -c 2000 "$T/json")"
}

# no_wider N FILE: no line has more than N columns (the text is ASCII).
no_wider()
{
	awk -v n="$1" 'length > n { print FILENAME ":" FNR ": " length ": " $0; bad = 1 } END { exit bad }' "$2"
}

# no_controls FILE...: nothing a terminal would act upon: C0 but newline, DEL, C1 in either form.
no_controls()
{
	local found
	found=$(LC_ALL=C grep -naP '[\x00-\x09\x0b-\x1f\x7f\x80-\x9f]' "$@" | cat -v | head -20)
	[ -z "$found" ] || fail "control characters came out:" "$found"
}

# as_nobody COMMAND...: run it without any privilege, or skip.
as_nobody()
{
	[ "$(id -u)" = 0 ] || skip "needs root to become somebody else"
	command -v setpriv >/dev/null || skip "setpriv (util-linux) is missing"
	setpriv --reuid=65534 --regid=65534 --clear-groups test -x "$VMTOOL" ||
		skip "$VMTOOL cannot be run by another user here"
	run --separate-stderr setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
}
