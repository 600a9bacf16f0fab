/* Small files that would cost much: each has a limit of file/limits.h, or a cost that grows with its
 * size alone. Where the cost grew with the square, a test here took minutes or gigabytes. */
#include "hand.h"

#include "file/limits.h"
#include "keras/model_config.h"
#include "keras/text_list.h"

static void
add_list(struct hand *hand, uint32_t object, const char *name, const char *only)
{
	struct catalog_type type = {.dtype = LADLE_STRING, .variable = true};

	assert_true(catalog_add_strings(&hand->catalog, object, name, type, 1, &only, 1));
}

/* ---- lists ---- */

static void
parts_of_a_list_are_joined_in_the_order_of_their_numbers(void **state)
{
	struct hand hand;
	struct text_list list;

	(void)state;
	hand_init(&hand);
	hand_write(&hand, "/ @names10=k\n/ @names2=c,d\n/ @names0=a\n/ @names1=b\n/ @names00=x\n"
			  "/ @names=\n/ @named=x\n");
	assert_true(text_list_read(&list, &hand.arena, &hand.catalog.objects[0], "name"));
	assert_false(list.found);
	assert_true(text_list_read(&list, &hand.arena, &hand.catalog.objects[0], "names"));
	assert_true(list.found);
	assert_int_equal(list.count, 0); /* the plain name goes before its parts */
	hand.catalog.objects[0].attrs[5].name = "other";
	assert_true(text_list_read(&list, &hand.arena, &hand.catalog.objects[0], "names"));
	assert_int_equal(list.count, 4); /* 10 does not follow 2 */
	for (uint32_t i = 0; i < list.count; i++)
		assert_int_equal(list.strings[i][0], "abcd"[i]);
	hand_done(&hand);
}

static void
a_list_of_many_parts_is_read_once(void **state)
{
	enum { PARTS = 200000 };
	struct hand hand;
	uint32_t group;
	char name[32];

	(void)state;
	hand_init(&hand);
	hand_write(&hand, "/ @layer_names=a\n");
	group = catalog_add_group(&hand.catalog, 0, "a");
	for (int i = 0; i < PARTS; i++) {
		snprintf(name, sizeof(name), "weight_names%d", i);
		add_list(&hand, group, name, i == 0 ? "w" : "v");
	}
	hand_write(&hand, "/a/v 3\n/a/w 2\n");
	assert_layers(hand_read(&hand), "a: w= v=");
	assert_true(hand_finds(&hand.checkpoint, LADLE_F_FORMAT, "lists v again"));
	assert_int_equal(hand.checkpoint.finding_count, LAYERS_MAX_FINDINGS + 1);
	hand_done(&hand);
}

/* ---- layers that a config tells more often than it has them ---- */

static char *
model_of(const char *name, int count)
{
	char *text = malloc((size_t)count * 64 + strlen(name) + 256), *at = text;

	assert_non_null(text);
	at += sprintf(at,
			"{\"class_name\":\"Functional\",\"config\":{\"name\":\"top\",\"layers\":[{"
			"\"class_name\":\"Functional\",\"config\":{\"name\":\"%s\",\"layers\":[",
			name);
	for (int i = 0; i < count; i++)
		at += sprintf(at, "%s{\"class_name\":\"Dense\",\"config\":{\"name\":\"d%d\"}}",
				i == 0 ? "" : ",", i);
	sprintf(at, "]}}]}}");
	return text;
}

static void
a_model_listed_many_times_has_its_layers_once(void **state)
{
	enum { TIMES = 20000, LAYERS = 20000 };
	struct catalog_type type = {.dtype = LADLE_STRING, .variable = true};
	const char **names = calloc(TIMES, sizeof(*names));
	char *config = model_of("m", LAYERS);
	struct hand hand;

	(void)state;
	hand_init(&hand);
	for (int i = 0; i < TIMES; i++)
		names[i] = "m";
	assert_true(catalog_add_strings(&hand.catalog, 0, "layer_names", type, 1, names, TIMES));
	hand_write(&hand, "/m @weight_names=d7/k\n/m/d7/k 2\n");
	hand_config(&hand, config);
	hand_read(&hand);
	assert_int_equal(hand.checkpoint.layer_count, TIMES + LAYERS);
	assert_int_equal(hand.checkpoint.tensor_count, 1);
	assert_string_equal(hand.checkpoint.layers[hand.checkpoint.tensors[0].layer].name, "d7");
	hand_done(&hand);
	free(config);
	free(names);
}

static void
one_entry_of_a_config_describes_both_directions_and_no_third_part(void **state)
{
	struct hand hand;

	(void)state;
	hand_make(&hand,
			"/layers/bidirectional/backward_layer/vars/0 2\n"
			"/layers/bidirectional/forward_layer/vars/0 2\n"
			"/layers/bidirectional/layer/vars/0 2\n",
			"{\"class_name\":\"Sequential\",\"config\":{\"layers\":[{\"class_name\":"
			"\"Bidirectional\",\"config\":{\"name\":\"both\",\"layer\":{\"class_name\":"
			"\"LayerNormalization\",\"config\":{\"name\":\"n\",\"center\":false}}}}]}"
			"}");
	/* Without center it has gamma alone; what is not described has neither class nor role. */
	assert_layers(&hand.checkpoint, "bidirectional/forward_layer:LayerNormalization gamma; "
					"bidirectional/backward_layer:LayerNormalization gamma; "
					"bidirectional/layer: 0=");
	hand_done(&hand);
}

