#include "keras/blueprint.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "keras/name_map.h"
#include "keras/naming.h"

struct keras_era
keras_era(const char *version)
{
	long major = strtol(version, NULL, 10);
	bool first = strcmp(version, "3.0.0") == 0 || strcmp(version, "3.0.1") == 0 ||
		     strcmp(version, "3.0.2") == 0;

	return (struct keras_era){
			.major = major >= 3 ? 3 : 2,
			.hidden_parts = major < 3 || first,
			.has_names = major >= 3,
			.has_directions = major < 3,
	};
}

/* ---- making objects ---- */

static struct blueprint_object *
add_object(struct blueprint *plan, struct blueprint_object *parent)
{
	struct blueprint_object *object = arena_array(plan->arena, 1, sizeof(*object));

	if (object == NULL) {
		plan->failed = true;
		return NULL;
	}
	object->parent = parent;
	object->name = object->class_name = object->path = "";
	object->trainable = true;
	memset(object->option, -1, sizeof(object->option));
	if (parent == NULL)
		return object;
	object->is_aside = parent->is_aside;
	if (parent->last_child == NULL)
		parent->first_child = object;
	else
		parent->last_child->next = object;
	parent->last_child = object;
	return object;
}

static const char *
text(struct blueprint *plan, const char *a, const char *b)
{
	const char *joined = arena_format(plan->arena, "%s%s", a, b);

	plan->failed |= joined == NULL;
	return joined == NULL ? "" : joined;
}

static void add_config(struct blueprint *, struct blueprint_object *, const struct config_layer *);

static struct blueprint_object *
add_layer(struct blueprint *plan, struct blueprint_object *parent,
		const struct config_layer *config, const char *path)
{
	struct blueprint_object *object = add_object(plan, parent);

	if (object == NULL)
		return NULL;
	object->path = path;
	object->name = config->name;
	add_config(plan, object, config);
	return object;
}

/* What the layer makes itself is configured by the layer. */
static void
add_inner(struct blueprint *plan, struct blueprint_object *object)
{
	const struct class_inner *inner;

	for (uint32_t i = 0; (inner = class_inner(object->row, i)) != NULL; i++) {
		struct blueprint_object *part = add_object(plan, object);

		if (part == NULL)
			return;
		part->name = inner->name;
		part->class_name = inner->class_name;
		part->row = class_find(inner->class_name);
		part->path = inner->hidden && plan->era.hidden_parts
					     ? text(plan, "_", inner->component)
					     : inner->component;
		memcpy(part->option, object->option, sizeof(part->option));
		part->option[OPTION_BIAS_AXES] = object->option[OPTION_USE_BIAS];
	}
}

/* Children of a container get the class's snake case and a number, counted per class. */
static void
add_counted(struct blueprint *plan, struct blueprint_object *object,
		const struct config_layer *first, const char *container, const char *part,
		bool (*takes)(const struct config_layer *))
{
	struct name_map counts;
	uint32_t room = 0;

	for (const struct config_layer *l = first; l != NULL; l = l->next)
		room++;
	if (!name_map_init(&counts, plan->arena, room)) {
		plan->failed = true;
		return;
	}
	for (const struct config_layer *l = first; l != NULL && !plan->failed; l = l->next) {
		const char *component;

		if (!takes(l) || strcmp(l->part, part) != 0)
			continue;
		component = naming_counted(plan->arena, &counts, l->class_name);
		plan->failed |= component == NULL;
		if (component != NULL)
			add_layer(plan, object, l, text(plan, container, component));
	}
}

static bool
is_layer(const struct config_layer *layer)
{
	return !layer->is_operation;
}

/* A Sequential model keeps its InputLayer to itself. */
static bool
is_layer_of_sequence(const struct config_layer *layer)
{
	return !layer->is_operation && strcmp(layer->class_name, "InputLayer") != 0;
}

static const struct config_layer *
part_of(const struct config_layer *config, const char *part)
{
	for (const struct config_layer *l = config->first_child; l != NULL; l = l->next)
		if (strcmp(l->part, part) == 0)
			return l;
	return NULL;
}

/* "forward_lstm" of "lstm", and of what is called so already. Keras 3 leaves a backward layer that
 * was given its name. */
