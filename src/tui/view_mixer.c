#include "tui/view_mixer.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "app/session.h"
#include "tui/screen.h"

static struct mixer *
mixer_of(struct view *view)
{
	return (struct mixer *)view;
}

int
mixer_column_at(const struct mixer *mixer, int line)
{
	return line >= 0 && line < (int)mixer->columns ? line : -1;
}

int
mixer_rule_at(const struct mixer *mixer, int line)
{
	int rule = line - (int)mixer->columns - 2;

	return rule >= 0 && rule < (int)mixer->rules ? rule : -1;
}

/* ---- what the rules come to ---- */

static void
add_row(struct mixer *mixer, uint32_t row, const struct ladle_judgement *judgement)
{
	struct ladle_weights weights;
	struct rule_effect *effect;

	if (screen_row_weights(mixer->view.screen, row, &weights) == NULL ||
			weights.rule == LADLE_NONE || weights.rule >= mixer->rules)
		return;
	effect = &mixer->effects[weights.rule];
	if (effect->decides++ == 0)
		effect->row = row;
	if (!(effect->keep <= judgement->keep))
		effect->keep = judgement->keep;
}

/* O(rows), once for each change of the mix or the figures. */
static void
measure_rules(struct mixer *mixer)
{
	struct session *session = mixer->view.screen->session;
	const struct ladle_judgement *judgements = session_judgements(session);
	struct rule_effect *effects = calloc(mixer->rules + 1, sizeof(*effects));

	free(mixer->effects);
	mixer->effects = effects;
	if (effects == NULL)
		mixer->rules = 0;
	for (uint32_t i = 0; i < mixer->rules; i++)
		effects[i] = (struct rule_effect){.row = LADLE_NONE, .keep = NAN};
	for (uint32_t row = 0; mixer->rules > 0 && row < session_table(session)->row_count; row++)
		add_row(mixer, row, &judgements[row]);
}

/* The cursor rests on faders and rules alone, and goes on the way it came. */
static void
settle(struct mixer *mixer)
{
	struct view *view = &mixer->view;
	int step = view->cursor < mixer->settled ? -1 : 1,
	    last = (int)(mixer->columns + mixer->rules) + 1;

	if (view->cursor > last)
		view->cursor = last;
	while (mixer_column_at(mixer, view->cursor) < 0 && mixer_rule_at(mixer, view->cursor) < 0) {
		if (view->cursor + step > last || view->cursor + step < 0)
			step = -step;
		if (mixer->columns == 0 || (step < 0 && view->cursor == 0))
			break;
		view->cursor += step;
	}
	mixer->settled = view->cursor;
}

static void
update(struct view *view, unsigned events)
{
	struct mixer *mixer = mixer_of(view);
	struct session *session = view->screen->session;
	const struct ladle_table *table = session_table(session);

	(void)events;
	if (mixer->generation != session_generation(session) || mixer->effects == NULL) {
		mixer->generation = session_generation(session);
		mixer->columns = table == NULL ? 0 : table->checkpoint_count;
		mixer->rules = table == NULL ? 0 : ladle_mix_rule_count(session_mix(session));
		mixer->scenes = session_scene_count(session);
		mixer->scene_changed = session_is_scene_changed(session);
		measure_rules(mixer);
	}
	settle(mixer);
}

/* ---- faders ---- */

/* Keys and mouse stop at the ends unless `extrapolate` is set; `:mix` goes above 1 anyway. */
static double
bounded(const struct session *session, double set)
{
	if (session_setting_on(session, "extrapolate"))
		return set;
	return set < 0 ? 0 : set > 1 ? 1 : set;
}

static unsigned
change(struct mixer *mixer, int column, const struct ladle_fader *fader)
{
	struct screen *screen = mixer->view.screen;
	struct ladle_error err = {0};

	if (session_fader(screen->session, (uint32_t)column, fader, &err) != LADLE_OK)
		return screen_fail(screen, &err);
	screen_poll(screen);
	return OUT_DRAW;
}

