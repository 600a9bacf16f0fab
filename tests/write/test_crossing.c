#include "made_files.h"

#include "write/tree.h"

/* Files that Keras wrote of one set of weights in several layouts: what is made from one of them
 * must be what Keras made, object by object and name by name. */

struct opened {
	struct ladle_checkpoint *template_, *config, *twin;
};

static void
must_open_with(struct ladle_checkpoint **out, struct ladle *library, const char *path,
		const struct ladle_checkpoint *config)
{
	struct ladle_error err;

	if (ladle_checkpoint_open_with(out, library, path, config, &err) != LADLE_OK)
		fail_msg("%s", err.text);
}

static void
opened_init(struct opened *all, struct ladle *library, const char *template_, const char *config,
		const char *twin)
{
	memset(all, 0, sizeof(*all));
	if (config)
		must_open_with(&all->config, library, shared_path(config), NULL);
	must_open_with(&all->template_, library, shared_path(template_), all->config);
	if (twin)
		must_open_with(&all->twin, library, shared_path(twin), NULL);
}

static void
opened_done(struct opened *all)
{
	ladle_checkpoint_close(all->template_);
	ladle_checkpoint_close(all->config);
	ladle_checkpoint_close(all->twin);
}

static enum ladle_status
make(struct tree *tree, const struct opened *all, enum ladle_format format, struct ladle_error *err)
{
	const struct tree_request request = {
			.template_ = checkpoint_of(all->template_),
			.config = all->config ? checkpoint_of(all->config) : NULL,
			.format = format,
	};

	return tree_make(tree, &request, err);
}

/* What Keras writes and ladle does not, because it is of a training and not of a model. */
static bool
is_of_training(const char *path)
{
	return !strncmp(path, "/optimizer", 10);
}

static void
assert_same_strings(const struct catalog_object *ours, const struct catalog_object *theirs,
		const char *name)
{
	const struct catalog_attr *a = catalog_attr(ours, name), *b = catalog_attr(theirs, name);

	if (!a != !b)
		fail_msg("%s: attribute %s is there once only", theirs->path, name);
	if (!a)
		return;
	assert_int_equal(a->rank, b->rank);
	assert_int_equal(a->type.dtype, b->type.dtype);
	assert_int_equal(a->count, b->count);
	for (uint64_t i = 0; i < a->count; i++)
		if (strcmp(a->strings[i], b->strings[i]))
			fail_msg("%s: %s[%d] is %s, Keras has %s", theirs->path, name, (int)i,
					a->strings[i], b->strings[i]);
}

static void
assert_same_object(const struct catalog_object *ours, const struct catalog_object *theirs)
{
	static const char *const names[] = {"layer_names", "weight_names", "name", "keras_version"};

	assert_int_equal(ours->kind, theirs->kind);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_same_strings(ours, theirs, names[i]);
	if (ours->kind == CATALOG_GROUP)
		return;
	assert_int_equal(ours->type.dtype, theirs->type.dtype);
	assert_int_equal(ours->rank, theirs->rank);
	for (int i = 0; i < ours->rank; i++)
		assert_int_equal(ours->dims[i], theirs->dims[i]);
}

static void
assert_same_tree(const struct catalog *ours, const struct catalog *theirs)
{
	uint32_t expected = 0;

	for (uint32_t i = 0; i < theirs->object_count; i++) {
		const struct catalog_object *object = &theirs->objects[i];
		uint32_t found = catalog_find(ours, object->path);

		if (is_of_training(object->path))
			continue;
		expected++;
		if (found == LADLE_NONE)
			fail_msg("Keras has %s", object->path);
		assert_same_object(&ours->objects[found], object);
	}
	for (uint32_t i = 0; i < ours->object_count; i++)
		if (catalog_find(theirs, ours->objects[i].path) == LADLE_NONE)
			fail_msg("Keras has no %s", ours->objects[i].path);
	assert_int_equal(ours->object_count, expected);
}

