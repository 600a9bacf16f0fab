#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "base/err.h"
#include "keras/tensor_view.h"

/* Datasets whose element i is 1000 * (dataset + 1) + i, and what was asked of them. */
struct sources {
	uint64_t counts[8];
	uint64_t most; /* elements of the largest read */
	int fail;      /* the dataset that cannot be read, -1: none */
};

static enum ladle_status
read_numbers(void *arg, uint32_t dataset, uint64_t first, uint64_t count, void *dst,
		struct ladle_error *err)
{
	struct sources *sources = arg;
	int32_t *out = dst;

	assert_true(first + count <= sources->counts[dataset]);
	if ((int)dataset == sources->fail)
		return ladle_fail(err, LADLE_E_INPUT, NULL, "dataset %u is damaged", dataset);
	sources->most = count > sources->most ? count : sources->most;
	for (uint64_t i = 0; i < count; i++)
		out[i] = (int32_t)(1000 * (dataset + 1) + first + i);
	return LADLE_OK;
}

/* All of the view must be `expected`, and so must every range of it. */
static void
check(const struct ladle_view *view, struct sources *sources, const int32_t *expected,
		uint64_t count)
{
	const struct view_source source = {read_numbers, sources, sizeof(int32_t)};

	for (uint64_t first = 0; first < count; first++)
		for (uint64_t end = first + 1; end <= count; end++) {
			int32_t out[64];

			memset(out, 0, sizeof(out));
			assert_int_equal(view_read(view, &source, first, end - first, out, NULL),
					LADLE_OK);
			assert_memory_equal(out, expected + first, (end - first) * sizeof(int32_t));
		}
}

/* numpy: np.transpose(np.arange(24).reshape(2, 3, 4), (2, 0, 1)) */
static void
axes_are_exchanged(void **state)
{
	static const uint64_t stored[] = {2, 3, 4}, shape[] = {4, 2, 3};
	static const int axes[] = {2, 0, 1};
	static const int32_t expected[] = {0, 4, 8, 12, 16, 20, 1, 5, 9, 13, 17, 21, 2, 6, 10, 14,
			18, 22, 3, 7, 11, 15, 19, 23};
	struct sources sources = {.counts = {24}, .fail = -1};
	struct view_part part = view_turned(0, stored, 3, axes, NULL, 3);
	struct ladle_view view = {3, shape, &part, 1, NULL};
	int32_t moved[24];

	(void)state;
	for (int i = 0; i < 24; i++)
		moved[i] = expected[i] + 1000;
	check(&view, &sources, moved, 24);
}

/* numpy: np.arange(12).reshape(2, 3, 2)[::-1, ::-1] */
static void
axes_are_reversed(void **state)
{
	static const uint64_t shape[] = {2, 3, 2};
	static const int same[] = {0, 1, 2};
	static const bool flip[] = {true, true, false};
	static const int32_t expected[] = {
			1010, 1011, 1008, 1009, 1006, 1007, 1004, 1005, 1002, 1003, 1000, 1001};
	struct sources sources = {.counts = {12}, .fail = -1};
	struct view_part part = view_turned(0, shape, 3, same, flip, 3);
	struct ladle_view view = {3, shape, &part, 1, NULL};

	(void)state;
	check(&view, &sources, expected, 12);
}

/* numpy: np.arange(12).reshape(3, 1, 2, 2)[:, 0] */
static void
an_axis_of_one_is_dropped(void **state)
{
	static const uint64_t stored[] = {3, 1, 2, 2}, shape[] = {3, 2, 2};
	static const int axes[] = {0, 2, 3};
	static const int32_t expected[] = {
			1000, 1001, 1002, 1003, 1004, 1005, 1006, 1007, 1008, 1009, 1010, 1011};
	struct sources sources = {.counts = {12}, .fail = -1};
	struct view_part part = view_turned(0, stored, 4, axes, NULL, 3);
	struct ladle_view view = {3, shape, &part, 1, NULL};

	(void)state;
	check(&view, &sources, expected, 12);
}

