#include "keras/keras.h"

#include <string.h>

#include "base/hash.h"
#include "keras/graph.h"
#include "keras/quantised.h"
#include "keras/readers.h"

/* Section 0 of the format: the layout by content, never by name. */
enum layout {
	LAYOUT_LEGACY_FULL,
	LAYOUT_LEGACY_WEIGHTS,
	LAYOUT_V3,
	LAYOUT_KERAS_0,
	LAYOUT_OPTIMIZER,
	LAYOUT_UNKNOWN
};

/* What is listed as plain HDF5, in words. */
static const char *const plain_names[] = {
		[LAYOUT_OPTIMIZER] =
				"only an optimizer's variables, as one shard of a model may hold",
		[LAYOUT_UNKNOWN] = "no layout of Keras",
};

struct reading {
	struct builder build;
	struct ladle_checkpoint *out;
	const struct catalog *catalog;
	struct config config;
	bool has_config; /* the catalog's own */
	uint32_t group;  /* legacy: that holds layer_names */
};

static const struct catalog_object *
object_at(const struct reading *read, uint32_t index)
{
	return &read->catalog->objects[index];
}

static bool
has_list(const struct catalog_object *object, const char *name, const char *first_part)
{
	return catalog_attr(object, name) != NULL || catalog_attr(object, first_part) != NULL;
}

bool
keras_is_old(const struct catalog *catalog)
{
	uint32_t graph = catalog_child(catalog, ROOT_OBJECT, "graph");

	if (catalog_attr(&catalog->objects[ROOT_OBJECT], "nb_layers") != NULL)
		return true;
	return graph != LADLE_NONE && catalog_attr(&catalog->objects[graph], "nb_params") != NULL;
}

static bool
is_v3(const struct reading *read)
{
	static const char *const groups[] = {"vars", "layers", "_layer_checkpoint_dependencies"};
	const struct catalog_object *objects = read->catalog->objects;

	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		if (catalog_child(read->catalog, ROOT_OBJECT, groups[i]) != LADLE_NONE)
			return true;
	for (uint32_t i = objects[ROOT_OBJECT].first_child; i != LADLE_NONE;
			i = objects[i].next_sibling)
		if (strncmp(objects[i].name, "layers\\", 7) == 0)
			return true;
	return false;
}

/* The order matters: a legacy weights-only file may have a layer called `model_weights`, `layers`
 * or `vars`, and its root attribute says that it is one. */
static enum layout
detect(struct reading *read)
{
	const struct catalog_object *root = object_at(read, ROOT_OBJECT);
	uint32_t weights = catalog_child(read->catalog, ROOT_OBJECT, "model_weights");
	bool listed = has_list(root, "layer_names", "layer_names0");

	if (keras_is_old(read->catalog))
		return LAYOUT_KERAS_0;
	if (weights != LADLE_NONE && !listed &&
			has_list(object_at(read, weights), "layer_names", "layer_names0")) {
		read->group = weights;
		return LAYOUT_LEGACY_FULL;
	}
	if (listed)
		return LAYOUT_LEGACY_WEIGHTS;
	if (is_v3(read))
		return LAYOUT_V3;
	if (catalog_child(read->catalog, ROOT_OBJECT, "optimizer/vars") != LADLE_NONE)
		return LAYOUT_OPTIMIZER;
	return LAYOUT_UNKNOWN;
}

/* An attribute of the group that holds the layers, else of the root. */
static const char *
header_text(const struct reading *read, const char *name)
{
	const char *text = catalog_attr_text(object_at(read, read->group), name);

	if (text == NULL)
		text = catalog_attr_text(object_at(read, ROOT_OBJECT), name);
	return text == NULL ? "" : text;
}

/* "keras_version" of metadata.json. */
static const char *
metadata_version(struct reading *read)
{
	static const char key[] = "\"keras_version\"";
	const char *at = read->catalog->metadata == NULL ? NULL
							 : strstr(read->catalog->metadata, key);
	const char *end;

	if (at == NULL)
		return "";
	at += sizeof(key) - 1;
	at += strspn(at, " \t\r\n:");
	end = *at == '"' ? strchr(at + 1, '"') : NULL;
	return end == NULL ? "" : builder_text(&read->build, at + 1, (size_t)(end - at) - 1);
}

static enum ladle_status
link_config(struct reading *read, struct ladle_error *err)
{
	if (read->config.model == NULL)
		return LADLE_OK;
	read->out->graph = graph_make(read->build.arena, &read->config);
	if (read->out->graph == NULL)
		return ladle_fail(err, LADLE_E_MEMORY, NULL, "no memory for the model's graph");
	return LADLE_OK;
}

/* A config that cannot be read costs names and order, never the weights. */
static enum ladle_status
read_config(struct reading *read, const char *other, size_t length, struct ladle_error *err)
{
	const char *text = keras_config(read->catalog, &length);

	read->has_config = text != NULL;
	if (text == NULL)
		text = other;
	if (text == NULL)
		return LADLE_OK;
	TRY(config_read(&read->config, read->build.arena, text, length, err));
	TRY(link_config(read, err));
	if (read->config.model == NULL)
		builder_finding(&read->build, LADLE_F_FORMAT,
				"the model's config cannot be read: %s", read->config.problem);
	if (read->config.code_count > 0)
		builder_finding(&read->build, LADLE_F_PICKLE,
				"the config carries the code of %u Lambda layer%s; it is never run "
				"here",
				read->config.code_count, read->config.code_count == 1 ? "" : "s");
	return LADLE_OK;
}

