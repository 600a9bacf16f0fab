#include "align/exact_state.h"

#include "base/err.h"

enum { MOST_ROUNDS = 64 }; /* then what is still open stays as it is */

/* Signatures of units: sums of the hashes of all that belongs to one, where each element is hashed
 * with what is known of its place. Where the order of an axis is not known, that is the colour of
 * the other unit (Weisfeiler and Leman 1968, as in tests of isomorphism of graphs). */
static enum ladle_status
read_all(struct exact_pair *pair, struct ladle_error *err)
{
	bool open = exact_is_open(pair);

	for (int round = 0; open && round < MOST_ROUNDS; round++) {
		exact_label(pair);
		TRY(exact_sum(pair, err));
		TRY(exact_order(pair, &open, err));
	}
	return LADLE_OK;
}

/* What a few numbers told is right where all bits are the same then. Else all is asked. */
static enum ladle_status
match_column(struct exact_pair *pair, bool *solved, struct ladle_error *err)
{
	bool some, every;

	if (!exact_map(pair))
		return ladle_fail(err, LADLE_E_MEMORY, NULL, "no memory to look for exact copies");
	TRY(exact_reset(pair, err));
	TRY(exact_probe(pair, &some, err));
	TRY(read_all(pair, err));
	TRY(exact_prove(pair, solved, &every, err));
	if (!every && some) {
		TRY(exact_reset(pair, err));
		TRY(read_all(pair, err));
		TRY(exact_prove(pair, solved, &every, err));
	}
	return every ? LADLE_OK : exact_scale(pair, solved, err);
}

enum ladle_status
exact_match(const struct exact *how, struct aligned *aligned, bool *solved,
		struct ladle_error *err)
{
	const struct ladle_table *table = aligned_table(aligned);
	enum ladle_status status = LADLE_OK;

	for (uint32_t k = 0; k < table->checkpoint_count && status == LADLE_OK; k++) {
		struct exact_pair pair = {.how = how,
				.aligned = aligned,
				.table = table,
				.groups = aligned_groups(aligned),
				.column = k};

		if (!how->wanted[k] || k == how->reference)
			continue;
		arena_init(&pair.arena);
		status = match_column(&pair, solved + (size_t)k * pair.groups->count, err);
		arena_done(&pair.arena);
	}
	return status;
}