/* numpy: np.concatenate([a, b, c], axis=-1) of a, c (2, 2) and b (2, 3) */
static void
datasets_stand_side_by_side(void **state)
{
	static const uint64_t narrow[] = {2, 2}, wide[] = {2, 3}, shape[] = {2, 7};
	static const int same[] = {0, 1};
	static const int32_t expected[] = {1000, 1001, 2000, 2001, 2002, 3000, 3001, 1002, 1003,
			2003, 2004, 2005, 3002, 3003};
	struct sources sources = {.counts = {4, 6, 4}, .fail = -1};
	struct view_part parts[] = {view_turned(0, narrow, 2, same, NULL, 2),
			view_turned(1, wide, 2, same, NULL, 2),
			view_turned(2, narrow, 2, same, NULL, 2)};
	struct ladle_view view = {2, shape, parts, 3, NULL};

	(void)state;
	check(&view, &sources, expected, 14);
}

/* Gates of a large LSTM: no read is longer than a slab, however much is asked for at once. */
static void
gates_are_streamed(void **state)
{
	static const uint64_t stored[] = {4000, 50}, shape[] = {4000, 100};
	static const int same[] = {0, 1};
	static int32_t out[400000];
	struct sources sources = {.counts = {200000, 200000}, .fail = -1};
	const struct view_source source = {read_numbers, &sources, sizeof(int32_t)};
	struct view_part parts[] = {view_turned(0, stored, 2, same, NULL, 2),
			view_turned(1, stored, 2, same, NULL, 2)};
	struct ladle_view view = {2, shape, parts, 2, NULL};

	(void)state;
	assert_int_equal(view_read(&view, &source, 0, 400000, out, NULL), LADLE_OK);
	for (int row = 0; row < 4000; row++)
		for (int c = 0; c < 100; c++)
			assert_int_equal(out[row * 100 + c],
					c < 50 ? 1000 + row * 50 + c : 2000 + row * 50 + c - 50);
	assert_true(sources.most <= 32 * 1024);
}

static void
a_failed_read_is_told(void **state)
{
	static const uint64_t stored[] = {2, 2}, shape[] = {2, 4};
	static const int same[] = {0, 1};
	struct sources sources = {.counts = {4, 4}, .fail = 1};
	const struct view_source source = {read_numbers, &sources, sizeof(int32_t)};
	struct view_part parts[] = {view_turned(0, stored, 2, same, NULL, 2),
			view_turned(1, stored, 2, same, NULL, 2)};
	struct ladle_view view = {2, shape, parts, 2, NULL};
	struct ladle_error err;
	int32_t out[8];

	(void)state;
	assert_int_equal(view_read(&view, &source, 0, 2, out, &err), LADLE_OK);
	assert_int_equal(view_read(&view, &source, 0, 3, out, &err), LADLE_E_INPUT);
	assert_string_equal(err.text, "dataset 1 is damaged");
}

/* A dimension of 0 has nothing to read. */
static void
an_empty_view_is_read(void **state)
{
	static const uint64_t stored[] = {0, 2}, shape[] = {0, 2};
	static const int same[] = {0, 1};
	static const bool flip[] = {true, false};
	struct sources sources = {.counts = {0}, .fail = 0};
	const struct view_source source = {read_numbers, &sources, sizeof(int32_t)};
	struct view_part part = view_turned(0, stored, 2, same, flip, 2);
	struct ladle_view view = {2, shape, &part, 1, NULL};

	(void)state;
	assert_int_equal(view_read(&view, &source, 0, 0, NULL, NULL), LADLE_OK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(axes_are_exchanged),
			cmocka_unit_test(axes_are_reversed),
			cmocka_unit_test(an_axis_of_one_is_dropped),
			cmocka_unit_test(datasets_stand_side_by_side),
			cmocka_unit_test(gates_are_streamed),
			cmocka_unit_test(a_failed_read_is_told),
			cmocka_unit_test(an_empty_view_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
