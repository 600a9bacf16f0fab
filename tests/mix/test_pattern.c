#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mix/pattern.h"
#include "support/fake_table.h"

enum { ROWS = 8 };

/*   0 conv2d/kernel     Conv2D
 *   1 conv2d/bias
 *   2 dense/kernel      Dense
 *   3 dense_2/kernel    Dense
 *   4 k/kernel          Dense: its name stands in the tensor's too
 *   5 encoder/dense/kernel  Dense, nested
 *   6 encoder/dense/bias
 *   7 tf/old/kernel     Dense: a name with a slash
 */
static struct fake fake;

static int
setup(void **state)
{
	static const float zero;
	const void *const data[] = {&zero};
	uint32_t encoder;

	(void)state;
	fake_init(&fake, 1);
	fake_layer(&fake, "conv2d", "Conv2D", LADLE_NONE);
	fake_row(&fake, "conv2d/kernel", LADLE_FLOAT32, 2, 1, data);
	fake_row(&fake, "conv2d/bias", LADLE_FLOAT32, 1, 1, data);
	fake_layer(&fake, "dense", "Dense", LADLE_NONE);
	fake_row(&fake, "dense/kernel", LADLE_FLOAT32, 2, 1, data);
	fake_layer(&fake, "dense_2", "Dense", LADLE_NONE);
	fake_row(&fake, "dense_2/kernel", LADLE_FLOAT32, 2, 1, data);
	fake_layer(&fake, "k", "Dense", LADLE_NONE);
	fake_row(&fake, "k/kernel", LADLE_FLOAT32, 2, 1, data);
	encoder = fake_layer(&fake, "encoder", "Functional", LADLE_NONE);
	fake_layer(&fake, "dense", "Dense", encoder);
	fake_row(&fake, "encoder/dense/kernel", LADLE_FLOAT32, 2, 1, data);
	fake_row(&fake, "encoder/dense/bias", LADLE_FLOAT32, 1, 1, data);
	fake_layer(&fake, "tf/old", "Dense", LADLE_NONE);
	fake_row(&fake, "tf/old/kernel", LADLE_FLOAT32, 2, 1, data);
	fake_finding(&fake, 1, LADLE_F_MISSING, 0);
	fake_finding(&fake, 4, LADLE_F_ORDER, 0);
	return 0;
}

static void
patterns_match_the_rows_that_they_name(void **state)
{
	static const struct {
		const char *pattern, *rows; /* the rows' digits */
	} table[] = {
			{"dense", "256"}, /* full name or last component */
			{"dense*", "2356"},
			{"dense_?", "3"},
			{"dense/kernel", "25"},
			{"encoder/dense", "56"},
			{"encoder/dense/bias", "6"},
			{"encoder*", "56"},
			{"conv2d", "01"},
			{"conv2d/*", "01"},
			{"*/bias", "16"},
			{"*", "01234567"},
			{"kernel", ""}, /* a tensor alone is no name */
			{"k", "4"},
			{"k*", "4"},
			{"tf/old", "7"},
			{"tf/*", "7"},
			{"old", ""},
			{"[cd]*", "012356"},
			{"\\*", ""},
			{"Dense", ""},
			{"re:^dense(_[0-9]+)?$", "2356"},
			{"re:bias", "16"},
			{"re:^encoder/.*/bias$", "6"},
			{"class:Dense", "234567"},
			{"class:Conv*", "01"},
			{"class:dense", ""},
			{"finding:missing", "1"},
			{"finding:ord*", "4"},
			{"finding:shape", ""},
			{"", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		char got[ROWS + 1] = "";

		for (uint32_t row = 0; row < ROWS; row++)
			if (ladle_pattern_matches(table[i].pattern, &fake.table, row))
				got[strlen(got)] = (char)('0' + row);
		if (strcmp(got, table[i].rows))
			fail_msg("%s matches rows %s, not %s", table[i].pattern, got,
					table[i].rows);
	}
}

static void
a_broken_regex_is_named(void **state)
{
	struct pattern *pattern = NULL;
	struct ladle_error err;

	(void)state;
	assert_int_equal(pattern_compile(&pattern, "re:dense(", &err), LADLE_E_USAGE);
	assert_null(pattern);
	assert_non_null(strstr(err.text, "dense("));
	assert_false(ladle_pattern_matches("re:dense(", &fake.table, 2));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(patterns_match_the_rows_that_they_name),
			cmocka_unit_test(a_broken_regex_is_named),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
