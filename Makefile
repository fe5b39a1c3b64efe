# SPDX-License-Identifier: GPL-2.0-or-later
#
# vmtool.  For people: `make run` and `make check`; both install what they need first (DEPS=no: not).
# For packagers: `make`, `make install`, `make uninstall`, `make dist` install and download nothing.

VERSION     = 0.1

CC         ?= cc
AR         ?= ar
PKG_CONFIG ?= pkg-config
CFLAGS     ?= -O2 -g
PREFIX     ?= /usr/local
BINDIR     ?= $(PREFIX)/bin
MANDIR     ?= $(PREFIX)/share/man
DATADIR    ?= $(PREFIX)/share
DOCDIR     ?= $(DATADIR)/doc/vmtool
INSTALL    ?= install
BUILD      ?= build
CLANG      ?= clang
V          ?= 0

# What people call uses all CPUs, unless it is told how many.
JOBS = $(if $(findstring -j,$(MAKEFLAGS)),,-j$(or $(shell nproc 2>/dev/null),2))

# What a build wants beside these is said here, once.
WARN = -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wconversion
ALL_CFLAGS   = -std=c11 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 $(WARN) $(CFLAGS)
ALL_CPPFLAGS = -Iinclude -DVERSION='"$(VERSION)"' $(LIB_CPPFLAGS) $(CPPFLAGS)

# Asked of pkg-config when a recipe needs it, so that `make deps` and `make clean` do not.
LIB_CPPFLAGS = $(shell $(PKG_CONFIG) --cflags smartcols zlib libdw libelf) $(ZSTD_CPPFLAGS) $(LZO_CPPFLAGS)
LIB_LIBS     = $(shell $(PKG_CONFIG) --libs smartcols zlib libdw libelf) $(ZSTD_LIBS) $(LZO_LIBS) -ldl -pthread
ZSTD         = $(shell $(PKG_CONFIG) --exists libzstd && echo yes)
ZSTD_CPPFLAGS = $(if $(ZSTD),-DHAVE_ZSTD $(shell $(PKG_CONFIG) --cflags libzstd))
ZSTD_LIBS     = $(if $(ZSTD),$(shell $(PKG_CONFIG) --libs libzstd))
LZO          = $(shell $(PKG_CONFIG) --exists lzo2 && echo yes)
LZO_CPPFLAGS = $(if $(LZO),-DHAVE_LZO $(shell $(PKG_CONFIG) --cflags lzo2))
LZO_LIBS     = $(if $(LZO),$(shell $(PKG_CONFIG) --libs lzo2))

BASE_OBJS  = err str num intern file unpack pack
MODEL_OBJS = area areas guard what group facts gaps region chain diff symbols info spark stat trend series
TEXT_OBJS  = line fast reader proc kallsyms vmcoreinfo iomem sample snapshot samples
OUT_OBJS   = out cell table json lines
MEM_OBJS   = mem pages store flat ahead window notes codec bits elf kdump split raw scan record write write_elf write_kdump
DEBUG_OBJS = find file symtab ranges layout unit chain calls
SYM_OBJS   = sym lookup inside owner cache
PGT_OBJS   = walk entry seen cursor span census x86_64 aarch64 riscv64
KERN_OBJS  = open read symbols types kallsyms scan btf lists modules layout roots vmap moving pages place ram space tree window parts slim others \
             vmemmap tasks blocks frame
TUI_OBJS   = grid text reading track live events cols rows frame view state keys pages explain map \
             chains screen
CHECK_OBJS = registry report subjects bounds links mapping pages holes codes rights exec sections mms stacks \
             large buddy frames counters callers percpu tables listing blocks locks hands
CMD_OBJS   = opts message source view pairs lookup lookup_show complete summary summary_text top list holes explain \
             explain_text diff symbolize flow image kcore live live_read ram devmem info record record_dir \
             progress trend trend_show \
             verify verify_show place bounds census pt pt_alias walk walk_find extract

