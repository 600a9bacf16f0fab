#include "tui/screen.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/clock.h"
#include "app/format.h"
#include "app/key.h"
#include "app/session.h"
#include "tui/glyphs.h"
#include "tui/view_layers.h"

bool
screen_ascii(const struct screen *screen)
{
	return screen->canvas.glyphs->ascii;
}

const char *
screen_column_name(char dst[COLUMN_NAME], const struct screen *screen, uint32_t column)
{
	snprintf(dst, COLUMN_NAME, "%s%s", session_column(screen->session, column)->id,
			session_is_reordered(screen->session, column) ? "'" : "");
	return dst;
}

/* ---- the row that is looked at ---- */

/* The table may be another one without an event having told it. */
static struct layers *
layers_now(struct screen *screen)
{
	struct view *view = screen_view(screen, &layers_view);

	if (view != NULL)
		view->ops->update(view, 0);
	return (struct layers *)view;
}

uint32_t
screen_row(struct screen *screen)
{
	const struct layers *layers = layers_now(screen);
	const struct line *line = layers == NULL ? NULL : layers_line(layers);

	return line == NULL ? LADLE_NONE : layers_row(layers, line);
}

bool
screen_go_row(struct screen *screen, uint32_t row)
{
	struct layers *layers = layers_now(screen);

	return layers != NULL && layers_go_row(layers, row);
}

bool
screen_go_layer(struct screen *screen, uint32_t layer)
{
	struct layers *layers = layers_now(screen);

	return layers != NULL && layers_go_layer(layers, layer);
}

/* ---- weights ---- */

static double *
lend_weights(struct screen *screen)
{
	const struct ladle_table *table = session_table(screen->session);
	double *weights;

	if (table == NULL || screen->weight_count == table->checkpoint_count)
		return table == NULL ? NULL : screen->weights;
	weights = realloc(screen->weights, table->checkpoint_count * sizeof(*weights));
	if (weights == NULL)
		return NULL;
	screen->weights = weights;
	screen->weight_count = table->checkpoint_count;
	return weights;
}

const double *
screen_shares(struct screen *screen)
{
	const struct ladle_mix *mix = session_mix(screen->session);
	double *weights = lend_weights(screen), sum;

	if (weights == NULL)
		return NULL;
	sum = ladle_mix_fader_weights(mix, weights);
	if (ladle_mix_normalised(mix) && sum != 0)
		for (uint32_t k = 0; k < screen->weight_count; k++)
			weights[k] /= sum;
	return weights;
}

const double *
screen_row_weights(struct screen *screen, uint32_t row, struct ladle_weights *out)
{
	double *weights = lend_weights(screen);

	if (weights != NULL)
		*out = ladle_mix_weights(session_mix(screen->session),
				session_table(screen->session), row, weights);
	return weights;
}

/* ---- messages and questions ---- */

static void
say(struct screen *screen, bool is_error, const char *format, va_list args)
{
	char text[1024];

	vsnprintf(text, sizeof(text), format, args);
	buf_clear(&screen->message);
	buf_text(&screen->message, text);
	screen->message_is_error = is_error;
}

void
screen_say(struct screen *screen, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(screen, false, format, args);
	va_end(args);
}

unsigned
screen_complain(struct screen *screen, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(screen, true, format, args);
	va_end(args);
	return OUT_DRAW | OUT_BELL;
}

unsigned
screen_fail(struct screen *screen, const struct ladle_error *err)
{
	buf_clear(&screen->message);
	format_error(&screen->message, err, screen_ascii(screen));
	screen->message_is_error = true;
	return OUT_DRAW | OUT_BELL;
}

void
screen_ask(struct screen *screen, unsigned (*yes)(struct screen *), const char *format, ...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	buf_clear(&screen->question.text);
	buf_format(&screen->question.text, "y/n  %s", text);
	screen->question.yes = yes;
	screen->question.optional = false;
}

