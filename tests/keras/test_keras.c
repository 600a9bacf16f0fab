/* The layout by content, what is listed as plain HDF5, and what no input may do. */
#include "keras/hand.h"

struct layout {
	const char *lines;
	enum ladle_format format;
};

static void
the_layout_is_told_by_content(void **state)
{
	static const struct layout layouts[] = {
			{"/ @layer_names=a\n/a @weight_names=\n", LADLE_LEGACY_WEIGHTS},
			{"/ @layer_names0=a\n/a @weight_names=\n", LADLE_LEGACY_WEIGHTS},
			{"/ @layer_names=\n", LADLE_LEGACY_WEIGHTS},
			{"/model_weights @layer_names=a\n/model_weights/a @weight_names=\n",
					LADLE_LEGACY_FULL},
			{"/model_weights @layer_names0=a\n", LADLE_LEGACY_FULL},
			{"/model_weights\n/ @layer_names=model_weights\n", LADLE_LEGACY_WEIGHTS},
			{"/layers/dense/vars/0 2\n", LADLE_WEIGHTS},
			{"/vars\n", LADLE_WEIGHTS},
			{"/_layer_checkpoint_dependencies/dense/vars/0 2\n", LADLE_WEIGHTS},
			{"/layers\\dense/vars/0 2\n", LADLE_WEIGHTS},
			{"/ @nb_layers=1\n/layer_0/param_0 2\n", LADLE_LEGACY_WEIGHTS},
			{"/graph @nb_params=1\n/graph/param_0 2\n", LADLE_LEGACY_WEIGHTS},
			{"/model_weights/a/b 2\n", LADLE_PLAIN},
			{"/optimizer/vars/0 scalar\n", LADLE_PLAIN},
			{"/data 2x2\n", LADLE_PLAIN},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++) {
		struct hand hand;
		struct ladle_checkpoint *c = hand_make(&hand, layouts[i].lines, NULL);

		if (c->format != layouts[i].format)
			fail_msg("%s is %s", layouts[i].lines, ladle_format_name(c->format));
		hand_done(&hand);
	}
}

static void
a_store_in_an_archive_is_a_keras_file(void **state)
{
	static const char metadata[] =
			"{\"keras_version\": \"3.11.1\", \"date_saved\": \"2025-01-01@00:00:00\"}";
	struct hand hand;
	struct ladle_checkpoint *c;

	(void)state;
	hand_init(&hand);
	hand_write(&hand, "/layers/dense/vars/0 2x2\n/vars\n");
	hand.catalog.container = CATALOG_ZIP;
	hand.catalog.metadata = metadata;
	hand.catalog.metadata_length = sizeof(metadata) - 1;
	c = hand_read(&hand);
	assert_int_equal(c->format, LADLE_KERAS);
	assert_string_equal(c->keras_version, "3.11.1");
	hand_done(&hand);
}

static void
plain_files_list_groups_with_datasets(void **state)
{
	struct hand hand;
	struct ladle_checkpoint *c =
			hand_make(&hand, "/part/a 3x3\n/part/b 3\n/empty\n/x 2 int32\n", NULL);

	(void)state;
	assert_layers(c, "/: !x=; part: a= b=");
	assert_true(hand_finds(c, LADLE_F_FORMAT, "no layout of Keras: listed as plain HDF5"));
	assert_int_equal(c->parameters, 14);
	hand_done(&hand);
}

static void
notes_refusals_and_repacking_are_findings(void **state)
{
	struct hand hand;
	struct ladle_checkpoint *c;

	(void)state;
	hand_init(&hand);
	hand_write(&hand, "/ @layer_names=a\n/ @keras_version:2.15.0\n/ @backend:tensorflow\n"
			  "/a @weight_names=x,y\n/a/x 2\n/a/y 2\n");
	hand.catalog.note = "12 bytes behind the end";
	hand.catalog.objects[catalog_find(&hand.catalog, "/a/x")].storage = CATALOG_CHUNKED;
	hand.catalog.objects[catalog_find(&hand.catalog, "/a/y")].refused = "external storage";
	c = hand_read(&hand);
	assert_true(hand_finds(c, LADLE_F_FORMAT, "12 bytes behind the end"));
	assert_true(hand_finds(c, LADLE_F_FORMAT, "1 of 2 tensors are chunked"));
	assert_true(hand_finds(c, LADLE_F_UNREADABLE, "/a/y cannot be read: external storage"));
	assert_string_equal(c->tensors[1].refused, "external storage");
	hand_done(&hand);
}

