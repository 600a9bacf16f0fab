#include "pair/graph_spec.h"

#include <time.h>

enum { MAX = 3 };

struct fixture {
	struct spec spec[MAX];
	const struct ladle_checkpoint *file[MAX];
	uint32_t count;
	struct ladle_table *table;
	struct ladle_error err;
};

static enum ladle_status
pair_specs(struct fixture *f, const char *a, const char *b, const struct ladle_hand_pair *hand,
		uint32_t hand_count)
{
	*f = (struct fixture){.count = 2};
	f->file[0] = spec_make(&f->spec[0], a, "a.h5", true);
	f->file[1] = spec_make(&f->spec[1], b, "b.h5", true);
	return ladle_pair_with(&f->table, f->file, 2, hand, hand_count, &f->err);
}

static void
close_pair(struct fixture *f)
{
	ladle_table_free(f->table);
	for (uint32_t k = 0; k < f->count; k++)
		spec_done(&f->spec[k]);
}

/* "a=b graph" for each layer row with tensors; "-" where a file has none. */
static const char *
print_layers(const struct fixture *f)
{
	static char out[4096];

	out[0] = '\0';
	for (uint32_t i = 0; i < f->table->layer_count; i++) {
		const struct ladle_layer_row *row = &f->table->layers[i];

		if (row->row_count == 0)
			continue;
		for (uint32_t k = 0; k < f->count; k++)
			snprintf(out + strlen(out), sizeof(out) - strlen(out), "%s%s",
					k == 0 ? (out[0] == '\0' ? "" : "; ") : "=",
					row->index[k] == LADLE_NONE
							? "-"
							: f->file[k]->layers[row->index[k]].name);
		snprintf(out + strlen(out), sizeof(out) - strlen(out), " %s",
				ladle_paired_by_name(row->paired_by));
	}
	return out;
}

static void
assert_pairs(const char *a, const char *b, const char *expected)
{
	struct fixture f;

	assert_int_equal(pair_specs(&f, a, b, NULL, 0), LADLE_OK);
	assert_string_equal(print_layers(&f), expected);
	close_pair(&f);
}

#define IN "in:InputLayer: "

static void
renumbered_names_in_another_order_pair_by_place(void **state)
{
	(void)state;
	/* Equal shapes everywhere: only the way from input to output tells. */
	assert_pairs(IN "dense:Dense:in:4x4 dense_1:Dense:dense:4x4 >dense_1",
			IN "dense_1:Dense:in:4x4 dense:Dense:dense_1:4x4 >dense",
			"dense=dense_1 graph; dense_1=dense graph");
	assert_pairs(IN "dense:Dense:in:4x4 dense_1:Dense:dense:4x4 >dense_1",
			IN "dense_3:Dense:dense_2:4x4 dense_2:Dense:in:4x4 >dense_3",
			"dense=dense_2 graph; dense_1=dense_3 graph");
}

static void
arguments_of_concatenate_are_told_apart(void **state)
{
	(void)state;
	assert_pairs(IN "p:Dense:in:4x4 q:Dense:in:4x4 c:Concatenate:p,q o:Dense:c:8x2 >o",
			IN "y:Dense:in:4x4 x:Dense:in:4x4 c:Concatenate:x,y o:Dense:c:8x2 >o",
			"p=x graph; q=y graph; o=o name");
}

/* Add gives the same either way: that the order of its arguments decided is said. */
static void
arguments_of_add_are_paired_by_order(void **state)
{
	(void)state;
	assert_pairs(IN "p:Dense:in:4x4 q:Dense:in:4x4 m:Add:p,q o:Dense:m:4x2 >o",
			IN "y:Dense:in:4x4 x:Dense:in:4x4 m:Add:x,y o:Dense:m:4x2 >o",
			"p=x order; q=y order; o=o name");
}

/* A person called them left and right: where they stand in the list does not matter. */
static void
chosen_names_stand_above_the_graph(void **state)
{
	(void)state;
	assert_pairs(IN "left:Dense:in:4x4 right:Dense:in:4x4 c:Concatenate:left,right "
			"o:Dense:c:8x2 >o",
			IN "left:Dense:in:4x4 right:Dense:in:4x4 c:Concatenate:right,left "
			   "o:Dense:c:8x2 >o",
			"left=left name; right=right name; o=o name");
}

static void
layers_without_weights_may_be_others(void **state)
{
	(void)state;
	assert_pairs(IN "a:Dense:in:4x4 r:Activation:a b:Dense:r:4x4 >b",
			IN "x:Dense:in:4x4 r:ReLU:x d:Dropout:r y:Dense:d:4x4 >y",
			"a=x graph; b=y graph");
}

static void
another_head_leaves_what_is_shared_paired(void **state)
{
	(void)state;
	assert_pairs(IN "a:Dense:in:4x4 b:Dense:a:4x4 o:Dense:b:4x2 >o",
			IN "y:Dense:x:4x4 x:Dense:in:4x4 h:Dense:y:4x7 >h",
			"a=x graph; -=h name; b=y graph; o=- name");
}

static void
a_missing_layer_leaves_both_sides_paired(void **state)
{
	(void)state;
	assert_pairs(IN "a:Dense:in:4x5 b:Dense:a:5x5 c:Dense:b:5x5 d:Dense:c:5x2 >d",
			IN "x:Dense:in:4x5 y:Dense:x:5x5 z:Dense:y:5x2 >z",
			"a=x graph; b=y graph; c=- name; d=z graph");
}

static const char *const two_alike = IN "p:Dense:in:4x4 q:Dense:in:4x4 m:Add:p,q o:Dense:m:4x2 >o";
static const char *const three_alike =
		IN "x:Dense:in:4x4 y:Dense:in:4x4 z:Dense:in:4x4 m:Add:x,y,z "
		   "o:Dense:m:4x2 >o";

