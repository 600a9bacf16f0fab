#include "support/fake_table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/dtype.h"
#include "measure/measurement.h"

static const char *const paths[FAKE_COLUMNS] = {"A.h5", "B.h5", "C.h5", "D.h5", "E.h5", "F.h5",
		"G.h5", "H.h5", "I.h5", "J.h5", "K.h5", "L.h5", "M.h5", "N.h5", "O.h5", "P.h5",
		"Q.h5", "R.h5", "S.h5", "T.h5"};

void
fake_init(struct fake *fake, uint32_t columns)
{
	memset(fake, 0, sizeof(*fake));
	for (uint32_t k = 0; k < columns; k++) {
		fake->checkpoint[k].path = paths[k];
		fake->checkpoint[k].tensors = fake->tensor[k];
		fake->pointer[k] = &fake->checkpoint[k];
	}
	fake->table.checkpoint_count = columns;
	fake->table.checkpoints = fake->pointer;
	fake->table.rows = fake->row;
	fake->table.layers = fake->layer;
}

uint32_t
fake_layer(struct fake *fake, const char *name, const char *class_name, uint32_t parent)
{
	uint32_t layer = fake->table.layer_count++;

	fake->layer[layer] = (struct ladle_layer_row){
			.name = name,
			.class_name = class_name,
			.parent = parent,
			.first_row = fake->table.row_count,
	};
	return layer;
}

uint32_t
fake_row(struct fake *fake, const char *label, enum ladle_dtype dtype, int rank, uint64_t count,
		const void *const *data)
{
	uint32_t row = fake->table.row_count++;
	bool is_float = dtype_is_float(dtype);

	if (!fake->table.layer_count)
		fake_layer(fake, "dense", "Dense", LADLE_NONE);
	fake->layer[fake->table.layer_count - 1].row_count++;
	fake->shape[row][0] = count;
	fake->shape[row][1] = 1;
	fake->row[row] = (struct ladle_row){
			.label = label,
			.tensor = strrchr(label, '/') + 1,
			.role = strrchr(label, '/') + 1,
			.layer = fake->table.layer_count - 1,
			.index = fake->index[row],
			.dtype = dtype,
			.rank = rank,
			.shape = fake->shape[row],
			.count = count,
			.averaged = is_float,
			.is_kernel = is_float && rank >= 2,
			.findings = &fake->finding[row],
	};
	for (uint32_t k = 0; k < fake->table.checkpoint_count; k++) {
		fake->index[row][k] = data[k] ? row : LADLE_NONE;
		fake->tensor[k][row] = (struct ladle_tensor){
				.name = fake->row[row].tensor,
				.object = data[k], /* where fake_read finds the elements */
				.role = fake->row[row].role,
				.dtype = dtype,
				.rank = rank,
				.shape = fake->shape[row],
				.count = count,
				.averaged = is_float,
		};
	}
	return row;
}

void
fake_finding(struct fake *fake, uint32_t row, enum ladle_finding_code code, uint32_t column)
{
	fake->finding[row] = (struct ladle_finding){code, column, "as pairing says"};
	fake->row[row].finding_count = 1;
}

enum ladle_status
fake_read(const struct ladle_checkpoint *checkpoint, const struct ladle_tensor *tensor,
		uint64_t first, uint64_t count, void *dst, struct ladle_error *err)
{
	size_t size = dtype_size(tensor->dtype);

	(void)checkpoint;
	(void)err;
	assert_true(first + count <= tensor->count);
	if (count)
		memcpy(dst, tensor->object + first * size, count * size);
	return LADLE_OK;
}

struct ladle_measurement *
fake_measure(const struct fake *fake, int threads, unsigned flags)
{
	const struct ladle_options options = {.threads = threads, .no_sandbox = true};
	struct ladle_measurement *measurement;
	struct ladle *library;
	struct plan plan;
	struct pass pass = {.table = &fake->table, .plan = &plan, .read = fake_read};

	assert_int_equal(ladle_open(&library, &options, NULL), LADLE_OK);
	assert_int_equal(ladle_measurement_new(&measurement, &fake->table, flags, NULL), LADLE_OK);
	assert_int_equal(plan_make(&plan, &fake->table, NULL, NULL, NULL), LADLE_OK);
	pass.measurement = measurement;
	assert_int_equal(pass_run(library, &pass, NULL, NULL), LADLE_OK);
	plan_done(&plan);
	ladle_close(library);
	return measurement;
}

double
fake_random(uint64_t *seed)
{
	*seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (double)(int32_t)(*seed >> 32) / 2147483648.;
}
