/* Which object of a v3 store is which layer of the config: section 6 of the format. */
#include "keras/readers.h"

#include <string.h>

#include "file/limits.h"
#include "keras/naming.h"

/* Operations take no part in a store, and a Sequential model keeps its InputLayer to itself. */
static bool
is_stored(const struct config_layer *layer, const struct config_layer *model)
{
	const char *class_name = model->class_name;

	if (layer->is_operation)
		return false;
	return strcmp(class_name, "Sequential") != 0 ||
	       strcmp(layer->class_name, "InputLayer") != 0;
}

/* Members of the model, and how many there are of each snake case. */
struct members {
	struct builder *build;
	const struct config_layer **list;
	const char **key; /* "dense_1": the component that the counter gives */
	uint32_t count;
	struct name_map by_key, by_name, of_class, of_stem;
};

static const char *
numbered(struct builder *build, const char *stem, uint32_t number)
{
	const char *text = naming_numbered(build->arena, stem, number);

	build->failed |= text == NULL;
	return text == NULL ? stem : text;
}

/* Gives every member the component that Keras's counter gives it: per class, from no suffix, _1,
 * _2. */
static bool
list_members(struct members *all, const struct config_layer *model)
{
	struct builder *build = all->build;
	uint32_t room = 0;

	for (const struct config_layer *l = model->first_child; l != NULL; l = l->next)
		room++;
	all->list = builder_array(build, room + 1, sizeof(*all->list));
	all->key = builder_array(build, room + 1, sizeof(*all->key));
	build->failed |= !name_map_init(&all->by_key, build->arena, room) ||
			 !name_map_init(&all->by_name, build->arena, room) ||
			 !name_map_init(&all->of_class, build->arena, room);
	for (const struct config_layer *l = model->first_child; l != NULL && !build->failed;
			l = l->next) {
		const char *snake = naming_snake(build->arena, l->class_name);

		build->failed |= snake == NULL;
		if (!is_stored(l, model) || build->failed)
			continue;
		all->key[all->count] = numbered(build, snake, naming_count(&all->of_class, snake));
		all->list[all->count] = l;
		name_map_add(&all->by_key, all->key[all->count], all->count);
		name_map_add(&all->by_name, l->name, all->count);
		all->count++;
	}
	return !build->failed;
}

static const char *
stem_of(struct builder *build, const struct tree_node *child)
{
	return builder_text(build, child->component, class_stem(child->component));
}

static bool
count_stems(struct members *all, const struct tree_node *node)
{
	struct builder *build = all->build;
	uint32_t count = 0;

	for (const struct tree_node *c = node->first_child; c != NULL; c = c->next)
		count++;
	build->failed |= !name_map_init(&all->of_stem, build->arena, count);
	for (const struct tree_node *c = node->first_child; c != NULL && !build->failed;
			c = c->next)
		naming_count(&all->of_stem, stem_of(build, c));
	return !build->failed;
}

/* Keras 2.12 and 2.13 count layers with weights in steps of two: where the file has as many of a
 * class as the config, the k-th is the k-th, whatever its number. */
static uint32_t
member_of(struct members *all, const struct tree_node *child, struct name_map *seen)
{
	const char *stem = stem_of(all->build, child);
	uint32_t rank = naming_count(seen, stem);
	uint32_t by_name = child->named ? name_map_get(&all->by_name, child->name) : LADLE_NONE;

	if (by_name != LADLE_NONE)
		return by_name;
	if (child->named)
		return LADLE_NONE;
	if (name_map_get(&all->of_stem, stem) == name_map_get(&all->of_class, stem))
		return name_map_get(&all->by_key, numbered(all->build, stem, rank));
	return name_map_get(&all->by_key, child->component);
}

static void map_parts(struct builder *, struct tree_node *, const struct config_layer *);

/* What the config says stands above what the path lets guess; a name in the file above both. */
static void
take_config(struct builder *build, struct tree_node *node, const struct config_layer *layer)
{
	if (build->config_uses[layer->index] == LAYERS_MAX_SHARED)
		return;
	build->config_uses[layer->index]++;
	node->config = layer;
	if (layer->class_name[0] != '\0') {
		node->class_name = layer->class_name;
		node->class_is_guess = false;
	}
	if (!node->named && layer->name[0] != '\0')
		node->name = layer->name;
	if (layer->is_model)
		config_map_members(build, node, layer);
	else
		map_parts(build, node, layer);
}

/* The child that a wrapper holds under `component`; one `layer` serves both directions. */
static const struct config_layer *
part_of(const struct config_layer *layer, const char *component)
{
	const struct config_layer *shared = NULL;

	for (const struct config_layer *c = layer->first_child; c != NULL; c = c->next) {
		if (strcmp(c->part, component) == 0)
			return c;
		if (strcmp(c->part, "layer") == 0)
			shared = c;
	}
	return strcmp(component, "cell") == 0 || strcmp(component, "cells") == 0 ? NULL : shared;
}

static void
map_parts(struct builder *build, struct tree_node *node, const struct config_layer *layer)
{
	for (struct tree_node *child = node->first_child; child != NULL; child = child->next) {
		const struct config_layer *part = part_of(layer, child->component);

		if (strcmp(child->component, "cells") == 0)
			config_map_members(build, child, layer);
		else if (class_part(child->component) != NULL && part != NULL) {
			bool named = child->named;

			child->named = true; /* the two directions must not share a name */
			take_config(build, child, part);
			child->named = named;
		}
	}
}

/* A member is taken once: a second child that claims it keeps what its own path tells, and stands
 * behind all that the config orders. */
void
config_map_members(struct builder *build, struct tree_node *node, const struct config_layer *model)
{
	struct members all = {.build = build};
	struct name_map seen;
	bool *taken;

	tree_sort(build, node);
	if (!list_members(&all, model) || !count_stems(&all, node))
		return;
	taken = builder_array(build, all.count + 1, sizeof(*taken));
	if (taken == NULL || !name_map_init(&seen, build->arena, all.of_stem.mask)) {
		build->failed = true;
		return;
	}
	for (struct tree_node *c = node->first_child; c != NULL && !build->failed; c = c->next) {
		uint32_t member = member_of(&all, c, &seen);

		if (member == LADLE_NONE || taken[member])
			continue;
		taken[member] = true;
		c->place = member;
		take_config(build, c, all.list[member]);
	}
	tree_sort(build, node);
}
