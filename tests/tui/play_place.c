#include "tui/play_place.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/hostile.h"
#include "tui/play_type.h"

enum { MODELS = 40, NOBODY = 65534 };

char program[PATH_MAX + 16], reports[PATH_MAX + 16];
static char scratch[PATH_MAX];

uint64_t
hash_of(const char *path)
{
	FILE *file = fopen(path, "rb");
	uint64_t hash = 14695981039346656037u; /* FNV-1a */
	int c;

	if (file == NULL)
		return 0;
	while ((c = getc(file)) != EOF)
		hash = (hash ^ (unsigned)c) * 1099511628211u;
	fclose(file);
	return hash;
}

/* ---- files ---- */

static void
copy(const char *from, const char *to)
{
	FILE *in = fopen(from, "rb"), *out = in == NULL ? NULL : fopen(to, "wb");
	char block[65536];
	size_t n;

	while (out != NULL && (n = fread(block, 1, sizeof(block), in)) > 0)
		fwrite(block, 1, n, out);
	if (out == NULL || fclose(out) != 0) {
		fprintf(stderr, "play: %s to %s: %s\n", from, to, strerror(errno));
		exit(1);
	}
	fclose(in);
}

static char *
input(const char *name)
{
	char path[3 * PATH_MAX];

	snprintf(path, sizeof(path), "%s/inputs/%s", scratch, name);
	return strdup(path);
}

static char *
copied(const char *from)
{
	const char *slash = strrchr(from, '/');
	char *to = input(slash == NULL ? from : slash + 1);

	copy(from, to);
	return to;
}

static void
add_file(struct files *files, char *path)
{
	files->path[files->count++] = path;
}

static void
add_sample(struct files *files, const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "sample-data/%s", name);
	add_file(files, copied(path));
}

static void
make_hostile(struct files *files)
{
	static const char *const names[] = {"漢字 \033[7m\u202e.h5", "e\xcc\x81 \xff\xfe\n.h5"};

	for (size_t i = 0; i < COUNT(names); i++) {
		char *path = input(names[i]);

		if (!hostile_write(path, .01f * (float)i, false))
			exit(1);
		add_file(files, path);
	}
}

static void
make_many(struct files *files)
{
	char name[32];

	for (int i = 0; i < MODELS; i++) {
		snprintf(name, sizeof(name), "model%02d.h5", i);
		add_file(files, input(name));
		copy(i % 3 == 0              ? "sample-data/run-epoch06.h5"
				: i % 3 == 1 ? "sample-data/run-epoch08.h5"
					     : "sample-data/run-restart.h5",
				files->path[i]);
	}
}

enum { DRIFTING, PERMUTED, FAILED, HOSTILE, MANY, ALONE, NOTHING, GIVEN };

struct files sets[SETS] = {
		[DRIFTING] = {.name = "checkpoints of a run"},
		[PERMUTED] = {.name = "a pair in another order"},
		[FAILED] = {.name = "files that do not open"},
		[HOSTILE] = {.name = "hostile names"},
		[MANY] = {.name = "40 models"},
		[ALONE] = {.name = "one model"},
		[NOTHING] = {.name = "no checkpoint"},
		[GIVEN] = {.name = "files given"},
};

static void
make_sets(int given, char **path)
{
	add_sample(&sets[DRIFTING], "run-epoch06.h5");
	add_sample(&sets[DRIFTING], "run-epoch08.h5");
	add_sample(&sets[DRIFTING], "mismatch.h5");
	add_sample(&sets[PERMUTED], "seed11.keras");
	add_sample(&sets[PERMUTED], "seed11-reordered.keras");
	add_sample(&sets[PERMUTED], "seed11.weights.h5");
	add_file(&sets[FAILED], sets[DRIFTING].path[0]);
	add_file(&sets[FAILED], copied("Makefile"));
	add_file(&sets[FAILED], input("none.h5"));
	add_file(&sets[NOTHING], sets[FAILED].path[1]);
	add_file(&sets[ALONE], sets[PERMUTED].path[0]);
	make_hostile(&sets[HOSTILE]);
	make_many(&sets[MANY]);
	for (int i = 0; i < given && i < FILES_MAX; i++)
		add_file(&sets[GIVEN], copied(path[i]));
	for (int i = 0; i < SETS; i++)
		for (int k = 0; k < sets[i].count; k++)
			sets[i].hash[k] = hash_of(sets[i].path[k]);
}

