#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "file/h5_source.h"
#include "file/h5_window.h"
#include "file/limits.h"

/* The walk goes in pre-order with a stack of its own: H5Ovisit needs minutes for 20,000 nested
 * groups, and recursion needs the stack that a file asks for. Links are listed first, then sorted,
 * then opened by address: opening by name would look each one up again, and would read "." as the
 * group itself.
 *
 * What is wrong with one object refuses that object; what is wrong with a group refuses the
 * file, because nobody could tell which tensors are missing. */

/* One entry of a group. */
struct link {
	char *name;
	haddr_t address; /* of hard links */
	bool hard, external;
};

/* A group on the way from the root to where the walk is. */
struct frame {
	hid_t group;
	uint32_t object;
	struct link *links;
	size_t count, capacity, next;
};

/* Addresses of groups that were entered: a group that is linked twice is entered once, so a cycle
 * ends. Open addressing; 0 is no address of a group (the superblock lies there). */
struct visited {
	haddr_t *slots;
	size_t size, count;
};

struct walk {
	struct h5_source *source;
	struct catalog *catalog;
	struct ladle_error *err;
	struct frame frames[CATALOG_MAX_DEPTH];
	int depth;
	struct visited visited;
	uint64_t attr_budget, link_budget;
};

/* ---- groups entered -------------------------------------------------------------------------- */

static bool
visited_grow(struct visited *visited)
{
	struct visited bigger = {.size = visited->size ? visited->size * 2 : 1024};
	bigger.slots = calloc(bigger.size, sizeof *bigger.slots);
	if (!bigger.slots)
		return false;
	for (size_t i = 0; i < visited->size; i++) {
		if (!visited->slots[i])
			continue;
		size_t at = (visited->slots[i] >> 3) & (bigger.size - 1);
		while (bigger.slots[at])
			at = (at + 1) & (bigger.size - 1);
		bigger.slots[at] = visited->slots[i];
	}
	bigger.count = visited->count;
	free(visited->slots);
	*visited = bigger;
	return true;
}

/* true: was there already. Without memory everything was. */
static bool
visit(struct visited *visited, haddr_t address)
{
	if (visited->count * 2 >= visited->size && !visited_grow(visited))
		return true;
	size_t at = (address >> 3) & (visited->size - 1);
	for (; visited->slots[at]; at = (at + 1) & (visited->size - 1))
		if (visited->slots[at] == address)
			return true;
	visited->slots[at] = address;
	visited->count++;
	return false;
}

/* ---- the links of one group ------------------------------------------------------------------ */

struct listing {
	struct walk *walk;
	struct frame *frame;
	const char *fault;
};

static bool
grow_links(struct frame *frame)
{
	size_t capacity = frame->capacity ? frame->capacity * 2 : 16;
	struct link *links = realloc(frame->links, capacity * sizeof *links);
	if (!links)
		return false;
	frame->links = links;
	frame->capacity = capacity;
	return true;
}

static const char *
check_name(struct walk *walk, const char *name)
{
	size_t length = strlen(name);
	if (length == 0 || strchr(name, '/'))
		return "holds an object whose name is empty or has a slash";
	if (length > CATALOG_MAX_NAME)
		return "holds an object with a name of more than 4096 bytes";
	if (walk->link_budget < length + sizeof(struct link))
		return "holds too many objects";
	walk->link_budget -= length + sizeof(struct link);
	return NULL;
}

static herr_t
take_link(hid_t group, const char *name, const H5L_info_t *info, void *arg)
{
	(void)group;
	struct listing *listing = arg;
	struct frame *frame = listing->frame;
	listing->fault = check_name(listing->walk, name);
	if (listing->fault)
		return -1;
	struct link link = {
			.hard = info->type == H5L_TYPE_HARD,
			.external = info->type == H5L_TYPE_EXTERNAL,
			.address = info->type == H5L_TYPE_HARD ? info->u.address : HADDR_UNDEF,
			.name = strdup(name),
	};
	if (!link.name || (frame->count == frame->capacity && !grow_links(frame))) {
		free(link.name);
		listing->fault = "holds more objects than fit into memory";
		return -1;
	}
	frame->links[frame->count++] = link;
	return 0;
}

static int
compare_links(const void *a, const void *b)
{
	return strcmp(((const struct link *)a)->name, ((const struct link *)b)->name);
}

