#include "keras/builder.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "file/limits.h"
#include "keras/name_map.h"

void
builder_init(struct builder *build, const struct catalog *catalog, struct arena *arena)
{
	*build = (struct builder){.arena = arena, .catalog = catalog};
	build->taken = builder_array(build, catalog->object_count, sizeof(*build->taken));
	/* Also of a file without tensors, so that `tensors + first_tensor` is a pointer. */
	build->tensor_room = 1;
	build->tensors = builder_array(build, build->tensor_room, sizeof(*build->tensors));
}

void *
builder_array(struct builder *build, size_t count, size_t size)
{
	void *array = build->failed ? NULL : arena_array(build->arena, count, size);

	build->failed |= array == NULL;
	return array;
}

const char *
builder_text(struct builder *build, const char *text, size_t length)
{
	char *copy = build->failed ? NULL : arena_text(build->arena, text, length);

	build->failed |= copy == NULL;
	return copy == NULL ? "" : copy;
}

const char *
builder_join(struct builder *build, const char *a, char between, const char *b)
{
	char *copy = build->failed ? NULL : arena_format(build->arena, "%s%c%s", a, between, b);

	build->failed |= copy == NULL;
	return copy == NULL ? "" : copy;
}

/* Room for one more element behind `count`; the array may move. */
static void *
grown(struct builder *build, void *array, uint32_t count, uint32_t *room, size_t size)
{
	uint32_t more = *room == 0 ? 16 : *room * 2;
	void *larger;

	if (count < *room || build->failed)
		return array;
	larger = builder_array(build, more, size);
	if (larger == NULL)
		return array;
	if (count > 0)
		memcpy(larger, array, count * size);
	*room = more;
	return larger;
}

uint32_t
builder_layer(struct builder *build, const char *name, const char *class_name, const char *path,
		uint32_t parent)
{
	build->layers = grown(build, build->layers, build->layer_count, &build->layer_room,
			sizeof(*build->layers));
	if (build->failed)
		return LADLE_NONE;
	build->layers[build->layer_count] = (struct ladle_layer){
			.config = LADLE_NONE,
			.name = name,
			.class_name = class_name,
			.path = path,
			.parent = parent,
			.first_tensor = build->tensor_count,
	};
	return build->layer_count++;
}

/* A path alone says too little where the checkpoint is several files. */
static const char *
object_name(struct builder *build, const struct catalog_object *data)
{
	return data->shard == NULL ? data->path : builder_join(build, data->shard, ':', data->path);
}

void
builder_tensor(struct builder *build, uint32_t object, const char *name, const char *role,
		bool averaged)
{
	const struct catalog_object *data = &build->catalog->objects[object];

	build->tensors = grown(build, build->tensors, build->tensor_count, &build->tensor_room,
			sizeof(*build->tensors));
	if (build->failed || build->layer_count == 0)
		return;
	build->tensors[build->tensor_count++] = (struct ladle_tensor){
			.name = name,
			.object = object_name(build, data),
			.role = role,
			.layer = build->layer_count - 1,
			.dataset = object,
			.dtype = data->type.dtype,
			.rank = data->rank,
			.shape = data->dims,
			.count = data->count,
			.averaged = averaged,
			.refused = data->refused,
	};
	build->layers[build->layer_count - 1].tensor_count++;
}

void
builder_finding(struct builder *build, enum ladle_finding_code code, const char *format, ...)
{
	char text[1024];
	va_list args;

	if (build->finding_count > LAYERS_MAX_FINDINGS)
		return;
	if (build->finding_count == LAYERS_MAX_FINDINGS)
		format = "there are more faults than are listed here";
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	build->findings = grown(build, build->findings, build->finding_count, &build->finding_room,
			sizeof(*build->findings));
	if (build->failed)
		return;
	build->findings[build->finding_count++] = (struct ladle_finding){
			.code = code,
			.checkpoint = LADLE_NONE,
			.text = builder_text(build, text, strlen(text)),
	};
}

bool
builder_take(struct builder *build, uint32_t object)
{
	if (build->failed || build->taken[object])
		return false;
	build->taken[object] = true;
	return true;
}

static void
unique_paths(struct builder *build)
{
	struct unique_names names;

	if (build->failed || !unique_names_init(&names, build->arena, build->layer_count)) {
		build->failed = true;
		return;
	}
	for (uint32_t i = 0; i < build->layer_count; i++) {
		build->layers[i].path = unique_name(&names, build->layers[i].path, '~');
		build->failed |= build->layers[i].path == NULL;
	}
}

/* Keras itself writes contiguous data without filters. */
static void
report_data(struct builder *build)
{
	uint32_t repacked = 0;

	for (uint32_t i = 0; i < build->tensor_count; i++) {
		const struct ladle_tensor *tensor = &build->tensors[i];

		repacked += build->catalog->objects[tensor->dataset].storage == CATALOG_CHUNKED;
		if (tensor->refused != NULL)
			builder_finding(build, LADLE_F_UNREADABLE, "%s cannot be read: %s",
					tensor->object, tensor->refused);
	}
	if (repacked > 0)
		builder_finding(build, LADLE_F_FORMAT,
				"%u of %u tensors are chunked: the file was repacked by another "
				"tool",
				repacked, build->tensor_count);
}

/* Claimed extents may be anything: the sum stays at its limit instead of going round. */
static uint64_t
parameters(const struct builder *build)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < build->tensor_count; i++)
		if (__builtin_add_overflow(sum, build->tensors[i].count, &sum))
			return UINT64_MAX;
	return sum;
}

/* Bytes of all names as they are shown: those of tensors behind those of their layers, these behind
 * those of what they are nested in. A few long names repeat below all that they hold. */
static uint64_t
name_bytes(struct builder *build)
{
	uint64_t *above = builder_array(build, build->layer_count + 1, sizeof(*above)), sum = 0;

	for (uint32_t i = 0; i < build->layer_count && !build->failed; i++) {
		const struct ladle_layer *layer = &build->layers[i];

		above[i] = strlen(layer->name) + 1;
		if (layer->parent != LADLE_NONE)
			above[i] += above[layer->parent];
		sum += above[i] * (layer->tensor_count + 1);
	}
	for (uint32_t i = 0; i < build->tensor_count && !build->failed; i++)
		sum += strlen(build->tensors[i].name);
	return sum;
}

enum ladle_status
builder_finish(struct builder *build, struct ladle_checkpoint *out, struct ladle_error *err)
{
	uint64_t bytes = name_bytes(build);

	if (bytes > LAYERS_MAX_NAMES)
		return ladle_fail(err, LADLE_E_INPUT, NULL,
				"the names of its layers, with what these are nested in, have %llu "
				"bytes (the limit is %llu)",
				(unsigned long long)bytes, (unsigned long long)LAYERS_MAX_NAMES);
	unique_paths(build);
	report_data(build);
	if (build->failed)
		return ladle_fail(err, LADLE_E_MEMORY, NULL, "no memory for the layers");
	out->layers = build->layers;
	out->layer_count = build->layer_count;
	out->tensors = build->tensors;
	out->tensor_count = build->tensor_count;
	out->findings = build->findings;
	out->finding_count = build->finding_count;
	out->parameters = parameters(build);
	return LADLE_OK;
}
