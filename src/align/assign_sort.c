/* Costs a_i + b_j + x_i y_j, which come of tensors that are vectors, are solved by sorting x and y
 * against each other. What rounding makes of such costs is left to the stages after. */
#include "align/assign_state.h"

#include <math.h>
#include <stdlib.h>

/* Rows and columns that are looked at before the costs are taken for such, and how far they may
 * be off, as a part of the largest. A guess does no harm: the duals are only a start. */
enum { SAMPLES = 16 };
static const double nearly = 1e-5;

/* What row 0 and column 0 leave of a cost: x_i y_j. */
static double
product(const struct assign *s, uint32_t row, uint32_t column)
{
	return (assign_cost(s, row, column) - assign_cost(s, 0, column)) -
	       (assign_cost(s, row, 0) - assign_cost(s, 0, 0));
}

static uint32_t
largest_in_row(const struct assign *s, uint32_t row)
{
	uint32_t best = 0;

	for (uint32_t j = 1; j < s->n; j++)
		if (fabs(product(s, row, j)) > fabs(product(s, row, best)))
			best = j;
	return best;
}

static uint32_t
largest_in_column(const struct assign *s, uint32_t column)
{
	uint32_t best = 0;

	for (uint32_t i = 1; i < s->n; i++)
		if (fabs(product(s, i, column)) > fabs(product(s, best, column)))
			best = i;
	return best;
}

/* x and y as keys; false when the products are nothing but rounding. */
static bool
factor(struct assign *s)
{
	uint32_t column = largest_in_row(s, s->n - 1), row = largest_in_column(s, column);
	double pivot = product(s, row, column);

	if (!(fabs(pivot) > nearly * s->largest))
		return false;
	for (uint32_t k = 0; k < s->n; k++) {
		s->rows[k] = (struct assign_key){product(s, k, column), k};
		s->columns[k] = (struct assign_key){product(s, row, k) / pivot, k};
	}
	return true;
}

static bool
looks_factored(const struct assign *s)
{
	uint32_t step = s->n < SAMPLES ? 1 : s->n / SAMPLES;

	for (uint32_t i = step - 1; i < s->n; i += step) {
		for (uint32_t j = 0; j < s->n; j++) {
			double off = product(s, i, j) - s->rows[i].key * s->columns[j].key;

			if (!(fabs(off) <= nearly * s->largest))
				return false;
		}
	}
	return true;
}

static int
by_key(const void *a, const void *b)
{
	const struct assign_key *one = a, *two = b;

	if (one->key != two->key)
		return one->key < two->key ? -1 : 1;
	return one->at < two->at ? -1 : one->at > two->at;
}

/* For rows and columns in the order in which they are paired the duals need only keep neighbours
 * apart; half of what is possible on each side leaves most room for rounding. */
static void
chain_duals(struct assign *s)
{
	double v = 0;

	for (uint32_t k = 0; k + 1 < s->n; k++) {
		uint32_t row = s->rows[k].at, next_row = s->rows[k + 1].at;
		uint32_t column = s->columns[k].at, next = s->columns[k + 1].at;

		s->v[column] = v;
		v += (assign_cost(s, next_row, next) - assign_cost(s, next_row, column) +
				     assign_cost(s, row, next) - assign_cost(s, row, column)) /
		     2;
	}
	s->v[s->columns[s->n - 1].at] = v;
}

bool
assign_sort_duals(struct assign *s)
{
	if (!factor(s) || !looks_factored(s))
		return false;
	for (uint32_t k = 0; k < s->n; k++)
		s->columns[k].key = -s->columns[k].key; /* the least sum: one up, one down */
	qsort(s->rows, s->n, sizeof(*s->rows), by_key);
	qsort(s->columns, s->n, sizeof(*s->columns), by_key);
	chain_duals(s);
	return true;
}
