#include "keras/hand.h"

#include <time.h>

enum { MAX = 4 };

struct fixture {
	struct hand hand[MAX];
	const struct ladle_checkpoint *file[MAX];
	uint32_t count;
	struct ladle_table *table;
	struct ladle_error err;
};

static enum ladle_status
pair_lines(struct fixture *f, uint32_t count, const char *const *lines)
{
	static const char *const paths[MAX] = {"run1.h5", "run2.h5", "run3.h5", "run4.h5"};

	*f = (struct fixture){.count = count};
	for (uint32_t k = 0; k < count; k++) {
		hand_make(&f->hand[k], lines[k], NULL);
		f->hand[k].checkpoint.path = paths[k];
		f->file[k] = &f->hand[k].checkpoint;
	}
	return ladle_pair(&f->table, f->file, count, &f->err);
}

static void
close_pair(struct fixture *f)
{
	ladle_table_free(f->table);
	for (uint32_t k = 0; k < f->count; k++)
		hand_done(&f->hand[k]);
}

/* "name/tensor=object,object;" for each row, "-" where a file has none. */
static const char *
print_rows(const struct fixture *f, char *out, size_t size)
{
	out[0] = '\0';
	for (uint32_t r = 0; r < f->table->row_count; r++) {
		snprintf(out + strlen(out), size - strlen(out), "%s%s", r == 0 ? "" : "; ",
				f->table->rows[r].label);
		for (uint32_t k = 0; k < f->count; k++) {
			const struct ladle_tensor *t = ladle_row_tensor(f->table, r, k);

			snprintf(out + strlen(out), size - strlen(out), " %s",
					t == NULL ? "-" : f->file[k]->layers[t->layer].name);
		}
	}
	return out;
}

#define assert_rows(f, expected)                                                            \
	do {                                                                                \
		char rows_text[8192];                                                       \
		assert_string_equal(print_rows(f, rows_text, sizeof(rows_text)), expected); \
	} while (0)

static const char *
finding(const struct fixture *f, const char *label, enum ladle_finding_code code)
{
	for (uint32_t r = 0; r < f->table->row_count; r++) {
		const struct ladle_row *row = &f->table->rows[r];

		for (uint32_t i = 0; i < row->finding_count && strcmp(row->label, label) == 0; i++)
			if (row->findings[i].code == code)
				return row->findings[i].text;
	}
	return NULL;
}

#define HEAD "/ @keras_version:2.15.0\n/ @backend:tensorflow\n"
#define DENSE(name, in, out)                                                         \
	"/" name " @weight_names=" name "/kernel:0," name "/bias:0\n/" name "/" name \
	"/kernel:0 " in "x" out "\n/" name "/" name "/bias:0 " out "\n"

static void
equal_names_pair_by_name_in_file_order(void **state)
{
	struct fixture f;
	const char *const lines[] = {HEAD "/ @layer_names=b,a\n" DENSE("b", "4", "3")
						     DENSE("a", "3", "2"),
			HEAD "/ @layer_names=a,b\n" DENSE("b", "4", "3") DENSE("a", "3", "2")};

	(void)state;
	assert_int_equal(pair_lines(&f, 2, lines), LADLE_OK);
	assert_rows(&f, "b/kernel b b; b/bias b b; a/kernel a a; a/bias a a");
	for (uint32_t r = 0; r < f.table->row_count; r++)
		assert_int_equal(f.table->rows[r].finding_count, 0);
	assert_true(f.table->rows[0].is_kernel);
	assert_false(f.table->rows[1].is_kernel);
	assert_int_equal(f.table->finding_count, 0);
	close_pair(&f);
}

