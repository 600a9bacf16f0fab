/* Keys in, composed screen out, compared with tests/tui/golden. Each file has the text of the
 * screen and, below a line, the role of each cell by role.def's letters; the mono files have the
 * attributes that a terminal without colours shows (b bold, r reversed, u underlined, d dim, x several).
 *
 * UPDATE=1 writes the files anew; then read the difference. */
#include "tui_test.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <curses.h>
#include <ladle.h>

#include "app/clock.h"
#include "app/session.h"
#include "base/buf.h"
#include "support/hostile.h"
#include "tui/screen.h"
#include "tui/script.h"
#include "tui/theme.h"

enum look { LOOK_UTF8, LOOK_ASCII, LOOK_MONO };

#define DRIFTING "sample-data/run-epoch06.h5 sample-data/run-epoch08.h5 sample-data/run-restart.h5"
#define PAIR "sample-data/run-epoch06.h5 sample-data/run-epoch08.h5"
#define BRANCHES                                                           \
	"sample-data/committee.h5#conv_0 sample-data/committee.h5#conv_1 " \
	"sample-data/committee.h5#conv_2"
#define PERMUTED "sample-data/seed11.keras sample-data/seed11-reordered.keras"
#define WEIGHTS "sample-data/seed11.weights.h5 sample-data/seed11.weights.h5"
#define THREE PERMUTED " sample-data/seed11.weights.h5"
#define SEEDS "sample-data/seed11.keras sample-data/seed12.keras sample-data/seed13.keras"

/* Made anew by each run: names as support/hostile.h has them, of files too. */
#define HOSTILE_A "build/hostile/\u202e漢字\033[7m.h5"
#define HOSTILE_B "build/hostile/\xff\ne\u0301.h5"
#define HOSTILE HOSTILE_A " " HOSTILE_B

struct golden {
	const char *name, *files, *keys;
};

static const struct golden everywhere[] = {
		{"layers", DRIFTING, "E j j"},
		{"mixer", DRIFTING, "F4 j 5 j m\n:mix A=1 B=0 on conv_b\n:skip digits\n"},
		{"export", DRIFTING, "F6"},
		{"help", DRIFTING, "?"},
		{"seeds", SEEDS, "S"},
		{"permuted", PERMUTED, "E j"},
		{"match", PERMUTED, "F5 j j"},
		{"units", PERMUTED, "p Enter j"},
		{"detail", PERMUTED, "E j F3"},
		{"profile", DRIFTING, "F7 j j c c c"},
		{"epochs", DRIFTING, "F8 j c"},
		{"jobs", PERMUTED, ":mix A=.5\n F5 a\n:wait idle\n F9 j"},
		{"lined", PERMUTED, "F5 a\n:wait idle\n F2 E"},
		{"changes", DRIFTING,
				":mix A=.2 on conv*\n:mute B\n u\n:skip digits\n u u\n"
				":mix A=.5 B=.25\n:solo A\n u gu k"},
};

