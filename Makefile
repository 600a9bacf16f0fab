# ladle: look into Keras checkpoints, line them up, average them.
#
# MODE=release|debug|asan|tsan|cov chooses a build, each in build/<mode>/.
# CFLAGS, LDFLAGS, PREFIX and DESTDIR are yours.

MODE    ?= release
BUILD   ?= build/$(MODE)
PREFIX  ?= /usr/local
DESTDIR ?=
CC      ?= cc
VERSION := $(shell sed -n 's/^\#define LADLE_VERSION "\(.*\)"/\1/p' include/ladle.h)

MODE_CFLAGS_release := -O2 -g
MODE_CFLAGS_debug   := -O0 -g3
MODE_CFLAGS_asan    := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
MODE_CFLAGS_tsan    := -O1 -g -fsanitize=thread -fno-omit-frame-pointer
MODE_CFLAGS_cov     := -O0 -g --coverage
CFLAGS  ?= $(MODE_CFLAGS_$(MODE))
LDFLAGS ?= $(filter -fsanitize% --coverage,$(CFLAGS))

LIB_PC  := hdf5 json-c minizip zlib libcrypto
TUI_PC  := ncursesw readline
pc       = $(filter-out -D_XOPEN_SOURCE% -D_DEFAULT_SOURCE,$(shell pkg-config $(1) $(2) 2>/dev/null))
HAVE_SECCOMP := $(shell pkg-config --exists libseccomp 2>/dev/null && echo yes)
ifeq ($(HAVE_SECCOMP),yes)
LIB_PC  += libseccomp
SECCOMP := -DHAVE_SECCOMP
endif

WARN    := -Wall -Wextra -Wshadow -Wconversion -Wno-sign-conversion -Wstrict-prototypes \
           -Wmissing-prototypes -Wvla -Wwrite-strings -Wpointer-arith
ALL_CFLAGS = -std=c11 -D_XOPEN_SOURCE=700 -D_DARWIN_C_SOURCE -DH5_USE_110_API $(SECCOMP) \
           -Iinclude -Isrc $(WARN) -fPIC -fvisibility=hidden -ffp-contract=off -pthread \
           $(call pc,--cflags,$(LIB_PC) $(TUI_PC)) $(CFLAGS)
LIB_LIBS   = $(call pc,--libs,$(LIB_PC)) -pthread -lm
TUI_LIBS   = $(call pc,--libs,$(TUI_PC))

LIB_DIRS  := base file keras pair measure mix write
LIB_SRC   := $(foreach d,$(LIB_DIRS),$(wildcard src/$(d)/*.c))
BIN_SRC   := $(foreach d,app cli tui,$(wildcard src/$(d)/*.c)) $(wildcard src/main.c)
TEST_SRC  := $(wildcard tests/*/test_*.c)
HELP_SRC  := $(wildcard tests/support/*.c)
LIB_OBJ   := $(LIB_SRC:src/%.c=$(BUILD)/obj/%.o)
BIN_OBJ   := $(BIN_SRC:src/%.c=$(BUILD)/obj/%.o)
FACE_OBJ  := $(filter-out $(BUILD)/obj/main.o,$(BIN_OBJ))
HELP_OBJ  := $(HELP_SRC:%.c=$(BUILD)/obj/%.o)
TESTS     := $(TEST_SRC:tests/%.c=$(BUILD)/tests/%)

.DELETE_ON_ERROR:
.SECONDARY:

all: $(BUILD)/ladle $(BUILD)/libladle.a $(BUILD)/libladle.so ## the program and the library (the default)

# Rebuild when the flags change.
$(BUILD)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(CC) $(ALL_CFLAGS) $(LDFLAGS)' | cmp -s - $@ || echo '$(CC) $(ALL_CFLAGS) $(LDFLAGS)' > $@
FORCE:

# The loops that this project exists for.
$(BUILD)/obj/measure/kernel%.o $(BUILD)/obj/mix/blend%.o: ALL_CFLAGS += -O3

$(BUILD)/obj/%.o: src/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/obj/tests/%.o: tests/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -Itests -MMD -MP -c -o $@ $<

$(BUILD)/libladle.a: $(LIB_OBJ)
	rm -f $@
	ar rcs $@ $^

$(BUILD)/libladle.so: $(LIB_OBJ)
	$(CC) -shared -Wl,-soname,libladle.so.0 $(LDFLAGS) -o $@ $^ $(LIB_LIBS)

$(BUILD)/ladle: $(BIN_OBJ) $(BUILD)/libladle.a
	$(CC) $(LDFLAGS) -o $@ $^ $(TUI_LIBS) $(LIB_LIBS)

$(BUILD)/tests/%: $(BUILD)/obj/tests/%.o $(HELP_OBJ) $(FACE_OBJ) $(BUILD)/libladle.a
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $^ $(call pc,--libs,cmocka vterm) $(TUI_LIBS) $(LIB_LIBS)

-include $(LIB_OBJ:.o=.d) $(BIN_OBJ:.o=.d) $(HELP_OBJ:.o=.d) $(TEST_SRC:%.c=$(BUILD)/obj/%.d)

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1\t\2/p' Makefile | expand -t 20

clean: ## remove what was built
	rm -rf build

.PHONY: all help clean FORCE
