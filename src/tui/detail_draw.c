/* The upper part of the detail view: how the values of each model lie, figures, cosines. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "app/format.h"
#include "app/session.h"
#include "base/buf.h"
#include "tui/glyphs.h"
#include "tui/plot.h"
#include "tui/screen.h"
#include "tui/view_detail.h"

/* ---- what is shown ---- */

static bool
is_problem(const struct ladle_judgement *judgement)
{
	return judgement->state == LADLE_DRIFT || judgement->state == LADLE_DIFFER;
}

static struct shown
look_at(const struct detail *detail)
{
	struct session *session = detail->view.screen->session;
	const struct ladle_judgement *judgements = session_judgements(session);
	uint32_t row = detail->row;
	struct shown shown = {
			.detail = detail,
			.session = session,
			.table = session_table(session),
			.index = row,
	};

	shown.row = &shown.table->rows[row];
	shown.models = shown.table->checkpoint_count;
	shown.figures = ladle_figures(session_measurement(session), row);
	shown.stored = session_stored_figures(session, row);
	shown.matched = session_is_row_reordered(session, row)
					? shown.figures
					: session_matched_figures(session, row);
	shown.weights = screen_row_weights(detail->view.screen, row, &shown.source);
	shown.judgement = judgements == NULL ? (struct ladle_judgement){.keep = NAN, .floor = NAN}
					     : judgements[row];
	shown.histogram = session_histogram(session, row, &shown.mixed, &shown.why);
	return shown;
}

static void
draw_header(const struct shown *shown, struct canvas *canvas, const struct area *area)
{
	double matched = session_matched_keep(shown->session, shown->index);
	char keep[8], after[8];
	struct buf right, what;
	int width;

	buf_init(&right);
	buf_init(&what);
	format_percent(keep, shown->judgement.keep);
	format_percent(after, matched);
	if (!shown->row->averaged)
		buf_text(&right, "not averaged");
	else if (isnan(shown->judgement.keep))
		buf_text(&right, shown->figures == NULL ? "KEEP .." : "KEEP -");
	else
		buf_format(&right, "KEEP %s%%", keep + strspn(keep, " "));
	if (!isnan(matched))
		buf_format(&right, "  if matched %s%%", after + strspn(after, " "));
	format_shape(&what, shown->row);
	buf_format(&what, " %s  %llu %s", ladle_dtype_name(shown->row->dtype),
			(unsigned long long)shown->row->count,
			shown->row->count == 1 ? "value" : "values");
	width = area->x + area->width - text_width(buf_string(&right)) - 1;
	int x = canvas_say(canvas, area->y, area->x, width - area->x - 1, ROLE_LAYER,
			shown->row->label);
	canvas_say(canvas, area->y, x + 2, width - x - 3, ROLE_NORMAL, buf_string(&what));
	canvas_say(canvas, area->y, width, area->x + area->width - width,
			is_problem(&shown->judgement) ? ROLE_DRIFT : ROLE_NORMAL,
			buf_string(&right));
	buf_done(&what);
	buf_done(&right);
}

/* ---- ridges ---- */

/* Counts of a column in `bins` wider bins, into log heights from 0 to 1: of the fullest of all. */
static void
log_heights(const struct ladle_histogram *histogram, uint32_t column, int bins, double *heights)
{
	uint32_t each = histogram->bins / (uint32_t)bins;
	uint64_t most = 1;

	for (uint32_t k = 0; k <= histogram->k; k++)
		for (int i = 0; i < bins; i++) {
			uint64_t sum = 0;

			for (uint32_t j = 0; j < each; j++)
				sum += histogram->counts[(size_t)k * histogram->bins +
							 (size_t)i * each + j];
			most = sum > most ? sum : most;
			if (k == column)
				heights[i] = (double)sum;
		}
	for (int i = 0; i < bins; i++)
		heights[i] = log1p(heights[i]) / log1p((double)most);
}