static void
parameters_do_not_overflow(void **state)
{
	struct hand hand;
	struct ladle_checkpoint *c = hand_make(&hand,
			"/a 4294967296x4294967295\n/b 4294967296x4294967295\n/c "
			"4294967296x4294967295\n",
			NULL);

	(void)state;
	assert_int_equal(c->parameters, UINT64_MAX);
	hand_done(&hand);
}

/* 20,000 weights of one name, and as many layers: what is quadratic takes minutes. */
static void
equal_names_are_told_apart_in_linear_time(void **state)
{
	enum { COUNT = 20000 };
	static const char *list[COUNT];
	static char names[COUNT][16];
	const struct catalog_type type = {.dtype = LADLE_FLOAT32, .size = 4};
	const struct catalog_type text = {.dtype = LADLE_STRING, .variable = true};
	struct hand hand;
	struct ladle_checkpoint *c;
	uint32_t group;

	(void)state;
	hand_init(&hand);
	for (int i = 0; i < COUNT; i++)
		list[i] = "many";
	assert_true(catalog_add_strings(&hand.catalog, 0, "layer_names", text, 1, list, COUNT));
	group = catalog_add_group(&hand.catalog, 0, "many");
	for (int i = 0; i < COUNT; i++) {
		snprintf(names[i], sizeof(names[i]), "w:%d", i);
		list[i] = names[i];
	}
	assert_true(catalog_add_strings(
			&hand.catalog, group, "weight_names", text, 1, list, COUNT));
	for (int i = 0; i < COUNT; i++)
		catalog_add_dataset(&hand.catalog, group, names[i], type, 0, NULL);
	c = hand_read(&hand);
	assert_int_equal(c->layer_count, COUNT);
	assert_int_equal(c->tensor_count, COUNT);
	assert_string_equal(c->tensors[0].name, "w");
	assert_string_equal(c->tensors[COUNT - 1].name, "w_20000");
	assert_true(c->finding_count < 1000);
	hand_done(&hand);
}

/* ---- robustness: what a mutated file may not do is crash ---- */

struct noise {
	uint64_t state;
};

static uint32_t
noise_below(struct noise *noise, uint32_t limit)
{
	noise->state = noise->state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)((noise->state >> 33) % limit);
}

static const char seed_lines[] =
		"/ @keras_version:2.15.0\n/ @layer_names=bb,d,td\n/bb "
		"@weight_names=c/kernel:0,c/bias:0,b/gamma:0\n"
		"/bb/c/kernel:0 3x3x1x8\n/bb/c/bias:0 8\n/bb/b/gamma:0 8\n/d "
		"@weight_names=d/kernel:0\n/d/d/kernel:0 8x2\n"
		"/td @weight_names=td/x/kernel:0\n/td/td/x/kernel:0 2x2\n/top_level_model_weights "
		"@weight_names=\n"
		"/layers/dense/vars/0 2x2\n/layers/dense/vars "
		"@name:d\n/layers/rnn/cell/cells/lstm_cell/vars/0 2x8\n"
		"/layers/functional/layers/conv2d/vars/0 "
		"3x3x1x8\n/layers/functional/vars\n/layers\\x\\layers\\y/vars/0 2\n"
		"/vars/0 4\n/model_weights @layer_names=a,a\n/model_weights/a "
		"@weight_names0=k\n/model_weights/a/k 4\n";
static const char seed_json[] = "{\"class_name\":\"Functional\",\"config\":{\"name\":\"m\","
				"\"layers\":[{\"class_name\":\"Sequential\",\"config\":"
				"{\"name\":\"bb\",\"layers\":[{\"class_name\":\"Conv2D\","
				"\"config\":{\"name\":\"c\",\"use_bias\":true}},"
				"{\"class_name\":\"BatchNormalization\",\"config\":{\"name\":\"b\","
				"\"scale\":false}}]}},{\"class_name\":"
				"\"Bidirectional\",\"config\":{\"name\":\"d\",\"layer\":{\"class_"
				"name\":\"LSTM\",\"config\":{\"name\":\"l\"}}}},"
				"{\"class_name\":\"TimeDistributed\",\"config\":{\"name\":\"td\","
				"\"layer\":{\"class_name\":\"Dense\",\"config\":{}}}}]}}";

