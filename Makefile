# SPDX-License-Identifier: GPL-3.0-or-later
# keepwatch: `make run`, `make test`, `make lint`, `make asan`, `make bench`, `make install DESTDIR=`.
# The rooms of src/ are built into one archive each; a room can link only those it may include.

VERSION = 0.1.0
BUILD ?= build
PREFIX ?= /usr
DESTDIR ?=
CORPUS ?= ../shared/corpus

CC = gcc
OPT ?= -O2 -g
SANITIZE ?=
WARN = -Wall -Wextra -Wshadow -Wconversion -Wno-sign-conversion -Wstrict-prototypes \
	-Wmissing-prototypes -Wpointer-arith -Wvla -Wformat=2 -Wimplicit-fallthrough -Wundef
WERROR ?=
HARDEN = -fstack-protector-strong -D_FORTIFY_SOURCE=2 -fPIE
CPPFLAGS += -D_GNU_SOURCE -DKEEPWATCH_VERSION='"$(VERSION)"' -Iinclude -I$(BUILD)/gen \
	-isystem /usr/include/libxml2
CFLAGS += -std=gnu11 $(OPT) $(WARN) $(WERROR) $(if $(SANITIZE),$(SANITIZE),$(HARDEN))
LDFLAGS += -pie -Wl,-z,relro,-z,now -Wl,--as-needed $(SANITIZE)

# ---- rooms: what each may stand on (the walls of README.md), and the libraries of its own
ROOMS = base model topo diag policy sched codec conf store net probe probes sink agent rotate cli
DEPS_base =
DEPS_model = base
DEPS_topo = model base
DEPS_diag = model base
DEPS_policy = model base
DEPS_sched = model base
DEPS_codec = model base
DEPS_conf = model base
DEPS_store = model base
DEPS_net = model base
DEPS_probe = net codec store conf sched policy diag topo model base
DEPS_probes = probe $(DEPS_probe)
DEPS_sink = probe $(DEPS_probe)
DEPS_agent = sink probes $(DEPS_probes)
DEPS_rotate = net codec model base
DEPS_cli = rotate probes $(DEPS_probes)
LIBS_base = -lm
LIBS_model = -lcrypto
LIBS_policy = -ljansson
LIBS_codec = -lxml2 -lgsoap -lcrypto -ljansson
LIBS_conf = -lyaml -lcsv
LIBS_store = -lsqlite3
LIBS_net = -luv -lnetsnmp -lcurl -lssl -lcrypto -lmnl
LIBS_agent = -lsystemd
LIBS_cli = -lsmartcols -ljansson -lcrypto