/* ---- the scratch folder ---- */

static void
write_text(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	if (file == NULL || fputs(text, file) == EOF || fclose(file) != 0) {
		perror(path);
		exit(1);
	}
}

static void
make_scratch(const char *given)
{
	static const char *const names[] = {"HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME",
			"XDG_CONFIG_HOME", "XDG_DATA_HOME", "TMPDIR"};
	static const char inputrc[] =
			"set editing-mode vi\nset show-mode-in-prompt on\n"
			"set vi-ins-mode-string \"\\1\\e[31m\\2(ins)\"\n"
			"\"\\C-l\": clear-screen\n\"j\": \"\\C-x\\C-e\"\nTab: menu-complete\n";
	const char *parent = getenv("TMPDIR");
	char path[3 * PATH_MAX];

	snprintf(scratch, sizeof(scratch), "%s/ladle-play-XXXXXX",
			parent == NULL ? "/tmp" : parent);
	if (mkdtemp(scratch) == NULL) {
		perror(scratch);
		exit(1);
	}
	chmod(scratch, 0755);
	snprintf(program, sizeof(program), "%s/ladle", scratch);
	snprintf(reports, sizeof(reports), "%s/reports", scratch);
	copy(given, program);
	chmod(program, 0755);
	snprintf(path, sizeof(path), "%s/inputs", scratch);
	mkdir(path, 0755);
	mkdir(reports, 0777);
	chmod(reports, 0777);
	snprintf(path, sizeof(path), "%s/inputrc", scratch);
	write_text(path, inputrc);
	snprintf(path, sizeof(path), "%s/home", scratch);
	mkdir(path, 0777);
	chmod(path, 0777);
	for (size_t i = 0; i < COUNT(names); i++)
		setenv(names[i], path, 1);
}

/* What the person who builds may write stays out of reach of what is typed here. */
static void
become_nobody(void)
{
	char path[PATH_MAX + 16];

	snprintf(path, sizeof(path), "%s/home", scratch);
	if (chdir(path) != 0 || (getuid() == 0 && (setgid(NOBODY) != 0 || setuid(NOBODY) != 0))) {
		perror(path);
		exit(1);
	}
}

/* readline 8.2 loses what commands of its vi mode kill (_rl_copy_to_kill_ring), undo lists of some old
 * lines, and the state of a search by Meta-P that is given up. Who called whom tells these from ours. */
static void
set_sanitizers(void)
{
	char options[2 * PATH_MAX];

	snprintf(options, sizeof(options), "%s/leaks", scratch);
	write_text(options,
			"leak:rl_vi_\nleak:rl_kill_text\nleak:rl_add_undo\nleak:_rl_scxt_alloc\n");
	snprintf(options, sizeof(options), "suppressions=%s/leaks:print_suppressions=0", scratch);
	setenv("LSAN_OPTIONS", options, 1);
	snprintf(options, sizeof(options),
			"log_path=%s/report:detect_leaks=1:exitcode=99:abort_on_error=0:"
			"print_stacktrace=1:fast_unwind_on_malloc=0:handle_segv=2:handle_abort=2",
			reports);
	setenv("ASAN_OPTIONS", options, 1);
	setenv("UBSAN_OPTIONS", options, 1);
}

void
place_make(const char *built, int given, char **path)
{
	make_scratch(built);
	make_sets(given, path);
	set_sanitizers();
	become_nobody();
}
