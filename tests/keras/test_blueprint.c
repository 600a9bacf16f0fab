#include "keras/blueprint.h"

#include "base/buf.h"
#include "keras/graph.h"
#include "keras/hand.h"

/* What Keras stores of a model, by hand-written configs. Orders of lists are those that Keras 2.15
 * and 3.15 wrote of such models (see the comments); paths are those of saving_lib. */

struct drawing {
	struct hand hand;
	struct arena arena;
	struct blueprint plan;
	struct buf text;
};

static enum ladle_status
draw(struct drawing *drawing, const char *lines, const char *json, const char *version,
		struct ladle_error *err)
{
	const struct ladle_checkpoint *from = hand_make(&drawing->hand, lines, json);
	enum ladle_status status;

	arena_init(&drawing->arena);
	buf_init(&drawing->text);
	assert_non_null(from->graph);
	status = blueprint_make(&drawing->plan, &drawing->arena, &from->graph->config, version,
			"hand.h5", err);
	return status == LADLE_OK ? blueprint_fill(&drawing->plan, from, err) : status;
}

static void
must_draw(struct drawing *drawing, const char *lines, const char *json, const char *version)
{
	struct ladle_error err;

	if (draw(drawing, lines, json, version, &err) != LADLE_OK)
		fail_msg("%s", err.text);
}

static void
erase(struct drawing *drawing)
{
	buf_done(&drawing->text);
	arena_done(&drawing->arena);
	hand_done(&drawing->hand);
}

/* "in_conv.kernel" for each weight of the model's member, as a legacy file lists them. */
static const char *
listed(struct drawing *drawing, const char *member)
{
	const struct blueprint_weight *list[64];
	struct blueprint_object *o = drawing->plan.model->first_child;
	uint32_t count;

	while (o && strcmp(o->name, member) != 0)
		o = o->next;
	assert_non_null(o);
	assert_true(blueprint_count(o) <= 64);
	count = blueprint_list(&drawing->plan.era, o, list);
	buf_clear(&drawing->text);
	for (uint32_t i = 0; i < count; i++)
		buf_format(&drawing->text, "%s%s.%s", i ? " " : "", list[i]->owner->name,
				list[i]->role);
	return buf_string(&drawing->text);
}

/* Paths of all objects below the model, with the datasets that they take. */
static const char *
stored(struct drawing *drawing)
{
	struct blueprint_object *model = drawing->plan.model;

	buf_clear(&drawing->text);
	for (struct blueprint_object *o = blueprint_next(model, model); o;
			o = blueprint_next(model, o)) {
		int depth = 0;

		for (const struct blueprint_object *p = o; p != model; p = p->parent)
			depth++;
		buf_format(&drawing->text, "%*s%s", 2 * (depth - 1), "", o->path);
		for (uint32_t i = 0; i < o->count; i++)
			buf_format(&drawing->text, " %s",
					o->weights[i].tensor == LADLE_NONE
							? "-"
							: drawing->hand.checkpoint
									  .tensors[o->weights[i].tensor]
									  .object);
		buf_char(&drawing->text, '\n');
	}
	return buf_string(&drawing->text);
}

#define LAYER(class_name, name, more) \
	"{\"class_name\":\"" class_name "\",\"config\":{\"name\":\"" name "\"" more "}}"
#define FROZEN ",\"trainable\":false"
#define MODEL(layers) \
	"{\"class_name\":\"Functional\",\"config\":{\"name\":\"m\",\"layers\":[" layers "]}}"
#define SEQUENCE(name, layers)                                                                     \
	"{\"class_name\":\"Sequential\",\"config\":{\"name\":\"" name "\",\"layers\":[" layers "]" \
											       "}" \
											       "}"

/* Two Dense and two BatchNormalization layers inside, in a store. */
#define INNER_STORE                                                \
	"/layers/sequential/layers/dense/vars/0 8x8\n"             \
	"/layers/sequential/layers/dense/vars/1 8\n"               \
	"/layers/sequential/layers/batch_normalization/vars/0 8\n" \
	"/layers/sequential/layers/batch_normalization/vars/1 8\n" \
	"/layers/sequential/layers/batch_normalization/vars/2 8\n" \
	"/layers/sequential/layers/batch_normalization/vars/3 8\n" \
	"/layers/sequential/layers/dense_1/vars/0 8x8\n"           \
	"/layers/sequential/layers/dense_1/vars/1 8\n"
