/* The lines of the match view as cells. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "app/format.h"
#include "app/layer.h"
#include "app/session.h"
#include "base/buf.h"
#include "base/text.h"
#include "tui/glyphs.h"
#include "tui/screen.h"
#include "tui/view_match.h"

/* Widths in columns, each with a blank before it; 0: left out. */
enum {
	MARK = 2,
	PAIRED = 7,
	COSINE = 8,
	MOVED = 10,
	STATE = 10,
	NAME_LEAST = 10,
	NAMES_LEAST = 22,
	NAME_MOST = 36,
	TITLE_WORDS = 28 /* "MATCH  reference   against  " */
};

struct widths {
	int name, other, paired, raw, matched, moved;
};

/* How layers were paired gives way first, then the other's name, then the cosines as stored. */
static struct widths
lay_out(int width)
{
	struct widths widths = {.paired = PAIRED, .raw = COSINE, .matched = COSINE, .moved = MOVED};
	int room = width - MARK - 2 * COSINE - MOVED - STATE - PAIRED;

	if (room < NAMES_LEAST) {
		room += PAIRED;
		widths.paired = 0;
	}
	if (room < NAME_LEAST) {
		room += COSINE;
		widths.raw = 0;
	}
	if (room < NAMES_LEAST) {
		widths.name = room < 0 ? 0 : room;
		return widths;
	}
	widths.name = room / 2 > NAME_MOST ? NAME_MOST : room / 2;
	widths.other = widths.name;
	return widths;
}

static struct session *
session_of(const struct match *match)
{
	return match->view.screen->session;
}

/* ---- header ---- */

/* "weight matching, 3 sweeps", "exact copy": what the column's order rests on. */
static void
append_way(const struct match *match, struct buf *buf)
{
	const struct ladle_alignment *order = match->order;
	uint32_t groups = order->groups->count, exact = 0, matched = 0, scaled = 0, moved = 0;

	for (uint32_t g = 0; g < groups; g++) {
		const struct ladle_match *of = &order->matches[(size_t)match->column * groups + g];

		exact += of->exact;
		scaled += of->exact && of->scale != NULL;
		matched += of->why == NULL && !of->exact;
		moved += of->moved;
	}
	if (exact + matched > 0 && match_is_lined_up(match))
		buf_text(buf, "applied: ");
	if (exact > 0)
		buf_text(buf, scaled > 0 ? "rescaled copy" : "exact copy");
	if (matched > 0)
		buf_format(buf, "%s%s", exact > 0 ? " in part, " : "",
				order->objective != LADLE_SELECTED ? "weight matching"
				: exact + moved == 0               ? "nothing moves"
								   : "not matched by weights");
	if (matched > 0 && order->sweeps > 0)
		buf_format(buf, ", %d %s", order->sweeps, order->sweeps == 1 ? "sweep" : "sweeps");
	if (matched > 0 && order->objective != LADLE_SELECTED)
		buf_format(buf, ", %s", ladle_objective_name(order->objective));
	if (exact + matched == 0)
		buf_text(buf, "no units to match");
}

static void
append_state(const struct match *match, struct buf *buf)
{
	static const char *const words[] = {
			[SUGGESTION_NONE] = "not matched",
			[SUGGESTION_RUNNING] = "being matched ..",
			[SUGGESTION_KNOWN] = "matched",
			[SUGGESTION_FAILED] = "not matched",
	};
	enum suggestion_state state = session_suggestion(session_of(match));

	if (session_matching(session_of(match)))
		buf_text(buf, "being matched ..");
	else if (match->order != NULL)
		append_way(match, buf);
	else if (session_groups(session_of(match), NULL) == NULL)
		buf_text(buf, "no groups of units");
	else if (state == SUGGESTION_NONE && !session_setting_on(session_of(match), "match"))
		buf_text(buf, "not matched: `set match off`");
	else if (state == SUGGESTION_NONE && session_busy(session_of(match)))
		buf_text(buf, "not matched yet");
	else
		buf_text(buf, words[state]);
}

static void
draw_title(const struct match *match, struct canvas *canvas)
{
	const struct session_file *to = session_column(session_of(match), match->reference);
	const struct session_file *from = session_column(session_of(match), match->column);
	int y = match->view.area.y, names = text_width(to->label) + text_width(from->label) + 4;
	struct buf way;

	buf_init(&way);
	append_state(match, &way);
	bool wide = canvas->width >= 1 + TITLE_WORDS + names + 2 + text_width(buf_string(&way));
	int x = canvas_say(canvas, y, 1, canvas->width - 1, ROLE_HEADER, wide ? "MATCH" : "");
	x = canvas_say(canvas, y, x + 2 * wide, canvas->width - x, ROLE_NORMAL,
			wide ? "reference " : "");
	x = canvas_print(canvas, y, x, 24, ROLE_KEY, "%s %s", to->id, to->label);
	x = canvas_say(canvas, y, x, canvas->width - x, ROLE_NORMAL, wide ? "  against " : " : ");
	x = canvas_print(canvas, y, x, 24, ROLE_KEY, "%s %s", from->id, from->label);
	canvas_say(canvas, y, x + 2, canvas->width - x - 2, ROLE_NORMAL, buf_string(&way));
	buf_done(&way);
}

