#include "keras/quantised.h"

#include <string.h>

/* What stands in a place of Keras's variable_serialization_spec. */
enum stored {
	PACKED,          /* a matrix of int8 */
	PACKED_UNSIGNED, /* of uint8: how GPTQ and AWQ are told from what Keras packs itself */
	BYTES,
	NUMBERS,
	MATRIX,
	SCALAR,
	VECTOR
};

enum { SPEC_MAX = 8 };

/* A mode with all that it may store, in order; what the layer has not is left out, and the
 * later ones move up. */
struct spec {
	const char *mode;
	struct {
		const char *role;
		enum stored stored;
		bool may_be_absent;
	} list[SPEC_MAX];
};

/* Those that bind tighter come first: the first that takes all weights decides. */
static const struct spec specs[] = {
		{"int4", {{"kernel", PACKED, false}, {"bias", NUMBERS, true},
					 {"kernel_scale", NUMBERS, false},
					 {"kernel_zero", BYTES, false}, {"g_idx", VECTOR, false}}},
		{"int8", {{"kernel", PACKED, false}, {"bias", NUMBERS, true},
					 {"kernel_scale", NUMBERS, false}}},
		{"int4", {{"embeddings", PACKED, false}, {"embeddings_scale", MATRIX, false},
					 {"embeddings_zero", BYTES, false},
					 {"g_idx", VECTOR, false}}},
		{"int4", {{"embeddings", PACKED, false}, {"embeddings_scale", MATRIX, false},
					 {"embeddings_zero", BYTES, false},
					 {"g_idx", VECTOR, false},
					 {"reverse_embeddings", PACKED, false},
					 {"reverse_embeddings_scale", NUMBERS, false},
					 {"reverse_embeddings_zero", BYTES, true}}},
		{"int8", {{"embeddings", PACKED, false}, {"embeddings_scale", NUMBERS, false}}},
		{"int8", {{"embeddings", PACKED, false}, {"embeddings_scale", NUMBERS, false},
					 {"reverse_embeddings", PACKED, false},
					 {"reverse_embeddings_scale", NUMBERS, false}}},
		{"gptq", {{"bias", NUMBERS, true}, {"quantized_kernel", PACKED_UNSIGNED, false},
					 {"kernel_scale", NUMBERS, false},
					 {"kernel_zero", BYTES, false}, {"g_idx", VECTOR, false}}},
		{"awq", {{"bias", NUMBERS, true}, {"quantized_kernel", PACKED_UNSIGNED, false},
					{"kernel_scale", NUMBERS, false},
					{"kernel_zero", BYTES, false},
					{"awq_scales", VECTOR, false}, {"g_idx", VECTOR, false}}},
		{"float8", {{"kernel", NUMBERS, false}, {"bias", NUMBERS, true},
					   {"inputs_scale", SCALAR, false},
					   {"inputs_amax_history", VECTOR, false},
					   {"kernel_scale", SCALAR, false},
					   {"kernel_amax_history", VECTOR, false},
					   {"outputs_grad_scale", SCALAR, false},
					   {"outputs_grad_amax_history", VECTOR, false}}},
};

static const struct catalog_object *
object_of(const struct builder *build, const struct tree_weight *weight)
{
	return &build->catalog->objects[weight->object];
}

static bool
is_bytes(const struct catalog_object *object)
{
	return object->type.dtype == LADLE_INT8 || object->type.dtype == LADLE_UINT8;
}

static bool
is_packed(const struct catalog_object *object)
{
	return is_bytes(object) && object->rank >= 2;
}

static bool
holds(const struct catalog_object *object, enum stored stored)
{
	if (stored == PACKED || stored == PACKED_UNSIGNED)
		return object->rank >= 2 &&
		       object->type.dtype == (stored == PACKED ? LADLE_INT8 : LADLE_UINT8);
	if (is_bytes(object) || stored == BYTES)
		return is_bytes(object) && stored == BYTES;
	if (stored == NUMBERS)
		return true;
	return object->rank == (stored == MATRIX ? 2 : stored == VECTOR);
}