/* Lines in another order, some left out, some names changed; each still a line that can be read. */
static void
mutate_lines(struct noise *noise, char *out)
{
	static const char *const swaps[] = {
			"layers", "vars", "dense", "cell", "layer_names", "kernel"};
	char copy[sizeof(seed_lines)], *rest = copy, *line;

	memcpy(copy, seed_lines, sizeof(copy));
	out[0] = '\0';
	while ((line = strtok_r(rest, "\n", &rest)) != NULL) {
		char *slash = strrchr(line, '/');

		if (noise_below(noise, 5) == 0)
			continue;
		if (noise_below(noise, 6) == 0 && slash[1] != '\0' && slash[1] != ' ' &&
				strchr(slash, '@') == NULL)
			slash[1] = (char)('0' + noise_below(noise, 10));
		strcat(out, line);
		if (noise_below(noise, 12) == 0 && strchr(line, '@') == NULL &&
				strchr(line, ' ') == NULL) {
			strcat(out, "/");
			strcat(out, swaps[noise_below(noise, 6)]);
		}
		strcat(out, "\n");
	}
}

static void
mutate_json(struct noise *noise, char *out)
{
	static const char bytes[] = "{}[],:\"\\0n\x80";
	uint32_t changes = noise_below(noise, 6);

	memcpy(out, seed_json, sizeof(seed_json));
	while (changes-- > 0)
		out[noise_below(noise, sizeof(seed_json) - 1)] =
				bytes[noise_below(noise, sizeof(bytes) - 1)];
}

static bool
is_dataset_path(const struct catalog *catalog, const char *line, size_t length)
{
	char path[256];
	uint32_t at;

	if (length >= sizeof(path))
		return true;
	memcpy(path, line, length);
	path[length] = '\0';
	for (char *p = strrchr(path, '/'); p != NULL && p != path; p = strrchr(path, '/')) {
		at = catalog_find(catalog, path);
		if (at != LADLE_NONE && catalog->objects[at].kind == CATALOG_DATASET)
			return true;
		*p = '\0';
	}
	return false;
}

/* As hand_write, but leaves out what contradicts an object that is there. */
static void
write_mutated(struct hand *hand, char *lines)
{
	char *rest = lines, *line;

	while ((line = strtok_r(rest, "\n", &rest)) != NULL) {
		char one[512];
		size_t length = strcspn(line, " ");
		bool dataset = line[length] == ' ' && line[length + 1] != '@';

		snprintf(one, sizeof(one), "%.*s", (int)length, line);
		if (is_dataset_path(&hand->catalog, line, length) ||
				(dataset && catalog_find(&hand->catalog, one) != LADLE_NONE))
			continue;
		snprintf(one, sizeof(one), "%s", line);
		hand_write(hand, one);
	}
}

static void
check_invariants(const struct ladle_checkpoint *c)
{
	uint32_t tensors = 0;

	for (uint32_t i = 0; i < c->layer_count; i++) {
		assert_true(c->layers[i].parent == LADLE_NONE || c->layers[i].parent < i);
		assert_int_equal(c->layers[i].first_tensor, tensors);
		tensors += c->layers[i].tensor_count;
	}
	assert_int_equal(tensors, c->tensor_count);
	for (uint32_t i = 0; i < c->tensor_count; i++)
		for (uint32_t j = 0; j < i; j++) {
			assert_int_not_equal(c->tensors[i].dataset, c->tensors[j].dataset);
			if (c->tensors[i].layer == c->tensors[j].layer)
				assert_string_not_equal(c->tensors[i].name, c->tensors[j].name);
		}
}

static void
mutated_files_are_read_or_reported(void **state)
{
	struct noise noise = {20240607};

	(void)state;
	for (int round = 0; round < 3000; round++) {
		char lines[2 * sizeof(seed_lines)], json[sizeof(seed_json)];
		struct hand hand;

		mutate_lines(&noise, lines);
		mutate_json(&noise, json);
		hand_init(&hand);
		write_mutated(&hand, lines);
		if (noise_below(&noise, 3) > 0)
			hand_config(&hand, json);
		check_invariants(hand_read(&hand));
		hand_done(&hand);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(the_layout_is_told_by_content),
			cmocka_unit_test(a_store_in_an_archive_is_a_keras_file),
			cmocka_unit_test(plain_files_list_groups_with_datasets),
			cmocka_unit_test(notes_refusals_and_repacking_are_findings),
			cmocka_unit_test(parameters_do_not_overflow),
			cmocka_unit_test(equal_names_are_told_apart_in_linear_time),
			cmocka_unit_test(mutated_files_are_read_or_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