static void
draw_ascii_ridge(struct canvas *canvas, int y, int x, const double *heights, int width)
{
	static const char ramp[] = " _.:-=+*#%@";

	for (int i = 0; i < width; i++) {
		int step = (int)ceil(heights[i] * (double)(sizeof(ramp) - 2));
		const char glyph[] = {ramp[step], '\0'};

		canvas_repeat(canvas, y, x + i, 1, ROLE_FADER, glyph);
	}
}

static void
draw_ridge(const struct shown *shown, const struct detail_layout *layout, struct canvas *canvas,
		int y, int x, uint32_t column)
{
	double heights[SESSION_BINS];
	int bins = plot_across(canvas, layout->ridge);

	if (layout->ridge == 0)
		return;
	if (shown->histogram == NULL || (column == shown->models && !shown->mixed)) {
		canvas_say(canvas, y, x, layout->ridge, ROLE_FAINT, "..");
		return;
	}
	log_heights(shown->histogram, column, bins, heights);
	if (canvas->glyphs->ascii)
		draw_ascii_ridge(canvas, y, x, heights, bins);
	else
		plot_ridge(canvas, (struct area){y, x, 1, layout->ridge}, heights, bins,
				ROLE_FADER);
}

/* 1, 2 or 5 times a power of ten: no closer than `least`. */
static double
round_step(double least)
{
	double step = pow(10, floor(log10(least)));

	return step >= least       ? step
	       : 2 * step >= least ? 2 * step
	       : 5 * step >= least ? 5 * step
				   : 10 * step;
}

enum { TICK = 8 }; /* columns from a label to the next, at least */

/* Labels of round numbers where they are; each is centred below its place. */
static void
draw_axis(const struct shown *shown, struct canvas *canvas, int y, int x, int width)
{
	const struct ladle_histogram *histogram = shown->histogram;
	int end = x;

	if (histogram == NULL || width == 0)
		return;
	double range = histogram->high - histogram->low;
	double step = round_step(range * TICK / width);
	if (!isfinite(step) || step <= 0)
		return;
	for (double i = ceil(histogram->low / step); i * step <= histogram->high; i++) {
		char text[32];
		int length, at;

		snprintf(text, sizeof(text), "%.4g", i == 0 ? 0 : i * step);
		length = (int)strlen(text);
		at = x + (int)((i * step - histogram->low) / range * width) - length / 2;
		at = at + length > x + width ? x + width - length : at < x ? x : at;
		if (at < end)
			continue;
		end = canvas_say(canvas, y, at, length, ROLE_FAINT, text) + 1;
	}
}

/* ---- figures ---- */

static int
put_number(struct canvas *canvas, int y, int x, int width, const char *format, double number)
{
	char text[32] = "-";

	if (!isnan(number))
		snprintf(text, sizeof(text), format, number);
	return canvas_put(canvas, y, x, width, TEXT_RIGHT, isnan(number) ? ROLE_FAINT : ROLE_NORMAL,
			text);
}

static int
put_cosine(struct canvas *canvas, int y, int x, int width, double cosine)
{
	char text[8] = "-";

	if (!isnan(cosine))
		format_cosine(text, cosine);
	return canvas_put(canvas, y, x, width, TEXT_RIGHT,
			isnan(cosine)  ? ROLE_FAINT
			: cosine < 0.9 ? ROLE_DRIFT
				       : ROLE_NORMAL,
			text);
}

static bool
has_row(const struct shown *shown, uint32_t k)
{
	return ladle_row_tensor(shown->table, shown->index, k) != NULL;
}

/* |sum w t| is KEEP of what the weights would give if all models pointed one way. */
static double
mix_norm(const struct shown *shown)
{
	double sum = 0;

	if (shown->figures == NULL || shown->weights == NULL || !shown->row->averaged)
		return NAN;
	for (uint32_t k = 0; k < shown->models; k++)
		if (shown->weights[k] != 0)
			sum += fabs(shown->weights[k]) * ladle_norm(shown->figures, k);
	return shown->judgement.keep * sum / fabs(shown->source.sum);
}

