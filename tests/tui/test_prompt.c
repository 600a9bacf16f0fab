#include "tui_test.h"

#include <limits.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ladle.h>

#include "app/key.h"
#include "app/session.h"
#include "tui/prompt.h"

struct fixture {
	char folder[64];
	struct ladle *library;
	struct session *session;
	struct prompt *prompt;
};

static void
no_wake(void *arg)
{
	(void)arg;
}

static int
set_up(void **state)
{
	static struct fixture fixture;

	snprintf(fixture.folder, sizeof(fixture.folder), "/tmp/ladle-prompt-XXXXXX");
	if (mkdtemp(fixture.folder) == NULL)
		return -1;
	setlocale(LC_ALL, "C.UTF-8");
	setenv("XDG_STATE_HOME", fixture.folder, 1);
	setenv("INPUTRC", "/dev/null", 1);
	if (ladle_open(&fixture.library, &(struct ladle_options){.threads = 1}, NULL) != LADLE_OK ||
			session_new(&fixture.session, fixture.library, no_wake, NULL, NULL) !=
					LADLE_OK)
		return -1;
	fixture.prompt = prompt_new(fixture.session);
	*state = &fixture;
	return fixture.prompt == NULL;
}

static void
history_path(const struct fixture *fixture, char path[PATH_MAX])
{
	snprintf(path, PATH_MAX, "%s/ladle/history", fixture->folder);
}

static int
tear_down(void **state)
{
	struct fixture *fixture = *state;
	char path[PATH_MAX];

	prompt_free(fixture->prompt);
	session_free(fixture->session);
	ladle_close(fixture->library);
	history_path(fixture, path);
	unlink(path);
	*strrchr(path, '/') = '\0';
	rmdir(path);
	return rmdir(fixture->folder);
}

/* Gives each character; the result of the last. */
static enum prompt_result
type(struct fixture *fixture, const char *text)
{
	enum prompt_result result = PROMPT_OPEN;

	for (; *text != '\0'; text++)
		result = prompt_key(fixture->prompt, (unsigned char)*text);
	return result;
}

static void
a_line_is_typed_and_accepted(void **state)
{
	struct fixture *fixture = *state;

	prompt_open(fixture->prompt, ":", "", false);
	assert_true(prompt_is_open(fixture->prompt));
	type(fixture, "mix A=1");
	assert_string_equal(prompt_view(fixture->prompt).text, "mix A=1");
	assert_string_equal(prompt_view(fixture->prompt).label, ":");
	assert_int_equal(prompt_view(fixture->prompt).point, 7);
	assert_int_equal(type(fixture, "\r"), PROMPT_ACCEPTED);
	assert_string_equal(prompt_line(fixture->prompt), "mix A=1");
	assert_false(prompt_is_open(fixture->prompt));
}

static void
emacs_keys_and_accents_edit(void **state)
{
	struct fixture *fixture = *state;

	prompt_open(fixture->prompt, ":", "find ab", false);
	prompt_key(fixture->prompt, CODE_LEFT);
	prompt_key(fixture->prompt, 0xe9);
	assert_string_equal(prompt_view(fixture->prompt).text, "find a\xc3\xa9"
							       "b");
	assert_int_equal(prompt_view(fixture->prompt).point, 8);
	prompt_key(fixture->prompt, CODE_BACKSPACE);
	prompt_key(fixture->prompt, CODE_CTRL('a'));
	prompt_key(fixture->prompt, CODE_META | 'd');
	assert_string_equal(prompt_view(fixture->prompt).text, " ab");
	prompt_key(fixture->prompt, CODE_CTRL('y'));
	assert_string_equal(prompt_view(fixture->prompt).text, "find ab");
	prompt_key(fixture->prompt, CODE_DELETE);
	assert_string_equal(prompt_view(fixture->prompt).text, "findab");
}

/* Function keys and pages are no text. */
static void
other_keys_insert_nothing(void **state)
{
	struct fixture *fixture = *state;

	prompt_open(fixture->prompt, ":", "x", false);
	for (int key = CODE_PAGE_UP; key < CODE_LAST; key++)
		assert_int_equal(prompt_key(fixture->prompt, key), PROMPT_OPEN);
	assert_string_equal(prompt_view(fixture->prompt).text, "x");
}

static void
escape_and_control_c_cancel(void **state)
{
	static const int keys[] = {CODE_ESC, CODE_CTRL('c'), CODE_CTRL('g')};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < COUNT(keys); i++) {
		prompt_open(fixture->prompt, ":", "x", false);
		assert_int_equal(prompt_key(fixture->prompt, keys[i]), PROMPT_CANCELED);
		assert_false(prompt_is_open(fixture->prompt));
	}
}

static void
backspace_on_nothing_cancels(void **state)
{
	struct fixture *fixture = *state;

	prompt_open(fixture->prompt, ":", "x", false);
	assert_int_equal(prompt_key(fixture->prompt, CODE_BACKSPACE), PROMPT_OPEN);
	assert_int_equal(prompt_key(fixture->prompt, CODE_BACKSPACE), PROMPT_CANCELED);
}

