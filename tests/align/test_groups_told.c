/* What real Keras's architectures and random files told: each rule here was once not followed. */
#include "align/grouped.h"

#define INPUT "x|InputLayer||\"batch_shape\":[null,8]|\n"
#define SERIES "x|InputLayer||\"batch_shape\":[null,5,8]|\n"
#define IMAGE "x|InputLayer||\"batch_shape\":[null,6,6,4]|\n"
#define OUT(from, width) "o|Dense|" from "|\"units\":2|kernel " width "x2,bias 2\n"

/* An archive holds the wrapped weight in two places. */
static void
a_normalised_table_moves_with_its_vector_and_its_copy(void **state)
{
	(void)state;
	assert_groups("x|InputLayer||\"batch_shape\":[null,5]|\n"
		      "s|SpectralNormalization|x|\"layer\":{\"class_name\":\"Embedding\",\"config\":"
		      "{\"name\":\"e\"}}|wrapped_kernel 9x4,vector_u 1x4,embeddings 9x4\n" OUT(
				      "s", "4"),
			"4 s/wrapped_kernel:1 s/vector_u:1 s/embeddings:1 o/kernel:0\n");
}

static void
filters_of_one_fixed_channel_may_change_places(void **state)
{
	(void)state;
	assert_groups(IMAGE "c|Conv2D|x|\"groups\":4|kernel 1x1x1x8,bias 8\n"
			    "g|GlobalAveragePooling2D|c||\n" OUT("g", "8"),
			"2 c/kernel:3 c/bias:0 o/kernel:0\n"
			"2 c/kernel:3*1*1+2 c/bias:0*1*1+2 o/kernel:0*1*1+2\n"
			"2 c/kernel:3*1*1+4 c/bias:0*1*1+4 o/kernel:0*1*1+4\n"
			"2 c/kernel:3*1*1+6 c/bias:0*1*1+6 o/kernel:0*1*1+6\n");
}

static void
joined_units_that_are_cut_anew_move_in_blocks(void **state)
{
	(void)state;
	assert_groups(INPUT "a|Dense|x||kernel 8x3\nb|Dense|x||kernel 8x6\n"
			    "c|Concatenate|a,b|\"axis\":-1|\n"
			    "r|Reshape|c|\"target_shape\":[3,3]|\n"
			    "g|GlobalMaxPooling1D|r||\n" OUT("g", "3"),
			"3 a/kernel:1 b/kernel:1*2*1+0 o/kernel:0\n");
}

static void
repeated_units_are_tied_to_units_side_by_side(void **state)
{
	(void)state;
	assert_groups(SERIES "a|Dense|x||kernel 8x2\nf|Flatten|a||\n"
			     "b|Dense|f||kernel 10x4\nc|Dense|f||kernel 10x6\n"
			     "j|Concatenate|b,c|\"axis\":-1|\nm|Add|f,j||\n" OUT("m", "10"),
			"2 a/kernel:1 b/kernel:0*5*1+0 b/kernel:1*2*1+0 c/kernel:0*5*1+0 "
			"c/kernel:1*3*1+0 o/kernel:0*5*1+0\n");
}

/* Neither is made of blocks of the other: the longer one is split first. */
static void
blocks_are_found_behind_a_border(void **state)
{
	(void)state;
	assert_groups(INPUT "a|Dense|x||kernel 8x2\nb|Dense|x||kernel 8x8\n"
			    "p|RepeatVector|a|\"n\":1|\n"
			    "d|DepthwiseConv1D|p||kernel 1x2x2\ne|Flatten|d||\n"
			    "t|Activation|e||\n"
			    "c|Concatenate|e,t|\"axis\":-1|\nm|Add|b,c||\n" OUT("m", "8"),
			"2 a/kernel:1 b/kernel:1*1*2+0 b/kernel:1*1*2+4 d/kernel:1 "
			"o/kernel:0*1*2+0 o/kernel:0*1*2+4\n");
}

/* ---- as Keras 3 writes it ---- */

#define TENSOR(shape, layer)                                                               \
	"\"inbound_nodes\":[{\"args\":[{\"class_name\":\"__keras_tensor__\",\"config\":{" \
	"\"shape\":[null," shape "],\"keras_history\":[\"" layer "\",0,0]}}],\"kwargs\":{}}]}"
#define LAYER(class_name, name, config, tensor)                                       \
	",{\"class_name\":\"" class_name "\",\"name\":\"" name "\",\"config\":{" config \
	"\"name\":\"" name "\"}," tensor

static char *
groups_of(const char *catalog, const char *layers)
{
	const struct ladle_checkpoint *c;
	struct ladle_table *table;
	struct ladle_groups *groups;
	struct buf config, out;
	struct hand hand;

	buf_init(&config);
	buf_init(&out);
	buf_format(&config,
			"{\"class_name\":\"Functional\",\"config\":{\"name\":\"m\",\"layers\":["
			"{\"class_name\":\"InputLayer\",\"name\":\"x\",\"config\":{\"name\":\"x\","
			"\"dtype\":\"float32\",\"batch_shape\":[null,2,3]},\"inbound_nodes\":[]}"
			"%s],\"input_layers\":[[\"x\",0,0]],\"output_layers\":[[\"o\",0,0]]}}",
			layers);
	c = hand_make(&hand, catalog, buf_string(&config));
	assert_int_equal(ladle_pair(&table, &c, 1, NULL), LADLE_OK);
	assert_int_equal(ladle_groups_find(&groups, table, 0, NULL), LADLE_OK);
	grouped_print(table, groups, &out);
	ladle_groups_free(groups);
	ladle_table_free(table);
	hand_done(&hand);
	buf_done(&config);
	return out.data;
}

