#include "align/grouped.h"

#define INPUT "x|InputLayer||\"batch_shape\":[null,8]|\n"
#define IMAGE "x|InputLayer||\"batch_shape\":[null,6,6,4]|\n"
#define SERIES "x|InputLayer||\"batch_shape\":[null,5,8]|\n"
#define OUT(from, width) "o|Dense|" from "|\"units\":2|kernel " width "x2,bias 2\n"

/* ---- dense, and what passes ---- */

static void
units_of_a_dense_are_free_and_the_ends_of_the_model_fixed(void **state)
{
	(void)state;
	assert_groups(INPUT "a|Dense|x|\"units\":4|kernel 8x4,bias 4\n" OUT("a", "4"),
			"4 a/kernel:1 a/bias:0 o/kernel:0\n");
	assert_groups(INPUT "a|Dense|x|\"units\":4|kernel 8x4,bias 4\n", "");
}

static void
dense_works_on_the_last_axis_of_any_rank(void **state)
{
	(void)state;
	assert_groups(IMAGE "a|Dense|x||kernel 4x3\n" OUT("a", "3"), "3 a/kernel:1 o/kernel:0\n");
}

static void
softmax_and_dropout_do_not_break_a_group(void **state)
{
	(void)state;
	assert_groups(INPUT
			"a|Dense|x|\"activation\":\"softmax\"|kernel 8x4\n"
			"s|Softmax|a|\"axis\":-1|\nd|Dropout|s||\nr|LeakyReLU|d||\n" OUT("r", "4"),
			"4 a/kernel:1 o/kernel:0\n");
}

static void
an_activation_that_is_not_known_fixes_its_units(void **state)
{
	(void)state;
	assert_groups(INPUT "a|Dense|x|\"activation\":\"glu\"|kernel 8x4\n"
			    "b|Dense|a||kernel 2x3\n" OUT("b", "3"),
			"3 b/kernel:1 o/kernel:0\n"
			"! a: no rule for the way in which a (class Dense) is called or set up\n");
}

static void
a_lambda_fixes_what_it_touches_and_says_so(void **state)
{
	(void)state;
	assert_groups(INPUT "a|Dense|x||kernel 8x4\nl|Lambda|a||\nb|Dense|l||kernel 4x3\n" OUT(
				      "b", "3"),
			"3 b/kernel:1 o/kernel:0\n"
			"! a: no rule for l (class Lambda)\n");
}

static void
a_weight_that_no_rule_knows_fixes_its_layer(void **state)
{
	(void)state;
	assert_groups(INPUT "a|Dense|x||kernel 8x4,lora_kernel_a 8x2\n" OUT("a", "4"),
			"! a: a (class Dense) has a weight that its rule does not know\n"
			"! o: a (class Dense) has a weight that its rule does not know\n");
}

static void
shapes_that_do_not_fit_the_config_fix_their_layer(void **state)
{
	(void)state;
	assert_groups(INPUT "a|Dense|x||kernel 8x4\n" OUT("a", "5"),
			"! a: the config and the shapes of the weights of o (class Dense) do not "
			"agree\n"
			"! o: the config and the shapes of the weights of o (class Dense) do not "
			"agree\n");
}

static void
letters_of_an_einsum_tell_what_is_free(void **state)
{
	(void)state;
	assert_groups(SERIES
			"a|EinsumDense|x|\"equation\":\"abc,cde->abde\",\"bias_axes\":\"de\"|"
			"kernel 8x3x4,bias 3x4\n"
			"b|EinsumDense|a|\"equation\":\"abde,def->abf\",\"bias_axes\":\"f\"|"
			"kernel 3x4x7,bias 7\n"
			"c|EinsumDense|b|\"equation\":\"...x,x->...x\"|kernel 7\n" OUT("c", "7"),
			"3 a/kernel:1 a/bias:0 b/kernel:0\n"
			"4 a/kernel:2 a/bias:1 b/kernel:1\n"
			"7 b/kernel:2 b/bias:0 c/kernel:0 o/kernel:0\n");
}

