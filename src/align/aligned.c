#include "align/aligned.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "keras/checkpoint.h"
#include "keras/reorder.h"
#include "keras/tensor_view.h"

/* A use, with whose it is. */
struct at {
	const struct ladle_use *use;
	uint32_t group;
};

/* The uses along one axis of a row, by group, then by `index`. */
struct axis_uses {
	const struct at *list;
	uint32_t count;
	int where; /* of those that are within a slice; -1: none is */
};

struct row_uses {
	struct axis_uses *axes; /* [rank]; NULL: the row is in no group */
};

struct unit_map {
	const uint32_t *order;
	const double *scale;
	const char *why;
	uint32_t *order_memory;
	double *scale_memory;
};

/* A row of a column that was re-ordered once. */
struct reordered {
	struct ladle_view view;
	struct reorder reorder;
	struct reorder_axis *axes; /* [rank] */
	uint32_t **orders;         /* [rank] what axes may point to */
	double **scales;
};

struct column {
	struct checkpoint twin;
	struct ladle_tensor *tensors; /* of the twin */
	struct unit_map *maps;        /* [groups] */
	struct reordered **rows;      /* [rows] NULL: none */
};

struct aligned {
	struct ladle_table pub;
	const struct ladle_table *table;
	const struct ladle_groups *groups;
	struct arena arena;
	struct at *uses; /* of all groups, by row, axis, group, index */
	size_t use_count;
	struct row_uses *rows;
	struct column *columns;
};

/* ---- which uses a row has ---- */

static int
compare_uses(const void *left, const void *right)
{
	const struct at *a = left, *b = right;

	if (a->use->row != b->use->row)
		return a->use->row < b->use->row ? -1 : 1;
	if (a->use->axis != b->use->axis)
		return a->use->axis < b->use->axis ? -1 : 1;
	if (a->group != b->group)
		return a->group < b->group ? -1 : 1;
	if (a->use->index != b->use->index)
		return a->use->index < b->use->index ? -1 : 1;
	return a->use->offset < b->use->offset ? -1 : a->use->offset > b->use->offset;
}

static bool
list_uses(struct aligned *all)
{
	const struct ladle_groups *groups = all->groups;
	size_t count = 0;

	for (uint32_t g = 0; g < groups->count; g++)
		count += groups->list[g].use_count;
	all->uses = arena_array(&all->arena, count + 1, sizeof(*all->uses));
	if (all->uses == NULL)
		return false;
	for (uint32_t g = 0; g < groups->count; g++)
		for (uint32_t u = 0; u < groups->list[g].use_count; u++)
			all->uses[all->use_count++] = (struct at){&groups->list[g].uses[u], g};
	qsort(all->uses, count, sizeof(*all->uses), compare_uses);
	return true;
}

static void
add_to_axis(struct axis_uses *axis, const struct at *at)
{
	if (axis->count++ == 0)
		axis->list = at;
	if (at->use->where >= 0)
		axis->where = at->use->where;
}

static bool
map_rows(struct aligned *all)
{
	all->rows = arena_array(&all->arena, all->table->row_count + 1, sizeof(*all->rows));
	for (size_t i = 0; all->rows != NULL && i < all->use_count; i++) {
		const struct at *at = &all->uses[i];
		struct row_uses *row = &all->rows[at->use->row];
		int rank = all->table->rows[at->use->row].rank;

		if (row->axes == NULL) {
			row->axes = arena_array(&all->arena, (size_t)rank, sizeof(*row->axes));
			if (row->axes == NULL)
				return false;
			for (int a = 0; a < rank; a++)
				row->axes[a].where = -1;
		}
		add_to_axis(&row->axes[at->use->axis], at);
	}
	return all->rows != NULL;
}

/* ---- which groups a column can follow ---- */

/* NULL: the use is there in this column as in the first. */
static const char *
use_problem(const struct aligned *all, uint32_t column, const struct ladle_use *use)
{
	const struct ladle_row *row = &all->table->rows[use->row];
	const struct ladle_tensor *tensor = ladle_row_tensor(all->table, use->row, column);

	if (tensor == NULL)
		return "has no %s";
	if (tensor->refused != NULL || !tensor->averaged)
		return "has a %s that is not averaged";
	if (tensor->rank != row->rank || tensor->shape[use->axis] >= LADLE_NONE ||
			tensor->shape[use->axis] != row->shape[use->axis] ||
			(use->where >= 0 &&
					tensor->shape[use->where] != row->shape[use->where]))
		return "has a %s of another shape";
	return NULL;
}

