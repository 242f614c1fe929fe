# SPDX-License-Identifier: Apache-2.0
# egressd: one non-recursive Makefile, out of tree in $(BUILD).  `make help` lists targets.

BUILD   ?= build
PREFIX  ?= /usr/local
DESTDIR ?=
CC      ?= gcc
CLANG   ?= clang
# In /usr/sbin on Debian, which is not in the path of everybody who may build.
BPFTOOL ?= $(or $(shell command -v bpftool 2>/dev/null),$(wildcard /usr/sbin/bpftool),bpftool)
SAN     ?=
V       ?= 0
WITH_SYSTEMD ?= 1
have = $(shell pkg-config --exists $(1) 2>/dev/null && echo 1 || echo 0)
# 0: built without, which README.md lists; Kafka also where its library is not there.
WITH_JSON_C ?= 1
WITH_CURL ?= 1
WITH_OPENSSL ?= 1
WITH_KAFKA ?= $(call have,rdkafka)

ifeq ($(origin CC),default)
CC := gcc
endif
Q := $(if $(filter 1,$(V)),,@)

.DELETE_ON_ERROR:
.SUFFIXES:
.DEFAULT_GOAL := all

# --- flags -----------------------------------------------------------------
PKGS := libbpf $(if $(filter 1,$(WITH_JSON_C)),json-c) libevent_core libevent_extra sqlite3 yaml-0.1 libxxhash libzstd zlib libcap-ng libseccomp \
        $(if $(filter 1,$(WITH_CURL)),libcurl) $(if $(filter 1,$(WITH_OPENSSL)),libssl libcrypto) \
        $(if $(filter 1,$(WITH_KAFKA)),rdkafka)
# Databases of AS and country: built in where the library is there, or as a packager pins.
WITH_MAXMIND ?= $(call have,libmaxminddb)
WITH_LIBLOC ?= $(call have,libloc)
PKGS += $(if $(filter 1,$(WITH_MAXMIND)),libmaxminddb) $(if $(filter 1,$(WITH_LIBLOC)),libloc)
WARN := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith \
        -Wwrite-strings -Wformat=2 -Wundef -Wvla -Wcast-qual
# Under sanitizers gcc loses ranges and warns of what cannot be.
WARN_SAN := -Wno-format-truncation -Wno-maybe-uninitialized
OPT  ?= -O2 -g
CPPFLAGS_ALL := -D_GNU_SOURCE -DWITH_KAFKA=$(WITH_KAFKA) -DWITH_CURL=$(WITH_CURL) -DWITH_OPENSSL=$(WITH_OPENSSL) \
        $(if $(filter 1,$(WITH_JSON_C)),,-Iinclude/own) -Iinclude -Iuser -I$(BUILD)/gen -include egress/banned.h \
        $(if $(filter 1,$(WITH_MAXMIND)),-DWITH_MAXMIND) $(if $(filter 1,$(WITH_LIBLOC)),-DWITH_LIBLOC) \
        $(shell pkg-config --cflags $(PKGS) 2>/dev/null) $(CPPFLAGS)
CFLAGS_ALL := -std=gnu11 $(OPT) -fstack-protector-strong -fPIE -fno-common $(WARN) \
        $(if $(SAN),-fsanitize=$(SAN) -fno-omit-frame-pointer $(WARN_SAN)) $(CFLAGS)
LDFLAGS_ALL := -pie -Wl,--as-needed -Wl,-z,relro,-z,now $(if $(SAN),-fsanitize=$(SAN)) $(LDFLAGS)
LIBS := $(shell pkg-config --libs $(PKGS) 2>/dev/null) -lpthread
WITH_LIBPQ ?= $(call have,libpq)
WITH_LIBMARIADB ?= $(call have,libmariadb)
WITH_HIREDIS ?= $(call have,hiredis)
PKGS_SESSIONS := $(if $(filter 1,$(WITH_LIBPQ)),libpq) $(if $(filter 1,$(WITH_LIBMARIADB)),libmariadb) $(if $(filter 1,$(WITH_HIREDIS)),hiredis)
CPPFLAGS_SESSIONS := -DWITH_LIBPQ=$(WITH_LIBPQ) -DWITH_LIBMARIADB=$(WITH_LIBMARIADB) -DWITH_HIREDIS=$(WITH_HIREDIS) \
        $(if $(strip $(PKGS_SESSIONS)),$(patsubst -I%,-isystem %,$(shell pkg-config --cflags $(PKGS_SESSIONS) 2>/dev/null)))
