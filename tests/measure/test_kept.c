/* Figures as bytes. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/fake_table.h"

enum { K = 3, COUNT = 5 };

static const double values[K][COUNT] = {
		{1, 2.5, 2, 0, 1e-300}, {2, -1, NAN, 2, 3}, {.1, .2, .3, -.4, INFINITY}};
static const void *const all[K] = {values[0], values[1], values[2]};
static const void *const two[K] = {values[0], NULL, values[2]};
static const struct ladle_key key = {.bytes = {1, 2, 3}};

static void
make_table(struct fake *fake)
{
	fake_init(fake, K);
	fake_row(fake, "dense/kernel", LADLE_FLOAT64, 2, COUNT, all);
	fake_row(fake, "dense/bias", LADLE_FLOAT64, 1, COUNT, two);
}

static struct ladle_measurement *
unmeasured(const struct fake *fake, unsigned flags)
{
	struct ladle_measurement *measurement;

	assert_int_equal(ladle_measurement_new(&measurement, &fake->table, flags, NULL), LADLE_OK);
	return measurement;
}

struct bytes {
	unsigned char *data;
	size_t size;
};

static struct bytes
save(const struct ladle_measurement *measurement)
{
	struct bytes out;
	void *data;

	assert_int_equal(ladle_measurement_save(measurement, &key, &data, &out.size, NULL),
			LADLE_OK);
	out.data = data;
	return out;
}

/* Bit for bit: NaN too. */
static void
assert_same(const struct ladle_figures *a, const struct ladle_figures *b)
{
	size_t square = K * K * sizeof(double);

	assert_int_equal(a->k, b->k);
	assert_memory_equal(a->gram, b->gram, square);
	assert_memory_equal(a->l2, b->l2, square);
	assert_memory_equal(a->max_abs, b->max_abs, square);
	assert_memory_equal(a->nonfinite, b->nonfinite, K * sizeof(uint64_t));
	assert_int_equal(a->stats == NULL, b->stats == NULL);
	if (a->stats != NULL)
		assert_memory_equal(a->stats, b->stats, K * sizeof(struct ladle_stats));
}

static void
figures_come_back_bit_for_bit(void **state)
{
	(void)state;
	for (unsigned flags = 0; flags <= LADLE_MEASURE_STATS; flags++) {
		struct fake fake;
		make_table(&fake);
		struct ladle_measurement *first = fake_measure(&fake, 1, flags);
		struct ladle_measurement *second = unmeasured(&fake, flags);
		struct bytes bytes = save(first);

		assert_int_equal(ladle_measurement_load(second, &key, bytes.data, bytes.size, NULL),
				LADLE_OK);
		for (uint32_t row = 0; row < 2; row++)
			assert_same(ladle_figures(first, row), ladle_figures(second, row));
		free(bytes.data);
		ladle_measurement_free(first);
		ladle_measurement_free(second);
	}
}

static void
rows_that_are_not_measured_stay_so(void **state)
{
	struct fake fake;
	struct ladle_measurement *first, *second;

	(void)state;
	make_table(&fake);
	first = unmeasured(&fake, 0);
	second = fake_measure(&fake, 1, 0);
	const struct ladle_figures *before = ladle_figures(second, 0);
	struct bytes none = save(first), some = save(second);
	assert_int_equal(ladle_measurement_load(first, &key, none.data, none.size, NULL), LADLE_OK);
	assert_null(ladle_figures(first, 0));
	/* Somebody may be looking at those that are there. */
	assert_int_equal(
			ladle_measurement_load(second, &key, some.data, some.size, NULL), LADLE_OK);
	assert_ptr_equal(ladle_figures(second, 0), before);
	free(none.data);
	free(some.data);
	ladle_measurement_free(first);
	ladle_measurement_free(second);
}

/* A copy without a byte to spare, so that reading past the end is seen. */
static void
assert_refused(struct ladle_measurement *to, const struct ladle_key *with,
		const unsigned char *data, size_t size)
{
	unsigned char *copy = malloc(size + (size == 0));
	struct ladle_error error;

	memcpy(copy, data, size);
	assert_int_equal(ladle_measurement_load(to, with, copy, size, &error), LADLE_E_INPUT);
	assert_non_null(strstr(error.text, "no figures of this table"));
	assert_null(ladle_figures(to, 0));
	assert_null(ladle_figures(to, 1));
	free(copy);
}

static void
every_cut_and_every_flipped_bit_is_refused(void **state)
{
	struct fake fake;

	(void)state;
	make_table(&fake);
	struct ladle_measurement *first = fake_measure(&fake, 1, LADLE_MEASURE_STATS);
	struct ladle_measurement *to = unmeasured(&fake, LADLE_MEASURE_STATS);
	struct bytes bytes = save(first);
	for (size_t size = 0; size < bytes.size; size++)
		assert_refused(to, &key, bytes.data, size);
	for (size_t bit = 0; bit < bytes.size * 8; bit++) {
		bytes.data[bit / 8] ^= (unsigned char)(1 << bit % 8);
		assert_refused(to, &key, bytes.data, bytes.size);
		bytes.data[bit / 8] ^= (unsigned char)(1 << bit % 8);
	}
	free(bytes.data);
	ladle_measurement_free(first);
	ladle_measurement_free(to);
}

static void
figures_of_another_table_or_key_are_refused(void **state)
{
	struct fake fake, less;
	struct ladle_key other = key;

	(void)state;
	make_table(&fake);
	fake_init(&less, K);
	fake_row(&less, "dense/kernel", LADLE_FLOAT64, 2, COUNT, all);
	struct ladle_measurement *first = fake_measure(&fake, 1, 0);
	struct ladle_measurement *to = unmeasured(&fake, 0);
	struct ladle_measurement *stats = unmeasured(&fake, LADLE_MEASURE_STATS);
	struct ladle_measurement *shorter = unmeasured(&less, 0);
	struct bytes bytes = save(first);
	for (size_t i = 0; i < sizeof(other.bytes); i++) {
		other.bytes[i] ^= 1;
		assert_refused(to, &other, bytes.data, bytes.size);
		other.bytes[i] ^= 1;
	}
	assert_refused(stats, &key, bytes.data, bytes.size);
	assert_int_equal(ladle_measurement_load(shorter, &key, bytes.data, bytes.size, NULL),
			LADLE_E_INPUT);
	free(bytes.data);
	ladle_measurement_free(first);
	ladle_measurement_free(to);
	ladle_measurement_free(stats);
	ladle_measurement_free(shorter);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(figures_come_back_bit_for_bit),
			cmocka_unit_test(rows_that_are_not_measured_stay_so),
			cmocka_unit_test(every_cut_and_every_flipped_bit_is_refused),
			cmocka_unit_test(figures_of_another_table_or_key_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
