#include "pair/rows.h"

#include <string.h>

#include "keras/name_map.h"

/* A layer row while its tensors are lined up. */
struct lineup {
	struct rows *rows;
	struct arena arena;      /* scratch */
	uint32_t slot, layer;    /* layer: its row */
	struct renamed *renamed; /* [K] */
};

/* Old arrays stay in the arena: at most as much again as the last one. */
static void *
grown(struct rows *rows, void *list, uint32_t count, uint32_t *room, size_t size)
{
	uint32_t more = *room == 0 ? 64 : *room * 2;
	void *larger;

	if (count < *room)
		return list;
	larger = arena_array(rows->arena, more, size);
	if (larger == NULL) {
		rows->failed = true;
		return list;
	}
	if (count > 0)
		memcpy(larger, list, count * size);
	*room = more;
	return larger;
}

void
rows_finding(struct rows *rows, enum ladle_finding_code code, uint32_t column, const char *text)
{
	rows->findings = grown(rows, rows->findings, rows->finding_count, &rows->finding_room,
			sizeof(*rows->findings));
	if (text == NULL)
		rows->failed = true;
	if (rows->failed)
		return;
	rows->findings[rows->finding_count++] =
			(struct ladle_finding){.code = code, .checkpoint = column, .text = text};
}

static struct ladle_row *
row_new(struct rows *rows, uint32_t layer, const struct ladle_tensor *tensor)
{
	uint32_t *index = arena_array(rows->arena, rows->slots->checkpoint_count, sizeof(*index));
	struct ladle_row *row;

	rows->list = grown(rows, rows->list, rows->count, &rows->room, sizeof(*rows->list));
	if (rows->failed || index == NULL) {
		rows->failed = true;
		return NULL;
	}
	memset(index, 0xff, rows->slots->checkpoint_count * sizeof(*index));
	row = &rows->list[rows->count++];
	*row = (struct ladle_row){
			.tensor = tensor->name,
			.role = tensor->role,
			.layer = layer,
			.index = index,
			.dtype = tensor->dtype,
			.rank = tensor->rank,
			.shape = tensor->shape,
			.count = tensor->count,
			.averaged = true,
	};
	return row;
}

/* One file that cannot be averaged keeps the whole row from it. */
static void
put(struct ladle_row *row, uint32_t column, uint32_t index, const struct ladle_tensor *tensor)
{
	((uint32_t *)row->index)[column] = index;
	row->averaged = row->averaged && tensor->averaged;
}

/* The tensors that stand for the rows of this layer so far, as the first column that has them. */
static const struct ladle_tensor **
representatives(struct lineup *lineup, uint32_t first, uint32_t before)
{
	struct rows *rows = lineup->rows;
	const struct ladle_tensor **list =
			arena_array(&lineup->arena, rows->count - first + 1, sizeof(*list));

	for (uint32_t r = first; list != NULL && r < rows->count; r++)
		for (uint32_t k = 0; k < before && list[r - first] == NULL; k++)
			if (rows->list[r].index[k] != LADLE_NONE)
				list[r - first] =
						&rows->slots->checkpoints[k]
								 ->tensors[rows->list[r].index[k]];
	return list;
}

/* Pairs the column's tensors with the rows that earlier columns made; the rest become rows. */
static bool
line_up_column(struct lineup *lineup, uint32_t first, uint32_t k)
{
	struct rows *rows = lineup->rows;
	const struct ladle_layer *layer = slot_layer(rows->slots, lineup->slot, k);
	const struct ladle_tensor *tensors, **known;
	uint32_t *row_of;

	if (layer == NULL || layer->tensor_count == 0)
		return true;
	tensors = &rows->slots->checkpoints[k]->tensors[layer->first_tensor];
	known = representatives(lineup, first, k);
	row_of = arena_array(&lineup->arena, layer->tensor_count, sizeof(*row_of));
	if (known == NULL || row_of == NULL ||
			!tensors_match(&lineup->arena, known, rows->count - first, tensors,
					layer->tensor_count, row_of))
		return false;
	for (uint32_t i = 0; i < layer->tensor_count; i++) {
		struct ladle_row *row = row_of[i] != LADLE_NONE
							? &rows->list[first + row_of[i]]
							: row_new(rows, lineup->layer, &tensors[i]);

		if (row == NULL)
			return false;
		put(row, k, layer->first_tensor + i, &tensors[i]);
	}
	return true;
}

static uint32_t
tensor_with_role(const struct ladle_checkpoint *file, const struct ladle_layer *layer,
		const char *role)
{
	for (uint32_t t = layer->first_tensor; t < layer->first_tensor + layer->tensor_count; t++)
		if (strcmp(file->tensors[t].role, role) == 0)
			return t;
	return LADLE_NONE;
}

/* SpectralNormalization stores the kernel that it wraps once more; a legacy file has it once, and
 * it stands for both. */
