# SPDX-License-Identifier: GPL-2.0-or-later
# The live view as a user meets it: in a terminal (tmux), and as text.
load helper
load kernel

REAL=$F/amd64-6.12/vmallocinfo

teardown()
{
	[ ! -S "$BATS_TEST_TMPDIR/s" ] || tmux -S "$BATS_TEST_TMPDIR/s" kill-server 2>/dev/null || true
}

# A source of @1 leaked areas, replaced as a whole so that no reading sees a half of it.
leak()
{
	local i
	{
		cat "$REAL"
		for ((i = 0; i < $1; i++)); do
			printf '0x%016x-0x%016x   20480 leaky_init+0x10/0x20 [leaky] pages=4 vmalloc N0=4\n' \
				$((0xff644f1700000000 + i * 0x8000)) $((0xff644f1700005000 + i * 0x8000))
		done
	} >"$T/source.new"
	mv "$T/source.new" "$T/source"
}

# recorded COUNT: files of a leak, a minute apart.
recorded()
{
	local k
	mkdir -p "$T/rec"
	for ((k = 0; k < $1; k++)); do
		leak "$k"
		{
			echo '# vmtool-snapshot 1'
			printf '# time: 2026-11-22T10:%02d:00Z\n' "$k"
			echo '# boot_id: 7ca684f2-5029-4978-bb2d-dfe023dc667f'
			cat "$T/source"
		} >"$T/rec/$(printf %02d "$k").txt"
	done
}

mux() { tmux -S "$BATS_TEST_TMPDIR/s" "$@"; }

# A shell in a terminal of 80 by 24, with a prompt that is known.
terminal()
{
	local cols=${1:-80} rows=${2:-24}
	command -v tmux >/dev/null || skip "tmux is not installed"
	mux -f /dev/null new-session -d -x "$cols" -y "$rows" \
		"env -i PATH='$PATH' LC_ALL=${LOCALE:-C.UTF-8} TZ=UTC ${NO_COLOR:+NO_COLOR=1} \
		HOME='$T' TERM=screen-256color PS1='READY ' bash --norc --noprofile -i"
	mux set-option -g status off
	shows READY
	type_line "stty -a | tail -n +2 >$T/before"
}

type_line() { mux send-keys -l "$1" && mux send-keys Enter; }
keys() { mux send-keys "$@"; }
screen() { mux capture-pane -p; }

# shows TEXT...: within ten seconds every one stands on the screen.
shows()
{
	local text i
	for text; do
		for ((i = 0; i < 200; i++)); do
			[[ $(screen) != *"$text"* ]] || continue 2
			sleep 0.05
		done
		fail "does not come: $text" "on:" "$(screen)" || return 1
	done
}

start()
{
	type_line "$VMTOOL live $*"
	shows "[1 Callers]"
}

# The terminal is as it was: no screen of ours, the modes of before, an echoing shell.
as_before()
{
	shows READY
	type_line "echo code \$?; stty -a | tail -n +2 >$T/after; echo don''e"
	shows "${1:-code 0}" done
	has_not "$(screen)" "[1 Callers]"
	diff "$T/before" "$T/after"
	[ "$(mux display-message -p '#{alternate_on} #{mouse_any_flag} #{cursor_flag}')" = "0 0 1" ]
}

pid_of_live() { pgrep -f "^$VMTOOL live --source $T/" | head -n 1; }

@test "starts, resizes, sorts, filters, drills down, quits" {
	leak 3
	terminal
	start "--source $T/source -i 0.2"
	shows ">load_module" "addresses real" "areas 1,067"
	leak 50
	shows "areas 1,114 (+47)"
	keys D
	shows ">leaky_init" "▼SINCE BASE"
	mux resize-window -x 40 -y 10
	shows "[1 Callers] 2  3"
	mux resize-window -x 120 -y 30
	shows WHAT
	keys '\'
	keys -l drm
	keys Enter
	shows "filter: drm (1 of"
	keys Enter
	shows "[Areas] of drm_fbdev"
	keys Enter
	shows "1 guard page"
	keys Escape
	shows "[Areas] of drm_fbdev"
	keys Escape 6
	shows "[6 Map]" "cell "
	keys '?'
	shows "Keys"
	keys q
	shows "[6 Map]"
	keys q
	as_before
}

@test "the mouse: wheel, headings, views, rows" {
	leak 3
	terminal
	start "--source $T/source"
	# Pressed and let go, as a terminal says it: button, column, line, each with 32 added.
	mux send-keys -l $'\033[M W%\033[M#W%'
	shows "▼SINCE BASE"
	mux send-keys -l $'\033[M /$\033[M#/$'
	shows "[2 Areas]"
	mux send-keys -l $'\033[Ma**'
	shows "4/"
	keys F10
	as_before
}

@test "replays recorded files" {
	recorded 12
	terminal
	start "$T/rec/*.txt"
	shows "12/12" "10:11:00" "areas 1,075 (+11)"
	keys Left Left
	shows "10/12" "areas 1,073 (+9)"
	keys 7
	shows "10:09:00  +came"
	keys '{'
	shows "1/12" "areas 1,064"
	keys Space
	shows "PLAYING" "2/12"
	keys q
	as_before
}

@test "a signal ends it and the terminal is as it was" {
	local sig
	leak 3
	terminal
	for sig in TERM HUP INT QUIT; do
		start "--source $T/source"
		kill -$sig "$(pid_of_live)"
		as_before "code $((128 + $(kill -l $sig)))"
		type_line clear
	done
	start "--source $T/source"
	keys C-c
	as_before "code 130"
}

