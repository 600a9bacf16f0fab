#include "keras/hand.h"

/* Two files of one recurrent layer `r`: shapes of kernel, recurrent kernel and bias. The text of
 * the finding about its kernel, "" where there is none. */
static const char *
kernel_finding(const char *const a[3], const char *const b[3])
{
	static char text[1024];
	const char *const *shapes[] = {a, b};
	struct hand hands[2];
	const struct ladle_checkpoint *files[2];
	struct ladle_table *table;
	struct ladle_error err;

	for (int k = 0; k < 2; k++) {
		char lines[512];

		snprintf(lines, sizeof(lines),
				"/ @layer_names=r\n/ @keras_version:2.2.4\n"
				"/r @weight_names=r/kernel:0,r/recurrent_kernel:0,r/bias:0\n"
				"/r/r/kernel:0 %s\n/r/r/recurrent_kernel:0 %s\n/r/r/bias:0 %s\n",
				shapes[k][0], shapes[k][1], shapes[k][2]);
		files[k] = hand_make(&hands[k], lines, NULL);
		hands[k].checkpoint.path = k == 0 ? "a.h5" : "b.h5";
	}
	assert_int_equal(ladle_pair(&table, files, 2, &err), LADLE_OK);
	text[0] = '\0';
	for (uint32_t i = 0; i < table->rows[0].finding_count; i++) {
		assert_int_equal(table->rows[0].findings[i].code, LADLE_F_SHAPE);
		assert_int_equal(table->rows[0].findings[i].checkpoint, 1);
		snprintf(text, sizeof(text), "%s", table->rows[0].findings[i].text);
	}
	ladle_table_free(table);
	hand_done(&hands[0]);
	hand_done(&hands[1]);
	return text;
}

static const char *const lstm[] = {"3x20", "5x20", "20"}, *const cudnn_lstm[] = {
									  "3x20", "5x20", "40"};
static const char *const gru[] = {"3x15", "5x15", "15"}, *const reset_after[] = {
									 "3x15", "5x15", "2x15"};
static const char *const cudnn_gru[] = {"3x15", "5x15", "30"}, *const simple[] = {
									       "3x5", "5x5", "5"};

static void
kernels_of_cudnn_are_told_from_others_of_their_shape(void **state)
{
	(void)state;
	assert_string_equal(kernel_finding(lstm, cudnn_lstm),
			"b.h5 has a CuDNNLSTM, a.h5 an LSTM: r/kernel is laid out in another way "
			"there, until Keras loads it as the other class and saves it");
	assert_string_equal(kernel_finding(cudnn_gru, reset_after),
			"b.h5 has a GRU with reset_after, a.h5 a CuDNNGRU: r/kernel is laid out "
			"in another way there, until Keras loads it as the other class and saves "
			"it");
}

/* Keras refuses to turn these: they compute different functions. */
static void
grus_that_reset_elsewhere_are_told_apart(void **state)
{
	(void)state;
	assert_string_equal(kernel_finding(reset_after, gru),
			"b.h5 has a GRU without reset_after, a.h5 a GRU with reset_after: "
			"r/kernel is laid out in another way there");
	assert_string_not_equal(kernel_finding(gru, cudnn_gru), "");
}

static void
layers_of_one_kind_have_no_finding(void **state)
{
	static const char *const *const same[] = {
			lstm, cudnn_lstm, gru, reset_after, cudnn_gru, simple};

	(void)state;
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		assert_string_equal(kernel_finding(same[i], same[i]), "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(kernels_of_cudnn_are_told_from_others_of_their_shape),
			cmocka_unit_test(grus_that_reset_elsewhere_are_told_apart),
			cmocka_unit_test(layers_of_one_kind_have_no_finding),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
