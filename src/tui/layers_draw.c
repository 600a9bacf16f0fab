/* The layer table as cells. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "app/format.h"
#include "app/session.h"
#include "base/buf.h"
#include "tui/glyphs.h"
#include "tui/screen.h"
#include "tui/view_layers.h"

/* Widths in columns, each with the blank before it; 0: left out. */
enum {
	MARK_WIDTH = 1,
	NAME_MIN = 14,
	NAME_MAX = 48,
	SHAPE_WIDTH = 11,
	SHAPE_WIDE = 17,
	KEEP_WIDTH = 5,
	LOSS_WIDTH = 9,
	COSINE_WIDTH = 5,
	COSINE_NARROW = 4,
	NAME_GOOD = 22, /* a name narrower than this makes the cosines narrow */
	WEIGHT_WIDTH = 5,
	FLAGS_WIDTH = 7,
	WIDE_SCREEN = 100
};

struct columns {
	int name, shape, loss, cosine, weight;
	uint32_t first, models; /* checkpoints that are shown */
};

/* KEEP and FLAGS always; the checkpoints give way first, then SHAPE, the bar, WT. */
static struct columns
lay_out(const struct layers *layers, int width)
{
	uint32_t k = layers->outline.table == NULL ? 0 : layers->outline.table->checkpoint_count;
	struct columns columns = {
			.shape = width >= WIDE_SCREEN ? SHAPE_WIDE : SHAPE_WIDTH,
			.loss = LOSS_WIDTH,
			.weight = WEIGHT_WIDTH,
	};
	int fixed = MARK_WIDTH + KEEP_WIDTH + FLAGS_WIDTH, room;

	room = width - fixed - columns.shape - columns.loss - columns.weight;
	if (room < NAME_MIN)
		room += columns.shape, columns.shape = 0;
	if (room < NAME_MIN)
		room += columns.loss, columns.loss = 0;
	if (room < NAME_MIN)
		room += columns.weight, columns.weight = 0;
	columns.cosine = room - 1 - NAME_GOOD >= (int)(k < 99 ? k : 99) * COSINE_WIDTH
					 ? COSINE_WIDTH
					 : COSINE_NARROW;
	columns.models = room - 1 - NAME_MIN > 0
					 ? (uint32_t)((room - 1 - NAME_MIN) / columns.cosine)
					 : 0;
	if (columns.models > k)
		columns.models = k;
	columns.first = layers->first_column;
	if (columns.first + columns.models > k)
		columns.first = k - columns.models;
	columns.name = room - (columns.models > 0) - (int)columns.models * columns.cosine;
	if (columns.name > NAME_MAX)
		columns.name = NAME_MAX;
	return columns;
}

/* Where the next cell goes. */
struct pen {
	struct canvas *canvas;
	int y, x;
};

static void
pen_put(struct pen *pen, int width, enum text_side side, enum role role, const char *raw)
{
	if (width > 0)
		pen->x = canvas_put(pen->canvas, pen->y, pen->x, width, side, role, raw);
}

/* ---- header ---- */

uint32_t
layers_columns(const struct layers *layers, uint32_t *before, uint32_t *after)
{
	const struct ladle_table *table = layers->outline.table;
	struct columns columns = lay_out(layers, layers->view.area.width);

	*before = columns.first;
	*after = table == NULL ? 0 : table->checkpoint_count - columns.first - columns.models;
	return columns.first;
}

bool
layers_heading_at(const struct layers *layers, int x, enum sort *sort, uint32_t *column)
{
	struct columns columns = lay_out(layers, layers->view.area.width);
	int name = MARK_WIDTH + columns.name, shape = name + columns.shape,
	    cosines = shape + KEEP_WIDTH + columns.loss + (columns.models > 0),
	    weight = cosines + (int)columns.models * columns.cosine,
	    flags = weight + columns.weight;

	if (x >= cosines && x < weight) {
		*sort = SORT_MODEL;
		*column = columns.first + (uint32_t)((x - cosines) / columns.cosine);
		return true;
	}
	if (x >= weight && (x < flags || x >= flags + FLAGS_WIDTH))
		return false;
	*sort = x < name ? SORT_NAME : x < shape ? SORT_SHAPE : x < weight ? SORT_KEEP : SORT_STATE;
	return true;
}