/* The fader under the cursor; false after a message. */
static bool
fader_here(struct mixer *mixer, int *column, struct ladle_fader *fader)
{
	*column = mixer_column_at(mixer, mixer->view.cursor);
	if (*column < 0) {
		screen_complain(mixer->view.screen, "the cursor is on no fader; k goes up to one");
		return false;
	}
	*fader = *ladle_mix_fader_const(
			session_mix(mixer->view.screen->session), (uint32_t)*column);
	return true;
}

static unsigned
set_to(struct mixer *mixer, int column, double set)
{
	struct session *session = mixer->view.screen->session;
	struct ladle_fader fader = *ladle_mix_fader_const(session_mix(session), (uint32_t)column);

	/* Hundredths, so that steps there and back meet. */
	fader.set = bounded(session, round(set * 100) / 100);
	return change(mixer, column, &fader);
}

/* May a key move it that way? What `:mix` set above 1 is not pulled down by it. */
static bool
has_room(const struct session *session, double set, double step)
{
	return session_setting_on(session, "extrapolate") || (step > 0 ? set < 1 : set > 0);
}

static unsigned
move_fader(struct view *view, double step)
{
	struct mixer *mixer = mixer_of(view);
	struct ladle_fader fader;
	int column;

	if (!fader_here(mixer, &column, &fader))
		return OUT_DRAW | OUT_BELL;
	const char *id = session_column(view->screen->session, (uint32_t)column)->id;
	if (!has_room(view->screen->session, fader.set, step))
		return screen_complain(view->screen,
				step > 0 ? "%s is at the end of its fader; :mix %s=1.5 goes further"
					 : "%s is at 0; :set extrapolate lets %s go below",
				id, id);
	return set_to(mixer, column, fader.set + step);
}

static unsigned
less(struct view *view, const struct action *action)
{
	(void)action;
	return move_fader(view, -0.01);
}

static unsigned
more(struct view *view, const struct action *action)
{
	(void)action;
	return move_fader(view, 0.01);
}

static unsigned
much_less(struct view *view, const struct action *action)
{
	(void)action;
	return move_fader(view, -0.1);
}

static unsigned
much_more(struct view *view, const struct action *action)
{
	(void)action;
	return move_fader(view, 0.1);
}

static unsigned
digit(struct view *view, const struct action *action)
{
	struct mixer *mixer = mixer_of(view);
	struct ladle_fader fader;
	int column;

	if (!fader_here(mixer, &column, &fader))
		return OUT_DRAW | OUT_BELL;
	if (action->key < '0' || action->key > '9')
		return screen_complain(
				view->screen, "fader: press a digit, or type :mix NAME=NUMBER");
	return set_to(mixer, column, (action->key - '0') / 10.0);
}

/* Turns one of the fader's switches over; `at` is its place in struct ladle_fader. */
static unsigned
toggle(struct view *view, size_t at)
{
	struct mixer *mixer = mixer_of(view);
	struct ladle_fader fader;
	bool *on = (bool *)((char *)&fader + at);
	int column;

	if (!fader_here(mixer, &column, &fader))
		return OUT_DRAW | OUT_BELL;
	*on = !*on;
	return change(mixer, column, &fader);
}

static unsigned
toggle_mute(struct view *view, const struct action *action)
{
	(void)action;
	return toggle(view, offsetof(struct ladle_fader, mute));
}

static unsigned
toggle_solo(struct view *view, const struct action *action)
{
	(void)action;
	return toggle(view, offsetof(struct ladle_fader, solo));
}

static unsigned
toggle_lock(struct view *view, const struct action *action)
{
	(void)action;
	return toggle(view, offsetof(struct ladle_fader, lock));
}

static unsigned
toggle_normalise(struct view *view, const struct action *action)
{
	struct session *session = view->screen->session;

	(void)action;
	if (session_table(session) == NULL)
		return screen_complain(view->screen, "nothing is open yet; :open FILE");
	return screen_run(view->screen, ladle_mix_normalised(session_mix(session))
							? "normalise off"
							: "normalise on");
}

static unsigned
remove_rule(struct view *view, const struct action *action)
{
	int rule = mixer_rule_at(mixer_of(view), view->cursor);
	char line[32];

	(void)action;
	if (rule < 0)
		return screen_complain(view->screen, "the cursor is on no rule; j goes down to "
						     "one, :mix makes one");
	snprintf(line, sizeof(line), "unrule %d", rule + 1);
	return screen_run(view->screen, line);
}

