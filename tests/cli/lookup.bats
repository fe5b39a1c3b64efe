#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Symbols in all commands: where files are found, what is wrong with them, the cache, no network.
# shellcheck disable=SC2154 # bats sets stderr and stderr_lines
load helper
load kernel

setup_file() {
	kernel_build
	kernel_text >"$K/text"
}

REL=6.99-test

# sysroot: a tree of that kernel in $T/root, without vmlinux.
sysroot()
{
	rm -rf "$T/root"
	mkdir -p "$T/root/proc" "$T/root/sys/kernel"
	cp "$K/text" "$T/root/proc/vmallocinfo"
	echo "Linux version $REL (a@b) (gcc) #1 SMP" >"$T/root/proc/version"
	objcopy --dump-section .note.gnu.build-id="$T/root/sys/kernel/notes" "$K/vmlinux" "$T/copy"
}

put() { mkdir -p "$(dirname "$T/root/$2")" && cp "$1" "$T/root/$2"; }

owners() { vt top --by owner -r -n -o key "$@"; }

@test "top --by owner, file, subsystem" {
	owners --vmlinux "$K/vmlinux" --debug-dir "$K" "$K/text"
	is "${lines[*]}" "alloc_thread_stack_node area_of_map gone_func zmod_meta_alloc pcpu_get_vm_areas acme_map"
	# The key by its own name, though a column that callers have is called so too.
	for by in owner file subsystem; do
		vt top --by $by -r -n -o key,areas --vmlinux "$K/vmlinux" --debug-dir "$K" "$K/text"
		local want=$output
		vt top --by $by -r -n -o $by,areas --vmlinux "$K/vmlinux" --debug-dir "$K" "$K/text"
		is "$output" "$want"
	done
	vt top --by file -r -n -o key,areas --vmlinux "$K/vmlinux" --debug-dir "$K" "$K/text"
	has "$output" "kernel/fork.c 2" "drivers/net/ethernet/acme/acme_main.c 1"
	vt top --by subsystem -r -n -o key,areas --vmlinux "$K/vmlinux" --debug-dir "$K" "$K/text"
	has "$output" "kernel 2" "kernel/bpf 1" "drivers/block/zmod 1" " 1"
	check '
assert list(d) == ["top", "unpurged", "total", "symbols", "source"], list(d)
assert [r["owner"] for r in d["top"]][0] == "alloc_thread_stack_node"
assert sum(r["areas"] for r in d["top"]) == d["total"]["areas"] == 7' \
		"$VMTOOL" top --by owner --json --vmlinux "$K/vmlinux" --debug-dir "$K" "$K/text"
}

@test "columns of top and list, by caller only" {
	vt list -r -n -o owner,source,file,subsystem,sure --vmlinux "$K/vmlinux" --debug-dir "$K" "$K/text"
	is "${lines[0]}" "alloc_thread_stack_node kernel/fork.c:4 kernel/fork.c kernel known"
	is "${lines[5]}" "    unknown"
	check '
assert list(d) == ["list", "symbols", "source"]
assert [f["function"] for f in d["list"][0]["inlines"]] == ["alloc_thread_stack_node", "dup_task_struct", "copy_process", "kernel_clone"]' \
		"$VMTOOL" list --json -o +inlines --vmlinux "$K/vmlinux" --debug-dir "$K" "$K/text"
	vt top -r -n -o key,owner,sure --vmlinux "$K/vmlinux" --debug-dir "$K" "$K/text"
	has "${lines[0]}" "kernel_clone+0x" " alloc_thread_stack_node known"
	# Not asked for: no vmlinux is looked for, and no word of one.
	check 'assert "symbols" not in d' "$VMTOOL" list --json --vmlinux "$T/nosuch" "$K/text"
}