/* ---- convolutions ---- */

static void
filters_are_units_and_flattening_repeats_them(void **state)
{
	(void)state;
	assert_groups(IMAGE "a|Conv2D|x||kernel 3x3x4x5,bias 5\n"
			    "p|MaxPooling2D|a|\"pool_size\":[2,2]|\nf|Flatten|p||\n" OUT("f", "20"),
			"5 a/kernel:3 a/bias:0 o/kernel:0*4*1+0\n");
}

static void
channels_first_stand_before_the_places(void **state)
{
	(void)state;
	assert_groups("x|InputLayer||\"batch_shape\":[null,3,8,6]|\n"
		      "a|Conv2D|x|\"data_format\":\"channels_first\",\"padding\":\"same\"|"
		      "kernel 3x3x3x5\n"
		      "n|BatchNormalization|a|\"axis\":1|gamma 5\n"
		      "f|Flatten|n|\"data_format\":\"channels_last\"|\n"
		      "g|Flatten|n|\"data_format\":\"channels_first\"|\n"
		      "o|Dense|f||kernel 240x2\nq|Dense|g||kernel 240x2\n>o,q\n",
			"5 a/kernel:3 n/gamma:0 o/kernel:0*1*48+0 q/kernel:0*48*1+0\n");
}

static void
grouped_filters_stay_within_their_group(void **state)
{
	(void)state;
	assert_groups(IMAGE "a|Conv2D|x||kernel 1x1x4x6\n"
			    "b|Conv2D|a|\"groups\":2|kernel 1x1x3x4,bias 4\n"
			    "g|GlobalAveragePooling2D|b||\n" OUT("g", "4"),
			"3 a/kernel:3 b/kernel:2[3=0] b/kernel:2[3=1]\n"
			"3 a/kernel:3*1*1+3 b/kernel:2[3=2] b/kernel:2[3=3]\n"
			"2 b/kernel:3 b/bias:0 o/kernel:0\n"
			"2 b/kernel:3*1*1+2 b/bias:0*1*1+2 o/kernel:0*1*1+2\n");
}

static void
a_group_of_one_channel_moves_with_its_filters(void **state)
{
	(void)state;
	assert_groups(IMAGE "a|Conv2D|x||kernel 1x1x4x6\n"
			    "b|Conv2D|a|\"groups\":6|kernel 1x1x1x12\n"
			    "g|GlobalMaxPooling2D|b||\n" OUT("g", "12"),
			"6 a/kernel:3 b/kernel:3*1*2+0 o/kernel:0*1*2+0\n");
}

static void
depthwise_and_separable_multiply_channels(void **state)
{
	(void)state;
	assert_groups(IMAGE "a|Conv2D|x||kernel 1x1x4x5\n"
			    "d|DepthwiseConv2D|a||depthwise_kernel 3x3x5x2,bias 10\n"
			    "s|SeparableConv2D|d||depthwise_kernel 3x3x10x3,"
			    "pointwise_kernel 1x1x30x7,bias 7\n"
			    "g|GlobalAveragePooling2D|s||\n" OUT("g", "7"),
			"5 a/kernel:3 d/depthwise_kernel:2 d/bias:0*1*2+0 "
			"s/depthwise_kernel:2*1*2+0 s/pointwise_kernel:2*1*6+0\n"
			"7 s/pointwise_kernel:3 s/bias:0 o/kernel:0\n");
}

static void
a_transposed_kernel_has_its_filters_before_its_channels(void **state)
{
	(void)state;
	assert_groups(INPUT "a|Dense|x||kernel 8x96\nr|Reshape|a|\"target_shape\":[4,4,6]|\n"
			    "t|Conv2DTranspose|r|\"strides\":[2,2],\"padding\":\"same\"|"
			    "kernel 3x3x5x6,bias 5\n"
			    "f|Flatten|t||\n" OUT("f", "320"),
			"6 a/kernel:1*16*1+0 t/kernel:3\n"
			"5 t/kernel:2 t/bias:0 o/kernel:0*64*1+0\n");
}

