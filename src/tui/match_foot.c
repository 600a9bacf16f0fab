/* Below the lines of the match view: maps of the units of the line under the cursor, what the match
 * is worth, and in words what to know of it. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/format.h"
#include "app/session.h"
#include "base/buf.h"
#include "tui/heat.h"
#include "tui/screen.h"
#include "tui/view_match.h"

enum {
	WORDS = 2,       /* rows for the sentence */
	WORDS_ALONE = 4, /* the same without a map */
	MAP_LEAST = 7,   /* rows of a map with its title */
	MAP_MOST = 33,
	TITLE_WIDE = 30,
	LOW_FOOT = 2, /* figures in one row, the sentence in the other */
	QUALITY = 26, /* columns of the figures beside the maps */
	HEAD = 2
};

/* What the lines leave, but no fewer than a map needs. */
int
match_foot_rows(const struct view *view, int height)
{
	int rows = height - HEAD - view->ops->lines(view);

	if (height < LOW_AREA)
		return LOW_FOOT;
	if (rows < MAP_LEAST + WORDS)
		rows = MAP_LEAST + WORDS;
	return rows > MAP_MOST + WORDS ? MAP_MOST + WORDS : rows;
}

static struct session *
session_of(const struct match *match)
{
	return match->view.screen->session;
}

static const char *
id_of(const struct match *match, uint32_t column)
{
	return session_column(session_of(match), column)->id;
}

/* ---- figures ---- */

struct quality {
	double least, median, gap; /* of own cosines, and of own minus second */
	uint32_t weak;
};

static int
compare_floats(const void *left, const void *right)
{
	float a = *(const float *)left, b = *(const float *)right;

	return a < b ? -1 : a > b;
}

static double
median_of(const struct session_units *units)
{
	float *sorted = malloc((units->units + 1) * sizeof(*sorted));
	uint32_t half = units->units / 2;

	if (sorted == NULL || units->units == 0) {
		free(sorted);
		return NAN;
	}
	memcpy(sorted, units->own, units->units * sizeof(*sorted));
	qsort(sorted, units->units, sizeof(*sorted), compare_floats);
	double median = sorted[half];
	if (units->units % 2 == 0)
		median = (median + (double)sorted[half - 1]) / 2;
	free(sorted);
	return median;
}

static struct quality
quality_of(const struct session_units *units)
{
	struct quality quality = {.least = INFINITY, .gap = INFINITY};

	for (uint32_t i = 0; i < units->units; i++) {
		double own = units->own[i];

		quality.least = fmin(quality.least, own);
		quality.gap = fmin(quality.gap, own - (double)units->second[i]);
		quality.weak += own < MATCH_WEAK;
	}
	quality.median = median_of(units);
	return quality;
}

static const char *
cosine_text(char text[8], double cosine)
{
	format_cosine(text, cosine);
	return text + strspn(text, " ");
}

static double
stored_keep(const struct match *match, uint32_t row)
{
	const struct ladle_figures *figures = session_stored_figures(session_of(match), row);
	struct ladle_weights from;
	const double *w = screen_row_weights(match->view.screen, row, &from);

	return figures == NULL || w == NULL ? NAN : ladle_keep(figures, w);
}

/* "KEEP 78.9 -> 98.6" of the row, under the present mix. */
static void
append_keep(const struct match *match, struct buf *buf, uint32_t row)
{
	const struct ladle_judgement *judgements = session_judgements(session_of(match));
	double now = judgements == NULL ? NAN : judgements[row].keep;
	bool lined_up = match_is_lined_up(match);
	double before = lined_up ? stored_keep(match, row) : now;
	double after = lined_up ? now : session_matched_keep(session_of(match), row);
	char from[8], to[8];

	if (isnan(before) || isnan(after))
		return;
	format_percent(from, before);
	format_percent(to, after);
	buf_format(buf, "KEEP %s -> %s", from + strspn(from, " "), to + strspn(to, " "));
}

/* What the match is worth, in the order of what matters where there is little room. */
enum part { PART_KEEP, PART_LEAST, PART_WEAK, PART_GAP, PART_NULL, PARTS };