LIB_OBJS = $(BASE_OBJS:%=$(BUILD)/src/base/%.o) $(MODEL_OBJS:%=$(BUILD)/src/model/%.o) \
           $(TEXT_OBJS:%=$(BUILD)/src/text/%.o) $(OUT_OBJS:%=$(BUILD)/src/out/%.o) \
           $(MEM_OBJS:%=$(BUILD)/src/mem/%.o) $(DEBUG_OBJS:%=$(BUILD)/src/debug/%.o) \
           $(SYM_OBJS:%=$(BUILD)/src/sym/%.o) $(PGT_OBJS:%=$(BUILD)/src/pgt/%.o) \
           $(KERN_OBJS:%=$(BUILD)/src/kern/%.o) $(CHECK_OBJS:%=$(BUILD)/src/check/%.o) \
           $(TUI_OBJS:%=$(BUILD)/src/tui/%.o) $(CMD_OBJS:%=$(BUILD)/cmd/%.o)
LIB      = $(BUILD)/libvmtool.a

MAN1     = vmtool.1 vmtool-summary.1 vmtool-live.1 vmtool-top.1 vmtool-list.1 vmtool-holes.1 vmtool-explain.1 \
           vmtool-diff.1 vmtool-info.1 vmtool-symbolize.1 vmtool-flow.1 vmtool-record.1 vmtool-trend.1 \
           vmtool-verify.1 vmtool-pt.1 vmtool-walk.1 vmtool-extract.1
MAN5     = vmtool-snapshot.5

ifeq ($(V),0)
Q = @
say = @printf '  %-5s %s\n'
else
Q =
say = @:
endif

all: vmtool

# What is built for another machine stays below its BUILD: see README.md, "Cross build".
vmtool: $(BUILD)/vmtool
	$(Q)cp -f $< $@

$(BUILD)/vmtool: $(BUILD)/cmd/main.o $(LIB)
	$(say) LD $@
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $(BUILD)/cmd/main.o $(LIB) $(LIB_LIBS)

$(LIB): $(LIB_OBJS)
	$(say) AR $@
	$(Q)rm -f $@ && $(AR) rcs $@ $(LIB_OBJS)

# The compiler notes which headers an object was made of.
$(BUILD)/%.o: %.c Makefile
	$(say) CC $<
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<
-include $(LIB_OBJS:.o=.d) $(BUILD)/cmd/main.d

# Its headers alone: the library is opened when the live view begins.
$(BUILD)/src/tui/screen.o: LIB_CPPFLAGS += $(shell $(PKG_CONFIG) --cflags-only-I ncursesw)

$(BUILD)/src/text/sample.o: src/text/sample.S $(wildcard tests/fixtures/amd64-6.12/*)
	$(say) AS $<
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -c -o $@ $<

# ---- for people --------------------------------------------------------------------------------

# Installs what is missing, builds, and answers.
run: deps-build
	$(Q)$(MAKE) $(JOBS) --no-print-directory vmtool
	@if [ -r /proc/vmallocinfo ]; then ./vmtool summary; else \
		echo "/proc/vmallocinfo is not readable here (root only): this is the built-in sample"; \
		./vmtool summary --sample; fi

deps-build:
	@CC="$(CC)" PKG_CONFIG="$(PKG_CONFIG)" tests/deps build
deps:
	@CC="$(CC)" PKG_CONFIG="$(PKG_CONFIG)" tests/deps check

# ---- tests -------------------------------------------------------------------------------------

# Writes the dumps of the CLI tests and the seeds of the fuzzer.
DUMPS      = $(BUILD)/tests/unit/make_dump

check: deps
	$(Q)$(MAKE) $(JOBS) --no-print-directory check-built

check-built: vmtool unit-tests $(DUMPS)
	$(Q)BUILD="$(BUILD)" tests/run lint unit cli

check-lint:
	$(Q)BUILD="$(BUILD)" tests/run lint
check-unit: unit-tests
	$(Q)BUILD="$(BUILD)" tests/run unit
check-cli: vmtool kernel-fixtures $(DUMPS)
	$(Q)BUILD="$(BUILD)" tests/run cli

UNIT_SRCS  = $(wildcard tests/unit/test_*.c)
UNIT_TESTS = $(UNIT_SRCS:tests/unit/%.c=$(BUILD)/tests/unit/%)

unit-tests: $(UNIT_TESTS) kernel-fixtures

# A tiny kernel with debug information, of each compiler: see the script.
KERNEL_SRCS = $(wildcard tests/fixtures/kernel/build tests/fixtures/kernel/*/*.[chS] \
              tests/fixtures/kernel/*/*/*.[chS])
