#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# make, install, uninstall, dist: in a private copy of the tree, for packagers.
# shellcheck disable=SC2154 # bats sets stderr and stderr_lines
load helper

# A private copy of what would be committed.  Nothing is built twice: the tests share one build.
setup_file()
{
	cd "$BATS_TEST_DIRNAME/../.." || return 1
	export COPY=$BATS_FILE_TMPDIR/copy DEPS=no
	mkdir "$COPY"
	if git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
		git ls-files -co --exclude-standard -z | tar -cf - --null -T - --ignore-failed-read 2>/dev/null
	else
		tar -cf - --exclude=./build --exclude=./vmtool .
	fi | tar -xf - -C "$COPY"
	unset MAKEFLAGS MAKELEVEL BUILD CFLAGS LDFLAGS CPPFLAGS
	make -C "$COPY" -j2 CFLAGS=-O0 >"$BATS_FILE_TMPDIR/log" 2>&1 || echo "exit $?" >>"$BATS_FILE_TMPDIR/log"
}

setup()
{
	T=$BATS_TEST_TMPDIR
	LOG=$BATS_FILE_TMPDIR/log
	unset MAKEFLAGS MAKELEVEL BUILD CFLAGS LDFLAGS CPPFLAGS
	cd "$COPY" || return 1
}

# root DIR: what is in it, one path a line.
tree()
{
	(cd "$1" && find . ! -type d | sort)
}

@test "plain make leaves ./vmtool and nothing else outside its build directory" {
	[ -x vmtool ] || fail "$(tail -20 "$LOG")"
	has "$(./vmtool --version)" "vmtool "
	tree . | grep -v '^\./build/' | grep -vx ./vmtool >"$T/after"
	git -C "$BATS_TEST_DIRNAME" rev-parse >/dev/null 2>&1 || skip "no git to tell what was there before"
	[ "$(grep -c . "$T/after")" -gt 50 ]
	! grep -E '\.(o|a|d)$' "$T/after" || fail "objects beside the sources"
}

@test "plain make is clean of warnings" {
	[ -x vmtool ] || fail "$(tail -20 "$LOG")"
	! grep -i 'warning' "$LOG" || fail "warnings"
}

@test "make again does nothing" {
	run make CFLAGS=-O0
	is "$status" 0
	has_not "$output" "CC" "LD"
}

@test "install puts program, man pages and completions under DESTDIR and PREFIX, without sudo" {
	run make install CFLAGS=-O0 DESTDIR="$T/root" PREFIX=/usr
	[ "$status" -eq 0 ] || fail "$output"
	has_not "$output" sudo apt-get
	tree "$T/root" >"$T/files"
	for f in ./usr/bin/vmtool ./usr/share/man/man1/vmtool.1 ./usr/share/man/man1/vmtool-summary.1 \
		./usr/share/man/man1/vmtool-holes.1 ./usr/share/man/man5/vmtool-snapshot.5 \
		./usr/share/bash-completion/completions/vmtool ./usr/share/zsh/site-functions/_vmtool \
		./usr/share/fish/vendor_completions.d/vmtool.fish \
		./usr/share/doc/vmtool/vmtool-record.service ./usr/share/doc/vmtool/vmtool-record.timer; do
		grep -qxF "$f" "$T/files" || fail "$f is missing"
	done
	grep -qx 'ExecStart=/usr/bin/vmtool record .*' "$T/root/usr/share/doc/vmtool/vmtool-record.service"
	# The library is ours alone.
	! grep -E '\.(a|so|h)$' "$T/files" || fail "libvmtool is installed"
	for c in summary top list holes explain diff; do
		grep -qxF "./usr/share/man/man1/vmtool-$c.1" "$T/files" || fail "vmtool-$c.1 is missing"
	done
	"$T/root/usr/bin/vmtool" summary --sample >"$T/summary"
	has "$(cat "$T/summary")" "vmalloc space"
}

