#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "measure/plan.h"
#include "support/fake_table.h"

static const uint64_t sizes[] = {3 * PLAN_BLOCK + 1, 10, 0, PLAN_BLOCK, 10};

static void
make_table(struct fake *fake)
{
	static const float nothing;
	const void *const data[] = {&nothing};

	fake_init(fake, 1);
	for (int i = 0; i < 5; i++)
		fake_row(fake, "dense/kernel", LADLE_FLOAT32, 1, sizes[i], data);
}

static void
small_rows_come_first_and_blocks_in_order(void **state)
{
	static const struct piece expected[] = {
			{2, 0, 0},
			{1, 0, 10},
			{4, 0, 10},
			{3, 0, PLAN_BLOCK},
			{0, 0, PLAN_BLOCK},
			{0, PLAN_BLOCK, PLAN_BLOCK},
			{0, 2 * PLAN_BLOCK, PLAN_BLOCK},
			{0, 3 * PLAN_BLOCK, 1},
	};
	static struct fake fake;
	struct plan plan;

	(void)state;
	make_table(&fake);
	assert_int_equal(plan_make(&plan, &fake.table, NULL, NULL, NULL), LADLE_OK);
	assert_int_equal(plan.count, 8);
	for (size_t i = 0; i < plan.count; i++) {
		assert_int_equal(plan.pieces[i].row, expected[i].row);
		assert_true(plan.pieces[i].first == expected[i].first);
		assert_true(plan.pieces[i].count == expected[i].count);
	}
	plan_done(&plan);
}

static bool
is_odd(uint32_t row, void *arg)
{
	(void)arg;
	return row % 2;
}

static void
rows_that_nobody_wants_are_left_out(void **state)
{
	static struct fake fake;
	struct plan plan;

	(void)state;
	make_table(&fake);
	assert_int_equal(plan_make(&plan, &fake.table, is_odd, NULL, NULL), LADLE_OK);
	assert_int_equal(plan.count, 2);
	assert_int_equal(plan.pieces[0].row, 1);
	assert_int_equal(plan.pieces[1].row, 3);
	plan_done(&plan);
	plan_done(&plan);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(small_rows_come_first_and_blocks_in_order),
			cmocka_unit_test(rows_that_nobody_wants_are_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
