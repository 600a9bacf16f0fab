#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "keras/tensor_view.h"

/* What was read is summed up, so that no read is left out by the compiler. */
static volatile uint64_t sink;

#define CHECK(condition)                                                                \
	do {                                                                            \
		if (!(condition)) {                                                     \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
			abort();                                                        \
		}                                                                       \
	} while (0)

static void
see_bytes(const void *data, size_t size)
{
	const unsigned char *at = data;
	uint64_t sum = 0;

	for (size_t i = 0; i < size; i++)
		sum += at[i];
	sink += sum;
}

static void
see_text(const char *text)
{
	CHECK(text != NULL);
	see_bytes(text, strlen(text));
}

static void
see_option(const char *text)
{
	if (text != NULL)
		see_text(text);
}

static void
see_shape(int rank, const uint64_t *shape, uint64_t count)
{
	CHECK(rank >= 0 && rank <= LADLE_MAX_RANK);
	CHECK(count == catalog_count(rank, shape));
	see_bytes(shape, (size_t)rank * sizeof(*shape));
}

/* ---- catalog ---- */

static void
walk_attr(const struct catalog_attr *attr)
{
	see_text(attr->name);
	see_shape(attr->rank, attr->dims, attr->count);
	see_option(attr->refused);
	for (uint64_t i = 0; attr->strings != NULL && i < attr->count; i++) {
		CHECK(attr->strings[i][attr->lengths[i]] == '\0');
		see_bytes(attr->strings[i], attr->lengths[i]);
	}
}

void
walk_catalog(const struct catalog *catalog)
{
	for (uint32_t i = 0; i < catalog->object_count; i++) {
		const struct catalog_object *object = &catalog->objects[i];

		see_text(object->path);
		see_option(object->refused);
		CHECK(i == 0 || catalog_find(catalog, object->path) == i);
		CHECK(i == 0 || catalog_child(catalog, object->parent, object->name) == i);
		if (object->kind == CATALOG_DATASET)
			see_shape(object->rank, object->dims, object->count);
		for (uint32_t a = 0; a < object->attr_count; a++)
			walk_attr(&object->attrs[a]);
	}
	for (uint32_t i = 0; i < catalog->member_count; i++)
		see_text(catalog->members[i].name);
}

/* ---- checkpoint ---- */

static void
walk_finding(const struct ladle_finding *finding, uint32_t checkpoints)
{
	see_text(ladle_finding_code_name(finding->code));
	see_text(finding->text);
	CHECK(finding->checkpoint == LADLE_NONE || finding->checkpoint < checkpoints);
}

static void
walk_layer(const struct ladle_checkpoint *c, uint32_t i)
{
	const struct ladle_layer *layer = &c->layers[i];

	see_text(layer->name);
	see_text(layer->class_name);
	see_text(layer->path);
	CHECK(layer->parent == LADLE_NONE || layer->parent < i);
	CHECK(layer->first_tensor <= c->tensor_count);
	CHECK(layer->tensor_count <= c->tensor_count - layer->first_tensor);
	for (uint32_t t = 0; t < layer->tensor_count; t++)
		CHECK(c->tensors[layer->first_tensor + t].layer == i);
}

/* No place of a part lies outside of its dataset. */
static void
walk_part(const struct ladle_view *view, const struct view_part *part,
		const struct catalog *catalog)
{
	__int128 least = part->origin, most = part->origin;
	const struct catalog_object *object = &catalog->objects[part->dataset];

	CHECK(part->dataset < catalog->object_count && object->kind == CATALOG_DATASET);
	for (int a = 0; a < view->rank; a++) {
		uint64_t extent = a == view->rank - 1 ? part->width : view->shape[a];
		__int128 way = (__int128)part->stride[a] * ((__int128)extent - 1);

		if (extent == 0)
			return;
		least += way < 0 ? way : 0;
		most += way > 0 ? way : 0;
	}
	CHECK(least >= 0 && most < (__int128)object->count);
}