static void
draw_header(const struct match *match, struct canvas *canvas, const struct widths *widths)
{
	int y = match->view.area.y + 1, x;
	char name[64];

	x = canvas_put(canvas, y, 0, MARK, TEXT_LEFT, ROLE_HEADER, "");
	snprintf(name, sizeof(name), "%s layer",
			session_column(session_of(match), match->reference)->id);
	x = canvas_put(canvas, y, x, widths->name, TEXT_LEFT, ROLE_HEADER, name);
	snprintf(name, sizeof(name), " %s layer",
			session_column(session_of(match), match->column)->id);
	x = canvas_put(canvas, y, x, widths->other, TEXT_LEFT, ROLE_HEADER, name);
	x = canvas_put(canvas, y, x, widths->paired, TEXT_LEFT, ROLE_HEADER, " paired");
	x = canvas_put(canvas, y, x, widths->raw, TEXT_RIGHT, ROLE_HEADER, "cos raw");
	x = canvas_put(canvas, y, x, widths->matched, TEXT_RIGHT, ROLE_HEADER, "matched");
	x = canvas_put(canvas, y, x, widths->moved, TEXT_RIGHT, ROLE_HEADER, "moved");
	canvas_put(canvas, y, x, canvas->width - x, TEXT_LEFT, ROLE_HEADER, "  state");
}

/* ---- a line ---- */

static void
append_layer(const struct match *match, struct buf *buf, uint32_t layer, uint32_t column)
{
	const struct ladle_table *table = match->list.table;

	if (table->layers[layer].index[column] == LADLE_NONE)
		buf_char(buf, '-');
	else
		layer_name(buf, table->checkpoints[column], table->layers[layer].index[column]);
}

/* A layer of neither model is told by its name alone, and by whose it is. */
static bool
absent(const struct match *match, uint32_t layer)
{
	const uint32_t *index = match->list.table->layers[layer].index;

	return index[match->reference] == LADLE_NONE && index[match->column] == LADLE_NONE;
}

/* A further group of a layer is told by the tensor that it is used in, "query head 0": what lies
 * within slices of another axis are the heads of attention. */
static void
append_group(const struct match *match, struct buf *buf, const struct match_line *line)
{
	const struct ladle_group *group = &match->list.groups->list[line->group];

	for (uint32_t i = 0; i < group->use_count; i++) {
		const struct ladle_use *use = &group->uses[i];

		if (use->row != line->row)
			continue;
		const char *tensor = match->list.table->rows[use->row].tensor;
		const char *leaf = strrchr(tensor, '/');

		buf_text(buf, "  ");
		buf_append(buf, tensor, leaf == NULL ? strlen(tensor) : (size_t)(leaf - tensor));
		if (use->where >= 0)
			buf_format(buf, " head %llu", (unsigned long long)use->index);
		else
			buf_format(buf, " axis %d", use->axis);
		return;
	}
}

static int
draw_names(const struct match *match, struct canvas *canvas, int y, int x,
		const struct match_line *line, const struct widths *widths)
{
	struct buf name;

	buf_init(&name);
	if (line->first && absent(match, line->layer))
		buf_text(&name, match->list.table->layers[line->layer].name);
	else if (line->first)
		append_layer(match, &name, line->layer, match->reference);
	else
		append_group(match, &name, line);
	x = canvas_put(canvas, y, x, widths->name, TEXT_LEFT,
			line->first ? ROLE_LAYER : ROLE_NORMAL, buf_string(&name));
	buf_clear(&name);
	if (line->first)
		append_layer(match, &name, line->layer, match->column);
	if (widths->other > 0) {
		x = canvas_put(canvas, y, x, 1, TEXT_LEFT, ROLE_NORMAL, "");
		x = canvas_put(canvas, y, x, widths->other - 1, TEXT_LEFT, ROLE_NORMAL,
				buf_string(&name));
	}
	buf_done(&name);
	return x;
}

/* What stands for a figure that is not known. */
static const char *
unknown(const struct match *match)
{
	return session_busy(session_of(match)) ? ".." : "-";
}

static int
draw_cosine(const struct match *match, struct canvas *canvas, int y, int x, int width,
		const struct match_figures *figures, double cosine)
{
	bool missing = figures->state == MATCH_ONLY || figures->state == MATCH_SHAPE;
	char text[8];

	if (!missing && figures->row == LADLE_NONE)
		return canvas_put(canvas, y, x, width, TEXT_RIGHT, ROLE_FAINT, "1-D");
	if (missing || isnan(cosine))
		return canvas_put(canvas, y, x, width, TEXT_RIGHT, ROLE_FAINT,
				missing ? "-" : unknown(match));
	format_cosine(text, cosine);
	return canvas_put(canvas, y, x, width, TEXT_RIGHT, cosine < .9 ? ROLE_DRIFT : ROLE_NORMAL,
			text);
}