static const struct ladle_spread *
spread_of(const struct shown *shown, uint32_t column)
{
	if (shown->histogram == NULL || (column == shown->models && !shown->mixed))
		return NULL;
	return &shown->histogram->spreads[column];
}

static double
norm_of(const struct shown *shown, uint32_t column)
{
	if (column == shown->models)
		return mix_norm(shown);
	return shown->figures == NULL ? NAN : ladle_norm(shown->figures, column);
}

static double
mix_cosine(const struct shown *shown, uint32_t column)
{
	if (column == shown->models || shown->figures == NULL || shown->weights == NULL ||
			!shown->row->averaged)
		return NAN;
	return ladle_cosine_mix(shown->figures, shown->weights, column);
}

/* In the order in which a wider screen has them. */
static const char *const extra_names[] = {"cos mix", "share", "mean", "min", "max"};

static int
put_extra(const struct shown *shown, struct canvas *canvas, int y, int x, int which, uint32_t k)
{
	const struct ladle_spread *spread = spread_of(shown, k);
	double weight = k == shown->models || shown->weights == NULL
					? NAN
					: 100 * shown->weights[k] / shown->source.sum;

	if (which == 0)
		return put_cosine(canvas, y, x, DETAIL_EXTRA, mix_cosine(shown, k));
	if (which == 1)
		return put_number(canvas, y, x, DETAIL_EXTRA, "%.1f%%", weight);
	return put_number(canvas, y, x, DETAIL_EXTRA, "%.3g",
			spread == NULL ? NAN
			: which == 2   ? spread->mean
			: which == 3   ? spread->min
				       : spread->max);
}

static void
draw_model(const struct shown *shown, const struct detail_layout *layout, struct canvas *canvas,
		int y, uint32_t k)
{
	const struct ladle_spread *spread = spread_of(shown, k);
	bool chosen = k == shown->detail->model;
	int x = layout->models.x - 1;

	x = canvas_put(canvas, y, x, DETAIL_MARK, TEXT_LEFT, ROLE_KEY,
			chosen ? canvas->glyphs->cursor : "");
	x = canvas_put(canvas, y, x, layout->name, TEXT_LEFT, ROLE_KEY,
			k == shown->models ? "mix" : session_column(shown->session, k)->id);
	if (chosen) {
		canvas->cursor_y = shown->detail->view.focused ? y : canvas->cursor_y;
		canvas_select(canvas, y, layout->models.x - 1, DETAIL_MARK + layout->name);
	}
	if (k < shown->models && !has_row(shown, k)) {
		canvas_say(canvas, y, x + 1, layout->ridge + 2 * DETAIL_NUMBER, ROLE_FAINT,
				"lacks the tensor");
		return;
	}
	draw_ridge(shown, layout, canvas, y, x + 1, k);
	x += 1 + layout->ridge;
	x = put_number(canvas, y, x, DETAIL_NUMBER, "%.4g", spread == NULL ? NAN : spread->sd);
	x = put_number(canvas, y, x, DETAIL_NUMBER, "%.4g", norm_of(shown, k));
	for (int i = 0; i < layout->extra; i++)
		x = put_extra(shown, canvas, y, x, i, k);
}

static void
draw_heading(const struct detail_layout *layout, struct canvas *canvas)
{
	int y = layout->heading.y, x = layout->heading.x, ridge = layout->name + 1 + layout->ridge;

	x = canvas_put(canvas, y, x, ridge, TEXT_LEFT, ROLE_HEADER,
			ridge >= 36 ? "DISTRIBUTION  one x-axis, log y" : "DISTRIBUTION log y");
	x = canvas_put(canvas, y, x, DETAIL_NUMBER, TEXT_RIGHT, ROLE_HEADER, "sd");
	x = canvas_put(canvas, y, x, DETAIL_NUMBER, TEXT_RIGHT, ROLE_HEADER, "norm");
	for (int i = 0; i < layout->extra; i++)
		x = canvas_put(canvas, y, x, DETAIL_EXTRA, TEXT_RIGHT, ROLE_HEADER, extra_names[i]);
}

