/* `ladle doctor`: facts about this machine; none of them is a failure. */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "app/cache.h"
#include "app/session.h"
#include "app/user_folder.h"
#include "base/buf.h"
#include "base/text.h"
#include "cli/json.h"
#include "cli/run.h"

/* All that it finds out, before any of it is printed. */
struct facts {
	struct ladle_sandbox sandbox;
	int threads;
	bool old_hdf5, openblas;
	char term[64]; /* cleaned; "" not set */
	unsigned columns, rows;
	bool is_terminal, has_screen, is_utf8, no_color;
	struct buf cache_folder;
	struct cache_facts cache;
};

/* The release that mends what was known of damaged files when this was written. */
static bool
is_old_hdf5(const char *version)
{
	unsigned major = 0, minor = 0, release = 0;

	sscanf(version, "%u.%u.%u", &major, &minor, &release);
	return major < 1 || (major == 1 && (minor < 14 || (minor == 14 && release < 6)));
}

static void
find_terminal(struct facts *facts)
{
	const char *term = getenv("TERM"), *no_color = getenv("NO_COLOR");
	struct winsize size = {0};

	if (term)
		text_clean(facts->term, sizeof(facts->term), term, strlen(term), true);
	facts->is_terminal = isatty(STDOUT_FILENO);
	if (facts->is_terminal && !ioctl(STDOUT_FILENO, TIOCGWINSZ, &size)) {
		facts->columns = size.ws_col;
		facts->rows = size.ws_row;
	}
	facts->is_utf8 = text_locale_is_utf8();
	facts->no_color = no_color && *no_color;
}

static void
find_cache(struct facts *facts)
{
	buf_init(&facts->cache_folder);
	if (user_folder(&facts->cache_folder, FOLDER_CACHE))
		cache_look(buf_string(&facts->cache_folder), &facts->cache);
	else
		snprintf(facts->cache.why, sizeof(facts->cache.why),
				"neither XDG_CACHE_HOME nor HOME is the path of a folder");
}

/* ---- for people ---- */

static void
print_fact(const char *what, bool works, const char *text)
{
	printf("%-3s %-10s %s\n", works ? "ok" : "!", what, text);
}

static void
print_sandbox(const struct ladle_sandbox *sandbox)
{
	char text[96];

	print_fact("rlimits", sandbox->rlimits,
			sandbox->rlimits ? "a worker's memory, time and files are limited"
					 : "not in force");
	snprintf(text, sizeof(text), "a worker opens no file (ABI %d)", sandbox->landlock_abi);
	print_fact("landlock", sandbox->landlock,
			sandbox->landlock ? text : "not in force: this kernel has none");
	print_fact("seccomp", sandbox->seccomp,
			sandbox->seccomp ? "a worker's system calls are filtered" : "not in force");
}

static void
print_terminal(const struct facts *facts)
{
	char text[160];

	if (!facts->is_terminal)
		snprintf(text, sizeof(text), "TERM=%s, standard output is no terminal",
				facts->term);
	else
		snprintf(text, sizeof(text), "TERM=%s, %ux%u, %s", facts->term, facts->columns,
				facts->rows,
				facts->has_screen ? "can show the screen"
						  : "cannot show the screen: tables are printed");
	print_fact("terminal", facts->has_screen, text);
	print_fact("colours", true,
			facts->no_color ? "none, NO_COLOR is set" : "those that TERM has");
	print_fact("encoding", facts->is_utf8,
			facts->is_utf8 ? "UTF-8" : "not UTF-8: drawn with ASCII alone");
}