static void
walk_view(const struct ladle_tensor *tensor, const struct catalog *catalog)
{
	const struct ladle_view *view = tensor->view;
	uint64_t width = 0;

	CHECK(view->rank >= 1 && view->rank == tensor->rank && view->part_count >= 1);
	CHECK(memcmp(view->shape, tensor->shape, (size_t)view->rank * sizeof(*view->shape)) == 0);
	for (uint32_t i = 0; i < view->part_count; i++) {
		walk_part(view, &view->parts[i], catalog);
		width += view->parts[i].width;
	}
	CHECK(width == view->shape[view->rank - 1]);
}

static void
walk_tensor(const struct ladle_checkpoint *c, uint32_t i, const struct catalog *catalog)
{
	const struct ladle_tensor *tensor = &c->tensors[i];

	see_text(tensor->name);
	see_text(tensor->object);
	see_text(tensor->role);
	see_option(tensor->refused);
	see_shape(tensor->rank, tensor->shape, tensor->count);
	CHECK(tensor->layer < c->layer_count);
	CHECK(i == 0 || tensor->layer >= tensor[-1].layer);
	CHECK((tensor->dataset == LADLE_NONE) == (tensor->view != NULL));
	if (tensor->view != NULL)
		walk_view(tensor, catalog);
	else
		CHECK(tensor->dataset < catalog->object_count &&
				catalog->objects[tensor->dataset].kind == CATALOG_DATASET);
}

