/* `ladle run`: replays a recipe. */
#include "cli/run.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/session.h"
#include "base/buf.h"
#include "base/err.h"
#include "cli/interrupt.h"

enum { RECIPE_LARGEST = 1 << 20 };

/* By the first bytes: HDF5 or a zip. Whether it is a good one is the library's to say. */
static bool
is_checkpoint(const struct buf *head)
{
	return head->length >= 8 &&
	       (!memcmp(head->data, "\x89HDF\r\n\x1a\n", 8) || !memcmp(head->data, "PK\3\4", 4));
}

/* All of the file, or the beginning of one that is no recipe: from a pipe too, read but once. */
static enum ladle_status
read_text(int fd, const char *path, struct buf *text, struct ladle_error *err)
{
	char block[4096];
	ssize_t got;

	do {
		if (!interrupt_wait_readable(fd))
			return ladle_fail(err, LADLE_E_CANCELED, path, "canceled");
		got = read(fd, block, sizeof(block));
		if (got > 0)
			buf_append(text, block, (size_t)got);
		if (text->length > RECIPE_LARGEST)
			return ladle_fail(
					err, LADLE_E_INPUT, path, "is larger than a recipe may be");
	} while (got > 0 && !is_checkpoint(text));
	if (got < 0)
		return ladle_fail(err, LADLE_E_INPUT, path, "cannot be read: %s", strerror(errno));
	if (!is_checkpoint(text) && text->length != strlen(buf_string(text)))
		return ladle_fail(err, LADLE_E_INPUT, path,
				"is neither a recipe nor an output of ladle");
	return LADLE_OK;
}

static enum ladle_status
open_text(const char *path, struct buf *text, struct ladle_error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	enum ladle_status status;

	if (fd < 0)
		return ladle_fail(
				err, LADLE_E_INPUT, path, "cannot be opened: %s", strerror(errno));
	status = read_text(fd, path, text, err);
	close(fd);
	return status;
}

/* *format: the one of the output, since its bytes are to be written again. */
static enum ladle_status
read_embedded(struct cli_run *run, const char *path, struct buf *text, int *format,
		struct ladle_error *err)
{
	struct ladle_checkpoint *checkpoint;
	const char *recipe;
	enum ladle_status status = LADLE_OK;

	TRY(ladle_checkpoint_open(&checkpoint, run->library, path, err));
	recipe = ladle_checkpoint_recipe(checkpoint);
	*format = (int)checkpoint->format;
	buf_clear(text);
	if (recipe)
		buf_text(text, recipe);
	else
		status = ladle_fail(err, LADLE_E_INPUT, path,
				"carries no recipe: ladle did not write it");
	ladle_checkpoint_close(checkpoint);
	return status;
}

/* "some/folder/" of "some/folder/recipe"; NULL: the current one. */
static char *
folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? strndup(path, (size_t)(slash - path) + 1) : NULL;
}

/* Names in a text file are seen from its folder; those in an output from the current one, since the
 * output may have been moved and knows nothing of where it was made. */
static enum ladle_status
read_recipe(struct cli_run *run, const char *path, struct buf *text, int *format,
		struct ladle_error *err)
{
	char *folder = NULL;
	enum ladle_status status;

	TRY(open_text(path, text, err));
	if (is_checkpoint(text))
		TRY(read_embedded(run, path, text, format, err));
	else
		folder = folder_of(path);
	status = session_read_recipe(run->session, buf_string(text), folder, err);
	if (status != LADLE_OK && !*err->path)
		snprintf(err->path, sizeof(err->path), "%s", path);
	free(folder);
	return status;
}

/* Options win over the recipe's lines. */
static enum ladle_status
replay(struct cli_run *run, struct buf *text, struct ladle_error *err)
{
	const char *path = options_value(&run->options, OPTION_OUTPUT);
	int format = -1;

	TRY(read_recipe(run, run->options.files[0].path, text, &format, err));
	TRY(run_prepare(run, err));
	TRY(run_open(run, err));
	if (!path)
		path = session_export_options(run->session)->path;
	if (!path)
		return ladle_fail(err, LADLE_E_USAGE, NULL,
				"the recipe names no output: give -o OUT, or a line `write OUT`");
	return run_export(run, path, format, err);
}

int
cli_run(struct cli_run *run, struct ladle_error *err)
{
	struct buf text;
	enum ladle_status status;

	buf_init(&text);
	status = replay(run, &text, err);
	buf_done(&text);
	return ladle_status_exit(status);
}
