/* What the values of a checkpoint's statistics say of it, as soon as it is open. */
#include <stdio.h>
#include <string.h>

#include "align/repair_state.h"
#include "keras/checkpoint.h"

/* Elements of a tensor: looking must cost less than opening does, whatever a file claims. */
enum { LOOK_MOST = 1 << 20 };

static bool
nobody(uint32_t row, double *w, void *arg)
{
	(void)row;
	(void)w;
	(void)arg;
	return false;
}

/* "0.0896", or "0.0896 to 0.2" where layers have other momenta. */
static uint32_t
range_of(const struct repairing *all, char *text, size_t size, bool *counted)
{
	double least = 1, most = 0;
	uint32_t count = 0;

	for (uint32_t n = 0; n < all->net.norm_count; n++) {
		const struct statistics *s = repair_statistics(all, n, 0);

		if (s->q == 0)
			continue;
		least = s->q < least ? s->q : least;
		most = s->q > most ? s->q : most;
		*counted = s->counted;
		count++;
	}
	if (least < most)
		snprintf(text, size, "%.3g to %.3g", least, most);
	else
		snprintf(text, size, "%.3g", most);
	return count;
}

static void
add_finding(struct ladle_checkpoint *pub, const char *text)
{
	struct arena *arena = &((struct checkpoint *)(void *)pub)->arena;
	uint32_t count = pub->finding_count;
	struct ladle_finding *list = arena_array(arena, count + 1, sizeof(*list));

	if (list == NULL || text == NULL)
		return;
	if (count > 0)
		memcpy(list, pub->findings, count * sizeof(*list));
	list[count] = (struct ladle_finding){LADLE_F_UNCONVERGED, LADLE_NONE, text};
	pub->findings = list;
	pub->finding_count = count + 1;
}

static void
look(struct ladle_checkpoint *pub, struct repairing *all)
{
	struct arena *arena = &((struct checkpoint *)(void *)pub)->arena;
	bool counted = false;
	char left[64];
	uint32_t count;

	if (repair_open(all) != LADLE_OK || repair_find_left(all) != LADLE_OK || all->failed)
		return;
	count = range_of(all, left, sizeof(left), &counted);
	if (count > 0)
		add_finding(pub, arena_format(arena,
						 "statistics of %u BatchNormalization%s have not "
						 "converged: q = %s of the 0 and 1 that training "
						 "began with is left in them (by its %s); `repair "
						 "unconverged` averages m / (1 - q) and (v - q) / "
						 "(1 - q) in their place",
						 count, count == 1 ? "" : "s", left,
						 counted ? "optimizer's steps" : "variances"));
}

void
ladle_checkpoint_look(struct ladle_checkpoint *pub)
{
	const struct ladle_checkpoint *one = pub;
	struct ladle_table *table;
	struct arena work;

	if (pub->graph == NULL || ladle_pair(&table, &one, 1, NULL) != LADLE_OK)
		return;
	const struct repair_request request = {.table = table, .shares = nobody};
	struct repairing all = {.request = &request,
			.work = &work,
			.piece = &work,
			.out = &work,
			.most = LOOK_MOST};
	arena_init(&work);
	look(pub, &all);
	arena_done(&work);
	ladle_table_free(table);
}