LIBS_SESSIONS := $(if $(strip $(PKGS_SESSIONS)),$(shell pkg-config --libs $(PKGS_SESSIONS) 2>/dev/null))
LIBS_TOP := $(shell pkg-config --libs ncursesw 2>/dev/null)
BPF_ARCH := $(patsubst aarch64,arm64,$(patsubst x86_64,x86,$(shell uname -m)))
BPF_CFLAGS := -target bpf -D__TARGET_ARCH_$(BPF_ARCH) -mcpu=v3 -O2 -g -Wall -Wextra -Werror -Wpadded -Iinclude -Ibpf \
        -Wno-missing-declarations -Wno-unused-parameter

# --- sources ---------------------------------------------------------------
# libegress.a: every directory of the arrow but the three programs' own.
LIB_DIRS := base config collect enrich model detect alert replay store sink serve client
LIB_WITHOUT := $(if $(filter 1,$(WITH_KAFKA)),,user/sink/sender_kafka.c) \
        $(if $(filter 1,$(WITH_OPENSSL)),user/base/digest_none.c user/sink/tls_none.c,user/base/digest_openssl.c user/sink/tls_openssl.c) \
        $(if $(filter 1,$(WITH_CURL)),,$(addprefix user/sink/,http.c squeeze.c sender_http.c sender_webhook.c sender_elastic.c \
        sender_splunk.c sender_otlp.c sender_clickhouse.c sender_upload.c))
