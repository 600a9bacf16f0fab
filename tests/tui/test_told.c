/* The screen of `--from`: what `ladle diff --json` wrote, beside the screen of the files. */
#include "app/app_files.h"

#include <locale.h>
#include <math.h>

#include "app/command.h"
#include "cli/json.h"
#include "tui/screen.h"

/* ---- the document ---- */

/* What json_print_diff prints, with NUL behind it. */
static char *
document_of(struct session *session, size_t *length)
{
	FILE *file = tmpfile();
	int saved = dup(STDOUT_FILENO);
	char *text;

	assert_non_null(file);
	fflush(stdout);
	dup2(fileno(file), STDOUT_FILENO);
	json_print_diff(session);
	fflush(stdout);
	dup2(saved, STDOUT_FILENO);
	close(saved);
	fseek(file, 0, SEEK_END);
	*length = (size_t)ftell(file);
	rewind(file);
	text = calloc(1, *length + 1);
	assert_int_equal(fread(text, 1, *length, file), *length);
	fclose(file);
	return text;
}

static struct session *
open_files(const char *const *names, int count)
{
	struct session *session = new_session();

	add_shared(session, names, count);
	expect_run(session, "set match=off");
	expect_run(session, "mix A=1 B=3");
	expect_run(session, "skip *bias");
	assert_int_equal(session_start(session, NULL), LADLE_OK);
	session_wait(session);
	return session;
}

static struct session *
tell(const char *text, size_t length)
{
	struct session *session = new_session();
	struct ladle_error error = {.status = LADLE_OK};

	if (session_take_comparison(session, text, length, "s", &error) != LADLE_OK)
		fail_msg("%s", error.text);
	assert_int_equal(session_start(session, NULL), LADLE_OK);
	session_wait(session);
	return session;
}

/* ---- screens ---- */

static char *
screen_text(struct session *session, int width, int height, const char *keys)
{
	struct screen *screen;
	struct buf text;

	assert_int_equal(session_set(session, "glyphs", "ascii", "test", NULL), LADLE_OK);
	screen = screen_new(session);
	assert_non_null(screen);
	screen_resize(screen, width, height);
	screen_wait(screen);
	for (; *keys != '\0'; keys++)
		screen_key(screen, *keys);
	screen_wait(screen);
	buf_init(&text);
	screen_compose(screen);
	canvas_text(&screen->canvas, &text);
	char *out = strdup(buf_string(&text));
	buf_done(&text);
	screen_free(screen);
	return out;
}

static const char *const runs[] = {"sample-data/run-epoch06.h5", "sample-data/run-epoch08.h5",
		"sample-data/run-restart.h5"};
static const char *const apart[] = {"sample-data/run-epoch06.h5", "sample-data/mismatch.h5"};

static void
screens_are_those_of_the_files(void **state)
{
	static const struct {
		const char *const *names;
		int count;
	} files[] = {{runs, 3}, {apart, 2}, {seeds, 2}};
	static const char *const keys[] = {"E", "Ejjjj", "gm", "gk", "E]c"};
	static const int sizes[][2] = {{60, 15}, {80, 24}, {110, 40}};

	(void)state;
	for (size_t f = 0; f < sizeof(files) / sizeof(files[0]); f++) {
		struct session *session = open_files(files[f].names, files[f].count);
		size_t length;
		char *text = document_of(session, &length);
		struct session *told = tell(text, length);
		for (size_t k = 0; k < sizeof(keys) / sizeof(keys[0]); k++)
			for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
				char *a = screen_text(session, sizes[s][0], sizes[s][1], keys[k]);
				char *b = screen_text(told, sizes[s][0], sizes[s][1], keys[k]);
				assert_string_equal(a, b);
				free(a);
				free(b);
			}
		session_free(told);
		session_free(session);
		free(text);
	}
}

