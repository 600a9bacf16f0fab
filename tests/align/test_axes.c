#include "align/axes.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

struct fixture {
	struct arena arena;
	struct axes axes;
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	arena_init(&f->arena);
	axes_init(&f->axes, &f->arena);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	arena_done(&f->arena);
	free(f);
	return 0;
}

/* "4 #2" for fixed and free units, groups numbered by when they first stand in the text; "*o*i". */
static const char *
text_of(struct axes *axes, const struct axis *list, int count)
{
	static char out[512];
	uint32_t seen[64];
	int groups = 0, length = 0;

	out[0] = '\0';
	for (int a = 0; a < count; a++) {
		struct axis axis = axes_resolve(axes, list[a]);

		length += snprintf(out + length, sizeof(out) - (size_t)length, "%s",
				a > 0 ? "; " : "");
		for (uint32_t i = 0; i < axis.count; i++) {
			const struct segment *s = &axis.list[i];
			int g = 0;

			length += snprintf(out + length, sizeof(out) - (size_t)length, "%s%u",
					i > 0 ? " " : "", (unsigned)s->size);
			if (s->group == LADLE_NONE)
				continue;
			while (g < groups && seen[g] != s->group)
				g++;
			seen[g] = s->group;
			groups += g == groups;
			length += snprintf(
					out + length, sizeof(out) - (size_t)length, "%c", 'a' + g);
			if (s->outer != 1 || s->inner != 1)
				length += snprintf(out + length, sizeof(out) - (size_t)length,
						"*%u*%u", (unsigned)s->outer, (unsigned)s->inner);
		}
	}
	return out;
}

#define assert_axes(axes, expected, ...)                                                     \
	do {                                                                                 \
		const struct axis listed[] = {__VA_ARGS__};                                  \
		assert_string_equal(text_of(axes, listed, sizeof(listed) / sizeof(*listed)), \
				expected);                                                   \
	} while (0)

static void
equal_axes_are_united_and_what_is_fixed_freezes(void **state)
{
	struct axes *axes = &((struct fixture *)*state)->axes;
	struct axis a = axes_fresh(axes, 4), b = axes_fresh(axes, 4);

	assert_axes(axes, "4a; 4b", a, b);
	assert_true(axes_unite(axes, a, b));
	assert_axes(axes, "4a; 4a", a, b);
	assert_true(axes_unite(axes, b, axes_fixed(axes, 4)));
	assert_axes(axes, "4; 4", a, b);
}

static void
other_lengths_freeze_both_and_say_so(void **state)
{
	struct axes *axes = &((struct fixture *)*state)->axes;
	struct axis a = axes_fresh(axes, 4), b = axes_fresh(axes, 5), c = axes_fresh(axes, 6);

	assert_false(axes_unite(axes, a, b));
	assert_axes(axes, "4; 5", a, b);
	assert_true(axes_unite(axes, c, axes_fixed(axes, EXTENT_UNKNOWN)));
	assert_axes(axes, "6", c);
}

static void
a_fixed_part_freezes_only_what_stands_beside_it(void **state)
{
	struct axes *axes = &((struct fixture *)*state)->axes;
	struct axis a = axes_fresh(axes, 6), parts[2] = {axes_fixed(axes, 2), axes_fresh(axes, 4)};

	axes_unite(axes, a, axes_join(axes, parts, 2));
	assert_axes(axes, "2 4a; 4a", a, parts[1]);
}

static void
borders_split_groups_everywhere(void **state)
{
	struct axes *axes = &((struct fixture *)*state)->axes;
	struct axis p[2] = {axes_fresh(axes, 3), axes_fresh(axes, 5)};
	struct axis q[2] = {axes_fresh(axes, 4), axes_fresh(axes, 4)};
	struct axis repeated = axes_scale(axes, p[1], 2, 1);

	axes_unite(axes, axes_join(axes, p, 2), axes_join(axes, q, 2));
	assert_axes(axes, "3a; 1b 4c; 3a 1b; 4c; 1b 4c 1b 4c", p[0], p[1], q[0], q[1], repeated);
}

/* The order [g h] tied to [h g]: what remains free is what both allow, here gcd(4, 6) blocks. */
static void
a_rotation_tied_to_itself_ends(void **state)
{
	struct axes *axes = &((struct fixture *)*state)->axes;
	struct axis p[2] = {axes_fresh(axes, 4), axes_fresh(axes, 6)}, q[2] = {p[1], p[0]};

	axes_unite(axes, axes_join(axes, p, 2), axes_join(axes, q, 2));
	assert_axes(axes, "2a 2a; 2a 2a 2a", p[0], p[1]);
}

static void
units_become_blocks_of_what_they_are_tied_to(void **state)
{
	struct axes *axes = &((struct fixture *)*state)->axes;
	struct axis a = axes_fresh(axes, 24), b = axes_fresh(axes, 3);

	axes_unite(axes, a, axes_scale(axes, b, 4, 2));
	assert_axes(axes, "3a*4*2; 3a", a, b);
}