#define DENSE "\"dtype\":\"float32\",\"trainable\":true,"
#define CATALOG                                                                        \
	"/ @keras_version:3.15.1\n/ @layer_names=d,o\n"                                \
	"/d @weight_names=d/kernel\n/d/d/kernel 3x4\n"                                 \
	"/o @weight_names=o/kernel\n/o/o/kernel 8x2\n"

static void
shapes_behind_an_unknown_class_are_those_of_the_config(void **state)
{
	char *text = groups_of(CATALOG, LAYER("Strange", "s", DENSE, TENSOR("2,3", "x"))
			LAYER("Dense", "d", DENSE, TENSOR("2,3", "s"))
			LAYER("Flatten", "f", DENSE, TENSOR("2,4", "d"))
			LAYER("Dense", "o", DENSE, TENSOR("8", "f")));

	(void)state;
	assert_string_equal(text, "4 d/kernel:1 o/kernel:0*2*1+0\n");
	free(text);
}

/* There is no module that would tell it from a layer of that name. */
static void
an_operation_in_hdf5_is_one(void **state)
{
	char *text = groups_of(CATALOG, LAYER("Dense", "d", DENSE, TENSOR("2,3", "x"))
			LAYER("Silu", "s", "", TENSOR("2,4", "d"))
			LAYER("Flatten", "f", DENSE, TENSOR("2,4", "s"))
			LAYER("Dense", "o", DENSE, TENSOR("8", "f")));

	(void)state;
	assert_string_equal(text, "4 d/kernel:1 o/kernel:0*2*1+0\n");
	free(text);
}

/* Places that a mask leaves out are told by their order, units of what is masked are not. */
static void
a_mask_among_the_arguments_does_not_hide_a_rule(void **state)
{
	char *text = groups_of(
			"/ @keras_version:3.15.1\n/ @layer_names=d,r,o\n"
			"/d @weight_names=d/kernel\n/d/d/kernel 3x4\n"
			"/r @weight_names=r/kernel,r/recurrent_kernel\n/r/r/kernel 4x2\n"
			"/r/r/recurrent_kernel 2x2\n"
			"/o @weight_names=o/kernel\n/o/o/kernel 2x2\n",
			LAYER("Dense", "d", DENSE, TENSOR("2,3", "x"))
			LAYER("NotEqual", "n", "", TENSOR("2,4", "d"))
			LAYER("Any", "y", "\"axis\":[-1],", TENSOR("2,4", "n"))
			",{\"class_name\":\"SimpleRNN\",\"name\":\"r\",\"config\":{" DENSE
			"\"name\":\"r\"},\"inbound_nodes\":[{\"args\":[{\"class_name\":"
			"\"__keras_tensor__\",\"config\":{\"shape\":[null,2,4],"
			"\"keras_history\":[\"d\",0,0]}}],\"kwargs\":{\"mask\":{\"class_name\":"
			"\"__keras_tensor__\",\"config\":{\"shape\":[null,2],"
			"\"keras_history\":[\"y\",0,0]}}}}]}"
			LAYER("Dense", "o", DENSE, TENSOR("2", "r")));

	(void)state;
	assert_string_equal(text,
			"4 d/kernel:1 r/kernel:0\n"
			"2 r/kernel:1 r/recurrent_kernel:0 r/recurrent_kernel:1 o/kernel:0\n");
	free(text);
}

/* A dataset without elements has room for any extent. */
static void
extents_that_only_the_file_claims_make_no_slices(void **state)
{
	(void)state;
	assert_groups(SERIES "m|MultiHeadAttention|x,x||query/kernel 8x8589934592x0,"
			     "key/kernel 8x8589934592x0,value/kernel 8x8589934592x0,"
			     "attention_output/kernel 8589934592x0x8\n" OUT("m", "8"),
			"! m: no rule for the way in which m (class MultiHeadAttention) is called "
			"or set up\n");
	assert_groups(SERIES "c|Conv1D|x|\"groups\":8589934592|kernel 0x1x8589934592\n" OUT(
				      "c", "8"),
			"! c: the config and the shapes of the weights of c (class Conv1D) do not "
			"agree\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(a_normalised_table_moves_with_its_vector_and_its_copy),
			cmocka_unit_test(filters_of_one_fixed_channel_may_change_places),
			cmocka_unit_test(joined_units_that_are_cut_anew_move_in_blocks),
			cmocka_unit_test(repeated_units_are_tied_to_units_side_by_side),
			cmocka_unit_test(blocks_are_found_behind_a_border),
			cmocka_unit_test(shapes_behind_an_unknown_class_are_those_of_the_config),
			cmocka_unit_test(an_operation_in_hdf5_is_one),
			cmocka_unit_test(a_mask_among_the_arguments_does_not_hide_a_rule),
			cmocka_unit_test(extents_that_only_the_file_claims_make_no_slices),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