static void
a_local_kernel_repeats_channels_for_each_place_of_its_window(void **state)
{
	(void)state;
	assert_groups(SERIES "a|Dense|x||kernel 8x3\n"
			     "l|LocallyConnected1D|a|\"kernel_size\":[2],\"strides\":[1]|"
			     "kernel 4x6x5,bias 4x5\n"
			     "f|Flatten|l||\n" OUT("f", "20"),
			"3 a/kernel:1 l/kernel:1*2*1+0\n"
			"5 l/kernel:2 l/bias:1 o/kernel:0*4*1+0\n");
}

static void
space_is_padded_cropped_and_scaled(void **state)
{
	(void)state;
	assert_groups(IMAGE "a|Conv2D|x|\"dilation_rate\":[2,2]|kernel 2x2x4x3\n"
			    "z|ZeroPadding2D|a|\"padding\":[[1,2],[0,0]]|\n"
			    "u|UpSampling2D|z|\"size\":[2,3]|\n"
			    "c|Cropping2D|u|\"cropping\":[[1,0],[2,2]]|\n"
			    "p|AveragePooling2D|c|\"pool_size\":[3,3],\"strides\":[2,2],"
			    "\"padding\":\"same\"|\n"
			    "f|Flatten|p||\n" OUT("f", "84"),
			"3 a/kernel:3 o/kernel:0*28*1+0\n");
}

/* ---- normalisation ---- */

static void
normalisation_moves_with_its_axes(void **state)
{
	(void)state;
	assert_groups(SERIES "a|Dense|x||kernel 8x4\n"
			     "b|BatchNormalization|a||gamma 4,beta 4,moving_mean 4,"
			     "moving_variance 4\n"
			     "l|LayerNormalization|b|\"axis\":[1,2]|gamma 5x4,beta 5x4\n"
			     "r|RMSNormalization|l|\"axis\":-1|scale 4\n"
			     "p|PReLU|r|\"shared_axes\":[1]|alpha 1x4\n" OUT("p", "4"),
			"4 a/kernel:1 b/gamma:0 b/beta:0 b/moving_mean:0 b/moving_variance:0 "
			"l/gamma:1 l/beta:1 r/scale:0 p/alpha:1 o/kernel:0\n");
}

static void
group_normalisation_keeps_units_in_their_part(void **state)
{
	(void)state;
	assert_groups(INPUT "a|Dense|x||kernel 8x6\n"
			    "g|GroupNormalization|a|\"groups\":2|gamma 6\n" OUT("g", "6"),
			"3 a/kernel:1 g/gamma:0 o/kernel:0\n"
			"3 a/kernel:1*1*1+3 g/gamma:0*1*1+3 o/kernel:0*1*1+3\n");
	assert_groups(INPUT "a|Dense|x||kernel 8x6\n"
			    "g|GroupNormalization|a|\"groups\":6|gamma 6\n" OUT("g", "6"),
			"6 a/kernel:1 g/gamma:0 o/kernel:0\n");
}

/* ---- recurrent ---- */

static void
units_of_a_cell_move_in_the_block_of_every_gate(void **state)
{
	(void)state;
	assert_groups(SERIES
			"l|LSTM|x|\"return_sequences\":true|kernel 8x12,recurrent_kernel 3x12,"
			"bias 12\n"
			"g|GRU|l|\"return_sequences\":true|kernel 3x12,recurrent_kernel 4x12,"
			"bias 2x12\n"
			"s|SimpleRNN|g||kernel 4x5,recurrent_kernel 5x5,bias 5\n" OUT("s", "5"),
			"3 l/kernel:1*4*1+0 l/recurrent_kernel:0 l/recurrent_kernel:1*4*1+0 "
			"l/bias:0*4*1+0 g/kernel:0\n"
			"4 g/kernel:1*3*1+0 g/recurrent_kernel:0 g/recurrent_kernel:1*3*1+0 "
			"g/bias:1*3*1+0 s/kernel:0\n"
			"5 s/kernel:1 s/recurrent_kernel:0 s/recurrent_kernel:1 s/bias:0 "
			"o/kernel:0\n");
}

