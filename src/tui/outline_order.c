/* In which order the lines of a outline stand, and which of them a filter leaves. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/session.h"
#include "tui/outline.h"

struct place {
	uint32_t parent, layer;
	double number;
	const char *name; /* NULL: the number decides */
	int sign;         /* -1: reversed */
};

bool
outline_is_sorted_by_figures(const struct outline *outline)
{
	return outline->sort == SORT_KEEP || outline->sort == SORT_STATE ||
	       outline->sort == SORT_MODEL;
}

uint32_t
outline_sort_column(const struct outline *outline)
{
	uint32_t file = outline->sort != SORT_MODEL || outline->model == NULL
					? LADLE_NONE
					: session_find(outline->session, outline->model);

	return file == LADLE_NONE ? LADLE_NONE : session_file(outline->session, file)->column;
}

/* The cosine that the line of a layer shows, 2 where it shows none. weights: room for a number of
 * each model. */
static double
cosine_number(const struct outline *outline, uint32_t row, uint32_t column, double *weights)
{
	const struct ladle_figures *figures = NULL;
	double cosine;

	if (row != LADLE_NONE)
		figures = ladle_figures(session_measurement(outline->session), row);
	if (figures == NULL || weights == NULL || !outline->table->rows[row].averaged ||
			ladle_row_tensor(outline->table, row, column) == NULL)
		return 2;
	ladle_mix_weights(session_mix(outline->session), outline->table, row, weights);
	cosine = ladle_cosine_mix(figures, weights, column);
	return isnan(cosine) ? 2 : cosine;
}

static void
number_by_model(const struct outline *outline, struct place *places)
{
	uint32_t column = outline_sort_column(outline);
	double *weights = malloc((outline->table->checkpoint_count + 1) * sizeof(*weights));

	for (uint32_t i = 0; column != LADLE_NONE && i < outline->layer_count; i++)
		places[i].number = cosine_number(
				outline, outline->summary[i].row, column, weights);
	free(weights);
}

/* Smaller comes first; what is not measured comes last. */
static double
sort_number(const struct outline *outline, uint32_t layer)
{
	const struct summary *summary = &outline->summary[layer];

	if (outline->sort == SORT_KEEP)
		return isnan(summary->judgement.keep) ? 2 : summary->judgement.keep;
	if (outline->sort == SORT_SHAPE)
		return -(double)summary->count;
	if (outline->sort == SORT_STATE)
		return -(double)summary->judgement.state;
	return layer;
}

/* Siblings together; equal ones in the order of the file. */
static int
compare_places(const void *a, const void *b)
{
	const struct place *left = a, *right = b;
	int by_key;

	if (left->parent != right->parent)
		return left->parent < right->parent ? -1 : 1;
	by_key = left->name != NULL
				 ? strcmp(left->name, right->name)
				 : (left->number > right->number) - (left->number < right->number);
	if (by_key != 0)
		return by_key * left->sign;
	return (left->layer > right->layer) - (left->layer < right->layer);
}

static struct place *
sorted_places(const struct outline *outline)
{
	struct place *places = malloc(((size_t)outline->layer_count + 1) * sizeof(*places));

	for (uint32_t i = 0; places != NULL && i < outline->layer_count; i++)
		places[i] = (struct place){
				.parent = outline->table->layers[i].parent,
				.layer = i,
				.number = sort_number(outline, i),
				.name = outline->sort == SORT_NAME ? outline->table->layers[i].name
								   : NULL,
				.sign = outline->reverse ? -1 : 1,
		};
	if (places != NULL && outline->sort == SORT_MODEL)
		number_by_model(outline, places);
	if (places != NULL && outline->layer_count > 1)
		qsort(places, outline->layer_count, sizeof(*places), compare_places);
	return places;
}

/* ---- filter ---- */

/* A row is meant by its whole label, so that a filter for a layer leaves its tensors. */
static void
filter_rows(struct outline *outline)
{
	for (uint32_t i = 0; i < outline->row_count; i++)
		outline->row_shown[i] = needle_matches(&outline->filter, outline->label[i]);
}