/* The sign of the order before the heading of what the lines are sorted by, else "". */
static const char *
order_sign(const struct layers *layers, const struct canvas *canvas, enum sort sort)
{
	if (layers->outline.sort != sort)
		return "";
	return layers->outline.reverse ? "^" : canvas->glyphs->opened;
}

static void
put_heading(const struct layers *layers, struct pen *pen, int width, enum text_side side,
		enum sort sort, const char *word)
{
	char text[32];

	snprintf(text, sizeof(text), "%s%s", order_sign(layers, pen->canvas, sort), word);
	pen_put(pen, width, side, ROLE_HEADER, text);
}

/* A name longer than its column is cut, so that a blank stays between it and the one before. */
static void
put_models(const struct layers *layers, struct pen *pen, const struct columns *columns)
{
	uint32_t sorted = outline_sort_column(&layers->outline);
	char name[COLUMN_NAME];

	for (uint32_t k = columns->first; k < columns->first + columns->models; k++) {
		pen_put(pen, 1, TEXT_LEFT, ROLE_HEADER, "");
		put_heading(layers, pen, columns->cosine - 1, TEXT_RIGHT,
				k == sorted ? SORT_MODEL : SORT_COUNT,
				screen_column_name(name, layers->view.screen, k));
	}
}

/* The sign beside KEEP takes the blank before it; what stands there moves out of its way. */
static void
draw_header(const struct layers *layers, struct canvas *canvas, const struct columns *columns)
{
	struct pen pen = {canvas, layers->view.area.y, 0};
	uint32_t last = columns->first + columns->models;
	bool more = layers->outline.table != NULL && last < layers->outline.table->checkpoint_count;
	int gap = layers->outline.sort == SORT_KEEP, before_shape = columns->shape == 0 ? gap : 0;

	pen_put(&pen, MARK_WIDTH, TEXT_LEFT, ROLE_HEADER, "");
	put_heading(layers, &pen, columns->name - before_shape, TEXT_LEFT, SORT_NAME,
			"LAYER / TENSOR");
	put_heading(layers, &pen, columns->shape - gap, TEXT_RIGHT, SORT_SHAPE, "SHAPE");
	pen_put(&pen, gap, TEXT_LEFT, ROLE_HEADER, "");
	put_heading(layers, &pen, KEEP_WIDTH, TEXT_RIGHT, SORT_KEEP, "KEEP");
	pen_put(&pen, columns->loss, TEXT_LEFT, ROLE_HEADER, " LOSS");
	if (columns->models > 0)
		pen_put(&pen, 1, TEXT_LEFT, ROLE_HEADER, columns->first > 0 ? "<" : "");
	put_models(layers, &pen, columns);
	pen_put(&pen, columns->weight, TEXT_LEFT, ROLE_HEADER, more ? ">WT" : " WT");
	pen_put(&pen, 1, TEXT_LEFT, ROLE_HEADER, columns->weight == 0 && more ? ">" : "");
	put_heading(layers, &pen, FLAGS_WIDTH - 1, TEXT_LEFT, SORT_STATE, "FLAGS");
	pen_put(&pen, canvas->width - pen.x, TEXT_LEFT, ROLE_HEADER, "");
}

/* ---- a line ---- */

static const enum role state_roles[] = {
		[LADLE_PENDING] = ROLE_FAINT,
		[LADLE_ALIKE] = ROLE_NORMAL,
		[LADLE_DRIFT] = ROLE_DRIFT,
		[LADLE_DIFFER] = ROLE_DIFFER,
};

/* What a line shows of its row, or of the row that stands for its layer. */
struct shown {
	const struct line *line;
	uint32_t row; /* LADLE_NONE: none */
	struct ladle_judgement judgement;
	const struct ladle_figures *figures; /* NULL: pending */
	const double *weights;
	struct ladle_weights source;
};

static struct shown
gather(const struct layers *layers, const struct line *line)
{
	const struct outline *outline = &layers->outline;
	const struct ladle_judgement *judgements = session_judgements(outline->session);
	struct shown shown = {.line = line, .row = layers_row(layers, line)};

	shown.judgement.keep = shown.judgement.floor = NAN;
	if (shown.row == LADLE_NONE)
		return shown;
	shown.figures = ladle_figures(session_measurement(outline->session), shown.row);
	shown.weights = screen_row_weights(layers->view.screen, shown.row, &shown.source);
	if (line->kind == LINE_LAYER)
		shown.judgement = outline->summary[line->index].judgement;
	else if (judgements != NULL)
		shown.judgement = judgements[line->index];
	return shown;
}

