/* Catalogs with other objects, names, attributes and extents, drawn from Keras's own words. */
#include "mutate.h"

#include <stdlib.h>
#include <string.h>

#include "base/dtype.h"
#include "file/catalog.h"

enum { MAX_ATTRS = 32, MAX_TWIGS = 4096, MAX_LISTED = 1024, MAX_NESTING = 48, PATH_ROOM = 512 };

/* One object of the catalog that is being made. Several may share a child. */
struct twig {
	const char *name;
	struct catalog_object object; /* all but its place */
	struct catalog_attr attr[MAX_ATTRS];
	uint32_t attr_count;
	struct twig **child;
	uint32_t count, room;
};

struct garden {
	struct arena arena;
	struct dice dice;
	struct twig *list[MAX_TWIGS]; /* all, the root first */
	uint32_t count;
	const char *config;
	size_t config_length;
	enum catalog_container container;
};

#define COUNT(array) ((uint32_t)(sizeof(array) / sizeof((array)[0])))

static const char *const names[] = {
		"layers",
		"vars",
		"0",
		"1",
		"2",
		"10",
		"layer_0",
		"layer_1",
		"param_0",
		"param_1",
		"graph",
		"model_weights",
		"optimizer",
		"optimizer_weights",
		"top_level_model_weights",
		"_layer_checkpoint_dependencies",
		"layers\\dense",
		"layers\\dense\\vars",
		"kernel:0",
		"bias:0",
		"gamma:0",
		"moving_mean:0",
		"dense_1_W",
		"dense_1_b",
		"lstm_1_W_i",
		"kernel",
		"_kernel",
		"kernel_scale",
		"functional",
		"model",
		"dense_1",
		"dense_2",
		"dense_3",
		"conv2d_1",
		"a",
		"b",
		"encoder",
		"query",
		"blocks",
		"seed_generator",
		"dense~2",
		"a\\b\\c\\d",
#define PART(component, name, class_name) component,
#include "keras/classes.def"
#define CLASS(name, snake, kind, ...) snake,
#include "keras/classes.def"
#define ROLE(name, role, reason) name,
#include "keras/classes.def"
};

static const char *const attrs[] = {"layer_names", "layer_names0", "layer_names1", "weight_names",
		"weight_names0", "weight_names1", "weight_names2", "name", "keras_version",
		"backend", "model_config", "nb_layers", "nb_params", "ladle_recipe"};

static const char *const texts[] = {"", "3.6.0", "2.4.0", "1.2.2", "tensorflow", "theano", "dense",
		"dense_1", "dense/kernel:0", "/", "a/b/c/d/e/f/g/h/kernel:0"};

static const char *
any_name(struct garden *g)
{
	return names[dice_roll(&g->dice, COUNT(names))];
}

static struct twig *
any_twig(struct garden *g)
{
	return g->list[dice_roll(&g->dice, g->count)];
}

/* ---- growing ---- */

static struct twig *
twig_new(struct garden *g, const char *name)
{
	struct twig *twig = g->count < MAX_TWIGS ? arena_array(&g->arena, 1, sizeof(*twig)) : NULL;

	if (twig == NULL)
		return NULL;
	twig->name = name;
	g->list[g->count++] = twig;
	return twig;
}

static void
twig_add(struct garden *g, struct twig *twig, struct twig *child)
{
	if (child == NULL || twig->object.kind == CATALOG_DATASET)
		return;
	if (twig->count == twig->room) {
		uint32_t room = twig->room * 2 + 4;
		struct twig **more = arena_array(&g->arena, room, sizeof(struct twig *));

		if (more == NULL)
			return;
		if (twig->count > 0)
			memcpy(more, twig->child, twig->count * sizeof(struct twig *));
		twig->child = more;
		twig->room = room;
	}
	twig->child[twig->count++] = child;
}

