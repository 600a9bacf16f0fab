#include "tui/match_lines.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/session.h"

void
match_lines_done(struct match_lines *lines)
{
	free(lines->touches);
	free(lines->lines);
	*lines = (struct match_lines){0};
}

/* ---- groups of layers ---- */

/* Transposed kernels have their outputs before their inputs. */
static int
unit_axis(const struct ladle_table *table, const struct ladle_row *row)
{
	bool turned = strstr(table->layers[row->layer].class_name, "Transpose") != NULL;

	return row->rank - (turned && row->rank > 2 ? 2 : 1);
}

/* The first layer that a group is used in makes its units. */
static uint32_t
maker_of(const struct ladle_table *table, const struct ladle_group *group)
{
	uint32_t maker = LADLE_NONE;

	for (uint32_t i = 0; i < group->use_count; i++) {
		uint32_t layer = table->rows[group->uses[i].row].layer;

		maker = layer < maker ? layer : maker;
	}
	return maker;
}

/* Where this group's touch of a layer stands among those from `first` on, or at the end. */
static struct match_touch *
find_touch(struct match_lines *lines, uint32_t first, uint32_t layer, uint32_t group, uint32_t row)
{
	for (uint32_t i = lines->touch_count; i-- > first;)
		if (lines->touches[i].layer == layer)
			return &lines->touches[i];
	lines->touches[lines->touch_count] =
			(struct match_touch){.layer = layer, .group = group, .row = row};
	return &lines->touches[lines->touch_count++];
}

static void
add_touches(struct match_lines *lines, uint32_t g)
{
	const struct ladle_group *group = &lines->groups->list[g];
	uint32_t maker = maker_of(lines->table, group), first = lines->touch_count;

	for (uint32_t i = 0; i < group->use_count; i++) {
		const struct ladle_use *use = &group->uses[i];
		const struct ladle_row *row = &lines->table->rows[use->row];
		struct match_touch *touch = find_touch(lines, first, row->layer, g, use->row);

		touch->own = touch->own || row->layer == maker ||
			     use->axis == unit_axis(lines->table, row);
	}
}

static int
compare_touches(const void *left, const void *right)
{
	const struct match_touch *a = left, *b = right;

	if (a->layer != b->layer)
		return a->layer < b->layer ? -1 : 1;
	return a->group < b->group ? -1 : a->group > b->group;
}

static size_t
count_uses(const struct ladle_groups *groups)
{
	size_t count = 0;

	for (uint32_t g = 0; g < groups->count; g++)
		count += groups->list[g].use_count;
	return count;
}

static void
find_touches(struct match_lines *lines)
{
	size_t most = lines->groups == NULL ? 0 : count_uses(lines->groups);

	lines->touches = malloc((most + 1) * sizeof(*lines->touches));
	if (lines->touches == NULL || most == 0)
		return;
	for (uint32_t g = 0; g < lines->groups->count; g++)
		add_touches(lines, g);
	qsort(lines->touches, lines->touch_count, sizeof(*lines->touches), compare_touches);
}

/* ---- lines ---- */

/* Its own groups, a line each; without any, one line for what it takes, or for nothing. */
static void
add_layer(struct match_lines *lines, uint32_t layer, uint32_t first, uint32_t touches)
{
	struct match_line line = {.layer = layer,
			.group = LADLE_NONE,
			.row = lines->table->layers[layer].first_row,
			.first = true,
			.first_touch = first,
			.touches = touches};

	for (uint32_t i = first; i < first + touches; i++) {
		if (!lines->touches[i].own)
			continue;
		line.group = lines->touches[i].group;
		line.row = lines->touches[i].row;
		line.own = true;
		lines->lines[lines->count++] = line;
		line.first = false;
	}
	if (line.own)
		return;
	if (touches > 0) {
		line.group = lines->touches[first].group;
		line.row = lines->touches[first].row;
	}
	lines->lines[lines->count++] = line;
}

static void
make_lines(struct match_lines *lines)
{
	uint32_t layers = lines->table->layer_count, touch = 0;

	lines->lines = malloc(((size_t)layers + lines->touch_count + 1) * sizeof(*lines->lines));
	if (lines->lines == NULL)
		return;
	for (uint32_t layer = 0; layer < layers; layer++) {
		uint32_t first = touch;

		while (touch < lines->touch_count && lines->touches[touch].layer == layer)
			touch++;
		if (lines->table->layers[layer].row_count > 0)
			add_layer(lines, layer, first, touch - first);
	}
}

void
match_lines_update(struct match_lines *lines, const struct session *session)
{
	const struct ladle_table *table = session_table(session);
	const struct ladle_groups *groups = session_groups(session, NULL);

	if (lines->table == table && lines->groups == groups)
		return;
	match_lines_done(lines);
	lines->table = table;
	lines->groups = groups;
	if (table == NULL)
		return;
	find_touches(lines);
	if (lines->touches != NULL)
		make_lines(lines);
}

/* ---- what is known of a line ---- */

static const struct ladle_match *
match_in(const struct match_pair *pair, uint32_t group)
{
	if (pair->order == NULL || group == LADLE_NONE)
		return NULL;
	return &pair->order->matches[(size_t)pair->column * pair->order->groups->count + group];
}

/* Out of order with evidence; or put in order. */
static bool
is_moved(const struct match_pair *pair, uint32_t group)
{
	const struct ladle_match *match = match_in(pair, group);

	if (match == NULL)
		return false;
	return pair->lined_up ? match->moved > 0 || match->scale != NULL
			      : session_moves(pair->session, pair->column, group);
}