static void
share_kernel(struct lineup *lineup, struct ladle_row *row)
{
	const struct slots *slots = lineup->rows->slots;

	for (uint32_t k = 0; k < slots->checkpoint_count; k++) {
		const struct ladle_checkpoint *file = slots->checkpoints[k];
		const struct ladle_layer *layer = slot_layer(slots, lineup->slot, k);
		uint32_t kernel;

		if (layer == NULL || row->index[k] != LADLE_NONE)
			continue;
		kernel = tensor_with_role(file, layer, "kernel");
		if (kernel != LADLE_NONE && file->tensors[kernel].count == row->count)
			put(row, k, kernel, &file->tensors[kernel]);
	}
}

static bool
line_up(struct lineup *lineup)
{
	struct rows *rows = lineup->rows;
	uint32_t first = rows->count;
	bool done = true;

	for (uint32_t k = 0; k < rows->slots->checkpoint_count && done; k++)
		done = line_up_column(lineup, first, k);
	for (uint32_t r = first; r < rows->count && done; r++)
		if (strcmp(rows->list[r].role, "wrapped_kernel") == 0)
			share_kernel(lineup, &rows->list[r]);
	rows->layers[lineup->layer].first_row = first;
	rows->layers[lineup->layer].row_count = rows->count - first;
	return done && !rows->failed;
}

/* ---- the layer rows ---- */

/* The least certain way that some column came into the row. */
static enum ladle_paired_by
paired_by(const struct slots *slots, const struct slot *slot)
{
	static const enum ladle_paired_by uncertain[] = {
			LADLE_BY_ORDER, LADLE_BY_GRAPH, LADLE_BY_HAND};

	for (size_t i = 0; i < sizeof(uncertain) / sizeof(uncertain[0]); i++)
		for (uint32_t k = 0; k < slots->checkpoint_count; k++)
			if (slot->index[k] != LADLE_NONE && slot->by[k] == uncertain[i])
				return uncertain[i];
	return LADLE_BY_NAME;
}

/* Slots are listed with parents first, so that a parent's row and depth are known. */
static bool
make_layers(struct rows *rows)
{
	const struct slots *slots = rows->slots;
	uint32_t *row_of = arena_array(rows->arena, slots->count + 1, sizeof(*row_of));

	rows->layers = arena_array(rows->arena, slots->count + 1, sizeof(*rows->layers));
	if (row_of == NULL || rows->layers == NULL)
		return false;
	for (uint32_t i = 0; i < slots->count; i++) {
		const struct slot *slot = &slots->list[slots->order[i]];
		const struct ladle_layer *layer =
				slot_layer(slots, slots->order[i], slot->first_column);
		bool nested = slot->parent != LADLE_NONE;

		row_of[slots->order[i]] = i;
		rows->layers[i] = (struct ladle_layer_row){
				.name = layer->name,
				.class_name = layer->class_name,
				.parent = nested ? row_of[slot->parent] : LADLE_NONE,
				.depth = nested ? rows->layers[row_of[slot->parent]].depth + 1 : 0,
				.paired_by = paired_by(slots, slot),
				.index = slot->index,
		};
		/* A class that only a later file tells. */
		for (uint32_t k = 0; k < slots->checkpoint_count &&
				     rows->layers[i].class_name[0] == '\0';
				k++)
			if (slot->index[k] != LADLE_NONE)
				rows->layers[i].class_name =
						slot_layer(slots, slots->order[i], k)->class_name;
	}
	return true;
}

static const char *
join(struct arena *arena, const char *a, const char *b)
{
	return arena_format(arena, "%s/%s", a, b);
}

/* Full name of a layer of a file; the layer's own name when it stands at the top. */
static const char *
layer_label(struct arena *arena, const struct ladle_checkpoint *checkpoint, uint32_t index)
{
	const struct ladle_layer *layers = checkpoint->layers;
	size_t length = 0;
	char *text;

	if (layers[index].parent == LADLE_NONE)
		return layers[index].name;
	for (uint32_t i = index; i != LADLE_NONE; i = layers[i].parent)
		length += strlen(layers[i].name) + 1;
	text = arena_array(arena, length, 1);
	for (uint32_t i = index; text != NULL && i != LADLE_NONE; i = layers[i].parent) {
		size_t own = strlen(layers[i].name);

		length -= own + 1;
		memcpy(text + length, layers[i].name, own);
		if (i != index)
			text[length + own] = '/';
	}
	return text;
}

const char *
tensor_label(struct arena *arena, const struct ladle_checkpoint *checkpoint,
		const struct ladle_tensor *tensor)
{
	const char *layer = layer_label(arena, checkpoint, tensor->layer);

	return layer == NULL ? NULL : join(arena, layer, tensor->name);
}

/* How a name was found to mean another's layer, for a person. */
static const struct {
	const char *by;
	enum ladle_finding_code code;
} ways[PAIRED_BYS] = {
		[LADLE_BY_NAME] = {"by name", LADLE_F_RENAMED},
		[LADLE_BY_ORDER] = {"by order", LADLE_F_ORDER},
		[LADLE_BY_GRAPH] = {"renamed, by its place in the graph", LADLE_F_RENAMED},
		[LADLE_BY_HAND] = {"by hand", LADLE_F_RENAMED},
};