/* Names ascend in a sound file, and none is there twice. */
static const char *
sort_links(struct frame *frame)
{
	size_t sorted = 1;
	while (sorted < frame->count &&
			compare_links(&frame->links[sorted - 1], &frame->links[sorted]) < 0)
		sorted++;
	if (sorted >= frame->count)
		return NULL;
	qsort(frame->links, frame->count, sizeof *frame->links, compare_links);
	for (size_t i = 1; i < frame->count; i++)
		if (!strcmp(frame->links[i - 1].name, frame->links[i].name))
			return "holds two objects of one name";
	return NULL;
}

static void
leave_group(struct walk *walk)
{
	struct frame *frame = &walk->frames[--walk->depth];
	for (size_t i = 0; i < frame->count; i++)
		free(frame->links[i].name);
	free(frame->links);
	H5Gclose(frame->group);
}

/* The frame owns `group` from here on. */
static enum ladle_status
enter_group(struct walk *walk, hid_t group, uint32_t object)
{
	const char *path = walk->catalog->objects[object].path;
	if (walk->depth >= CATALOG_MAX_DEPTH) {
		H5Gclose(group);
		return ladle_fail(walk->err, LADLE_E_INPUT, NULL,
				"groups are nested more than %d deep: %.200s", CATALOG_MAX_DEPTH,
				path);
	}
	struct frame *frame = &walk->frames[walk->depth++];
	*frame = (struct frame){.group = group, .object = object};
	struct listing listing = {.walk = walk, .frame = frame};
	herr_t done = H5Literate(group, H5_INDEX_NAME, H5_ITER_INC, NULL, take_link, &listing);
	if (done < 0 && !listing.fault) {
		char text[200];
		h5_error_text(text, sizeof text);
		return ladle_fail(walk->err, LADLE_E_INPUT, NULL, "group %s cannot be listed: %s",
				path, text);
	}
	if (!listing.fault)
		listing.fault = sort_links(frame);
	if (listing.fault)
		return ladle_fail(
				walk->err, LADLE_E_INPUT, NULL, "group %s %s", path, listing.fault);
	return LADLE_OK;
}

/* ---- objects --------------------------------------------------------------------------------- */

/* Reading later opens the object at the place where it was listed, whatever its name. LADLE_NONE:
 * the catalog took no more. */
static enum ladle_status
remember_address(struct walk *walk, uint32_t object, haddr_t address)
{
	struct h5_source *source = walk->source;
	if (object == LADLE_NONE)
		return ladle_fail(walk->err, LADLE_E_INPUT, NULL,
				"there are more objects or names than any checkpoint has");
	if (object >= source->capacity) {
		uint32_t capacity = source->capacity ? source->capacity * 2 : 256;
		haddr_t *addresses = realloc(source->addresses, capacity * sizeof *addresses);
		if (!addresses)
			return ladle_fail(walk->err, LADLE_E_MEMORY, NULL, "no memory");
		source->addresses = addresses;
		source->capacity = capacity;
	}
	source->addresses[object] = address;
	source->count = object + 1;
	return LADLE_OK;
}

/* Something that is there and cannot be read, with why. */
static enum ladle_status
add_refused(struct walk *walk, uint32_t parent, const struct link *link, const char *why)
{
	struct catalog_type other = {.dtype = LADLE_OTHER};
	uint64_t none = 0;
	uint32_t object = catalog_add_dataset(walk->catalog, parent, link->name, other, 1, &none);
	TRY(remember_address(walk, object, HADDR_UNDEF));
	walk->catalog->objects[object].storage = CATALOG_UNALLOCATED;
	walk->catalog->objects[object].refused =
			arena_text(&walk->catalog->arena, why, strlen(why));
	return LADLE_OK;
}

/* libhdf5 does not compare a dataset's extent with the end of the file before it reads. */
static bool
lies_outside(const struct h5_dataset *dataset, uint64_t length)
{
	return dataset->storage == CATALOG_CONTIGUOUS && dataset->count > 0 &&
	       (dataset->stored > length || dataset->offset > length - dataset->stored);
}