/* Layers that the others lack may read units whose order the table does not tell. */
static const struct ladle_layer *
surplus_layer(const struct aligned *all, uint32_t column, uint32_t reference)
{
	for (uint32_t i = 0; i < all->table->layer_count; i++) {
		const struct ladle_layer_row *layer = &all->table->layers[i];

		if (layer->row_count > 0 && layer->index[column] != LADLE_NONE &&
				layer->index[reference] == LADLE_NONE)
			return &all->table->checkpoints[column]->layers[layer->index[column]];
	}
	return NULL;
}

static bool
find_why(struct aligned *all, uint32_t column, uint32_t group)
{
	struct unit_map *map = &all->columns[column].maps[group];
	const struct ladle_group *from = &all->groups->list[group];
	const char *path = all->table->checkpoints[column]->path;
	const struct ladle_layer *surplus = surplus_layer(all, column, all->groups->column);

	if (surplus != NULL) {
		map->why = arena_format(&all->arena,
				"%s has the layer %s, which may take these units too", path,
				surplus->path);
		return map->why != NULL;
	}
	for (uint32_t u = 0; u < from->use_count; u++) {
		const char *problem = use_problem(all, column, &from->uses[u]);
		const char *slot = problem == NULL ? NULL : strstr(problem, "%s");

		if (slot == NULL)
			continue;
		map->why = arena_format(&all->arena, "%s %.*s%s%s", path, (int)(slot - problem),
				problem, all->table->rows[from->uses[u].row].label, slot + 2);
		return map->why != NULL;
	}
	return true;
}

/* ---- twins ---- */

static bool
make_column(struct aligned *all, uint32_t index)
{
	struct column *column = &all->columns[index];
	const struct ladle_checkpoint *from = all->table->checkpoints[index];
	bool done;

	column->twin = *checkpoint_of(from);
	column->tensors = arena_array(
			&all->arena, (size_t)from->tensor_count + 1, sizeof(*column->tensors));
	column->maps = arena_array(&all->arena, (size_t)all->groups->count + 1,
			sizeof(*column->maps));
	column->rows = arena_array(&all->arena, (size_t)all->table->row_count + 1,
			sizeof(*column->rows));
	done = column->tensors != NULL && column->maps != NULL && column->rows != NULL;
	if (!done)
		return false;
	if (from->tensor_count > 0)
		memcpy(column->tensors, from->tensors,
				from->tensor_count * sizeof(*column->tensors));
	column->twin.pub.tensors = column->tensors;
	for (uint32_t g = 0; g < all->groups->count && done; g++)
		done = find_why(all, index, g);
	return done;
}

static bool
make_columns(struct aligned *all)
{
	uint32_t count = all->table->checkpoint_count;
	const struct ladle_checkpoint **list =
			arena_array(&all->arena, count, sizeof(*list));

	all->columns = arena_array(&all->arena, count, sizeof(*all->columns));
	if (list == NULL || all->columns == NULL)
		return false;
	for (uint32_t k = 0; k < count; k++) {
		if (!make_column(all, k))
			return false;
		list[k] = &all->columns[k].twin.pub;
	}
	all->pub = *all->table;
	all->pub.checkpoints = list;
	return true;
}

enum ladle_status
aligned_new(struct aligned **out, const struct ladle_table *table,
		const struct ladle_groups *groups, struct ladle_error *err)
{
	struct aligned *all = calloc(1, sizeof(*all));

	if (all == NULL)
		return ladle_fail(err, LADLE_E_MEMORY, NULL, "no memory to align units");
	all->table = table;
	all->groups = groups;
	arena_init(&all->arena);
	if (!list_uses(all) || !map_rows(all) || !make_columns(all)) {
		aligned_free(all);
		return ladle_fail(err, LADLE_E_MEMORY, NULL, "no memory to align units");
	}
	*out = all;
	return LADLE_OK;
}

void
aligned_free(struct aligned *all)
{
	if (all == NULL)
		return;
	arena_done(&all->arena);
	free(all);
}

const struct ladle_table *
aligned_table(const struct aligned *all)
{
	return &all->pub;
}

const struct ladle_table *
aligned_stored(const struct aligned *all)
{
	return all->table;
}

const struct ladle_groups *
aligned_groups(const struct aligned *all)
{
	return all->groups;
}

const char *
aligned_why(const struct aligned *all, uint32_t column, uint32_t group)
{
	return all->columns[column].maps[group].why;
}

const uint32_t *
aligned_order(const struct aligned *all, uint32_t column, uint32_t group)
{
	return all->columns[column].maps[group].order;
}

const double *
aligned_scale(const struct aligned *all, uint32_t column, uint32_t group)
{
	return all->columns[column].maps[group].scale;
}

/* ---- orders of axes from orders of groups ---- */

/* One axis of a row of a column. */
struct composing {
	const struct aligned *all;
	const struct column *column;
	const struct axis_uses *uses, *where; /* of the axis and of the one that it depends on */
};