@test "stops and goes on" {
	leak 3
	terminal
	start "--source $T/source -i 0.2"
	keys C-z
	shows Stopped READY
	[ "$(mux display-message -p '#{alternate_on}')" = 0 ]
	leak 9
	type_line fg
	shows "[1 Callers]" "areas 1,073 (+6)"
	kill -STOP "$(pid_of_live)"
	sleep 0.3
	kill -CONT "$(pid_of_live)"
	type_line fg
	shows "[1 Callers]"
	keys q
	as_before
}

@test "a source that goes away is told of, and may come back" {
	leak 3
	terminal
	start "--source $T/source -i 0.1"
	rm "$T/source"
	shows "! " "No such file" "[1 Callers]"
	leak 5
	shows "areas 1,069 (+2)" "? Help"
	rm "$T/source"
	shows "No such file"
	keys q
	as_before "code 4"
}

@test "saves a snapshot that all commands read, for its owner alone" {
	leak 3
	terminal
	type_line "cd $T; umask 0"
	start "--source $T/source"
	keys S
	shows "saved vmtool-"
	keys q
	as_before
	[ "$(stat -c %a "$T"/vmtool-*)" = 600 ]
	"$VMTOOL" diff "$T"/vmtool-*.* "$T/source"
}

@test "without UTF-8, and without colours" {
	leak 3
	LOCALE=C NO_COLOR=1 terminal
	start "--source $T/source"
	shows "vRAM" "+ "
	has_not "$(mux capture-pane -pe)" $'\033[38;5'
	keys q
	as_before
}

@test "colours are used where they can be" {
	leak 3
	terminal
	start "--source $T/source"
	has "$(mux capture-pane -pe)" $'\033[38;5;30m'
	keys q
	as_before
}

@test "--once prints the view and leaves" {
	golden live-once "$VMTOOL" live --once -N 5 --sample
	golden live-once-ascii "$VMTOOL" live --once --ascii --view map --sample
	golden live-once-40 "$VMTOOL" live --once --width 40 -N 3 --sample
	recorded 3
	vt live --once "$T/rec"/*.txt --view events
	has "$output" "10:02:00  +came" "3/3"
	vt live --once --sort 'since base' "$T/rec"/*.txt
	has "${lines[5]}" leaky_init
	vt live --once --filter zram --sort areas "$REAL"
	has "$output" "▼AREAS" zcomp_cpu_up
	has_not "$output" load_module
}

@test "--once of the running kernel" {
	[ -r /proc/vmallocinfo ] && [ "$(id -u)" = 0 ] || skip "only root can"
	vt live --once -i 0.1
	[ "$status" = 0 ]
	has "$output" "[1 Callers]" "/s)"
}

@test "owners, and the inline chain of an area, where vmlinux is" {
	kernel_build
	kernel_text >"$T/source"
	vt live --once --view owners --vmlinux "$K/vmlinux" --debug-dir "$K" "$T/source"
	[ "$status" = 0 ]
	has "$output" alloc_thread_stack_node area_of_map zmod_meta_alloc
	vt live --once --view owners "$T/source"
	[ "$status" = 0 ]
	has "$output" kernel_clone
	has_not "$output" alloc_thread_stack_node
	terminal
	start "--vmlinux $K/vmlinux --no-cache $T/source"
	keys /
	keys -l kernel_clone
	keys Enter
	shows ">kernel_clone"
	keys Enter
	shows "[Areas] of kernel_clone"
	keys Enter
	shows "alloc_thread_stack_node  kernel/fork.c:4  (inlined)  <- owner" dup_task_struct
	keys q 3
	shows "[3 Owners]" alloc_thread_stack_node
	keys o o
	shows "owners by subsystem" "kernel/bpf"
	keys q
	as_before
}

@test "wrong use is told"  {
	vt live --interval 0
	[ "$status" = 2 ]
	has "$stderr" "--interval is 0.1 to 86400 seconds, not '0'"
	vt live --view nothing
	[ "$status" = 2 ]
	vt live --once --sort nothing --sample
	[ "$status" = 2 ]
	has "$stderr" "the view callers has no column 'nothing'"
	vt live --json
	[ "$status" = 2 ]
	has "$stderr" "live draws a screen"
	vt live "$T/nowhere"
	[ "$status" = 3 ]
	has "$stderr" "No such file"
	mkdir "$T/empty"
	vt live "$T/empty"
	[ "$status" = 3 ]
	vt live --sample
	[ "$status" = 2 ]
	has "$stderr" "standard output is none"
}

@test "a terminal that is not known is told of" {
	leak 3
	terminal
	type_line "TERM=nothing $VMTOOL live --source $T/source"
	shows "the terminal 'nothing' is not known here"
}

@test "a terminal whose cursor does not move is told of, and nothing is drawn on it" {
	command -v script >/dev/null || skip "script (util-linux) is missing"
	export VMTOOL
	for term in dumb ''; do
		TERM=$term run timeout 20 script -qec '"$VMTOOL" live --sample; echo "code $?"' /dev/null
		is "$status" 0
		case $term in
		dumb) why="live needs a terminal whose cursor can be moved, not 'dumb': --once prints" ;;
		*) why="the terminal '' is not known here: TERM=xterm may do, --once prints" ;;
		esac
		is "$output" "vmtool: $why"$'\r\n'"code 3"$'\r'
	done
}