static void
draw_mark(const struct layers *layers, struct pen *pen, const struct line *line, bool is_cursor)
{
	const struct glyphs *glyphs = pen->canvas->glyphs;
	int at = (int)(line - layers->outline.lines), from = layers->range,
	    to = layers->view.cursor;
	bool in_range = from >= 0 && at >= (from < to ? from : to) && at <= (from < to ? to : from);

	if (line->kind == LINE_LAYER && line->index == layers->marked)
		pen_put(pen, MARK_WIDTH, TEXT_LEFT, ROLE_TAG, "=");
	else if (outline_tagged(&layers->outline, line))
		pen_put(pen, MARK_WIDTH, TEXT_LEFT, ROLE_TAG, glyphs->tag);
	else if (in_range)
		pen_put(pen, MARK_WIDTH, TEXT_LEFT, ROLE_TAG, "+");
	else
		pen_put(pen, MARK_WIDTH, TEXT_LEFT, ROLE_KEY, is_cursor ? glyphs->cursor : "");
}

/* The first checkpoint that calls the layer otherwise: "=B:dense_2". */
static void
append_other_names(
		const struct layers *layers, struct buf *buf, const struct ladle_layer_row *layer)
{
	const struct ladle_table *table = layers->outline.table;

	for (uint32_t k = 0; k < table->checkpoint_count; k++) {
		const struct ladle_layer *own;

		if (layer->index[k] == LADLE_NONE)
			continue;
		own = &table->checkpoints[k]->layers[layer->index[k]];
		if (strcmp(own->name, layer->name) != 0) {
			buf_format(buf, "  =%s:%s", session_column(layers->outline.session, k)->id,
					own->name);
			return;
		}
	}
}

static void
draw_name(const struct layers *layers, struct pen *pen, const struct line *line, int width)
{
	const struct outline *outline = &layers->outline;
	const struct glyphs *glyphs = pen->canvas->glyphs;
	int indent = line->depth * 2 < width - 8 ? line->depth * 2 : width - 8;
	bool found = layers->find.active && outline_matches(outline, line, &layers->find);
	enum role role = found ? ROLE_FOUND : line->kind == LINE_LAYER ? ROLE_LAYER : ROLE_NORMAL;
	struct buf name;

	buf_init(&name);
	pen_put(pen, indent, TEXT_LEFT, ROLE_NORMAL, "");
	if (line->kind == LINE_LAYER) {
		const struct ladle_layer_row *layer = &outline->table->layers[line->index];

		pen_put(pen, 2, TEXT_LEFT, ROLE_NORMAL,
				outline_is_open(outline, line->index) ? glyphs->opened
								      : glyphs->closed);
		buf_text(&name, layer->name);
		append_other_names(layers, &name, layer);
	} else {
		pen_put(pen, 2, TEXT_LEFT, ROLE_NORMAL, "");
		buf_text(&name, outline->table->rows[line->index].tensor);
	}
	pen_put(pen, width - indent - 2, TEXT_LEFT, role, buf_string(&name));
	buf_done(&name);
}

static void
draw_shape(const struct layers *layers, struct pen *pen, const struct line *line, int width)
{
	struct buf text;
	uint32_t rows;

	if (width == 0)
		return;
	buf_init(&text);
	if (line->kind == LINE_ROW) {
		format_shape(&text, &layers->outline.table->rows[line->index]);
	} else {
		rows = layers->outline.summary[line->index].rows;
		buf_format(&text, "%u %s", rows, rows == 1 ? "tensor" : "tensors");
	}
	pen_put(pen, 1, TEXT_LEFT, ROLE_NORMAL, "");
	pen_put(pen, width - 1, TEXT_RIGHT, ROLE_NORMAL, buf_string(&text));
	buf_done(&text);
}

static bool
is_pending(const struct shown *shown)
{
	return shown->row != LADLE_NONE && shown->figures == NULL &&
	       shown->judgement.state == LADLE_PENDING;
}