static struct twig *
twig_import(struct garden *g, const struct catalog *catalog, uint32_t index)
{
	const struct catalog_object *object = &catalog->objects[index];
	struct twig *twig = twig_new(g, object->name);

	if (twig == NULL)
		return NULL;
	twig->object = *object;
	for (uint32_t i = 0; i < object->attr_count && i < MAX_ATTRS; i++)
		twig->attr[twig->attr_count++] = object->attrs[i];
	for (uint32_t c = object->first_child; c != LADLE_NONE;
			c = catalog->objects[c].next_sibling)
		twig_add(g, twig, twig_import(g, catalog, c));
	return twig;
}

/* ---- attributes ---- */

static void
set_strings(struct garden *g, struct twig *twig, const char *name, const char **strings,
		uint64_t count)
{
	size_t *lengths = arena_array(&g->arena, (size_t)count + 1, sizeof(*lengths));
	uint64_t *dims = arena_array(&g->arena, 1, sizeof(*dims));
	uint32_t at = 0;

	if (lengths == NULL || dims == NULL)
		return;
	while (at < twig->attr_count && strcmp(twig->attr[at].name, name) != 0)
		at++;
	if (at == MAX_ATTRS)
		return;
	twig->attr_count += at == twig->attr_count;
	*dims = count;
	for (uint64_t i = 0; i < count; i++)
		lengths[i] = strlen(strings[i]);
	twig->attr[at] = (struct catalog_attr){
			.name = name,
			.type = {.dtype = LADLE_STRING, .variable = true},
			.rank = 1,
			.dims = dims,
			.count = count,
			.strings = strings,
			.lengths = lengths,
	};
}

/* Names of all children, in an order of chance, some twice. */
static void
list_children(struct garden *g, struct twig *twig)
{
	const char **list = arena_array(&g->arena, twig->count + 1, sizeof(*list));
	uint32_t first = dice_roll(&g->dice, twig->count + 1);
	uint32_t step = 1 + dice_roll(&g->dice, 3);

	if (list == NULL || twig->count == 0)
		return;
	for (uint32_t i = 0; i < twig->count; i++)
		list[i] = twig->child[(first + i * step) % twig->count]->name;
	set_strings(g, twig, "layer_names", list, twig->count);
}

struct listing {
	struct garden *garden;
	const char **list;
	uint32_t count;
};

static void
list_below(struct listing *out, const struct twig *twig, const char *path, int depth)
{
	for (uint32_t i = 0; i < twig->count && depth < 8 && out->count < MAX_LISTED; i++) {
		const char *below = arena_format(&out->garden->arena, "%s%s%s", path,
				path[0] == '\0' ? "" : "/", twig->child[i]->name);

		if (below == NULL || strlen(below) > PATH_ROOM)
			return;
		if (twig->child[i]->object.kind == CATALOG_DATASET)
			out->list[out->count++] = below;
		else
			list_below(out, twig->child[i], below, depth + 1);
	}
}

/* Paths of the datasets below, all of them in one attribute or half of them in a second part. */
static void
list_weights(struct garden *g, struct twig *twig)
{
	struct listing out = {.garden = g};
	uint32_t half;

	out.list = arena_array(&g->arena, MAX_LISTED, sizeof(*out.list));
	if (out.list == NULL)
		return;
	list_below(&out, twig, "", 0);
	half = dice_roll(&g->dice, 4) == 0 ? out.count / 2 : out.count;
	set_strings(g, twig, half < out.count ? "weight_names0" : "weight_names", out.list, half);
	if (half < out.count)
		set_strings(g, twig, "weight_names1", out.list + half, out.count - half);
}

static void
change_attr(struct garden *g, struct twig *twig)
{
	const char **list = arena_array(&g->arena, 2, sizeof(*list));

	if (list == NULL)
		return;
	if (twig->attr_count > 0 && dice_roll(&g->dice, 2) == 0) {
		struct catalog_attr *attr = &twig->attr[dice_roll(&g->dice, twig->attr_count)];

		if (dice_roll(&g->dice, 2) == 0)
			*attr = twig->attr[--twig->attr_count];
		else
			attr->name = attrs[dice_roll(&g->dice, COUNT(attrs))];
		return;
	}
	list[0] = dice_roll(&g->dice, 2) == 0 ? any_name(g)
					      : texts[dice_roll(&g->dice, COUNT(texts))];
	set_strings(g, twig, attrs[dice_roll(&g->dice, COUNT(attrs))], list,
			dice_roll(&g->dice, 8) > 0);
}

