#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The running kernel's memory: a tree with a proc/kcore of a tiny kernel (tests/unit/kernel_scene.h).

load helper

areas=(-n -o start,end,size,pages,kind,caller,phys,nodes,flags)

# put HOW PATH: a file of the scene below $T/root.
put()
{
	mkdir -p "$T/root/$(dirname "$2")"
	"${BUILD:-build}/tests/unit/make_dump" "$1" "$T/root/$2"
}

@test "kcore is found below --sysroot by what needs memory, and by its path by all" {
	put kcore proc/kcore
	put text text
	vt info --raw -n --sysroot "$T/root"
	is "$status" 0
	is "$stderr" ''
	has "$output" 'format kcore' 'types_from the\x20image'
	vt list --raw "${areas[@]}" "$T/root/proc/kcore"
	is "$status" 0
	is "$stderr" ''
	is "$output" "$("$VMTOOL" list --raw "${areas[@]}" "$T/root/text")"
	# A directory with kcore in it will do.
	vt info --raw -n --sysroot "$T/root/proc"
	has "$output" 'format kcore'
}

@test "what can do with text reads the text beside kcore" {
	put kcore proc/kcore
	put text proc/vmallocinfo
	vt list --json --sysroot "$T/root"
	is "$status" 0
	has "$output" '"page_size_from"'
	vt info --raw -n --sysroot "$T/root"
	has "$output" 'format kcore'
	: >"$T/root/proc/kcore"
	vt info --raw -n --sysroot "$T/root"
	has "$output" 'text\x20of'
}

@test "proc/kallsyms and sys/kernel/btf/vmlinux give what the image lacks" {
	put kcore-bare proc/kcore
	put kallsyms proc/kallsyms
	put btf sys/kernel/btf/vmlinux
	put text text
	vt info --raw -n --sysroot "$T/root"
	is "$status" 0
	has "$output" 'symbols_from a\x20file' 'types_from a\x20file' 'areas 9'
	# Without a proc nothing says where sys would be.
	cp -r "$T/root/proc" "$T/flat"
	vt info --raw -n --sysroot "$T/flat"
	is "$status" 3
	# The path alone tells of no other file.
	vt list "$T/root/proc/kcore"
	is "$status" 3
}

@test "kallsyms of zeros: the sysctl is named, and not written" {
	put kcore-bare proc/kcore
	mkdir -p "$T/root/proc"
	printf '0000000000000000 T _text\n0000000000000000 T _stext\n' >"$T/root/proc/kallsyms"
	vt info --sysroot "$T/root"
	is "$status" 3
	has "$stderr" 'kallsyms' 'sudo sysctl kernel.kptr_restrict=1'
}

@test "without kcore: why, and what works instead, in two lines" {
	[ ! -e /proc/kcore ] || skip "this machine has /proc/kcore"
	vt pt
	is "$status" 3
	is "$output" ''
	has "$stderr" 'CONFIG_PROC_KCORE' 'a dump works instead'
	is "${#stderr_lines[@]}" 2
}

# in_container SETUP COMMAND...: with a /proc of its own, in which SETUP put what is there.
in_container()
{
	mkdir -p "$T/proc"
	unshare -rm mount -t tmpfs none /proc 2>/dev/null || skip "no mount namespace here"
	# The sanitizers want to see themselves, and leaks are not found without all of /proc.
	export ASAN_OPTIONS=detect_leaks=0
	run --separate-stderr unshare -rm bash -c 'mount --rbind /proc '"$T/proc"' && mount -t tmpfs none /proc &&
		ln -s '"$T/proc/self"' /proc/self && eval "$0" && exec "$@"' "$@"
}

@test "in a container: kcore that is masked, or closed for want of a capability; run it on the host" {
	# What Docker and Podman do: /dev/null is mounted over it.
	in_container ': >/proc/kcore && mount --bind /dev/null /proc/kcore' "$VMTOOL" pt
	is "$status" 3
	is "$output" ''
	is "$stderr" 'vmtool: /proc/kcore is masked here, as in a container: run it on the host'
	# Without CAP_DAC_OVERRIDE root meets the mode of the file, as without CAP_SYS_RAWIO that of kcore.
	command -v setpriv >/dev/null || skip "no setpriv"
	in_container ': >/proc/kcore && chmod 0 /proc/kcore' \
		setpriv --bounding-set=-dac_override,-dac_read_search --inh-caps=-all "$VMTOOL" pt
	is "$status" 3
	is "$output" ''
	has "$stderr" '/proc/kcore cannot be opened: CAP_SYS_RAWIO is wanted, which containers do not have' \
		'run it on the host'
}

@test "a text is refused where memory is needed" {
	vt pt --sample
	is "$status" 3
	has "$stderr" 'is a text, and pt needs memory'
	vt pt --sysroot tests/fixtures/amd64-6.12
	is "$status" 3
	has "$stderr" 'kcore'
}
