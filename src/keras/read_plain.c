/* HDF5 that no Keras wrote in a layout known here: groups that hold datasets are listed as layers.
 */
#include "keras/readers.h"

#include <string.h>

static bool
holds_dataset(const struct catalog *catalog, uint32_t group)
{
	const struct catalog_object *objects = catalog->objects;

	for (uint32_t i = objects[group].first_child; i != LADLE_NONE; i = objects[i].next_sibling)
		if (objects[i].kind == CATALOG_DATASET)
			return true;
	return false;
}

void
plain_read(struct builder *build)
{
	const struct catalog_object *objects = build->catalog->objects;

	for (uint32_t i = 0; i < build->catalog->object_count && !build->failed; i++) {
		const char *path = i == ROOT_OBJECT ? "/" : objects[i].path + 1;

		if (objects[i].kind != CATALOG_GROUP || !holds_dataset(build->catalog, i))
			continue;
		builder_layer(build, path, "", path, LADLE_NONE);
		for (uint32_t d = objects[i].first_child; d != LADLE_NONE;
				d = objects[d].next_sibling)
			if (objects[d].kind == CATALOG_DATASET)
				builder_tensor(build, d, objects[d].name, "",
						weight_copied("", "", objects[d].type.dtype) ==
								NULL);
	}
}