static void
states_that_are_passed_on_tie_two_layers(void **state)
{
	(void)state;
	assert_groups(SERIES "a|LSTM|x|\"return_state\":true|kernel 8x12,recurrent_kernel 3x12\n"
			     "b|LSTM|x,a.1,a.2||kernel 8x12,recurrent_kernel 3x12\n" OUT("b", "3"),
			"3 a/kernel:1*4*1+0 a/recurrent_kernel:0 a/recurrent_kernel:1*4*1+0 "
			"b/kernel:1*4*1+0 b/recurrent_kernel:0 b/recurrent_kernel:1*4*1+0 "
			"o/kernel:0\n");
}

#define BOTH(mode)                                                                             \
	SERIES "b|Bidirectional|x|" mode "\"layer\":{\"class_name\":\"SimpleRNN\",\"config\":" \
	       "{\"name\":\"r\"}}|forward_r/kernel 8x3,forward_r/recurrent_kernel 3x3,"        \
	       "backward_r/kernel 8x3,backward_r/recurrent_kernel 3x3\n"

static void
directions_are_joined_or_tied(void **state)
{
	(void)state;
	assert_groups(BOTH("\"merge_mode\":\"concat\",") OUT("b", "6"),
			"3 b/forward_r/kernel:1 b/forward_r/recurrent_kernel:0 "
			"b/forward_r/recurrent_kernel:1 o/kernel:0\n"
			"3 b/backward_r/kernel:1 b/backward_r/recurrent_kernel:0 "
			"b/backward_r/recurrent_kernel:1 o/kernel:0*1*1+3\n");
	assert_groups(BOTH("\"merge_mode\":\"ave\",") OUT("b", "3"),
			"3 b/forward_r/kernel:1 b/forward_r/recurrent_kernel:0 "
			"b/forward_r/recurrent_kernel:1 b/backward_r/kernel:1 "
			"b/backward_r/recurrent_kernel:0 b/backward_r/recurrent_kernel:1 "
			"o/kernel:0\n");
	assert_groups(BOTH("\"merge_mode\":null,") "o|Dense|b||kernel 3x2\n"
						   "p|Dense|b.1||kernel 3x2\n>o,p\n",
			"3 b/forward_r/kernel:1 b/forward_r/recurrent_kernel:0 "
			"b/forward_r/recurrent_kernel:1 o/kernel:0\n"
			"3 b/backward_r/kernel:1 b/backward_r/recurrent_kernel:0 "
			"b/backward_r/recurrent_kernel:1 p/kernel:0\n");
}

static void
cells_above_each_other_hand_their_units_up(void **state)
{
	(void)state;
	assert_groups(SERIES
			"r|RNN|x|\"cell\":{\"class_name\":\"StackedRNNCells\",\"config\":{"
			"\"cells\":[{\"class_name\":\"GRUCell\",\"config\":{}},"
			"{\"class_name\":\"SimpleRNNCell\",\"config\":{}}]}}|"
			"gru_cell/kernel 8x9,gru_cell/recurrent_kernel 3x9,"
			"simple_rnn_cell/kernel 3x4,simple_rnn_cell/recurrent_kernel 4x4\n" OUT(
					"r", "4"),
			"3 r/gru_cell/kernel:1*3*1+0 r/gru_cell/recurrent_kernel:0 "
			"r/gru_cell/recurrent_kernel:1*3*1+0 r/simple_rnn_cell/kernel:0\n"
			"4 r/simple_rnn_cell/kernel:1 r/simple_rnn_cell/recurrent_kernel:0 "
			"r/simple_rnn_cell/recurrent_kernel:1 o/kernel:0\n");
}

