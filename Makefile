# ladle: look into Keras checkpoints, line them up, average them.
#
# MODE=release|debug|asan|tsan|cov|fuzz chooses a build, each in build/<mode>/; fuzz needs clang.
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
MODE_CFLAGS_fuzz    := -O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer -Wno-missing-field-initializers
ifeq ($(MODE),fuzz)
CC := clang
endif
CFLAGS  ?= $(MODE_CFLAGS_$(MODE))
LDFLAGS ?= $(filter -fsanitize% --coverage,$(CFLAGS))

LIB_PC  := hdf5 json-c zlib libcrypto
TUI_PC  := ncursesw readline
pc       = $(filter-out -D_XOPEN_SOURCE% -D_DEFAULT_SOURCE,$(shell pkg-config $(1) $(2) 2>/dev/null))
HAVE_SECCOMP := $(shell pkg-config --exists libseccomp 2>/dev/null && echo yes)
ifeq ($(HAVE_SECCOMP),yes)
LIB_PC  += libseccomp
SECCOMP := -DHAVE_SECCOMP
endif

SONAME  := $(if $(filter Darwin,$(shell uname -s)),-install_name,-soname)
WARN    := -Wall -Wextra -Wshadow -Wconversion -Wno-sign-conversion -Wstrict-prototypes \
           -Wmissing-prototypes -Wvla -Wwrite-strings -Wpointer-arith
ALL_CFLAGS = -std=c11 -D_XOPEN_SOURCE=700 -D_DARWIN_C_SOURCE -DH5_USE_110_API $(SECCOMP) \
           -Iinclude -Isrc $(WARN) -fPIC -fvisibility=hidden -ffp-contract=off -pthread \
           $(call pc,--cflags,$(LIB_PC) $(TUI_PC)) $(CFLAGS)
LIB_LIBS   = $(call pc,--libs,$(LIB_PC)) -pthread -ldl -lm
TUI_LIBS   = $(call pc,--libs,$(TUI_PC))

