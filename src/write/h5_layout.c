#include "write/layout.h"

#include <hdf5.h>
#include <stdlib.h>
#include <string.h>

#include "base/dtype.h"
#include "base/err.h"
#include "file/h5_window.h"

/* Property lists that every object is created with. */
struct lists {
	hid_t group, dataset;
};

void
h5_layout_prepare(void)
{
	h5_prepare();
}

/* Of the headers, which libhdf5 compares with itself when it starts: it ends the worker when they
 * differ. */
const char *
ladle_hdf5_version(void)
{
	static const char version[] = {H5_VERS_INFO};

	return version + strlen("HDF5 library version: ");
}

/* With the reason that libhdf5 gives. */
static enum ladle_status
refuse(struct ladle_error *err, const char *what, const char *path)
{
	char why[256];

	h5_error_text(why, sizeof(why));
	return ladle_fail(err, LADLE_E_OUTPUT, NULL, "%s %s: %s", what, path, why);
}

/* h5py's bool. */
static hid_t
bool_type(void)
{
	hid_t type = H5Tenum_create(H5T_STD_I8LE);
	const signed char no = 0, yes = 1;

	H5Tenum_insert(type, "FALSE", &no);
	H5Tenum_insert(type, "TRUE", &yes);
	return type;
}

/* IEEE binary16, which libhdf5 has no name for; as h5py builds it. */
static hid_t
half_type(void)
{
	hid_t type = H5Tcopy(H5T_IEEE_F32LE);

	H5Tset_fields(type, 15, 10, 5, 0, 10);
	H5Tset_size(type, 2);
	H5Tset_ebias(type, 15);
	return type;
}

/* Any of the four kinds that Keras and h5py have written over the years. */
static hid_t
string_type(const struct catalog_type *from)
{
	hid_t type = H5Tcopy(H5T_C_S1);

	H5Tset_size(type, from->variable ? H5T_VARIABLE : from->size ? from->size : 1);
	H5Tset_strpad(type, (H5T_str_t)from->padding);
	H5Tset_cset(type, from->utf8 ? H5T_CSET_UTF8 : H5T_CSET_ASCII);
	return type;
}

/* Outputs are little-endian, as Keras writes them everywhere. */
static hid_t
number_type(enum ladle_dtype dtype)
{
	switch (dtype) {
	case LADLE_FLOAT16:
		return half_type();
	case LADLE_BFLOAT16:
		return H5Tcreate(H5T_OPAQUE, 2);
	case LADLE_FLOAT32:
		return H5Tcopy(H5T_IEEE_F32LE);
	case LADLE_FLOAT64:
		return H5Tcopy(H5T_IEEE_F64LE);
	case LADLE_INT8:
		return H5Tcopy(H5T_STD_I8LE);
	case LADLE_INT16:
		return H5Tcopy(H5T_STD_I16LE);
	case LADLE_INT32:
		return H5Tcopy(H5T_STD_I32LE);
	case LADLE_INT64:
		return H5Tcopy(H5T_STD_I64LE);
	case LADLE_UINT8:
		return H5Tcopy(H5T_STD_U8LE);
	case LADLE_UINT16:
		return H5Tcopy(H5T_STD_U16LE);
	case LADLE_UINT32:
		return H5Tcopy(H5T_STD_U32LE);
	case LADLE_UINT64:
		return H5Tcopy(H5T_STD_U64LE);
	case LADLE_BOOL:
		return bool_type();
	case LADLE_STRING:
	case LADLE_OTHER:
		break;
	}
	return H5I_INVALID_HID;
}

static hid_t
type_of(const struct catalog_type *from)
{
	return from->dtype == LADLE_STRING ? string_type(from) : number_type(from->dtype);
}

/* Attributes are read and written as this processor has them. */
static hid_t
memory_type(const struct catalog_type *from, hid_t stored)
{
	if (from->dtype == LADLE_STRING || from->opaque)
		return H5Tcopy(stored);
	return H5Tget_native_type(stored, H5T_DIR_ASCEND);
}

static hid_t
space_of(int rank, const uint64_t *dims)
{
	hsize_t extents[LADLE_MAX_RANK] = {0};

	for (int i = 0; i < rank; i++)
		extents[i] = dims[i];
	return rank ? H5Screate_simple(rank, extents, NULL) : H5Screate(H5S_SCALAR);
}

/* Fixed-length strings side by side. */
static char *
packed_strings(const struct catalog_attr *attr)
{
	size_t size = attr->type.size;
	char *packed = calloc(attr->count, size ? size : 1);

	if (packed && attr->type.padding == H5T_STR_SPACEPAD)
		memset(packed, ' ', attr->count * size);
	for (uint64_t i = 0; packed && i < attr->count; i++)
		memcpy(packed + i * size, attr->strings[i],
				attr->lengths[i] < size ? attr->lengths[i] : size);
	return packed;
}

/* An attribute of no elements has nothing to write; libhdf5 would not even take the call. */
static herr_t
write_attribute(hid_t id, hid_t memory, const struct catalog_attr *attr)
{
	char *packed;
	herr_t result;

	if (!attr->count)
		return 0;
	if (attr->type.dtype != LADLE_STRING)
		return H5Awrite(id, memory, attr->numbers);
	if (attr->type.variable)
		return H5Awrite(id, memory, attr->strings);
	packed = packed_strings(attr);
	result = packed ? H5Awrite(id, memory, packed) : -1;
	free(packed);
	return result;
}

