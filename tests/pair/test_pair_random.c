#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <ladle.h>

#include "base/arena.h"

enum { MAX = 4 };

static uint32_t
noise_below(uint64_t *noise, uint32_t limit)
{
	*noise = *noise * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(*noise >> 33) % limit;
}

/* A few names, shapes and classes, so that all that can be mistaken for one another is. */
static void
make_noise(struct ladle_checkpoint *c, struct arena *arena, uint64_t *noise)
{
	static const char *const names[] = {"dense", "dense_1", "dense_2", "conv", "x/y", "bn"};
	static const char *const classes[] = {"", "Dense", "Conv2D", "Custom"};
	static const char *const roles[] = {"", "kernel", "bias", "gamma"};
	static const uint64_t shapes[][2] = {{2, 2}, {2, 3}, {3, 2}};
	uint32_t count = noise_below(noise, 9), tensors = 0;
	struct ladle_layer *layers = arena_array(arena, count + 1, sizeof(*layers));
	struct ladle_tensor *list = arena_array(arena, 4 * count + 1, sizeof(*list));

	for (uint32_t i = 0; i < count; i++) {
		bool nested = i > 0 && noise_below(noise, 3) == 0;

		layers[i] = (struct ladle_layer){.name = names[noise_below(noise, 6)],
				.class_name = classes[noise_below(noise, 4)],
				.path = arena_format(arena, "p%u", noise_below(noise, 9)),
				.parent = nested ? noise_below(noise, i) : LADLE_NONE,
				.first_tensor = tensors,
				.tensor_count = noise_below(noise, 4)};
		for (uint32_t t = 0; t < layers[i].tensor_count; t++)
			list[tensors++] = (struct ladle_tensor){
					.name = arena_format(
							arena, "%u", noise_below(noise, 5) * 4 + t),
					.object = "",
					.role = roles[noise_below(noise, 4)],
					.layer = i,
					.dtype = noise_below(noise, 5) == 0 ? LADLE_INT32
									    : LADLE_FLOAT32,
					.rank = (int)noise_below(noise, 3),
					.shape = shapes[noise_below(noise, 3)],
					.averaged = true};
	}
	*c = (struct ladle_checkpoint){.path = "noise.h5",
			.format = noise_below(noise, 2) ? LADLE_WEIGHTS : LADLE_LEGACY_FULL,
			.has_config = noise_below(noise, 2),
			.layers = layers,
			.layer_count = count,
			.tensors = list,
			.tensor_count = tensors};
}

/* Every tensor of every file is in one row, below a layer row that has its layer. */
static void
check_noise(const struct ladle_table *table)
{
	for (uint32_t k = 0; k < table->checkpoint_count; k++) {
		uint32_t seen[64] = {0};

		for (uint32_t r = 0; r < table->row_count; r++) {
			const struct ladle_row *row = &table->rows[r];
			const struct ladle_tensor *tensor = ladle_row_tensor(table, r, k);

			if (tensor == NULL)
				continue;
			seen[row->index[k]]++;
			assert_int_equal(table->layers[row->layer].index[k], tensor->layer);
		}
		for (uint32_t t = 0; t < table->checkpoints[k]->tensor_count; t++)
			assert_int_equal(seen[t], 1);
	}
	for (uint32_t i = 0, row = 0; i < table->layer_count; i++) {
		assert_int_equal(table->layers[i].first_row, row);
		row += table->layers[i].row_count;
		assert_true(table->layers[i].parent == LADLE_NONE || table->layers[i].parent < i);
	}
}

static void
no_tensor_is_lost_or_doubled(void **state)
{
	uint64_t noise = 19970704;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		struct arena arena;
		struct ladle_checkpoint c[MAX];
		const struct ladle_checkpoint *const files[MAX] = {&c[0], &c[1], &c[2], &c[3]};
		struct ladle_table *table = NULL;
		uint32_t count = 1 + noise_below(&noise, MAX);
		enum ladle_status status;

		arena_init(&arena);
		for (uint32_t k = 0; k < count; k++)
			make_noise(&c[k], &arena, &noise);
		status = ladle_pair(&table, files, count, NULL);
		assert_true(status == LADLE_OK || (status == LADLE_E_PAIR && table == NULL));
		if (table != NULL)
			check_noise(table);
		ladle_table_free(table);
		arena_done(&arena);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(no_tensor_is_lost_or_doubled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
