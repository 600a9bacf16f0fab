#include "pair/graph_spec.h"

#include "keras/branches.h"
#include "keras/hand.h"

struct fixture {
	struct spec spec;
	struct ladle_checkpoint *checkpoint;
	struct ladle_branches *found;
	struct ladle_error err;
};

static enum ladle_status
find(struct fixture *f, const char *line, bool with_config)
{
	*f = (struct fixture){.found = NULL};
	f->checkpoint = spec_make(&f->spec, line, "model.h5", with_config);
	return ladle_branches_find(&f->found, f->checkpoint, &f->err);
}

static void
done(struct fixture *f)
{
	ladle_branches_free(f->found);
	spec_done(&f->spec);
}

/* "a,b; c,d | shared > merge" */
static const char *
print(const struct fixture *f)
{
	static char out[1024];
	size_t at = 0;

	out[0] = '\0';
	for (uint32_t b = 0; b < f->found->count; b++)
		for (uint32_t i = 0; i < f->found->list[b].layer_count; i++)
			at += (size_t)snprintf(out + at, sizeof(out) - at, "%s%s",
					i > 0 ? "," : (b > 0 ? "; " : ""),
					f->checkpoint->layers[f->found->list[b].layers[i]].name);
	for (uint32_t i = 0; i < f->found->shared_count; i++)
		at += (size_t)snprintf(out + at, sizeof(out) - at, "%s%s", i == 0 ? " | " : ",",
				f->checkpoint->layers[f->found->shared[i]].name);
	snprintf(out + at, sizeof(out) - at, " > %s", f->found->merge);
	return out;
}

static void
assert_branches(const char *line, const char *expected)
{
	struct fixture f;

	if (find(&f, line, true) != LADLE_OK)
		fail_msg("%s", f.err.text);
	assert_string_equal(print(&f), expected);
	assert_false(f.found->inferred);
	done(&f);
}

#define IN "in:InputLayer: "
#define TWO "a0:Dense:in:4x4 b0:Dense:a0:4x2 a1:Dense:in:4x4 b1:Dense:a1:4x2 "

static void
ways_that_are_alike_are_branches_whatever_joins_them(void **state)
{
	(void)state;
	assert_branches(IN TWO "m:Average:b0,b1 >m", "a0,b0; a1,b1 > m");
	assert_branches(IN TWO "m:Concatenate:b0,b1 o:Dense:m:4x2 >o", "a0,b0; a1,b1 | o > m");
	assert_branches(IN TWO ">b0,b1", "a0,b0; a1,b1 > ");
}

static void
a_trunk_and_a_head_are_shared(void **state)
{
	(void)state;
	assert_branches(IN "t:Dense:in:4x4 a0:Dense:t:4x4 a1:Dense:t:4x4 m:Add:a0,a1 "
			   "h:Dense:m:4x1 >h",
			"a0; a1 | t,h > m");
}

static void
the_largest_set_is_taken(void **state)
{
	(void)state;
	/* each of the two big branches holds two small ones */
	assert_branches(IN "p:Dense:in:4x4 q:Dense:in:4x4 m:Add:p,q e:Dense:m:4x4 "
			   "r:Dense:in:4x4 s:Dense:in:4x4 n:Add:r,s f:Dense:n:4x4 "
			   "o:Average:e,f >o",
			"p,q,m,e; r,s,n,f > o");
}

static void
another_class_or_shape_is_no_branch(void **state)
{
	(void)state;
	assert_branches(IN "a0:Dense:in:4x4 a1:Dense:in:4x4 x:Dense:in:4x3 y:Dense:x:3x4 "
			   "m:Average:a0,y,a1 >m",
			"a0; a1 | x,y > m");
}

/* A layer that both ways call is one set of weights: no branch has it for itself. */
static void
a_layer_called_on_all_ways_is_shared(void **state)
{
	struct fixture f;

	(void)state;
	assert_int_equal(find(&f, IN "a:Dense:in:4x4 m:Average:a,a >m", true), LADLE_E_INPUT);
	assert_non_null(strstr(f.err.text, "no branches"));
	done(&f);
}

/* The first way lacks what the second has for itself. */
static void
what_is_used_elsewhere_too_is_shared(void **state)
{
	struct fixture f;

	(void)state;
	assert_int_equal(find(&f, IN TWO "m:Average:b0,b1 x:Dense:a0:4x4 >m,x", true),
			LADLE_E_INPUT);
	done(&f);
}

static void
without_a_config_levels_of_counted_names_are_branches(void **state)
{
	struct fixture f;

	(void)state;
	assert_int_equal(find(&f,
					 "in:InputLayer: stem:Dense:in:4x4 c_1:Dense:in:4x4 "
					 "c_2:Dense:in:4x4 c_3:Dense:in:4x4 f:Flatten:c_1 "
					 "f_1:Flatten:c_2 "
					 "f_2:Flatten:c_3 d:Dense:f:4x2 d_1:Dense:f:4x2 "
					 "d_2:Dense:f:4x2 "
					 "e:Dense:d:2x2 e_1:Dense:d:2x2 >e",
					 false),
			LADLE_OK);
	assert_string_equal(print(&f), "c_1,f,d; c_2,f_1,d_1; c_3,f_2,d_2 | stem,e,e_1 > ");
	assert_true(f.found->inferred);
	assert_string_equal(f.found->list[1].name, "c_2");
	done(&f);
}

