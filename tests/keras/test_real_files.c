#include "keras/opened.h"

#include <json-c/json.h>

static bool
holds_tensors(const struct ladle_checkpoint *c, uint32_t layer)
{
	if (c->layers[layer].tensor_count > 0)
		return true;
	for (uint32_t i = layer + 1; i < c->layer_count; i++)
		if (c->layers[i].parent == layer && holds_tensors(c, i))
			return true;
	return false;
}

/* The index counts layers at the top, and for .keras files only those with weights. */
static void
compare_with_index(const struct index_row *row, void *arg)
{
	char rest[1100];
	struct ladle_checkpoint *c;
	uint32_t layers = 0, with_weights = 0;
	bool is_keras = row->format[0] == '.';

	snprintf(rest, sizeof(rest), "checkpoints/%s", row->file);
	c = opened_checkpoint(arg, rest);
	for (uint32_t i = 0; i < c->layer_count; i++) {
		if (c->layers[i].parent != LADLE_NONE)
			continue;
		layers++;
		with_weights += holds_tensors(c, i);
	}
	if ((!is_keras && layers != row->layers) || with_weights != row->layers_with_weights ||
			c->tensor_count != row->tensors || c->parameters != row->parameters)
		fail_msg("%s: %u layers, %u with weights, %u tensors, %llu parameters; the index "
			 "has "
			 "%u, %u, %u, %llu",
				row->file, layers, with_weights, c->tensor_count,
				(unsigned long long)c->parameters, row->layers,
				row->layers_with_weights, row->tensors, row->parameters);
	assert_string_equal(c->keras_version, row->version);
	assert_string_equal(c->model_class, row->model_class);
	assert_int_equal(c->format, is_keras                ? LADLE_KERAS
				    : row->format[1] == 'h' ? LADLE_LEGACY_FULL
							    : LADLE_LEGACY_WEIGHTS);
	ladle_checkpoint_close(c);
}

static void
every_file_of_the_index_opens_as_it_says(void **state)
{
	assert_true(index_each(compare_with_index, *state) > 200);
}

static const struct ladle_layer *
find_layer(const struct ladle_checkpoint *c, const char *name)
{
	for (uint32_t i = 0; i < c->layer_count; i++)
		if (strcmp(c->layers[i].name, name) == 0)
			return &c->layers[i];
	return NULL;
}

/* A tensor whose name ends as the weight's path does, and whose shape is the weight's. */
static bool
has_weight(const struct ladle_checkpoint *c, const struct ladle_layer *layer,
		struct json_object *weight)
{
	const char *path = json_object_get_string(json_object_object_get(weight, "path"));
	struct json_object *shape = json_object_object_get(weight, "shape");
	const char *role = strrchr(path, '/') + 1;

	for (uint32_t i = 0; i < layer->tensor_count; i++) {
		const struct ladle_tensor *t = &c->tensors[layer->first_tensor + i];
		const char *slash = strrchr(t->name, '/');
		bool equal = t->rank == (int)json_object_array_length(shape);

		for (int d = 0; equal && d < t->rank; d++)
			equal = t->shape[d] ==
				(uint64_t)json_object_get_int64(
						json_object_array_get_idx(shape, (size_t)d));
		/* "forward_inner_lstm/kernel" of "bilstm/forward_inner_lstm/lstm_cell/kernel" */
		if (slash != NULL) {
			char part[256];

			snprintf(part, sizeof(part), "/%.*s/", (int)(slash - t->name), t->name);
			equal = equal && strstr(path, part) != NULL;
		}
		if (equal && strcmp(slash == NULL ? t->name : slash + 1, role) == 0 &&
				strcmp(t->role, role) == 0)
			return true;
	}
	return false;
}

