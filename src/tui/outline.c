#include "tui/outline.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/session.h"

void
outline_init(struct outline *outline, struct session *session)
{
	*outline = (struct outline){.session = session};
	arena_init(&outline->arena);
}

void
outline_done(struct outline *outline)
{
	needle_clear(&outline->filter);
	free(outline->model);
	arena_done(&outline->arena);
}

/* ---- notes ---- */

static void
add_note(struct outline *outline, const char *id, bool is_error, const char *text)
{
	outline->notes[outline->note_count++] = (struct note){
			.id = arena_text(&outline->arena, id, strlen(id)),
			.text = arena_text(&outline->arena, text, strlen(text)),
			.is_error = is_error,
	};
}

/* Files in the table need no note; the others say why they are not there. */
static void
note_file(struct outline *outline, const struct session_file *file)
{
	const char *format = "%s: %s";
	const char *text = file->error.text;

	if (file->column != LADLE_NONE)
		return;
	if (file->state == COLUMN_OPENING)
		text = "opening ..";
	else if (file->state == COLUMN_OPEN && text[0] == '\0')
		text = "open; waiting for the others";
	add_note(outline, file->id, file->state == COLUMN_FAILED,
			arena_format(&outline->arena, format, file->path, text));
}

/* At most so many. */
static uint32_t
count_notes(const struct outline *outline)
{
	uint32_t count = session_file_count(outline->session);

	if (outline->table == NULL)
		return count;
	count += outline->table->finding_count;
	for (uint32_t k = 0; k < outline->table->checkpoint_count; k++)
		count += outline->table->checkpoints[k]->finding_count;
	return count;
}

/* A finding of a column has its id; column LADLE_NONE: about all. */
static void
note_findings(struct outline *outline, const struct ladle_finding *findings, uint32_t count,
		uint32_t column)
{
	for (uint32_t i = 0; i < count; i++) {
		uint32_t k = findings[i].checkpoint != LADLE_NONE && column == LADLE_NONE
					     ? findings[i].checkpoint
					     : column;
		const char *id = k == LADLE_NONE ? "" : session_column(outline->session, k)->id;

		add_note(outline, id, ladle_finding_blocks(findings[i].code), findings[i].text);
	}
}

static void
make_notes(struct outline *outline)
{
	uint32_t files = session_file_count(outline->session);

	outline->note_count = outline->notes_above = 0;
	outline->notes = arena_array(
			&outline->arena, count_notes(outline) + 1, sizeof(*outline->notes));
	if (outline->notes == NULL)
		return;
	for (uint32_t i = 0; i < files; i++)
		note_file(outline, session_file(outline->session, i));
	if (outline->table != NULL)
		note_findings(outline, outline->table->findings, outline->table->finding_count,
				LADLE_NONE);
	outline->notes_above = outline->note_count;
	if (outline->table == NULL)
		return;
	for (uint32_t k = 0; k < outline->table->checkpoint_count; k++)
		note_findings(outline, outline->table->checkpoints[k]->findings,
				outline->table->checkpoints[k]->finding_count, k);
}

/* ---- names ---- */

/* Copies: the names outlive the table, so that the next one finds what was open and tagged. */
static bool
make_names(struct outline *outline)
{
	const struct ladle_table *table = outline->table;

	for (uint32_t i = 0; i < table->layer_count; i++) {
		const struct ladle_layer_row *layer = &table->layers[i];

		outline->path[i] = layer->parent == LADLE_NONE
						   ? arena_text(&outline->arena, layer->name,
								     strlen(layer->name))
						   : arena_format(&outline->arena, "%s/%s",
								     outline->path[layer->parent],
								     layer->name);
		if (outline->path[i] == NULL)
			return false;
	}
	for (uint32_t i = 0; i < table->row_count; i++) {
		const char *label = table->rows[i].label;

		outline->label[i] = arena_text(&outline->arena, label, strlen(label));
		if (outline->label[i] == NULL)
			return false;
	}
	return true;
}

/* One longer than needed, so that none is empty; all zero. */
static bool
make_arrays(struct outline *outline)
{
	struct arena *arena = &outline->arena;
	uint32_t layers = outline->table == NULL ? 0 : outline->table->layer_count;
	uint32_t rows = outline->table == NULL ? 0 : outline->table->row_count;
	size_t lines = (size_t)layers + rows + outline->note_count + 1;

	outline->path = arena_array(arena, layers + 1, sizeof(*outline->path));
	outline->label = arena_array(arena, rows + 1, sizeof(*outline->label));
	outline->open = arena_array(arena, layers + 1, sizeof(*outline->open));
	outline->layer_shown = arena_array(arena, layers + 1, sizeof(*outline->layer_shown));
	outline->layer_matches = arena_array(arena, layers + 1, sizeof(*outline->layer_matches));
	outline->tagged = arena_array(arena, rows + 1, sizeof(*outline->tagged));
	outline->row_shown = arena_array(arena, rows + 1, sizeof(*outline->row_shown));
	outline->summary = arena_array(arena, layers + 1, sizeof(*outline->summary));
	outline->all = arena_array(arena, lines, sizeof(*outline->all));
	outline->lines = arena_array(arena, lines, sizeof(*outline->lines));
	return outline->path && outline->label && outline->open && outline->layer_shown &&
	       outline->layer_matches && outline->tagged && outline->row_shown &&
	       outline->summary && outline->all && outline->lines;
}

