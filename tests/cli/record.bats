#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# vmtool record: samples of a tree of proc files, so that nobody needs to be root.
# shellcheck disable=SC2154 # bats sets stderr and stderr_lines
load helper

BOOT=7ca684f2-5029-4978-bb2d-dfe023dc667f

setup()
{
	T=$BATS_TEST_TMPDIR
	cd "$BATS_TEST_DIRNAME/../.." || return 1
	ROOT=$T/root
	D=$T/d
	mkdir -p "$ROOT/proc/sys/kernel/random"
	cp $F/amd64-6.12/{vmallocinfo,meminfo,modules,version} "$ROOT/proc"
	echo box >"$ROOT/proc/sys/kernel/hostname"
	reboot_as $BOOT 1234.56
}

# reboot_as BOOT_ID UPTIME
reboot_as()
{
	echo "$1" >"$ROOT/proc/sys/kernel/random/boot_id"
	echo "$2 99.00" >"$ROOT/proc/uptime"
}

record() { vt record --sysroot "$ROOT" "$@"; }

# names DIR: the samples in it, without time.
names() { (cd "$1" && printf '%s\n' vmallocinfo-* | sed 's/-[0-9]*T[0-9]*Z-/-T-/'); }

# Plain text of a sample, whatever this build packs with.
text() { case $1 in *.gz) gzip -dc "$1" ;; *) zstd -qdc "$1" ;; esac; }

# fake SEQ YEAR WRITER TEXT...: a file named as a sample is.
fake()
{
	printf '# vmtool-snapshot 1\n# writer: %s\n# time: %s-01-01T00:00:00Z\n' "$3" "$2" |
		gzip >"$D/vmallocinfo-${2}0101T000000Z-$1.gz"
}

@test "a sample: header, modules, and the text as it was" {
	record -N 1 "$D"
	is "$status-$output-$stderr" "0--"
	text "$D"/vmallocinfo-* >"$T/text"
	is "$(head -1 "$T/text")" "# vmtool-snapshot 1"
	for line in '# writer: vmtool record [0-9.]*' '# time: 20[0-9T:-]*Z' '# uptime: 1234.56' \
		"# boot_id: $BOOT" '# host: box' '# kernel: 6.12.107+deb13-amd64' '# page_size: 4096' \
		'# addresses: real' '# meminfo.VmallocUsed: *[0-9]* kB' '# meminfo.VmallocTotal: *[0-9]* kB'; do
		is "$(grep -cx "$line" "$T/text")" 1 || fail "$line" "$(head -20 "$T/text")"
	done
	sed '/^#/d' "$T/text" | cmp - <(cat "$ROOT/proc/modules" "$ROOT/proc/vmallocinfo")
}

@test "a sample is a source like the tree it is of" {
	record -N 1 "$D"
	vt top -J -N 0 --by module "$D"/vmallocinfo-*
	is "$status" 0
	top=$output
	vt top -J -N 0 --by module --sysroot "$ROOT"
	is "$(python -c 'import json,sys; print([json.loads(l)["top"] for l in sys.stdin][0])' <<<"$top")" \
		"$(python -c 'import json,sys; print([json.loads(l)["top"] for l in sys.stdin][0])' <<<"$output")"
	vt diff --areas "$D"/vmallocinfo-* "$ROOT/proc/vmallocinfo"
	is "$status" 0
}

@test "a snapshot as source: its header is not there twice" {
	record -N 1 "$D"
	vt record -N 1 "$T/e" "$D"/vmallocinfo-*
	is "$status" 0
	text "$T"/e/vmallocinfo-* >"$T/text"
	is "$(grep -c vmtool-snapshot "$T/text")" 1
	is "$(grep -c "^# boot_id: $BOOT" "$T/text")" 1
	has_not "$(head -20 "$T/text")" uptime
}

