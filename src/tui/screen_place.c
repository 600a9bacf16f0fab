/* Where the screen stands, for a session that is kept: told as commands, and taken up again. */
#include <stdlib.h>
#include <string.h>

#include "app/session.h"
#include "tui/screen.h"
#include "tui/view_layers.h"

static const struct layers *
layers_in(struct screen *screen)
{
	return (const struct layers *)screen_view(screen, &layers_view);
}

/* Views that open alone: help does not come back, and units belong to a match. */
static void
write_views(const struct screen *screen, struct buf *out)
{
	for (int i = 1; i < screen->depth; i++) {
		const struct view_ops *ops = screen->views[screen->stack[i]]->ops;
		if (ops->opened_by != COMMAND_HELP && ops->opened_by != COMMAND_UNITS)
			buf_format(out, "%s\n", command_of(ops->opened_by)->word);
	}
}

void
screen_write_place(void *arg, struct buf *out)
{
	struct screen *screen = arg;

	if (layers_in(screen) == NULL)
		return;
	layers_write_place(layers_in(screen), out);
	write_views(screen, out);
}

/* What such a line says is no news, and what cannot be done of it, since a file has changed, is
 * left. */
static void
run_lines(struct screen *screen, char *lines)
{
	for (char *line = lines, *end; *line != '\0'; line = end + 1) {
		end = strchr(line, '\n');
		if (end == NULL)
			return;
		*end = '\0';
		screen_run(screen, line);
	}
}

bool
screen_take_place(struct screen *screen)
{
	struct buf lines, message;
	bool was_error = screen->message_is_error;

	buf_init(&lines);
	if (!session_take_face(screen->session, &lines) || lines.failed) {
		buf_done(&lines);
		return false;
	}
	buf_init(&message);
	buf_text(&message, buf_string(&screen->message));
	screen->depth = 1;
	run_lines(screen, lines.data);
	buf_done(&lines);
	buf_done(&screen->message);
	screen->message = message;
	screen->message_is_error = was_error;
	return true;
}

static unsigned
take_offer(struct screen *screen)
{
	struct ladle_error err = {0};

	if (session_take_offer(screen->session, &err) != LADLE_OK)
		return screen_fail(screen, &err);
	return OUT_DRAW | screen_poll(screen);
}

unsigned
screen_offer(struct screen *screen)
{
	struct buf question;

	buf_init(&question);
	if (session_offers(screen->session, &question)) {
		screen_ask(screen, take_offer, "%s", buf_string(&question));
		screen->question.optional = true;
	}
	buf_done(&question);
	return OUT_DRAW;
}

void
screen_selection(struct screen *screen, void (*each)(const char *label, void *arg), void *arg)
{
	if (layers_in(screen) != NULL)
		layers_selection(layers_in(screen), each, arg);
}