/* Who does not answer an offer goes on with what the key does. */
static unsigned
answer(struct screen *screen, int key)
{
	bool optional = screen->question.optional, no = key == 'n' || key == 'N' || key == CODE_ESC;

	buf_clear(&screen->question.text);
	if (key == 'y' || key == 'Y')
		return OUT_DRAW | screen->question.yes(screen);
	screen_say(screen, optional ? "a fresh start; :session restore brings the last one back"
				    : "not done");
	return optional && !no ? OUT_DRAW | screen_key(screen, key) : OUT_DRAW;
}

/* ---- views ---- */

struct view *
screen_top(struct screen *screen)
{
	return screen->views[screen->stack[screen->depth - 1]];
}

static int
view_index(const struct view_ops *ops)
{
	int i = 0;

	while (screen_view_ops(i) != ops)
		i++;
	return i;
}

static void
pop_to(struct screen *screen, int index)
{
	for (int i = 0; i < screen->depth; i++)
		if (screen->stack[i] == index)
			screen->depth = i + 1;
}

struct view *
screen_view(struct screen *screen, const struct view_ops *ops)
{
	int index = view_index(ops);

	if (screen->views[index] == NULL)
		screen->views[index] = ops->open(screen);
	return screen->views[index];
}

unsigned
screen_show(struct screen *screen, const struct view_ops *ops)
{
	int index = view_index(ops);

	if (screen_view(screen, ops) == NULL)
		return screen_complain(screen, "no memory for this view");
	panes_reopen(screen, ops);
	if (screen->depth > 0 && panes_have(screen, ops))
		screen->depth = 1;
	pop_to(screen, index);
	if (screen->depth == 0 || screen->stack[screen->depth - 1] != index)
		screen->stack[screen->depth++] = index;
	return OUT_DRAW;
}

static unsigned
leave(struct screen *screen)
{
	(void)screen;
	return OUT_QUIT;
}

unsigned
screen_escape(struct screen *screen)
{
	unsigned out = panes_escape(screen);

	if (out == 0 && screen->depth > 1)
		screen->depth--;
	return OUT_DRAW | out;
}

/* A pane that is grown shrinks first. */
bool
screen_asks_to_leave(const struct screen *screen)
{
	return session_unsaved(screen->session) && !session_is_kept(screen->session);
}

unsigned
screen_back(struct screen *screen)
{
	if (screen->panes.zoom != ZOOM_NONE && panes_have(screen, screen_top(screen)->ops))
		return panes_escape(screen);
	if (screen->depth > 1) {
		screen->depth--;
		return OUT_DRAW;
	}
	if (!screen_asks_to_leave(screen))
		return OUT_QUIT;
	screen_ask(screen, leave, "this mix was neither exported nor kept as a recipe: leave?");
	return OUT_DRAW;
}

static void
update_views(struct screen *screen, unsigned events)
{
	for (int i = 0; i < VIEW_COUNT; i++)
		if (screen->views[i] != NULL && screen->views[i]->ops->update != NULL)
			screen->views[i]->ops->update(screen->views[i], events);
}

/* Views first: a message may be drawn with a table that they must know. */
static unsigned
take_events(struct screen *screen, unsigned events)
{
	const char *message = session_message(screen->session);

	update_views(screen, events);
	if ((events & SESSION_MESSAGE) && message[0] != '\0') {
		buf_clear(&screen->message);
		buf_text(&screen->message, message);
		screen->message_is_error = session_message_is_error(screen->session);
	}
	if (screen_take_place(screen))
		return OUT_DRAW;
	return events != 0 ? OUT_DRAW : 0;
}

unsigned
screen_poll(struct screen *screen)
{
	return take_events(screen, session_poll(screen->session));
}

unsigned
screen_look(struct screen *screen)
{
	if (!session_setting_on(screen->session, "watch"))
		return 0;
	session_look(screen->session);
	return screen_poll(screen);
}

unsigned
screen_wait(struct screen *screen)
{
	return take_events(screen, session_wait(screen->session));
}

/* ---- events ---- */