/* A row that differs by its shape has no KEEP: its dash is not shouted. */
static void
draw_keep(struct pen *pen, const struct shown *shown)
{
	enum role role = state_roles[shown->judgement.state];
	char text[8];

	if (isnan(shown->judgement.keep)) {
		pen_put(pen, KEEP_WIDTH, TEXT_RIGHT, role == ROLE_DIFFER ? ROLE_NORMAL : role,
				is_pending(shown) ? ".." : "-");
		return;
	}
	format_percent(text, shown->judgement.keep);
	pen_put(pen, 1, TEXT_LEFT, ROLE_NORMAL, "");
	pen_put(pen, KEEP_WIDTH - 1, TEXT_RIGHT, role, text + 1);
}

/* What stands where no bar is drawn, or NULL. */
static const char *
bar_word(const struct layers *layers, const struct shown *shown)
{
	if (shown->row == LADLE_NONE)
		return "";
	if (shown->source.source == LADLE_W_SKIPPED)
		return "skipped";
	if (shown->source.source == LADLE_W_COPIED)
		return "copied";
	if (isnan(shown->judgement.keep))
		return is_pending(shown) ? ".." : "-";
	return layers->outline.table->rows[shown->row].is_kernel ? NULL : "  1-D";
}

/* (1 - KEEP) / (1 - floor): a full bar keeps no more than unrelated tensors would. */
static void
draw_loss(const struct layers *layers, struct pen *pen, const struct shown *shown, int width)
{
	const char *word = bar_word(layers, shown);
	double range = 1 - shown->judgement.floor;

	if (width == 0)
		return;
	pen_put(pen, 1, TEXT_LEFT, ROLE_NORMAL, "");
	if (word != NULL)
		pen_put(pen, width - 1, TEXT_LEFT, ROLE_FAINT, word);
	else
		pen->x = canvas_bar(pen->canvas, pen->y, pen->x, width - 1,
				range > 0 ? (1 - shown->judgement.keep) / range : 0, ROLE_LOSS,
				false);
}

/* The cosine of one model with the mix: an outlier shows before any detail is opened. */
static void
draw_cosine(const struct layers *layers, struct pen *pen, const struct shown *shown, uint32_t k,
		int width)
{
	char text[8] = "   -";

	if (shown->row == LADLE_NONE ||
			ladle_row_tensor(layers->outline.table, shown->row, k) == NULL ||
			!layers->outline.table->rows[shown->row].averaged) {
		pen_put(pen, width, TEXT_RIGHT, ROLE_FAINT, text);
		return;
	}
	if (shown->figures == NULL || shown->weights == NULL) {
		pen_put(pen, width, TEXT_RIGHT, ROLE_FAINT, "..");
		return;
	}
	double cosine = ladle_cosine_mix(shown->figures, shown->weights, k);
	if (!isnan(cosine))
		format_cosine(text, cosine);
	pen_put(pen, width, TEXT_RIGHT, cosine < 0.9 ? ROLE_DRIFT : ROLE_NORMAL, text);
}

static void
draw_source(struct pen *pen, const struct shown *shown, int width)
{
	static const char *const words[] = {
			[LADLE_W_FADERS] = " mix",
			[LADLE_W_RULE] = " own",
			[LADLE_W_SKIPPED] = " skip",
			[LADLE_W_COPIED] = " copy",
	};
	bool own = shown->source.source == LADLE_W_RULE || shown->source.source == LADLE_W_SKIPPED;

	pen_put(pen, width, TEXT_LEFT, own ? ROLE_KEY : ROLE_NORMAL,
			shown->row == LADLE_NONE ? "" : words[shown->source.source]);
}

static void
draw_note(const struct layers *layers, struct pen *pen, const struct line *line)
{
	const struct note *note = &layers->outline.notes[line->index];
	enum role role = note->is_error ? ROLE_ERROR : ROLE_NORMAL;

	pen_put(pen, 2, TEXT_LEFT, role, note->is_error ? "!" : "");
	pen->x = canvas_print(pen->canvas, pen->y, pen->x, 8, ROLE_KEY, "%s", note->id);
	pen_put(pen, 1, TEXT_LEFT, ROLE_NORMAL, "");
	pen_put(pen, pen->canvas->width - pen->x, TEXT_LEFT, role, note->text);
}