/* dense_1 of the second model is another layer than dense_1 of the first: shapes tell. */
static void
accidental_names_of_counters_do_not_pair(void **state)
{
	struct fixture f;
	const char *const lines[] = {HEAD "/ @layer_names=dense_1,dense_2\n" DENSE("dense_1", "4",
						     "3") DENSE("dense_2", "3", "2"),
			HEAD "/ @layer_names=dense_2,dense_1\n" DENSE("dense_2", "4", "3")
					DENSE("dense_1", "3", "2")};

	(void)state;
	assert_int_equal(pair_lines(&f, 2, lines), LADLE_OK);
	assert_rows(&f, "dense_1/kernel dense_1 dense_2; dense_1/bias dense_1 dense_2; "
			"dense_2/kernel dense_2 dense_1; dense_2/bias dense_2 dense_1");
	assert_int_equal(f.table->layers[0].paired_by, LADLE_BY_ORDER);
	assert_string_equal(finding(&f, "dense_1/kernel", LADLE_F_ORDER),
			"by order: dense_1 in run1.h5, dense_2 in run2.h5");
	close_pair(&f);
}

/* Numbered on by one, and with one more layer: nothing pairs by the number. */
static void
counters_are_not_trusted_once_they_contradict(void **state)
{
	struct fixture f;
	const char *const lines[] = {HEAD
			"/ @layer_names=dense_1,dense_2,dense_3\n" DENSE("dense_1", "8", "4")
					DENSE("dense_2", "4", "4") DENSE("dense_3", "4", "2"),
			HEAD "/ @layer_names=dense_2,dense_3,dense_4,aux\n" DENSE(
					"dense_2", "8", "4") DENSE("dense_3", "4", "4")
					DENSE("dense_4", "4", "2") DENSE("aux", "2", "7")};

	(void)state;
	assert_int_equal(pair_lines(&f, 2, lines), LADLE_OK);
	assert_rows(&f, "dense_1/kernel dense_1 dense_2; dense_1/bias dense_1 dense_2; "
			"dense_2/kernel dense_2 dense_3; dense_2/bias dense_2 dense_3; "
			"dense_3/kernel dense_3 dense_4; dense_3/bias dense_3 dense_4; "
			"aux/kernel - aux; aux/bias - aux");
	assert_string_equal(
			finding(&f, "aux/kernel", LADLE_F_MISSING), "run1.h5 has no aux/kernel");
	close_pair(&f);
}

static void
other_shapes_of_one_name_are_a_finding_with_both_values(void **state)
{
	struct fixture f;
	const char *const lines[] = {HEAD "/ @layer_names=stem,head\n" DENSE("stem", "8", "4")
						     DENSE("head", "4", "10"),
			HEAD "/ @layer_names=stem,head\n" DENSE("stem", "8", "4")
					DENSE("head", "4", "7")};

	(void)state;
	assert_int_equal(pair_lines(&f, 2, lines), LADLE_OK);
	assert_rows(&f, "stem/kernel stem stem; stem/bias stem stem; head/kernel head head; "
			"head/bias head head");
	assert_string_equal(finding(&f, "head/kernel", LADLE_F_SHAPE),
			"run2.h5: head/kernel is 4x7, run1.h5 has 4x10");
	assert_string_equal(finding(&f, "head/bias", LADLE_F_SHAPE),
			"run2.h5: head/bias is 7, run1.h5 has 10");
	assert_null(finding(&f, "stem/kernel", LADLE_F_SHAPE));
	close_pair(&f);
}

static void
another_dtype_is_a_finding_that_does_not_block(void **state)
{
	struct fixture f;
	const char *const lines[] = {HEAD "/ @layer_names=a\n/a @weight_names=k\n/a/k 4x2\n",
			HEAD "/ @layer_names=a\n/a @weight_names=k\n/a/k 4x2 float16\n"};

	(void)state;
	assert_int_equal(pair_lines(&f, 2, lines), LADLE_OK);
	assert_string_equal(finding(&f, "a/k", LADLE_F_DTYPE),
			"run2.h5: a/k is float16, run1.h5 has float32");
	assert_false(ladle_finding_blocks(LADLE_F_DTYPE));
	close_pair(&f);
}

static void
rows_of_later_files_follow_their_predecessor(void **state)
{
	struct fixture f;
	const char *const lines[] = {HEAD "/ @layer_names=stem,head\n" DENSE("stem", "8", "4")
						     DENSE("head", "4", "2"),
			HEAD "/ @layer_names=pre,stem,mid,head\n" DENSE("pre", "9", "8")
					DENSE("stem", "8", "4") DENSE("mid", "4", "5")
							DENSE("head", "4", "2")};

	(void)state;
	assert_int_equal(pair_lines(&f, 2, lines), LADLE_OK);
	assert_rows(&f, "pre/kernel - pre; pre/bias - pre; stem/kernel stem stem; stem/bias stem "
			"stem; "
			"mid/kernel - mid; mid/bias - mid; head/kernel head head; head/bias head "
			"head");
	close_pair(&f);
}

