#include "keras/hand.h"

#include "keras/ema.h"

/* ema_take over a catalog by hand. */
static enum ladle_status
take(struct checkpoint *out, struct hand *hand, const char *lines, const char *config,
		struct ladle_error *err)
{
	memset(out, 0, sizeof(*out));
	hand_make(hand, lines, config);
	out->pub = hand->checkpoint;
	out->catalog = &hand->catalog;
	arena_init(&out->arena);
	return ema_take(out, NULL, 0, err);
}

static void
done(struct checkpoint *checkpoint, struct hand *hand)
{
	arena_done(&checkpoint->arena);
	hand_done(hand);
}

static void
assert_from(const struct checkpoint *checkpoint, const char *path, const char *from)
{
	uint32_t object = catalog_find(checkpoint->catalog, path);

	assert_int_not_equal(object, LADLE_NONE);
	assert_string_equal(checkpoint->catalog->objects[checkpoint->instead[object]].path, from);
}

#define CONFIG(use, frozen)                                                                      \
	"{\"class_name\":\"Sequential\",\"config\":{\"name\":\"s\",\"layers\":["                 \
	"{\"class_name\":\"Dense\",\"config\":{\"name\":\"a\",\"trainable\":" frozen "}},"       \
	"{\"class_name\":\"BatchNormalization\",\"config\":{\"name\":\"n\"}},"                   \
	"{\"class_name\":\"Dense\",\"config\":{\"name\":\"b\"}}]},"                              \
	"\"compile_config\":{\"optimizer\":{\"class_name\":\"SGD\",\"config\":{\"use_ema\":" use \
	"}}}}"
#define LAYERS                                                                         \
	"/layers/dense/vars/0 3x2\n/layers/dense/vars/1 2\n"                           \
	"/layers/batch_normalization/vars/0 2\n/layers/batch_normalization/vars/1 2\n" \
	"/layers/batch_normalization/vars/2 2\n/layers/batch_normalization/vars/3 2\n" \
	"/layers/dense_1/vars/0 2x5\n"
#define STEP "/optimizer/vars/0 scalar int64\n/optimizer/vars/1 scalar\n"

static void
numbered_averages_follow_step_and_rate(void **state)
{
	struct checkpoint checkpoint;
	struct hand hand;

	(void)state;
	assert_int_equal(take(&checkpoint, &hand,
					 LAYERS STEP
					 "/optimizer/vars/2 3x2\n/optimizer/vars/3 2\n"
					 "/optimizer/vars/4 2\n/optimizer/vars/5 2\n"
					 "/optimizer/vars/6 2x5\n/optimizer/vars/7 3x2\n"
					 "/optimizer/vars/8 2\n/optimizer/vars/9 2\n"
					 "/optimizer/vars/10 2\n/optimizer/vars/11 2x5\n",
					 CONFIG("true", "true"), NULL),
			LADLE_OK);
	assert_from(&checkpoint, "/layers/dense/vars/0", "/optimizer/vars/2");
	assert_from(&checkpoint, "/layers/dense/vars/1", "/optimizer/vars/3");
	assert_from(&checkpoint, "/layers/batch_normalization/vars/1", "/optimizer/vars/5");
	assert_from(&checkpoint, "/layers/batch_normalization/vars/2",
			"/layers/batch_normalization/vars/2");
	assert_from(&checkpoint, "/layers/dense_1/vars/0", "/optimizer/vars/6");
	done(&checkpoint, &hand);
}

static void
frozen_layers_have_no_average(void **state)
{
	struct checkpoint checkpoint;
	struct hand hand;

	(void)state;
	assert_int_equal(take(&checkpoint, &hand,
					 LAYERS STEP "/optimizer/vars/2 2\n/optimizer/vars/3 2\n"
						     "/optimizer/vars/4 2x5\n",
					 CONFIG("true", "false"), NULL),
			LADLE_OK);
	assert_from(&checkpoint, "/layers/dense/vars/0", "/layers/dense/vars/0");
	assert_from(&checkpoint, "/layers/dense_1/vars/0", "/optimizer/vars/4");
	done(&checkpoint, &hand);
}

static void
named_averages_need_no_config(void **state)
{
	struct checkpoint checkpoint;
	struct hand hand;

	(void)state;
	assert_int_equal(take(&checkpoint, &hand,
					 "/model_weights @layer_names=d\n"
					 "/model_weights/d @weight_names=d/kernel:0,d/bias:0\n"
					 "/model_weights/d/d/kernel:0 3x2\n"
					 "/model_weights/d/d/bias:0 2\n"
					 "/optimizer_weights @weight_names=iteration:0,"
					 "Adam/m/d/kernel:0,Adam/average/d/kernel:0,"
					 "Adam/average/d/bias:0\n"
					 "/optimizer_weights/iteration:0 scalar int64\n"
					 "/optimizer_weights/Adam/m/d/kernel:0 3x2\n"
					 "/optimizer_weights/Adam/average/d/kernel:0 3x2\n"
					 "/optimizer_weights/Adam/average/d/bias:0 2\n",
					 NULL, NULL),
			LADLE_OK);
	assert_from(&checkpoint, "/model_weights/d/d/kernel:0",
			"/optimizer_weights/Adam/average/d/kernel:0");
	assert_from(&checkpoint, "/model_weights/d/d/bias:0",
			"/optimizer_weights/Adam/average/d/bias:0");
	done(&checkpoint, &hand);
}

static void
what_does_not_fit_is_refused_in_words(void **state)
{
	static const struct {
		const char *lines, *config, *part;
	} cases[] = {
			{LAYERS, CONFIG("true", "true"), "it holds no optimizer"},
			{LAYERS STEP "/optimizer/vars/2 3x2\n", NULL, "give --config FILE"},
			{LAYERS STEP "/optimizer/vars/2 3x2\n", CONFIG("false", "true"), "use_ema"},
			{LAYERS STEP, CONFIG("true", "true"), "no variables but the step"},
			{LAYERS STEP "/optimizer/vars/2 2x3\n", CONFIG("true", "true"),
					"/layers/dense/vars/0 and the optimizer's average "
					"/optimizer/vars/2"},
			{LAYERS STEP "/optimizer/vars/2 3x2\n", CONFIG("true", "true"),
					"behind the last"},
			{LAYERS STEP "/optimizer/vars/2 2\n/optimizer/vars/3 2\n"
				     "/optimizer/vars/4 2x5\n/optimizer/vars/5 2\n",
					CONFIG("true", "false"),
					"3 trainable tensors, but the optimizer has 4 variables"},
			{"/ @layer_names=d\n/d @weight_names=\n"
			 "/optimizer_weights @weight_names=\n",
					NULL, "keeps no averages"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct checkpoint checkpoint;
		struct hand hand;
		struct ladle_error err;

		assert_int_equal(take(&checkpoint, &hand, cases[i].lines, cases[i].config, &err),
				LADLE_E_INPUT);
		if (strstr(err.text, cases[i].part) == NULL)
			fail_msg("%s", err.text);
		assert_null(checkpoint.instead);
		done(&checkpoint, &hand);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(numbered_averages_follow_step_and_rate),
			cmocka_unit_test(frozen_layers_have_no_average),
			cmocka_unit_test(named_averages_need_no_config),
			cmocka_unit_test(what_does_not_fit_is_refused_in_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