/* ---- what a person did, kept by name ---- */

static int
compare_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The names whose flag is set, sorted. Allocated in the old arena. */
static const char **
flagged(struct arena *arena, const char **names, const bool *flags, uint32_t count, size_t *found)
{
	const char **list = arena_array(arena, (size_t)count + 1, sizeof(*list));

	*found = 0;
	for (uint32_t i = 0; list != NULL && i < count; i++)
		if (flags[i])
			list[(*found)++] = names[i];
	if (*found > 0)
		qsort(list, *found, sizeof(*list), compare_text);
	return list;
}

static void
flag_again(const char **list, size_t found, const char **names, bool *flags, uint32_t count)
{
	for (uint32_t i = 0; found > 0 && i < count; i++)
		flags[i] = bsearch(&names[i], list, found, sizeof(*list), compare_text) != NULL;
}

void
outline_count_tags(struct outline *outline)
{
	outline->tag_count = 0;
	for (uint32_t i = 0; outline->table != NULL && i < outline->table->row_count; i++)
		outline->tag_count += outline->tagged[i];
}

/* old_layers, old_rows: sizes of the arrays in old, whose table is gone. */
static void
keep_state(struct outline *outline, struct outline *old, uint32_t old_layers, uint32_t old_rows)
{
	size_t found;
	const char **list = flagged(&old->arena, old->path, old->open, old_layers, &found);

	flag_again(list, found, outline->path, outline->open, outline->table->layer_count);
	list = flagged(&old->arena, old->label, old->tagged, old_rows, &found);
	flag_again(list, found, outline->label, outline->tagged, outline->table->row_count);
}

/* Without memory the view shows nothing, and lives. */
static void
make_empty(struct outline *outline)
{
	outline->table = NULL;
	outline->all_count = outline->count = 0;
	outline->layer_count = outline->row_count = 0;
}

/* The old arrays are read until the new ones have taken over the flags. */
void
outline_pair(struct outline *outline)
{
	struct outline old = *outline;

	arena_init(&outline->arena);
	outline->table = session_table(outline->session);
	outline->generation = 0;
	if (outline->sort == SORT_MODEL && outline->table != NULL &&
			outline_sort_column(outline) == LADLE_NONE)
		outline->sort = SORT_FILE;
	make_notes(outline);
	if (!make_arrays(outline) || (outline->table != NULL && !make_names(outline))) {
		make_empty(outline);
		arena_done(&old.arena);
		return;
	}
	outline->layer_count = outline->table == NULL ? 0 : outline->table->layer_count;
	outline->row_count = outline->table == NULL ? 0 : outline->table->row_count;
	if (outline->table != NULL)
		keep_state(outline, &old, old.layer_count, old.row_count);
	arena_done(&old.arena);
	outline_count_tags(outline);
	if (!outline_refresh(outline))
		outline_arrange(outline);
}

/* ---- figures ---- */

/* Is the second a worse representative of a layer than the first? Kernels speak before others, what
 * is measured before what is not. */
static bool
is_worse(const struct outline *outline, const struct summary *first, const struct summary *second)
{
	bool kernel_first, kernel_second;

	if (first->row == LADLE_NONE || second->row == LADLE_NONE)
		return first->row == LADLE_NONE;
	kernel_first = outline->table->rows[first->row].is_kernel;
	kernel_second = outline->table->rows[second->row].is_kernel;
	if (kernel_first != kernel_second)
		return kernel_second;
	if (isnan(first->judgement.keep) || isnan(second->judgement.keep))
		return isnan(first->judgement.keep) && !isnan(second->judgement.keep);
	return second->judgement.keep < first->judgement.keep;
}

/* State and flags add up; the figures are those of the worse one. */
static void
add_summary(const struct outline *outline, struct summary *sum, const struct summary *part)
{
	uint32_t flags = sum->judgement.flags | part->judgement.flags;
	enum ladle_state state = part->judgement.state > sum->judgement.state
						 ? part->judgement.state
						 : sum->judgement.state;

	if (is_worse(outline, sum, part)) {
		sum->judgement = part->judgement;
		sum->row = part->row;
	}
	sum->judgement.flags = flags;
	sum->judgement.state = state;
	sum->rows += part->rows;
	sum->count += part->count;
}

/* Children stand after their parents, so that going upwards finds them complete. */
static void
summarise(struct outline *outline)
{
	const struct ladle_judgement *judgements = session_judgements(outline->session);

	for (uint32_t i = 0; i < outline->layer_count; i++)
		outline->summary[i] = (struct summary){
				.row = LADLE_NONE, .judgement = {.keep = NAN, .floor = NAN}};
	for (uint32_t i = outline->layer_count; judgements != NULL && i-- > 0;) {
		const struct ladle_layer_row *layer = &outline->table->layers[i];

		for (uint32_t r = layer->first_row; r < layer->first_row + layer->row_count; r++)
			add_summary(outline, &outline->summary[i],
					&(struct summary){
							.judgement = judgements[r],
							.row = r,
							.rows = 1,
							.count = outline->table->rows[r].count,
					});
		if (layer->parent != LADLE_NONE)
			add_summary(outline, &outline->summary[layer->parent],
					&outline->summary[i]);
	}
}

