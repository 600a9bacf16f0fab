#include <ladle.h>

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "keras/modern.h"
#include "pair/blank.h"
#include "pair/rows.h"

/* Everything lies in the arena but the struct itself. */
struct table {
	struct ladle_table pub; /* first: a public pointer is one of these */
	struct arena arena;
	struct hand hand;
	struct slots slots;
	struct rows rows;
	struct ladle_finding *findings;
	uint32_t finding_count;
};

static bool
is_shared(const struct ladle_row *row, uint32_t count)
{
	uint32_t columns = 0;

	for (uint32_t k = 0; k < count; k++)
		columns += row->index[k] != LADLE_NONE;
	return columns >= 2;
}

/* Marks columns that share a row with another; returns how many do. */
static uint32_t
find_sharing(const struct table *table, bool *shares)
{
	uint32_t count = table->pub.checkpoint_count, columns = 0;

	for (uint32_t r = 0; r < table->rows.count; r++) {
		const struct ladle_row *row = &table->rows.list[r];

		if (!is_shared(row, count))
			continue;
		for (uint32_t k = 0; k < count; k++)
			shares[k] = shares[k] || row->index[k] != LADLE_NONE;
	}
	for (uint32_t k = 0; k < count; k++)
		columns += shares[k];
	return columns;
}

static void
add(struct table *table, enum ladle_finding_code code, uint32_t column, const char *text)
{
	table->rows.failed |= text == NULL;
	table->findings[table->finding_count++] =
			(struct ladle_finding){.code = code, .checkpoint = column, .text = text};
}

/* By hand is no news to the person. */
static const struct {
	enum ladle_paired_by by;
	enum ladle_finding_code code;
	const char *text;
} ways[] = {
		{LADLE_BY_GRAPH, LADLE_F_RENAMED,
				"%s: layers have other names and are paired by their place in the "
				"model's graph"},
		{LADLE_BY_ORDER, LADLE_F_ORDER,
				"%s: layers have other names and are paired by order; `pair` says "
				"otherwise"},
};

enum { WAYS = sizeof(ways) / sizeof(ways[0]), MAX_FINDINGS = 3 + WAYS };

static void
find_about_column(struct table *table, uint32_t k, bool shares)
{
	const char *path = table->pub.checkpoints[k]->path;
	uint32_t ambiguous = table->slots.ambiguous[k];
	uint64_t first = table->pub.checkpoints[0]->assets;
	uint64_t assets = table->pub.checkpoints[k]->assets;

	if (!shares)
		add(table, LADLE_F_MISSING, k,
				arena_format(&table->arena,
						"%s has no layer in common with the others", path));
	for (size_t i = 0; i < WAYS; i++)
		if (table->slots.by[k][ways[i].by])
			add(table, ways[i].code, k,
					arena_format(&table->arena, ways[i].text, path));
	if (assets != first && assets != 0 && first != 0)
		add(table, LADLE_F_COPIED, k,
				arena_format(&table->arena,
						"%s: vocabularies or other assets are not those of "
						"%s; the template's are copied",
						path, table->pub.checkpoints[0]->path));
	if (ambiguous > 0)
		add(table, LADLE_F_MISSING, k,
				arena_format(&table->arena,
						"%s: %u layer%s not paired: neither name, graph "
						"nor "
						"order tells which is which; `pair` does",
						path, ambiguous, ambiguous == 1 ? " is" : "s are"));
}