static const struct golden once[] = {
		{"alone", "sample-data/run-epoch06.h5", "E"},
		{"failed", "sample-data/run-epoch06.h5 Makefile sample-data/none.h5", "j"},
		{"mismatch", "sample-data/run-epoch06.h5 sample-data/mismatch.h5", "]c"},
		{"find", DRIFTING, "/kernel\nn"},
		{"filter", DRIFTING, "&bias\n"},
		{"inverse", DRIFTING, "&!bn_a\n E"},
		{"tags", DRIFTING, "E Space j j Space v j j"},
		{"take", DRIFTING, "*conv*\n a B Enter"},
		{"undone", DRIFTING, ":mix A=.5\n u"},
		{"prompt", DRIFTING, ": m i x Space A = . 5"},
		{"matches", DRIFTING, ": s o Tab"},
		{"unknown", DRIFTING, ":mixx A=1\n"},
		{"wrongkey", DRIFTING, "Z"},
		{"unsaved", DRIFTING, ":mix A=.5\n q"},
		{"pending", DRIFTING, "1 5 g"},
		{"sorted", DRIFTING, "sk r E"},
		{"sort-set", DRIFTING, "E\n:set sort=name\n:set sort\n"},
		{"worst", DRIFTING, "gw"},
		{"helpfind", DRIFTING, "?\n/normalise\n"},
		{"settings", DRIFTING, ":set theme=light\n:set mouse!\n:set\n"},
		{"colors", DRIFTING, ":color differ bold 196\n:color\n"},
		{"mapped", DRIFTING,
				":map Z mix A=1 B=0 C=0\n:map layers E worst\n ?\n/Keys "
				"everywhere\n"},
		{"scenes", DRIFTING,
				":scene save equal\n:mix C=0\n:skip digits\n:scene save no-C\n"
				":mix A=.5\n F4"},
		{"marked", DRIFTING, "j e j"},
		{"paired", PAIR,
				":pair A:conv_a B:conv_b\n:wait idle\n gg e j j j e\n:wait idle\n"},
		{"proposed", PAIR, "e j e"},
		{"missing", PAIR, ":pair A:conv_a B:conv_b\n:wait idle\n gg"},
		{"branches", BRANCHES, "]c"},
		{"recipe", DRIFTING, ":mix A=.5 B=.25 on conv*\n:recipe\n"},
		{"ask", SEEDS, "F6 Enter"},
		{"outside", SEEDS, "F4 h l H G d"},
		{"match-alone", "sample-data/seed11.keras", "F5 a A r e l ]c Enter"},
		{"match-nothing", "", "F5 a"},
		{"match-three", THREE, "F5 l"},
		{"match-named", THREE, ":match C\n"},
		{"match-itself", THREE, ":match A\n"},
		{"match-one", THREE, "F5 a\n:wait idle\n"},
		{"match-all", THREE, "F5 A\n:wait idle\n l"},
		{"match-applied", PERMUTED, "F5 a\n:wait idle\n"},
		{"match-twice", PERMUTED, "F5 a\n:wait idle\n a"},
		{"match-reverted", PERMUTED, "F5 a\n:wait idle\n r"},
		{"match-undone", PERMUTED, "F5 a\n:wait idle\n u"},
		{"match-stored", PERMUTED, "F5 r"},
		{"match-alike", PAIR, "F5"},
		{"match-groupless", WEIGHTS, "F5 a"},
		{"match-differ", "sample-data/run-epoch06.h5 sample-data/mismatch.h5",
				":set match=off\n F5 ]c"},
		{"match-problem", PERMUTED, "F5 ]c ]c"},
		{"match-marked", PAIR, "F5 j e j"},
		{"match-paired", PAIR,
				":pair A:conv_a B:conv_b\n:wait idle\n F5 gg e j j j e\n:wait "
				"idle\n"},
		{"match-neither", PAIR, ":pair A:conv_a B:conv_b\n:wait idle\n F5 e j e"},
		{"match-complete", PERMUTED, ": m a t c h Space Tab"},
		{"match-recipe", PERMUTED, "F5 a\n:wait idle\n:recipe\n"},
		{"match-left", PERMUTED, "p j Esc"},
		{"weakest", PERMUTED, "p j j Enter\n:wait idle\n:wait idle\n S"},
		{"detail-next", SEEDS, "E j Enter j ]c"},
		{"detail-values", DRIFTING, "E j F3 Enter l l j"},
		{"detail-zoom", DRIFTING, "gw F3 Enter Enter Enter 3 l j"},
		{"detail-mix", DRIFTING, "gw F3 < < < > > > Enter Enter - Esc"},
		{"detail-matched", PERMUTED, "E j F3 m Enter l"},
		{"detail-nothing", "", "F3"},
		{"detail-back", DRIFTING, "E j j F3 j Esc"},
		{"detail-lined", PERMUTED, "F5 a\n:wait idle\n F2 E j F3"},
		{"profile-braille", SEEDS, ":set glyphs=braille\n F7 c G"},
		{"profile-even", PERMUTED, "gk\n:scale even\n"},
		{"profile-loss", PERMUTED, "gk s s ]c"},
		{"profile-find", DRIFTING, "F7\n/conv_b\n"},
		{"profile-none", DRIFTING, "F7\n/nowhere\n"},
		{"profile-back", DRIFTING, "F7 G q"},
		{"profile-missing", "sample-data/run-epoch06.h5 sample-data/mismatch.h5", "F7 ]c"},
		{"profile-alone", "sample-data/run-epoch06.h5", "F7 l"},
		{"profile-nothing", "", "F7 l j c s Enter ]c gw"},
		{"epochs-named", DRIFTING, ":epochs C A B\n j h c c"},
		{"epochs-braille", DRIFTING, ":epochs A C B\n j\n:set glyphs=braille\n C"},
		{"epochs-still", "sample-data/seed11.keras sample-data/seed11.weights.h5",
				":epochs A B\n C"},
		{"epochs-wrong", DRIFTING, ":epochs A X\n"},
		{"epochs-find", DRIFTING, "F8\n/digits\n"},
		{"epochs-none", SEEDS, "F8 j l c"},
		{"epochs-nothing", "", "F8 j l c"},
		{"log", PERMUTED, ":mix A=.5\n:drop B\n:log\n"},
		{"nothing", "", "j ]c gw a A Enter F4 j F6"},
		{"names", HOSTILE, "E"},
		{"names-end", HOSTILE, "E G k"},
		{"names-detail", HOSTILE, "F3"},
		{"names-mixer", HOSTILE, ":skip esc*\n:mix A=.5 on 漢*\n F4 j j"},
		{"names-match", HOSTILE, "F5 ]c"},
		{"names-export", HOSTILE, "F6"},
		{"names-prompt", HOSTILE, ": p a i r Space A : Tab"},
};

