#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/state.h"
#include "app/user_folder.h"
#include "base/err.h"

enum { CONFIG_LARGEST = 1 << 20 };

static enum ladle_status
read_whole(struct buf *text, FILE *file, const char *path, struct ladle_error *err)
{
	char block[4096];
	size_t got;

	while ((got = fread(block, 1, sizeof(block), file)) > 0) {
		buf_append(text, block, got);
		if (text->length > CONFIG_LARGEST)
			return ladle_fail(err, LADLE_E_USAGE, path, "is larger than %d bytes",
					CONFIG_LARGEST);
	}
	if (ferror(file))
		return ladle_fail(err, LADLE_E_INPUT, path, "%s", strerror(errno));
	if (text->length != strlen(buf_string(text)))
		return ladle_fail(err, LADLE_E_USAGE, path, "is no text");
	return text->failed ? session_out_of_memory(err) : LADLE_OK;
}

static enum ladle_status
run_line(struct session *session, const char *line, const char *path, int number,
		struct ladle_error *err)
{
	struct ladle_error cause;
	enum ladle_status status = session_run(session, line, &cause);

	if (status == LADLE_OK)
		return LADLE_OK;
	return ladle_fail(err, status, path, "line %d: %s", number, cause.text);
}

static enum ladle_status
run_lines(struct session *session, char *text, const char *path, struct ladle_error *err)
{
	int number = 1;

	for (char *line = text; line != NULL; number++) {
		char *end = strchr(line, '\n');
		if (end != NULL)
			*end = '\0';
		TRY(run_line(session, line, path, number, err));
		line = end == NULL ? NULL : end + 1;
	}
	return LADLE_OK;
}

static enum ladle_status
read_config(struct session *session, const char *path, FILE *file, struct buf *text,
		struct ladle_error *err)
{
	TRY(read_whole(text, file, path, err));
	if (text->length == 0)
		return LADLE_OK;
	session->setting_source = "config";
	enum ladle_status status = run_lines(session, text->data, path, err);
	session->setting_source = "command";
	return status;
}

enum ladle_status
session_read_config(struct session *session, struct ladle_error *err)
{
	struct buf path, text;
	enum ladle_status status = LADLE_OK;
	FILE *file = NULL;

	buf_init(&path);
	buf_init(&text);
	if (!user_folder(&path, FOLDER_CONFIG))
		goto out;
	buf_text(&path, "/config");
	file = fopen(buf_string(&path), "r");
	if (file != NULL)
		status = read_config(session, buf_string(&path), file, &text, err);
	else if (errno != ENOENT && errno != ENOTDIR)
		status = ladle_fail(err, LADLE_E_INPUT, buf_string(&path), "%s", strerror(errno));
out:
	if (file != NULL)
		fclose(file);
	buf_done(&path);
	buf_done(&text);
	return status;
}