static enum ladle_status
create_attribute(hid_t object, const char *path, const struct catalog_attr *attr,
		struct ladle_error *err)
{
	hid_t type = type_of(&attr->type), memory = -1, space = -1, id = -1;
	herr_t result = -1;

	if (type >= 0)
		memory = memory_type(&attr->type, type);
	space = space_of(attr->rank, attr->dims);
	if (memory >= 0 && space >= 0)
		id = H5Acreate2(object, attr->name, type, space, H5P_DEFAULT, H5P_DEFAULT);
	if (id >= 0)
		result = write_attribute(id, memory, attr);
	if (id >= 0 && H5Aclose(id) < 0)
		result = -1;
	H5Sclose(space);
	H5Tclose(memory);
	H5Tclose(type);
	return result < 0 ? refuse(err, "cannot write an attribute of", path) : LADLE_OK;
}

static enum ladle_status
create_attributes(hid_t object, const struct catalog_object *from, struct ladle_error *err)
{
	for (uint32_t i = 0; i < from->attr_count; i++)
		TRY(create_attribute(object, from->path, &from->attrs[i], err));
	return LADLE_OK;
}

/* An empty dataset has no place of its own. */
static void
note_extent(hid_t id, struct catalog_object *object)
{
	haddr_t offset = H5Dget_offset(id);

	object->stored = object->count * object->type.size;
	object->offset = offset == HADDR_UNDEF ? 0 : offset;
	object->storage = object->stored ? CATALOG_CONTIGUOUS : CATALOG_UNALLOCATED;
}

static enum ladle_status
create_dataset(hid_t file, struct catalog_object *object, const struct lists *lists,
		struct ladle_error *err)
{
	hid_t type = type_of(&object->type), space = space_of(object->rank, object->dims), id = -1;
	enum ladle_status status;

	if (type >= 0 && space >= 0)
		id = H5Dcreate2(file, object->path, type, space, H5P_DEFAULT, lists->dataset,
				H5P_DEFAULT);
	H5Sclose(space);
	H5Tclose(type);
	if (id < 0)
		return refuse(err, "cannot create", object->path);
	status = create_attributes(id, object, err);
	note_extent(id, object);
	if (H5Dclose(id) < 0 && status == LADLE_OK)
		status = refuse(err, "cannot close", object->path);
	return status;
}

static enum ladle_status
create_group(hid_t file, const struct catalog_object *object, const struct lists *lists,
		struct ladle_error *err)
{
	bool is_root = object->parent == LADLE_NONE;
	hid_t id = is_root ? H5Gopen2(file, "/", H5P_DEFAULT)
			   : H5Gcreate2(file, object->path, H5P_DEFAULT, lists->group, H5P_DEFAULT);
	enum ladle_status status;

	if (id < 0)
		return refuse(err, "cannot create", object->path);
	status = create_attributes(id, object, err);
	if (H5Gclose(id) < 0 && status == LADLE_OK)
		status = refuse(err, "cannot close", object->path);
	return status;
}

/* No times: the same mix is to be the same bytes. Space at once and no fill: the values come. */
static struct lists
lists_open(void)
{
	struct lists lists = {H5Pcreate(H5P_GROUP_CREATE), H5Pcreate(H5P_DATASET_CREATE)};

	H5Pset_obj_track_times(lists.group, false);
	H5Pset_obj_track_times(lists.dataset, false);
	H5Pset_layout(lists.dataset, H5D_CONTIGUOUS);
	H5Pset_alloc_time(lists.dataset, H5D_ALLOC_TIME_EARLY);
	H5Pset_fill_time(lists.dataset, H5D_FILL_TIME_NEVER);
	return lists;
}

static enum ladle_status
create_all(hid_t file, struct catalog *tree, struct ladle_error *err)
{
	struct lists lists = lists_open();
	enum ladle_status status = LADLE_OK;

	for (uint32_t i = 0; i < tree->object_count && status == LADLE_OK; i++)
		status = tree->objects[i].kind == CATALOG_GROUP
					 ? create_group(file, &tree->objects[i], &lists, err)
					 : create_dataset(file, &tree->objects[i], &lists, err);
	H5Pclose(lists.group);
	H5Pclose(lists.dataset);
	return status;
}

enum ladle_status
h5_layout_create(struct catalog *tree, int fd, uint64_t base, struct ladle_error *err)
{
	hid_t file = h5_window_create(fd, base);
	enum ladle_status status;
	hsize_t size = 0;

	if (file < 0)
		return refuse(err, "cannot create", "an HDF5 file");
	status = create_all(file, tree, err);
	if (status == LADLE_OK &&
			(H5Fflush(file, H5F_SCOPE_GLOBAL) < 0 || H5Fget_filesize(file, &size) < 0))
		status = refuse(err, "cannot write", "the tree");
	if (H5Fclose(file) < 0 && status == LADLE_OK)
		status = refuse(err, "cannot close", "the tree");
	tree->base = base;
	tree->length = size;
	return status;
}