static void
layouts_that_do_not_fit_freeze_both(void **state)
{
	struct axes *axes = &((struct fixture *)*state)->axes;
	struct axis a = axes_fresh(axes, 3), b = axes_fresh(axes, 3);

	axes_unite(axes, axes_scale(axes, a, 4, 1), axes_scale(axes, b, 1, 4));
	assert_axes(axes, "3; 3", a, b);
}

static void
a_repetition_is_tied_to_each_of_its_neighbours(void **state)
{
	struct axes *axes = &((struct fixture *)*state)->axes;
	struct axis a = axes_fresh(axes, 3), p[2] = {axes_fresh(axes, 3), axes_fresh(axes, 6)};

	axes_unite(axes, axes_scale(axes, a, 3, 1), axes_join(axes, p, 2));
	assert_axes(axes, "3a; 3a; 3a*2*1", a, p[0], p[1]);
}

/* Weights may have axes of no extent. */
static void
repetitions_of_nothing_are_tied(void **state)
{
	struct axes *axes = &((struct fixture *)*state)->axes;
	struct axis a = axes_fresh(axes, 3), b = axes_fresh(axes, 4);
	struct axis p[2] = {axes_scale(axes, a, 1, 0), b}, q[2] = {axes_scale(axes, a, 0, 1), b};

	assert_true(axes_unite(axes, axes_scale(axes, a, 1, 0), axes_scale(axes, b, 0, 1)));
	assert_true(axes_unite(axes, axes_join(axes, p, 2), axes_join(axes, q, 2)));
	assert_axes(axes, "3a; 4b", a, b);
}

static void
a_part_is_split_off_where_it_begins_and_ends(void **state)
{
	struct axes *axes = &((struct fixture *)*state)->axes;
	struct axis a = axes_fresh(axes, 7), part = axes_part(axes, a, 2, 3);

	assert_axes(axes, "2a 3b 2c; 3b", a, part);
	assert_axes(axes, "3a", axes_part(axes, axes_scale(axes, part, 4, 1), 3, 3));
}

static void
one_axis_folds_into_several_with_units_in_one(void **state)
{
	struct axes *axes = &((struct fixture *)*state)->axes;
	struct axis a = axes_fresh(axes, 24), b = axes_fresh(axes, 5), out[3];
	const uint64_t extents[] = {2, 3, 4}, back[] = {6, 5, 2}, other[] = {4, 3, 5};

	axes_fold(axes, a, extents, 3, out);
	assert_axes(axes, "4a*6*1; 2; 3; 4a", a, out[0], out[1], out[2]);
	axes_fold(axes, axes_scale(axes, b, 6, 2), back, 3, out);
	assert_axes(axes, "6; 5a; 2; 5a", out[0], out[1], out[2], b);
	axes_fold(axes, axes_scale(axes, b, 6, 2), other, 3, out);
	assert_axes(axes, "5", b);
}

static void
a_reason_stays_with_what_was_frozen_first(void **state)
{
	struct axes *axes = &((struct fixture *)*state)->axes;
	struct axis a = axes_fresh(axes, 4);

	axes->reason = (struct axes_reason){0, 9};
	axes_freeze(axes, a);
	assert_int_equal(axes_why(axes, a).kind, 0);
	axes->reason = (struct axes_reason){3, 7};
	axes_freeze(axes, a);
	axes->reason = (struct axes_reason){2, 5};
	axes_freeze(axes, a);
	assert_int_equal(axes_why(axes, a).kind, 3);
	assert_int_equal(axes_why(axes, a).at, 7);
}

/* Lists that double: from a length on they are fixed, and cost nothing more. */
static void
an_axis_that_is_too_long_is_frozen(void **state)
{
	struct axes *axes = &((struct fixture *)*state)->axes;
	struct axis both[2] = {axes_fresh(axes, 2), axes_fresh(axes, 3)};
	struct axis first = both[0], doubled = axes_join(axes, both, 2);

	for (int i = 0; i < 40; i++) {
		both[0] = both[1] = doubled;
		doubled = axes_join(axes, both, 2);
	}
	assert_axes(axes, "2", first);
	assert_int_equal(axes_extent(doubled), (uint64_t)5 << 40);
	assert_true(axes->segments < AXES_MAX_TOTAL);
	assert_false(axes_free(axes, axes_scale(axes, axes_fresh(axes, 2), (uint64_t)1 << 62, 4)));
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
			T(equal_axes_are_united_and_what_is_fixed_freezes),
			T(other_lengths_freeze_both_and_say_so),
			T(a_fixed_part_freezes_only_what_stands_beside_it),
			T(borders_split_groups_everywhere),
			T(a_rotation_tied_to_itself_ends),
			T(units_become_blocks_of_what_they_are_tied_to),
			T(a_repetition_is_tied_to_each_of_its_neighbours),
			T(repetitions_of_nothing_are_tied),
			T(layouts_that_do_not_fit_freeze_both),
			T(a_part_is_split_off_where_it_begins_and_ends),
			T(one_axis_folds_into_several_with_units_in_one),
			T(a_reason_stays_with_what_was_frozen_first),
			T(an_axis_that_is_too_long_is_frozen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