/* Every dataset of the output has the values of that dataset of the template that has them in the
 * file of Keras: bytes are compared. */
static void
assert_values_of_twin(const struct tree *tree, const struct opened *all)
{
	const struct checkpoint *from = checkpoint_of(all->template_);
	const struct checkpoint *twin = checkpoint_of(all->twin);
	struct ladle_error err;
	static unsigned char a[1 << 20], b[1 << 20];

	for (uint32_t i = 0; i < tree->catalog.object_count; i++) {
		const struct catalog_object *object = &tree->catalog.objects[i];
		size_t size = object->count * object->type.size;
		uint32_t theirs;

		if (object->kind != CATALOG_DATASET)
			continue;
		assert_true(size <= sizeof(a));
		theirs = catalog_find(twin->catalog, object->path);
		assert_int_equal(file_read(from->file, tree->source[i], 0, object->count, a, &err),
				LADLE_OK);
		assert_int_equal(
				file_read(twin->file, theirs, 0, object->count, b, &err), LADLE_OK);
		if (memcmp(a, b, size))
			fail_msg("%s holds the values of another tensor", object->path);
	}
}

struct crossing_case {
	const char *template_, *config;
	enum ladle_format format;
	const char *twin;
};

#define LAYOUTS "keras/layouts/"
#define ZOO "keras/zoo/"
#define ZOO2 "keras/zoo-k2/"
#define FROZEN "keras/frozen/"

static const struct crossing_case cases[] = {
		{LAYOUTS "k2.h5", NULL, LADLE_WEIGHTS, LAYOUTS "k2.weights.h5"},
		{LAYOUTS "k2.h5", NULL, LADLE_KERAS, LAYOUTS "k2.keras"},
		{LAYOUTS "k2-weights.h5", LAYOUTS "k2.keras", LADLE_WEIGHTS,
				LAYOUTS "k2.weights.h5"},
		{LAYOUTS "k2.keras", NULL, LADLE_LEGACY_FULL, LAYOUTS "k2.h5"},
		{LAYOUTS "k2.weights.h5", LAYOUTS "k2.h5", LADLE_LEGACY_WEIGHTS,
				LAYOUTS "k2-weights.h5"},
		{LAYOUTS "k3.h5", NULL, LADLE_WEIGHTS, LAYOUTS "k3.weights.h5"},
		{LAYOUTS "k3.h5", NULL, LADLE_KERAS, LAYOUTS "k3.keras"},
		{LAYOUTS "k3.weights.h5", LAYOUTS "k3.h5", LADLE_LEGACY_FULL, LAYOUTS "k3.h5"},
		/* from one generation to the other */
		{LAYOUTS "k2.h5", LAYOUTS "k3.h5", LADLE_LEGACY_FULL, LAYOUTS "k3.h5"},
		{LAYOUTS "k2.keras", LAYOUTS "k3.keras", LADLE_KERAS, LAYOUTS "k3.keras"},
		{LAYOUTS "k2.weights.h5", LAYOUTS "k3.keras", LADLE_LEGACY_FULL, LAYOUTS "k3.h5"},
		{LAYOUTS "k3.keras", LAYOUTS "k2.h5", LADLE_LEGACY_WEIGHTS,
				LAYOUTS "k2-weights.h5"},
		{LAYOUTS "k3.weights.h5", LAYOUTS "k2.keras", LADLE_KERAS, LAYOUTS "k2.keras"},
		/* nearly every class that has weights */
		{ZOO2 "zoo-0.h5", NULL, LADLE_WEIGHTS, ZOO2 "zoo-0.weights.h5"},
		{ZOO2 "zoo-0.weights.h5", ZOO2 "zoo-0.h5", LADLE_LEGACY_WEIGHTS,
				ZOO2 "zoo-0-weights.h5"},
		{ZOO "zoo-0.h5", NULL, LADLE_KERAS, ZOO "zoo-0.keras"},
		{ZOO "zoo-0.keras", ZOO "zoo-0.h5", LADLE_LEGACY_FULL, ZOO "zoo-0.h5"},
};