static void
figures_and_document_come_back_as_they_were(void **state)
{
	struct session *session = open_files(runs, 3), *told;
	size_t length, again_length;
	char *text = document_of(session, &length), *again;

	(void)state;
	told = tell(text, length);
	for (uint32_t row = 0; row < session_table(session)->row_count; row++) {
		const struct ladle_figures *a = ladle_figures(session_measurement(session), row);
		const struct ladle_figures *b = ladle_figures(session_measurement(told), row);
		assert_memory_equal(a->gram, b->gram, 9 * sizeof(double));
		assert_memory_equal(a->l2, b->l2, 9 * sizeof(double));
		assert_memory_equal(a->max_abs, b->max_abs, 9 * sizeof(double));
	}
	again = document_of(told, &again_length);
	assert_string_equal(text, again);
	free(again);
	free(text);
	session_free(told);
	session_free(session);
}

static void
faders_move_what_is_told(void **state)
{
	struct session *session = open_files(runs, 3), *told;
	size_t length;
	char *text = document_of(session, &length);

	(void)state;
	told = tell(text, length);
	assert_int_equal(session_undo_depth(told), 0);
	for (int i = 0; i < 2; i++) {
		expect_run(i == 0 ? session : told, "mix A=.2 B=.3 C=.5");
		expect_run(i == 0 ? session : told, "mix A=0 on conv*");
	}
	for (uint32_t row = 0; row < session_table(session)->row_count; row++) {
		double a = session_judgements(session)[row].keep;
		double b = session_judgements(told)[row].keep;
		assert_true(a == b || (isnan(a) && isnan(b)));
	}
	expect_run(told, "undo");
	free(text);
	session_free(told);
	session_free(session);
}

static void
what_takes_values_names_the_files(void **state)
{
	static const char *const lines[] = {"open x.h5", "drop A", "align B to A", "write x.h5",
			"reload", "ema on", "pair A:conv_a B:conv_b", "config x.json"};
	struct session *session = open_files(runs, 2), *told;
	const char *why = NULL;
	size_t length;
	char *text = document_of(session, &length);

	(void)state;
	told = tell(text, length);
	assert_true(session_is_told(told));
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		expect_refused(told, lines[i],
				"needs the files: sample-data/run-epoch06.h5, "
				"sample-data/run-epoch08.h5");
	assert_null(session_groups(told, &why));
	assert_non_null(strstr(why, "needs the files: "));
	/* Looking at what is not there. */
	session_look(told);
	assert_int_equal(session_file(told, 0)->changed.status, LADLE_OK);
	char value[64];
	struct ladle_error error;
	const struct ladle_checkpoint *a = session_file(told, 0)->checkpoint;
	assert_int_equal(ladle_tensor_read(a, &a->tensors[0], 0, 1, value, &error), LADLE_E_INPUT);
	assert_non_null(strstr(error.text, "only its figures were read"));
	assert_null(ladle_checkpoint_recipe(a));
	assert_null(ladle_checkpoint_config(a, &length));
	char *detail = screen_text(told, 140, 40, "Ejgd");
	assert_non_null(strstr(detail, "what takes values needs the files: sample-data/"));
	assert_null(strstr(detail, "NaN"));
	free(detail);
	for (const char *keys = "gpgdgegu"; *keys != '\0'; keys += 2) {
		char two[3] = {keys[0], keys[1], '\0'};
		free(screen_text(told, 80, 24, two));
	}
	free(text);
	session_free(told);
	session_free(session);
}

/* ---- what is no such document ---- */

/* Read, or refused as an input; by whoever looks for memory errors. */
static void
read_whatever(const char *text, size_t length)
{
	struct ladle_comparison *comparison = NULL;
	char *copy = malloc(length + 1);
	struct ladle_error error = {.status = LADLE_OK};

	memcpy(copy, text, length);
	copy[length] = '\0';
	if (ladle_comparison_read(&comparison, copy, length, "s", &error) == LADLE_OK)
		ladle_comparison_free(comparison);
	else
		assert_int_equal(error.status, LADLE_E_INPUT);
	free(copy);
}

static void
cut_and_changed_documents_are_refused(void **state)
{
	static const char marks[] = "0-9\"[]{},:nxA";
	struct session *session = open_files(apart, 2);
	size_t length;
	char *text = document_of(session, &length);
	uint32_t seed = 1;

	(void)state;
	for (size_t cut = 0; cut < length; cut += 1 + length / 400)
		read_whatever(text, cut);
	for (int i = 0; i < 3000; i++) {
		seed = seed * 1664525 + 1013904223;
		size_t at = (seed >> 4) % length;
		char was = text[at];
		text[at] = marks[(seed >> 20) % (sizeof(marks) - 1)];
		read_whatever(text, length);
		text[at] = was;
	}
	free(text);
	session_free(session);
}