static void
filters_of_a_convolution_in_time_move_as_units_of_a_cell(void **state)
{
	(void)state;
	assert_groups("x|InputLayer||\"batch_shape\":[null,3,6,6,2]|\n"
		      "c|ConvLSTM2D|x|\"padding\":\"valid\"|kernel 3x3x2x12,"
		      "recurrent_kernel 3x3x3x12,bias 12\nf|Flatten|c||\n" OUT("f", "48"),
			"3 c/kernel:3*4*1+0 c/recurrent_kernel:2 c/recurrent_kernel:3*4*1+0 "
			"c/bias:0*4*1+0 o/kernel:0*16*1+0\n");
}

static void
a_layer_at_every_step_has_its_own_rule(void **state)
{
	(void)state;
	assert_groups("x|InputLayer||\"batch_shape\":[null,3,6,6,2]|\n"
		      "t|TimeDistributed|x|\"layer\":{\"class_name\":\"Conv2D\",\"config\":{}}|"
		      "kernel 3x3x2x4\n"
		      "f|TimeDistributed|t|\"layer\":{\"class_name\":\"Flatten\",\"config\":{}}|"
		      "\n" OUT("f", "64"),
			"4 t/kernel:3 o/kernel:0*16*1+0\n");
}

/* ---- attention ---- */

static void
heads_and_the_dimensions_inside_each_are_units(void **state)
{
	(void)state;
	assert_groups(SERIES "a|Dense|x||kernel 8x6\n"
			     "m|MultiHeadAttention|a,a||query/kernel 6x2x3,query/bias 2x3,"
			     "key/kernel 6x2x3,value/kernel 6x2x4,attention_output/kernel 2x4x5,"
			     "attention_output/bias 5\n" OUT("m", "5"),
			"6 a/kernel:1 m/query/kernel:0 m/key/kernel:0 m/value/kernel:0\n"
			"2 m/query/kernel:1 m/query/bias:0 m/key/kernel:1 m/value/kernel:1 "
			"m/attention_output/kernel:0\n"
			"3 m/query/kernel:2[1=0] m/query/bias:1[0=0] m/key/kernel:2[1=0]\n"
			"3 m/query/kernel:2[1=1] m/query/bias:1[0=1] m/key/kernel:2[1=1]\n"
			"4 m/value/kernel:2[1=0] m/attention_output/kernel:1[0=0]\n"
			"4 m/value/kernel:2[1=1] m/attention_output/kernel:1[0=1]\n"
			"5 m/attention_output/kernel:2 m/attention_output/bias:0 o/kernel:0\n");
}

static void
query_heads_move_in_blocks_and_inside_them(void **state)
{
	(void)state;
	assert_groups(SERIES "m|GroupedQueryAttention|x,x||query/kernel 8x4x1,key/kernel 8x2x1,"
			     "value/kernel 8x2x1,attention_output/kernel 4x1x8\n" OUT("m", "8"),
			"2 m/query/kernel:1*1*2+0 m/key/kernel:1 m/value/kernel:1 "
			"m/attention_output/kernel:0*1*2+0\n"
			"8 m/attention_output/kernel:2 o/kernel:0\n"
			"2 m/query/kernel:1 m/attention_output/kernel:0\n"
			"2 m/query/kernel:1*1*1+2 m/attention_output/kernel:0*1*1+2\n");
}

static void
attention_ties_query_and_key_and_gives_the_value(void **state)
{
	(void)state;
	assert_groups(SERIES "q|Dense|x||kernel 8x3\nk|Dense|x||kernel 8x3\nv|Dense|x||kernel 8x4\n"
			     "a|AdditiveAttention|q,v,k||scale 3\n" OUT("a", "4"),
			"3 q/kernel:1 k/kernel:1 a/scale:0\n4 v/kernel:1 o/kernel:0\n");
}

