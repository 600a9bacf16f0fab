#include "tui/view_export.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/format.h"
#include "app/key.h"
#include "app/session.h"
#include "tui/export_form.h"
#include "tui/screen.h"

static struct export *
export_of(struct view *view)
{
	return (struct export *)view;
}

const char *
export_path(const struct export *export)
{
	const struct ladle_export_options *options =
			session_export_options(export->view.screen->session);

	return options->path != NULL && options->path[0] != '\0' ? options->path
								 : buf_string(&export->suggested);
}

enum ladle_status
export_format(const struct export *export, int format, enum ladle_format *out,
		struct ladle_error *err)
{
	struct session *session = export->view.screen->session;
	const struct ladle_checkpoint *template =
			session_table(session)
					->checkpoints[ladle_mix_template(session_mix(session))];

	return ladle_export_format(template, export_path(export), format,
			session_export_config(session) != NULL, out, err);
}

/* The name says the weights, so that it follows them. */
static void
update(struct view *view, unsigned events)
{
	struct export *export = export_of(view);
	struct session *session = view->screen->session;

	(void)events;
	if (export->generation == session_generation(session) || session_table(session) == NULL)
		return;
	export->generation = session_generation(session);
	buf_clear(&export->suggested);
	session_suggest_output(session, &export->suggested);
}

/* ---- writing ---- */

static bool
is_running(const struct export *export)
{
	return session_export(export->view.screen->session).state == EXPORT_RUNNING;
}

/* Cancel is under the cursor while it runs, and afterwards, when the file exists. */
static unsigned
start(struct export *export, bool force, bool dry_run)
{
	struct session *session = export->view.screen->session;
	struct ladle_error err = {0};

	if (session_set_output(session, export_path(export), export->format, force, &err) !=
					LADLE_OK ||
			session_export_start(session, dry_run, &err) != LADLE_OK)
		return screen_fail(export->view.screen, &err);
	export->view.cursor = FIELD_CANCEL;
	return OUT_DRAW | screen_poll(export->view.screen);
}

static unsigned
replace(struct screen *screen)
{
	return start(export_of(screen_top(screen)), true, false);
}

static unsigned
write_unless_there(struct screen *screen)
{
	struct export *export = export_of(screen_top(screen));

	if (access(export_path(export), F_OK) != 0)
		return start(export, false, false);
	screen_ask(screen, replace, "%s exists: replace it?", export_path(export));
	return OUT_DRAW;
}

/* The fact is said once more before it is written. */
static unsigned
press_write(struct export *export)
{
	struct screen *screen = export->view.screen;
	struct buf verdict;

	if (session_verdict(screen->session).state != LADLE_DIFFER)
		return write_unless_there(screen);
	buf_init(&verdict);
	format_verdict(&verdict, screen->session, screen_ascii(screen), false);
	screen_ask(screen, write_unless_there, "write it? %s", buf_string(&verdict));
	buf_done(&verdict);
	return OUT_DRAW;
}

static unsigned
press_recipe(struct export *export)
{
	struct buf line;
	unsigned out;

	buf_init(&line);
	buf_text(&line, "recipe ");
	words_quote(&line, export_path(export));
	buf_text(&line, ".recipe");
	out = screen_prompt(export->view.screen, buf_string(&line));
	buf_done(&line);
	return out;
}

static unsigned
press_cancel(struct export *export)
{
	if (!is_running(export))
		return screen_back(export->view.screen);
	session_cancel(export->view.screen->session);
	return OUT_DRAW | screen_poll(export->view.screen);
}

/* ---- fields ---- */

static unsigned
edit_path(struct export *export)
{
	const struct action action = {.command = command_of(COMMAND_EXPORT_GO)};

	return screen_prompt_for(
			export->view.screen, &action, "Output: ", export_path(export), true);
}

static unsigned
take_path(struct export *export, const char *path)
{
	struct screen *screen = export->view.screen;
	struct ladle_error err = {0};

	if (path[0] == '\0')
		return OUT_DRAW;
	if (session_set_output(screen->session, path, export->format, false, &err) != LADLE_OK)
		return screen_fail(screen, &err);
	export->view.cursor = access(path, F_OK) == 0 ? FIELD_CANCEL : FIELD_WRITE;
	return OUT_DRAW;
}