static void
what_is_not_unique_is_not_guessed(void **state)
{
	struct fixture f;
	const char *const lines[] = {HEAD "/ @layer_names=p,q,end\n" DENSE("p", "4", "4")
						     DENSE("q", "4", "4") DENSE("end", "4", "2"),
			HEAD "/ @layer_names=x,y,z,end\n" DENSE("x", "4", "4") DENSE("y", "4", "4")
					DENSE("z", "4", "4") DENSE("end", "4", "2")};
	bool told = false;

	(void)state;
	assert_int_equal(pair_lines(&f, 2, lines), LADLE_OK);
	assert_int_equal(f.table->layer_count, 6);
	for (uint32_t i = 0; i < f.table->finding_count; i++)
		told |= strstr(f.table->findings[i].text, "tells which is which; `pair` does") !=
			NULL;
	assert_true(told);
	close_pair(&f);
}

static void
a_third_file_may_be_named_as_the_second(void **state)
{
	struct fixture f;
	const char *const lines[] = {HEAD "/ @layer_names=a,b\n" DENSE("a", "4", "4")
						     DENSE("b", "4", "4"),
			HEAD "/ @layer_names=c,d\n" DENSE("c", "4", "4") DENSE("d", "4", "4"),
			HEAD "/ @layer_names=d,c\n" DENSE("c", "4", "4") DENSE("d", "4", "4")};

	(void)state;
	/* The third file has the order of the first, but the names of the second: both would do,
	 * and the first file is asked first. */
	assert_int_equal(pair_lines(&f, 3, lines), LADLE_OK);
	assert_rows(&f, "a/kernel a c d; a/bias a c d; b/kernel b d c; b/bias b d c");
	close_pair(&f);
}

static void
tensors_pair_by_role_where_names_differ(void **state)
{
	struct fixture f;
	const char *const lines[] = {
			"/ @layer_names=dense_1\n/dense_1 @weight_names=dense_1_W,dense_1_b\n"
			"/dense_1/dense_1_W 4x3\n/dense_1/dense_1_b 3\n",
			HEAD "/ @layer_names=dense_1\n" DENSE("dense_1", "4", "3")};

	(void)state;
	assert_int_equal(pair_lines(&f, 2, lines), LADLE_OK);
	assert_int_equal(f.table->row_count, 2);
	assert_string_equal(f.table->rows[0].label, "dense_1/W");
	assert_string_equal(ladle_row_tensor(f.table, 0, 1)->name, "kernel");
	close_pair(&f);
}

/* A kernel of 3 classes and two biases of one size: gamma is never paired with beta. */
static void
other_roles_do_not_pair(void **state)
{
	struct fixture f;
	const char *const lines[] = {HEAD
			"/ @layer_names=bn\n/bn "
			"@weight_names=bn/gamma:0,bn/moving_mean:0,bn/moving_variance:0\n"
			"/bn/bn/gamma:0 3\n/bn/bn/moving_mean:0 3\n/bn/bn/moving_variance:0 3\n",
			HEAD
			"/ @layer_names=bn\n/bn "
			"@weight_names=bn/beta:0,bn/moving_mean:0,bn/moving_variance:0\n"
			"/bn/bn/beta:0 3\n/bn/bn/moving_mean:0 3\n/bn/bn/moving_variance:0 3\n"};

	(void)state;
	assert_int_equal(pair_lines(&f, 2, lines), LADLE_OK);
	assert_int_equal(f.table->row_count, 4);
	assert_string_equal(finding(&f, "bn/gamma", LADLE_F_MISSING), "run2.h5 has no bn/gamma");
	assert_string_equal(finding(&f, "bn/beta", LADLE_F_MISSING), "run1.h5 has no bn/beta");
	close_pair(&f);
}

