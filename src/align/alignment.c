#include "align/alignment.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "align/exact.h"
#include "align/gemm.h"
#include "align/weights.h"
#include "base/err.h"

bool
ladle_has_openblas(void)
{
	struct blas *blas = blas_open();

	blas_close(blas);
	return blas != NULL;
}

const char *
ladle_objective_name(enum ladle_objective objective)
{
	static const char *const names[] = {
#define X(id, name) name,
			LADLE_OBJECTIVES(X)
#undef X
	};

	return names[objective];
}

static uint32_t
group_count(const struct alignment *all)
{
	return all->pub.groups->count;
}

static bool
is_wanted(const struct ladle_match_options *options, uint32_t column)
{
	return column != options->reference &&
	       (options->wanted == NULL || options->wanted[column]);
}

static enum ladle_status
open_alignment(struct alignment *all, const struct ladle_table *table,
		const struct ladle_groups *groups, const struct ladle_match_options *options,
		struct ladle_error *err)
{
	size_t count = (size_t)table->checkpoint_count * groups->count + 1;

	all->pub = (struct ladle_alignment){.groups = groups, .reference = options->reference};
	all->matches = arena_array(&all->arena, count, sizeof(*all->matches));
	all->solved = arena_array(&all->arena, count, sizeof(*all->solved));
	if (all->matches == NULL || all->solved == NULL)
		return ladle_fail(err, LADLE_E_MEMORY, NULL, "no memory to align units");
	TRY(aligned_new(&all->aligned, table, groups, err));
	all->pub.table = aligned_table(all->aligned);
	all->pub.matches = all->matches;
	return LADLE_OK;
}

/* Columns that are not matched now stand as they stood after. */
static enum ladle_status
copy_columns(struct alignment *all, const struct ladle_match_options *options,
		struct ladle_error *err)
{
	const struct ladle_alignment *after = options->after;

	for (uint32_t k = 0; after != NULL && k < all->pub.table->checkpoint_count; k++) {
		for (uint32_t g = 0; !is_wanted(options, k) && g < group_count(all); g++) {
			const struct ladle_match *from =
					&after->matches[(size_t)k * group_count(all) + g];

			all->matches[(size_t)k * group_count(all) + g] = *from;
			all->solved[(size_t)k * group_count(all) + g] = from->exact;
			if (from->order != NULL || from->scale != NULL)
				TRY(aligned_set(all->aligned, k, g, from->order, from->scale, err));
		}
	}
	return LADLE_OK;
}

static uint32_t
count_moved(const uint32_t *order, uint32_t units)
{
	uint32_t moved = 0;

	for (uint32_t i = 0; order != NULL && i < units; i++)
		moved += order[i] != i;
	return moved;
}

/* What `aligned` holds now, as the caller sees it. */
static void
show_orders(struct alignment *all)
{
	for (uint32_t k = 0; k < all->pub.table->checkpoint_count; k++) {
		for (uint32_t g = 0; g < group_count(all); g++) {
			size_t at = (size_t)k * group_count(all) + g;
			struct ladle_match *match = &all->matches[at];

			match->order = aligned_order(all->aligned, k, g);
			match->scale = aligned_scale(all->aligned, k, g);
			match->why = aligned_why(all->aligned, k, g);
			match->exact = all->solved[at];
			match->moved = count_moved(match->order, all->pub.groups->list[g].units);
		}
	}
}

static enum ladle_status
find_exact(struct alignment *all, struct ladle *library, const struct ladle_match_options *options,
		struct ladle_job *job, struct ladle_error *err)
{
	uint32_t count = all->pub.table->checkpoint_count;
	bool *wanted = arena_array(&all->arena, count, sizeof(*wanted));
	struct exact how = {library, options->reference, wanted, job};

	if (wanted == NULL)
		return ladle_fail(err, LADLE_E_MEMORY, NULL, "no memory to align units");
	for (uint32_t k = 0; k < count; k++)
		wanted[k] = is_wanted(options, k);
	return exact_match(&how, all->aligned, all->solved, err);
}

static enum ladle_status
match_units(struct alignment *all, struct ladle *library, const struct ladle_table *table,
		const struct ladle_match_options *options, struct ladle_job *job,
		struct ladle_error *err)
{
	for (size_t i = 0; i < (size_t)all->pub.table->checkpoint_count * group_count(all); i++)
		all->matches[i].cosine_raw = all->matches[i].cosine_matched =
				all->matches[i].cosine_null = NAN;
	TRY(copy_columns(all, options, err));
	TRY(find_exact(all, library, options, job, err));
	if (!options->exact_only || !options->no_cosines)
		TRY(weights_match(all, library, table, options, job, err));
	show_orders(all);
	return LADLE_OK;
}

enum ladle_status
ladle_match(struct ladle_alignment **out, struct ladle *library, const struct ladle_table *table,
		const struct ladle_groups *groups, const struct ladle_match_options *options,
		struct ladle_job *job, struct ladle_error *err)
{
	struct alignment *all = calloc(1, sizeof(*all));
	enum ladle_status status;

	if (all == NULL)
		return ladle_fail(err, LADLE_E_MEMORY, NULL, "no memory to align units");
	arena_init(&all->arena);
	status = open_alignment(all, table, groups, options, err);
	if (status == LADLE_OK)
		status = match_units(all, library, table, options, job, err);
	if (status == LADLE_OK)
		*out = &all->pub;
	else
		ladle_alignment_free(&all->pub);
	return status;
}

void
ladle_alignment_free(struct ladle_alignment *pub)
{
	struct alignment *all = alignment_of(pub);

	if (all == NULL)
		return;
	aligned_free(all->aligned);
	arena_done(&all->arena);
	free(all);
}
