#include "align/exact_state.h"

#include <stdlib.h>

#include "base/dtype.h"
#include "base/err.h"
#include "base/job.h"
#include "measure/plan.h"

/* One use of one side being read. */
struct slicing {
	const struct exact_pair *pair;
	const struct exact_row *row;
	const struct ladle_use *use;
	struct exact_slice *slices; /* [units] */
	uint32_t *unit_of;          /* [extent] or LADLE_NONE */
	uint32_t *rest_of;          /* [extent] place within the unit */
	uint64_t stride;            /* elements between neighbours along the axis */
	double *numbers;            /* [PLAN_BLOCK] */
	void *raw;
};

static void
map_positions(struct slicing *slicing, uint32_t units)
{
	const struct ladle_use *use = slicing->use;
	uint64_t extent = slicing->row->shape[use->axis];

	for (uint64_t x = 0; x < extent; x++)
		slicing->unit_of[x] = LADLE_NONE;
	for (uint64_t i = 0; i < use->outer; i++)
		for (uint64_t c = 0; c < units; c++)
			for (uint64_t j = 0; j < use->inner; j++) {
				uint64_t x = use->offset + (i * units + c) * use->inner + j;

				slicing->unit_of[x] = (uint32_t)c;
				slicing->rest_of[x] = (uint32_t)(i * use->inner + j);
			}
}

/* Projections on directions of four random numbers of 16 bits for each place in a unit. */
static void
add_number(struct exact_slice *slice, double number, uint64_t place)
{
	uint64_t random = exact_mix(place, UINT64_C(0x452821e638d01377));

	slice->norm2 += number * number;
	for (int k = 0; k < EXACT_PROJECTIONS; k++, random >>= 16)
		slice->projection[k] += number * (double)(int16_t)(random & 0xffff) / 32768;
}

static void
add_numbers(struct slicing *slicing, uint64_t first, uint64_t count)
{
	uint64_t extent = slicing->row->shape[slicing->use->axis], stride = slicing->stride;

	for (uint64_t done = 0; done < count;) {
		uint64_t at = first + done, x = at / stride % extent;
		uint64_t run = stride - at % stride;

		run = run < count - done ? run : count - done;
		for (uint64_t i = 0; slicing->unit_of[x] != LADLE_NONE && i < run; i++) {
			uint64_t place = exact_mix(slicing->row->row, at + i - x * stride);

			add_number(&slicing->slices[slicing->unit_of[x]],
					slicing->numbers[done + i],
					exact_mix(place, slicing->rest_of[x]));
		}
		done += run;
	}
}

static enum ladle_status
read_side(struct slicing *slicing, int s, struct ladle_error *err)
{
	const struct exact_pair *pair = slicing->pair;
	uint32_t column = s == EXACT_REFERENCE ? pair->how->reference : pair->column;
	const struct ladle_tensor *tensor =
			ladle_row_tensor(pair->table, slicing->row->row, column);

	for (uint64_t first = 0; first < tensor->count; first += PLAN_BLOCK) {
		uint64_t left = tensor->count - first;
		uint64_t count = left < PLAN_BLOCK ? left : PLAN_BLOCK;

		if (job_canceled(pair->how->job))
			return ladle_fail(err, LADLE_E_CANCELED, NULL, "canceled");
		TRY(ladle_tensor_read(pair->side[s].checkpoint, tensor, first, count, slicing->raw,
				err));
		dtype_to_double(tensor->dtype, slicing->raw, slicing->numbers, count);
		add_numbers(slicing, first, count);
	}
	return LADLE_OK;
}

enum ladle_status
exact_slice_use(const struct exact_pair *pair, uint32_t group, const struct ladle_use *use,
		struct exact_slice *const slices[EXACT_SIDES], struct ladle_error *err)
{
	struct slicing slicing = {.pair = pair,
			.row = &pair->rows[pair->row_at[use->row]],
			.use = use,
			.stride = 1};
	uint64_t extent = slicing.row->shape[use->axis];
	enum ladle_status status = LADLE_OK;

	for (int a = use->axis + 1; a < slicing.row->rank; a++)
		slicing.stride *= slicing.row->shape[a];
	slicing.unit_of = malloc((extent + 1) * sizeof(*slicing.unit_of));
	slicing.rest_of = malloc((extent + 1) * sizeof(*slicing.rest_of));
	slicing.numbers = malloc(PLAN_BLOCK * sizeof(double));
	slicing.raw = malloc(PLAN_BLOCK * sizeof(double));
	if (!slicing.unit_of || !slicing.rest_of || !slicing.numbers || !slicing.raw)
		status = ladle_fail(err, LADLE_E_MEMORY, NULL, "no memory to align units");
	else
		map_positions(&slicing, pair->groups->list[group].units);
	for (int s = 0; s < EXACT_SIDES && status == LADLE_OK; s++) {
		slicing.slices = slices[s];
		status = read_side(&slicing, s, err);
	}
	free(slicing.unit_of);
	free(slicing.rest_of);
	free(slicing.numbers);
	free(slicing.raw);
	return status;
}