static void
what_is_made_is_what_keras_made(void **state)
{
	struct scratch *scratch = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ladle_error err;
		struct opened all;
		struct tree tree;

		print_message("# %s as %s\n", cases[i].template_, cases[i].twin);
		opened_init(&all, scratch->library, cases[i].template_, cases[i].config,
				cases[i].twin);
		if (make(&tree, &all, cases[i].format, &err) != LADLE_OK)
			fail_msg("%s", err.text);
		assert_same_tree(&tree.catalog, checkpoint_of(all.twin)->catalog);
		assert_values_of_twin(&tree, &all);
		tree_done(&tree);
		opened_done(&all);
	}
}

/* The same weights, and a config whose inner model is frozen: another order, as Keras 2 wrote it. */
static void
a_frozen_model_gets_the_order_of_its_config(void **state)
{
	struct scratch *scratch = *state;
	const char *inputs[] = {shared_path(FROZEN "free.h5"), NULL};
	const char *store = scratch_path(scratch, "free.weights.h5");
	struct opened all = {NULL};
	struct ladle_error err;
	struct mixing mixing;
	struct tree tree;

	mixing_init(&mixing, scratch->library, inputs, NULL);
	must_export(&mixing, store, NULL);
	mixing_done(&mixing);
	must_open_with(&all.config, scratch->library, shared_path(FROZEN "frozen.h5"), NULL);
	must_open_with(&all.template_, scratch->library, store, all.config);
	must_open_with(&all.twin, scratch->library, shared_path(FROZEN "frozen-weights.h5"), NULL);
	if (make(&tree, &all, LADLE_LEGACY_WEIGHTS, &err) != LADLE_OK)
		fail_msg("%s", err.text);
	assert_same_tree(&tree.catalog, checkpoint_of(all.twin)->catalog);
	assert_values_of_twin(&tree, &all);
	tree_done(&tree);
	opened_done(&all);
}

/* 900 names do not fit one attribute: they are split where Keras split them. */
static void
long_lists_are_split_where_keras_split_them(void **state)
{
	struct scratch *scratch = *state;
	const char *inputs[] = {shared_path("keras/odd/long-names.h5"), NULL};
	const char *store = scratch_path(scratch, "long.keras");
	struct opened all = {NULL};
	const struct catalog *theirs;
	struct ladle_error err;
	struct mixing mixing;
	struct tree tree;
	uint32_t home;

	mixing_init(&mixing, scratch->library, inputs, NULL);
	must_export(&mixing, store, NULL);
	mixing_done(&mixing);
	must_open_with(&all.template_, scratch->library, store, NULL);
	must_open_with(&all.twin, scratch->library, inputs[0], NULL);
	if (make(&tree, &all, LADLE_LEGACY_FULL, &err) != LADLE_OK)
		fail_msg("%s", err.text);
	theirs = checkpoint_of(all.twin)->catalog;
	home = catalog_find(theirs, "/model_weights");
	assert_non_null(catalog_attr(&theirs->objects[home], "layer_names1"));
	for (int part = 0; part < 4; part++) {
		char name[32];

		snprintf(name, sizeof(name), "layer_names%d", part);
		assert_same_strings(&tree.catalog.objects[catalog_find(
						    &tree.catalog, "/model_weights")],
				&theirs->objects[home], name);
	}
	tree_done(&tree);
	opened_done(&all);
}

static void
assert_refused(struct scratch *scratch, const struct crossing_case *refused,
		const char *const *words)
{
	struct ladle_error err = {0};
	struct opened all;
	struct tree tree;
	enum ladle_status status;

	opened_init(&all, scratch->library, refused->template_, refused->config, NULL);
	status = make(&tree, &all, refused->format, &err);
	if (status == LADLE_OK)
		fail_msg("%s was not refused", refused->template_);
	for (; *words; words++)
		assert_contains(err.text, *words);
	opened_done(&all);
}