static void
renumbered_wrappers_keep_their_directions(void **state)
{
#define BOTH(n)                                                                \
	HEAD "/ @layer_names=bidirectional_" n "\n/bidirectional_" n           \
	     " @weight_names=b/forward_lstm_" n "/kernel:0,b/backward_lstm_" n \
	     "/kernel:0\n/bidirectional_" n "/b/forward_lstm_" n               \
	     "/kernel:0 5x12\n/bidirectional_" n "/b/backward_lstm_" n "/kernel:0 5x12\n"
	struct fixture f;
	const char *const lines[] = {BOTH("1"), BOTH("7")};

	(void)state;
	assert_int_equal(pair_lines(&f, 2, lines), LADLE_OK);
	assert_int_equal(f.table->row_count, 2);
	assert_string_equal(ladle_row_tensor(f.table, 0, 1)->name, "forward_lstm_7/kernel");
	assert_string_equal(ladle_row_tensor(f.table, 1, 1)->name, "backward_lstm_7/kernel");
	close_pair(&f);
}

/* A store without config and names against a file that has both: the k-th Conv2D is the k-th. */
static void
stores_without_order_pair_by_class(void **state)
{
	struct fixture f;
	const char *const lines[] = {HEAD
			"/ @layer_names=stem,norm,body,norm2,head\n"
			"/stem @weight_names=stem/kernel:0\n/stem/stem/kernel:0 3x3x1x4\n"
			"/norm @weight_names=norm/gamma:0,norm/beta:0\n/norm/norm/gamma:0 4\n"
			"/norm/norm/beta:0 4\n"
			"/body @weight_names=body/kernel:0\n/body/body/kernel:0 3x3x4x4\n"
			"/norm2 @weight_names=norm2/gamma:0,norm2/beta:0\n/norm2/norm2/gamma:0 4\n"
			"/norm2/norm2/beta:0 4\n" DENSE("head", "4", "2"),
			"/layers/conv2d/vars/0 3x3x1x4\n/layers/conv2d_1/vars/0 3x3x4x4\n"
			"/layers/dense/vars/0 4x2\n/layers/dense/vars/1 2\n"
			"/layers/layer_normalization/vars/0 4\n/layers/layer_normalization/vars/1 "
			"4\n"
			"/layers/layer_normalization_1/vars/0 "
			"4\n/layers/layer_normalization_1/vars/1 4\n/vars\n"};

	(void)state;
	assert_int_equal(pair_lines(&f, 2, lines), LADLE_OK);
	assert_rows(&f, "stem/kernel stem conv2d; norm/gamma norm layer_normalization; "
			"norm/beta norm layer_normalization; body/kernel body conv2d_1; "
			"norm2/gamma norm2 layer_normalization_1; norm2/beta norm2 "
			"layer_normalization_1; "
			"head/kernel head dense; head/bias head dense");
	close_pair(&f);
}

/* Two stores without names in order: the path is what does not depend on the process. */
static void
stores_of_one_model_pair_by_path(void **state)
{
#define STORE(a, b, c)                                                                      \
	"/layers/conv2d/vars/0 3x3x4x4\n/layers/conv2d/vars @name:" a                       \
	"\n/layers/conv2d_1/vars/0 3x3x4x4\n/layers/conv2d_1/vars @name:" b                 \
	"\n/layers/conv2d_transpose/vars/0 3x3x4x4\n/layers/conv2d_transpose/vars @name:" c \
	"\n/vars\n"
	struct fixture f;
	const char *const lines[] = {STORE("conv2d", "conv2d_1", "conv2d_transpose"),
			STORE("conv2d_1", "conv2d_2", "conv2d_transpose_1")};

	(void)state;
	assert_int_equal(pair_lines(&f, 2, lines), LADLE_OK);
	assert_rows(&f, "conv2d/kernel conv2d conv2d_1; conv2d_1/kernel conv2d_1 conv2d_2; "
			"conv2d_transpose/kernel conv2d_transpose conv2d_transpose_1");
	assert_int_equal(f.table->layers[0].paired_by, LADLE_BY_ORDER);
	close_pair(&f);
}