/* Names of tensors are unique in their layer, paths in the file. */
static int
compare_texts(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void
check_unique(const char **names, uint32_t count)
{
	qsort(names, count, sizeof(*names), compare_texts);
	for (uint32_t i = 1; i < count; i++)
		CHECK(strcmp(names[i - 1], names[i]) != 0);
}

static void
check_names(const struct ladle_checkpoint *c)
{
	size_t room = (size_t)c->layer_count + c->tensor_count + 1;
	const char **names = calloc(room, sizeof(*names));

	CHECK(names != NULL);
	for (uint32_t i = 0; i < c->layer_count; i++)
		names[i] = c->layers[i].path;
	check_unique(names, c->layer_count);
	for (uint32_t i = 0; i < c->layer_count; i++) {
		for (uint32_t t = 0; t < c->layers[i].tensor_count; t++)
			names[t] = c->tensors[c->layers[i].first_tensor + t].name;
		check_unique(names, c->layers[i].tensor_count);
	}
	free(names);
}

void
walk_checkpoint(const struct ladle_checkpoint *c, const struct catalog *catalog)
{
	see_text(ladle_format_name(c->format));
	see_text(c->keras_version);
	see_text(c->backend);
	see_text(c->model_name);
	see_text(c->model_class);
	for (uint32_t i = 0; i < c->layer_count; i++)
		walk_layer(c, i);
	for (uint32_t i = 0; i < c->tensor_count; i++)
		walk_tensor(c, i, catalog);
	for (uint32_t i = 0; i < c->finding_count; i++)
		walk_finding(&c->findings[i], 1);
	check_names(c);
}

size_t
label_bytes(const struct ladle_checkpoint *c)
{
	size_t *above = calloc((size_t)c->layer_count + 1, sizeof(*above)), sum = 0;

	CHECK(above != NULL);
	for (uint32_t i = 0; i < c->layer_count; i++) {
		const struct ladle_layer *layer = &c->layers[i];

		above[i] = strlen(layer->name) + 1;
		if (layer->parent != LADLE_NONE)
			above[i] += above[layer->parent];
		sum += above[i];
	}
	for (uint32_t i = 0; i < c->tensor_count; i++)
		sum += above[c->tensors[i].layer] + strlen(c->tensors[i].name);
	free(above);
	return sum;
}

/* ---- table ---- */

static void
walk_layer_row(const struct ladle_table *t, uint32_t i)
{
	const struct ladle_layer_row *row = &t->layers[i];

	see_text(row->name);
	see_text(row->class_name);
	see_option(row->unpaired);
	see_text(ladle_paired_by_name(row->paired_by));
	CHECK(row->parent == LADLE_NONE || row->parent < i);
	CHECK(row->depth == (row->parent == LADLE_NONE ? 0 : t->layers[row->parent].depth + 1));
	CHECK(row->first_row <= t->row_count);
	CHECK(row->row_count <= t->row_count - row->first_row);
	for (uint32_t k = 0; k < t->checkpoint_count; k++)
		CHECK(row->index[k] == LADLE_NONE ||
				row->index[k] < t->checkpoints[k]->layer_count);
}

static void
walk_row(const struct ladle_table *t, uint32_t i)
{
	const struct ladle_row *row = &t->rows[i];
	uint32_t columns = 0;

	see_text(row->label);
	see_text(row->tensor);
	see_text(row->role);
	see_shape(row->rank, row->shape, row->count);
	CHECK(row->layer < t->layer_count);
	for (uint32_t k = 0; k < t->checkpoint_count; k++) {
		const struct ladle_tensor *tensor = ladle_row_tensor(t, i, k);

		CHECK(tensor == NULL || row->index[k] < t->checkpoints[k]->tensor_count);
		columns += tensor != NULL;
	}
	CHECK(columns > 0);
	for (uint32_t f = 0; f < row->finding_count; f++)
		walk_finding(&row->findings[f], t->checkpoint_count);
}

/* A tensor stands in one row. */
static void
check_rows(const struct ladle_table *t, uint32_t k)
{
	uint32_t count = t->checkpoints[k]->tensor_count;
	bool *seen = calloc((size_t)count + 1, sizeof(*seen));

	CHECK(seen != NULL);
	for (uint32_t i = 0; i < t->row_count; i++) {
		uint32_t tensor = t->rows[i].index[k];

		if (tensor == LADLE_NONE)
			continue;
		CHECK(!seen[tensor]);
		seen[tensor] = true;
	}
	for (uint32_t i = 0; i < count; i++)
		CHECK(seen[i]);
	free(seen);
}

void
walk_table(const struct ladle_table *t)
{
	for (uint32_t i = 0; i < t->layer_count; i++)
		walk_layer_row(t, i);
	for (uint32_t i = 0; i < t->row_count; i++)
		walk_row(t, i);
	for (uint32_t i = 0; i < t->finding_count; i++)
		walk_finding(&t->findings[i], t->checkpoint_count);
	for (uint32_t k = 0; k < t->checkpoint_count; k++)
		check_rows(t, k);
}

/* ---- groups ---- */

/* No unit stands outside of its tensor. */
static void
walk_use(const struct ladle_table *t, const struct ladle_use *use, uint32_t units)
{
	const struct ladle_row *row;

	CHECK(use->row < t->row_count);
	row = &t->rows[use->row];
	CHECK(use->axis >= 0 && use->axis < row->rank && use->outer > 0 && use->inner > 0);
	CHECK((unsigned __int128)units * use->outer * use->inner + use->offset <=
			row->shape[use->axis]);
	CHECK(use->where >= -1 && use->where < row->rank && use->where != use->axis);
	CHECK(use->where < 0 || use->index < row->shape[use->where]);
}

void
walk_groups(const struct ladle_groups *groups, const struct ladle_table *t)
{
	for (uint32_t i = 0; i < groups->count; i++) {
		CHECK(groups->list[i].units > 1 && groups->list[i].use_count > 0);
		for (uint32_t k = 0; k < groups->list[i].use_count; k++)
			walk_use(t, &groups->list[i].uses[k], groups->list[i].units);
	}
	for (uint32_t i = 0; i < groups->ungrouped_count; i++) {
		CHECK(groups->ungrouped[i].layer < t->layer_count);
		see_text(groups->ungrouped[i].why);
	}
}

/* ---- branches ---- */

/* A layer is in one branch, or shared, or neither. */
static void
see_members(bool *seen, const uint32_t *layers, uint32_t count, uint32_t most)
{
	for (uint32_t i = 0; i < count; i++) {
		CHECK(layers[i] < most && !seen[layers[i]]);
		seen[layers[i]] = true;
	}
}

void
walk_branches(const struct ladle_branches *branches, const struct ladle_checkpoint *c)
{
	bool *seen = calloc((size_t)c->layer_count + 1, sizeof(*seen));

	CHECK(seen != NULL && branches->count >= 2);
	see_text(branches->merge);
	for (uint32_t b = 0; b < branches->count; b++) {
		see_text(branches->list[b].name);
		CHECK(branches->list[b].layer_count == branches->list[0].layer_count);
		see_members(seen, branches->list[b].layers, branches->list[b].layer_count,
				c->layer_count);
	}
	see_members(seen, branches->shared, branches->shared_count, c->layer_count);
	free(seen);
}
