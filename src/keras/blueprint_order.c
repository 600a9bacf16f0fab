/* The order of a legacy file: layer.trainable_weights, then layer.non_trainable_weights. A weight
 * that is reached twice stands where it is reached first. */
#include "keras/blueprint.h"

struct order {
	const struct blueprint_weight **list;
	uint32_t count;
};

static void
add_weight(struct order *order, struct blueprint_weight *weight)
{
	if (weight->same != NULL)
		weight = weight->same;
	if (weight->listed)
		return;
	weight->listed = true;
	order->list[order->count++] = weight;
}

static void
add_own(struct order *order, const struct blueprint_object *object, bool fixed)
{
	for (uint32_t i = 0; i < object->count; i++)
		if (object->weights[i].fixed == fixed)
			add_weight(order, &object->weights[i]);
}

/* ---- Keras 2: each object asks those in it; engine/base_layer.py, engine/training.py ---- */

static void
gather_trained(struct order *order, const struct blueprint_object *object)
{
	if (!object->trainable)
		return;
	if (!object->is_model)
		add_own(order, object, false);
	for (const struct blueprint_object *o = object->first_child; o != NULL; o = o->next)
		gather_trained(order, o);
	if (object->is_model)
		add_own(order, object, false);
}

static void gather_rest(struct order *, const struct blueprint_object *);

/* A frozen model lists what its layers train before the rest. */
static void
gather_rest_of_model(struct order *order, const struct blueprint_object *model)
{
	for (const struct blueprint_object *o = model->first_child; !model->trainable && o != NULL;
			o = o->next)
		gather_trained(order, o);
	if (!model->trainable)
		add_own(order, model, false);
	for (const struct blueprint_object *o = model->first_child; o != NULL; o = o->next)
		gather_rest(order, o);
	add_own(order, model, true);
}

static void
gather_rest(struct order *order, const struct blueprint_object *object)
{
	if (object->is_model) {
		gather_rest_of_model(order, object);
		return;
	}
	if (!object->trainable)
		add_own(order, object, false);
	add_own(order, object, true);
	for (const struct blueprint_object *o = object->first_child; o != NULL; o = o->next) {
		if (!object->trainable)
			gather_trained(order, o);
		gather_rest(order, o);
	}
}

/* ---- Keras 3: layer.weights, of which those that are trained come first; layers/layer.py ---- */

enum wanted { TRAINED, REST, ALL };

static void
gather_weights(struct order *order, const struct blueprint_object *object, bool trained,
		enum wanted wanted)
{
	for (int fixed = 0; fixed <= 1; fixed++)
		if (wanted == ALL || (trained && !fixed) == (wanted == TRAINED))
			add_own(order, object, fixed);
	for (const struct blueprint_object *o = object->first_child; o != NULL; o = o->next)
		gather_weights(order, o, trained && o->trainable, wanted);
}

uint32_t
blueprint_list(const struct keras_era *era, struct blueprint_object *object,
		const struct blueprint_weight **list)
{
	struct order order = {.list = list};

	for (struct blueprint_object *o = object; o != NULL; o = blueprint_next(object, o))
		for (uint32_t i = 0; i < o->count; i++)
			o->weights[i].listed = false;
	if (era->major < 3) {
		gather_trained(&order, object);
		gather_rest(&order, object);
	} else if (object->trainable) {
		gather_weights(&order, object, true, TRAINED);
		gather_weights(&order, object, true, REST);
	} else {
		gather_weights(&order, object, false, ALL);
	}
	return order.count;
}

uint32_t
blueprint_count(const struct blueprint_object *object)
{
	uint32_t count = 0;

	for (const struct blueprint_object *o = object; o != NULL; o = blueprint_next(object, o))
		count += o->count;
	return count;
}