/* ---- merging and shapes ---- */

#define TWO(a, b)                           \
	INPUT "a|Dense|x||kernel 8x" a "\n" \
	      "b|Dense|x||kernel 8x" b "\n"

static void
merging_ties_and_joining_stands_side_by_side(void **state)
{
	(void)state;
	assert_groups(TWO("4", "4") "m|Maximum|a,b||\n" OUT("m", "4"),
			"4 a/kernel:1 b/kernel:1 o/kernel:0\n");
	assert_groups(TWO("4", "3") "m|Concatenate|a,b|\"axis\":-1|\n" OUT("m", "7"),
			"4 a/kernel:1 o/kernel:0\n3 b/kernel:1 o/kernel:0*1*1+4\n");
}

static void
a_sum_with_the_input_is_fixed_and_says_so(void **state)
{
	(void)state;
	assert_groups(INPUT "a|Dense|x||kernel 8x8\nm|Add|x,a||\n" OUT("m", "8"),
			"! a: m (class Add) ties its units to what is fixed or laid out otherwise\n"
			"! o: m (class Add) ties its units to what is fixed or laid out "
			"otherwise\n");
}

static void
joined_axes_that_are_tied_split_each_other(void **state)
{
	(void)state;
	assert_groups(INPUT "a|Dense|x||kernel 8x3\nb|Dense|x||kernel 8x5\nc|Dense|x||kernel 8x4\n"
			    "d|Dense|x||kernel 8x4\np|Concatenate|a,b||\nq|Concatenate|c,d||\n"
			    "m|Add|p,q||\n" OUT("m", "8"),
			"3 a/kernel:1 c/kernel:1 o/kernel:0\n"
			"4 b/kernel:1*1*1+1 d/kernel:1 o/kernel:0*1*1+4\n");
}

static void
what_is_broadcast_is_not_tied(void **state)
{
	(void)state;
	assert_groups(IMAGE "a|Conv2D|x||kernel 1x1x4x3\n"
			    "g|GlobalAveragePooling2D|a|\"keepdims\":true|\n"
			    "b|Conv2D|g||kernel 1x1x3x3\n"
			    "c|Conv2D|x||kernel 1x1x4x1\n"
			    "m|Multiply|a,b,c||\nn|GlobalMaxPooling2D|m||\n" OUT("n", "3"),
			"3 a/kernel:3 b/kernel:2 b/kernel:3 o/kernel:0\n");
}

static void
joined_channels_repeat_as_a_whole_when_flattened(void **state)
{
	(void)state;
	assert_groups("x|InputLayer||\"batch_shape\":[null,1,2,4]|\n"
		      "a|Conv2D|x||kernel 1x1x4x2\nb|Conv2D|x||kernel 1x1x4x3\n"
		      "c|Concatenate|a,b||\nf|Flatten|c||\n" OUT("f", "10"),
			"2 a/kernel:3 o/kernel:0 o/kernel:0*1*1+5\n"
			"3 b/kernel:3 o/kernel:0*1*1+2 o/kernel:0*1*1+7\n");
}

static void
a_reshape_back_and_a_permutation_keep_units(void **state)
{
	(void)state;
	assert_groups(SERIES "a|Dense|x||kernel 8x4\nr|Reshape|a|\"target_shape\":[-1]|\n"
			     "s|Reshape|r|\"target_shape\":[5,1,4]|\n"
			     "p|Permute|s|\"dims\":[3,1,2]|\nq|Permute|p|\"dims\":[2,3,1]|\n" OUT(
					     "q", "4"),
			"4 a/kernel:1 o/kernel:0\n");
}

static void
an_axis_that_its_layer_mixes_is_fixed(void **state)
{
	(void)state;
	assert_groups(SERIES "a|Dense|x||kernel 8x4\np|Permute|a|\"dims\":[2,1]|\n"
			     "c|Conv1D|p|\"padding\":\"same\"|kernel 3x5x6\n" OUT("c", "6"),
			"6 c/kernel:2 o/kernel:0\n"
			"! a: c (class Conv1D) mixes neighbours along the axis of its units\n");
}

