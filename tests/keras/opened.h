/* Real files: a library context for tests, and the folder of checkpoints that are not part of the
 * project. */
#ifndef TESTS_KERAS_OPENED_H
#define TESTS_KERAS_OPENED_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "file/file.h"
#include "file/nursery.h"

static inline void
opened_no_prepare(void)
{
}

static inline void
opened_no_serve(int wire, const int *fds, int count, bool sandbox)
{
	(void)wire;
	(void)fds;
	(void)count;
	(void)sandbox;
}

/* Reads only. Call before any thread exists. */
static inline int
opened_start(void **state)
{
	const struct worker_job jobs[WORKER_KINDS] = {
			[WORKER_READER] = {reader_prepare, reader_serve},
			[WORKER_LAYOUT] = {opened_no_prepare, opened_no_serve},
	};
	struct ladle *ladle = calloc(1, sizeof(*ladle));
	struct ladle_error err;

	ladle->threads = 1;
	if (nursery_start(&ladle->nursery, jobs, true, &err) != LADLE_OK) {
		fprintf(stderr, "%s\n", err.text);
		return -1;
	}
	*state = ladle;
	return 0;
}

static inline int
opened_stop(void **state)
{
	struct ladle *ladle = *state;

	nursery_stop(ladle->nursery);
	free(ladle);
	return 0;
}

/* A path below the folder of real checkpoints. Skips the test where there is none; fails in CI. */
static inline const char *
opened_path(const char *rest)
{
	static char path[4096];
	const char *root = getenv("LADLE_SHARED"), *ci = getenv("CI");
	struct stat st;

	root = root == NULL ? "../shared" : root;
	if (stat(root, &st) != 0) {
		if (ci != NULL && strcmp(ci, "true") == 0)
			fail_msg("%s is not there", root);
		print_message("%s is not there\n", root);
		skip();
	}
	snprintf(path, sizeof(path), "%s/%s", root, rest);
	return path;
}

static inline struct ladle_checkpoint *
opened_checkpoint(struct ladle *ladle, const char *rest)
{
	struct ladle_checkpoint *checkpoint = NULL;
	struct ladle_error err;

	if (ladle_checkpoint_open(&checkpoint, ladle, opened_path(rest), &err) != LADLE_OK)
		fail_msg("%s: %s", rest, err.text);
	return checkpoint;
}

/* One line of INDEX.tsv. */
struct index_row {
	char file[1024], family[16], format[64], version[32], model_class[64];
	unsigned layers, layers_with_weights, tensors;
	unsigned long long parameters;
};

/* Calls visit for every line whose format this program reads; returns how many. */
static inline unsigned
index_each(void (*visit)(const struct index_row *, void *), void *arg)
{
	FILE *file = fopen(opened_path("checkpoints/INDEX.tsv"), "r");
	char *line = NULL;
	size_t room = 0;
	unsigned count = 0;

	assert_non_null(file);
	while (getline(&line, &room, file) > 0) {
		struct index_row row;
		char *at = line, *field[20];
		int n = 0;

		while (n < 20 && at != NULL) {
			field[n++] = at;
			at = strpbrk(at, "\t\n");
			if (at != NULL)
				*at++ = '\0';
		}
		if (n < 15 || (strcmp(field[7], "whole-model h5") != 0 &&
					      strcmp(field[7], "weights-only h5") != 0 &&
					      strncmp(field[7], ".keras zip [model.weights.h5]",
							      29) != 0))
			continue;
		snprintf(row.file, sizeof(row.file), "%s", field[0]);
		snprintf(row.family, sizeof(row.family), "%s", field[6]);
		snprintf(row.format, sizeof(row.format), "%s", field[7]);
		snprintf(row.version, sizeof(row.version), "%s", field[8]);
		snprintf(row.model_class, sizeof(row.model_class), "%s", field[10]);
		row.layers = (unsigned)strtoul(field[11], NULL, 10);
		row.layers_with_weights = (unsigned)strtoul(field[12], NULL, 10);
		row.tensors = (unsigned)strtoul(field[13], NULL, 10);
		row.parameters = strtoull(field[14], NULL, 10);
		visit(&row, arg);
		count++;
	}
	free(line);
	fclose(file);
	return count;
}

#endif
