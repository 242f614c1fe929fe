# SPDX-License-Identifier: Apache-2.0
# egressd: one non-recursive Makefile, out of tree in $(BUILD).  `make help` lists targets.

BUILD   ?= build
PREFIX  ?= /usr/local
DESTDIR ?=
CC      ?= gcc
CLANG   ?= clang
BPFTOOL ?= bpftool
SAN     ?=
V       ?= 0
WITH_SYSTEMD ?= 1

ifeq ($(origin CC),default)
CC := gcc
endif
Q := $(if $(filter 1,$(V)),,@)

.DELETE_ON_ERROR:
.SUFFIXES:
.DEFAULT_GOAL := all

# --- flags -----------------------------------------------------------------
PKGS := libbpf json-c libevent_core libevent_extra sqlite3 yaml-0.1 libxxhash libzstd zlib libcap-ng libseccomp
WARN := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith \
        -Wwrite-strings -Wformat=2 -Wundef -Wvla -Wcast-qual
OPT  ?= -O2 -g
CPPFLAGS_ALL := -D_GNU_SOURCE -Iinclude -Iuser -I$(BUILD)/gen -include egress/banned.h \
        $(shell pkg-config --cflags $(PKGS) 2>/dev/null) $(CPPFLAGS)
CFLAGS_ALL := -std=gnu11 $(OPT) -fstack-protector-strong -fPIE -fno-common $(WARN) \
        $(if $(SAN),-fsanitize=$(SAN) -fno-omit-frame-pointer) $(CFLAGS)
LDFLAGS_ALL := -pie -Wl,--as-needed -Wl,-z,relro,-z,now $(if $(SAN),-fsanitize=$(SAN)) $(LDFLAGS)
LIBS := $(shell pkg-config --libs $(PKGS) 2>/dev/null) -lpthread
LIBS_TOP := $(shell pkg-config --libs ncursesw 2>/dev/null)
BPF_CFLAGS := -target bpf -mcpu=v3 -O2 -g -Wall -Wextra -Werror -Wpadded -Iinclude -Ibpf \
        -Wno-missing-declarations -Wno-unused-parameter

# --- sources ---------------------------------------------------------------
# libegress.a: every directory of the arrow but the three programs' own.
LIB_DIRS := base config collect enrich model detect alert replay store sink serve client
LIB_SRC  := $(foreach d,$(LIB_DIRS),$(sort $(wildcard user/$(d)/*.c)))
LIB_OBJ  := $(LIB_SRC:%.c=$(BUILD)/%.o)
DAEMON_OBJ := $(patsubst %.c,$(BUILD)/%.o,$(sort $(wildcard user/daemon/*.c)))
CTL_OBJ  := $(patsubst %.c,$(BUILD)/%.o,$(sort $(wildcard user/ctl/*.c)))
TOP_OBJ  := $(patsubst %.c,$(BUILD)/%.o,$(sort $(wildcard user/top/*.c)))
BPF_SRC  := $(sort $(wildcard bpf/*.bpf.c))
BPF_SKEL := $(BPF_SRC:bpf/%.bpf.c=$(BUILD)/gen/%.skel.h)
UNIT_SRC := $(sort $(wildcard tests/unit/test_*.c))
UNIT_BIN := $(UNIT_SRC:tests/unit/%.c=$(BUILD)/tests/%)
HELPER_SRC := $(sort $(wildcard tests/helpers/*.c))
HELPER_BIN := $(HELPER_SRC:tests/helpers/%.c=$(BUILD)/tests/helpers/%)
FUZZ_SRC := $(sort $(wildcard tests/fuzz/fuzz_*.c))
FUZZ_BIN := $(FUZZ_SRC:tests/fuzz/%.c=$(BUILD)/fuzz/%)
LIB := $(BUILD)/libegress.a
PROGRAMS := $(if $(DAEMON_OBJ),$(BUILD)/egressd) $(if $(CTL_OBJ),$(BUILD)/egressctl) $(if $(TOP_OBJ),$(BUILD)/egresstop)

.PHONY: all
all: $(PROGRAMS) ## build build/egressd, build/egressctl, build/egresstop (no root)

# --- rules -----------------------------------------------------------------
$(BUILD)/bpf/%.bpf.o: bpf/%.bpf.c Makefile
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

$(BUILD)/tests/helpers/%: tests/helpers/%.c Makefile
	@mkdir -p $(@D)
	@echo "  HELPER  $@"
	$(Q)$(CC) -D_GNU_SOURCE -std=gnu11 $(OPT) -Wall -Wextra -Werror -o $@ $< -lpthread

# A fuzzer includes what it needs from the library's sources, built with coverage by clang.
$(BUILD)/fuzz/%: tests/fuzz/%.c $(LIB_SRC) Makefile | $(BPF_SKEL)
	@mkdir -p $(@D)
	@echo "  FUZZ    $@"
	$(Q)$(CLANG) $(CPPFLAGS_ALL) -std=gnu11 -O1 -g -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined \
		-o $@ $< $(LIB_SRC) $(LIBS)

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)

# --- tests -----------------------------------------------------------------
.PHONY: unit
unit: $(UNIT_BIN) ## unit tests (no root)
	$(Q)for t in $(UNIT_BIN); do echo "== $$t"; $$t || exit 1; done

.PHONY: clean
clean: ## remove $(BUILD)
	rm -rf $(BUILD)

.PHONY: help
help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F':.*## ' '{printf "  %-16s %s\n", $$1, $$2}'