/* A layer is shown when it matches or something under it does. */
static void
filter_layers(struct outline *outline)
{
	outline->shown_layers = 0;
	memset(outline->layer_shown, 0, outline->layer_count * sizeof(*outline->layer_shown));
	for (uint32_t i = outline->layer_count; i-- > 0;) {
		const struct ladle_layer_row *layer = &outline->table->layers[i];

		outline->layer_matches[i] = needle_matches(&outline->filter, outline->path[i]);
		if (outline->layer_matches[i])
			outline->layer_shown[i] = true;
		for (uint32_t r = 0; r < layer->row_count; r++)
			outline->layer_shown[i] |= outline->row_shown[layer->first_row + r];
		if (outline->layer_shown[i] && layer->parent != LADLE_NONE)
			outline->layer_shown[layer->parent] = true;
		outline->shown_layers += outline->layer_shown[i];
	}
}

/* ---- lines ---- */

static void
add_line(struct outline *outline, enum line_kind kind, uint32_t index, uint32_t layer, int depth)
{
	outline->all[outline->all_count] =
			(struct line){kind, index, layer, depth, outline->all_count + 1};
	outline->all_count++;
}

static void
add_notes(struct outline *outline, uint32_t first, uint32_t end)
{
	for (uint32_t i = first; i < end; i++)
		add_line(outline, LINE_NOTE, i, LADLE_NONE, 0);
}

static void
add_layer(struct outline *outline, uint32_t index)
{
	const struct ladle_layer_row *layer = &outline->table->layers[index];

	add_line(outline, LINE_LAYER, index, index, layer->depth);
	for (uint32_t r = layer->first_row; r < layer->first_row + layer->row_count; r++)
		if (outline->row_shown[r])
			add_line(outline, LINE_ROW, r, index, layer->depth + 1);
}

/* Where the walk stands among the children of one layer. */
struct level {
	uint32_t next, end;
	uint32_t line; /* of the layer, in `all` */
};

/* first[i], first[i + 1]: the children of layer i in places; those at the top come last. */
static void
walk(struct outline *outline, const struct place *places, const uint32_t *first,
		struct level *levels)
{
	uint32_t depth = 1;

	levels[0] = (struct level){first[outline->layer_count], outline->layer_count, LADLE_NONE};
	while (depth > 0) {
		struct level *level = &levels[depth - 1];
		uint32_t layer;

		if (level->next == level->end) {
			if (level->line != LADLE_NONE)
				outline->all[level->line].end = outline->all_count;
			depth--;
			continue;
		}
		layer = places[level->next++].layer;
		if (!outline->layer_shown[layer])
			continue;
		levels[depth++] =
				(struct level){first[layer], first[layer + 1], outline->all_count};
		add_layer(outline, layer);
	}
}

/* places are sorted by parent, so that the children of a layer are one run. */
static void
find_children(const struct outline *outline, const struct place *places, uint32_t *first)
{
	uint32_t at = 0;

	for (uint32_t i = 0; i <= outline->layer_count; i++) {
		while (at < outline->layer_count && places[at].parent < i)
			at++;
		first[i] = at;
	}
}

static void
add_layers(struct outline *outline)
{
	struct place *places = sorted_places(outline);
	uint32_t *first = malloc(((size_t)outline->layer_count + 1) * sizeof(*first));
	struct level *levels = malloc(((size_t)outline->layer_count + 1) * sizeof(*levels));

	if (places != NULL && first != NULL && levels != NULL) {
		find_children(outline, places, first);
		walk(outline, places, first, levels);
	}
	free(places);
	free(first);
	free(levels);
}

void
outline_arrange(struct outline *outline)
{
	outline->all_count = 0;
	if (outline->all == NULL)
		return;
	add_notes(outline, 0, outline->notes_above);
	if (outline->table != NULL) {
		filter_rows(outline);
		filter_layers(outline);
		add_layers(outline);
	}
	add_notes(outline, outline->notes_above, outline->note_count);
	outline_unfold(outline);
}