LIB_DIRS  := base file keras pair measure align mix write
LIB_SRC   := $(foreach d,$(LIB_DIRS),$(wildcard src/$(d)/*.c))
BIN_SRC   := $(foreach d,app cli tui,$(wildcard src/$(d)/*.c)) $(wildcard src/main.c)
TEST_SRC  := $(wildcard tests/*/test_*.c)
HELP_SRC  := $(wildcard tests/support/*.c)
LIB_OBJ   := $(LIB_SRC:src/%.c=$(BUILD)/obj/%.o)
BIN_OBJ   := $(BIN_SRC:src/%.c=$(BUILD)/obj/%.o)
FACE_OBJ  := $(filter-out $(BUILD)/obj/main.o,$(BIN_OBJ))
HELP_OBJ  := $(HELP_SRC:%.c=$(BUILD)/obj/%.o)
TESTS     := $(TEST_SRC:tests/%.c=$(BUILD)/tests/%)

# A fuzz target is one file; linked with replay.c it runs on its corpus without libFuzzer.
FUZZ_SRC   := $(wildcard tests/fuzz/*.c)
FUZZ_NAMES := $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_OBJ   := $(patsubst %,$(BUILD)/obj/tests/fuzz/%.o,heap reading walk)
REPLAYS    := $(FUZZ_NAMES:%=$(BUILD)/tests/fuzz/replay_%)
FUZZERS    := $(FUZZ_NAMES:%=$(BUILD)/fuzz/%)

.DELETE_ON_ERROR:
.SECONDARY:

all: $(BUILD)/ladle $(BUILD)/libladle.a $(BUILD)/libladle.so ## the program and the library (the default)

# Rebuild when the flags change.
$(BUILD)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(CC) $(ALL_CFLAGS) $(LDFLAGS)' | cmp -s - $@ || echo '$(CC) $(ALL_CFLAGS) $(LDFLAGS)' > $@
FORCE:

# The loops that this project exists for.
HOT     := measure/kernel_plain measure/kernel_avx2 mix/blend align/gemm align/exact_kernel align/assign_plain align/assign_avx2
$(HOT:%=$(BUILD)/obj/%.o): OPTIMISE := -O3

$(BUILD)/obj/%.o: src/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(OPTIMISE) -MMD -MP -c -o $@ $<

$(BUILD)/obj/tests/%.o: tests/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -Itests -MMD -MP -c -o $@ $<

$(BUILD)/libladle.a: $(LIB_OBJ)
	rm -f $@
	ar rcs $@ $^

$(BUILD)/libladle.so: $(LIB_OBJ)
	$(CC) -shared -Wl,$(SONAME),libladle.so.0 $(LDFLAGS) -o $@ $^ $(LIB_LIBS)

$(BUILD)/ladle: $(BIN_OBJ) $(BUILD)/libladle.a
	$(CC) $(LDFLAGS) -o $@ $^ $(TUI_LIBS) $(LIB_LIBS)

$(BUILD)/tests/%: $(BUILD)/obj/tests/%.o $(HELP_OBJ) $(FACE_OBJ) $(BUILD)/libladle.a
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $^ $(call pc,--libs,cmocka vterm) $(TUI_LIBS) $(LIB_LIBS)

$(REPLAYS): $(BUILD)/tests/fuzz/replay_%: $(BUILD)/obj/tests/fuzz/fuzz_%.o $(BUILD)/obj/tests/fuzz/replay.o $(FUZZ_OBJ) \
		$(BUILD)/libladle.a
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $^ $(LIB_LIBS)

# What takes the tour of the manual and writes what it saw.
$(BUILD)/record: $(BUILD)/obj/tests/tui/record.o $(BUILD)/obj/tests/support/tour.o $(BUILD)/obj/tests/support/vterm_pty.o
	$(CC) $(LDFLAGS) -o $@ $^ $(call pc,--libs,vterm)

# What plays at random on the real screen.
PLAY_SRC := $(wildcard tests/tui/play*.c)
$(BUILD)/play: $(PLAY_SRC:%.c=$(BUILD)/obj/%.o) $(HELP_OBJ) $(FACE_OBJ) $(BUILD)/libladle.a
	$(CC) $(LDFLAGS) -o $@ $^ $(call pc,--libs,cmocka vterm) $(TUI_LIBS) $(LIB_LIBS)

# What other solvers are compared with, and what reading is.
$(BUILD)/solve $(BUILD)/match_times: $(BUILD)/%: $(BUILD)/obj/tests/align/%.o $(BUILD)/libladle.a
	$(CC) $(LDFLAGS) -o $@ $^ $(LIB_LIBS)

# Mutators that know what they change, and inputs from files.
$(BUILD)/fuzz/seed: $(BUILD)/obj/tests/fuzz/seed.o $(BUILD)/libladle.a
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $^ $(LIB_LIBS)
$(BUILD)/fuzz/catalog $(BUILD)/fuzz/config $(BUILD)/fuzz/shards: $(BUILD)/obj/tests/fuzz/mutate_json.o
$(BUILD)/fuzz/catalog: $(BUILD)/obj/tests/fuzz/mutate_catalog.o
$(BUILD)/fuzz/config $(BUILD)/fuzz/shards: $(BUILD)/obj/tests/fuzz/mutate_config.o
$(BUILD)/fuzz/%: $(BUILD)/obj/tests/fuzz/fuzz_%.o $(FUZZ_OBJ) $(BUILD)/libladle.a
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -fsanitize=fuzzer -o $@ $^ $(LIB_LIBS)

-include $(LIB_OBJ:.o=.d) $(BIN_OBJ:.o=.d) $(HELP_OBJ:.o=.d) $(TEST_SRC:%.c=$(BUILD)/obj/%.d) \
	$(FUZZ_SRC:%.c=$(BUILD)/obj/%.d) $(patsubst %.c,$(BUILD)/obj/%.d,$(wildcard tests/tui/play*.c)) $(BUILD)/obj/tests/tui/record.d $(BUILD)/obj/tests/align/solve.d $(BUILD)/obj/tests/align/match_times.d

# ---- what it needs ------------------------------------------------------------------------------

NEEDS      := hdf5 json-c zlib libcrypto ncursesw readline
TEST_NEEDS := cmocka vterm
PACKAGES   := gcc libc6-dev pkg-config libhdf5-dev libjson-c-dev zlib1g-dev libssl-dev \
              libncurses-dev libreadline-dev libseccomp-dev libopenblas0
TEST_PACKAGES := libcmocka-dev libvterm-dev mandoc g++ tmux

deps: ## install what building needs (apt-get as root, else it prints the line to type)
	@sh tests/deps.sh '$(NEEDS)' $(PACKAGES)

test-deps: deps ## the same for the tests
	@sh tests/deps.sh '$(TEST_NEEDS)' $(TEST_PACKAGES)

# ---- newcomers' two commands --------------------------------------------------------------------

DEMO := sample-data/run-epoch06.h5 sample-data/run-epoch08.h5 sample-data/run-restart.h5
JOBS := $(shell getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)

demo: deps ## build, and open the screen on sample-data
	@$(MAKE) -s -j$(JOBS) $(BUILD)/ladle
	@$(BUILD)/ladle --no-config $(DEMO)

check: test-deps ## build and run all tests that need no network
	@$(MAKE) -s -j$(JOBS) all tests
	@BUILD=$(BUILD) sh tests/run.sh

# ---- tests --------------------------------------------------------------------------------------

tests: $(TESTS) $(REPLAYS) ## the test programs

layers: all ## the laws of the house
	@BUILD=$(BUILD) sh tests/laws/laws.sh

truth: $(BUILD)/ladle $(BUILD)/solve ## what is written loads in real Keras 2 and 3 and gives numpy's numbers
	@BUILD=$(BUILD) sh tests/truth/truth.sh

fuzz-deps: deps
	@sh tests/deps.sh '' clang libclang-rt-dev

fuzz: fuzz-deps ## fuzz what a catalog and a config become, FUZZ_SECONDS=600 in all
	@$(MAKE) -s MODE=fuzz BUILD=build/fuzz -j2 fuzzers
	@BUILD=build/fuzz sh tests/fuzz/fuzz.sh

fuzz-corpus: fuzz-deps ## the corpus anew: SEEDS=FILES, what `make fuzz` found, least of each
	@$(MAKE) -s MODE=fuzz BUILD=build/fuzz -j2 fuzzers
	@BUILD=build/fuzz sh tests/fuzz/merge.sh $(SEEDS)

fuzzers: $(FUZZERS) $(BUILD)/fuzz/seed

play: test-deps ## random keys and sizes on the real screen, sanitized: PLAY_SECONDS=60, SEED=0
	@$(MAKE) -s MODE=asan BUILD=build/asan -j$(JOBS) build/asan/ladle build/asan/play
	@BUILD=build/asan sh tests/tui/play.sh

generated: $(BUILD)/ladle ## GENERATED=500 random architectures of real Keras, in every layout
	@BUILD=$(BUILD) GENERATED=$${GENERATED:-500} TEST_SECONDS=3600 sh tests/truth/truth.sh generated

grouped: $(BUILD)/ladle ## GROUPED=300 random architectures of each Keras, permuted through their groups of units
	@BUILD=$(BUILD) GROUPED=$${GROUPED:-300} TEST_SECONDS=3600 sh tests/truth/truth.sh grouped3 grouped2

bench: $(BUILD)/ladle $(BUILD)/solve $(BUILD)/match_times ## the figures, each a ratio to something run in the same minute
	@BUILD=$(BUILD) sh tests/bench/bench.sh

bare: ## both newcomers' commands in a bare Debian root (as root)
	@sh tests/bare/bare.sh

lint: ## cppcheck, shellcheck and mandoc, where they are installed
	@! command -v cppcheck >/dev/null || cppcheck --quiet --std=c11 --enable=warning,portability \
		--suppress=nullPointerRedundantCheck --suppress=internalAstError \
		--suppress=pointerOutOfBounds:src/write/h5_layout.c --suppress=toomanyconfigs \
		--error-exitcode=1 -DHAVE_SECCOMP -Iinclude -Isrc src
	@! command -v shellcheck >/dev/null || shellcheck -S warning tests/*.sh tests/*/*.sh .ci/run
	@! command -v mandoc >/dev/null || mandoc -Tlint -W warning man/ladle.1

# ---- installing ---------------------------------------------------------------------------------

LIBDIR  ?= $(PREFIX)/lib
DATADIR ?= $(PREFIX)/share

$(BUILD)/ladle.pc: Makefile include/ladle.h
	@mkdir -p $(@D)
	@printf '%s\n' 'prefix=$(PREFIX)' 'libdir=$(LIBDIR)' 'includedir=$${prefix}/include' '' \
		'Name: ladle' 'Description: Look into Keras checkpoints, line them up, average them' \
		'Version: $(VERSION)' 'Libs: -L$${libdir} -lladle' 'Libs.private: $(LIB_LIBS)' \
		'Cflags: -I$${includedir}' > $@

install: all $(BUILD)/ladle.pc ## program, library, header, manual, completions
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(LIBDIR)/pkgconfig $(DESTDIR)$(PREFIX)/include \
		$(DESTDIR)$(DATADIR)/man/man1 $(DESTDIR)$(DATADIR)/man/man7 \
		$(DESTDIR)$(DATADIR)/bash-completion/completions \
		$(DESTDIR)$(DATADIR)/zsh/site-functions $(DESTDIR)$(DATADIR)/fish/vendor_completions.d
	install -m 755 $(BUILD)/ladle $(DESTDIR)$(PREFIX)/bin/ladle
	install -m 644 include/ladle.h $(DESTDIR)$(PREFIX)/include/ladle.h
	install -m 644 $(BUILD)/libladle.a $(DESTDIR)$(LIBDIR)/libladle.a
	install -m 755 $(BUILD)/libladle.so $(DESTDIR)$(LIBDIR)/libladle.so.$(VERSION)
	ln -sf libladle.so.$(VERSION) $(DESTDIR)$(LIBDIR)/libladle.so.0
	ln -sf libladle.so.0 $(DESTDIR)$(LIBDIR)/libladle.so
	install -m 644 $(BUILD)/ladle.pc $(DESTDIR)$(LIBDIR)/pkgconfig/ladle.pc
	install -m 644 man/ladle.1 $(DESTDIR)$(DATADIR)/man/man1/ladle.1
	install -m 644 man/ladle-tour.7 $(DESTDIR)$(DATADIR)/man/man7/ladle-tour.7
	install -m 644 man/ladle.bash $(DESTDIR)$(DATADIR)/bash-completion/completions/ladle
	install -m 644 man/_ladle $(DESTDIR)$(DATADIR)/zsh/site-functions/_ladle
	install -m 644 man/ladle.fish $(DESTDIR)$(DATADIR)/fish/vendor_completions.d/ladle.fish

uninstall: ## take away what install put there
	rm -f $(DESTDIR)$(PREFIX)/bin/ladle $(DESTDIR)$(PREFIX)/include/ladle.h \
		$(DESTDIR)$(LIBDIR)/libladle.* $(DESTDIR)$(LIBDIR)/pkgconfig/ladle.pc \
		$(DESTDIR)$(DATADIR)/man/man1/ladle.1 $(DESTDIR)$(DATADIR)/man/man7/ladle-tour.7 \
		$(DESTDIR)$(DATADIR)/bash-completion/completions/ladle \
		$(DESTDIR)$(DATADIR)/zsh/site-functions/_ladle \
		$(DESTDIR)$(DATADIR)/fish/vendor_completions.d/ladle.fish

# The manual's tables and the completions come from the same lists as the program itself.
MANUAL := man/ladle.1 man/ladle.bash man/_ladle man/ladle.fish
$(BUILD)/gen_manual: man/gen_manual.c src/app/command.def src/app/option.def src/app/setting.def \
		src/app/role.def src/cli/subcommand.def include/ladle.h $(BUILD)/flags
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $<

manual: $(BUILD)/gen_manual ## write the manual and the completions anew from the tables
	@$(BUILD)/gen_manual mdoc man/ladle.1.in > man/ladle.1
	@$(BUILD)/gen_manual bash > man/ladle.bash
	@$(BUILD)/gen_manual zsh > man/_ladle
	@$(BUILD)/gen_manual fish > man/ladle.fish

picture: ## put the screen as the golden tests compose it into README.md
	@sh tests/picture.sh

tour: test-deps ## take the tour of ladle-tour(7) and record it for README.md
	@$(MAKE) -s $(BUILD)/ladle $(BUILD)/record
	@$(BUILD)/record $(BUILD)/ladle man/ladle-tour.7 > $(BUILD)/tour.svg
	@cp $(BUILD)/tour.svg man/tour.svg

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1\t\2/p' Makefile | expand -t 20

clean: ## remove what was built
	rm -rf build

.PHONY: all deps test-deps demo check tests layers play truth generated grouped fuzz fuzz-deps fuzz-corpus fuzzers bench \
	bare lint install uninstall manual picture tour help clean FORCE