static enum ladle_status
add_dataset(struct walk *walk, uint32_t parent, const struct link *link, hid_t id)
{
	struct h5_dataset dataset;
	h5_dataset_describe(id, &dataset);
	struct catalog *catalog = walk->catalog;
	uint32_t object = catalog_add_dataset(
			catalog, parent, link->name, dataset.type, dataset.rank, dataset.dims);
	TRY(remember_address(walk, object, link->address));
	struct catalog_object *added = &catalog->objects[object];
	added->storage = dataset.storage;
	added->offset = dataset.offset;
	added->stored = dataset.stored;
	if (!dataset.refused && lies_outside(&dataset, catalog->length))
		dataset.refused = "lies beyond the end of the file";
	if (dataset.refused)
		added->refused = arena_text(
				&catalog->arena, dataset.refused, strlen(dataset.refused));
	return h5_attrs_add(id, catalog, object, &walk->attr_budget, walk->err);
}

static enum ladle_status
add_group(struct walk *walk, uint32_t parent, const struct link *link, hid_t id)
{
	uint32_t object = catalog_add_group(walk->catalog, parent, link->name);
	enum ladle_status status = remember_address(walk, object, link->address);
	if (status == LADLE_OK)
		status = h5_attrs_add(id, walk->catalog, object, &walk->attr_budget, walk->err);
	if (status == LADLE_OK)
		return enter_group(walk, id, object);
	H5Gclose(id);
	return status;
}

static enum ladle_status
add_opened(struct walk *walk, uint32_t parent, const struct link *link, hid_t id)
{
	enum ladle_status status;
	H5I_type_t kind = H5Iget_type(id);
	if (kind == H5I_GROUP && !visit(&walk->visited, link->address))
		return add_group(walk, parent, link, id);
	if (kind == H5I_DATASET)
		status = add_dataset(walk, parent, link, id);
	else if (kind == H5I_GROUP)
		status = add_refused(
				walk, parent, link, "is a second link to a group listed before");
	else
		status = add_refused(walk, parent, link, "is a named datatype");
	H5Oclose(id);
	return status;
}

static enum ladle_status
add_link(struct walk *walk, uint32_t parent, const struct link *link)
{
	if (!link->hard)
		return add_refused(walk, parent, link,
				link->external ? "is a link to another file, which is never "
						 "followed"
					       : "is a soft link, which is never followed");
	hid_t id = H5Oopen_by_addr(walk->source->file, link->address);
	if (id >= 0)
		return add_opened(walk, parent, link, id);
	char why[200] = "cannot be opened: ";
	size_t length = strlen(why);
	h5_error_text(why + length, sizeof why - length);
	return add_refused(walk, parent, link, why);
}

/* The root is opened like any group, but it is nobody's link: its address comes from itself, and
 * marks it as visited. */
static enum ladle_status
enter_root(struct walk *walk)
{
	hid_t root = H5Gopen2(walk->source->file, "/", H5P_DEFAULT);
	H5O_info_t info;
	if (root < 0 || H5Oget_info2(root, &info, H5O_INFO_BASIC) < 0) {
		char text[200];
		h5_error_text(text, sizeof text);
		return ladle_fail(walk->err, LADLE_E_INPUT, NULL, "its root group is damaged: %s",
				text);
	}
	visit(&walk->visited, info.addr);
	return add_group(walk, LADLE_NONE,
			&(struct link){.name = (char[]){""}, .address = info.addr}, root);
}

enum ladle_status
h5_source_list(struct h5_source *source, struct catalog *catalog, struct ladle_error *err)
{
	struct walk *walk = calloc(1, sizeof *walk);
	if (!walk)
		return ladle_fail(err, LADLE_E_MEMORY, NULL, "no memory");
	*walk = (struct walk){
			.source = source,
			.catalog = catalog,
			.err = err,
			.attr_budget = CATALOG_MAX_BYTES / 2,
			.link_budget = CATALOG_MAX_BYTES,
	};
	enum ladle_status status = enter_root(walk);
	while (status == LADLE_OK && walk->depth > 0) {
		struct frame *frame = &walk->frames[walk->depth - 1];
		if (frame->next == frame->count)
			leave_group(walk);
		else
			status = add_link(walk, frame->object, &frame->links[frame->next++]);
	}
	while (walk->depth > 0)
		leave_group(walk);
	free(walk->visited.slots);
	free(walk);
	return status;
}