@test "explain: the chain under the caller, of an area and of one caller; columns; JSON is whole" {
	vt explain 1 --vmlinux "$K/vmlinux" "$K/text"
	has "$output" "alloc_thread_stack_node  kernel/fork.c:4   (inlined)  <- owner"
	vt explain kernel_clone --vmlinux "$K/vmlinux" "$K/text"
	has "$output" "alloc_thread_stack_node  kernel/fork.c:4   (inlined)  <- owner"
	vt explain '*' -r -n -o owner --vmlinux "$K/vmlinux" --debug-dir "$K" "$K/text"
	is "${lines[0]} ${lines[1]}" "alloc_thread_stack_node area_of_map"
	: >"$T/empty"
	for what in 1 kernel_clone '*'; do
		EXPECT=4 check 'assert list(d)[-1] == "source" and d["explain"][0]["owner"] is None' \
			"$VMTOOL" explain --json -o caller,owner --vmlinux "$T/empty" "$what" "$K/text"
	done
	# By itself it looks, and is silent when there is none.
	vt explain 1 "$K/text"
	is "$status-$stderr" "0-"
	has_not "$output" "owner"
	# But a column is asked for.
	vt explain 1 -o owner "$K/text"
	is "$status" 4
	has "$stderr" "no vmlinux"
}

@test "summary: an OWNER column only when a file is named" {
	vt summary "$K/text"
	has_not "$output" OWNER
	vt summary --vmlinux "$K/vmlinux" --debug-dir "$K" "$K/text"
	has "$output" OWNER alloc_thread_stack_node
	"$VMTOOL" summary --width 80 --vmlinux "$K/vmlinux" --debug-dir "$K" "$K/text" >"$T/out" 2>/dev/null
	no_wider 80 "$T/out"
	check 'assert d["summary"]["callers"][0]["owner"] == "alloc_thread_stack_node"' \
		"$VMTOOL" summary --json --vmlinux "$K/vmlinux" --debug-dir "$K" "$K/text"
}

@test "trend --by owner: as top, over time" {
	vt record -N 8 -i 0.1 "$T/d" "$K/text"
	is "$status" 0
	owners --vmlinux "$K/vmlinux" --debug-dir "$K" -N 0 "$K/text"
	sort <<<"$output" >"$T/owners"
	vt trend --by owner -r -n -o key -N 0 --vmlinux "$K/vmlinux" --debug-dir "$K" "$T/d"
	is "$status" 0
	# Told once, not for each sample.
	is "${#stderr_lines[@]}" 1
	has "$stderr" "module gone"
	sort <<<"$output" | diff "$T/owners" -
	vt trend --by owner --vmlinux "$T/nonexistent" "$T/d"
	is "$status" 4
}

@test "diff --by owner: both sources, each problem told once" {
	head -3 "$K/text" >"$T/old"
	vt diff --by owner -r -n -o key,change --vmlinux "$K/vmlinux" --debug-dir "$K" "$T/old" "$K/text"
	is "$status ${lines[*]}" "1 gone_func new zmod_meta_alloc new pcpu_get_vm_areas new acme_map new"
	is "${#stderr_lines[@]}" 1
	: >"$T/empty"
	vt diff --by owner --vmlinux "$T/empty" "$K/text" "$K/text"
	is "${#stderr_lines[@]}" 2
	vt diff --by owner --vmlinux "$K/vmlinux" --debug-dir "$K" "$K/text" "$K/text"
	is "$status" 0
}

@test "found in each of the standard places" {
	sysroot
	local id
	id=$(<"$K/build-id")
	for place in "usr/lib/debug/.build-id/${id:0:2}/${id:2}.debug" "usr/lib/debug/boot/vmlinux-$REL" \
		"usr/lib/debug/lib/modules/$REL/vmlinux" "usr/lib/debug/lib/modules/$REL/vmlinux.debug" \
		"usr/lib/modules/$REL/build/vmlinux" "lib/modules/$REL/build/vmlinux" "lib/modules/$REL/vmlinux" \
		"boot/vmlinux-$REL" "usr/lib/debug/vmlinux-$REL"; do
		sysroot
		put "$K/vmlinux" "$place"
		vt top --by owner --sysroot "$T/root" --no-cache -r -n -o key
		is "$place: ${lines[0]}" "$place: alloc_thread_stack_node"
		# The same without a source.
		vt symbolize --sysroot "$T/root" --no-cache -r -n -o owner "$(caller kernel_clone copy_process)"
		is "$place: $output" "$place: alloc_thread_stack_node"
		# And of another build: passed over.
		put "$K/vmlinux.other" "$place"
		vt top --by owner --sysroot "$T/root" --no-cache -r -n -o key
		is "$place: $status ${lines[0]}" "$place: 4 kernel_clone"
		has "$stderr" "$T/root/$place (of another build)"
	done
	# By release alone where no build-id is known.
	rm "$T/root/sys/kernel/notes"
	put "$K/vmlinux.other" "boot/vmlinux-$REL"
	vt symbolize --sysroot "$T/root" --kernel $REL -r -n -o sure "$(caller kernel_clone copy_process)"
	is "$status" 0
	vt symbolize --sysroot "$T/root" --kernel ../../etc "$(caller kernel_clone copy_process)"
	is "$status" 4
}

@test "--debug-dir comes first; --kernel; modules in each of the standard places" {
	sysroot
	put "$K/vmlinux" "boot/vmlinux-$REL"
	for place in usr/lib/debug/lib/modules/$REL usr/lib/debug/usr/lib/modules/$REL lib/modules/$REL \
		usr/lib/modules/$REL; do
		rm -rf "$T/root/usr" "$T/root/lib"
		put "$K/zmod.ko" $place/kernel/drivers/zmod.ko
		owners --sysroot "$T/root" --no-cache
		has "$output" zmod_meta_alloc
	done
	put "$K/zmod.ko" "usr/lib/debug/lib/modules/$REL/kernel/zmod.ko.debug"
	owners --sysroot "$T/root" --no-cache
	has "$output" zmod_meta_alloc
	# A vmlinux in --debug-dir is used where there is no source that tells of another kernel.
	mkdir "$T/dir"
	cp "$K/vmlinux.other" "$T/dir/vmlinux"
	vt symbolize --debug-dir "$T/dir" -J "$(caller kernel_clone copy_process)"
	has "$output" "$T/dir/vmlinux"
	owners --sysroot "$T/root" --debug-dir "$T/dir"
	is "${lines[0]}" alloc_thread_stack_node
	vt top --by owner --sysroot "$T/root" --debug-dir "$T/dir" --force -J
	has "$output" "$T/dir/vmlinux"
}

@test "vmlinux of another build: exit 3, both build-ids; --force" {
	sysroot
	for c in "top --by owner" "list -o owner" "explain 1" "summary" "diff --by owner $K/text" "symbolize a+0x1/0x2" flow; do
		# shellcheck disable=SC2086 # a command and its options
		vt $c --sysroot "$T/root" --vmlinux "$K/vmlinux.other"
		is "$c: $status ${#stderr_lines[@]} $output" "$c: 3 1 "
		has "$stderr" "$K/vmlinux.other: of another kernel" "$(<"$K/build-id")" "--force"
	done
	owners --sysroot "$T/root" --vmlinux "$K/vmlinux.other" --force
	is "$status" 0
	owners --sysroot "$T/root" --vmlinux "$K/vmlinux"
	is "$status ${lines[0]}" "0 alloc_thread_stack_node"
}

@test "bad files: one clear line each, the rest of the answer still given, exit 4" {
	echo "a text" >"$T/text"
	: >"$T/empty"
	mkdir "$T/dir"
	printf '\177ELF\001\001\001%0200d' 0 >"$T/elf32"
	printf '\177ELF\002\002\001%0200d' 0 >"$T/big-endian"
	truncate -s 3G "$T/sparse"
	mkfifo "$T/fifo"
	echo text | gzip >"$T/gzip"
	local size n
	size=$(stat -c %s "$K/vmlinux")
	for n in 5 16 63 64 100 1000 4096 5000 $((size / 2)) $((size - 100)) $((size - 1)); do
		head -c "$n" "$K/vmlinux" >"$T/cut-$n"
	done
	for f in text empty dir elf32 big-endian sparse fifo gzip nosuch "$T"/cut-*; do
		f=${f##*/}
		SECONDS=0
		owners --vmlinux "$T/$f" "$K/text"
		[ $SECONDS -le 10 ] || fail "$f: took $SECONDS s"
		is "$f: $status ${lines[0]} ${lines[1]}" "$f: 4 kernel_clone array_map_alloc"
		is "$f: ${#stderr_lines[@]}" "$f: 2"
		has "${stderr_lines[0]}" "vmtool: $T/$f: "
		has "${stderr_lines[1]}" "no file for modules"
	done
	owners --vmlinux "$T/elf32" "$K/text"
	has "$stderr" "32-bit"
	owners --vmlinux "$T/cut-4096" "$K/text"
	has "$stderr" "cut short"
	# The same of a module's file: one module less is no failure.
	for f in text empty cut; do
		mkdir -p "$T/m-$f"
		[ $f = cut ] && head -c 2000 "$K/zmod.ko" >"$T/m-$f/zmod.ko" || cp "$T/$f" "$T/m-$f/zmod.ko"
		owners --vmlinux "$K/vmlinux" --debug-dir "$T/m-$f" "$K/text"
		is "$f: $status ${lines[3]}" "$f: 0 zmod_disksize"
		has "${stderr_lines[0]}" "vmtool: $T/m-$f/zmod.ko: "
	done
}

@test "a file that may not be read" {
	cp "$K/vmlinux" "$T/vmlinux"
	chmod 0 "$T/vmlinux"
	chmod 755 "$T" "$BATS_RUN_TMPDIR" "$BATS_TEST_TMPDIR" "$(dirname "$BATS_TEST_TMPDIR")" "$K"
	as_nobody env HOME=/nonexistent "$VMTOOL" top --by owner -r -n -o key --vmlinux "$T/vmlinux" - <"$K/text"
	is "$status ${lines[0]}" "4 kernel_clone"
	has "${stderr_lines[0]}" "$T/vmlinux: cannot be opened: Permission denied"
}

@test "no DWARF: functions are all that is known, and it is said" {
	owners --vmlinux "$K/vmlinux.nodebug" --debug-dir "$K" "$K/text"
	is "$status ${lines[0]} ${lines[1]}" "0 kernel_clone array_map_alloc"
	has "${stderr_lines[0]}" "vmlinux.nodebug: " "DWARF"
	vt symbolize --vmlinux "$K/vmlinux.nodebug" -r -n -o owner,source,sure "$(caller kernel_clone copy_process)"
	is "$status $output" "0 kernel_clone  uncertain"
	vt symbolize --vmlinux "$K/vmlinux.stripped" "$(caller kernel_clone copy_process)"
	is "$status ${#stderr_lines[@]}" "4 1"
}

@test "many bytes changed at random: an answer or a message, no crash" {
	local i code
	python -c 'import random, sys
whole = open(sys.argv[1], "rb").read()
random.seed(1)
for i in range(60):
    v = bytearray(whole)
    for _ in range(20): v[random.randrange(len(v))] = random.randrange(256)
    open("%s/v%d" % (sys.argv[2], i), "wb").write(v)' "$K/vmlinux" "$T"
	for i in {0..59}; do
		code=0
		timeout 60 "$VMTOOL" top --by owner --no-cache --vmlinux "$T/v$i" "$K/text" >/dev/null 2>"$T/err" || code=$?
		[ $code -eq 0 ] || [ $code -eq 4 ] || fail "$i: exit $code" "$(cat "$T/err")"
		code=0
		timeout 60 "$VMTOOL" flow --vmlinux "$T/v$i" >/dev/null 2>"$T/err" || code=$?
		[ $code -eq 0 ] || [ $code -eq 3 ] || fail "$i: flow exit $code" "$(cat "$T/err")"
	done
}

# ---- the cache ----

@test "the cache: 0600 in a directory of its own, used, not needed" {
	local id file
	id=$(<"$K/build-id")
	file=$XDG_CACHE_HOME/vmtool/$id
	owners --vmlinux "$K/vmlinux" "$K/text"
	is "$(stat -c %a "$file" "$XDG_CACHE_HOME/vmtool" | tr '\n' ' ')" "600 700 "
	has "$(head -1 "$file")" "vmtool-symbols " " $id"
	ls -A "$XDG_CACHE_HOME/vmtool" | diff - <(echo "$id")
	# It is used: another answer in it is the answer.
	sed -i 's/alloc_thread_stack_node/from_the_cache/' "$file"
	chmod 600 "$file"
	owners --vmlinux "$K/vmlinux" "$K/text"
	is "${lines[0]}" from_the_cache
	owners --no-cache --vmlinux "$K/vmlinux" "$K/text"
	is "${lines[0]}" alloc_thread_stack_node
	# vmlinux is needed for its build-id.
	cp "$K/vmlinux" "$T/vmlinux"
	owners --vmlinux "$T/vmlinux" "$K/text"
	is "${lines[0]}" from_the_cache
	rm "$T/vmlinux"
	owners --vmlinux "$T/vmlinux" "$K/text"
	is "$status ${lines[0]}" "4 kernel_clone"
}

@test "the cache: damaged, of another version, writable by others, a link, a directory: as if there were none" {
	local file
	file=$XDG_CACHE_HOME/vmtool/$(<"$K/build-id")
	for damage in 'head -c 40 good' 'echo vmtool-symbols 999 x' 'head -c 3000 /dev/urandom' 'cat' \
		'sed s/known/maybe/ good' 'sed "2,\$s/[0-9]/x/g" good' 'tr "\\t" " " <good' 'sed "s/\\t[01]$/\\t7/" good'; do
		rm -rf "$XDG_CACHE_HOME"
		owners --vmlinux "$K/vmlinux" "$K/text"
		sed 's/alloc_thread_stack_node/from_the_cache/' "$file" >"$T/good"
		(cd "$T" && eval "$damage" </dev/null >"$file")
		owners --vmlinux "$K/vmlinux" "$K/text"
		is "$damage: $status ${lines[0]} ${lines[1]}" "$damage: 0 alloc_thread_stack_node area_of_map"
	done
	cp "$T/good" "$file"
	chmod 666 "$file"
	owners --vmlinux "$K/vmlinux" "$K/text"
	is "${lines[0]}" alloc_thread_stack_node
	cp "$T/good" "$T/elsewhere"
	chmod 600 "$T/elsewhere"
	ln -sf "$T/elsewhere" "$file"
	owners --vmlinux "$K/vmlinux" "$K/text"
	is "${lines[0]}" alloc_thread_stack_node
	cmp "$T/good" "$T/elsewhere"
	rm "$file"
	mkdir "$file"
	owners --vmlinux "$K/vmlinux" "$K/text"
	is "$status ${lines[0]}" "0 alloc_thread_stack_node"
}

@test "the cache: an escape in it never reaches the terminal" {
	local file
	file=$XDG_CACHE_HOME/vmtool/$(<"$K/build-id")
	owners --vmlinux "$K/vmlinux" "$K/text"
	sed -i $'s/alloc_thread_stack_node/a\e[31m\x9bb/; s/kernel.fork/\e[2J/' "$file"
	chmod 600 "$file"
	for f in "" -J --csv -r; do
		# shellcheck disable=SC2086 # options
		"$VMTOOL" top $f --by owner --vmlinux "$K/vmlinux" "$K/text" >"$T/out" 2>/dev/null
		no_controls "$T/out"
		# shellcheck disable=SC2086 # options
		"$VMTOOL" symbolize $f --vmlinux "$K/vmlinux" "$(caller kernel_clone copy_process)" >"$T/out"
		no_controls "$T/out"
		grep -q 'b' "$T/out"
	done
}

@test "long names: a chain is no wider than 80 columns, in symbolize and explain" {
	local file clone long short
	clone=$(caller kernel_clone copy_process)
	file=$XDG_CACHE_HOME/vmtool/$(<"$K/build-id")
	long=$(printf 'f%.0s' {1..40}) short=drivers/gpu/drm/$(printf 'd%.0s' {1..15}).c
	owners --vmlinux "$K/vmlinux" "$K/text"
	sed -i "s/alloc_thread_stack_node/$long/; s!kernel/fork.c!$short!" "$file"
	chmod 600 "$file"
	"$VMTOOL" symbolize --vmlinux "$K/vmlinux" "$clone" >"$T/out"
	"$VMTOOL" explain 1 --vmlinux "$K/vmlinux" "$K/text" >>"$T/out"
	no_wider 80 "$T/out"
	[ "$(grep -c "$long\$" "$T/out")" -eq 2 ]
	[ "$(grep -c "^ *$short:4  (inlined)  <- owner\$" "$T/out")" -eq 2 ]
}

@test "the cache holds no address and nothing from a file without DWARF; where it cannot be written nothing is said" {
	local clone file
	clone=$(caller kernel_clone copy_process)
	file=$XDG_CACHE_HOME/vmtool/$(<"$K/build-id")
	vt symbolize --vmlinux "$K/vmlinux.nodebug" "$clone"
	vt symbolize --vmlinux "$K/vmlinux" -r -n -o owner "$clone"
	is "$output" alloc_thread_stack_node
	vt symbolize --vmlinux "$K/vmlinux" "0x$(awk '$3 == "ioremap" { print $1 }' "$K/symbols")"
	! grep -q "0x$(awk '$3 == "ioremap" { print substr($1, 1, 8) }' "$K/symbols")" "$file" || fail "an address in the cache"
	XDG_CACHE_HOME=relative HOME=$T/home vt symbolize --vmlinux "$K/vmlinux" "$clone"
	[ -e "$T/home/.cache/vmtool" ] || [ ! -d "$T/home" ]
	mkdir -p "$T/home"
	XDG_CACHE_HOME=relative HOME=$T/home vt symbolize --vmlinux "$K/vmlinux" "$clone"
	[ -e "$T/home/.cache/vmtool/$(<"$K/build-id")" ] || fail "nothing in ~/.cache"
	[ ! -e relative ]
	XDG_CACHE_HOME=/proc/nosuch vt symbolize --vmlinux "$K/vmlinux" "$clone"
	is "$status-$stderr" "0-"
	XDG_CACHE_HOME='' HOME='' vt symbolize --vmlinux "$K/vmlinux" "$clone"
	is "$status-$stderr" "0-"
}

# ---- the network ----

# listen: a port on 127.0.0.1 that tells in $T/asked what it was asked; sets PORT, LISTENER.
listen()
{
	python -c '
import socket, sys
s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen(8)
open(sys.argv[1] + ".port.new", "w").write(str(s.getsockname()[1]))
import os; os.rename(sys.argv[1] + ".port.new", sys.argv[1] + ".port")
while True:
    c, _ = s.accept()
    open(sys.argv[1], "ab").write(c.recv(4096))
    c.sendall(b"HTTP/1.0 404 Not Found\r\nContent-Length: 0\r\n\r\n"); c.close()' "$T/asked" 3>&- &
	LISTENER=$!
	for _ in {1..100}; do
		[ ! -s "$T/asked.port" ] || break
		sleep 0.05
	done
	PORT=$(<"$T/asked.port")
}
teardown() { [ -z "${LISTENER:-}" ] || kill "$LISTENER"; }

@test "no network without --debuginfod, whatever DEBUGINFOD_URLS says" {
	listen
	sysroot
	mkdir "$T/m"
	objcopy --strip-debug "$K/zmod.ko" "$T/m/zmod.ko"
	export DEBUGINFOD_URLS=http://127.0.0.1:$PORT DEBUGINFOD_CACHE_PATH=$T/debuginfod
	for c in "top --by owner" "list -o owner" "explain 1" "summary" "symbolize $(caller kernel_clone copy_process)" flow; do
		for f in "" "--vmlinux $K/vmlinux.nodebug" "--debug-dir $T/m"; do
			# shellcheck disable=SC2086 # options
			vt $c --sysroot "$T/root" $f
		done
	done
	[ ! -e "$T/asked" ] || fail "asked: $(cat "$T/asked")"
	[ ! -e "$T/debuginfod" ] || fail "$(find "$T/debuginfod")"
}

@test "--debuginfod without a server is a usage error" {
	for urls in "" "  "; do
		DEBUGINFOD_URLS=$urls vt symbolize --debuginfod --vmlinux "$K/vmlinux" a+0x1/0x2
		is "$status ${#stderr_lines[@]} $output" "2 2 "
		has "$stderr" "DEBUGINFOD_URLS"
	done
	vt top --debuginfod --by owner "$K/text"
	is "$status" 2
}

@test "--debuginfod: asked by build-id; an answer is used, its absence told" {
	sysroot
	local id
	id=$(<"$K/build-id")
	mkdir -p "$T/server/buildid/$id"
	export DEBUGINFOD_URLS=file://$T/server DEBUGINFOD_CACHE_PATH=$T/debuginfod DEBUGINFOD_TIMEOUT=5
	vt top --by owner --debuginfod --sysroot "$T/root" -r -n -o key
	is "$status ${lines[0]}" "4 kernel_clone"
	has "${stderr_lines[0]}" debuginfod
	if [[ $stderr == *"is not installed"* ]]; then
		return 0
	fi
	has "${stderr_lines[0]}" "$id"
	rm -rf "$T/debuginfod"
	cp "$K/vmlinux" "$T/server/buildid/$id/debuginfo"
	vt top --by owner --debuginfod --sysroot "$T/root" -r -n -o key
	is "$status ${lines[0]}" "0 alloc_thread_stack_node"
	# And by a server: nothing but the build-id is told to it.
	rm -rf "$T/debuginfod"
	listen
	DEBUGINFOD_URLS=http://127.0.0.1:$PORT vt top --by owner --debuginfod --sysroot "$T/root" -r -n -o key
	is "$status" 4
	has "$(<"$T/asked")" "GET /buildid/$id/debuginfo "
	has_not "$(<"$T/asked")" kernel_clone "$REL"
}
