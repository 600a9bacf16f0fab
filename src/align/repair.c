#include "align/repair_state.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/dtype.h"
#include "base/err.h"
#include "base/job.h"
#include "keras/graph.h"
#include "measure/plan.h"

struct repair {
	struct ladle_repair pub; /* first: a public pointer is one of these */
	struct arena arena;
};

const char *
ladle_repair_name(enum ladle_repair_kind kind)
{
	static const char *const names[] = {
#define X(id, name) name,
			LADLE_REPAIRS(X)
#undef X
	};

	return names[kind];
}

struct statistics *
repair_statistics(const struct repairing *all, uint32_t norm, uint32_t column)
{
	return &all->statistics[(size_t)norm * all->request->table->checkpoint_count + column];
}

void
repair_add(struct repairing *all, const struct ladle_correction *one, const char *format, ...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	all->list[all->count] = *one;
	all->list[all->count].text = arena_text(all->out, text, strlen(text));
	all->failed |= all->list[all->count].text == NULL;
	all->count++;
}

/* ---- reading ---- */

static const struct ladle_tensor *
fitting(const struct repairing *all, uint32_t row, uint32_t column)
{
	const struct ladle_row *of = &all->request->table->rows[row];
	const struct ladle_tensor *t = ladle_row_tensor(all->request->table, row, column);

	if (t == NULL || t->refused != NULL || !dtype_is_float(t->dtype) || t->rank != of->rank)
		return NULL;
	for (int a = 0; a < t->rank; a++)
		if (t->shape[a] != of->shape[a])
			return NULL;
	return all->most > 0 && t->count > all->most ? NULL : t;
}

static enum ladle_status
no_memory(const struct repairing *all)
{
	return ladle_fail(all->err, LADLE_E_MEMORY, NULL, "no memory to estimate a repair");
}

enum ladle_status
repair_read(struct repairing *all, uint32_t row, uint32_t column, double **out)
{
	const struct ladle_tensor *t = fitting(all, row, column);
	const struct ladle_checkpoint *of = all->request->table->checkpoints[column];
	unsigned char *raw;
	double *values;

	*out = NULL;
	if (t == NULL)
		return LADLE_OK;
	raw = arena_array(all->piece, PLAN_BLOCK, 8);
	values = t->count > SIZE_MAX / 16
				 ? NULL
				 : arena_array(all->piece, (size_t)t->count + 1, sizeof(*values));
	if (raw == NULL || values == NULL)
		return no_memory(all);
	for (uint64_t first = 0; first < t->count; first += PLAN_BLOCK) {
		size_t count = t->count - first < PLAN_BLOCK ? (size_t)(t->count - first)
							     : PLAN_BLOCK;

		if (job_canceled(all->request->job))
			return ladle_fail(all->err, LADLE_E_CANCELED, NULL, "canceled");
		TRY(ladle_tensor_read(of, t, first, count, raw, all->err));
		dtype_to_double(t->dtype, raw, values + first, count);
		job_advance(all->request->job, count * dtype_size(t->dtype));
	}
	*out = values;
	return LADLE_OK;
}

/* Extents of a kernel as [before][units][inside]. */
static void
units_of(const struct feed *feed, const struct ladle_row *row, size_t *before, size_t *units,
		size_t *inside)
{
	const uint64_t *last = &row->shape[row->rank - 1];

	*inside = feed->form == FEED_TRANSPOSED ? (size_t)last[0] : 1;
	*units = feed->form == FEED_TRANSPOSED  ? (size_t)last[-1]
		 : feed->form == FEED_DEPTHWISE ? (size_t)(last[0] * last[-1])
						: (size_t)last[0];
	*before = *units * *inside == 0 ? 0 : (size_t)row->count / (*units * *inside);
}

enum ladle_status
repair_columns(struct repairing *all, const struct feed *feed, uint32_t column, uint64_t wanted,
		struct columns *out)
{
	const struct ladle_row *row = &all->request->table->rows[feed->row];
	size_t before, units, inside;
	double *values, *turned;

	*out = (struct columns){NULL, 0, 0};
	units_of(feed, row, &before, &units, &inside);
	if (units == 0 || before == 0 || (wanted != 0 && wanted != units))
		return LADLE_OK;
	TRY(repair_read(all, feed->row, column, &values));
	if (values == NULL)
		return LADLE_OK;
	turned = arena_array(all->piece, (size_t)row->count, sizeof(*turned));
	if (turned == NULL)
		return no_memory(all);
	for (size_t b = 0; b < before; b++)
		for (size_t u = 0; u < units; u++)
			for (size_t i = 0; i < inside; i++)
				turned[(u * before + b) * inside + i] =
						values[(b * units + u) * inside + i];
	*out = (struct columns){turned, units, before * inside};
	return LADLE_OK;
}

