#include "app/layer.h"

#include <string.h>

#include "base/buf.h"

void
layer_name(struct buf *out, const struct ladle_checkpoint *checkpoint, uint32_t layer)
{
	uint32_t parent = checkpoint->layers[layer].parent;

	if (parent != LADLE_NONE) {
		layer_name(out, checkpoint, parent);
		buf_char(out, '/');
	}
	buf_text(out, checkpoint->layers[layer].name);
}

/* Layers whose own names differ cannot be called alike: those are told apart without their parents,
 * but for names that hold a '/'. */
static bool
may_share_name(const struct ladle_layer *a, const struct ladle_layer *b)
{
	return strcmp(a->name, b->name) == 0 || strchr(a->name, '/') != NULL ||
	       strchr(b->name, '/') != NULL;
}

static bool
is_named(const struct ladle_checkpoint *checkpoint, uint32_t layer, const char *name)
{
	struct buf other;

	buf_init(&other);
	layer_name(&other, checkpoint, layer);
	bool same = strcmp(buf_string(&other), name) == 0;
	buf_done(&other);
	return same;
}

void
layer_unique_name(struct buf *out, const struct ladle_checkpoint *checkpoint, uint32_t layer)
{
	const struct ladle_layer *layers = checkpoint->layers;
	struct buf name;

	buf_init(&name);
	layer_name(&name, checkpoint, layer);
	bool unique = true;
	for (uint32_t i = 0; unique && i < checkpoint->layer_count; i++)
		unique = i == layer || !may_share_name(&layers[i], &layers[layer]) ||
			 !is_named(checkpoint, i, buf_string(&name));
	buf_text(out, unique ? buf_string(&name) : layers[layer].path);
	out->failed = out->failed || name.failed;
	buf_done(&name);
}