static unsigned
complain_of_key(struct screen *screen, int key)
{
	char name[16];

	key_text(name, key);
	return screen_complain(screen, "%s: no command on this key here; ? shows the keys", name);
}

unsigned
screen_key(struct screen *screen, int key)
{
	struct action action = {.key = key};
	bool began = screen->keys.first != 0 || screen->keys.count != 0;
	const struct binding *binding = NULL;
	enum keymap_result result;

	if (screen->question.text.length > 0)
		return answer(screen, key);
	if (prompt_is_open(screen->prompt))
		return screen_prompt_key(screen, key);
	if (key & CODE_META)
		return screen_key(screen, CODE_ESC) | screen_key(screen, key & ~CODE_META);
	buf_clear(&screen->message);
	result = keymap_feed(session_keymap(screen->session), &screen->keys,
			screen_top(screen)->ops->where, key, &binding, &action.count);
	if (result == KEYMAP_PENDING || (began && key == CODE_ESC))
		return OUT_DRAW;
	if (result == KEYMAP_UNKNOWN)
		return complain_of_key(screen, key);
	if (binding->line != NULL)
		return screen_run(screen, binding->line);
	action.command = command_of(binding->command);
	return OUT_DRAW | screen_do(screen, &action);
}

#define DOUBLE_CLICK 0.4 /* s */

static unsigned
click_hint(struct screen *screen, const struct mouse *mouse)
{
	for (int i = 0; i < screen->hint_count; i++) {
		const struct hint *hint = &screen->hints[i];
		struct action action = {.command = command_of(hint->command)};

		if (mouse->x >= hint->x && mouse->x < hint->x + hint->width) {
			key_parse(action.command->keys, strcspn(action.command->keys, " "),
					&action.key);
			return OUT_DRAW | screen_do(screen, &action);
		}
	}
	return 0;
}

static unsigned
wheel(struct view *view, int lines)
{
	view->top += lines;
	view_move(view, lines);
	return OUT_DRAW;
}

/* A second press on a line within DOUBLE_CLICK seconds. */
static bool
is_double(struct screen *screen, const struct view *view, const struct mouse *mouse)
{
	const struct press old = screen->press;
	const struct press now = {view, true, clock_seconds(), mouse->y, mouse->x};
	bool twice = old.view == view && old.opens && old.y == now.y && abs(old.x - now.x) <= 1 &&
		     now.at - old.at <= DOUBLE_CLICK;

	screen->press = now;
	screen->press.opens = !twice;
	return twice;
}

/* What Enter does there, where it does anything. The export's fields are pressed by one click. */
static unsigned
enter(struct screen *screen)
{
	struct keymap_state state = {0, 0};
	const struct binding *binding;
	long count;

	if (keymap_feed(session_keymap(screen->session), &state, screen_top(screen)->ops->where,
			    CODE_ENTER, &binding, &count) != KEYMAP_FOUND)
		return OUT_DRAW;
	return screen_key(screen, CODE_ENTER);
}

/* A press goes to the pane under it, which then has the keys; a drag to that which was pressed. */
static unsigned
view_mouse(struct screen *screen, const struct pane *pane, const struct mouse *mouse)
{
	struct mouse inside = *mouse;
	struct view *view = pane->view;
	unsigned out = 0;

	inside.y -= pane->area.y;
	inside.x -= pane->area.x;
	if (mouse->kind == MOUSE_PRESS && view != screen_top(screen))
		screen_show(screen, view->ops);
	if (mouse->kind == MOUSE_PRESS && is_double(screen, view, mouse) &&
			view->ops != &export_view && view_line_at(view, inside.y) >= 0)
		return enter(screen);
	if (view->ops->mouse != NULL)
		out = view->ops->mouse(view, &inside);
	if (out != 0 || mouse->kind == MOUSE_RELEASE || mouse->kind == MOUSE_DRAG)
		return out;
	if (mouse->kind == MOUSE_WHEEL_UP || mouse->kind == MOUSE_WHEEL_DOWN)
		return wheel(view, mouse->kind == MOUSE_WHEEL_UP ? -3 : 3);
	if (view_line_at(view, inside.y) >= 0)
		view_go(view, view_line_at(view, inside.y));
	return OUT_DRAW;
}