static void
what_is_alike_is_left_and_says_what_helps(void **state)
{
	struct fixture f;
	uint32_t alone = 0;

	(void)state;
	assert_int_equal(pair_specs(&f, two_alike, three_alike, NULL, 0), LADLE_OK);
	assert_string_equal(print_layers(&f),
			"-=x name; -=y name; -=z name; p=- name; q=- name; o=o name");
	for (uint32_t i = 0; i < f.table->layer_count; i++)
		alone += f.table->layers[i].unpaired != NULL;
	assert_int_equal(alone, 5);
	assert_non_null(strstr(f.table->layers[0].unpaired == NULL ? f.table->layers[1].unpaired
								   : f.table->layers[0].unpaired,
			"`pair` does"));
	close_pair(&f);
}

static void
a_pair_by_hand_comes_first(void **state)
{
	const struct ladle_hand_pair hand[] = {{0, 1, "p", "z"}, {1, 0, "x", "q"}};
	struct fixture f;

	(void)state;
	assert_int_equal(pair_specs(&f, two_alike, three_alike, hand, 2), LADLE_OK);
	assert_string_equal(print_layers(&f), "p=z hand; q=x hand; -=y name; o=o name");
	close_pair(&f);
}

/* The layer behind a hand's pair follows: by the graph nothing else could be meant. */
static void
a_pair_by_hand_tells_its_branch(void **state)
{
	const struct ladle_hand_pair hand[] = {{0, 1, "p", "y"}};
	struct fixture f;

	(void)state;
	assert_int_equal(pair_specs(&f,
					 IN "p:Dense:in:4x4 r:Dense:p:4x4 q:Dense:in:4x4 "
					    "s:Dense:q:4x4 m:Add:r,s >m",
					 IN "x:Dense:in:4x4 u:Dense:x:4x4 y:Dense:in:4x4 "
					    "v:Dense:y:4x4 m:Add:u,v >m",
					 hand, 1),
			LADLE_OK);
	assert_string_equal(print_layers(&f), "p=y hand; r=v graph; q=x graph; s=u graph");
	close_pair(&f);
}

static void
wrong_pairs_by_hand_are_refused_by_name(void **state)
{
	static const struct {
		struct ladle_hand_pair hand[2];
		uint32_t count;
		const char *text;
	} cases[] = {
			{{{0, 1, "nowhere", "x"}}, 1, "a.h5 has no layer nowhere"},
			{{{0, 1, "m", "x"}}, 1, "one of them holds no tensor"},
			{{{0, 0, "p", "q"}}, 1, "a pair is of two checkpoints"},
			{{{0, 1, "p", "x"}, {0, 1, "p", "y"}}, 2,
					"p in a.h5 is paired by hand already"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fixture f;

		assert_int_equal(pair_specs(&f, two_alike, three_alike, cases[i].hand,
						 cases[i].count),
				LADLE_E_USAGE);
		assert_non_null(strstr(f.err.text, cases[i].text));
		f.table = NULL;
		close_pair(&f);
	}
}

/* Made here: two chains of 10,000 layers of one shape, the second listed backwards. */
static void
make_chain(struct buf *out, uint32_t count, bool backwards)
{
	buf_text(out, IN);
	for (uint32_t n = 0; n < count; n++) {
		uint32_t i = backwards ? count - 1 - n : n;

		if (i == 0)
			buf_text(out, "dense:Dense:in:4x4 ");
		else if (i == 1)
			buf_text(out, "dense_1:Dense:dense:4x4 ");
		else
			buf_format(out, "dense_%u:Dense:dense_%u:4x4 ", i, i - 1);
	}
	buf_format(out, ">dense_%u", count - 1);
}

static void
many_places_pair_in_time_that_grows_with_their_number(void **state)
{
	struct spec spec[2];
	const struct ladle_checkpoint *file[2];
	struct ladle_table *table;
	struct ladle_error err;
	struct buf line;
	clock_t start;
	double ms;

	(void)state;
	for (int k = 0; k < 2; k++) {
		buf_init(&line);
		make_chain(&line, 10000, k == 1);
		file[k] = spec_make(&spec[k], buf_string(&line), k == 0 ? "a.h5" : "b.h5", true);
		buf_done(&line);
	}
	start = clock();
	assert_int_equal(ladle_pair(&table, file, 2, &err), LADLE_OK);
	ms = (double)(clock() - start) * 1e3 / CLOCKS_PER_SEC;
	print_message("2 x 10,000 layers by the graph: %.1f ms\n", ms);
	assert_int_equal(table->row_count, 10000);
	assert_int_equal(table->layers[0].index[1], 10000);
	/* What is quadratic takes minutes; sanitizers and busy machines take their share. */
	assert_true(ms < 10000);
	ladle_table_free(table);
	spec_done(&spec[0]);
	spec_done(&spec[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(renumbered_names_in_another_order_pair_by_place),
			cmocka_unit_test(arguments_of_concatenate_are_told_apart),
			cmocka_unit_test(arguments_of_add_are_paired_by_order),
			cmocka_unit_test(chosen_names_stand_above_the_graph),
			cmocka_unit_test(layers_without_weights_may_be_others),
			cmocka_unit_test(another_head_leaves_what_is_shared_paired),
			cmocka_unit_test(a_missing_layer_leaves_both_sides_paired),
			cmocka_unit_test(what_is_alike_is_left_and_says_what_helps),
			cmocka_unit_test(a_pair_by_hand_comes_first),
			cmocka_unit_test(a_pair_by_hand_tells_its_branch),
			cmocka_unit_test(wrong_pairs_by_hand_are_refused_by_name),
			cmocka_unit_test(many_places_pair_in_time_that_grows_with_their_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