bool
outline_refresh(struct outline *outline)
{
	if (outline->table == NULL || outline->generation == session_generation(outline->session))
		return false;
	outline->generation = session_generation(outline->session);
	summarise(outline);
	if (!outline_is_sorted_by_figures(outline))
		return false;
	outline_arrange(outline);
	return true;
}

/* ---- lines ---- */

uint32_t
outline_parent(const struct outline *outline, const struct line *line)
{
	if (line->kind == LINE_ROW)
		return line->layer;
	return line->kind == LINE_LAYER ? outline->table->layers[line->index].parent : LADLE_NONE;
}

/* A filter that leaves parts of a layer shows them. */
bool
outline_is_open(const struct outline *outline, uint32_t layer)
{
	return outline->open[layer] || (outline->filter.active && !outline->layer_matches[layer]);
}

void
outline_unfold(struct outline *outline)
{
	outline->count = 0;
	for (uint32_t i = 0; i < outline->all_count;) {
		const struct line *line = &outline->all[i];
		bool shut = line->kind == LINE_LAYER && !outline_is_open(outline, line->index);

		outline->lines[outline->count++] = *line;
		i = shut ? line->end : i + 1;
	}
}

uint32_t
outline_reveal(struct outline *outline, uint32_t all_index)
{
	struct line wanted = outline->all[all_index];

	for (uint32_t up = outline_parent(outline, &wanted); up != LADLE_NONE;
			up = outline->table->layers[up].parent)
		outline->open[up] = true;
	outline_unfold(outline);
	for (uint32_t i = 0; i < outline->count; i++)
		if (outline->lines[i].kind == wanted.kind &&
				outline->lines[i].index == wanted.index)
			return i;
	return 0;
}

/* Is `layer` the layer of the line, or above it? */
static bool
is_under(const struct outline *outline, uint32_t layer, uint32_t top)
{
	while (layer != LADLE_NONE && layer != top)
		layer = outline->table->layers[layer].parent;
	return layer == top;
}

uint32_t
outline_rows(const struct outline *outline, const struct line *line, uint32_t *out)
{
	uint32_t count = 0;

	if (line->kind == LINE_NOTE)
		return 0;
	if (line->kind == LINE_ROW) {
		out[0] = line->index;
		return 1;
	}
	/* Children stand after their parent, and rows in the order of their layers. */
	for (uint32_t i = line->index; i < outline->layer_count; i++) {
		const struct ladle_layer_row *layer = &outline->table->layers[i];

		if (!is_under(outline, i, line->index))
			continue;
		for (uint32_t r = 0; r < layer->row_count; r++)
			out[count++] = layer->first_row + r;
	}
	return count;
}

bool
outline_holds(const struct outline *outline, const struct line *line, uint32_t row)
{
	uint32_t layer = 0;

	if (line->kind != LINE_LAYER)
		return line->kind == LINE_ROW && line->index == row;
	while (layer < outline->layer_count &&
			row - outline->table->layers[layer].first_row >=
					outline->table->layers[layer].row_count)
		layer++;
	return layer < outline->layer_count && is_under(outline, layer, line->index);
}

void
outline_tag(struct outline *outline, const struct line *line, bool tagged)
{
	uint32_t *rows = malloc(((size_t)outline->row_count + 1) * sizeof(*rows));
	uint32_t count = rows == NULL ? 0 : outline_rows(outline, line, rows);

	for (uint32_t i = 0; i < count; i++)
		outline->tagged[rows[i]] = tagged;
	free(rows);
}

/* A layer is tagged when the rows of its own are. */
bool
outline_tagged(const struct outline *outline, const struct line *line)
{
	const struct ladle_layer_row *layer;

	if (line->kind != LINE_LAYER)
		return line->kind == LINE_ROW && outline->tagged[line->index];
	layer = &outline->table->layers[line->index];
	for (uint32_t r = 0; r < layer->row_count; r++)
		if (!outline->tagged[layer->first_row + r])
			return false;
	return layer->row_count > 0;
}

const char *
outline_name(const struct outline *outline, const struct line *line)
{
	if (line->kind == LINE_NOTE)
		return outline->notes[line->index].text;
	return line->kind == LINE_LAYER ? outline->path[line->index] : outline->label[line->index];
}

bool
outline_matches(const struct outline *outline, const struct line *line,
		const struct needle *pattern)
{
	if (pattern->whole || line->kind == LINE_NOTE)
		return needle_matches(pattern, outline_name(outline, line));
	return needle_matches(pattern, line->kind == LINE_LAYER
						       ? outline->table->layers[line->index].name
						       : outline->table->rows[line->index].tensor);
}
