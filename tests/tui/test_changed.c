/* The screen while a file changes on disk. */
#include "app/own_files.h"

#include <locale.h>

#include "app/key.h"
#include "tui/screen.h"

static bool
shows(struct screen *screen, const char *words)
{
	struct buf text;

	buf_init(&text);
	screen_compose(screen);
	canvas_text(&screen->canvas, &text);
	bool found = strstr(buf_string(&text), words) != NULL;
	if (!found)
		print_message("%s\n", buf_string(&text));
	buf_done(&text);
	return found;
}

static struct screen *
open_screen(struct session *session, const struct place *place)
{
	struct screen *screen;

	assert_int_equal(session_add(session, NULL, place->a, NULL), LADLE_OK);
	assert_int_equal(session_add(session, NULL, place->b, NULL), LADLE_OK);
	assert_int_equal(session_set(session, "glyphs", "ascii", "test", NULL), LADLE_OK);
	screen = screen_new(session);
	assert_non_null(screen);
	screen_resize(screen, 80, 24);
	assert_int_equal(session_start(session, NULL), LADLE_OK);
	screen_wait(screen);
	return screen;
}

static void
a_changed_file_is_marked_until_it_is_read_again(void **state)
{
	struct place place = make_place();
	struct session *session = new_session();
	struct screen *screen = open_screen(session, &place);

	(void)state;
	/* Nothing to draw where nothing changed: the loop asks every two seconds. */
	assert_int_equal(screen_look(screen), 0);
	screen_key(screen, 'E');
	for (int i = 0; i < 6; i++)
		screen_key(screen, 'j');
	screen_compose(screen);
	uint32_t row = screen_row(screen);
	copy_file("sample-data/run-restart.h5", place.b);
	assert_true(screen_look(screen) & OUT_DRAW);
	assert_true(shows(screen, "B b 50.0% CHANGED"));
	assert_true(shows(screen, ":reload reads it again"));
	screen_key(screen, 'R');
	screen_wait(screen);
	assert_false(session_file(session, 1)->changed.status != LADLE_OK);
	assert_true(shows(screen, "B b 50.0%"));
	assert_int_equal(screen_row(screen), row);
	unlink(place.b);
	screen_look(screen);
	assert_true(shows(screen, "B b 50.0% GONE"));
	screen_free(screen);
	session_free(session);
	remove_place(&place);
}

static void
nobody_looks_with_watch_off(void **state)
{
	struct place place = make_place();
	struct session *session = new_session();
	struct screen *screen = open_screen(session, &place);

	(void)state;
	expect_run(session, "set watch=off");
	unlink(place.b);
	assert_int_equal(screen_look(screen), 0);
	assert_int_equal(session_file(session, 1)->changed.status, LADLE_OK);
	screen_free(screen);
	session_free(session);
	remove_place(&place);
}

static int
set_up(void **state)
{
	setenv("XDG_STATE_HOME", "/dev/null", 1);
	setenv("INPUTRC", "/dev/null", 1);
	setlocale(LC_ALL, "C.UTF-8");
	return open_library(state);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(a_changed_file_is_marked_until_it_is_read_again),
			cmocka_unit_test(nobody_looks_with_watch_off),
	};

	return cmocka_run_group_tests(tests, set_up, close_library);
}