unsigned
screen_mouse(struct screen *screen, const struct mouse *mouse)
{
	bool held = mouse->kind == MOUSE_DRAG || mouse->kind == MOUSE_RELEASE;
	const struct view *pressed = screen->press.view;
	const struct pane *pane = held ? panes_of(screen, screen_top(screen))
				       : panes_at(screen, mouse->y, mouse->x);

	if (screen->question.optional && mouse->kind == MOUSE_PRESS)
		buf_clear(&screen->question.text);
	if (mouse->kind == MOUSE_PRESS && (pane == NULL || pane->view != pressed))
		screen->press.view = NULL;
	if (prompt_is_open(screen->prompt) || screen->question.text.length > 0 ||
			(held && pressed != screen_top(screen)))
		return 0;
	if (pane != NULL)
		return view_mouse(screen, pane, mouse);
	return mouse->kind == MOUSE_PRESS && mouse->y == screen->canvas.height - 2
			       ? click_hint(screen, mouse)
			       : 0;
}

unsigned
screen_paste(struct screen *screen, const char *text)
{
	if (prompt_is_open(screen->prompt)) {
		prompt_paste(screen->prompt, text);
		return OUT_DRAW;
	}
	return screen_complain(screen, "pasted text is taken only after : or / or another prompt");
}

/* ---- composing ---- */

enum { MIN_WIDTH = 40, MIN_HEIGHT = 10 };

static void
choose_glyphs(struct screen *screen)
{
	screen->canvas.glyphs = glyphs_choose(session_setting(screen->session, "glyphs"));
}

/* The headline before the last change, to be compared with what it is now. */
static void
follow_headline(struct screen *screen)
{
	int depth = session_undo_depth(screen->session);

	if (depth != screen->undo_shown)
		screen->keep_before = screen->keep_shown;
	screen->undo_shown = depth;
	screen->keep_shown = session_table(screen->session) == NULL
					     ? NAN
					     : session_verdict(screen->session).keep;
}

void
screen_compose(struct screen *screen)
{
	struct canvas *canvas = &screen->canvas;

	choose_glyphs(screen);
	canvas_erase(canvas);
	if (canvas->width < MIN_WIDTH || canvas->height < MIN_HEIGHT) {
		canvas_say(canvas, 0, 0, canvas->width, ROLE_NORMAL, "need 60x15");
		return;
	}
	follow_headline(screen);
	panes_layout(screen);
	panes_draw(screen);
	frame_draw(screen, screen_top(screen));
}

bool
screen_resize(struct screen *screen, int width, int height)
{
	return canvas_resize(&screen->canvas, width < 1 ? 1 : width, height < 1 ? 1 : height);
}

struct screen *
screen_new(struct session *session)
{
	struct screen *screen = calloc(1, sizeof(*screen));

	if (screen == NULL)
		return NULL;
	screen->session = session;
	screen->keep_before = screen->keep_shown = NAN;
	canvas_init(&screen->canvas, glyphs_choose(session_setting(session, "glyphs")));
	buf_init(&screen->message);
	buf_init(&screen->clip);
	buf_init(&screen->question.text);
	screen->prompt = prompt_new(session);
	screen_show(screen, screen_view_ops(0));
	if (screen->prompt == NULL || screen->depth == 0 || !screen_resize(screen, 80, 24)) {
		screen_free(screen);
		return NULL;
	}
	return screen;
}

void
screen_free(struct screen *screen)
{
	if (screen == NULL)
		return;
	for (int i = 0; i < VIEW_COUNT; i++)
		if (screen->views[i] != NULL)
			screen->views[i]->ops->close(screen->views[i]);
	prompt_free(screen->prompt);
	free(screen->weights);
	canvas_done(&screen->canvas);
	buf_done(&screen->message);
	buf_done(&screen->clip);
	buf_done(&screen->question.text);
	free(screen);
}