static void
history_goes_back_and_is_searched(void **state)
{
	struct fixture *fixture = *state;

	prompt_open(fixture->prompt, ":", "", false);
	type(fixture, "skip caf\r");
	prompt_open(fixture->prompt, ":", "", false);
	type(fixture, "undo\r");
	prompt_open(fixture->prompt, ":", "", false);
	prompt_key(fixture->prompt, CODE_UP);
	prompt_key(fixture->prompt, CODE_UP);
	assert_string_equal(prompt_view(fixture->prompt).text, "skip caf");
	prompt_cancel(fixture->prompt);
	prompt_open(fixture->prompt, ":", "", false);
	prompt_key(fixture->prompt, CODE_CTRL('r'));
	type(fixture, "und");
	assert_string_equal(prompt_view(fixture->prompt).text, "undo");
}

/* Canceled in the middle of a search, the next prompt must not go on searching. */
static void
a_canceled_search_leaves_nothing_behind(void **state)
{
	struct fixture *fixture = *state;

	prompt_open(fixture->prompt, ":", "", false);
	prompt_key(fixture->prompt, CODE_CTRL('r'));
	type(fixture, "x");
	assert_int_equal(prompt_key(fixture->prompt, CODE_CTRL('c')), PROMPT_CANCELED);
	prompt_open(fixture->prompt, ":", "", false);
	type(fixture, "help");
	assert_string_equal(prompt_view(fixture->prompt).text, "help");
	assert_string_equal(prompt_view(fixture->prompt).label, ":");
	assert_int_equal(prompt_view(fixture->prompt).point, 4);
}

/* operate-and-get-next fills the next prompt of a shell; here that may be another question. */
static void
control_o_does_not_fill_the_next_prompt(void **state)
{
	struct fixture *fixture = *state;

	prompt_open(fixture->prompt, ":", "", false);
	type(fixture, "skip a\r");
	prompt_open(fixture->prompt, ":", "", false);
	type(fixture, "skip b\r");
	prompt_open(fixture->prompt, ":", "", false);
	prompt_key(fixture->prompt, CODE_UP);
	prompt_key(fixture->prompt, CODE_UP);
	assert_int_equal(prompt_key(fixture->prompt, CODE_CTRL('o')), PROMPT_ACCEPTED);
	assert_string_equal(prompt_line(fixture->prompt), "skip a");
	prompt_open(fixture->prompt, ":", "", false);
	assert_string_equal(prompt_view(fixture->prompt).text, "");
}

static void
searches_have_a_history_of_their_own(void **state)
{
	struct fixture *fixture = *state;

	prompt_open(fixture->prompt, "/", "", false);
	type(fixture, "kernel\r");
	prompt_open(fixture->prompt, ":", "", false);
	type(fixture, "undo\r");
	prompt_open(fixture->prompt, "/", "", false);
	prompt_key(fixture->prompt, CODE_UP);
	assert_string_equal(prompt_view(fixture->prompt).text, "kernel");
}

static void
the_history_file_is_private(void **state)
{
	struct fixture *fixture = *state;
	char path[PATH_MAX], line[64] = "";
	struct stat stat;
	FILE *file;

	prompt_open(fixture->prompt, ":", "", false);
	type(fixture, "equal\r");
	history_path(fixture, path);
	assert_int_equal(lstat(path, &stat), 0);
	assert_int_equal(stat.st_mode & 0777, 0600);
	file = fopen(path, "r");
	assert_non_null(file);
	assert_non_null(fgets(line, sizeof(line), file));
	fclose(file);
	assert_string_equal(line, "equal\n");
}

static void
tab_completes_and_lists(void **state)
{
	struct fixture *fixture = *state;
	struct prompt_view view;

	prompt_open(fixture->prompt, ":", "templ", false);
	prompt_key(fixture->prompt, CODE_TAB);
	assert_string_equal(prompt_view(fixture->prompt).text, "template ");
	prompt_cancel(fixture->prompt);
	prompt_open(fixture->prompt, ":", "mi", false);
	prompt_key(fixture->prompt, CODE_TAB);
	view = prompt_view(fixture->prompt);
	assert_string_equal(view.text, "mix");
	assert_int_equal(view.match_count, 2);
	assert_string_equal(view.matches[0], "mix");
	assert_string_equal(view.matches[1], "mixer");
	type(fixture, "x");
	assert_int_equal(prompt_view(fixture->prompt).match_count, 0);
}

static void
searches_are_not_completed(void **state)
{
	struct fixture *fixture = *state;

	prompt_open(fixture->prompt, "/", "templ", false);
	prompt_key(fixture->prompt, CODE_TAB);
	assert_string_equal(prompt_view(fixture->prompt).text, "templ");
}

static void
a_paste_is_never_run(void **state)
{
	struct fixture *fixture = *state;

	prompt_open(fixture->prompt, ":", "", false);
	prompt_paste(fixture->prompt, "quit\r\nundo\t\033[Ax\001");
	assert_true(prompt_is_open(fixture->prompt));
	assert_string_equal(prompt_view(fixture->prompt).text, "quit  undo [Ax");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
			TEST(a_line_is_typed_and_accepted),
			TEST(emacs_keys_and_accents_edit),
			TEST(other_keys_insert_nothing),
			TEST(escape_and_control_c_cancel),
			TEST(backspace_on_nothing_cancels),
			TEST(history_goes_back_and_is_searched),
			TEST(a_canceled_search_leaves_nothing_behind),
			TEST(control_o_does_not_fill_the_next_prompt),
			TEST(searches_have_a_history_of_their_own),
			TEST(the_history_file_is_private),
			TEST(tab_completes_and_lists),
			TEST(searches_are_not_completed),
			TEST(a_paste_is_never_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