/* Where the screen keeps figures. */
static void
print_cache(const struct facts *facts)
{
	const char *why = facts->cache.why;
	struct buf text;

	buf_init(&text);
	text_clean_append(&text, buf_string(&facts->cache_folder), !facts->is_utf8);
	if (*why != '\0')
		buf_format(&text, "%s%s: no figures are kept", text.length > 0 ? " " : "", why);
	else
		buf_format(&text, ", %u table%s, %llu bytes", facts->cache.files,
				facts->cache.files == 1 ? "" : "s",
				(unsigned long long)facts->cache.bytes);
	print_fact("cache", *why == '\0', buf_string(&text));
	buf_done(&text);
}

static void
print_facts(const struct facts *facts)
{
	char text[128];

	print_fact("ladle", true, LADLE_VERSION);
	snprintf(text, sizeof(text), "%s%s", ladle_hdf5_version(),
			facts->old_hdf5 ? ", older than 1.14.6: has known faults with damaged "
					  "files; workers contain them"
					: "");
	print_fact("libhdf5", !facts->old_hdf5, text);
	print_fact("openblas", facts->openblas,
			facts->openblas ? "multiplies when units are matched"
					: "not there: matching units by weights takes many times "
					  "as long");
	print_sandbox(&facts->sandbox);
	snprintf(text, sizeof(text), "%d", facts->threads);
	print_fact("threads", true, text);
	print_terminal(facts);
	print_cache(facts);
}

/* ---- for programs ---- */

static struct json_object *
sandbox_value(const struct ladle_sandbox *sandbox)
{
	struct json_object *out = json_object_new_object();

	json_add_bool(out, "rlimits", sandbox->rlimits);
	json_add_bool(out, "landlock", sandbox->landlock);
	json_add_count(out, "landlock_abi", (uint64_t)sandbox->landlock_abi);
	json_add_bool(out, "seccomp", sandbox->seccomp);
	return out;
}

static struct json_object *
terminal_value(const struct facts *facts)
{
	struct json_object *out = json_object_new_object();

	json_add_text(out, "term", facts->term);
	json_add_bool(out, "is_terminal", facts->is_terminal);
	json_add_count(out, "columns", facts->columns);
	json_add_count(out, "rows", facts->rows);
	json_add_bool(out, "screen", facts->has_screen);
	json_add_bool(out, "no_color", facts->no_color);
	json_add_bool(out, "utf8", facts->is_utf8);
	return out;
}

static struct json_object *
cache_value(const struct facts *facts)
{
	struct json_object *out = json_object_new_object();

	json_add_text(out, "folder", buf_string(&facts->cache_folder));
	json_add_text(out, "why_not", facts->cache.why);
	json_add_count(out, "tables", facts->cache.files);
	json_add_count(out, "bytes", facts->cache.bytes);
	return out;
}

static void
print_facts_as_json(const struct facts *facts)
{
	struct json_object *out = json_document("doctor");

	json_add_text(out, "ladle", LADLE_VERSION);
	json_add_text(out, "libhdf5", ladle_hdf5_version());
	json_add_bool(out, "libhdf5_has_known_faults", facts->old_hdf5);
	json_add_bool(out, "openblas", facts->openblas);
	json_add(out, "sandbox", sandbox_value(&facts->sandbox));
	json_add_count(out, "threads", (uint64_t)facts->threads);
	json_add(out, "terminal", terminal_value(facts));
	json_add(out, "cache", cache_value(facts));
	json_print(out);
}

int
cli_doctor(struct cli_run *run, struct ladle_error *err)
{
	struct facts facts = {.term = ""};
	enum ladle_status status = ladle_probe_sandbox(run->library, &facts.sandbox, err);

	if (status != LADLE_OK)
		return ladle_status_exit(status);
	facts.threads = ladle_threads(run->library);
	facts.old_hdf5 = is_old_hdf5(ladle_hdf5_version());
	facts.openblas = ladle_has_openblas();
	facts.has_screen = run->screen_possible(false);
	find_terminal(&facts);
	find_cache(&facts);
	if (run->json)
		print_facts_as_json(&facts);
	else
		print_facts(&facts);
	buf_done(&facts.cache_folder);
	return 0;
}