/* Rows that only their own file has are no reason to refuse; no row shared by any two files is. */
static enum ladle_status
find_about_models(struct table *table, struct ladle_error *err)
{
	uint32_t count = table->pub.checkpoint_count;
	const struct ladle_checkpoint *const *files = table->pub.checkpoints;
	bool *shares = arena_array(&table->arena, count, sizeof(*shares));

	table->findings = arena_array(
			&table->arena, (size_t)count * MAX_FINDINGS, sizeof(*table->findings));
	if (shares == NULL || table->findings == NULL)
		return ladle_fail(err, LADLE_E_MEMORY, NULL, "no memory to pair %u files", count);
	if (find_sharing(table, shares) == 0 && count >= 2)
		return ladle_fail(err, LADLE_E_PAIR, files[1]->path,
				"%s and %s have no layer in common%s", files[1]->path,
				files[0]->path,
				count > 2 ? ", nor have any two of the others" : "");
	for (uint32_t k = 0; k < count && count >= 2; k++)
		find_about_column(table, k, shares[k]);
	return LADLE_OK;
}

static void
publish(struct table *table)
{
	struct ladle_table *pub = &table->pub;

	pub->layers = table->rows.layers;
	pub->layer_count = table->slots.count;
	pub->rows = table->rows.list;
	pub->row_count = table->rows.count;
	pub->findings = table->findings;
	pub->finding_count = table->finding_count;
}

static enum ladle_status
fill(struct table *table, const struct ladle_checkpoint *const *checkpoints, uint32_t count,
		const struct ladle_hand_pair *hand, uint32_t hand_count, struct ladle_error *err)
{
	const struct ladle_checkpoint **columns =
			arena_copy(&table->arena, checkpoints, count * sizeof(*checkpoints));

	if (columns == NULL)
		return ladle_fail(err, LADLE_E_MEMORY, NULL, "no memory to pair %u files", count);
	modern_columns(columns, count);
	table->pub.checkpoint_count = count;
	table->pub.checkpoints = columns;
	TRY(hand_resolve(&table->hand, &table->arena, table->pub.checkpoints, count, hand,
			hand_count, err));
	if (!slots_make(&table->slots, &table->arena, table->pub.checkpoints, count,
			    &table->hand) ||
			!rows_make(&table->rows, &table->arena, &table->slots))
		return ladle_fail(err, LADLE_E_MEMORY, NULL, "no memory to pair %u files", count);
	TRY(find_about_models(table, err));
	if (table->rows.failed)
		return ladle_fail(err, LADLE_E_MEMORY, NULL, "no memory to pair %u files", count);
	publish(table);
	return LADLE_OK;
}

enum ladle_status
ladle_pair(struct ladle_table **out, const struct ladle_checkpoint *const *checkpoints,
		uint32_t count, struct ladle_error *err)
{
	return ladle_pair_with(out, checkpoints, count, NULL, 0, err);
}

enum ladle_status
ladle_pair_with(struct ladle_table **out, const struct ladle_checkpoint *const *checkpoints,
		uint32_t count, const struct ladle_hand_pair *hand, uint32_t hand_count,
		struct ladle_error *err)
{
	struct table *table;
	enum ladle_status status;

	if (count == 0)
		return ladle_fail(err, LADLE_E_USAGE, NULL, "there is no file to pair");
	table = calloc(1, sizeof(*table));
	if (table == NULL)
		return ladle_fail(err, LADLE_E_MEMORY, NULL, "no memory to pair %u files", count);
	arena_init(&table->arena);
	status = fill(table, checkpoints, count, hand, hand_count, err);
	if (status != LADLE_OK) {
		ladle_table_free(&table->pub);
		return status;
	}
	*out = &table->pub;
	return LADLE_OK;
}

struct ladle_table *
table_blank(struct arena **arena)
{
	struct table *table = calloc(1, sizeof(*table));

	if (table == NULL)
		return NULL;
	arena_init(&table->arena);
	*arena = &table->arena;
	return &table->pub;
}

void
ladle_table_free(struct ladle_table *pub)
{
	struct table *table = (struct table *)(void *)pub;

	if (table == NULL)
		return;
	arena_done(&table->arena);
	free(table);
}

const struct ladle_tensor *
ladle_row_tensor(const struct ladle_table *table, uint32_t row, uint32_t column)
{
	uint32_t index = table->rows[row].index[column];

	return index == LADLE_NONE ? NULL : &table->checkpoints[column]->tensors[index];
}