/* A small p: units of the row were out of order, and are shown in order. */
static void
mark_flags(const struct layers *layers, char flags[16], const struct shown *shown)
{
	size_t length;

	format_flags(flags, shown->judgement.flags);
	if (shown->row == LADLE_NONE ||
			!session_is_row_reordered(layers->outline.session, shown->row))
		return;
	length = shown->judgement.flags == 0 ? 0 : strlen(flags);
	length = length > 14 ? 14 : length;
	memmove(flags + 1, flags, length);
	flags[0] = 'p';
	flags[length + 1] = '\0';
}

static void
draw_line(const struct layers *layers, struct pen *pen, const struct line *line,
		const struct columns *columns)
{
	struct shown shown = gather(layers, line);
	char flags[16];

	draw_name(layers, pen, line, columns->name);
	draw_shape(layers, pen, line, columns->shape);
	draw_keep(pen, &shown);
	draw_loss(layers, pen, &shown, columns->loss);
	if (columns->models > 0)
		pen_put(pen, 1, TEXT_LEFT, ROLE_NORMAL, "");
	for (uint32_t k = columns->first; k < columns->first + columns->models; k++)
		draw_cosine(layers, pen, &shown, k, columns->cosine);
	draw_source(pen, &shown, columns->weight);
	mark_flags(layers, flags, &shown);
	pen_put(pen, 1, TEXT_LEFT, ROLE_NORMAL, "");
	pen_put(pen, FLAGS_WIDTH - 1, TEXT_LEFT, flags[0] == '-' ? ROLE_NORMAL : ROLE_KEY, flags);
}

/* ---- below the lines ---- */

static void
append_status(const struct layers *layers, struct buf *buf)
{
	const struct outline *outline = &layers->outline;

	buf_format(buf, "%u/%u layers   sort: ", outline->shown_layers, outline->layer_count);
	layers_append_order(layers, buf);
	buf_format(buf, "   filter: %s", outline->filter.active ? outline->filter.text : "none");
	for (uint32_t i = 0; i < session_lineup_count(outline->session); i++) {
		buf_text(buf, "   ");
		session_lineup_text(outline->session, i, buf);
	}
	if (outline->tag_count > 0)
		buf_format(buf, "   %u tagged", outline->tag_count);
	if (layers->marked != LADLE_NONE)
		buf_format(buf, "   to pair: %s", outline->path[layers->marked]);
	if (layers->find.active && layers->match > 0)
		buf_format(buf, "   %u/%u matches", layers->match, layers->matches);
	else if (layers->find.active)
		buf_format(buf, "   %u matches", layers->matches);
}

static void
append_reason(const struct layers *layers, struct buf *buf)
{
	const struct line *line = layers_line(layers);
	bool ascii = screen_ascii(layers->view.screen);

	if (line == NULL)
		return;
	if (line->kind == LINE_NOTE)
		buf_text(buf, layers->outline.notes[line->index].text);
	else if (layers_row(layers, line) != LADLE_NONE)
		format_reason(buf, layers->outline.session, layers_row(layers, line), ascii, true);
}

static void
draw_foot(const struct layers *layers, struct canvas *canvas)
{
	const struct area *all = &layers->view.area;
	int y = layers->view.list.y + layers->view.list.height, end = all->y + all->height;
	struct buf text;

	buf_init(&text);
	append_status(layers, &text);
	canvas_say(canvas, y, 1, canvas->width - 1, ROLE_FAINT, buf_string(&text));
	buf_clear(&text);
	append_reason(layers, &text);
	canvas_wrap(canvas, (struct area){y + 1, 1, end - y - 1, canvas->width - 1}, ROLE_NORMAL,
			buf_string(&text));
	buf_done(&text);
}

void
layers_draw(const struct view *view, struct canvas *canvas)
{
	const struct layers *layers = (const struct layers *)view;
	struct columns columns = lay_out(layers, canvas->width);

	draw_header(layers, canvas, &columns);
	for (int i = 0; i < view->list.height && (uint32_t)(view->top + i) < layers->outline.count;
			i++) {
		const struct line *line = &layers->outline.lines[view->top + i];
		struct pen pen = {canvas, view->list.y + i, 0};
		bool is_cursor = view->top + i == view->cursor;

		draw_mark(layers, &pen, line, is_cursor);
		if (line->kind == LINE_NOTE)
			draw_note(layers, &pen, line);
		else
			draw_line(layers, &pen, line, &columns);
		if (is_cursor && view->focused)
			canvas_select(canvas, view->list.y + i, 0, canvas->width);
	}
	draw_foot(layers, canvas);
}