kernel-fixtures: $(BUILD)/tests/kernel/built
$(BUILD)/tests/kernel/built: $(KERNEL_SRCS)
	$(say) BUILD $(@D)
	$(Q)rm -rf $(@D) && tests/fixtures/kernel/build $(@D) && touch $@

$(BUILD)/tests/unit/%: tests/unit/%.c $(wildcard tests/unit/*.h) $(LIB)
	$(say) CC $<
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -Isrc $(shell $(PKG_CONFIG) --cflags cmocka) $(LDFLAGS) \
		-o $@ $< $(LIB) $(LIB_LIBS) $(shell $(PKG_CONFIG) --libs cmocka) $(UNIT_LDFLAGS)

# Allocation failure is injected by the linker.
$(BUILD)/tests/unit/test_nomem $(BUILD)/tests/unit/test_nomem_sym $(BUILD)/tests/unit/test_mem_nomem $(BUILD)/tests/unit/test_check_nomem \
$(BUILD)/tests/unit/test_tui_nomem: \
	UNIT_LDFLAGS = -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=aligned_alloc,--wrap=strdup

# Contrast is measured.
$(BUILD)/tests/unit/test_tui_live: UNIT_LDFLAGS = -lm

# Reads of a file are counted, and the file changes between them.
$(BUILD)/tests/unit/test_probe $(BUILD)/tests/unit/test_kcore $(BUILD)/tests/unit/test_kcore_slim $(BUILD)/tests/unit/test_devmem: UNIT_LDFLAGS = -Wl,--wrap=pread64

# Tables that are read are counted.
$(BUILD)/tests/unit/test_frame: UNIT_LDFLAGS = -Wl,--wrap=vmt_pgt_read_table

# Pauses are counted.
$(BUILD)/tests/unit/test_check_moving: UNIT_LDFLAGS = -Wl,--wrap=nanosleep

SANITIZE = -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer

check-asan: deps
	$(Q)$(MAKE) $(JOBS) --no-print-directory BUILD=$(BUILD)/asan CFLAGS="$(SANITIZE)" LDFLAGS="$(SANITIZE)" \
		$(BUILD)/asan/vmtool check-asan-built
check-asan-built: unit-tests $(DUMPS)
	$(Q)BUILD="$(BUILD)" VMTOOL="$(BUILD)/vmtool" tests/run unit cli

# Boots real kernels: for minutes.  Without QEMU or a network it is skipped, and says why.
check-vm: vmtool
	$(Q)VMTOOL="$(CURDIR)/vmtool" tests/vm/run $(VM_SUITES) || [ $$? = 77 ]

FUZZ_SECONDS ?= 60
FUZZ_FLAGS = -O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all

check-fuzz: deps
	$(Q)$(MAKE) $(JOBS) --no-print-directory BUILD=$(BUILD)/fuzz CC="$(CLANG)" CFLAGS="$(FUZZ_FLAGS)" fuzz-built
FUZZERS = fuzz_text fuzz_debug fuzz_cache fuzz_kallsyms fuzz_mem fuzz_kern
fuzz-built: $(FUZZERS:%=$(BUILD)/%) kernel-fixtures $(BUILD)/seeds_mem $(DUMPS)
	$(Q)BUILD="$(BUILD)" FUZZ_SECONDS=$(FUZZ_SECONDS) tests/fuzz/run
$(BUILD)/seeds_mem: tests/fuzz/seeds_mem.c $(wildcard tests/unit/image*.h)
	$(say) CC $<
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -fsanitize=address,undefined -o $@ $< $(LIB_LIBS)
$(BUILD)/fuzz_%: tests/fuzz/fuzz_%.c $(LIB)
	$(say) LD $@
	$(Q)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -Isrc -fsanitize=fuzzer -o $@ $< $(LIB) $(LIB_LIBS)

BENCHES = mem walk day live areas packed

bench: vmtool $(BENCHES:%=$(BUILD)/tests/bench/%)
	$(Q)BUILD="$(BUILD)" CC="$(CC)" LIBS="$(LIB_LIBS)" tests/bench/run
bench-mem: $(BUILD)/tests/bench/mem
	@$(BUILD)/tests/bench/mem
bench-walk: $(BUILD)/tests/bench/walk
	@$(BUILD)/tests/bench/walk
# What is unpacked is seen on its way.
$(BUILD)/tests/bench/packed: BENCH_LDFLAGS = -Wl,--wrap=vmt_codec_unpack
$(BENCHES:%=$(BUILD)/tests/bench/%): $(BUILD)/tests/bench/%: tests/bench/%.c $(wildcard tests/unit/*.h) $(LIB)
	$(say) CC $<
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -Isrc $(LDFLAGS) -o $@ $< $(LIB) $(LIB_LIBS) $(BENCH_LDFLAGS)

format:
	clang-format -i cmd/*.[ch] include/vmtool/*.h src/*/*.[ch] tests/unit/*.[ch] tests/fuzz/*.c

# ---- install -----------------------------------------------------------------------------------

completions: vmtool
	./vmtool --completions bash >completions/vmtool.bash
	./vmtool --completions zsh >completions/_vmtool
	./vmtool --completions fish >completions/vmtool.fish

install: vmtool
	$(INSTALL) -d $(DESTDIR)$(BINDIR) $(DESTDIR)$(MANDIR)/man1 $(DESTDIR)$(MANDIR)/man5 \
		$(DESTDIR)$(DATADIR)/bash-completion/completions \
		$(DESTDIR)$(DATADIR)/zsh/site-functions $(DESTDIR)$(DATADIR)/fish/vendor_completions.d \
		$(DESTDIR)$(DOCDIR)
	$(INSTALL) -m 755 vmtool $(DESTDIR)$(BINDIR)/vmtool
	$(INSTALL) -m 644 $(MAN1:%=man/%) $(DESTDIR)$(MANDIR)/man1
	$(INSTALL) -m 644 $(MAN5:%=man/%) $(DESTDIR)$(MANDIR)/man5
	$(INSTALL) -m 644 completions/vmtool.bash $(DESTDIR)$(DATADIR)/bash-completion/completions/vmtool
	$(INSTALL) -m 644 completions/_vmtool $(DESTDIR)$(DATADIR)/zsh/site-functions/_vmtool
	$(INSTALL) -m 644 completions/vmtool.fish $(DESTDIR)$(DATADIR)/fish/vendor_completions.d/vmtool.fish
	sed 's|@BINDIR@|$(BINDIR)|' doc/vmtool-record.service.in >$(DESTDIR)$(DOCDIR)/vmtool-record.service
	chmod 644 $(DESTDIR)$(DOCDIR)/vmtool-record.service
	$(INSTALL) -m 644 doc/vmtool-record.timer $(DESTDIR)$(DOCDIR)

uninstall:
	rm -f $(DESTDIR)$(BINDIR)/vmtool $(MAN1:%=$(DESTDIR)$(MANDIR)/man1/%) \
		$(MAN5:%=$(DESTDIR)$(MANDIR)/man5/%) \
		$(DESTDIR)$(DATADIR)/bash-completion/completions/vmtool \
		$(DESTDIR)$(DATADIR)/zsh/site-functions/_vmtool \
		$(DESTDIR)$(DATADIR)/fish/vendor_completions.d/vmtool.fish \
		$(DESTDIR)$(DOCDIR)/vmtool-record.service $(DESTDIR)$(DOCDIR)/vmtool-record.timer
	rmdir $(DESTDIR)$(DOCDIR) 2>/dev/null || true

# The tree as it is committed; nothing built goes into it.
DIST = vmtool-$(VERSION)
dist:
	git archive --format=tar --prefix=$(DIST)/ HEAD | gzip -9n >$(DIST).tar.gz

clean:
	rm -rf $(BUILD) vmtool

.PHONY: all run deps deps-build check check-built check-lint check-unit check-cli check-asan \
	check-asan-built check-fuzz fuzz-built check-vm unit-tests kernel-fixtures bench bench-mem bench-walk \
	format completions install uninstall dist clean
.DELETE_ON_ERROR:
