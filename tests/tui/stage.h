/* A screen without a terminal: files, keys, and what is drawn once no job runs. */
#ifndef TESTS_TUI_STAGE_H
#define TESTS_TUI_STAGE_H

#include "tui_test.h"

#include <stdlib.h>

#include <ladle.h>

#include "app/session.h"
#include "tui/screen.h"
#include "tui/script.h"

struct stage {
	struct ladle *library;
	struct session *session;
	struct screen *screen;
};

static inline void
stage_no_wake(void *arg)
{
	(void)arg;
}

/* Draws until no job runs. */
static inline void
settle(struct stage *stage)
{
	screen_compose(stage->screen);
	while (session_busy(stage->session)) {
		screen_wait(stage->screen);
		screen_compose(stage->screen);
	}
}

/* Freed by tear_down_stage. */
static inline struct stage *
open_stage(const char *const *files, size_t count, int width, int height)
{
	struct stage *stage = calloc(1, sizeof(*stage));

	assert_int_equal(ladle_open(&stage->library, &(struct ladle_options){.threads = 1}, NULL),
			LADLE_OK);
	assert_int_equal(session_new(&stage->session, stage->library, stage_no_wake, NULL, NULL),
			LADLE_OK);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(session_add(stage->session, NULL, files[i], NULL), LADLE_OK);
	stage->screen = screen_new(stage->session);
	assert_int_equal(session_start(stage->session, NULL), LADLE_OK);
	assert_true(screen_resize(stage->screen, width, height));
	settle(stage);
	return stage;
}

/* Three checkpoints of one run. */
static inline int
set_up_run(void **state)
{
	static const char *const files[] = {"sample-data/run-epoch06.h5",
			"sample-data/run-epoch08.h5", "sample-data/run-restart.h5"};

	*state = open_stage(files, COUNT(files), 80, 24);
	return 0;
}

static inline int
tear_down_stage(void **state)
{
	struct stage *stage = *state;

	screen_free(stage->screen);
	session_free(stage->session);
	ladle_close(stage->library);
	free(stage);
	return 0;
}

/* Types what script.h reads, and waits for its jobs after each key. */
static inline void
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

#endif