room_dir = $(if $(filter probes,$1),probes,src/$1)
room_srcs = $(wildcard $(call room_dir,$1)/*.c)
room_objs = $(patsubst %.c,$(BUILD)/%.o,$(filter-out %/main.c,$(call room_srcs,$1)))
archives = $(foreach r,$1 $(DEPS_$1),$(if $(call room_objs,$r),$(BUILD)/lib/$r.a))
libs = $(sort $(foreach r,$1 $(DEPS_$1),$(LIBS_$r))) -lpthread
link = $(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.o,$^) -Wl,--start-group $(filter %.a,$^) \
	-Wl,--end-group

PROGRAMS = $(BUILD)/keepwatchd $(BUILD)/keepwatch $(BUILD)/check_keepwatch

.PHONY: all run test check lint asan bench conformance fuzz install clean deps-build programs
.SECONDARY:
all: programs
programs: $(PROGRAMS)

# ---- generated: SQL migrations and the firmware rules as strings; ONVIF request writers (and the simulated device's server)
GEN = $(BUILD)/gen
MIGRATIONS = $(sort $(wildcard schemas/migrations/*.sql))
$(GEN)/migrations.inc: $(MIGRATIONS) src/store/embed-migrations
	@mkdir -p $(@D)
	src/store/embed-migrations $(MIGRATIONS) >$@.tmp && mv $@.tmp $@
$(call room_objs,store): $(GEN)/migrations.inc

$(GEN)/firmware-rules.inc: schemas/firmware-rules.tsv src/codec/embed-text
	@mkdir -p $(@D)
	src/codec/embed-text $< >$@.tmp && mv $@.tmp $@
$(BUILD)/src/codec/firmware_table.o: $(GEN)/firmware-rules.inc
$(GEN)/default-passwords.inc: schemas/default-passwords.tsv src/codec/embed-text
	@mkdir -p $(@D)
	src/codec/embed-text $< >$@.tmp && mv $@.tmp $@
$(BUILD)/src/rotate/defaults_table.o: $(GEN)/default-passwords.inc

# WITH_IPV6 and WITH_DOM change the layout of struct soap: they must be those that libgsoap has.
ONVIF_H = schemas/onvif/onvif.h
GSOAP_CPPFLAGS = -DWITH_IPV6 -DWITH_DOM
$(GEN)/onvif/.stamp: $(ONVIF_H)
	@mkdir -p $(@D)
	soapcpp2 -c -C -2 -L -w -x -d $(@D) $< >$(@D)/log 2>&1 || { cat $(@D)/log >&2; exit 1; }
	@touch $@
$(GEN)/onvif-server/.stamp: $(ONVIF_H)
	@mkdir -p $(@D)
	soapcpp2 -c -S -2 -L -w -x -d $(@D) $< >$(@D)/log 2>&1 || { cat $(@D)/log >&2; exit 1; }
	@touch $@
$(BUILD)/src/codec/%.o: CPPFLAGS += $(GSOAP_CPPFLAGS) -isystem $(GEN)/onvif
$(call room_objs,codec): | $(if $(wildcard $(ONVIF_H)),$(GEN)/onvif/.stamp)
GSOAP_OBJS = $(if $(wildcard $(ONVIF_H)),$(BUILD)/gen/onvif/soapC.o)
$(GEN)/onvif/soapC.o: $(GEN)/onvif/.stamp
	$(CC) -std=gnu11 $(OPT) $(SANITIZE) $(GSOAP_CPPFLAGS) -w -fPIE -I$(GEN)/onvif -c -o $@ $(GEN)/onvif/soapC.c

# ---- compiling and archiving
$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

define ROOM
$(BUILD)/lib/$1.a: $(call room_objs,$1) $(if $(filter codec,$1),$(GSOAP_OBJS))
	@mkdir -p $$(@D)
	@rm -f $$@
	$$(AR) rcs $$@ $$^
endef
$(foreach r,$(ROOMS),$(eval $(call ROOM,$r)))

$(BUILD)/keepwatchd: $(BUILD)/src/agent/main.o $(call archives,agent)
	$(link) $(call libs,agent)
$(BUILD)/keepwatch: $(BUILD)/src/cli/main.o $(call archives,cli)
	$(link) $(call libs,cli)
# Static and small: started thousands of times an hour by the monitoring core. musl, because the start
# of a glibc program asks the processor for its features, which in a virtual machine costs more than
# all that the plugin does.
PLUGIN_CC ?= $(if $(SANITIZE),$(CC),$(shell command -v musl-gcc || echo $(CC)))
PLUGIN_SRCS = $(wildcard src/plugin/*.c) src/base/buf.c src/base/clock.c src/base/control.c \
	src/base/err.c src/base/range.c
PLUGIN_OBJS = $(patsubst %.c,$(BUILD)/plugin/%.o,$(PLUGIN_SRCS))
$(BUILD)/plugin/%.o: %.c
	@mkdir -p $(@D)
	$(PLUGIN_CC) $(CPPFLAGS) $(filter-out -fPIE -D_FORTIFY_SOURCE=%,$(CFLAGS)) -MMD -MP -c -o $@ $<
$(BUILD)/check_keepwatch: $(PLUGIN_OBJS)
	$(PLUGIN_CC) $(filter-out -fPIE,$(CFLAGS)) $(if $(SANITIZE),,-static -no-pie -s) -o $@ $(PLUGIN_OBJS) -lm

# ---- tests: tests/unit/ROOM_*_test.c links what ROOM may stand on
UNIT_SRCS = $(wildcard tests/unit/*_test.c)
UNIT_TESTS = $(patsubst %.c,$(BUILD)/%,$(UNIT_SRCS))
unit_room = $(firstword $(subst _, ,$(notdir $1)))
define UNIT
$(BUILD)/$(1:.c=): $(BUILD)/$(1:.c=.o) $(call archives,$(call unit_room,$1))
	$$(link) $(call libs,$(call unit_room,$1)) -lcmocka
endef
$(foreach t,$(UNIT_SRCS),$(eval $(call UNIT,$t)))

# Fuzz targets: LLVMFuzzerTestOneInput. They replay their seeds, unless FUZZ_MAIN is a real fuzzer.
FUZZ_MAIN ?= $(BUILD)/tests/fuzz/replay.o
FUZZ_SRCS = $(wildcard tests/fuzz/*_fuzz.c)
FUZZ_REPLAYS = $(patsubst %.c,$(BUILD)/%,$(FUZZ_SRCS))
define FUZZ
$(BUILD)/$(1:.c=): $(BUILD)/$(1:.c=.o) $(filter %.o,$(FUZZ_MAIN)) $(call archives,$(call unit_room,$1))
	$$(link) $(call libs,$(call unit_room,$1)) $(filter-out %.o,$(FUZZ_MAIN))
endef
$(foreach t,$(FUZZ_SRCS),$(eval $(call FUZZ,$t)))

# tests/*/build.mk add what their scripts need to TEST_PROGRAMS and BENCH_PROGRAMS.
TEST_PROGRAMS =
BENCH_PROGRAMS =
-include $(wildcard tests/*/build.mk)

# ---- what people type
JOBS ?= $(shell nproc)
FUZZ_SECONDS ?= 20
DEPS = packaging/install-deps
ASAN = SANITIZE="-fsanitize=address,undefined -fno-sanitize-recover=undefined" OPT="-O1 -g"
# -k and the status: a room that does not build is counted, and does not hide the others.
run_tests = $(MAKE) -k -j$(JOBS) programs test-programs; tests/run --build-status $$? --build $(BUILD)

test-programs: $(UNIT_TESTS) $(FUZZ_REPLAYS) $(TEST_PROGRAMS)
bench-programs: $(BENCH_PROGRAMS)
fuzz-programs: $(FUZZ_REPLAYS)
.PHONY: test-programs bench-programs fuzz-programs

run:
	$(DEPS) build run
	$(MAKE) -j$(JOBS) programs $(BUILD)/tests/fake/fake_onvif
	BUILD=$(abspath $(BUILD)) tests/demo/run
test:
	$(DEPS) build test
	$(MAKE) check
check:
	$(call run_tests)
asan:
	$(DEPS) build test
	UBSAN_OPTIONS=print_stacktrace=1 $(MAKE) check BUILD=build-asan $(ASAN)
conformance:
	$(DEPS) build test
	$(call run_tests) --arg "$(CORPUS)" --limit 600 --verbose $(wildcard tests/conformance/*.sh)
lint:
	$(DEPS) build test lint
	$(MAKE) -k -j$(JOBS) BUILD=build-lint WERROR=-Werror programs test-programs bench-programs; \
		tests/run --build-status $$? --build build-lint --limit 600 tests/lint/[!l]*.sh tests/lint/*.py
bench:
	$(DEPS) build test bench
	$(MAKE) -j$(JOBS) programs test-programs bench-programs
	@status=0; for b in $(sort $(wildcard tests/bench*/run.sh tests/bench/*.sh)); do \
		echo "== $$b"; BUILD=$(abspath $(BUILD)) $$b || { echo "failed: $$b"; status=1; }; \
	done; exit $$status
fuzz:
	$(DEPS) build test
	$(MAKE) -j$(JOBS) BUILD=build-fuzz CC=clang OPT="-O1 -g" WARN=-w FUZZ_MAIN=-fsanitize=fuzzer \
		SANITIZE="-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined" \
		fuzz-programs
	FUZZ_SECONDS=$(FUZZ_SECONDS) JOBS=$(JOBS) tests/fuzz/run build-fuzz

share = $(DESTDIR)$(PREFIX)/share
install: programs
	install -D -m 755 -t $(DESTDIR)$(PREFIX)/sbin $(BUILD)/keepwatchd
	install -D -m 755 -t $(DESTDIR)$(PREFIX)/bin $(BUILD)/keepwatch
	install -D -m 755 -t $(DESTDIR)$(PREFIX)/lib/nagios/plugins $(BUILD)/check_keepwatch
	for section in 1 5 7 8; do \
		for page in packaging/man/*.$$section; do \
			[ ! -e "$$page" ] || install -D -m 644 -t $(share)/man/man$$section "$$page" || exit 1; \
		done; \
	done
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/lib/systemd/system packaging/systemd/*.service
	install -D -m 644 packaging/systemd/keepwatch.sysusers $(DESTDIR)$(PREFIX)/lib/sysusers.d/keepwatch.conf
	install -D -m 644 packaging/systemd/keepwatch.tmpfiles $(DESTDIR)$(PREFIX)/lib/tmpfiles.d/keepwatch.conf
	install -D -m 644 packaging/systemd/keepwatch.sysctl $(DESTDIR)$(PREFIX)/lib/sysctl.d/60-keepwatch.conf
	install -D -m 644 -t $(share)/keepwatch/schemas $(wildcard schemas/*.json schemas/*/*.json)
	if [ -d packaging/completions ]; then install -D -m 644 packaging/completions/keepwatch.bash \
		$(share)/bash-completion/completions/keepwatch; fi
	install -D -m 644 -t $(share)/doc/keepwatch/examples $(wildcard packaging/examples/*) packaging/nagios/*

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)

clean:
	rm -rf $(BUILD)