/* The uses of the group that lies before `end`, from the back. */
static uint32_t
first_of_group(const struct axis_uses *uses, uint32_t end)
{
	uint32_t first = end - 1;

	while (first > 0 && uses->list[first - 1].group == uses->list[end - 1].group)
		first--;
	return first;
}

static bool
covers(const struct ladle_use *use, uint32_t units, uint64_t place, uint64_t x)
{
	return (use->where < 0 || use->index == place) && x >= use->offset &&
	       x - use->offset < use->outer * units * use->inner;
}

static uint64_t
moved(const struct ladle_use *use, uint32_t units, const uint32_t *order, uint64_t x)
{
	uint64_t at = x - use->offset, block = units * use->inner;
	uint64_t unit = at / use->inner % units;

	return use->offset + at / block * block + order[unit] * use->inner + at % use->inner;
}

/* Where index x of the axis stood before this group moved it. */
static uint64_t
before_group(const struct composing *with, const struct axis_uses *uses, uint32_t first,
		uint32_t end, uint64_t place, uint64_t x)
{
	uint32_t group = uses->list[first].group, low = first, high = end;
	const uint32_t *order = with->column->maps[group].order;
	uint32_t units = with->all->groups->list[group].units;

	if (order == NULL)
		return x;
	while (uses->where >= 0 && low < high && uses->list[low].use->where >= 0) {
		uint32_t middle = low + (high - low) / 2; /* by index */

		if (uses->list[middle].use->index == place) {
			for (low = middle; low > first && uses->list[low - 1].use->index == place;)
				low--;
			break;
		}
		if (uses->list[middle].use->index < place)
			low = middle + 1;
		else
			high = middle;
	}
	for (uint32_t u = low; u < end; u++) {
		if (covers(uses->list[u].use, units, place, x))
			return moved(uses->list[u].use, units, order, x);
		if (uses->list[u].use->where >= 0 && uses->list[u].use->index > place)
			break;
	}
	return x;
}

/* Groups were applied in their order, so the last one is undone first. */
static uint64_t
origin(const struct composing *with, uint64_t place, uint64_t x)
{
	uint32_t own = with->uses->count;
	uint32_t other = with->where == NULL ? 0 : with->where->count;

	while (own > 0 || other > 0) {
		uint32_t first;

		if (other == 0 || (own > 0 && with->uses->list[own - 1].group >=
							     with->where->list[other - 1].group)) {
			first = first_of_group(with->uses, own);
			x = before_group(with, with->uses, first, own, place, x);
			own = first;
		} else {
			first = first_of_group(with->where, other);
			place = before_group(with, with->where, first, other, 0, place);
			other = first;
		}
	}
	return x;
}

static bool
is_moved(const struct composing *with)
{
	for (uint32_t u = 0; u < with->uses->count; u++)
		if (with->column->maps[with->uses->list[u].group].order != NULL)
			return true;
	return false;
}

static bool
compose_order(struct aligned *all, const struct composing *with, const struct ladle_row *row,
		int axis, struct reordered *out)
{
	uint64_t extent = row->shape[axis], places = 1, n = 0;
	int where = with->uses->where;

	out->axes[axis].order = NULL;
	out->axes[axis].where = where;
	if (!is_moved(with))
		return true;
	if (where >= 0)
		places = row->shape[where];
	if (out->orders[axis] == NULL)
		out->orders[axis] = arena_array(
				&all->arena, places * extent, sizeof(*out->orders[axis]));
	if (out->orders[axis] == NULL)
		return false;
	for (uint64_t place = 0; place < places; place++)
		for (uint64_t x = 0; x < extent; x++)
			out->orders[axis][n++] = (uint32_t)origin(with, place, x);
	out->axes[axis].order = out->orders[axis];
	return true;
}

/* ---- scales ---- */

static void
scale_use(const struct ladle_use *use, uint32_t units, const double *scale, double *out)
{
	for (uint64_t i = 0; i < use->outer * units * use->inner; i++) {
		double by = scale[i / use->inner % units];

		out[use->offset + i] = use->gauge < 0 ? 1 / by : by;
	}
}

static bool
compose_scale(struct aligned *all, const struct composing *with, const struct ladle_row *row,
		int axis, struct reordered *out)
{
	bool some = false;

	out->axes[axis].scale = NULL;
	for (uint32_t u = 0; u < with->uses->count; u++)
		some = some || (with->uses->list[u].use->gauge != 0 &&
					       with->column->maps[with->uses->list[u].group].scale);
	if (!some)
		return true;
	if (out->scales[axis] == NULL)
		out->scales[axis] = arena_array(
				&all->arena, row->shape[axis], sizeof(*out->scales[axis]));
	if (out->scales[axis] == NULL)
		return false;
	for (uint64_t x = 0; x < row->shape[axis]; x++)
		out->scales[axis][x] = 1;
	for (uint32_t u = 0; u < with->uses->count; u++) {
		const struct at *at = &with->uses->list[u];
		const double *scale = with->column->maps[at->group].scale;

		if (scale != NULL && at->use->gauge != 0)
			scale_use(at->use, all->groups->list[at->group].units, scale,
					out->scales[axis]);
	}
	out->axes[axis].scale = out->scales[axis];
	return true;
}