@test "uninstall leaves nothing, and nothing but ours goes" {
	for prefix in /usr /usr/local /opt/v; do
		make -s install CFLAGS=-O0 DESTDIR="$T/root" PREFIX=$prefix >"$T/log" 2>&1 || fail "$(cat "$T/log")"
		[ -n "$(tree "$T/root")" ]
		touch "$T/root$prefix/bin/other"
		make -s uninstall DESTDIR="$T/root" PREFIX=$prefix
		is "$(tree "$T/root")" ".$prefix/bin/other"
		rm "$T/root$prefix/bin/other"
	done
}

@test "MANDIR is honoured" {
	make -s install CFLAGS=-O0 DESTDIR="$T/root" PREFIX=/usr MANDIR=/opt/man >"$T/log" 2>&1 || fail "$(cat "$T/log")"
	[ -e "$T/root/opt/man/man1/vmtool.1" ]
	[ ! -e "$T/root/usr/share/man" ]
	make -s uninstall DESTDIR="$T/root" PREFIX=/usr MANDIR=/opt/man
	is "$(tree "$T/root")" ""
}

@test "CC, CFLAGS, CPPFLAGS, LDFLAGS and PKG_CONFIG are honoured" {
	cat >"$T/cc" <<-'END'
	#!/bin/sh
	echo "$*" >>"$0.log"
	exec cc "$@"
	END
	cat >"$T/pkg-config" <<-'END'
	#!/bin/sh
	echo "$*" >>"$0.log"
	exec pkg-config "$@"
	END
	chmod +x "$T/cc" "$T/pkg-config"
	make -s -j2 BUILD="$T/build" CC="$T/cc" PKG_CONFIG="$T/pkg-config" CFLAGS='-O0 -DMARK_C' \
		CPPFLAGS=-DMARK_CPP LDFLAGS=-Wl,--build-id=none "$T/build/src/base/num.o" >"$T/log" 2>&1 ||
		fail "$(cat "$T/log")"
	has "$(cat "$T/cc.log")" -DMARK_C -DMARK_CPP -std=c11
	[ -s "$T/pkg-config.log" ]
	run make -n CC="$T/cc" LDFLAGS=-MARK_LD -B vmtool
	has "$output" -MARK_LD
}

@test "a cross build: its tools, and nothing outside its BUILD" {
	run make -n -B V=1 BUILD="$T/arm64" CC=cross-gcc AR=cross-ar CFLAGS=-O0 "$T/arm64/vmtool"
	is "$status" 0
	has "$output" "-o $T/arm64/vmtool" "cross-ar rcs $T/arm64/libvmtool.a"
	! grep -E '(^| )(cc|gcc|ar) ' <<<"$output" || fail "a tool of this machine"
	! grep -E '(cp -f|-o) [^ ]*( |$)' <<<"$output" | grep -v -e "-o $T/arm64/" || fail "a file elsewhere"
}

@test "two builds are the same: no time and no random part in the binary" {
	[ -x vmtool ] || fail "$(tail -20 "$LOG")"
	cp vmtool "$T/first"
	touch cmd/main.c src/base/*.c
	make -s CFLAGS=-O0
	cmp "$T/first" vmtool
}

@test "make dist: the tree as it is committed" {
	command -v git >/dev/null || skip "git is missing"
	git -C "$BATS_TEST_DIRNAME" rev-parse HEAD >/dev/null 2>&1 || skip "nothing is committed yet"
	git clone -q "$BATS_TEST_DIRNAME/../.." "$T/clone"
	cd "$T/clone"
	make -s dist
	local name=(vmtool-*.tar.gz)
	tar -tzf "${name[0]}" >"$T/list"
	! grep -vq "^${name[0]%.tar.gz}/" "$T/list" || fail "files outside ${name[0]%.tar.gz}/"
	grep -q '/Makefile$' "$T/list"
	! grep -E '\.o$|/vmtool$' "$T/list" || fail "built files"
	make -s dist
	tar -xzf "${name[0]}"
	is "$(tree "${name[0]%.tar.gz}" | wc -l)" "$(git ls-files | wc -l)"
}

@test "make clean leaves what was there" {
	cp -r . "$T/tree"
	cd "$T/tree"
	make -s clean
	[ ! -e vmtool ] && [ ! -e build ]
}

@test "DEPS=no installs nothing; deps says nothing when nothing is missing" {
	run env DEPS=no PATH=/usr/bin:/bin tests/deps check
	is "$status-$output" "0-"
}
