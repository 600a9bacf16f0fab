/* Names that come from files, drawn: every cell holds one character that prints, wide ones take two,
 * and what stands to the right of a name stands where it does beside a harmless one. */
#include "tui_test.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

#include <ladle.h>

#include "app/session.h"
#include "support/hostile.h"
#include "tui/screen.h"
#include "tui/script.h"

struct stage {
	struct ladle *library;
	struct session *session;
	struct screen *screen;
};

static char folder[] = "/tmp/ladle-names-XXXXXX";
static char path[4][128]; /* two of hostile names, two of harmless ones */

static const char *const views[] = {"", "E", "E G", "E j j F3", "F4", ":mix A=.5 on *\n F4 G", "F5",
		"F5 G", "F6", "?", "F7", "F8", "/kernel\n n", "& \n", ": s k i p Space Tab",
		"E G j\n Z", "gw", ":skip *\n", ":recipe\n", "w"};

static void
no_wake(void *arg)
{
	(void)arg;
}

static void
open_stage(struct stage *stage, bool plain, bool ascii)
{
	assert_int_equal(ladle_open(&stage->library, &(struct ladle_options){.threads = 1}, NULL),
			LADLE_OK);
	assert_int_equal(session_new(&stage->session, stage->library, no_wake, NULL, NULL),
			LADLE_OK);
	for (int i = 0; i < 2; i++)
		assert_int_equal(session_add(stage->session, NULL, path[2 * plain + i], NULL),
				LADLE_OK);
	if (ascii)
		session_set(stage->session, "glyphs", "ascii", "test", NULL);
	stage->screen = screen_new(stage->session);
	assert_non_null(stage->screen);
	assert_int_equal(session_start(stage->session, NULL), LADLE_OK);
	screen_wait(stage->screen);
}

static void
close_stage(struct stage *stage)
{
	screen_free(stage->screen);
	session_free(stage->session);
	ladle_close(stage->library);
}

static void
play(struct stage *stage, const char *keys)
{
	struct script script;
	int key;

	script_init(&script);
	assert_true(script_add(&script, keys));
	screen_compose(stage->screen);
	while ((key = script_next(&script)) != 0) {
		screen_key(stage->screen, key);
		screen_compose(stage->screen);
	}
	script_done(&script);
	while (session_busy(stage->session)) {
		screen_wait(stage->screen);
		screen_compose(stage->screen);
	}
	screen_compose(stage->screen);
}

/* The columns of a cell as the system counts them; -1 where something in it does not print. */
static int
columns_of(const struct cell *cell)
{
	wchar_t text[16];
	size_t count = mbstowcs(text, cell->text, 16);
	int columns = 0;

	for (size_t i = 0; i < count && count != (size_t)-1; i++) {
		int one = wcwidth(text[i]);

		if (one < 0)
			return -1;
		columns += one;
	}
	return count == (size_t)-1 ? -1 : columns;
}

static void
check_cells(const struct canvas *canvas, const char *keys)
{
	for (int y = 0; y < canvas->height; y++)
		for (int x = 0; x < canvas->width; x++) {
			const struct cell *cell = &canvas->cells[y * canvas->width + x];
			int columns = columns_of(cell);

			if (columns < 1 || columns > 2)
				fail_msg("`%s` at %d,%d: `%s` takes %d columns", keys, x, y,
						cell->text, columns);
			if (columns == 1)
				continue;
			if (x + 1 == canvas->width || cell[1].text[0] != '\0')
				fail_msg("`%s` at %d,%d: `%s` has no room", keys, x, y, cell->text);
			x++;
		}
}

static void
every_cell_of_every_view_prints(void **state)
{
	static const struct {
		int width, height;
	} sizes[] = {{80, 24}, {140, 40}, {60, 15}, {61, 17}, {400, 50}};

	(void)state;
	for (size_t i = 0; i < COUNT(views); i++)
		for (int ascii = 0; ascii < 2; ascii++) {
			struct stage stage;

			open_stage(&stage, false, ascii);
			play(&stage, views[i]);
			for (size_t k = 0; k < COUNT(sizes); k++) {
				assert_true(screen_resize(
						stage.screen, sizes[k].width, sizes[k].height));
				screen_compose(stage.screen);
				check_cells(&stage.screen->canvas, views[i]);
			}
			close_stage(&stage);
		}
}

static int
column_of(const struct canvas *canvas, int y, const char *text)
{
	int length = (int)strlen(text);

	for (int x = 0; x + length <= canvas->width; x++) {
		int i = 0;

		while (i < length && canvas->cells[y * canvas->width + x + i].text[0] == text[i])
			i++;
		if (i == length)
			return x;
	}
	return -1;
}

/* Beside twins with harmless names: the same cells from the column after the names on. */
static void
columns_stay_in_their_places(void **state)
{
	static const struct {
		int width, height;
	} sizes[] = {{80, 24}, {60, 15}, {110, 40}};

	(void)state;
	for (size_t i = 0; i < COUNT(sizes); i++)
		for (int ascii = 0; ascii < 2; ascii++) {
			struct stage hostile, plain;
			const struct canvas *a, *b;
			int head = 3, column;

			open_stage(&hostile, false, ascii);
			open_stage(&plain, true, ascii);
			a = &hostile.screen->canvas;
			b = &plain.screen->canvas;
			screen_resize(hostile.screen, sizes[i].width, sizes[i].height);
			screen_resize(plain.screen, sizes[i].width, sizes[i].height);
			play(&hostile, "E");
			play(&plain, "E");
			assert_int_equal(a->cells[(head + 1) * a->width + 3].text[0],
					ascii ? '\\' : '\xe6');
			column = column_of(b, head, "SHAPE");
			assert_true(column > 0);
			assert_int_equal(column_of(a, head, "SHAPE"), column);
			for (int y = head; y < head + hostile.screen->views[0]->list.height; y++)
				for (int x = column; x < a->width; x++) {
					const struct cell *one = &a->cells[y * a->width + x];
					const struct cell *two = &b->cells[y * b->width + x];

					if (strcmp(one->text, two->text) != 0 ||
							one->role != two->role)
						fail_msg("%dx%d at %d,%d: `%s`, not `%s`", a->width,
								a->height, x, y, one->text,
								two->text);
				}
			close_stage(&hostile);
			close_stage(&plain);
		}
}

static int
make_files(void **state)
{
	static const char *const names[] = {"\u202e漢字カーネルの重み\033[7m.h5",
			"\xff\xfe\n e\u0301\u0302.h5", "a.h5", "b.h5"};

	(void)state;
	setenv("XDG_STATE_HOME", "/dev/null", 1);
	setenv("XDG_CACHE_HOME", "/dev/null", 1);
	setenv("INPUTRC", "/dev/null", 1);
	if (setlocale(LC_ALL, "C.UTF-8") == NULL || mkdtemp(folder) == NULL)
		return -1;
	for (int i = 0; i < 4; i++) {
		snprintf(path[i], sizeof(path[i]), "%s/%s", folder, names[i]);
		if (!hostile_write(path[i], .1f * (float)(i % 2), i >= 2))
			return -1;
	}
	return 0;
}

static int
remove_files(void **state)
{
	(void)state;
	for (int i = 0; i < 4; i++)
		unlink(path[i]);
	return rmdir(folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(every_cell_of_every_view_prints),
			cmocka_unit_test(columns_stay_in_their_places),
	};

	return cmocka_run_group_tests(tests, make_files, remove_files);
}