/* "" where that is not known. */
static void
append_part(const struct match *match, struct buf *buf, enum part part, uint32_t row)
{
	const struct ladle_match *of = match_of(match, match_line(match));
	const struct session_units *units = match->matched;
	struct quality quality;
	char a[8], b[8];

	if (part == PART_KEEP)
		append_keep(match, buf, row);
	else if (part == PART_NULL && of != NULL && of->exact)
		buf_text(buf, of->scale != NULL ? "rescaled copy, to rounding"
						: "exact copy, bit for bit");
	else if (part == PART_NULL && of != NULL && !isnan(of->cosine_null))
		buf_format(buf, "matched %s  null %s", cosine_text(a, of->cosine_matched),
				cosine_text(b, of->cosine_null));
	if (units == NULL || units->units == 0 || part == PART_KEEP || part == PART_NULL)
		return;
	quality = quality_of(units);
	if (part == PART_LEAST)
		buf_format(buf, "min %s  median %s", cosine_text(a, quality.least),
				cosine_text(b, quality.median));
	else if (part == PART_WEAK)
		buf_format(buf, "weak units (<.80): %u", quality.weak);
	else if (units->units > 1)
		buf_format(buf, "second best gap %s", cosine_text(a, quality.gap));
}

/* ---- maps ---- */

static int
draw_map(const struct match *match, struct canvas *canvas, struct area area,
		const struct session_units *units, const char *what)
{
	const struct match_line *line = match_line(match);
	struct area map = {area.y + 1, area.x, area.height - 1, area.width};
	struct buf title;

	buf_init(&title);
	buf_text(&title, area.width < TITLE_WIDE ? "" : "UNIT MAP  ");
	buf_text(&title, line->own ? "" : "inputs of ");
	buf_text(&title, match->list.table->layers[line->layer].name);
	buf_format(&title, ", %s", what);
	canvas_put(canvas, area.y, area.x, area.width, TEXT_LEFT, ROLE_HEADER, buf_string(&title));
	buf_done(&title);
	if (units == NULL) {
		canvas_wrap(canvas, map, ROLE_FAINT,
				match->why_not[0] == '\0' ? ".." : match->why_not);
		return area.x + area.width;
	}
	heat_draw(canvas, heat_fit(map, units->units), units->cosine, units->units);
	return area.x + area.width;
}

static void
draw_quality(const struct match *match, struct canvas *canvas, struct area area, uint32_t row)
{
	int y = area.y + 1;
	struct buf part;

	buf_init(&part);
	canvas_put(canvas, area.y, area.x, area.width, TEXT_LEFT, ROLE_HEADER, "MATCH QUALITY");
	for (int i = 0; i < PARTS && y < area.y + area.height; i++) {
		buf_clear(&part);
		append_part(match, &part, (enum part)i, row);
		if (part.length > 0)
			canvas_say(canvas, y++, area.x, area.width, ROLE_NORMAL, buf_string(&part));
	}
	if (y < area.y + area.height) {
		int x = canvas_say(canvas, y, area.x, area.width, ROLE_FAINT, "|cos| ");
		heat_legend(canvas, y, x);
	}
	buf_done(&part);
}

static void
draw_maps(const struct match *match, struct canvas *canvas, struct area area, uint32_t row)
{
	int width = (area.width - QUALITY) / 2 - 2, most = 4 * (area.height - 1);
	struct area map = {area.y, area.x, area.height, width > most ? most : width};

	map.x = draw_map(match, canvas, map, match->stored, "as stored") + 2;
	area.x = draw_map(match, canvas, map, match->matched, "matched") + 2;
	area.width = canvas->width - area.x;
	draw_quality(match, canvas, area, row);
}

static void
draw_figures(const struct match *match, struct canvas *canvas, int y, uint32_t row)
{
	struct buf line, part;

	buf_init(&line);
	buf_init(&part);
	for (int i = 0; i < PARTS; i++) {
		buf_clear(&part);
		append_part(match, &part, (enum part)i, row);
		if (part.length > 0)
			buf_format(&line, "%s%s", line.length > 0 ? "  " : "", buf_string(&part));
	}
	canvas_say(canvas, y, 1, canvas->width - 1, ROLE_NORMAL, buf_string(&line));
	buf_done(&line);
	buf_done(&part);
}

/* ---- in words ---- */

static const char *
why_ungrouped(const struct match *match, uint32_t layer)
{
	const struct ladle_groups *groups = match->list.groups;

	for (uint32_t i = 0; groups != NULL && i < groups->ungrouped_count; i++)
		if (groups->ungrouped[i].layer == layer)
			return groups->ungrouped[i].why;
	return NULL;
}

