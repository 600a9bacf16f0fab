/* Where units stand, and how they fit: of a copy that was re-ordered. */
#include <math.h>

#include "app_files.h"

static struct session *
load_copy(void)
{
	struct session *session = new_session();

	assert_int_equal(session_add(session, NULL, "sample-data/seed11.keras", NULL), LADLE_OK);
	assert_int_equal(session_add(session, NULL, "sample-data/seed11-reordered.keras", NULL),
			LADLE_OK);
	assert_int_equal(session_load(session, NULL), LADLE_OK);
	return session;
}

static const struct session_units *
wait_for_units(struct session *session, uint32_t group, bool aligned)
{
	const char *why;

	if (session_units(session, 1, group, aligned, &why) == NULL) {
		assert_string_equal(why, "");
		session_wait(session);
	}
	const struct session_units *units = session_units(session, 1, group, aligned, &why);
	assert_non_null(units);
	return units;
}

static void
nothing_is_known_before_matching(void **state)
{
	struct session *session = load_copy();
	uint32_t reference = LADLE_NONE;
	const char *why;

	(void)state;
	assert_null(session_order_of(session, 1, &reference));
	assert_int_equal(reference, 0);
	assert_null(session_units(session, 1, 0, true, &why));
	assert_false(session_busy(session));
	assert_false(session_is_reordered(session, 1));
	assert_false(session_is_row_reordered(session, 0));
	session_free(session);
}

/* In mismatch.h5 a layer has another shape than its counterparts: the units of the one before it
 * are compared by what all have. */
static void
what_has_another_shape_is_no_part_of_units(void **state)
{
	struct session *session = new_session();
	const char *const files[] = {"run-epoch06.h5", "run-epoch08.h5", "mismatch.h5"};
	uint32_t known = 0, reference;
	char path[64];

	(void)state;
	for (int i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "sample-data/%s", files[i]);
		assert_int_equal(session_add(session, NULL, path, NULL), LADLE_OK);
	}
	assert_int_equal(session_load(session, NULL), LADLE_OK);
	expect_run(session, "align A B to C");
	const struct ladle_alignment *order = session_order_of(session, 0, &reference);
	assert_non_null(order);
	for (uint32_t group = 0; group < order->groups->count; group++)
		for (uint32_t column = 0; column < 3; column++) {
			const char *why;

			session_units(session, column, group, true, &why);
			session_wait(session);
			known += session_units(session, column, group, true, &why) != NULL;
		}
	assert_true(known > 0);
	session_free(session);
}

/* In the copy every unit is found whole, at the place that the order says. */
static void
a_copy_fits_itself_where_its_order_says(void **state)
{
	struct session *session = load_copy();
	uint32_t reference;

	(void)state;
	expect_run(session, "align B to A");
	const struct ladle_alignment *order = session_order_of(session, 1, &reference);
	assert_ptr_equal(order, session_alignment(session));
	assert_int_equal(reference, 0);
	for (uint32_t g = 0; g < order->groups->count; g++) {
		const struct session_units *matched = wait_for_units(session, g, true);
		const uint32_t *place = order->matches[order->groups->count + g].order;
		assert_int_equal(matched->units, order->groups->list[g].units);
		for (uint32_t i = 0; i < matched->units; i++) {
			assert_true(matched->own[i] > 0.999f);
			assert_true(matched->second[i] < 0.999f);
			assert_int_equal(matched->cosine[i * matched->units + i], 255);
		}
		assert_non_null(place);
	}
	session_free(session);
}

/* The first group's inputs are the image, which no order changes. */
static void
units_as_stored_are_found_at_their_old_places(void **state)
{
	struct session *session = load_copy();

	(void)state;
	expect_run(session, "align B to A");
	const struct ladle_alignment *order = session_alignment(session);
	const uint32_t *place = order->matches[order->groups->count].order;
	const struct session_units *stored = wait_for_units(session, 0, false);
	for (uint32_t i = 0; i < stored->units; i++)
		for (uint32_t j = 0; j < stored->units; j++)
			if (j == place[i])
				assert_true(stored->cosine[i * stored->units + j] >
						stored->cosine[i * stored->units +
								place[(i + 1) % stored->units]]);
	session_free(session);
}

static void
a_table_in_order_tells_figures_as_stored(void **state)
{
	struct session *session = load_copy();

	(void)state;
	assert_int_equal(session_measure(session, 0, NULL, NULL), LADLE_OK);
	double before = ladle_cosine(session_stored_figures(session, 0), 0, 1);
	assert_ptr_equal(session_stored_figures(session, 0),
			ladle_figures(session_measurement(session), 0));
	expect_run(session, "align B to A");
	assert_int_equal(session_measure(session, 0, NULL, NULL), LADLE_OK);
	assert_true(session_is_reordered(session, 1));
	assert_false(session_is_reordered(session, 0));
	assert_true(session_is_row_reordered(session, 0));
	assert_true(ladle_cosine(session_stored_figures(session, 0), 0, 1) == before);
	assert_true(ladle_cosine(ladle_figures(session_measurement(session), 0), 0, 1) > 0.999);
	session_free(session);
}

static void
both_models_are_said_to_be_copies(void **state)
{
	struct session *session = load_copy();
	char sentence[512];

	(void)state;
	assert_int_equal(session_measure(session, 0, NULL, NULL), LADLE_OK);
	expect_run(session, "align B to A");
	assert_int_equal(session_measure(session, 0, NULL, NULL), LADLE_OK);
	assert_int_equal(session_relate(session, 1, sentence, sizeof(sentence)).kind,
			LADLE_REL_PERMUTED);
	assert_non_null(strstr(sentence, "B is A"));
	session_free(session);
}

static void
nothing_is_said_of_what_is_not_measured(void **state)
{
	struct session *session = load_copy();
	char sentence[512];

	(void)state;
	assert_int_equal(session_relate(session, 1, sentence, sizeof(sentence)).kind,
			LADLE_REL_PENDING);
	assert_int_equal(session_relate(session, 0, sentence, sizeof(sentence)).kind,
			LADLE_REL_PENDING);
	assert_string_equal(sentence, "");
	session_free(session);
}

/* "align" and "align B to A" ask for the same where A and B are all there is. */
static void
what_was_matched_is_not_matched_again_for_other_words(void **state)
{
	struct session *session = load_copy();

	(void)state;
	expect_run(session, "align");
	const struct ladle_alignment *first = session_alignment(session);
	expect_run(session, "unalign");
	expect_run(session, "align B to A");
	assert_ptr_equal(session_alignment(session), first);
	session_free(session);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(nothing_is_known_before_matching),
			cmocka_unit_test(what_has_another_shape_is_no_part_of_units),
			cmocka_unit_test(a_copy_fits_itself_where_its_order_says),
			cmocka_unit_test(units_as_stored_are_found_at_their_old_places),
			cmocka_unit_test(a_table_in_order_tells_figures_as_stored),
			cmocka_unit_test(both_models_are_said_to_be_copies),
			cmocka_unit_test(nothing_is_said_of_what_is_not_measured),
			cmocka_unit_test(what_was_matched_is_not_matched_again_for_other_words),
	};

	return cmocka_run_group_tests(tests, open_library, close_library);
}