static void
nested_layers_keep_their_parents(void **state)
{
	struct fixture f;
	const char *const lines[] = {HEAD
			"/ @layer_names=outer\n/outer @weight_names=in_a/kernel:0,in_b/kernel:0\n"
			"/outer/in_a/kernel:0 4x3\n/outer/in_b/kernel:0 3x2\n",
			HEAD "/ @layer_names=outer_9\n/outer_9 "
			     "@weight_names=in_a/kernel:0,in_b/kernel:0\n"
			     "/outer_9/in_a/kernel:0 4x3\n/outer_9/in_b/kernel:0 3x2\n"};

	(void)state;
	assert_int_equal(pair_lines(&f, 2, lines), LADLE_OK);
	assert_int_equal(f.table->layer_count, 3);
	assert_string_equal(f.table->layers[0].name, "outer");
	assert_int_equal(f.table->layers[0].row_count, 0);
	assert_int_equal(f.table->layers[2].parent, 0);
	assert_int_equal(f.table->layers[2].depth, 1);
	assert_int_equal(f.table->layers[0].index[1], 0);
	assert_string_equal(f.table->rows[1].label, "outer/in_b/kernel");
	assert_string_equal(finding(&f, "outer/in_b/kernel", LADLE_F_ORDER),
			"by order: outer/in_b in run1.h5, outer_9/in_b in run2.h5");
	close_pair(&f);
}

static void
what_is_not_averaged_says_why(void **state)
{
	struct fixture f;
	const char *const line =
			HEAD "/ @layer_names=d\n/d "
			     "@weight_names=d/seed_generator_state,d/lora_kernel_a\n"
			     "/d/d/seed_generator_state 2 uint32\n/d/d/lora_kernel_a 4x1\n";
	const char *const lines[] = {line, line};

	(void)state;
	assert_int_equal(pair_lines(&f, 2, lines), LADLE_OK);
	assert_string_equal(finding(&f, "d/seed_generator_state", LADLE_F_COPIED),
			"copied from the template, not averaged: integers");
	assert_string_equal(finding(&f, "d/lora_kernel_a", LADLE_F_COPIED),
			"copied from the template, not averaged: the mean of LoRA factors is not "
			"the factor of "
			"the mean");
	assert_false(f.table->rows[1].averaged);
	assert_false(f.table->rows[1].is_kernel);
	close_pair(&f);
}

static void
labels_are_unique(void **state)
{
	struct fixture f;
	const char *const lines[] = {HEAD "/ @layer_names=a/b,a\n/a/b @weight_names=k\n/a/b/k 2\n"
					  "/a @weight_names=b/c/k,d/k\n/a/b/c/k 3\n/a/d/k 3\n"};

	(void)state;
	assert_int_equal(pair_lines(&f, 1, lines), LADLE_OK);
	for (uint32_t i = 0; i < f.table->row_count; i++)
		for (uint32_t j = 0; j < i; j++)
			assert_string_not_equal(f.table->rows[i].label, f.table->rows[j].label);
	close_pair(&f);
}

static void
nothing_in_common_is_an_error_that_names_both(void **state)
{
	struct fixture f;
	const char *const lines[] = {HEAD "/ @layer_names=a\n" DENSE("a", "4", "3"),
			HEAD "/ @layer_names=b\n" DENSE("b", "5", "3")};

	(void)state;
	assert_int_equal(pair_lines(&f, 2, lines), LADLE_E_PAIR);
	assert_string_equal(f.err.text, "run2.h5 and run1.h5 have no layer in common");
	assert_null(f.table);
	close_pair(&f);
}

static void
a_stranger_among_relatives_is_a_finding(void **state)
{
	struct fixture f;
	const char *const lines[] = {HEAD "/ @layer_names=a\n" DENSE("a", "4", "3"),
			HEAD "/ @layer_names=b\n" DENSE("b", "5", "3"),
			HEAD "/ @layer_names=a\n" DENSE("a", "4", "3")};

	(void)state;
	assert_int_equal(pair_lines(&f, 3, lines), LADLE_OK);
	assert_int_equal(f.table->finding_count, 1);
	assert_int_equal(f.table->findings[0].checkpoint, 1);
	assert_string_equal(f.table->findings[0].text,
			"run2.h5 has no layer in common with the others");
	close_pair(&f);
}

/* Made here, not read: 10,000 layers in two files, the second renumbered. */
static void
make_many(struct ladle_checkpoint *c, struct arena *arena, uint32_t count, uint32_t number)
{
	static const uint64_t kernel[] = {64, 64}, bias[] = {64};
	struct ladle_layer *layers = arena_array(arena, count, sizeof(*layers));
	struct ladle_tensor *tensors = arena_array(arena, 2 * (size_t)count, sizeof(*tensors));

	for (uint32_t i = 0; i < count; i++) {
		layers[i] = (struct ladle_layer){
				.name = arena_format(arena, "dense_%u", number + i),
				.class_name = "Dense",
				.path = "",
				.parent = LADLE_NONE,
				.first_tensor = 2 * i,
				.tensor_count = 2,
				.config = LADLE_NONE};
		tensors[2 * i] = (struct ladle_tensor){.name = "kernel",
				.object = "",
				.role = "kernel",
				.layer = i,
				.dtype = LADLE_FLOAT32,
				.rank = 2,
				.shape = kernel,
				.count = 4096,
				.averaged = true};
		tensors[2 * i + 1] = (struct ladle_tensor){.name = "bias",
				.object = "",
				.role = "bias",
				.layer = i,
				.dtype = LADLE_FLOAT32,
				.rank = 1,
				.shape = bias,
				.count = 64,
				.averaged = true};
	}
	*c = (struct ladle_checkpoint){.path = "many.h5",
			.layers = layers,
			.layer_count = count,
			.tensors = tensors,
			.tensor_count = 2 * count};
}

static void
many_layers_pair_in_time_that_grows_with_their_number(void **state)
{
	struct arena arena;
	struct ladle_checkpoint a, b;
	const struct ladle_checkpoint *const files[] = {&a, &b};
	struct ladle_table *table;
	struct ladle_error err;
	struct timespec start, end;
	double ms;

	(void)state;
	arena_init(&arena);
	make_many(&a, &arena, 10000, 0);
	make_many(&b, &arena, 10000, 17);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
	assert_int_equal(ladle_pair(&table, files, 2, &err), LADLE_OK);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
	ms = (double)(end.tv_sec - start.tv_sec) * 1e3 +
	     (double)(end.tv_nsec - start.tv_nsec) / 1e6;
	print_message("2 x 10,000 layers: %.1f ms\n", ms);
	/* What is quadratic takes seconds; sanitizers and busy machines take their share. */
	assert_true(ms < 1000);
	assert_int_equal(table->row_count, 20000);
	assert_int_equal(table->layers[9999].index[1], 9999);
	ladle_table_free(table);
	arena_done(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(equal_names_pair_by_name_in_file_order),
			cmocka_unit_test(accidental_names_of_counters_do_not_pair),
			cmocka_unit_test(counters_are_not_trusted_once_they_contradict),
			cmocka_unit_test(other_shapes_of_one_name_are_a_finding_with_both_values),
			cmocka_unit_test(another_dtype_is_a_finding_that_does_not_block),
			cmocka_unit_test(rows_of_later_files_follow_their_predecessor),
			cmocka_unit_test(what_is_not_unique_is_not_guessed),
			cmocka_unit_test(a_third_file_may_be_named_as_the_second),
			cmocka_unit_test(tensors_pair_by_role_where_names_differ),
			cmocka_unit_test(other_roles_do_not_pair),
			cmocka_unit_test(renumbered_wrappers_keep_their_directions),
			cmocka_unit_test(stores_without_order_pair_by_class),
			cmocka_unit_test(stores_of_one_model_pair_by_path),
			cmocka_unit_test(nested_layers_keep_their_parents),
			cmocka_unit_test(what_is_not_averaged_says_why),
			cmocka_unit_test(labels_are_unique),
			cmocka_unit_test(nothing_in_common_is_an_error_that_names_both),
			cmocka_unit_test(a_stranger_among_relatives_is_a_finding),
			cmocka_unit_test(many_layers_pair_in_time_that_grows_with_their_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