struct size {
	int width, height;
};

/* Where several views are shown. */
static const struct {
	struct golden golden;
	struct size size;
	enum look last; /* of those it is shown in */
} large[] = {
		{{"panes", PERMUTED, "E j"}, {120, 30}, LOOK_MONO},
		{{"panes", PERMUTED, "E j"}, {200, 60}, LOOK_MONO},
		{{"panes", PERMUTED, "E j"}, {400, 120}, LOOK_UTF8},
		{{"panes-half", PERMUTED, "E j F3 +"}, {140, 40}, LOOK_ASCII},
		{{"jobs-half", PERMUTED, ":mix A=.5\n F5 a\n:wait idle\n F9 j +"}, {140, 40}, LOOK_UTF8},
		{{"panes-full", PERMUTED, "E j F3 + +"}, {140, 40}, LOOK_ASCII},
		{{"panes-closed", PERMUTED, "E j F5 Esc"}, {140, 40}, LOOK_ASCII},
};

static const struct size sizes[] = {{80, 24}, {140, 40}, {60, 15}, {40, 10}};

static const char *const look_names[] = {"utf8", "ascii", "mono"};

static void
no_wake(void *arg)
{
	(void)arg;
}

/* ---- what is compared ---- */

static char
attribute_letter(const struct cell *cell)
{
	unsigned attributes;
	short pair;

	theme_of(cell, &attributes, &pair);
	switch (attributes) {
	case 0:
		return ' ';
	case A_BOLD:
		return 'b';
	case A_REVERSE:
		return 'r';
	case A_UNDERLINE:
		return 'u';
	case A_DIM:
		return 'd';
	default:
		return 'x';
	}
}

static void
append_attributes(const struct canvas *canvas, struct buf *buf)
{
	for (int y = 0; y < canvas->height; y++) {
		size_t start = buf->length;

		for (int x = 0; x < canvas->width; x++)
			buf_char(buf, attribute_letter(&canvas->cells[y * canvas->width + x]));
		while (buf->length > start && buf->data[buf->length - 1] == ' ')
			buf->data[--buf->length] = '\0';
		buf_char(buf, '\n');
	}
}