/* The sd of the average beside the mean of those that it is made of. */
static void
draw_shrink(const struct shown *shown, const struct detail_layout *layout, struct canvas *canvas)
{
	const struct ladle_spread *mix = spread_of(shown, shown->models);
	double sum = 0, weights = 0;

	if (mix == NULL || shown->weights == NULL)
		return;
	for (uint32_t k = 0; k < shown->models; k++)
		if (shown->weights[k] != 0 && mix->finite > 0) {
			sum += fabs(shown->weights[k]) * shown->histogram->spreads[k].sd;
			weights += fabs(shown->weights[k]);
		}
	double change = 100 * (mix->sd * weights / sum - 1);
	if (!isfinite(change))
		return;
	int x = layout->axis.x + layout->name + 1 + layout->ridge;
	if (fabs(change) < .05)
		canvas_say(canvas, layout->axis.y, x + 1, 2 * DETAIL_NUMBER - 1, ROLE_FAINT,
				"sd the same");
	else
		canvas_print(canvas, layout->axis.y, x + 1, 2 * DETAIL_NUMBER - 1,
				change < -5 ? ROLE_DRIFT : ROLE_FAINT, "sd %s %.1f%%",
				change < 0 ? "shrinks" : "grows", fabs(change));
}

/* ---- cosines ---- */

static double
square_cosine(const struct shown *shown, uint32_t i, uint32_t j)
{
	const struct ladle_figures *figures =
			j > i && shown->matched != NULL ? shown->matched : shown->stored;

	return figures == NULL ? NAN : ladle_cosine(figures, i, j);
}

static void
draw_square_row(const struct shown *shown, const struct detail_layout *layout,
		struct canvas *canvas, int y, uint32_t i)
{
	const struct area *square = &layout->square;
	int x = canvas_put(canvas, y, square->x, layout->name, TEXT_LEFT, ROLE_KEY,
			session_column(shown->session, i)->id);
	int end = square->x + square->width;

	for (uint32_t j = layout->first; j < shown->models && x + DETAIL_COSINE <= end; j++)
		x = put_cosine(canvas, y, x, DETAIL_COSINE, square_cosine(shown, i, j));
}

static void
draw_square(const struct shown *shown, const struct detail_layout *layout, struct canvas *canvas)
{
	const struct area *square = &layout->square;
	int end = square->x + square->width, x = square->x;
	int y = layout->beside ? layout->heading.y : square->y;
	bool both = shown->matched != NULL;

	if (square->height == 0 || layout->heading.height == 0)
		return;
	x = canvas_put(canvas, y, x, layout->name, TEXT_LEFT, ROLE_HEADER, "COS");
	for (uint32_t j = layout->first; j < shown->models && x + DETAIL_COSINE <= end; j++)
		x = canvas_put(canvas, y, x, DETAIL_COSINE, TEXT_RIGHT, ROLE_HEADER,
				session_column(shown->session, j)->id);
	if (!layout->beside)
		canvas_say(canvas, y, x + 2, end - x - 2, ROLE_FAINT,
				both ? "below: stored, above: matched" : "as stored");
	int first = layout->beside ? square->y : square->y + 1;
	int rows = layout->beside ? square->height : square->height - 1;
	for (int i = 0; i < rows && layout->first + (uint32_t)i < shown->models; i++)
		draw_square_row(shown, layout, canvas, first + i, layout->first + (uint32_t)i);
	if (!layout->beside)
		return;
	canvas_say(canvas, layout->mix.y, square->x, square->width, ROLE_FAINT,
			both ? "below: as stored" : "as stored");
	if (both && layout->axis.height > 0)
		canvas_say(canvas, layout->axis.y, square->x, square->width, ROLE_FAINT,
				"above: matched");
}