/* ---- rows ---- */

static struct reordered *
make_reordered(struct aligned *all, struct column *column, uint32_t row)
{
	size_t rank = (size_t)all->table->rows[row].rank;
	struct reordered *out = arena_array(&all->arena, 1, sizeof(*out));

	if (out == NULL)
		return NULL;
	out->axes = arena_array(&all->arena, rank, sizeof(*out->axes));
	out->orders = arena_array(&all->arena, rank, sizeof(*out->orders));
	out->scales = arena_array(&all->arena, rank, sizeof(*out->scales));
	if (out->axes == NULL || out->orders == NULL || out->scales == NULL)
		return NULL;
	for (size_t a = 0; a < rank; a++)
		out->axes[a].where = -1;
	out->view.reorder = &out->reorder;
	out->reorder.axes = out->axes;
	column->rows[row] = out;
	return out;
}

static bool
is_plain(const struct reordered *row, int rank)
{
	for (int a = 0; a < rank; a++)
		if (row->axes[a].order != NULL || row->axes[a].scale != NULL)
			return false;
	return true;
}

static bool
compose_row(struct aligned *all, uint32_t k, uint32_t row)
{
	struct column *column = &all->columns[k];
	struct reordered *out = column->rows[row];
	const struct ladle_row *from = &all->table->rows[row];
	const struct ladle_tensor *tensor = ladle_row_tensor(all->table, row, k);

	if (out == NULL)
		out = make_reordered(all, column, row);
	if (out == NULL)
		return false;
	for (int a = 0; a < from->rank; a++) {
		const struct axis_uses *uses = &all->rows[row].axes[a];
		const struct composing with = {all, column, uses,
				uses->where < 0 ? NULL : &all->rows[row].axes[uses->where]};

		if (!compose_order(all, &with, from, a, out) ||
				!compose_scale(all, &with, from, a, out))
			return false;
	}
	out->reorder.from = tensor;
	column->tensors[from->index[k]].view =
			is_plain(out, from->rank) ? tensor->view : &out->view;
	return true;
}

static bool
compose_group(struct aligned *all, uint32_t column, uint32_t group)
{
	const struct ladle_group *from = &all->groups->list[group];
	uint32_t last = LADLE_NONE;

	for (uint32_t u = 0; u < from->use_count; u++) {
		if (from->uses[u].row != last && !compose_row(all, column, from->uses[u].row))
			return false;
		last = from->uses[u].row;
	}
	return true;
}

static bool
is_identity(const uint32_t *order, uint32_t units)
{
	for (uint32_t i = 0; i < units; i++)
		if (order[i] != i)
			return false;
	return true;
}

/* The memory of a map is kept for the next one. */
static bool
keep_map(struct aligned *all, struct unit_map *map, const uint32_t *order, const double *scale,
		uint32_t units)
{
	if (order != NULL && is_identity(order, units))
		order = NULL;
	if (order != NULL && map->order_memory == NULL)
		map->order_memory = arena_array(&all->arena, units, sizeof(*order));
	if (scale != NULL && map->scale_memory == NULL)
		map->scale_memory = arena_array(&all->arena, units, sizeof(*scale));
	if ((order != NULL && map->order_memory == NULL) ||
			(scale != NULL && map->scale_memory == NULL))
		return false;
	if (order != NULL)
		memmove(map->order_memory, order, units * sizeof(*order));
	if (scale != NULL)
		memmove(map->scale_memory, scale, units * sizeof(*scale));
	map->order = order == NULL ? NULL : map->order_memory;
	map->scale = scale == NULL ? NULL : map->scale_memory;
	return true;
}

enum ladle_status
aligned_set(struct aligned *all, uint32_t column, uint32_t group, const uint32_t *order,
		const double *scale, struct ladle_error *err)
{
	struct unit_map *map = &all->columns[column].maps[group];

	assert(map->why == NULL);
	assert(scale == NULL || all->groups->list[group].gauge != LADLE_GAUGE_NONE);
	if (!keep_map(all, map, order, scale, all->groups->list[group].units) ||
			!compose_group(all, column, group))
		return ladle_fail(err, LADLE_E_MEMORY, NULL, "no memory to align units");
	return LADLE_OK;
}