/* Vocabularies and the like: what they are worth is told by their names, sizes and checksums. */
static uint64_t
assets_of(const struct catalog *catalog)
{
	static const char folder[] = "assets/";
	uint64_t sum = 0;

	for (uint32_t i = 0; i < catalog->member_count; i++) {
		const struct catalog_member *member = &catalog->members[i];
		uint64_t key[] = {member->size, member->crc};

		if (strncmp(member->name, folder, sizeof(folder) - 1) == 0)
			sum += hash_bytes(key, sizeof(key), hash_text(member->name));
	}
	return sum;
}

/* Keras 1 wrote its version at the root only, Keras 2 also beside layer_names. */
static void
describe(struct reading *read)
{
	struct ladle_checkpoint *out = read->out;
	const struct config_layer *model = read->config.model;

	out->keras_version = header_text(read, "keras_version");
	out->backend = header_text(read, "backend");
	if (out->keras_version[0] == '\0')
		out->keras_version = metadata_version(read);
	out->has_config = model != NULL && read->has_config;
	out->assets = assets_of(read->catalog);
	out->model_name = model == NULL ? "" : model->name;
	out->model_class = model == NULL ? "" : model->class_name;
}

/* Only kernels of convolutions have axes in space that can be flipped. */
static bool
has_convolution(const struct builder *build)
{
	for (uint32_t i = 0; i < build->tensor_count; i++)
		if (build->tensors[i].rank >= 3)
			return true;
	return false;
}

/* Keras 2 under Theano turned kernels around when it loaded them elsewhere; shapes do not tell. */
static void
warn_of_theano(struct reading *read)
{
	bool old = catalog_attr_text(object_at(read, read->group), "keras_version") == NULL;

	if (!has_convolution(&read->build))
		return;
	if (strcmp(read->out->backend, "theano") == 0)
		builder_finding(&read->build, LADLE_F_FORMAT,
				"written with Theano: convolution kernels are flipped in space; "
				"beside files of another backend they are flipped back");
	else if (old && read->out->backend[0] == '\0')
		builder_finding(&read->build, LADLE_F_FORMAT,
				"written by Keras 1, which does not say its backend: if that was "
				"Theano, convolution kernels are flipped in space, and "
				"keras.utils.layer_utils.convert_all_kernels_in_model turns them");
}

static void
read_layers(struct reading *read, enum layout layout)
{
	struct builder *build = &read->build;

	if (plain_names[layout] != NULL)
		builder_finding(build, LADLE_F_FORMAT, "%s: listed as plain HDF5",
				plain_names[layout]);
	if (layout == LAYOUT_V3) {
		v3_read(build, &read->config, &read->out->model_name);
	} else if (layout == LAYOUT_KERAS_0) {
		old_read(build, &read->config);
		warn_of_theano(read);
	} else if (layout == LAYOUT_LEGACY_FULL || layout == LAYOUT_LEGACY_WEIGHTS) {
		legacy_read(build, read->group, &read->config);
		warn_of_theano(read);
	} else {
		plain_read(build);
	}
	quantised_report(build);
}

static enum ladle_format
format_of(const struct reading *read, enum layout layout)
{
	static const enum ladle_format formats[] = {
			[LAYOUT_LEGACY_FULL] = LADLE_LEGACY_FULL,
			[LAYOUT_LEGACY_WEIGHTS] = LADLE_LEGACY_WEIGHTS,
			[LAYOUT_V3] = LADLE_WEIGHTS, /* by container */
			[LAYOUT_KERAS_0] = LADLE_LEGACY_WEIGHTS,
			[LAYOUT_OPTIMIZER] = LADLE_PLAIN,
			[LAYOUT_UNKNOWN] = LADLE_PLAIN,
	};

	static const enum ladle_format stores[] = {
			[CATALOG_H5] = LADLE_WEIGHTS,
			[CATALOG_ZIP] = LADLE_KERAS,
			[CATALOG_FOLDER] = LADLE_KERAS,
			[CATALOG_SHARDS] = LADLE_SHARDS,
	};

	return layout == LAYOUT_V3 ? stores[read->catalog->container] : formats[layout];
}

const char *
keras_config(const struct catalog *catalog, size_t *length)
{
	const struct catalog_attr *attr =
			catalog_attr(&catalog->objects[ROOT_OBJECT], "model_config");

	if (catalog->config != NULL) {
		*length = catalog->config_length;
		return catalog->config;
	}
	if (attr == NULL || attr->refused != NULL || attr->strings == NULL || attr->count == 0)
		return NULL;
	*length = attr->lengths[0];
	return attr->strings[0];
}

enum ladle_status
keras_read(struct ladle_checkpoint *out, const struct catalog *catalog, struct arena *arena,
		struct ladle_error *err)
{
	return keras_read_with(out, catalog, NULL, 0, arena, err);
}

enum ladle_status
keras_read_with(struct ladle_checkpoint *out, const struct catalog *catalog, const char *config,
		size_t length, struct arena *arena, struct ladle_error *err)
{
	struct reading read = {.out = out, .catalog = catalog, .group = ROOT_OBJECT};
	enum layout layout;

	if (catalog->object_count == 0)
		return ladle_fail(err, LADLE_E_INPUT, NULL, "the catalog is empty");
	builder_init(&read.build, catalog, arena);
	if (catalog->note != NULL && catalog->note[0] != '\0')
		builder_finding(&read.build, LADLE_F_FORMAT, "%s", catalog->note);
	layout = detect(&read);
	TRY(read_config(&read, config, length, err));
	describe(&read);
	out->format = format_of(&read, layout);
	read_layers(&read, layout);
	return builder_finish(&read.build, out, err);
}