static void
add_direction(struct blueprint *plan, struct blueprint_object *object,
		const struct config_layer *config, const char *direction, const char *path)
{
	bool is_named = plan->era.major >= 3 && strcmp(config->part, "backward_layer") == 0;
	const char *name = config->name;
	struct blueprint_object *way;

	if (is_named) {
		add_layer(plan, object, config, path);
		return;
	}
	if (strncmp(name, "forward_", 8) == 0)
		name += 8;
	else if (strncmp(name, "backward_", 9) == 0)
		name += 9;
	way = add_layer(plan, object, config, path);
	if (way != NULL)
		way->name = text(plan, direction, name);
}

static void
add_directions(struct blueprint *plan, struct blueprint_object *object,
		const struct config_layer *layer)
{
	const struct config_layer *backward = part_of(object->config, "backward_layer");
	struct blueprint_object *aside;

	add_direction(plan, object, layer, "forward_", "forward_layer");
	add_direction(plan, object, backward == NULL ? layer : backward, "backward_",
			"backward_layer");
	if (!plan->era.has_directions)
		return;
	aside = add_object(plan, object);
	if (aside == NULL)
		return;
	aside->is_aside = true;
	aside->path = "layer";
	add_config(plan, aside, layer);
}

/* What a layer wraps. */
static void
add_wrapped(struct blueprint *plan, struct blueprint_object *object)
{
	const struct config_layer *config = object->config;
	const struct config_layer *layer = part_of(config, "layer");

	if (layer != NULL && strcmp(config->class_name, "Bidirectional") == 0)
		add_directions(plan, object, layer);
	else if (layer != NULL)
		add_layer(plan, object, layer, "layer");
	if (part_of(config, "cell") != NULL)
		add_layer(plan, object, part_of(config, "cell"), "cell");
	if (part_of(config, "cells") != NULL)
		add_counted(plan, object, config->first_child, "cells/", "cells", is_layer);
}

/* Recursion is bounded by the depth that the config's parser accepts. */
static void
add_config(struct blueprint *plan, struct blueprint_object *object,
		const struct config_layer *config)
{
	object->config = config;
	object->class_name = config->class_name;
	object->row = class_find(config->class_name);
	object->is_model = config->is_model;
	object->trainable = config->trainable;
	memcpy(object->option, config->option, sizeof(object->option));
	if (config->is_model) {
		bool sequence = strcmp(config->class_name, "Sequential") == 0;

		add_counted(plan, object, config->first_child, "layers/", "",
				sequence ? is_layer_of_sequence : is_layer);
		return;
	}
	if (config->first_child != NULL)
		add_wrapped(plan, object);
	else
		add_inner(plan, object);
}

/* ---- units ---- */

struct blueprint_object *
blueprint_next(const struct blueprint_object *top, const struct blueprint_object *object)
{
	if (object->first_child != NULL)
		return object->first_child;
	for (; object != top; object = object->parent)
		if (object->next != NULL)
			return object->next;
	return NULL;
}

static bool
holds_model(const struct blueprint_object *object)
{
	for (const struct blueprint_object *o = object; o != NULL; o = blueprint_next(object, o))
		if (o->is_model)
			return true;
	return false;
}

/* The outermost objects without a model in them. */
static void
mark_units(struct blueprint_object *object)
{
	object->is_unit = !holds_model(object);
	if (object->is_unit || object->is_aside)
		return;
	for (struct blueprint_object *o = object->first_child; o != NULL; o = o->next)
		mark_units(o);
}

enum ladle_status
blueprint_make(struct blueprint *out, struct arena *arena, const struct config *config,
		const char *version, const char *path, struct ladle_error *err)
{
	struct blueprint plan = {
			.arena = arena,
			.era = keras_era(version),
			.layer_count = config->layer_count,
			.path = path,
	};

	if (config->model == NULL)
		return ladle_fail(err, LADLE_E_INPUT, path, "%s: the model's config %s", path,
				config->problem == NULL ? "is missing" : config->problem);
	if (!config->model->is_model)
		return ladle_fail(err, LADLE_E_INPUT, path,
				"%s: the config of the model %s lists no layers, so that nobody "
				"knows what another layout needs",
				path, config->model->class_name);
	plan.model = add_layer(&plan, NULL, config->model, "");
	if (plan.failed)
		return ladle_fail(err, LADLE_E_MEMORY, path, "no memory for the output's layers");
	mark_units(plan.model);
	*out = plan;
	return LADLE_OK;
}