/* ---- objects ---- */

static void
change_dataset(struct garden *g, struct twig *twig)
{
	static const uint64_t extents[] = {0, 1, 2, 3, 4, 8, 12, 16, 1000, UINT64_C(1) << 33};
	uint64_t *dims = arena_array(&g->arena, LADLE_MAX_RANK, sizeof(*dims));
	enum ladle_dtype dtype = (enum ladle_dtype)dice_roll(&g->dice, LADLE_OTHER + 1);

	if (dims == NULL)
		return;
	if (dice_roll(&g->dice, 2) == 0)
		dtype = LADLE_FLOAT32;
	for (int i = 0; i < LADLE_MAX_RANK; i++)
		dims[i] = extents[dice_roll(&g->dice, COUNT(extents))];
	twig->object.kind = CATALOG_DATASET;
	twig->object.rank = (int)dice_roll(&g->dice, dice_roll(&g->dice, 16) == 0 ? 33 : 5);
	twig->object.dims = dims;
	twig->object.type = (struct catalog_type){.dtype = dtype};
	twig->object.storage = (enum catalog_storage)dice_roll(&g->dice, 4);
	twig->object.refused = dice_roll(&g->dice, 8) == 0 ? "its values are lost" : NULL;
}

static void
add_twig(struct garden *g, struct twig *twig)
{
	struct twig *child = twig_new(g, any_name(g));

	if (child != NULL && dice_roll(&g->dice, 2) == 0)
		change_dataset(g, child);
	twig_add(g, twig, child);
}

static void
remove_twig(struct garden *g, struct twig *twig)
{
	uint32_t at;

	if (twig->count == 0)
		return;
	at = dice_roll(&g->dice, twig->count--);
	twig->child[at] = twig->child[twig->count];
}

static void
rename_twig(struct garden *g, struct twig *twig)
{
	if (twig->count > 0)
		twig->child[dice_roll(&g->dice, twig->count)]->name = any_name(g);
}

/* Also below itself: growing out stops at the limits of export. */
static void
graft_twig(struct garden *g, struct twig *twig)
{
	struct twig *from = any_twig(g), *copy = twig_new(g, any_name(g));

	if (copy == NULL)
		return;
	*copy = *from;
	copy->name = dice_roll(&g->dice, 2) == 0 ? from->name : any_name(g);
	twig_add(g, twig, copy);
}

static void
change_dims(struct garden *g, struct twig *twig)
{
	if (twig->object.kind == CATALOG_DATASET)
		change_dataset(g, twig);
	else if (twig->count > 0)
		change_dataset(g, twig->child[dice_roll(&g->dice, twig->count)]);
}

static void
change_config(struct garden *g, struct twig *twig)
{
	size_t room = g->config_length + 1024;
	char *text = arena_array(&g->arena, room, 1);

	(void)twig;
	if (text == NULL)
		return;
	if (g->config != NULL)
		memcpy(text, g->config, g->config_length);
	g->config_length = mutate_json(text, g->config_length, room, &g->dice);
	g->config = dice_roll(&g->dice, 16) == 0 ? NULL : text;
	g->container = dice_roll(&g->dice, 4) == 0 ? CATALOG_H5 : CATALOG_ZIP;
}

static void (*const changes[])(struct garden *, struct twig *) = {add_twig, remove_twig,
		rename_twig, graft_twig, graft_twig, change_attr, list_children, list_weights,
		change_dims, change_config};

/* ---- back to a catalog ---- */

static int
compare_twigs(const void *a, const void *b)
{
	return strcmp((*(struct twig *const *)a)->name, (*(struct twig *const *)b)->name);
}