/* What a layer's tensors say of every column that has it under another name. */
static bool
renamed_texts(struct lineup *lineup)
{
	struct rows *rows = lineup->rows;
	const struct slots *slots = rows->slots;
	const struct slot *slot = &slots->list[lineup->slot];
	const char *first, *name;

	memset(lineup->renamed, 0, slots->checkpoint_count * sizeof(*lineup->renamed));
	if (rows->layers[lineup->layer].paired_by == LADLE_BY_NAME)
		return true;
	first = layer_label(rows->arena, slots->checkpoints[slot->first_column],
			slot->index[slot->first_column]);
	for (uint32_t k = slot->first_column + 1; k < slots->checkpoint_count; k++) {
		struct renamed *renamed = &lineup->renamed[k];

		if (slot->index[k] == LADLE_NONE)
			continue;
		name = layer_label(rows->arena, slots->checkpoints[k], slot->index[k]);
		if (name == NULL || first == NULL)
			return false;
		if (strcmp(first, name) == 0)
			continue;
		renamed->code = ways[slot->by[k]].code;
		renamed->text = arena_format(rows->arena, "%s: %s in %s, %s in %s",
				ways[slot->by[k]].by, first,
				slots->checkpoints[slot->first_column]->path, name,
				slots->checkpoints[k]->path);
		if (renamed->text == NULL)
			return false;
	}
	return true;
}

/* ---- labels ----
 *
 * Rules and recipes name rows by their label, so that no two may be equal. */

static bool
make_labels(struct rows *rows)
{
	uint32_t count = rows->slots->count;
	const char **names = arena_array(rows->arena, count + 1, sizeof(*names));
	struct unique_names labels;

	if (names == NULL || !unique_names_init(&labels, rows->arena, rows->count))
		return false;
	for (uint32_t i = 0; i < count; i++) {
		const struct ladle_layer_row *layer = &rows->layers[i];

		names[i] = layer->parent == LADLE_NONE
					   ? layer->name
					   : join(rows->arena, names[layer->parent], layer->name);
		if (names[i] == NULL)
			return false;
	}
	for (uint32_t r = 0; r < rows->count; r++) {
		struct ladle_row *row = &rows->list[r];

		row->label = join(rows->arena, names[row->layer], row->tensor);
		row->label = row->label == NULL ? NULL : unique_name(&labels, row->label, '~');
		if (row->label == NULL)
			return false;
	}
	return true;
}

static bool
make_rows(struct rows *rows, struct lineup *lineup)
{
	for (uint32_t i = 0; i < rows->slots->count; i++) {
		bool done;

		arena_init(&lineup->arena);
		lineup->slot = rows->slots->order[i];
		lineup->layer = i;
		done = line_up(lineup);
		arena_done(&lineup->arena);
		if (!done)
			return false;
	}
	return true;
}

/* After all labels are made: a finding names its row. */
static bool
judge_rows(struct rows *rows, struct lineup *lineup)
{
	for (uint32_t i = 0; i < rows->slots->count; i++) {
		const struct ladle_layer_row *layer = &rows->layers[i];

		lineup->slot = rows->slots->order[i];
		lineup->layer = i;
		if (!renamed_texts(lineup))
			return false;
		for (uint32_t r = 0; r < layer->row_count; r++)
			rows_judge(rows, &rows->list[layer->first_row + r], lineup->renamed);
	}
	return !rows->failed;
}

/* Why a layer stands without a partner in some column; models have what is in them. */
static bool
explain_unpaired(struct rows *rows)
{
	const struct slots *slots = rows->slots;

	for (uint32_t i = 0; i < slots->count && slots->checkpoint_count > 1; i++) {
		const struct slot *slot = &slots->list[slots->order[i]];
		const char *lacks = NULL;

		for (uint32_t k = 0; k < slots->checkpoint_count && lacks == NULL; k++)
			if (slot->index[k] == LADLE_NONE)
				lacks = slots->checkpoints[k]->path;
		if (lacks == NULL)
			continue;
		rows->layers[i].unpaired = arena_format(rows->arena,
				slot->unsure ? "neither name, graph nor order tells which layer of "
					       "%s "
					       "it is; `pair` does"
					     : "%s has no layer of this name, nor one of its class "
					       "and "
					       "shapes in its place",
				lacks);
		if (rows->layers[i].unpaired == NULL)
			return false;
	}
	return true;
}

bool
rows_make(struct rows *rows, struct arena *arena, const struct slots *slots)
{
	struct lineup lineup = {.rows = rows};
	uint32_t at = 0;

	*rows = (struct rows){.arena = arena, .slots = slots};
	lineup.renamed = arena_array(arena, slots->checkpoint_count, sizeof(*lineup.renamed));
	if (lineup.renamed == NULL || !make_layers(rows) || !make_rows(rows, &lineup) ||
			!make_labels(rows) || !judge_rows(rows, &lineup) || !explain_unpaired(rows))
		return false;
	for (uint32_t r = 0; r < rows->count; r++) {
		rows->list[r].findings = rows->findings == NULL ? NULL : rows->findings + at;
		at += rows->list[r].finding_count;
	}
	return true;
}
