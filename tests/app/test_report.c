/* The page and the plot: hostile bytes, order of rows, the file itself. */
#include <math.h>
#include <sys/stat.h>

#include "app_files.h"
#include "app/report.h"
#include "app/report_parts.h"

static char folder[] = "/tmp/ladle-report-XXXXXX";

static int
open_all(void **state)
{
	return mkdtemp(folder) == NULL ? -1 : open_library(state);
}

static int
close_all(void **state)
{
	rmdir(folder);
	return close_library(state);
}

static const char *
inside(char path[512], const char *name)
{
	snprintf(path, 512, "%s/%s", folder, name);
	return path;
}

static char *
text_of(const char *path)
{
	FILE *file = fopen(path, "rb");
	static const size_t most = 1 << 20;
	char *text = calloc(1, most);

	assert_non_null(file);
	assert_non_null(text);
	assert_in_range(fread(text, 1, most - 1, file), 1, most - 2);
	fclose(file);
	return text;
}

static char *
report_of(struct session *session, enum report_kind kind)
{
	struct ladle_error error = {0};
	char path[512];

	if (report_save(kind, session, inside(path, "made"), &error) != LADLE_OK)
		fail_msg("%s", error.text);
	char *text = text_of(path);
	unlink(path);
	return text;
}

static void
nothing_in_a_name_is_markup(void **state)
{
	static const struct {
		const char *raw, *markup;
	} names[] = {
			{"plain_name/kernel:0", "plain_name/kernel:0"},
			{"<script>alert(\"x\")</script>",
					"&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;"},
			{"a' onload='b", "a&#39; onload=&#39;b"},
			{"&lt;&amp;", "&amp;lt;&amp;amp;"},
			{"\x1b[2J\n\t\x7f", "\\x1b[2J\\x0a\\x09\\x7f"},
			{"\xff\xc0\xaf", "\\xff\\xc0\\xaf"},
			{"-->]]>", "--&gt;]]&gt;"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct buf out;

		buf_init(&out);
		markup_text(&out, names[i].raw);
		assert_string_equal(buf_string(&out), names[i].markup);
		buf_clear(&out);
		markup_fit(&out, names[i].raw, 80);
		assert_string_equal(buf_string(&out), names[i].markup);
		buf_done(&out);
	}
}

static void
a_hostile_path_stays_text(void **state)
{
	static const char name[] = "<script>'\"&\x01\xff.keras";
	struct session *session = new_session();
	char here[512], target[512], path[512];

	(void)state;
	assert_non_null(getcwd(here, sizeof(here) - 32));
	snprintf(target, sizeof(target), "%.480s/%s", here, seeds[0]);
	assert_int_equal(symlink(target, inside(path, name)), 0);
	assert_int_equal(session_add(session, NULL, path, NULL), LADLE_OK);
	assert_int_equal(session_add(session, NULL, seeds[1], NULL), LADLE_OK);
	assert_int_equal(session_load(session, NULL), LADLE_OK);
	char *page = report_of(session, REPORT_PAGE);
	assert_null(strstr(page, "<script"));
	assert_non_null(strstr(page, "/&lt;script&gt;&#39;&quot;&amp;\\x01\\xff.keras</bdi>"));
	free(page);
	unlink(path);
	session_free(session);
}

/* Where the row stands in the table of the page. */
static const char *
place_of(const char *page, const struct ladle_row *row)
{
	char cell[256];

	snprintf(cell, sizeof(cell), "<bdi>%s</bdi></th><td>", row->label);
	const char *at = strstr(page, cell);
	assert_non_null(at);
	return at;
}

static void
rows_stand_by_their_loss(void **state)
{
	struct session *session = load_seeds(3);
	const struct ladle_table *table = session_table(session);

	(void)state;
	assert_int_equal(session_measure(session, 0, NULL, NULL), LADLE_OK);
	expect_run(session, "mix A=1 B=0 C=0 on conv_a");
	expect_run(session, "mix A=.9 B=.1 C=0 on conv_b");
	const struct ladle_judgement *judged = session_judgements(session);
	char *page = report_of(session, REPORT_PAGE);
	for (uint32_t i = 0; i < table->row_count; i++)
		for (uint32_t j = 0; j < table->row_count; j++)
			if ((1 - judged[i].keep) * (1 - judged[j].floor) >
					(1 - judged[j].keep) * (1 - judged[i].floor) + 1e-9)
				assert_true(place_of(page, &table->rows[i]) <
						place_of(page, &table->rows[j]));
	assert_non_null(strstr(page, "<code>mix A=1 B=0 C=0 on conv_a</code>"));
	free(page);
	session_free(session);
}

static void
the_same_comparison_gives_the_same_bytes(void **state)
{
	struct session *first = load_seeds(2), *second = load_seeds(2);

	(void)state;
	for (int kind = REPORT_PAGE; kind <= REPORT_PLOT; kind++) {
		assert_int_equal(session_measure(first, 0, NULL, NULL), LADLE_OK);
		assert_int_equal(session_measure(second, 0, NULL, NULL), LADLE_OK);
		char *one = report_of(first, (enum report_kind)kind);
		char *two = report_of(second, (enum report_kind)kind);
		assert_string_equal(one, two);
		free(one);
		free(two);
	}
	session_free(first);
	session_free(second);
}

static void
a_title_names_a_few_of_many(void **state)
{
	struct session *session = new_session();

	(void)state;
	for (int i = 0; i < 7; i++)
		assert_int_equal(session_add(session, NULL, seeds[0], NULL), LADLE_OK);
	assert_int_equal(session_load(session, NULL), LADLE_OK);
	char *page = report_of(session, REPORT_PAGE);
	assert_non_null(strstr(page,
			"<h1>A seed11, B seed11, C seed11, D seed11, E seed11 and 2 more</h1>"));
	free(page);
	session_free(session);
}

/* The second file is the first with its units in another order: matched, it is the first. */
static void
what_would_move_is_told(void **state)
{
	static const char *const files[] = {
			"sample-data/seed11.keras", "sample-data/seed11-reordered.keras"};
	struct session *session = new_session();

	(void)state;
	add_shared(session, files, 2);
	assert_int_equal(session_start(session, NULL), LADLE_OK);
	session_wait(session);
	char *page = report_of(session, REPORT_PAGE);
	assert_non_null(strstr(page, "nothing was moved yet"));
	assert_non_null(strstr(page, "<td class=\"left\">a copy</td>"));
	assert_non_null(strstr(page, "above as they would be re-ordered"));
	assert_non_null(strstr(page, "<circle class=\"matched\""));
	free(page);
	expect_run(session, "align B to A");
	session_wait(session);
	page = report_of(session, REPORT_PAGE);
	assert_non_null(strstr(page, "<code>align B to A</code>"));
	assert_non_null(strstr(page, "Units were taken in another order"));
	free(page);
	session_free(session);
}

/* Only where there is a run, and then by its numbers. */
static void
epochs_of_a_run_are_tables(void **state)
{
	static const char *const files[] = {
			"sample-data/run-epoch08.h5", "sample-data/run-epoch06.h5"};
	struct session *session = load_seeds(2);

	(void)state;
	assert_int_equal(session_measure(session, 0, NULL, NULL), LADLE_OK);
	char *page = report_of(session, REPORT_PAGE);
	assert_null(strstr(page, "Epochs of one run"));
	free(page);
	session_free(session);
	session = new_session();
	add_shared(session, files, 2);
	assert_int_equal(session_load(session, NULL), LADLE_OK);
	assert_int_equal(session_measure(session, 0, NULL, NULL), LADLE_OK);
	page = report_of(session, REPORT_PAGE);
	assert_non_null(strstr(page, "2 checkpoints in the order of their epochs, by the files"));
	assert_non_null(strstr(page, "<th>6</th><th>8</th>"));
	assert_non_null(strstr(page, "conv_b/kernel</bdi></th><td class=\"heat\" "
				     "style=\"--share:0.000\">0</td><td class=\"heat\" "
				     "style=\"--share:0.499\">0.01181</td>"));
	assert_null(strstr(page, "The same bits"));
	free(page);
	session_free(session);
}

static void
a_plot_is_a_picture_of_all_layers(void **state)
{
	static const char *const layers[] = {"conv_a", "bn_a", "conv_b", "hidden", "digits"};
	struct session *session = load_seeds(2);

	(void)state;
	assert_int_equal(session_measure(session, 0, NULL, NULL), LADLE_OK);
	char *plot = report_of(session, REPORT_PLOT);
	assert_ptr_equal(strstr(plot, "<svg "), plot + strlen("<!-- ladle plot -->\n"));
	assert_null(strstr(plot, "<table"));
	for (size_t i = 0; i < sizeof(layers) / sizeof(layers[0]); i++) {
		char text[64];

		snprintf(text, sizeof(text), ">%s</text>", layers[i]);
		assert_non_null(strstr(plot, text));
	}
	free(plot);
	session_free(session);
}

static void
nothing_but_an_earlier_report_is_replaced(void **state)
{
	struct session *session = load_seeds(2);
	char page[512], other[512], pipe[512], line[1100];

	(void)state;
	snprintf(line, sizeof(line), "report %s", inside(page, "page.html"));
	expect_run(session, line);
	expect_run(session, line);
	snprintf(line, sizeof(line), "plot %s", page);
	assert_int_equal(session_run(session, line, NULL), LADLE_E_OUTPUT);
	FILE *file = fopen(inside(other, "notes.html"), "w");
	assert_non_null(file);
	fputs("<!DOCTYPE html>\n<p>notes", file);
	fclose(file);
	snprintf(line, sizeof(line), "report %s", other);
	assert_int_equal(session_run(session, line, NULL), LADLE_E_OUTPUT);
	char *notes = text_of(other);
	assert_string_equal(notes, "<!DOCTYPE html>\n<p>notes");
	free(notes);
	assert_int_equal(mkfifo(inside(pipe, "pipe"), 0600), 0);
	snprintf(line, sizeof(line), "report %s", pipe);
	assert_int_equal(session_run(session, line, NULL), LADLE_E_OUTPUT);
	snprintf(line, sizeof(line), "report %s", seeds[0]);
	assert_int_equal(session_run(session, line, NULL), LADLE_E_OUTPUT);
	snprintf(line, sizeof(line), "report %s/no/such", folder);
	assert_int_equal(session_run(session, line, NULL), LADLE_E_OUTPUT);
	expect_refused(session, "report", "report FILE");
	unlink(page);
	unlink(other);
	unlink(pipe);
	session_free(session);
}

static void
before_there_is_a_table_there_is_no_report(void **state)
{
	struct session *session = new_session();

	(void)state;
	expect_refused(session, "report x.html", "nothing is compared yet");
	expect_refused(session, "plot x.svg", "nothing is compared yet");
	session_free(session);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(nothing_in_a_name_is_markup),
			cmocka_unit_test(a_hostile_path_stays_text),
			cmocka_unit_test(rows_stand_by_their_loss),
			cmocka_unit_test(the_same_comparison_gives_the_same_bytes),
			cmocka_unit_test(a_title_names_a_few_of_many),
			cmocka_unit_test(what_would_move_is_told),
			cmocka_unit_test(epochs_of_a_run_are_tables),
			cmocka_unit_test(a_plot_is_a_picture_of_all_layers),
			cmocka_unit_test(nothing_but_an_earlier_report_is_replaced),
			cmocka_unit_test(before_there_is_a_table_there_is_no_report),
	};

	return cmocka_run_group_tests(tests, open_all, close_all);
}