/* ---- the view ---- */

/* The handle moves as far as the pointer does, from where it was: a press alone moves nothing. Also
 * from outside of the bar, where it stays at the end. */
static unsigned
drag_to(struct mixer *mixer, int x)
{
	struct fader_bar bar = mixer_bar(mixer, mixer->view.area.width);

	return set_to(mixer, mixer->dragged,
			(double)(x - mixer->grip - bar.x) / (bar.width > 1 ? bar.width - 1 : 1));
}

static unsigned
mouse(struct view *view, const struct mouse *mouse)
{
	struct mixer *mixer = mixer_of(view);
	struct fader_bar bar = mixer_bar(mixer, view->area.width);
	int line = view_line_at(view, mouse->y), column = mixer_column_at(mixer, line);
	double step = mouse->kind == MOUSE_WHEEL_UP ? 0.01 : -0.01;

	if (mouse->kind != MOUSE_DRAG) /* a release outside of the window is lost */
		mixer->dragged = -1;
	if (mouse->kind == MOUSE_DRAG && mixer->dragged >= 0)
		return drag_to(mixer, mouse->x);
	if (mouse->kind == MOUSE_RELEASE || mouse->kind == MOUSE_DRAG || column < 0)
		return 0;
	view_go(view, line);
	if (mouse->kind != MOUSE_PRESS)
		return move_fader(view, step);
	if (mouse->x < bar.x || mouse->x >= bar.x + bar.width)
		return OUT_DRAW;
	mixer->dragged = column;
	mixer->grip = mouse->x - mixer_handle(mixer, column, view->area.width);
	return OUT_DRAW;
}

static int
lines(const struct view *view)
{
	const struct mixer *mixer = (const struct mixer *)view;

	return (int)(mixer->columns + mixer->rules) + 3 + (mixer->scenes > 0);
}

static struct view *
open(struct screen *screen)
{
	struct mixer *mixer = calloc(1, sizeof(*mixer));

	if (mixer == NULL)
		return NULL;
	mixer->view.ops = &mixer_view;
	mixer->view.screen = screen;
	mixer->dragged = -1;
	update(&mixer->view, 0);
	return &mixer->view;
}

static void
close(struct view *view)
{
	free(mixer_of(view)->effects);
	free(view);
}

static const struct handler handlers[COMMAND_COUNT] = {
		[COMMAND_LESS] = {less},
		[COMMAND_MORE] = {more},
		[COMMAND_MUCH_LESS] = {much_less},
		[COMMAND_MUCH_MORE] = {much_more},
		[COMMAND_FADER] = {digit},
		[COMMAND_TOGGLE_MUTE] = {toggle_mute},
		[COMMAND_TOGGLE_SOLO] = {toggle_solo},
		[COMMAND_TOGGLE_LOCK] = {toggle_lock},
		[COMMAND_TOGGLE_NORMALISE] = {toggle_normalise},
		[COMMAND_REMOVE] = {remove_rule},
};

static const enum command_id hints[] = {
		COMMAND_HELP,
		COMMAND_LESS,
		COMMAND_MORE,
		COMMAND_TOGGLE_MUTE,
		COMMAND_EQUAL,
		COMMAND_UNDO,
		COMMAND_BACK,
		COMMAND_LAYERS,
		COMMAND_EXPORT,
		COMMAND_TOGGLE_SOLO,
		COMMAND_TOGGLE_LOCK,
		COMMAND_TOGGLE_NORMALISE,
		COMMAND_REMOVE,
		COMMAND_NONE,
};

const struct view_ops mixer_view = {
		.name = "Mixer",
		.where = MIXER,
		.opened_by = COMMAND_MIXER,
		.head = 1,
		.foot = 1,
		.low_foot = 1,
		.hints = hints,
		.handlers = handlers,
		.open = open,
		.close = close,
		.update = update,
		.lines = lines,
		.draw = mixer_draw,
		.mouse = mouse,
};