LIB_SRC  := $(filter-out $(LIB_WITHOUT),$(foreach d,$(LIB_DIRS),$(sort $(wildcard user/$(d)/*.c))))
LIB_OBJ  := $(LIB_SRC:%.c=$(BUILD)/%.o)
DAEMON_OBJ := $(patsubst %.c,$(BUILD)/%.o,$(sort $(wildcard user/daemon/*.c)))
EXPORT_OBJ := $(patsubst %.c,$(BUILD)/%.o,$(sort $(wildcard user/export/*.c)))
RUNTIMES_OBJ := $(patsubst %.c,$(BUILD)/%.o,$(sort $(wildcard user/runtimes/*.c)) user/export/sandbox.c)
SESSIONS_OBJ := $(patsubst %.c,$(BUILD)/%.o,$(sort $(wildcard user/sessions/*.c)) user/export/sandbox.c)
CTL_OBJ  := $(patsubst %.c,$(BUILD)/%.o,$(sort $(wildcard user/ctl/*.c)))
TOP_OBJ  := $(patsubst %.c,$(BUILD)/%.o,$(sort $(wildcard user/top/*.c)))
BPF_SRC  := $(sort $(wildcard bpf/*.bpf.c))
BPF_SKEL := $(BPF_SRC:bpf/%.bpf.c=$(BUILD)/gen/%.skel.h)
UNIT_SRC := $(sort $(wildcard tests/unit/test_*.c))
UNIT_BIN := $(UNIT_SRC:tests/unit/%.c=$(BUILD)/tests/%)
PROBE_SRC := $(sort $(wildcard tests/probe/*.c))
PROBE_BIN := $(PROBE_SRC:tests/probe/%.c=$(BUILD)/tests/probe/%)
HELPER_SRC := $(filter-out $(if $(filter 1,$(WITH_KAFKA)),,tests/helpers/kafka_mock.c),$(sort $(wildcard tests/helpers/*.c)))
HELPER_BIN := $(HELPER_SRC:tests/helpers/%.c=$(BUILD)/tests/helpers/%)
FUZZ_SRC := $(sort $(wildcard tests/fuzz/fuzz_*.c))
FUZZ_BIN := $(FUZZ_SRC:tests/fuzz/%.c=$(BUILD)/fuzz/%)
LIB := $(BUILD)/libegress.a
PROGRAMS := $(if $(DAEMON_OBJ),$(BUILD)/egressd $(BUILD)/egressd-export $(BUILD)/egressd-sessions $(if $(filter 1,$(WITH_CURL)),$(BUILD)/egressd-runtimes)) $(if $(CTL_OBJ),$(BUILD)/egressctl) $(if $(TOP_OBJ),$(BUILD)/egresstop)

.PHONY: all
all: $(PROGRAMS) ## build build/egressd, build/egressctl, build/egresstop (no root)

# --- rules -----------------------------------------------------------------
# On a machine without them: all that is missing and the remedy, in one line.
NEEDS := $(firstword $(CC)) $(CLANG) $(BPFTOOL) pkg-config
$(BUILD)/.needs:
	@mkdir -p $(@D)
	@missing="$$(for c in $(NEEDS); do command -v $$c >/dev/null || echo $$c; done; \
		for p in $(PKGS) ncursesw; do pkg-config --exists $$p 2>/dev/null || echo $$p; done)"; \
	[ -z "$$missing" ] || { echo "not found:" $$missing "('make deps' installs what the build needs)" >&2; exit 1; }
	@touch $@

# Else make would delete them as intermediate files, and the next one build all of it again.
.SECONDARY: $(BPF_SRC:%.c=$(BUILD)/%.o)
$(BUILD)/bpf/%.bpf.o: bpf/%.bpf.c Makefile | $(BUILD)/.needs
	@mkdir -p $(@D)
	@echo "  BPF     $@"
	$(Q)$(CLANG) $(BPF_CFLAGS) -MMD -MP -MT $@ -MF $(@:.o=.d) -c $< -o $@

$(BUILD)/gen/%.skel.h: $(BUILD)/bpf/%.bpf.o
	@mkdir -p $(@D)
	@echo "  SKEL    $@"
	$(Q)$(BPFTOOL) gen skeleton $< name $*_bpf > $@

$(BUILD)/user/%.o: user/%.c Makefile | $(BPF_SKEL)
	@mkdir -p $(@D)
	@echo "  CC      $@"
	$(Q)$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -MMD -MP -c $< -o $@

$(LIB): $(LIB_OBJ)
	@echo "  AR      $@"
	$(Q)rm -f $@ && ar rcs $@ $^

$(BUILD)/egressd: $(DAEMON_OBJ) $(LIB)
	@echo "  LD      $@"
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $(DAEMON_OBJ) $(LIB) $(LIBS)
# What talks to receivers: started by egressd, from the directory it is in itself.
$(BUILD)/egressd-export: $(EXPORT_OBJ) $(LIB)
	@echo "  LD      $@"
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $(EXPORT_OBJ) $(LIB) $(LIBS)
# What asks database servers: with each client library that is there (WITH_LIBPQ=0 leaves it out).
# What asks container runtimes: the one that has the HTTP library.
$(BUILD)/egressd-runtimes: $(RUNTIMES_OBJ) $(LIB)
	@echo "  LD      $@"
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $(RUNTIMES_OBJ) $(LIB) $(LIBS)
$(BUILD)/egressd-sessions: $(SESSIONS_OBJ) $(LIB)
	@echo "  LD      $@"
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $(SESSIONS_OBJ) $(LIB) $(LIBS) $(LIBS_SESSIONS)
$(SESSIONS_OBJ): CPPFLAGS_ALL += $(CPPFLAGS_SESSIONS)
# Its header names functions that banned.h poisons, so it has to come before that.
$(BUILD)/user/sessions/ask_mysql.o: CPPFLAGS_ALL := $(if $(filter 1,$(WITH_LIBMARIADB)),-include mysql.h) $(CPPFLAGS_ALL)
$(BUILD)/egressctl: $(CTL_OBJ) $(LIB)
	@echo "  LD      $@"
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $(CTL_OBJ) $(LIB) $(LIBS)
$(BUILD)/egresstop: $(TOP_OBJ) $(LIB)
	@echo "  LD      $@"
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $(TOP_OBJ) $(LIB) $(LIBS) $(LIBS_TOP)

$(BUILD)/tests/%: tests/unit/%.c $(LIB) Makefile
	@mkdir -p $(@D)
	@echo "  TEST    $@"
	$(Q)$(CC) $(CPPFLAGS_ALL) -Itests $(CFLAGS_ALL) -MMD -MP -MF $@.d $(LDFLAGS_ALL) -o $@ $< $(LIB) $(LIBS) -lcmocka

# A probe is a test program that drives the library.
$(BUILD)/tests/probe/%: tests/probe/%.c $(LIB) Makefile
	@mkdir -p $(@D)
	@echo "  PROBE   $@"
	$(Q)$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -MMD -MP -MF $@.d $(LDFLAGS_ALL) -o $@ $< $(PROBE_OBJ) $(LIB) $(LIBS)
# The daemon's rooms are not in the library.
FEEDER_OBJ := $(filter $(BUILD)/user/daemon/exporter%.o $(BUILD)/user/daemon/deadletter.o,$(DAEMON_OBJ))
$(BUILD)/tests/probe/feeder: $(FEEDER_OBJ)
$(BUILD)/tests/probe/feeder: PROBE_OBJ := $(FEEDER_OBJ)

# The view without its terminal, for tests/unit/test_top_*.c and one probe.
TOP_PURE := $(filter-out $(BUILD)/user/top/main.o $(BUILD)/user/top/app% $(BUILD)/user/top/term%,$(TOP_OBJ))
$(BUILD)/libegresstop.a: $(TOP_PURE)
	@echo "  AR      $@"
	$(Q)rm -f $@ && ar rcs $@ $^
$(BUILD)/tests/probe/top_keys: $(BUILD)/libegresstop.a
$(BUILD)/tests/probe/top_keys: PROBE_OBJ := $(BUILD)/libegresstop.a
$(BUILD)/tests/test_top_%: tests/unit/test_top_%.c $(BUILD)/libegresstop.a $(LIB) Makefile
	@mkdir -p $(@D)
	@echo "  TEST    $@"
	$(Q)$(CC) $(CPPFLAGS_ALL) -Itests $(CFLAGS_ALL) -MMD -MP -MF $@.d $(LDFLAGS_ALL) -o $@ $< $(BUILD)/libegresstop.a $(LIB) $(LIBS) -lcmocka

$(BUILD)/tests/helpers/%: tests/helpers/%.c $(wildcard tests/helpers/*.h) Makefile
	@mkdir -p $(@D)
	@echo "  HELPER  $@"
	$(Q)$(CC) -D_GNU_SOURCE -std=gnu11 $(OPT) -Wall -Wextra -Werror -o $@ $< -lpthread $(HELPER_LIBS)
$(BUILD)/tests/helpers/kafka_mock: HELPER_LIBS := -lrdkafka
$(BUILD)/tests/helpers/faulty: HELPER_LIBS := -lseccomp

# Fuzzers link the whole library, built once by clang with coverage; a fuzzer may
# include a .c file instead of linking it.
FUZZ_FLAGS := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined
FUZZ_OBJ := $(LIB_SRC:%.c=$(BUILD)/fuzz-obj/%.o)
$(BUILD)/fuzz-obj/%.o: %.c Makefile | $(BPF_SKEL)
	@mkdir -p $(@D)
	$(Q)$(CLANG) $(CPPFLAGS_ALL) -std=gnu11 $(FUZZ_FLAGS) -fsanitize=fuzzer-no-link -MMD -MP -c $< -o $@
$(BUILD)/libegress-fuzz.a: $(FUZZ_OBJ)
	@echo "  AR      $@"
	$(Q)rm -f $@ && ar rcs $@ $^
$(BUILD)/fuzz/%: tests/fuzz/%.c $(BUILD)/libegress-fuzz.a Makefile
	@mkdir -p $(@D)
	@echo "  FUZZ    $@"
	$(Q)$(CLANG) $(CPPFLAGS_ALL) -std=gnu11 $(FUZZ_FLAGS) -fsanitize=fuzzer -MMD -MP -MF $@.d -o $@ $< \
		$(BUILD)/libegress-fuzz.a $(LIBS)

$(BUILD)/libegresstop-fuzz.a: $(TOP_PURE:$(BUILD)/%=$(BUILD)/fuzz-obj/%)
	@echo "  AR      $@"
	$(Q)rm -f $@ && ar rcs $@ $^
$(BUILD)/fuzz/fuzz_top_%: tests/fuzz/fuzz_top_%.c $(BUILD)/libegresstop-fuzz.a $(BUILD)/libegress-fuzz.a Makefile
	@mkdir -p $(@D)
	@echo "  FUZZ    $@"
	$(Q)$(CLANG) $(CPPFLAGS_ALL) -std=gnu11 $(FUZZ_FLAGS) -fsanitize=fuzzer -MMD -MP -MF $@.d -o $@ $< \
		$(BUILD)/libegresstop-fuzz.a $(BUILD)/libegress-fuzz.a $(LIBS)

-include $(shell find $(BUILD) -type f -name '*.d' 2>/dev/null)

# --- tests -----------------------------------------------------------------
FUZZ_SECONDS ?= 4
.PHONY: unit-build fuzz-build helpers unit check fuzz
unit-build: $(UNIT_BIN)
fuzz-build: $(FUZZ_BIN)
helpers: $(HELPER_BIN) $(PROBE_BIN)

unit: $(UNIT_BIN) ## unit tests (no root)
	$(Q)TMPDIR=$$(mktemp -d) && chmod 755 "$$TMPDIR" && export TMPDIR && \
		trap 'rm -rf "$$TMPDIR"' EXIT && trap 'exit 130' INT TERM && \
		for t in $(UNIT_BIN); do echo "== $$t"; $$t || exit 1; done

check: ## install what the tests need, run them all, close with one line; TIERS=unit: one tier
	$(Q)tools/deps test
	$(Q)BUILD=$(BUILD) MAKE="$(MAKE)" FUZZ_SECONDS=$(FUZZ_SECONDS) tests/run $(TIERS)

.PHONY: check-doors
check-doors: ## every way bytes leave by, beside three witnesses; writes docs/accuracy.md
	$(Q)tools/deps test
	$(Q)$(MAKE) -j$(shell nproc) all helpers
	$(Q)BUILD=$(abspath $(BUILD)) tests/system/doors --write

.PHONY: check-kernels
check-kernels: ## boot Debian kernels 5.10 to 7.x in emulation, count on each (up to an hour); writes docs/accuracy.md
	$(Q)tools/deps test
	$(Q)$(MAKE) -j$(shell nproc) all helpers
	$(Q)BUILD=$(abspath $(BUILD)) tests/system/kernels --all

fuzz: ## fuzz for long: FUZZ_SECONDS=600 each
	$(Q)BUILD=$(BUILD) MAKE="$(MAKE)" FUZZ_SECONDS=$(if $(filter 4,$(FUZZ_SECONDS)),600,$(FUZZ_SECONDS)) tests/run fuzz

# --- lint ------------------------------------------------------------------
# Each of these is one test of `make check`.
C_SRC = $(sort $(wildcard bpf/*.[ch] include/egress/*.h user/*/*.[ch] tests/*/*.[ch] tests/*.h tools/*/*.[ch]))
PROSE := $(sort $(wildcard docs/man/*.[158]))
SCRIPTS = $(shell grep -lIE '^\#!/bin/(ba)?sh' $$(find tools tests .ci packaging -type f 2>/dev/null) /dev/null)
LINT := lint-gcc lint-clang lint-format lint-cppcheck lint-layers lint-abi lint-hygiene lint-docs lint-man lint-shell lint-unit lint-without
.PHONY: lint $(LINT) check-format format
lint: $(LINT) ## both compilers -Werror, formatting, cppcheck, layers, ABI, docs

lint-gcc:
	$(Q)$(MAKE) BUILD=$(BUILD) CC=gcc all helpers unit-build
lint-clang:
	$(Q)$(MAKE) BUILD=$(BUILD)-clang CC=clang all helpers unit-build
lint-format check-format:
	$(Q)clang-format --dry-run -Werror $(C_SRC)
format: ## lay the sources out as .clang-format says
	$(Q)clang-format -i $(C_SRC)
lint-cppcheck: $(BPF_SKEL)
	$(Q)cppcheck -q --std=c11 --language=c --error-exitcode=1 --inline-suppr -j2 \
		--enable=warning,performance,portability --suppress=missingIncludeSystem \
		--suppressions-list=tools/cppcheck.suppress -D__x86_64__ -Iinclude -Iuser user tests/helpers
lint-layers:
	$(Q)tools/check-layers --self-test && tools/check-layers
lint-abi:
	$(Q)tools/check-abi --self-test && tools/check-abi
lint-hygiene:
	$(Q)tools/check-hygiene --self-test && tools/check-hygiene
lint-docs: all
	$(Q)tools/check-docs --self-test && BUILD=$(BUILD) tools/check-docs
	$(Q)tools/check-screens --self-test && tools/check-screens
.PHONY: docs
docs: all ## write docs/config.md, docs/egressd.yaml, egressd(8)'s list of options, egresstop's screens
	$(Q)BUILD=$(BUILD) tools/check-usage --write
	$(Q)tools/check-screens --write
lint-man: all
	$(Q)mandoc -T lint -W warning $(PROSE)
	$(Q)tools/check-usage --self-test && BUILD=$(BUILD) tools/check-usage
lint-shell:
	$(Q)shellcheck -x -e SC2317,SC2119 $(SCRIPTS)

lint-without: all
	$(Q)BUILD=$(BUILD) tools/check-without

lint-unit:
	$(Q)if command -v systemd-analyze >/dev/null; then \
		mkdir -p $(BUILD) && sed 's|@SBINDIR@|/bin|; s|/egressd$$|/true|' packaging/egressd.service.in >$(BUILD)/egressd.service && \
		systemd-analyze security --offline=yes --threshold=40 --no-pager $(BUILD)/egressd.service >/dev/null; \
	else echo "SKIP no systemd-analyze"; fi

# --- packages, running, demonstration --------------------------------------
.PHONY: deps deps-check run demo bench eval eval-scenarios
deps: ## install the packages the build needs (root, through sudo if not)
	$(Q)tools/deps build
deps-check:
	$(Q)tools/deps --check build test
run: ## install what is missing, build, start egressd and show live egress
	$(Q)tools/deps run
	$(Q)$(MAKE) -j$(shell nproc) all
	$(Q)BUILD=$(BUILD) tools/run
demo: ## steal a real PostgreSQL database in twelve ways and see each one caught
	$(Q)tools/deps test
	$(Q)$(MAKE) -j$(shell nproc) all helpers
	$(Q)BUILD=$(BUILD) tests/demo/run
bench: ## what egressd costs; writes docs/performance.md
	$(Q)tools/deps bench
	$(Q)$(MAKE) -j$(shell nproc) all helpers
	$(Q)BUILD=$(BUILD) tools/bench/run
.PHONY: bench-sinks
bench-sinks: ## events a second through each sink; writes its table in docs/siem.md
	$(Q)tools/deps test
	$(Q)$(MAKE) -j$(shell nproc) all helpers
	$(Q)BUILD=$(BUILD) tools/bench/sinks --write
eval: all ## judge detection, write docs/detection.md: EVAL="--rows FILE --nab DIR --traces DIR"
	$(Q)BUILD=$(BUILD) tools/eval/run --doc docs/detection.md $(EVAL)
eval-scenarios: all ## judge detection on the scenario catalogue; writes docs/detection-scenarios.md
	$(Q)BUILD=$(BUILD) tools/eval/scenarios --doc docs/detection-scenarios.md

# --- install ---------------------------------------------------------------
sbindir := $(PREFIX)/sbin
bindir := $(PREFIX)/bin
mandir := $(PREFIX)/share/man
compdir := $(PREFIX)/share/bash-completion/completions
unitdir ?= $(PREFIX)/lib/systemd/system
docdir := $(PREFIX)/share/doc/egressd
# Laid out as in the tree, so that what the pages say of docs/ and tools/ holds there too.
DOCS := README.md CHANGELOG.md $(sort $(wildcard docs/*.md docs/*.yaml)) \
        $(sort $(shell find tools/elastic tools/grafana tools/prometheus tools/sigma tools/splunk -type f))
.PHONY: install uninstall
install: all ## programs, man pages, documents, completions, unit: DESTDIR=, PREFIX=
	install -D -m 755 $(BUILD)/egressd "$(DESTDIR)$(sbindir)/egressd"
	install -D -m 755 $(BUILD)/egressd-export "$(DESTDIR)$(sbindir)/egressd-export"
	install -D -m 755 $(BUILD)/egressd-sessions "$(DESTDIR)$(sbindir)/egressd-sessions"
ifeq ($(WITH_CURL),1)
	install -D -m 755 $(BUILD)/egressd-runtimes "$(DESTDIR)$(sbindir)/egressd-runtimes"
endif
	install -D -m 755 $(BUILD)/egressctl "$(DESTDIR)$(bindir)/egressctl"
	install -D -m 755 $(BUILD)/egresstop "$(DESTDIR)$(bindir)/egresstop"
	for m in $(PROSE); do install -D -m 644 $$m "$(DESTDIR)$(mandir)/man$${m##*.}/$${m##*/}" || exit 1; done
	for c in $(wildcard tools/completion/*); do install -D -m 644 $$c "$(DESTDIR)$(compdir)/$${c##*/}" || exit 1; done
	for d in $(DOCS); do install -D -m 644 $$d "$(DESTDIR)$(docdir)/$$d" || exit 1; done
ifeq ($(WITH_SYSTEMD),1)
	install -d "$(DESTDIR)$(unitdir)" "$(DESTDIR)$(PREFIX)/lib/sysusers.d"
	sed 's|@SBINDIR@|$(sbindir)|' packaging/egressd.service.in >"$(DESTDIR)$(unitdir)/egressd.service"
	install -m 644 packaging/egressd.sysusers "$(DESTDIR)$(PREFIX)/lib/sysusers.d/egressd.conf"
endif
uninstall: ## remove what install put there
	rm -f "$(DESTDIR)$(sbindir)/egressd" "$(DESTDIR)$(sbindir)/egressd-export" "$(DESTDIR)$(sbindir)/egressd-sessions" "$(DESTDIR)$(sbindir)/egressd-runtimes" "$(DESTDIR)$(bindir)/egressctl" "$(DESTDIR)$(bindir)/egresstop"
	rm -f "$(DESTDIR)$(unitdir)/egressd.service" "$(DESTDIR)$(PREFIX)/lib/sysusers.d/egressd.conf"
	for m in $(PROSE); do rm -f "$(DESTDIR)$(mandir)/man$${m##*.}/$${m##*/}"; done
	for c in $(wildcard tools/completion/*); do rm -f "$(DESTDIR)$(compdir)/$${c##*/}"; done
	rm -rf "$(DESTDIR)$(docdir)"

.PHONY: clean
clean: ## remove $(BUILD)
	rm -rf $(BUILD) $(BUILD)-clang $(BUILD)-san

.PHONY: help
help: ## this list
	@grep -hE '^[a-z -]+:.*## ' $(firstword $(MAKEFILE_LIST)) | sort | awk -F':.*## ' '{printf "  %-26s %s\n", $$1, $$2}'