static void
a_dot_ties_what_it_sums_over(void **state)
{
	(void)state;
	assert_groups(TWO("4", "4") "d|Dot|a,b|\"axes\":1|\n" OUT("d", "1"),
			"4 a/kernel:1 b/kernel:1\n");
}

/* ---- models ---- */

static void
a_layer_called_twice_ties_what_it_takes(void **state)
{
	(void)state;
	assert_groups(TWO("4", "4") "s|Dense|a;b||kernel 4x3\n"
				    "m|Subtract|s,s@1||\n" OUT("m", "3"),
			"4 a/kernel:1 b/kernel:1 s/kernel:0\n3 s/kernel:1 o/kernel:0\n");
	/* and what it gives to what it takes, where that comes back to it */
	assert_groups(INPUT "a|Dense|x||kernel 8x4\ns|Dense|a;s||kernel 4x4\n" OUT("s@1", "4"),
			"4 a/kernel:1 s/kernel:0 s/kernel:1 o/kernel:0\n");
}

static void
operations_that_are_not_known_fix_what_they_take(void **state)
{
	(void)state;
	assert_groups(TWO("4", "4") "m|TFOpLambda|a,b|\"function\":\"math.multiply\"|\n"
				    "r|TFOpLambda|m|\"function\":\"nn.relu\"|\n" OUT("r", "4"),
			"4 a/kernel:1 b/kernel:1 o/kernel:0\n");
	assert_groups(INPUT "a|Dense|x||kernel 8x4\n"
			    "r|TFOpLambda|a|\"function\":\"reverse\"|\n" OUT("r", "4"),
			"! a: no rule for r (class TFOpLambda)\n");
}

static void
an_axis_in_the_config_of_keras_1_has_its_old_name(void **state)
{
	(void)state;
	assert_groups(IMAGE "a|Convolution2D|x|\"nb_filter\":5,\"border_mode\":\"same\","
			    "\"subsample\":[2,2],\"dim_ordering\":\"tf\"|kernel 3x3x4x5\n"
			    "f|Flatten|a||\n" OUT("f", "45"),
			"5 a/kernel:3 o/kernel:0*9*1+0\n");
}

static void
a_sequential_model_needs_no_calls(void **state)
{
	char *text = grouped_text("a|Dense||\"batch_input_shape\":[null,8]|kernel 8x4,bias 4\n"
				  "o|Dense|||kernel 4x2\n",
			true, true);

	(void)state;
	assert_string_equal(text, "4 a/kernel:1 a/bias:0 o/kernel:0\n");
	free(text);
}

static void
without_a_config_a_plain_chain_is_inferred(void **state)
{
	char *text = grouped_text(
			"a|Conv2D|||kernel 3x3x4x5,bias 5\nn|BatchNormalization|||gamma 5,"
			"beta 5,moving_mean 5,moving_variance 5\n"
			"d|Dense|||kernel 20x6,bias 6\no|Dense|||kernel 6x2\n",
			true, false);

	(void)state;
	assert_string_equal(text, "inferred\n"
				  "5 a/kernel:3 a/bias:0 n/gamma:0 n/beta:0 n/moving_mean:0 "
				  "n/moving_variance:0 d/kernel:0*4*1+0\n"
				  "6 d/kernel:1 d/bias:0 o/kernel:0\n");
	free(text);
}

static void
without_a_config_anything_else_asks_for_one(void **state)
{
	char *text = grouped_text("a|Dense|||kernel 8x4\nb|Dense|||kernel 3x4\n", true, false);

	(void)state;
	assert_string_equal(text,
			"input: the file has no config, and `b` does not continue a plain "
			"chain of Dense, Conv and BatchNorm layers: give the model's "
			"config by --config");
	free(text);
}