/* Is another of the layer's groups, of what it makes or of what it takes? */
static bool
is_other_moved(const struct match_lines *lines, const struct match_pair *pair,
		const struct match_line *line, bool own)
{
	for (uint32_t i = line->first_touch; i < line->first_touch + line->touches; i++)
		if (lines->touches[i].own == own && is_moved(pair, lines->touches[i].group))
			return true;
	return false;
}

static bool
has_both(const struct match_lines *lines, const struct match_pair *pair, uint32_t row)
{
	return ladle_row_tensor(lines->table, row, pair->reference) != NULL &&
	       ladle_row_tensor(lines->table, row, pair->column) != NULL;
}

/* The kernel that fits worst as stored. */
static void
find_kernel(const struct match_lines *lines, const struct match_pair *pair,
		const struct match_line *line, struct match_figures *out)
{
	const struct ladle_layer_row *layer = &lines->table->layers[line->layer];

	for (uint32_t i = layer->first_row; i < layer->first_row + layer->row_count; i++) {
		const struct ladle_figures *figures = session_stored_figures(pair->session, i);
		double cosine = NAN;

		if (!lines->table->rows[i].is_kernel || !has_both(lines, pair, i))
			continue;
		if (figures != NULL)
			cosine = ladle_cosine(figures, pair->reference, pair->column);
		if (out->row != LADLE_NONE && !(cosine < out->raw))
			continue;
		out->row = i;
		out->raw = cosine;
	}
}

static const struct ladle_figures *
matched_figures(const struct match_pair *pair, uint32_t row)
{
	if (pair->lined_up)
		return ladle_figures(session_measurement(pair->session), row);
	return session_matched_figures(pair->session, row);
}

static void
find_cosines(const struct match_lines *lines, const struct match_pair *pair,
		const struct match_line *line, struct match_figures *out)
{
	out->raw = out->matched = NAN;
	out->row = LADLE_NONE;
	find_kernel(lines, pair, line, out);
	if (out->row == LADLE_NONE)
		return;
	if (isnan(out->raw) && out->match != NULL)
		out->raw = out->match->cosine_raw;
	const struct ladle_figures *figures = matched_figures(pair, out->row);
	if (figures != NULL)
		out->matched = ladle_cosine(figures, pair->reference, pair->column);
	else if (out->match != NULL)
		out->matched = out->match->exact ? 1 : out->match->cosine_matched;
}

static bool
has_other_shape(const struct match_lines *lines, const struct match_pair *pair,
		const struct match_line *line)
{
	const struct ladle_layer_row *layer = &lines->table->layers[line->layer];

	for (uint32_t i = layer->first_row; i < layer->first_row + layer->row_count; i++)
		for (uint32_t f = 0; f < lines->table->rows[i].finding_count; f++) {
			const struct ladle_finding *finding = &lines->table->rows[i].findings[f];

			if (finding->code == LADLE_F_SHAPE &&
					(finding->checkpoint == LADLE_NONE ||
							finding->checkpoint == pair->column ||
							finding->checkpoint == pair->reference))
				return true;
		}
	return false;
}

/* What the two alone would keep of a row. */
static enum match_state
state_by(const struct match_lines *lines, const struct match_pair *pair,
		const struct ladle_figures *figures)
{
	uint32_t k = lines->table->checkpoint_count;
	double *w = figures == NULL ? NULL : calloc(k, sizeof(*w));

	if (w == NULL)
		return MATCH_PENDING;
	w[pair->reference] = w[pair->column] = 1;
	double keep = ladle_keep(figures, w);
	free(w);
	return keep >= .98 ? MATCH_OK : keep >= .9 ? MATCH_DRIFT : MATCH_DIFFER;
}

static bool
is_renamed(const struct match_lines *lines, const struct match_pair *pair,
		const struct match_line *line)
{
	const struct ladle_layer_row *layer = &lines->table->layers[line->layer];
	const struct ladle_checkpoint *a = lines->table->checkpoints[pair->reference];
	const struct ladle_checkpoint *b = lines->table->checkpoints[pair->column];

	return layer->paired_by != LADLE_BY_NAME &&
	       strcmp(a->layers[layer->index[pair->reference]].name,
			       b->layers[layer->index[pair->column]].name) != 0;
}

static enum match_state
state_of(const struct match_lines *lines, const struct match_pair *pair,
		const struct match_line *line, struct match_figures *out)
{
	const uint32_t *index = lines->table->layers[line->layer].index;
	bool moved = line->own && is_moved(pair, line->group);

	if (index[pair->reference] == LADLE_NONE || index[pair->column] == LADLE_NONE)
		return MATCH_ONLY;
	if (has_other_shape(lines, pair, line))
		return MATCH_SHAPE;
	out->inputs = line->first && !moved && is_other_moved(lines, pair, line, false);
	if (moved && pair->lined_up)
		return MATCH_ALIGNED;
	if (moved)
		return out->match->moved > 0 ? MATCH_PERMUTED : MATCH_RESCALED;
	if (is_renamed(lines, pair, line))
		return MATCH_RENAMED;
	if (out->inputs)
		return pair->lined_up ? MATCH_ALIGNED : MATCH_PERMUTED;
	if (out->match != NULL && line->own && out->match->moved > 0)
		return MATCH_CHANCE;
	uint32_t row = out->row == LADLE_NONE ? line->row : out->row;
	return state_by(lines, pair,
			is_other_moved(lines, pair, line, true)
					? matched_figures(pair, row)
					: ladle_figures(session_measurement(pair->session), row));
}

struct match_figures
match_judge(const struct match_lines *lines, const struct match_pair *pair,
		const struct match_line *line)
{
	struct match_figures out = {.match = match_in(pair, line->group)};

	find_cosines(lines, pair, line, &out);
	out.state = state_of(lines, pair, line, &out);
	return out;
}