static uint32_t
length_of(const struct spec *spec)
{
	uint32_t length = 0;

	while (length < SPEC_MAX && spec->list[length].role != NULL)
		length++;
	return length;
}

/* At most one place of a spec is absent. */
static bool
fits(const struct builder *build, const struct tree_node *node, const struct spec *spec,
		const char **roles)
{
	uint32_t length = length_of(spec), place = 0, i = 0;
	bool skip = node->own_count + 1 == length;

	if (node->own_count != length && !skip)
		return false;
	for (const struct tree_weight *w = node->first; w != NULL; w = w->next, place++, i++) {
		if (skip && spec->list[place].may_be_absent) {
			place++;
			skip = false;
		}
		if (place == length || !holds(object_of(build, w), spec->list[place].stored))
			return false;
		if (roles != NULL)
			roles[i] = spec->list[place].role;
	}
	return true;
}

/* A packed layer of a form that is not known: the matrix of bytes is what it is all about. */
static void
roles_of_unknown(const struct builder *build, const struct tree_node *node, const char **roles)
{
	bool found = false;
	uint32_t i = 0;

	for (const struct tree_weight *w = node->first; w != NULL; w = w->next, i++) {
		bool packed = !found && is_packed(object_of(build, w));

		if (roles != NULL)
			roles[i] = packed ? "kernel" : "";
		found |= packed;
	}
}

static bool
is_embedding(const struct tree_node *node)
{
	return strstr(node->class_name, "Embedding") != NULL;
}

bool
quantised_roles(const struct builder *build, const struct tree_node *node, const char **roles)
{
	for (size_t i = 0; i < sizeof(specs) / sizeof(specs[0]); i++) {
		bool table = strcmp(specs[i].list[0].role, "embeddings") == 0;

		if (table == is_embedding(node) && fits(build, node, &specs[i], roles))
			return true;
	}
	if (!quantised_kernel(build, node))
		return false;
	roles_of_unknown(build, node, roles);
	return true;
}

bool
quantised_kernel(const struct builder *build, const struct tree_node *node)
{
	for (const struct tree_weight *w = node->first; w != NULL; w = w->next)
		if (is_packed(object_of(build, w)))
			return true;
	return false;
}

/* ---- the finding ---- */

static const char *
mode_of(const struct tree_node *node, const char *const *roles)
{
	if (node->config != NULL && node->config->dtype[0] != '\0')
		return node->config->dtype;
	for (uint32_t i = 0; i < node->own_count; i++) {
		if (strstr(roles[i], "amax_history") != NULL)
			return "float8";
		if (strstr(roles[i], "_zero") != NULL)
			return "4 bits";
	}
	return "8 bits";
}

void
quantised_note(struct builder *build, const struct tree_node *node, const char *const *roles)
{
	bool scaled = false;

	for (uint32_t i = 0; i < node->own_count; i++)
		scaled = scaled || strstr(roles[i], "amax_history") != NULL;
	if (quantised_kernel(build, node)) {
		if (build->packed_layers++ == 0)
			build->packed_mode = mode_of(node, roles);
	} else if (scaled) {
		build->float8_layers++;
	}
}

void
quantised_report(struct builder *build)
{
	uint32_t packed = build->packed_layers, scaled = build->float8_layers;

	if (packed > 0)
		builder_finding(build, LADLE_F_COPIED,
				"%u layer%s quantised (%s): compared and copied, never averaged",
				packed, packed == 1 ? " is" : "s are", build->packed_mode);
	if (scaled > 0)
		builder_finding(build, LADLE_F_COPIED,
				"%u layer%s with float8: kernels are averaged, their scales copied",
				scaled, scaled == 1 ? " computes" : "s compute");
}
