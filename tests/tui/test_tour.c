/* The tour in the manual shows what its page says. */
#include "tui_test.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/tour.h"

static char program[PATH_MAX];

/* The screen at the step that failed says why. */
static void
fail_at(struct tour_guide *guide, const char *when, const struct tour_step *keys,
		const struct tour_step *step)
{
	static char text[16384];

	if (guide->open)
		vterm_pty_text(&guide->pty, text, sizeof(text));
	for (char *row = strtok(text, "\n"); row != NULL; row = strtok(NULL, "\n"))
		print_error("%s\n", row); /* together they would be cut */
	fail_msg("man/ladle-tour.7:%d: `%s` is %s `%s`", step->line, step->text, when,
			keys == NULL ? "" : keys->text);
}

/* A frame may be half read: it ends when nothing more comes. */
static bool
leaves(struct vterm_pty *pty, const char *text)
{
	while (vterm_pty_has(pty, text) && vterm_pty_read(pty, 1000))
		continue;
	return !vterm_pty_has(pty, text);
}

static void
each_step_of_the_tour_shows_what_the_page_says(void **state)
{
	struct tour_guide guide = {.program = program};
	const struct tour_step *keys = NULL;
	struct tour tour;

	(void)state;
	assert_true(tour_read(&tour, "man/ladle-tour.7"));
	for (int i = 0; i < tour.count; i++) {
		if (tour.steps[i].kind == TOUR_KEYS && i + 1 < tour.count &&
				!leaves(&guide.pty, tour.steps[i + 1].text))
			fail_at(&guide, "seen before", &tour.steps[i], &tour.steps[i + 1]);
		if (!tour_take(&guide, &tour.steps[i]))
			fail_at(&guide, "not seen after", keys, &tour.steps[i]);
		if (tour.steps[i].kind != TOUR_SEEN)
			keys = &tour.steps[i];
	}
	tour_leave(&guide);
	tour_free(&tour);
}

/* Keys without something to be seen would go past unnoticed when they do nothing. */
static void
each_step_of_the_tour_says_what_is_seen(void **state)
{
	struct tour tour;

	(void)state;
	assert_true(tour_read(&tour, "man/ladle-tour.7"));
	assert_true(tour.count > 20);
	for (int i = 0; i < tour.count; i++)
		if (tour.steps[i].kind != TOUR_SEEN &&
				(i + 1 == tour.count || tour.steps[i + 1].kind != TOUR_SEEN))
			fail_msg("man/ladle-tour.7:%d: `%s` shows nothing", tour.steps[i].line,
					tour.steps[i].text);
	tour_free(&tour);
}

static int
set_up(void **state)
{
	const char *build = getenv("BUILD");

	(void)state;
	snprintf(program, sizeof(program), "%s/ladle", build == NULL ? "build/release" : build);
	setenv("LC_ALL", "C.UTF-8", 1);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(each_step_of_the_tour_shows_what_the_page_says),
			cmocka_unit_test(each_step_of_the_tour_says_what_is_seen),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