static enum ladle_status
read_statistics(struct repairing *all)
{
	uint32_t k = all->request->table->checkpoint_count;

	all->statistics = arena_array(
			all->work, (size_t)all->net.norm_count * k + 1, sizeof(*all->statistics));
	if (all->statistics == NULL)
		return no_memory(all);
	for (uint32_t n = 0; n < all->net.norm_count; n++)
		for (uint32_t c = 0; c < k; c++) {
			struct statistics *s = repair_statistics(all, n, c);

			TRY(repair_read(all, all->net.norms[n].mean, c, &s->mean));
			TRY(repair_read(all, all->net.norms[n].variance, c, &s->variance));
			if (s->mean == NULL)
				s->variance = NULL;
		}
	return LADLE_OK;
}

/* ---- all of it ---- */

static uint32_t
column_with_graph(const struct ladle_table *table)
{
	for (uint32_t k = 0; k < table->checkpoint_count; k++) {
		const struct ladle_graph *graph = table->checkpoints[k]->graph;

		if (graph != NULL && graph->config.model != NULL)
			return k;
	}
	return LADLE_NONE;
}

static bool
wants(const struct repairing *all, enum ladle_repair_kind kind)
{
	return all->request->kinds >> kind & 1;
}

/* Why a kind that was asked for found nothing that it is about. */
static const char *
notes_of(const struct repairing *all)
{
	bool statistics = wants(all, LADLE_REPAIR_BN) || wants(all, LADLE_REPAIR_UNCONVERGED);

	if (statistics && all->net.norm_count == 0)
		return "the model has no BatchNormalization whose statistics are averaged";
	if (wants(all, LADLE_REPAIR_NORM) && all->net.norm_count + all->net.others > 0)
		return "norm is for models without normalisers, and this one has them";
	return NULL;
}

enum ladle_status
repair_open(struct repairing *all)
{
	const struct ladle_table *table = all->request->table;
	uint32_t column = column_with_graph(table);

	if (column == LADLE_NONE)
		return ladle_fail(all->err, LADLE_E_INPUT, table->checkpoints[0]->path,
				"%s: what feeds what is not known without the model's config: "
				"give --config FILE",
				table->checkpoints[0]->path);
	all->w = arena_array(all->work, (size_t)table->checkpoint_count + 1, sizeof(*all->w));
	if (all->w == NULL || !repair_net_find(&all->net, all->work, table, column))
		return no_memory(all);
	all->room = 3 * all->net.norm_count + all->net.feed_count + 1;
	all->list = arena_array(all->out, all->room, sizeof(*all->list));
	return all->list == NULL ? no_memory(all) : read_statistics(all);
}

static enum ladle_status
find(struct repairing *all)
{
	TRY(repair_open(all));
	if (wants(all, LADLE_REPAIR_UNCONVERGED))
		TRY(repair_settle(all));
	if (wants(all, LADLE_REPAIR_BN))
		TRY(repair_variances(all));
	if (wants(all, LADLE_REPAIR_NORM) && all->net.norm_count + all->net.others == 0)
		TRY(repair_kernels(all));
	return all->failed ? no_memory(all) : LADLE_OK;
}

enum ladle_status
repair_find(struct ladle_repair **out, const struct repair_request *request,
		struct ladle_error *err)
{
	struct repair *repair = calloc(1, sizeof(*repair));
	struct arena work;
	struct repairing all = {.request = request, .work = &work, .piece = &work, .err = err};
	enum ladle_status status;

	if (repair == NULL)
		return no_memory(&all);
	arena_init(&repair->arena);
	arena_init(&work);
	all.out = &repair->arena;
	status = find(&all);
	repair->pub = (struct ladle_repair){.list = all.list, .count = all.count};
	for (uint32_t i = 0; i < all.count; i++)
		repair->pub.applied += all.list[i].values != NULL || all.list[i].factors != NULL;
	if (status == LADLE_OK)
		repair->pub.notes = notes_of(&all);
	arena_done(&work);
	if (status == LADLE_OK)
		*out = &repair->pub;
	else
		ladle_repair_free(&repair->pub);
	return status;
}

void
ladle_repair_free(struct ladle_repair *pub)
{
	struct repair *repair = (struct repair *)(void *)pub;

	if (repair == NULL)
		return;
	arena_done(&repair->arena);
	free(repair);
}