static void
compare_zoo(struct ladle *ladle, const char *file)
{
	char list[4096];
	struct ladle_checkpoint *c = opened_checkpoint(ladle, file);
	struct json_object *zoo;

	snprintf(list, sizeof(list), "%s", opened_path("keras/zoo/layers.json"));
	zoo = json_object_from_file(list);
	assert_non_null(zoo);
	assert_int_equal(c->layer_count, json_object_array_length(zoo));
	for (size_t i = 0; i < json_object_array_length(zoo); i++) {
		struct json_object *entry = json_object_array_get_idx(zoo, i);
		struct json_object *weights = json_object_object_get(entry, "weights");
		const char *name = json_object_get_string(json_object_object_get(entry, "name"));
		const struct ladle_layer *layer = find_layer(c, name);

		assert_non_null(layer);
		if (c->has_config)
			assert_string_equal(c->layers[i].name, name);
		for (size_t w = 0; w < json_object_array_length(weights); w++)
			if (!has_weight(c, layer, json_object_array_get_idx(weights, w)))
				fail_msg("%s: %s", file,
						json_object_to_json_string(
								json_object_array_get_idx(
										weights, w)));
	}
	json_object_put(zoo);
	ladle_checkpoint_close(c);
}

static void
every_tensor_of_the_zoo_has_its_role(void **state)
{
	compare_zoo(*state, "keras/zoo/zoo-0.keras");
	compare_zoo(*state, "keras/zoo/zoo-0.h5");
}

static void
split_names_of_a_real_file_are_joined(void **state)
{
	struct ladle_checkpoint *c = opened_checkpoint(*state, "keras/odd/long-names.h5");

	assert_int_equal(c->layer_count, 901);
	assert_int_equal(c->tensor_count, 900);
	ladle_checkpoint_close(c);
}

static void
values_and_config_are_read(void **state)
{
	struct ladle_checkpoint *c = opened_checkpoint(*state, "keras/layouts/k3.keras");
	struct ladle_error err;
	float bias[8], kernel[72];
	size_t length = 0;

	assert_string_equal(c->tensors[0].name, "kernel");
	assert_int_equal(ladle_tensor_read(c, &c->tensors[0], 0, 72, kernel, &err), LADLE_OK);
	assert_int_equal(ladle_tensor_read(c, &c->tensors[1], 0, 8, bias, &err), LADLE_OK);
	assert_non_null(ladle_checkpoint_config(c, &length));
	assert_true(length > 100);
	assert_null(ladle_checkpoint_recipe(c));
	assert_int_equal(ladle_checkpoint_check(c, &err), LADLE_OK);
	ladle_checkpoint_close(c);
}

static void
a_refused_tensor_is_named(void **state)
{
	struct ladle_checkpoint *c = opened_checkpoint(*state, "keras/layouts/k3.keras");
	struct ladle_tensor refused = c->tensors[0];
	struct ladle_error err;
	float value;

	refused.refused = "external storage";
	assert_int_equal(ladle_tensor_read(c, &refused, 0, 1, &value, &err), LADLE_E_INPUT);
	assert_non_null(strstr(err.text, refused.object));
	assert_non_null(strstr(err.text, "external storage"));
	assert_non_null(strstr(err.text, "k3.keras"));
	ladle_checkpoint_close(c);
}

static void
a_missing_file_is_an_error(void **state)
{
	struct ladle_checkpoint *c = NULL;
	struct ladle_error err;

	assert_int_equal(ladle_checkpoint_open(&c, *state, "/nonexistent/x.h5", &err),
			LADLE_E_INPUT);
	assert_null(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(every_file_of_the_index_opens_as_it_says),
			cmocka_unit_test(every_tensor_of_the_zoo_has_its_role),
			cmocka_unit_test(split_names_of_a_real_file_are_joined),
			cmocka_unit_test(values_and_config_are_read),
			cmocka_unit_test(a_refused_tensor_is_named),
			cmocka_unit_test(a_missing_file_is_an_error),
	};

	return cmocka_run_group_tests(tests, opened_start, opened_stop);
}