/* "B fits only after re-ordering 31 units (cos -.08 -> 1.0)", when that is known of the row. */
static bool
append_finding(const struct match *match, struct buf *buf, uint32_t row)
{
	struct ladle_finding findings[16];
	char texts[2048];
	uint32_t count = session_row_findings(session_of(match), row, findings,
			sizeof(findings) / sizeof(findings[0]), texts, sizeof(texts));

	for (uint32_t i = 0; i < count; i++)
		if (findings[i].code == LADLE_F_PERMUTED &&
				findings[i].checkpoint == match->column) {
			buf_format(buf, "%s %s", id_of(match, match->column), findings[i].text);
			return true;
		}
	return false;
}

static bool
stands_as_it_should(enum ladle_relation_kind kind)
{
	return kind == LADLE_REL_SAME_RUN || kind == LADLE_REL_IDENTICAL ||
	       kind == LADLE_REL_ROUNDED;
}

/* What both models are to each other, where the line itself needs no word. */
static void
append_relation(const struct match *match, struct buf *buf, bool may_align)
{
	const char *a = id_of(match, match->reference), *b = id_of(match, match->column);
	char sentence[1024];

	struct ladle_relation relation = session_relate(
			session_of(match), match->column, sentence, sizeof(sentence));
	buf_clear(buf);
	/* Strangers as stored: nobody looked whether units are in another order. */
	buf_text(buf, match->order == NULL && relation.kind == LADLE_REL_UNRELATED
					? "not matched: unrelated, or units in another order"
					: sentence);
	if (may_align && !stands_as_it_should(relation.kind))
		buf_format(buf, "%sa=align %s to %s", buf->length == 0 ? "" : "; ", b, a);
}

static void
append_words(const struct match *match, struct buf *buf, const struct match_line *line,
		const struct match_figures *figures)
{
	const char *a = id_of(match, match->reference), *b = id_of(match, match->column);
	const struct ladle_layer_row *layer = &match->list.table->layers[line->layer];
	uint32_t row = figures->row == LADLE_NONE ? line->row : figures->row;
	const char *why;

	buf_format(buf, "%s: ", match->list.table->rows[row].label);
	if (session_groups(session_of(match), &why) == NULL)
		buf_format(buf, "%s; :config FILE does so now", why);
	else if (figures->state == MATCH_ONLY)
		buf_format(buf, "%s; e=pair by hand",
				layer->unpaired == NULL ? "no counterpart" : layer->unpaired);
	else if (figures->state == MATCH_SHAPE)
		buf_format(buf, "shapes differ in %s and %s; e=pair by hand", a, b);
	else if (figures->state == MATCH_ALIGNED)
		buf_format(buf, "units of %s stand in the order of %s; r=as stored", b, a);
	else if (append_finding(match, buf, row))
		buf_format(buf, "; a=align %s to %s", b, a);
	else if (figures->match != NULL && figures->match->why != NULL)
		buf_format(buf, "units keep their order: %s", figures->match->why);
	else if (line->group == LADLE_NONE && why_ungrouped(match, line->layer) != NULL)
		buf_text(buf, why_ungrouped(match, line->layer));
	else if (line->group == LADLE_NONE)
		buf_text(buf, "none of its axes is free to be re-ordered");
	else if (match->order == NULL && session_busy(session_of(match)))
		buf_text(buf, "not matched yet");
	else
		append_relation(match, buf, figures->state == MATCH_CHANCE || match->order == NULL);
}

void
match_draw_foot(const struct match *match, struct canvas *canvas)
{
	const struct area *all = &match->view.area;
	const struct match_line *line = match_line(match);
	int y = match->view.list.y + match->view.list.height, end = all->y + all->height;
	const struct match_pair pair = {session_of(match), match->reference, match->column,
			match->order, match_is_lined_up(match)};
	struct buf words;

	if (line == NULL)
		return;
	struct match_figures figures = match_judge(&match->list, &pair, line);
	uint32_t row = figures.row == LADLE_NONE ? line->row : figures.row;
	bool low = all->height < LOW_AREA,
	     mapped = match->order != NULL && line->group != LADLE_NONE;
	int rows = low ? 1 : mapped ? WORDS : WORDS_ALONE;
	if (low)
		draw_figures(match, canvas, y, row);
	else if (mapped)
		draw_maps(match, canvas, (struct area){y, 1, end - rows - y, canvas->width - 1},
				row);
	buf_init(&words);
	append_words(match, &words, line, &figures);
	canvas_wrap(canvas, (struct area){end - rows, 1, rows, canvas->width - 1}, ROLE_NORMAL,
			buf_string(&words));
	buf_done(&words);
}
