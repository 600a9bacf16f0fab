/* The way to the screen: its files or its session, and what is printed where there is no screen. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/session.h"
#include "app/user_folder.h"
#include "base/buf.h"
#include "base/err.h"
#include "cli/run.h"

/* The screen alone: what a script reads was measured for it. --no-config runs depend on nothing in
 * the user's folders, and leave nothing there. */
static enum ladle_status
keep_figures(struct cli_run *run, struct ladle_error *err)
{
	enum ladle_status status = LADLE_OK;
	struct buf folder;

	buf_init(&folder);
	if (!options_has(&run->options, OPTION_NO_CONFIG) && user_folder(&folder, FOLDER_CACHE))
		status = session_keep_figures(run->session, buf_string(&folder), err);
	buf_done(&folder);
	return status;
}

/* Opening begins with the screen, so that its first frame waits for no file. */
static enum ladle_status
name_files(struct cli_run *run, struct ladle_error *err)
{
	const char *weights = options_value(&run->options, OPTION_WEIGHTS);

	TRY(run_add_files(run, err));
	TRY(keep_figures(run, err));
	return weights ? run_weigh(run, weights, err) : LADLE_OK;
}

/* ---- sessions ---- */

/* What an option says of the files, a session says itself. */
static enum ladle_status
check_options(const struct options *options, struct ladle_error *err)
{
	static const enum option_id ids[] = {
			OPTION_WEIGHTS, OPTION_CONFIG, OPTION_EMA, OPTION_BRANCHES};

	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		if (options_has(options, ids[i]) && options->file_count == 0)
			return ladle_fail(err, LADLE_E_USAGE, NULL,
					"--%s is for files that are named, and a session names its "
					"own: leave one of both out",
					option_of(ids[i])->name);
	return LADLE_OK;
}

/* Nobody is asked where keys come from a file, and nothing of the person's is read or written with
 * --no-config, unless a session is named. */
static enum ladle_status
keep_by_files(struct cli_run *run, struct ladle_error *err)
{
	const char *sessions = session_setting(run->session, "sessions");

	if (options_has(&run->options, OPTION_NO_CONFIG) ||
			options_has(&run->options, OPTION_KEYS) || strcmp(sessions, "off") == 0)
		return LADLE_OK;
	session_keep_by_files(run->session);
	if (strcmp(sessions, "always") != 0 || !session_offers(run->session, NULL))
		return LADLE_OK;
	return session_take_offer(run->session, err);
}

static enum ladle_status
prepare_session(struct cli_run *run, struct ladle_error *err)
{
	const char *path = options_value(&run->options, OPTION_SESSION);

	if (path != NULL)
		TRY(check_options(&run->options, err));
	TRY(name_files(run, err));
	return path == NULL ? keep_by_files(run, err) : session_keep_in(run->session, path, err);
}

/* ---- without the files ---- */

enum { FROM_LARGEST = 512 << 20 };

static enum ladle_status
read_text(struct buf *text, FILE *file, const char *path, struct ladle_error *err)
{
	char block[1 << 16];
	size_t got;

	while ((got = fread(block, 1, sizeof(block), file)) > 0) {
		buf_append(text, block, got);
		if (text->length > FROM_LARGEST)
			return ladle_fail(err, LADLE_E_INPUT, path, "is larger than %d MiB",
					FROM_LARGEST >> 20);
	}
	if (ferror(file))
		return ladle_fail(err, LADLE_E_INPUT, path, "cannot be read: %s", strerror(errno));
	return text->failed ? ladle_fail(err, LADLE_E_MEMORY, path, "no memory") : LADLE_OK;
}

/* The keys then come from the terminal itself. */
static void
take_terminal(void)
{
	int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC);

	if (terminal < 0)
		return;
	dup2(terminal, STDIN_FILENO);
	close(terminal);
}

static enum ladle_status
take_from(struct cli_run *run, const char *path, struct ladle_error *err)
{
	bool is_input = strcmp(path, "-") == 0;
	const char *name = is_input ? "standard input" : path;
	FILE *file = is_input ? stdin : fopen(path, "r");
	enum ladle_status status;
	struct buf text;

	if (!file)
		return ladle_fail(
				err, LADLE_E_INPUT, path, "cannot be opened: %s", strerror(errno));
	buf_init(&text);
	status = read_text(&text, file, name, err);
	if (status == LADLE_OK)
		status = session_take_comparison(
				run->session, buf_string(&text), text.length, name, err);
	buf_done(&text);
	if (is_input)
		take_terminal();
	else
		fclose(file);
	return status;
}

static enum ladle_status
prepare_from(struct cli_run *run, struct ladle_error *err)
{
	static const enum option_id ids[] = {
			OPTION_CONFIG, OPTION_EMA, OPTION_BRANCHES, OPTION_SESSION, OPTION_NAME};
	const struct options *options = &run->options;
	const char *weights = options_value(options, OPTION_WEIGHTS);

	if (options->file_count > 0)
		return ladle_fail(err, LADLE_E_USAGE, NULL,
				"--from shows what was written of files: name none beside it");
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		if (options_has(options, ids[i]))
			return ladle_fail(err, LADLE_E_USAGE, NULL,
					"--%s needs the files, and "
					"--from has none: leave one of both out",
					option_of(ids[i])->name);
	TRY(take_from(run, options_value(options, OPTION_FROM), err));
	return weights ? run_weigh(run, weights, err) : LADLE_OK;
}

/* ---- without a screen ---- */

/* Nobody asked whether the files differ: 1 would look like a failure. */
static int
print_instead(struct cli_run *run, struct ladle_error *err)
{
	const char *path = options_value(&run->options, OPTION_SESSION);
	enum ladle_status status = LADLE_OK;

	if (options_has(&run->options, OPTION_PRINT_SELECTION))
		return ladle_status_exit(ladle_fail(err, LADLE_E_USAGE, NULL,
				"--print-selection needs a terminal, in which rows are chosen"));
	if (session_is_told(run->session))
		return run_print(run), 0;
	if (run->options.file_count == 1)
		return cli_ls(run, err);
	if (run->options.file_count == 0)
		status = session_keep_in(run->session, path, err);
	if (status == LADLE_OK)
		status = run_compare(run, err);
	return ladle_status_exit(status);
}

int
cli_screen(struct cli_run *run, struct ladle_error *err)
{
	const struct options *options = &run->options;
	bool prints = options_has(options, OPTION_PRINT_SELECTION);
	bool from = options_has(options, OPTION_FROM);
	enum ladle_status status = from ? prepare_from(run, err) : LADLE_OK;

	if (status != LADLE_OK)
		return ladle_status_exit(status);
	if (!from && !options->file_count && !options_has(options, OPTION_SESSION))
		return ladle_status_exit(ladle_fail(err, LADLE_E_USAGE, NULL,
				"name a checkpoint, or a command: `ladle help` lists them"));
	if (run->json || options_has(options, OPTION_PLAIN) || !run->screen_possible(prints))
		return print_instead(run, err);
	status = from ? LADLE_OK : prepare_session(run, err);
	if (status != LADLE_OK)
		return ladle_status_exit(status);
	*run->screen = (struct cli_screen){
			.session = run->session,
			.library = run->library,
			.color = options_value(options, OPTION_COLOR),
			.keys = options_value(options, OPTION_KEYS),
			.ascii = options_has(options, OPTION_ASCII),
			.no_mouse = options_has(options, OPTION_NO_MOUSE),
			.print_selection = prints,
	};
	return CLI_SCREEN;
}