static void
only_places_of_a_convolution_repeat_its_units(void **state)
{
	char *text = grouped_text("a|Dense|||kernel 8x4\nb|Dense|||kernel 12x3\n", true, false);

	(void)state;
	assert_non_null(strstr(text, "`b` does not continue"));
	free(text);
	text = grouped_text("a|Conv2D|||kernel 3x3x1x1\nb|Dense|||kernel 12x3\n", true, false);
	assert_non_null(strstr(text, "`b` does not continue"));
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(units_of_a_dense_are_free_and_the_ends_of_the_model_fixed),
			cmocka_unit_test(dense_works_on_the_last_axis_of_any_rank),
			cmocka_unit_test(softmax_and_dropout_do_not_break_a_group),
			cmocka_unit_test(an_activation_that_is_not_known_fixes_its_units),
			cmocka_unit_test(a_lambda_fixes_what_it_touches_and_says_so),
			cmocka_unit_test(a_weight_that_no_rule_knows_fixes_its_layer),
			cmocka_unit_test(shapes_that_do_not_fit_the_config_fix_their_layer),
			cmocka_unit_test(letters_of_an_einsum_tell_what_is_free),
			cmocka_unit_test(filters_are_units_and_flattening_repeats_them),
			cmocka_unit_test(channels_first_stand_before_the_places),
			cmocka_unit_test(grouped_filters_stay_within_their_group),
			cmocka_unit_test(a_group_of_one_channel_moves_with_its_filters),
			cmocka_unit_test(depthwise_and_separable_multiply_channels),
			cmocka_unit_test(a_transposed_kernel_has_its_filters_before_its_channels),
			cmocka_unit_test(
					a_local_kernel_repeats_channels_for_each_place_of_its_window),
			cmocka_unit_test(space_is_padded_cropped_and_scaled),
			cmocka_unit_test(normalisation_moves_with_its_axes),
			cmocka_unit_test(group_normalisation_keeps_units_in_their_part),
			cmocka_unit_test(units_of_a_cell_move_in_the_block_of_every_gate),
			cmocka_unit_test(states_that_are_passed_on_tie_two_layers),
			cmocka_unit_test(directions_are_joined_or_tied),
			cmocka_unit_test(cells_above_each_other_hand_their_units_up),
			cmocka_unit_test(filters_of_a_convolution_in_time_move_as_units_of_a_cell),
			cmocka_unit_test(a_layer_at_every_step_has_its_own_rule),
			cmocka_unit_test(heads_and_the_dimensions_inside_each_are_units),
			cmocka_unit_test(query_heads_move_in_blocks_and_inside_them),
			cmocka_unit_test(attention_ties_query_and_key_and_gives_the_value),
			cmocka_unit_test(merging_ties_and_joining_stands_side_by_side),
			cmocka_unit_test(a_sum_with_the_input_is_fixed_and_says_so),
			cmocka_unit_test(joined_axes_that_are_tied_split_each_other),
			cmocka_unit_test(what_is_broadcast_is_not_tied),
			cmocka_unit_test(joined_channels_repeat_as_a_whole_when_flattened),
			cmocka_unit_test(a_reshape_back_and_a_permutation_keep_units),
			cmocka_unit_test(an_axis_that_its_layer_mixes_is_fixed),
			cmocka_unit_test(a_dot_ties_what_it_sums_over),
			cmocka_unit_test(a_layer_called_twice_ties_what_it_takes),
			cmocka_unit_test(operations_that_are_not_known_fix_what_they_take),
			cmocka_unit_test(an_axis_in_the_config_of_keras_1_has_its_old_name),
			cmocka_unit_test(a_sequential_model_needs_no_calls),
			cmocka_unit_test(without_a_config_a_plain_chain_is_inferred),
			cmocka_unit_test(without_a_config_anything_else_asks_for_one),
			cmocka_unit_test(only_places_of_a_convolution_repeat_its_units),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
