/* Sessions over real checkpoints, for the tests of app/. */
#ifndef TESTS_APP_FILES_H
#define TESTS_APP_FILES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "app/session.h"
#include "base/buf.h"

/* Three trainings of one architecture from other seeds. */
static const char *const seeds[] = {
		"sample-data/seed11.keras", "sample-data/seed12.keras", "sample-data/seed13.keras"};

static struct ladle *library;

/* The workers are forks of the process as it is now, without threads. */
static inline int
open_library(void **state)
{
	const struct ladle_options options = {
			.threads = 2, .no_sandbox = getenv("LADLE_NO_SANDBOX") != NULL};

	(void)state;
	return ladle_open(&library, &options, NULL) == LADLE_OK ? 0 : -1;
}

static inline int
close_library(void **state)
{
	(void)state;
	ladle_close(library);
	return 0;
}

/* Path of a checkpoint: in sample-data/, else under the shared Keras checkpoints, without which the
 * test is left out. */
static inline void
shared_path(char path[512], const char *name)
{
	const char *shared = getenv("LADLE_SHARED");
	const char *ci = getenv("CI");

	if (strncmp(name, "sample-data/", 12) == 0)
		snprintf(path, 512, "%s", name);
	else
		snprintf(path, 512, "%s/keras/%s", shared == NULL ? "../shared" : shared, name);
	if (access(path, R_OK) == 0)
		return;
	if (strncmp(name, "sample-data/", 12) == 0 || (ci != NULL && strcmp(ci, "true") == 0))
		fail_msg("%s is missing", path);
	skip();
}

static inline void
wake_nobody(void *arg)
{
	(void)arg;
}

static inline void
add_shared(struct session *session, const char *const *names, int count)
{
	for (int i = 0; i < count; i++) {
		char path[512];
		shared_path(path, names[i]);
		assert_int_equal(session_add(session, NULL, path, NULL), LADLE_OK);
	}
}

static inline struct session *
new_session(void)
{
	struct session *session;

	assert_int_equal(session_new(&session, library, wake_nobody, NULL, NULL), LADLE_OK);
	return session;
}

/* The first `count` seeds, opened and paired. */
static inline struct session *
load_seeds(int count)
{
	struct session *session = new_session();

	add_shared(session, seeds, count);
	assert_int_equal(session_load(session, NULL), LADLE_OK);
	return session;
}

static inline void
expect_run(struct session *session, const char *line)
{
	struct ladle_error error = {0};

	if (session_run(session, line, &error) != LADLE_OK)
		fail_msg("%s: %s", line, error.text);
}

/* Refused as a wrong use, with `part` in the text. */
static inline void
expect_refused(struct session *session, const char *line, const char *part)
{
	struct ladle_error error = {0};

	if (session_run(session, line, &error) != LADLE_E_USAGE)
		fail_msg("`%s` is not refused", line);
	if (strstr(error.text, part) == NULL)
		fail_msg("`%s`: no `%s` in `%s`", line, part, error.text);
}

/* All that is mixed: the weights of every row and their sums. */
struct weights {
	double *values;
	size_t size;
};

static inline struct weights
weights_of(const struct session *session)
{
	const struct ladle_table *table = session_table(session);
	uint32_t k = table->checkpoint_count;
	struct weights all = {.size = (size_t)table->row_count * (k + 2) * sizeof(double)};

	all.values = calloc(1, all.size + 1);
	assert_non_null(all.values);
	for (uint32_t i = 0; i < table->row_count; i++) {
		double *at = all.values + (size_t)i * (k + 2);
		struct ladle_weights weights =
				ladle_mix_weights(session_mix(session), table, i, at);
		at[k] = weights.sum;
		at[k + 1] = (double)weights.source;
	}
	return all;
}

static inline void
expect_same_weights(const struct session *session, const struct weights *expected)
{
	struct weights now = weights_of(session);

	assert_int_equal(now.size, expected->size);
	assert_memory_equal(now.values, expected->values, now.size);
	free(now.values);
}

static inline char *
recipe_of(const struct session *session)
{
	struct buf text;

	buf_init(&text);
	session_recipe(session, &text);
	char *copy = strdup(buf_string(&text));
	buf_done(&text);
	return copy;
}

/* First row whose label begins so. */
static inline uint32_t
row_of(const struct session *session, const char *label)
{
	const struct ladle_table *table = session_table(session);

	for (uint32_t i = 0; i < table->row_count; i++)
		if (strncmp(table->rows[i].label, label, strlen(label)) == 0)
			return i;
	fail_msg("no row %s", label);
	return LADLE_NONE;
}

#endif