static void
what_the_layout_cannot_hold_is_refused(void **state)
{
	static const struct {
		struct crossing_case refused;
		const char *words[4];
	} list[] = {
			/* Keras cannot read these bytes back from a legacy file */
			{{"keras/dtypes/bfloat16-0.keras", NULL, LADLE_LEGACY_FULL, NULL},
					{"bfloat16-0.keras", "bfloat16", ".weights.h5", NULL}},
			/* a config of another model */
			{{LAYOUTS "k3.weights.h5", "keras/permuted/mlp.keras", LADLE_LEGACY_FULL,
					 NULL},
					{"k3.weights.h5", "mlp.keras", NULL}},
			{{"keras/permuted/mlp.keras", LAYOUTS "k2.h5", LADLE_LEGACY_WEIGHTS, NULL},
					{"mlp.keras", "k2.h5", NULL}},
			/* the same names and another width */
			{{LAYOUTS "k3.keras", "keras/permuted-k2/cnn.h5", LADLE_LEGACY_FULL, NULL},
					{"k3.keras", "cnn.h5", "3x3x1x32", NULL}},
	};

	for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++)
		assert_refused(*state, &list[i].refused, list[i].words);
}

static void
an_optimizer_does_not_cross(void **state)
{
	struct scratch *scratch = *state;
	struct tree_request request = {.format = LADLE_WEIGHTS, .keep_optimizer = true};
	struct ladle_error err = {0};
	struct opened all;
	struct tree tree;

	opened_init(&all, scratch->library, LAYOUTS "k2-with-optimizer.h5", NULL, NULL);
	request.template_ = checkpoint_of(all.template_);
	assert_int_equal(tree_make(&tree, &request, &err), LADLE_E_USAGE);
	assert_contains(err.text, "optimizer");
	request.keep_optimizer = false;
	assert_int_equal(tree_make(&tree, &request, &err), LADLE_OK);
	tree_done(&tree);
	opened_done(&all);
}

/* Two objects of the output have the values of one: both are written, and read back. */
static void
a_kernel_that_is_stored_twice_is_written_twice(void **state)
{
	struct scratch *scratch = *state;
	const char *inputs[] = {shared_path(ZOO "zoo-0.h5"), shared_path(ZOO "zoo-1.h5"), NULL};
	const char *out = scratch_path(scratch, "out.weights.h5");
	static const char *const paths[] = {"/layers/spectral_normalization/vars/0",
			"/layers/spectral_normalization/layer/vars/0"};
	float values[2][20], expected[20];
	struct ladle_checkpoint *made;
	struct ladle_error err;
	struct mixing mixing;

	mixing_init(&mixing, scratch->library, inputs, NULL);
	must_export(&mixing, out, NULL);
	for (uint32_t k = 0; k < 2; k++) {
		const struct checkpoint *from = checkpoint_of(mixing.checkpoints[k]);
		uint32_t kernel =
				catalog_find(from->catalog, "/model_weights/sn/sn/sn_conv/kernel");

		assert_int_equal(file_read(from->file, kernel, 0, 20, values[k], &err), LADLE_OK);
	}
	for (int i = 0; i < 20; i++)
		expected[i] = (float)(((double)values[0][i] + (double)values[1][i]) / 2);
	mixing_done(&mixing);
	made = must_open(scratch->library, out);
	for (int i = 0; i < 2; i++) {
		const struct checkpoint *from = checkpoint_of(made);

		assert_int_equal(file_read(from->file, catalog_find(from->catalog, paths[i]), 0, 20,
						 values[0], &err),
				LADLE_OK);
		assert_memory_equal(values[0], expected, sizeof(expected));
	}
	ladle_checkpoint_close(made);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(what_is_made_is_what_keras_made),
			TEST(a_frozen_model_gets_the_order_of_its_config),
			TEST(long_lists_are_split_where_keras_split_them),
			TEST(what_the_layout_cannot_hold_is_refused),
			TEST(an_optimizer_does_not_cross),
			TEST(a_kernel_that_is_stored_twice_is_written_twice),
	};

	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