/* The place of `from` is taken by `to`, once. */
static void
expect_fault(const char *text, const char *from, const char *to, const char *fault)
{
	const char *at = strstr(text, from);
	struct ladle_comparison *comparison;
	struct ladle_error error;
	struct buf changed;

	assert_non_null(at);
	buf_init(&changed);
	buf_append(&changed, text, (size_t)(at - text));
	buf_text(&changed, to);
	buf_text(&changed, at + strlen(from));
	assert_int_equal(ladle_comparison_read(&comparison, buf_string(&changed), changed.length,
					 "s.json", &error),
			LADLE_E_INPUT);
	assert_string_equal(error.path, "s.json");
	if (strstr(error.text, fault) == NULL)
		fail_msg("no `%s` in `%s`", fault, error.text);
	buf_done(&changed);
}

static void
layers_of_all_columns_have_a_limit(void **state)
{
	enum { MANY = 1 << 21 };
	struct session *session = open_files(runs, 2);
	struct buf many;
	size_t length;
	char *text = document_of(session, &length);

	(void)state;
	buf_init(&many);
	buf_text(&many, "\"layers\":[");
	for (int i = 0; i < MANY; i++)
		buf_text(&many, "0,");
	expect_fault(text, "\"layers\":[", buf_string(&many), "layers: are more than 4194304");
	buf_done(&many);
	free(text);
	session_free(session);
}

static void
faults_are_named_by_their_place(void **state)
{
	static const char *const fields[] = {"gram", "nonfinite", "l2", "max_abs", "names",
			"objects", "shapes", "dtypes", "averaged", "shape", "tensor", "role"};
	struct session *session = open_files(runs, 2);
	size_t length;
	char *text = document_of(session, &length), key[64], place[64];

	(void)state;
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		const char *rows = strstr(text, "\"rows\":[");
		snprintf(key, sizeof(key), "\"%s\":", fields[i]);
		snprintf(place, sizeof(place), "rows[0].%s: is missing", fields[i]);
		assert_non_null(rows);
		expect_fault(text, key, "\"other\":", place);
	}
	expect_fault(text, "\"schema\":1", "\"schema\":2",
			"is not what `ladle diff --json` writes");
	expect_fault(text, "\"command\":\"diff\"", "\"command\":\"ls\"", "is not what");
	expect_fault(text, "\"id\":\"B\"", "\"id\":\"A\"",
			"checkpoints[1]: has the id of another one");
	expect_fault(text, "\"gram\":[[", "\"gram\":[[1,", "rows[0].gram[0]: has not one number");
	expect_fault(text, "\"gram\":[[", "\"gram\":[[\"x\"],[", "rows[0].gram: has not one list");
	expect_fault(text, "\"nonfinite\":[0", "\"nonfinite\":[-1",
			"rows[0].nonfinite[0]: is no whole number");
	expect_fault(text, "\"shape\":[", "\"shape\":[1.5,", "rows[0].shape[0]: is no whole");
	expect_fault(text, "\"names\":{\"A\"", "\"names\":{\"Q\"", "names: names a checkpoint");
	expect_fault(text, "\"parent\":null", "\"parent\":0", "layers[0].parent: is no layer");
	expect_fault(text, "{", "[", "is no JSON");
	free(text);
	session_free(session);
}

static int
set_up(void **state)
{
	setenv("XDG_STATE_HOME", "/dev/null", 1);
	setenv("INPUTRC", "/dev/null", 1);
	setlocale(LC_ALL, "C.UTF-8");
	setlocale(LC_NUMERIC, "C");
	return open_library(state);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(screens_are_those_of_the_files),
			cmocka_unit_test(figures_and_document_come_back_as_they_were),
			cmocka_unit_test(faders_move_what_is_told),
			cmocka_unit_test(what_takes_values_names_the_files),
			cmocka_unit_test(cut_and_changed_documents_are_refused),
			cmocka_unit_test(layers_of_all_columns_have_a_limit),
			cmocka_unit_test(faults_are_named_by_their_place),
	};

	return cmocka_run_group_tests(tests, set_up, close_library);
}