#define INNER(a, b, c)                                                                      \
	MODEL(SEQUENCE("inner", LAYER("Dense", "a", a) "," LAYER("BatchNormalization", "b", \
						b) "," LAYER("Dense", "c", c)))

/* Keras 2.15 and 3.15 both write these, whichever layer is frozen before saving. */
static void
a_nested_model_lists_what_is_trained_first(void **state)
{
	static const struct {
		const char *json, *expected;
	} cases[] = {
			{INNER("", "", ""), "a.kernel a.bias b.gamma b.beta c.kernel c.bias "
					    "b.moving_mean b.moving_variance"},
			{INNER(FROZEN, "", ""), "b.gamma b.beta c.kernel c.bias a.kernel a.bias "
						"b.moving_mean b.moving_variance"},
			{INNER("", FROZEN, ""), "a.kernel a.bias c.kernel c.bias b.gamma b.beta "
						"b.moving_mean b.moving_variance"},
			{INNER(FROZEN, FROZEN, FROZEN),
					"a.kernel a.bias b.gamma b.beta b.moving_mean "
					"b.moving_variance c.kernel c.bias"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (int major = 2; major <= 3; major++) {
			struct drawing drawing;

			must_draw(&drawing, INNER_STORE, cases[i].json,
					major == 2 ? "2.15.0" : "3.15.1");
			assert_string_equal(listed(&drawing, "inner"), cases[i].expected);
			erase(&drawing);
		}
}

static void
a_store_counts_each_class_and_leaves_out_operations(void **state)
{
	struct drawing drawing;

	(void)state;
	must_draw(&drawing,
			"/layers/dense/vars/0 4x4\n/layers/dense/vars/1 4\n"
			"/layers/dense_1/vars/0 4x2\n/layers/dense_1/vars/1 2\n"
			"/layers/input_layer/vars\n",
			MODEL(LAYER("InputLayer", "in", "") "," LAYER(
					"Dense", "x", "") ","
							  "{\"module\":\"keras.src.ops.numpy\","
							  "\"class_name\":\"Add\","
							  "\"config\":{\"name\":\"add\"}}," LAYER(
									  "Dense", "y", "")),
			"3.15.1");
	assert_string_equal(stored(&drawing),
			"layers/input_layer\n"
			"layers/dense /layers/dense/vars/0 /layers/dense/vars/1\n"
			"layers/dense_1 /layers/dense_1/vars/0 /layers/dense_1/vars/1\n");
	erase(&drawing);
}

#define BOTH_WAYS                                                                   \
	"/ @layer_names=bi\n"                                                       \
	"/ @keras_version:2.15.0\n"                                                 \
	"/bi @weight_names=bi/backward_g/gru_cell/kernel:0,"                        \
	"bi/backward_g/gru_cell/recurrent_kernel:0,"                                \
	"bi/forward_g/gru_cell/kernel:0,bi/forward_g/gru_cell/recurrent_kernel:0\n" \
	"/bi/bi/forward_g/gru_cell/kernel:0 4x9\n"                                  \
	"/bi/bi/forward_g/gru_cell/recurrent_kernel:0 3x9\n"                        \
	"/bi/bi/backward_g/gru_cell/kernel:0 4x9\n"                                 \
	"/bi/bi/backward_g/gru_cell/recurrent_kernel:0 3x9\n"
#define BIDIRECTIONAL                                                                           \
	MODEL("{\"class_name\":\"Bidirectional\",\"config\":{\"name\":\"bi\",\"layer\":" LAYER( \
			"GRU", "g", ",\"use_bias\":false") "}}")

/* Frozen forward layers come last in a legacy file: only the names tell the directions. */
static void
directions_are_told_by_name_and_not_by_place(void **state)
{
	struct drawing drawing;

	(void)state;
	must_draw(&drawing, BOTH_WAYS, BIDIRECTIONAL, "3.15.1");
	assert_string_equal(stored(&drawing), "layers/bidirectional\n"
					      "  forward_layer\n"
					      "    cell /bi/bi/forward_g/gru_cell/kernel:0 "
					      "/bi/bi/forward_g/gru_cell/recurrent_kernel:0\n"
					      "  backward_layer\n"
					      "    cell /bi/bi/backward_g/gru_cell/kernel:0 "
					      "/bi/bi/backward_g/gru_cell/recurrent_kernel:0\n");
	erase(&drawing);
}

static void
keras_2_stores_the_layer_that_was_given_to_bidirectional_too(void **state)
{
	struct drawing drawing;

	(void)state;
	must_draw(&drawing, BOTH_WAYS, BIDIRECTIONAL, "2.15.0");
	assert_non_null(strstr(stored(&drawing), "\n  layer\n    cell\n"));
	assert_string_equal(listed(&drawing, "bi"), "gru_cell.kernel gru_cell.recurrent_kernel "
						    "gru_cell.kernel gru_cell.recurrent_kernel");
	erase(&drawing);
}

#define ATTENTION_STORE(prefix)                                              \
	"/layers/multi_head_attention/" prefix "key_dense/vars/0 4x1x4\n"    \
	"/layers/multi_head_attention/" prefix "output_dense/vars/0 1x4x4\n" \
	"/layers/multi_head_attention/" prefix "query_dense/vars/0 4x1x4\n"  \
	"/layers/multi_head_attention/" prefix "value_dense/vars/0 4x1x4\n"  \
	"/layers/multi_head_attention/vars\n"
#define ATTENTION MODEL(LAYER("MultiHeadAttention", "mha", ",\"use_bias\":false"))

/* saving_lib walks attributes: `query_dense` is a property since 3.0.3. */
static void
parts_of_attention_have_the_name_of_the_generation(void **state)
{
	static const struct {
		const char *version, *query;
	} cases[] = {{"2.15.0", "  _query_dense "}, {"3.0.2", "  _query_dense "},
			{"3.0.3", "  query_dense "}, {"3.15.1", "  query_dense "}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct drawing drawing;

		must_draw(&drawing, i % 2 ? ATTENTION_STORE("_") : ATTENTION_STORE(""), ATTENTION,
				cases[i].version);
		assert_non_null(strstr(stored(&drawing), cases[i].query));
		assert_string_equal(listed(&drawing, "mha"),
				"query.kernel key.kernel value.kernel attention_output.kernel");
		erase(&drawing);
	}
}

#define SPECTRAL                                                                       \
	MODEL("{\"class_name\":\"SpectralNormalization\",\"config\":{\"name\":\"sn\"," \
	      "\"layer\":" LAYER("Dense", "d", "") "}}")

/* Keras 3.15 lists kernel, bias, vector_u, and stores the kernel twice. */
static void
a_kernel_that_is_stored_twice_is_listed_once(void **state)
{
	struct drawing drawing;
	struct blueprint_object *sn;

	(void)state;
	must_draw(&drawing,
			"/ @layer_names=sn\n/ @keras_version:3.15.1\n"
			"/sn @weight_names=sn/d/kernel,sn/d/bias,sn/vector_u\n"
			"/sn/sn/d/kernel 4x2\n/sn/sn/d/bias 2\n/sn/sn/vector_u 1x2\n",
			SPECTRAL, "3.15.1");
	sn = drawing.plan.model->first_child;
	assert_int_equal(sn->count, 2);
	assert_ptr_equal(sn->weights[0].same, &sn->first_child->weights[0]);
	assert_string_equal(listed(&drawing, "sn"), "d.kernel d.bias sn.vector_u");
	erase(&drawing);
}

static void
what_no_option_tells_the_file_tells(void **state)
{
	struct drawing drawing;

	(void)state;
	/* mean and variance that are given are no weights */
	must_draw(&drawing, "/layers/normalization/vars\n", MODEL(LAYER("Normalization", "n", "")),
			"3.15.1");
	assert_string_equal(listed(&drawing, "n"), "");
	erase(&drawing);
	must_draw(&drawing,
			"/layers/normalization/vars/0 4\n/layers/normalization/vars/1 4\n"
			"/layers/normalization/vars/2 scalar int32\n",
			MODEL(LAYER("Normalization", "n", "")), "3.15.1");
	assert_string_equal(listed(&drawing, "n"), "n.mean n.variance n.count");
	erase(&drawing);
}

static void
what_does_not_fit_is_refused_with_both_sides(void **state)
{
	static const struct {
		const char *lines, *json, *words[4];
	} cases[] = {
			/* by the config it has a bias */
			{"/layers/dense/vars/0 4x2\n",
					MODEL(LAYER("Dense", "d", ",\"use_bias\":true")),
					{"hand.h5", "d (Dense)", "holds kernel", "kernel, bias"}},
			{"/layers/dense/vars/0 4x2\n/layers/dense/vars/1 2\n",
					MODEL(LAYER("Dense", "d", ",\"use_bias\":false")),
					{"d (Dense)", "kernel, bias", "has kernel", "fit"}},
			/* a layer of the config that the file lacks */
			{"/layers/dense/vars/0 4x2\n/layers/dense/vars/1 2\n",
					MODEL(LAYER("Dense", "d", "") "," LAYER("Dense", "e", "")),
					{"e (Dense)", "holds nothing", "kernel, bias", "fit"}},
			/* a layer of the file that the config lacks */
			{"/layers/conv2d/vars/0 3x3x1x2\n/layers/dense/vars/0 4x2\n"
			 "/layers/dense/vars/1 2\n",
					MODEL(LAYER("Dense", "d", "")),
					{"layers/conv2d", "not a layer of the config", "hand.h5",
							""}},
			/* parts that a class of the user's made */
			{"/layers/block/a/vars/0 4x4\n/layers/block/a/vars/1 4\n"
			 "/layers/block/b/vars/0 4x4\n/layers/block/b/vars/1 "
			 "4\n/layers/block/vars\n",
					MODEL(LAYER("Block", "k", "")),
					{"layers/block/a", "lies in k", "Block", "not known"}},
			/* what only save_own_variables of a class of the user's writes */
			{"/layers/block/vars/table 4x4\n", MODEL(LAYER("Block", "k", "")),
					{"k (Block)", "table", "numbered", ""}},
			/* LoRA: the kernel is not the layer's alone */
			{"/ @layer_names=d\n/d @weight_names=d/bias,d/lora_kernel_a,"
			 "d/lora_kernel_b,d/kernel\n"
			 "/d/d/bias 2\n/d/d/lora_kernel_a 4x1\n/d/d/lora_kernel_b 1x2\n"
			 "/d/d/kernel 4x2\n",
					MODEL(LAYER("Dense", "d", "")),
					{"d (Dense)", "lora_kernel_a", "kernel, bias", "fit"}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ladle_error err = {0};
		struct drawing drawing;

		assert_int_equal(draw(&drawing, cases[i].lines, cases[i].json, "3.15.1", &err),
				LADLE_E_USAGE);
		for (int w = 0; w < 4; w++)
			if (!strstr(err.text, cases[i].words[w]))
				fail_msg("\"%s\" does not say \"%s\"", err.text, cases[i].words[w]);
		erase(&drawing);
	}
}

static void
a_config_without_layers_tells_no_layout(void **state)
{
	struct ladle_error err = {0};
	struct drawing drawing;

	(void)state;
	assert_int_equal(draw(&drawing, "/dense/vars/0 4x2\n/vars\n", LAYER("MyModel", "m", ""),
					 "3.15.1", &err),
			LADLE_E_INPUT);
	assert_non_null(strstr(err.text, "MyModel"));
	erase(&drawing);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(a_nested_model_lists_what_is_trained_first),
			cmocka_unit_test(a_store_counts_each_class_and_leaves_out_operations),
			cmocka_unit_test(directions_are_told_by_name_and_not_by_place),
			cmocka_unit_test(
					keras_2_stores_the_layer_that_was_given_to_bidirectional_too),
			cmocka_unit_test(parts_of_attention_have_the_name_of_the_generation),
			cmocka_unit_test(a_kernel_that_is_stored_twice_is_listed_once),
			cmocka_unit_test(what_no_option_tells_the_file_tells),
			cmocka_unit_test(what_does_not_fit_is_refused_with_both_sides),
			cmocka_unit_test(a_config_without_layers_tells_no_layout),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