static void
append_screen(const struct canvas *canvas, enum look look, struct buf *buf)
{
	canvas_text(canvas, buf);
	buf_format(buf, "---- cursor %d,%d%s\n", canvas->cursor_x, canvas->cursor_y,
			canvas->typing ? " typing" : "");
	if (look == LOOK_MONO)
		append_attributes(canvas, buf);
	else
		canvas_roles(canvas, buf);
}

static void
read_all(const char *path, struct buf *buf)
{
	FILE *file = fopen(path, "r");
	char block[4096];
	size_t n;

	if (file == NULL)
		fail_msg("%s is missing: UPDATE=1 writes it", path);
	while ((n = fread(block, 1, sizeof(block), file)) > 0)
		buf_append(buf, block, n);
	fclose(file);
}

static void
write_all(const char *path, const struct buf *buf)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(buf->data, 1, buf->length, file), buf->length);
	assert_int_equal(fclose(file), 0);
}

static void
compare(const struct golden *golden, const struct canvas *canvas, enum look look)
{
	struct buf now, then;
	char path[256];

	snprintf(path, sizeof(path), "tests/tui/golden/%s-%dx%d-%s.txt", golden->name,
			canvas->width, canvas->height, look_names[look]);
	buf_init(&now);
	buf_init(&then);
	append_screen(canvas, look, &now);
	if (getenv("UPDATE") != NULL)
		write_all(path, &now);
	read_all(path, &then);
	if (strcmp(buf_string(&now), buf_string(&then)) != 0) {
		fprintf(stderr, "%s is now\n%s", path, buf_string(&now)); /* cmocka would cut it */
		fail_msg("%s differs", path);
	}
	buf_done(&now);
	buf_done(&then);
}

/* ---- a screen without a terminal ---- */

struct stage {
	struct ladle *library;
	struct session *session;
	struct screen *screen;
};

static void
open_stage(struct stage *stage, const struct golden *golden, enum look look)
{
	char files[512], *save = NULL;

	assert_int_equal(ladle_open(&stage->library, &(struct ladle_options){.threads = 1}, NULL),
			LADLE_OK);
	assert_int_equal(session_new(&stage->session, stage->library, no_wake, NULL, NULL),
			LADLE_OK);
	snprintf(files, sizeof(files), "%s", golden->files);
	for (char *file = strtok_r(files, " ", &save); file != NULL;
			file = strtok_r(NULL, " ", &save))
		assert_int_equal(session_add(stage->session, NULL, file, NULL), LADLE_OK);
	if (look == LOOK_ASCII)
		session_set(stage->session, "glyphs", "ascii", "--ascii", NULL);
	stage->screen = screen_new(stage->session);
	assert_non_null(stage->screen);
	if (golden->files[0] != '\0')
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

/* What is drawn may ask for more. */
static void
settle(struct stage *stage)
{
	screen_compose(stage->screen);
	while (session_busy(stage->session)) {
		screen_wait(stage->screen);
		screen_compose(stage->screen);
	}
}

/* Composes after each key, as the loop does. What the panes asked for is there before the next key,
 * so that the list of jobs is the same however fast they are. */
static void
play(struct stage *stage, const char *keys)
{
	struct script script;
	int key;

	script_init(&script);
	assert_true(script_add(&script, keys));
	settle(stage);
	while ((key = script_next(&script)) != 0) {
		screen_key(stage->screen, key);
		settle(stage);
	}
	script_done(&script);
}

static void
check(const struct golden *golden, enum look look, const struct size *size, size_t count)
{
	struct stage stage;

	open_stage(&stage, golden, look);
	assert_true(screen_resize(stage.screen, size->width, size->height));
	play(&stage, golden->keys);
	for (size_t i = 0; i < count; i++) {
		assert_true(screen_resize(stage.screen, size[i].width, size[i].height));
		settle(&stage);
		compare(golden, &stage.screen->canvas, look);
	}
	close_stage(&stage);
}

static void
every_view_fits_every_size_in_every_look(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(everywhere); i++)
		for (int look = LOOK_UTF8; look <= LOOK_MONO; look++)
			check(&everywhere[i], (enum look)look, sizes, COUNT(sizes));
}