static void
members_of_a_model_with_a_long_path_are_not_listed(void **state)
{
	char name[LAYERS_MAX_PATH + 2], *config, lines[2 * sizeof(name) + 64];
	struct hand hand;

	(void)state;
	for (size_t length = LAYERS_MAX_PATH; length <= LAYERS_MAX_PATH + 1; length++) {
		memset(name, 'n', length);
		name[length] = '\0';
		config = model_of(name, 3);
		snprintf(lines, sizeof(lines), "/ @layer_names=%s\n", name);
		hand_make(&hand, lines, config);
		assert_int_equal(hand.checkpoint.layer_count, length == LAYERS_MAX_PATH ? 4 : 1);
		hand_done(&hand);
		free(config);
	}
}

/* ---- names ---- */

static void
names_that_repeat_below_what_they_name_are_refused_beyond_a_limit(void **state)
{
	enum { LONG = 32768, LAYERS = LAYERS_MAX_NAMES / LONG };
	static char name[LONG + 1];
	struct hand hand;
	struct ladle_error err;
	char line[64];

	(void)state;
	for (int few = 1; few >= 0; few--) {
		hand_init(&hand);
		memset(name, 'n', LONG);
		hand_write(&hand, "/layers/functional/vars\n");
		add_list(&hand, hand_group(&hand.catalog, "/layers/functional/vars", 23), "name",
				name);
		for (int i = 0; i < (few ? LAYERS / 3 : LAYERS); i++) {
			snprintf(line, sizeof(line), "/layers/functional/layers/d%d/vars/0 2\n", i);
			hand_write(&hand, line);
		}
		assert_int_equal(keras_read(&hand.checkpoint, &hand.catalog, &hand.arena, &err),
				few ? LADLE_OK : LADLE_E_INPUT);
		assert_true(few || strstr(err.text, "the limit is 67108864") != NULL);
		hand_done(&hand);
	}
}

static void
a_name_of_windows_with_many_parts_is_left_out(void **state)
{
	struct hand hand;

	(void)state;
	hand_make(&hand,
			"/layers\\a\\b\\c\\d\\e\\f\\g\\h\\i\\j\\k\\l\\m\\n\\o/vars/0 2\n"
			"/layers\\a\\b\\c\\d\\e\\f\\g\\h\\i\\j\\k\\l\\m\\n\\o\\p/vars/0 2\n",
			NULL);
	assert_int_equal(hand.checkpoint.tensor_count, 1);
	assert_true(hand_finds(&hand.checkpoint, LADLE_F_FORMAT, "\\p is nested too deep"));
	hand_done(&hand);
}

static void
weights_below_many_parts_are_counted_once(void **state)
{
	enum { WEIGHTS = 20000, DEEP = 60 };
	struct hand hand;
	uint32_t group;
	char name[32];

	(void)state;
	hand_init(&hand);
	group = catalog_add_group(&hand.catalog, 0, "layers");
	for (int i = 0; i < DEEP; i++)
		group = catalog_add_group(&hand.catalog, group, "q");
	for (int i = 0; i < WEIGHTS; i++) {
		struct catalog_type type = {.dtype = LADLE_FLOAT32, .size = 4};
		const uint64_t dims[] = {2};
		uint32_t layer;

		snprintf(name, sizeof(name), "x%05d", i);
		layer = catalog_add_group(&hand.catalog, group, name);
		layer = catalog_add_group(&hand.catalog, layer, "vars");
		catalog_add_dataset(&hand.catalog, layer, "0", type, 1, dims);
	}
	hand_read(&hand);
	assert_int_equal(hand.checkpoint.tensor_count, WEIGHTS);
	hand_done(&hand);
}

/* ---- JSON ---- */

/* `count` empty objects in a config of `length` bytes. */
static char *
containers(size_t count, size_t length)
{
	static const char head[] = "{\"config\":{\"layers\":[],\"a\":[", tail[] = "]}}";
	char *text = malloc(length + 1), *at = text;

	assert_non_null(text);
	memset(text, ' ', length);
	at = stpcpy(at, head);
	for (size_t i = 0; i < count; i++) {
		memcpy(at, i == 0 ? " {}" : ",{}", 3);
		at += 3;
	}
	*at = ' ';
	strcpy(text + length - sizeof(tail) + 1, tail);
	return text;
}

static void
a_config_has_one_object_or_list_in_eight_bytes(void **state)
{
	size_t length = 100000, most = JSON_FIRST_CONTAINERS + length / JSON_BYTES_EACH;
	struct arena arena;
	struct config config;
	struct ladle_error err;

	(void)state;
	for (size_t more = 0; more < 2; more++) {
		/* Four stand around them. */
		char *text = containers(most - 4 + more, length);

		arena_init(&arena);
		assert_int_equal(config_read(&config, &arena, text, length, &err), LADLE_OK);
		assert_true((config.model == NULL) == (more == 1));
		assert_true(more == 0 ||
				strstr(config.problem, "too many objects and lists") != NULL);
		arena_done(&arena);
		free(text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(parts_of_a_list_are_joined_in_the_order_of_their_numbers),
			cmocka_unit_test(a_list_of_many_parts_is_read_once),
			cmocka_unit_test(a_model_listed_many_times_has_its_layers_once),
			cmocka_unit_test(
					one_entry_of_a_config_describes_both_directions_and_no_third_part),
			cmocka_unit_test(members_of_a_model_with_a_long_path_are_not_listed),
			cmocka_unit_test(
					names_that_repeat_below_what_they_name_are_refused_beyond_a_limit),
			cmocka_unit_test(a_name_of_windows_with_many_parts_is_left_out),
			cmocka_unit_test(weights_below_many_parts_are_counted_once),
			cmocka_unit_test(a_config_has_one_object_or_list_in_eight_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