static uint32_t
export_object(struct catalog *out, const struct twig *twig, uint32_t parent)
{
	const struct catalog_object *from = &twig->object;
	struct catalog_type type = from->type;
	struct catalog_object *object;
	uint32_t at;

	if (from->kind == CATALOG_GROUP)
		return catalog_add_group(out, parent, twig->name);
	if (dtype_size(type.dtype) > 0)
		type.size = (uint32_t)dtype_size(type.dtype);
	at = catalog_add_dataset(out, parent, twig->name, type, from->rank, from->dims);
	if (at == LADLE_NONE)
		return at;
	object = &out->objects[at];
	object->storage = from->storage;
	object->refused = from->refused;
	if (type.dtype >= LADLE_STRING || object->count >= UINT64_C(1) << 40)
		object->refused = "it holds no numbers";
	return at;
}

static void
export_attrs(struct catalog *out, const struct twig *twig, uint32_t at)
{
	for (uint32_t i = 0; i < twig->attr_count; i++) {
		const struct catalog_attr *from = &twig->attr[i];
		struct catalog_attr *attr = catalog_add_attr(
				out, at, from->name, from->type, from->rank, from->dims);

		if (attr == NULL)
			return;
		attr->strings = from->strings;
		attr->lengths = from->lengths;
		attr->numbers = from->numbers;
		attr->refused = from->refused;
	}
}

/* Siblings in order, each name once, as the decoder wants them. */
static void
export_twig(struct catalog *out, struct twig *twig, uint32_t parent, int depth)
{
	uint32_t at = export_object(out, twig, parent);
	const char *last = "";

	if (at == LADLE_NONE)
		return;
	export_attrs(out, twig, at);
	if (twig->object.kind != CATALOG_GROUP)
		return;
	if (twig->count > 1)
		qsort(twig->child, twig->count, sizeof(struct twig *), compare_twigs);
	for (uint32_t i = 0; i < twig->count; i++) {
		const char *name = twig->child[i]->name;

		if (depth > MAX_NESTING || out->object_count > MAX_TWIGS)
			return;
		if (strcmp(name, last) == 0 || strchr(name, '/') != NULL)
			continue;
		last = name;
		export_twig(out, twig->child[i], at, depth + 1);
	}
}

static size_t
export_garden(struct garden *g, uint8_t *data, size_t size, size_t most)
{
	struct catalog out;
	struct buf bytes;

	catalog_init(&out);
	buf_init(&bytes);
	out.length = UINT64_C(1) << 62;
	out.container = g->container;
	out.config = g->config;
	out.config_length = g->config_length;
	export_twig(&out, g->list[0], LADLE_NONE, 0);
	catalog_encode(&out, &bytes);
	if (!bytes.failed && bytes.length <= most) {
		memcpy(data, bytes.data, bytes.length);
		size = bytes.length;
	}
	buf_done(&bytes);
	catalog_done(&out);
	return size;
}

static size_t
mutate_garden(struct garden *g, const struct catalog *catalog, uint8_t *data, size_t size,
		size_t most)
{
	uint32_t times = 1 + dice_roll(&g->dice, 6);

	if (catalog->object_count > 0)
		twig_import(g, catalog, 0);
	else
		twig_new(g, "");
	if (g->count == 0)
		return size;
	for (uint32_t i = 0; i < times; i++)
		changes[dice_roll(&g->dice, COUNT(changes))](g, any_twig(g));
	return export_garden(g, data, size, most);
}

/* One in eight times the bytes themselves: the decoder must stand that too. */
size_t
LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed)
{
	static struct garden garden;
	struct catalog catalog;
	struct ladle_error err;

	garden.dice.state = seed;
	if (dice_roll(&garden.dice, 8) == 0)
		return LLVMFuzzerMutate(data, size, most);
	if (catalog_decode(&catalog, data, size, &err) != LADLE_OK)
		catalog_init(&catalog);
	arena_init(&garden.arena);
	garden.count = 0;
	garden.config = catalog.config;
	garden.config_length = catalog.config_length;
	garden.container = catalog.container;
	size = mutate_garden(&garden, &catalog, data, size, most);
	arena_done(&garden.arena);
	catalog_done(&catalog);
	return size;
}