@test "directory 0700, files 0600, whatever the umask" {
	for mask in 000 022 777; do
		(umask $mask && record -N 1 "$D.$mask" && is "$status" 0)
		is "$(stat -c %a "$D.$mask")" 700
		is "$(stat -c %a "$D.$mask"/vmallocinfo-* "$D.$mask/.vmtool-record.lock" | sort -u)" 600
	done
}

@test "a directory others may write to is refused, one they may list is told of" {
	mkdir -m 777 "$D"
	record -N 1 "$D"
	is "$status" 3
	has "$stderr" "others may write"
	is "$(ls "$D")" ""
	chmod 755 "$D"
	record -N 1 "$D"
	is "$status" 0
	has "$stderr" "others may list"
	is "$(stat -c %a "$D")" 755
}

@test "-N and -i: as many as were asked for, numbered in order" {
	record -N 3 -i 0.1 "$D"
	is "$status" 0
	is "$(names "$D" | sed 's/\..*//')" "$(printf 'vmallocinfo-T-00000%d\n' 1 2 3)"
	record -N 1 "$D"
	has "$(names "$D")" vmallocinfo-T-000004
}

@test "a second recorder of the directory is refused, and told of the first" {
	"$VMTOOL" record --sysroot "$ROOT" -i 60 "$D" 3>&- &
	first=$!
	for _ in $(seq 100); do
		compgen -G "$D/vmallocinfo-*" >/dev/null && break
		sleep 0.05
	done
	record -N 1 "$D"
	kill -TERM $first
	code=0
	wait $first || code=$?
	is "$status" 3
	has "$stderr" "another vmtool record" "process $first"
	is "$code" 0
	is "$(names "$D" | wc -l)" 1
	record -N 1 "$D"
	is "$status" 0
}

@test "signals end it cleanly, with nothing aside" {
	for s in INT TERM HUP; do
		# A shell leaves SIGINT ignored for what it starts in the background, nohup SIGHUP.
		python3 -c 'import signal, os, sys
for s in signal.SIGINT, signal.SIGTERM, signal.SIGHUP: signal.signal(s, signal.SIG_DFL)
os.execv(sys.argv[1], sys.argv[1:])' "$VMTOOL" record --sysroot "$ROOT" -i 60 "$D.$s" 3>&- &
		pid=$!
		for _ in $(seq 100); do
			compgen -G "$D.$s/vmallocinfo-*" >/dev/null && break
			sleep 0.05
		done
		kill -$s $pid
		code=0
		wait $pid || code=$?
		is "$s $code" "$s 0"
		is "$(ls -A "$D.$s" | grep -c -e tmp)" 0
	done
}

@test "a reboot is a new boot id" {
	record -N 1 "$D"
	reboot_as 00000000-1111-2222-3333-444444444444 5.00
	record -N 1 "$D"
	is "$(for f in "$D"/vmallocinfo-*; do text "$f" | grep -a '^# boot_id'; done | sort -u | wc -l)" 2
}

@test "--keep COUNT: the newest stay; files of others stay" {
	mkdir -m 700 "$D"
	fake 000001 2020 "vmtool record 0.1"
	fake 000002 2020 "somebody else"
	echo mine >"$D/vmallocinfo-20200101T000000Z-000003.txt"
	echo "# not packed" >"$D/vmallocinfo-20200101T000000Z-000004.gz"
	touch "$D/notes"
	record -N 4 -i 0.1 --keep 2 "$D"
	is "$status-$stderr" "0-"
	is "$(cd "$D" && echo vmallocinfo-2020*)" \
		"vmallocinfo-20200101T000000Z-000002.gz vmallocinfo-20200101T000000Z-000003.txt vmallocinfo-20200101T000000Z-000004.gz"
	[ -e "$D/notes" ]
	is "$(names "$D" | grep -oE '00000[5-9]')" "$(printf '%s\n' 000007 000008)"
}