/* The next format that the template can be written in; -1: as the name says. */
static unsigned
next_format(struct export *export)
{
	enum ladle_format found;

	for (int tries = 0; tries <= LADLE_PLAIN + 1; tries++) {
		export->format = export->format == LADLE_PLAIN ? -1 : export->format + 1;
		if (export->format == -1 ||
				export_format(export, export->format, &found, NULL) == LADLE_OK)
			break;
	}
	return OUT_DRAW;
}

static unsigned
press(struct export *export)
{
	struct screen *screen = export->view.screen;

	if (export->view.cursor == FIELD_CANCEL)
		return press_cancel(export);
	if (session_table(screen->session) == NULL)
		return screen_complain(screen, "nothing is open yet; :open FILE");
	if (is_running(export))
		return screen_complain(screen, "an export is running; Esc cancels it");
	switch ((enum export_field) export->view.cursor) {
	case FIELD_OUTPUT:
		return edit_path(export);
	case FIELD_FORMAT:
		return next_format(export);
	case FIELD_DRY_RUN:
		return start(export, false, true);
	case FIELD_RECIPE:
		return press_recipe(export);
	default:
		return press_write(export);
	}
}

static unsigned
go(struct view *view, const struct action *action)
{
	if (action->words != NULL && action->words->count > 1)
		return take_path(export_of(view), action->words->word[1]);
	return press(export_of(view));
}

static unsigned
next(struct view *view, const struct action *action)
{
	(void)action;
	view->cursor = (view->cursor + 1) % FIELD_COUNT;
	return OUT_DRAW;
}

static unsigned
previous(struct view *view, const struct action *action)
{
	(void)action;
	view->cursor = (view->cursor + FIELD_COUNT - 1) % FIELD_COUNT;
	return OUT_DRAW;
}

static unsigned
escape(struct view *view, const struct action *action)
{
	(void)action;
	return press_cancel(export_of(view));
}

/* ---- the view ---- */

static unsigned
mouse(struct view *view, const struct mouse *mouse)
{
	struct export *export = export_of(view);
	int field;

	if (mouse->kind != MOUSE_PRESS)
		return 0;
	field = export_field_at(export, mouse->y, mouse->x);
	if (field < 0)
		return OUT_DRAW;
	view->cursor = field;
	return OUT_DRAW | press(export);
}

static int
lines(const struct view *view)
{
	(void)view;
	return FIELD_COUNT;
}

static struct view *
open(struct screen *screen)
{
	struct export *export = calloc(1, sizeof(*export));

	if (export == NULL)
		return NULL;
	export->view.ops = &export_view;
	export->view.screen = screen;
	export->format = session_export_options(screen->session)->format;
	buf_init(&export->suggested);
	update(&export->view, 0);
	export->view.cursor = access(export_path(export), F_OK) == 0 ? FIELD_CANCEL : FIELD_WRITE;
	return &export->view;
}

static void
close_view(struct view *view)
{
	buf_done(&export_of(view)->suggested);
	free(view);
}

unsigned
export_write(struct screen *screen, const char *path, bool force)
{
	struct export *export;
	unsigned out = screen_show(screen, &export_view);

	if (screen_top(screen)->ops != &export_view)
		return out;
	export = export_of(screen_top(screen));
	if (path != NULL)
		out |= take_path(export, path);
	export->view.cursor = FIELD_WRITE;
	if (force && session_table(screen->session) != NULL && !is_running(export))
		return out | start(export, true, false);
	return out | press(export);
}

static const struct handler handlers[COMMAND_COUNT] = {
		[COMMAND_EXPORT_GO] = {go},
		[COMMAND_EXPORT_NEXT] = {next},
		[COMMAND_EXPORT_PREVIOUS] = {previous},
		[COMMAND_ESCAPE] = {escape},
};

static const enum command_id hints[] = {
		COMMAND_HELP,
		COMMAND_EXPORT_GO,
		COMMAND_EXPORT_NEXT,
		COMMAND_CANCEL,
		COMMAND_BACK,
		COMMAND_LAYERS,
		COMMAND_MIXER,
		COMMAND_PROMPT,
		COMMAND_NONE,
};

const struct view_ops export_view = {
		.name = "Export",
		.where = EXPORT,
		.opened_by = COMMAND_EXPORT,
		.hints = hints,
		.handlers = handlers,
		.open = open,
		.close = close_view,
		.update = update,
		.lines = lines,
		.draw = export_draw,
		.mouse = mouse,
};
