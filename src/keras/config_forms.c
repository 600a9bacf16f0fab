#include "keras/config_forms.h"

#include <string.h>

#include "keras/config_walk.h"

/* Where each generation has its own models. `Model` is what Keras 1 and 2 called a functional
 * model. */
struct home {
	const char *class_name;
	int major;
	const char *module;
};

static const struct home homes[] = {
		{"Functional", 2, "keras.src.engine.functional"},
		{"Sequential", 2, "keras.src.engine.sequential"},
		{"Model", 2, "keras"},
		{"Functional", 3, "keras.src.models.functional"},
		{"Sequential", 3, "keras.src.models.sequential"},
		{"Model", 3, "keras"},
};

static const char *
module_of(const char *class_name, int major)
{
	for (size_t i = 0; i < sizeof(homes) / sizeof(homes[0]); i++)
		if (homes[i].major == major && strcmp(homes[i].class_name, class_name) == 0)
			return homes[i].module;
	return NULL;
}

/* A class of the user's is found by its name among the registered ones. */
void
config_for_archive(struct buf *out, const char *text, size_t length,
		const struct config_layer *model, int major)
{
	const char *module = module_of(model->class_name, major);
	size_t brace = 0;

	while (brace < length && text[brace] != '{')
		brace++;
	if (model->module[0] != '\0' || brace == length) {
		buf_append(out, text, length);
		return;
	}
	buf_append(out, text, brace + 1);
	if (module == NULL)
		buf_text(out, "\"module\": null, ");
	else
		buf_format(out, "\"module\": \"%s\", ", module);
	buf_append(out, text + brace + 1, length - brace - 1);
}

static bool
is_version(const char *text)
{
	return text[0] != '\0' && text[strspn(text, "0123456789.abcdevprost+-")] == '\0';
}

void
config_metadata(struct buf *out, const char *version, int major)
{
	if (!is_version(version))
		version = major < 3 ? "2.15.0" : "3.0.0";
	buf_format(out, "{\"keras_version\": \"%s\", \"date_saved\": \"1980-01-01@00:00:00\"}",
			version);
}

static void name_registered(struct json_object *value);

static void
name_registered_in(struct json_object *object)
{
	struct json_object *registered = config_member(object, "registered_name");

	json_object_object_foreach(object, key, member)
	{
		(void)key;
		name_registered(member);
	}
	if (json_object_is_type(registered, json_type_string) &&
			strchr(json_object_get_string(registered), '>') != NULL)
		json_object_object_add(object, "class_name", json_object_get(registered));
}

/* Recursion is bounded by the depth that the parser accepts. */
static void
name_registered(struct json_object *value)
{
	if (json_object_is_type(value, json_type_object))
		name_registered_in(value);
	for (size_t i = 0; json_object_is_type(value, json_type_array) &&
			   i < json_object_array_length(value);
			i++)
		name_registered(json_object_array_get_idx(value, i));
}

/* Keras 2 writes the entries of a legacy file's layers without these, and Keras 3 takes such an
 * entry for one of its own where it has them. */
static void
strip_entries(struct json_object *layers)
{
	static const char *const keys[] = {"module", "registered_name", "build_config"};

	for (size_t i = 0; json_object_is_type(layers, json_type_array) &&
			   i < json_object_array_length(layers);
			i++) {
		struct json_object *entry = json_object_array_get_idx(layers, i);

		for (size_t k = 0; k < sizeof(keys) / sizeof(keys[0]); k++)
			if (json_object_is_type(entry, json_type_object))
				json_object_object_del(entry, keys[k]);
		strip_entries(config_member(config_member(entry, "config"), "layers"));
	}
}

/* Numbers keep their digits: json-c writes them as it read them. */
void
config_for_legacy(struct buf *out, const char *text, size_t length, int major)
{
	struct json_object *root = NULL;
	const char *problem;

	if (major < 3)
		root = config_parse(text, length, &problem);
	if (root == NULL) {
		buf_append(out, text, length);
		return;
	}
	name_registered(root);
	json_object_object_del(root, "module");
	json_object_object_del(root, "registered_name");
	json_object_object_del(root, "build_config");
	strip_entries(config_member(config_member(root, "config"), "layers"));
	buf_text(out, json_object_to_json_string_ext(root,
				      JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(root);
}