static int
draw_moved(const struct match *match, struct canvas *canvas, int y, int x, int width,
		const struct match_line *line, const struct match_figures *figures)
{
	char text[32] = "-";

	if (figures->inputs)
		snprintf(text, sizeof(text), "inputs");
	else if (line->own && figures->match != NULL && figures->match->why != NULL)
		snprintf(text, sizeof(text), "fixed");
	else if (line->own && figures->match != NULL)
		snprintf(text, sizeof(text), "%u/%u", figures->match->moved,
				match->list.groups->list[line->group].units);
	else if (line->own)
		snprintf(text, sizeof(text), "%s/%u", unknown(match),
				match->list.groups->list[line->group].units);
	return canvas_put(canvas, y, x, width, TEXT_RIGHT, ROLE_NORMAL, text);
}

static const struct {
	const char *word;
	enum role role;
} states[] = {
		[MATCH_PENDING] = {"-", ROLE_FAINT},
		[MATCH_OK] = {"ok", ROLE_ALIKE},
		[MATCH_DRIFT] = {"drift", ROLE_DRIFT},
		[MATCH_DIFFER] = {"DIFFER", ROLE_DIFFER},
		[MATCH_PERMUTED] = {"PERMUTED", ROLE_DIFFER},
		[MATCH_RESCALED] = {"RESCALED", ROLE_DIFFER},
		[MATCH_ALIGNED] = {"aligned", ROLE_KEY},
		[MATCH_RENAMED] = {"RENAMED", ROLE_KEY},
		[MATCH_CHANCE] = {"near null", ROLE_DRIFT},
		[MATCH_SHAPE] = {"SHAPE", ROLE_DIFFER},
};

static void
draw_state(const struct match *match, struct canvas *canvas, int y, int x,
		const struct match_line *line, enum match_state state)
{
	const struct ladle_layer_row *layer = &match->list.table->layers[line->layer];
	uint32_t k = 0;

	x = canvas_put(canvas, y, x, 2, TEXT_LEFT, ROLE_NORMAL, "");
	if (state != MATCH_ONLY) {
		canvas_say(canvas, y, x, canvas->width - x, states[state].role, states[state].word);
		return;
	}
	while (layer->index[k] == LADLE_NONE)
		k++;
	canvas_print(canvas, y, x, canvas->width - x, ROLE_DRIFT, "%s only",
			session_column(session_of(match), k)->id);
}

static void
draw_line(const struct match *match, struct canvas *canvas, int y, const struct match_line *line,
		const struct widths *widths)
{
	const struct ladle_layer_row *layer = &match->list.table->layers[line->layer];
	const struct match_pair pair = {session_of(match), match->reference, match->column,
			match->order, match_is_lined_up(match)};
	struct match_figures figures = match_judge(&match->list, &pair, line);
	bool paired = figures.state != MATCH_ONLY && line->first;
	int x = draw_names(match, canvas, y, MARK, line, widths);

	if (widths->paired > 0) {
		x = canvas_put(canvas, y, x, 1, TEXT_LEFT, ROLE_NORMAL, "");
		x = canvas_put(canvas, y, x, widths->paired - 1, TEXT_LEFT, ROLE_NORMAL,
				paired        ? ladle_paired_by_name(layer->paired_by)
				: line->first ? "-"
					      : "");
	}
	x = draw_cosine(match, canvas, y, x, widths->raw, &figures, figures.raw);
	x = draw_cosine(match, canvas, y, x, widths->matched, &figures, figures.matched);
	x = draw_moved(match, canvas, y, x, widths->moved, line, &figures);
	draw_state(match, canvas, y, x, line, figures.state);
}

static void
draw_lines(const struct match *match, struct canvas *canvas, const struct widths *widths)
{
	const struct view *view = &match->view;

	for (int i = 0; i < view->list.height; i++) {
		int at = view->top + i, y = view->list.y + i;

		if ((uint32_t)at >= match->list.count)
			return;
		bool marked = match->list.lines[at].layer == match->marked;
		canvas_put(canvas, y, 0, MARK, TEXT_LEFT, marked ? ROLE_TAG : ROLE_KEY,
				marked               ? "="
				: at == view->cursor ? canvas->glyphs->cursor
						     : "");
		draw_line(match, canvas, y, &match->list.lines[at], widths);
		if (at == view->cursor && view->focused)
			canvas_select(canvas, y, 0, canvas->width);
	}
}

void
match_draw(const struct view *view, struct canvas *canvas)
{
	const struct match *match = (const struct match *)view;
	struct widths widths = lay_out(canvas->width);

	if (match->column == LADLE_NONE || match->list.table == NULL) {
		canvas_wrap(canvas,
				(struct area){view->area.y, 1, view->area.height,
						canvas->width - 1},
				ROLE_NORMAL,
				match->list.table == NULL
						? "there is no table of layers yet"
						: "matching takes two models, and one is open; "
						  ":open FILE opens another");
		return;
	}
	draw_title(match, canvas);
	draw_header(match, canvas, &widths);
	draw_lines(match, canvas, &widths);
	match_draw_foot(match, canvas);
}