/* ---- counts ---- */

static void
append_share(struct buf *buf, const char *what, uint64_t count, uint64_t all)
{
	if (count > 0)
		buf_format(buf, " %s %llu (%.2g%%)", what, (unsigned long long)count,
				100. * (double)count / (double)all);
}

/* "NaN 0  Inf 0  zeros A 0%  B 0%": what is not finite by model, where there is any. */
static void
draw_counts(const struct shown *shown, struct canvas *canvas, const struct area *area)
{
	uint64_t all = shown->row->count, bad = 0;
	struct buf text;

	if (shown->histogram == NULL) {
		canvas_say(canvas, area->y, area->x, area->width,
				shown->why[0] == '\0' ? ROLE_FAINT : ROLE_ERROR,
				shown->why[0] == '\0' ? "reading the values .." : shown->why);
		return;
	}
	buf_init(&text);
	for (uint32_t k = 0; k < shown->models; k++) {
		const struct ladle_spread *of = &shown->histogram->spreads[k];
		uint64_t here = of->nan + of->plus_inf + of->minus_inf;

		bad += here;
		if (here > 0)
			buf_format(&text, "%s%s:", text.length > 0 ? "  " : "",
					session_column(shown->session, k)->id);
		append_share(&text, "NaN", of->nan, all);
		append_share(&text, "+Inf", of->plus_inf, all);
		append_share(&text, "-Inf", of->minus_inf, all);
	}
	if (bad == 0)
		buf_text(&text, "NaN 0  Inf 0");
	buf_text(&text, "  zeros");
	for (uint32_t k = 0; k < shown->models; k++)
		if (has_row(shown, k))
			buf_format(&text, " %s %.3g%%", session_column(shown->session, k)->id,
				all == 0 ? 0
					 : 100. * (double)shown->histogram->spreads[k].zeros /
								(double)all);
	canvas_say(canvas, area->y, area->x, area->width, bad > 0 ? ROLE_ERROR : ROLE_NORMAL,
			buf_string(&text));
	buf_done(&text);
}

/* ---- all of it ---- */

static void
draw_more(const struct shown *shown, const struct detail_layout *layout, struct canvas *canvas)
{
	uint32_t end = layout->first + (uint32_t)layout->models.height;
	uint32_t below = end < shown->models ? shown->models - end : 0;

	if (below + layout->first > 0 && layout->heading.height > 0)
		canvas_print(canvas, layout->heading.y, layout->heading.x + 13,
				layout->name + layout->ridge - 13, ROLE_KEY, "%u more: < >",
				below + layout->first);
}

void
detail_draw(const struct view *view, struct canvas *canvas)
{
	const struct detail *detail = (const struct detail *)view;

	if (detail->row == LADLE_NONE) {
		canvas_say(canvas, view->area.y, view->area.x + 1, view->area.width - 1,
				ROLE_NORMAL, "there is no tensor to look at; Esc leads back");
		return;
	}
	struct shown shown = look_at(detail);
	struct detail_layout layout = detail_lay_out(detail);
	draw_header(&shown, canvas, &layout.header);
	if (layout.heading.height > 0)
		draw_heading(&layout, canvas);
	for (int i = 0; i < layout.models.height; i++)
		if (layout.first + (uint32_t)i < shown.models)
			draw_model(&shown, &layout, canvas, layout.models.y + i,
					layout.first + (uint32_t)i);
	draw_model(&shown, &layout, canvas, layout.mix.y, shown.models);
	draw_more(&shown, &layout, canvas);
	if (layout.axis.height > 0) {
		draw_axis(&shown, canvas, layout.axis.y, layout.axis.x + layout.name + 1,
				layout.ridge);
		draw_shrink(&shown, &layout, canvas);
	}
	draw_square(&shown, &layout, canvas);
	if (layout.counts.height > 0)
		draw_counts(&shown, canvas, &layout.counts);
	detail_draw_map(&shown, &layout, canvas);
}
