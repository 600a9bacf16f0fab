#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "file/h5_source.h"
#include "file/h5_window.h"

void
h5_read_prepare(void)
{
	h5_prepare();
}

enum ladle_status
h5_source_open(struct h5_source **out, int fd, uint64_t base, uint64_t length,
		struct ladle_error *err)
{
	struct h5_source *source = calloc(1, sizeof *source);
	if (!source)
		return ladle_fail(err, LADLE_E_MEMORY, NULL, "no memory");
	source->open_object = LADLE_NONE;
	source->file = h5_window_open(fd, base, length);
	if (source->file < 0) {
		char text[200];
		h5_error_text(text, sizeof text);
		free(source);
		return ladle_fail(err, LADLE_E_INPUT, NULL, "is damaged: %s", text);
	}
	*out = source;
	return LADLE_OK;
}

static void
close_dataset(struct h5_source *source)
{
	if (source->open_object != LADLE_NONE)
		H5Dclose(source->open_dataset);
	source->open_object = LADLE_NONE;
}

/* Elements are asked for as a range in row-major order; libhdf5 reads boxes. A range is at most
 * 2 * rank - 1 boxes: single steps up to a whole sub-array, sub-arrays, and back down. */

/* An open dataset while elements of it are read. */
struct reading {
	hid_t dataset, type, space;
	int rank;
	uint64_t dims[LADLE_MAX_RANK];
	size_t size; /* of an element */
};

static bool
open_dataset(struct h5_source *source, uint32_t object)
{
	if (source->open_object == object)
		return true;
	close_dataset(source);
	if (object >= source->count || source->addresses[object] == HADDR_UNDEF)
		return false;
	hid_t id = H5Oopen_by_addr(source->file, source->addresses[object]);
	if (id < 0 || H5Iget_type(id) != H5I_DATASET) {
		if (id >= 0)
			H5Oclose(id);
		return false;
	}
	source->open_dataset = id;
	source->open_object = object;
	return true;
}

/* The largest box of elements that begins at element `first` in row-major order and holds at most
 * `count`: whole sub-arrays of one dimension. Returns its elements. */
static uint64_t
first_box(const struct reading *r, uint64_t first, uint64_t count, hsize_t *start, hsize_t *extent)
{
	uint64_t inner = 1; /* elements of one step along dimension k */
	int k = r->rank - 1;
	for (int i = k; i >= 0; i--) {
		start[i] = first % r->dims[i];
		first /= r->dims[i];
		extent[i] = 1;
	}
	for (; k > 0 && start[k] == 0 && inner * r->dims[k] <= count; k--) {
		extent[k] = r->dims[k];
		inner *= r->dims[k];
	}
	uint64_t steps = count / inner;
	extent[k] = steps < r->dims[k] - start[k] ? steps : r->dims[k] - start[k];
	return extent[k] * inner;
}

static bool
read_box(const struct reading *r, const hsize_t *start, const hsize_t *extent, uint64_t count,
		void *dst)
{
	hsize_t elements = count;
	hid_t memory = H5Screate_simple(1, &elements, NULL);
	bool done = memory >= 0 &&
		    H5Sselect_hyperslab(r->space, H5S_SELECT_SET, start, NULL, extent, NULL) >= 0 &&
		    H5Dread(r->dataset, r->type, memory, r->space, H5P_DEFAULT, dst) >= 0;
	if (memory >= 0)
		H5Sclose(memory);
	return done;
}

static bool
read_range(const struct reading *r, uint64_t first, uint64_t count, char *dst)
{
	hsize_t start[LADLE_MAX_RANK], extent[LADLE_MAX_RANK];
	if (r->rank == 0)
		return H5Dread(r->dataset, r->type, H5S_ALL, H5S_ALL, H5P_DEFAULT, dst) >= 0;
	while (count > 0) {
		uint64_t n = first_box(r, first, count, start, extent);
		if (!read_box(r, start, extent, n, dst))
			return false;
		dst += n * r->size;
		first += n;
		count -= n;
	}
	return true;
}

/* No conversion: the elements stay as the file has them. */
static bool
begin_reading(struct h5_source *source, struct reading *r)
{
	struct catalog_type type;
	r->dataset = source->open_dataset;
	r->type = H5Dget_type(r->dataset);
	r->space = H5Dget_space(r->dataset);
	if (r->type < 0 || r->space < 0 || h5_type_describe(r->type, &type) ||
			type.dtype == LADLE_STRING || h5_extent(r->space, &r->rank, r->dims))
		return false;
	r->size = type.size;
	return true;
}

enum ladle_status
h5_source_read(struct h5_source *source, uint32_t object, uint64_t first, uint64_t count, void *dst,
		struct ladle_error *err)
{
	struct reading r = {.type = -1, .space = -1};
	char text[200];
	bool done = open_dataset(source, object) && begin_reading(source, &r);
	uint64_t all = done ? catalog_count(r.rank, r.dims) : 0;
	done = done && first <= all && count <= all - first && read_range(&r, first, count, dst);
	if (r.type >= 0)
		H5Tclose(r.type);
	if (r.space >= 0)
		H5Sclose(r.space);
	if (done)
		return LADLE_OK;
	h5_error_text(text, sizeof text);
	return ladle_fail(err, LADLE_E_INPUT, NULL, "is damaged: %s", text);
}