static void
every_state_shows_what_it_is(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(once); i++)
		check(&once[i], LOOK_UTF8, sizes, 1);
}

static void
a_large_screen_shows_panes(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(large); i++)
		for (int look = LOOK_UTF8; look <= (int)large[i].last; look++)
			check(&large[i].golden, (enum look)look, &large[i].size, 1);
}

static void
the_first_frame_needs_no_file(void **state)
{
	struct golden golden = {"opening", DRIFTING, ""};
	struct stage stage;

	(void)state;
	assert_int_equal(ladle_open(&stage.library, &(struct ladle_options){.threads = 1}, NULL),
			LADLE_OK);
	assert_int_equal(session_new(&stage.session, stage.library, no_wake, NULL, NULL), LADLE_OK);
	assert_int_equal(session_add(stage.session, NULL, "sample-data/run-epoch06.h5", NULL),
			LADLE_OK);
	assert_int_equal(session_add(stage.session, NULL, "sample-data/run-epoch08.h5", NULL),
			LADLE_OK);
	stage.screen = screen_new(stage.session);
	assert_non_null(stage.screen);
	screen_compose(stage.screen);
	compare(&golden, &stage.screen->canvas, LOOK_UTF8);
	close_stage(&stage);
}

/* Nothing may crash, and the cursor stays on the screen. */
static void
any_keys_at_any_size_keep_the_cursor_inside(void **state)
{
	static const char letters[] =
			"jkhlgGEC\r\t ]c[nN/?&*vtawxdsSrumqM=0159\033\003\014<>ppAe+_";
	struct golden golden = {"any", DRIFTING, ""};
	unsigned random = 12345;
	struct stage stage;

	(void)state;
	open_stage(&stage, &golden, LOOK_UTF8);
	for (int i = 0; i < 3000; i++) {
		struct canvas *canvas = &stage.screen->canvas;

		random = random * 1103515245 + 12345;
		screen_key(stage.screen, letters[(random >> 16) % (sizeof(letters) - 1)]);
		if (i % 7 == 0)
			screen_resize(stage.screen, (int)(random >> 8) % 160 + 1,
					(int)(random >> 20) % 50 + 1);
		screen_compose(stage.screen);
		assert_in_range(canvas->cursor_y, 0, canvas->height - 1);
		assert_in_range(canvas->cursor_x, 0, canvas->width);
	}
	close_stage(&stage);
}

/* Another run may be reading it: so it appears whole. */
static bool
make_hostile(const char *path, float shift)
{
	char part[64];

	snprintf(part, sizeof(part), "build/hostile/part-%ld", (long)getpid());
	return hostile_write(part, shift, false) && rename(part, path) == 0;
}

static int
set_up(void **state)
{
	static const struct roles roles;

	(void)state;
	theme_start(&roles, "mono", "never");
	setenv("XDG_STATE_HOME", "/dev/null", 1);
	setenv("INPUTRC", "/dev/null", 1);
	setenv("TZ", "UTC0", 1);
	clock_fix(14 * 3600 + 2 * 60 + 11);
	mkdir("build", 0777);
	mkdir("build/hostile", 0777);
	if (!make_hostile(HOSTILE_A, 0) || !make_hostile(HOSTILE_B, .3f))
		return -1;
	return setlocale(LC_ALL, "C.UTF-8") == NULL;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(the_first_frame_needs_no_file),
			cmocka_unit_test(every_view_fits_every_size_in_every_look),
			cmocka_unit_test(every_state_shows_what_it_is),
			cmocka_unit_test(a_large_screen_shows_panes),
			cmocka_unit_test(any_keys_at_any_size_keep_the_cursor_inside),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