@test "--keep by number, not by a clock that was set back" {
	mkdir -m 700 "$D"
	fake 000007 2099 "vmtool record 0.1"
	record -N 1 --keep 1 "$D"
	is "$status" 0
	is "$(names "$D" | sed 's/\..*//')" vmallocinfo-T-000008
	[ ! -e "$D/vmallocinfo-20990101T000000Z-000007.gz" ]
}

@test "--keep AGE: by the uptime within a boot, by the clock between boots" {
	mkdir -m 700 "$D"
	fake 000001 2020 "vmtool record 0.1"
	reboot_as $BOOT 100.00
	record -N 1 "$D"
	reboot_as $BOOT 3800.00
	record -N 1 --keep 2h "$D"
	is "$(names "$D" | grep -oE '00000[0-9]' | xargs)" "000002 000003"
	record -N 1 --keep 1h "$D"
	is "$(names "$D" | grep -oE '00000[0-9]' | xargs)" "000003 000004"
}

@test "--keep SIZE: the last stays, however large" {
	record -N 2 -i 0.1 "$D"
	size=$(stat -c %s "$D"/vmallocinfo-*1.*)
	record -N 1 --keep $((size * 2 / 1024 + 2))K "$D"
	is "$(names "$D" | wc -l)" 2
	record -N 1 --keep 7d,1K "$D"
	is "$(names "$D" | wc -l)" 1
}

@test "a file that cannot be written: told once, nothing torn, and it goes on" {
	run --separate-stderr bash -c 'ulimit -f 4; exec "$@"' - "$VMTOOL" record --sysroot "$ROOT" \
		-N 3 -i 0.1 "$D"
	is "$status" 3
	is "$(grep -c 'File too large' <<<"$stderr")" 1
	has "$stderr" "3 of 3 samples were lost"
	is "$(ls -A "$D")" .vmtool-record.lock
}

@test "a full disk: some are lost, and it goes on when there is room again" {
	[ "$(id -u)" = 0 ] || skip "only root can mount a small disk"
	mkdir "$T/disk"
	mount -t tmpfs -o size=64k none "$T/disk" 2>/dev/null || skip "only root can mount a small disk"
	record -N 8 -i 0.1 "$T/disk/d"
	code=$status text=$stderr
	whole=0
	for f in "$T"/disk/d/vmallocinfo-*; do
		text "$f" >/dev/null && whole=$((whole + 1))
	done
	# What is beyond the limit goes, and there is room.
	record -N 8 -i 0.1 --keep 2 "$T/disk/d"
	umount "$T/disk"
	is "$code" 4
	is "$(grep -c 'No space left' <<<"$text")" 1
	[ "$whole" -ge 2 ]
	is "$status" 4
	has "$stderr" "can be written again; 1 were lost"
}

@test "what cannot be read makes no sample" {
	: >"$ROOT/proc/vmallocinfo"
	record -N 2 -i 0.1 "$D"
	is "$status" 3
	has "$stderr" "is empty"
	is "$(ls -A "$D")" .vmtool-record.lock
	vt record "$D" "$T/nonexistent"
	is "$status" 3
}

@test "usage errors" {
	for args in "" "-i 0 $D" "-i x $D" "-i 0.01 $D" "-N x $D" "--keep 5m $D" "--keep x $D" "--keep 0 $D" \
		"--keep 1h,,x $D" "--json $D" "$D -" "$D a b"; do
		# shellcheck disable=SC2086 # split into arguments
		vt record $args
		is "$args: $status" "$args: 2"
	done
	[ ! -e "$D" ]
}

@test "the systemd unit and timer are understood" {
	command -v systemd-analyze >/dev/null || skip "systemd-analyze is not installed"
	sed "s|@BINDIR@/vmtool|$VMTOOL|" doc/vmtool-record.service.in >"$T/vmtool-record.service"
	cp doc/vmtool-record.timer "$T"
	run systemd-analyze verify --man=no "$T/vmtool-record.service" "$T/vmtool-record.timer"
	# In a container it has no manager to ask and says so; of the units it says nothing.
	has_not "$output" "vmtool-record.service:" "vmtool-record.timer:"
}