static void
names_that_do_not_count_are_no_branches(void **state)
{
	struct fixture f;

	(void)state;
	assert_int_equal(find(&f, "in:InputLayer: left:Dense:in:4x4 right:Dense:in:4x4 >right",
					 false),
			LADLE_E_INPUT);
	done(&f);
}

/* A part without weights is a part: what lists another number of layers is not alike. */
static void
parts_without_weights_tell_units_apart(void **state)
{
	static const char one[] = "/layers/custom/a/vars/0 2x3\n/layers/custom/b/vars/0 4\n"
				  "/layers/custom/vars\n/layers/custom_1/vars\n"
				  "/layers/custom_1/a/vars/0 2x3\n/layers/custom_1/b/vars/0 4\n";
	struct ladle_branches *found;
	struct ladle_error err;
	struct hand hand;

	(void)state;
	hand_make(&hand, one, NULL);
	assert_int_equal(ladle_branches_find(&found, &hand.checkpoint, &err), LADLE_OK);
	assert_int_equal(found->count, 2);
	assert_int_equal(found->list[1].layer_count, found->list[0].layer_count);
	ladle_branches_free(found);
	hand_done(&hand);
	hand_init(&hand);
	hand_write(&hand, one);
	hand_write(&hand, "/layers/custom_1/c/vars\n");
	hand_read(&hand);
	assert_int_equal(ladle_branches_find(&found, &hand.checkpoint, &err), LADLE_E_INPUT);
	hand_done(&hand);
}

static void
a_branch_is_found_by_name_and_by_number(void **state)
{
	struct fixture f;

	(void)state;
	assert_int_equal(find(&f, IN TWO "m:Average:b0,b1 >m", true), LADLE_OK);
	assert_int_equal(branches_index(f.found, "a1"), 1);
	assert_int_equal(branches_index(f.found, "1"), 0);
	assert_int_equal(branches_index(f.found, "2"), 1);
	assert_int_equal(branches_index(f.found, "3"), LADLE_NONE);
	assert_int_equal(branches_index(f.found, "b1"), LADLE_NONE);
	done(&f);
}

/* ---- the config that is left ---- */

static void
assert_cut(const char *line, uint32_t branch, const char *expected)
{
	struct fixture f;
	struct spec wanted;
	struct arena arena;
	size_t length, full;
	char *text;
	const char *config;

	assert_int_equal(find(&f, line, true), LADLE_OK);
	arena_init(&arena);
	config = keras_config(&f.spec.hand.catalog, &full);
	text = branches_cut((const struct branches *)(const void *)f.found, branch, config, full,
			&arena, &length);
	assert_non_null(text);
	spec_make(&wanted, expected, "wanted.h5", true);
	assert_string_equal(text, keras_config(&wanted.hand.catalog, &full));
	assert_int_equal(length, strlen(text));
	spec_done(&wanted);
	arena_done(&arena);
	done(&f);
}

static void
average_of_one_branch_is_left_out(void **state)
{
	(void)state;
	assert_cut(IN TWO "m:Average:b0,b1 h:Dense:m:2x2 >h", 1,
			IN "a1:Dense:in:4x4 b1:Dense:a1:4x2 h:Dense:b1:2x2 >h");
	assert_cut(IN TWO "m:Average:b0,b1 >m", 0, IN "a0:Dense:in:4x4 b0:Dense:a0:4x2 >b0");
}

static void
other_joins_take_the_branch_as_often(void **state)
{
	(void)state;
	assert_cut(IN TWO "m:Concatenate:b0,b1 h:Dense:m:4x2 >h", 1,
			IN "a1:Dense:in:4x4 b1:Dense:a1:4x2 m:Concatenate:b1,b1 h:Dense:m:4x2 >h");
	assert_cut(IN TWO "m:Add:b0,b1 >m", 0, IN "a0:Dense:in:4x4 b0:Dense:a0:4x2 m:Add:b0,b0 >m");
}

static void
several_outputs_become_one(void **state)
{
	(void)state;
	assert_cut(IN TWO ">b0,b1", 1, IN "a1:Dense:in:4x4 b1:Dense:a1:4x2 >b1");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(ways_that_are_alike_are_branches_whatever_joins_them),
			cmocka_unit_test(a_trunk_and_a_head_are_shared),
			cmocka_unit_test(the_largest_set_is_taken),
			cmocka_unit_test(another_class_or_shape_is_no_branch),
			cmocka_unit_test(a_layer_called_on_all_ways_is_shared),
			cmocka_unit_test(what_is_used_elsewhere_too_is_shared),
			cmocka_unit_test(without_a_config_levels_of_counted_names_are_branches),
			cmocka_unit_test(names_that_do_not_count_are_no_branches),
			cmocka_unit_test(parts_without_weights_tell_units_apart),
			cmocka_unit_test(a_branch_is_found_by_name_and_by_number),
			cmocka_unit_test(average_of_one_branch_is_left_out),
			cmocka_unit_test(other_joins_take_the_branch_as_often),
			cmocka_unit_test(several_outputs_become_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
