#include <stdio.h>
#include <string.h>

#include "base/dtype.h"
#include "file/h5_source.h"
#include "file/limits.h"

static const H5Z_filter_t FILTERS[] = {
		H5Z_FILTER_DEFLATE, H5Z_FILTER_SHUFFLE, H5Z_FILTER_FLETCHER32};

static bool
is_filter_read(H5Z_filter_t id)
{
	for (size_t i = 0; i < sizeof FILTERS / sizeof *FILTERS; i++)
		if (FILTERS[i] == id)
			return true;
	return false;
}

/* Others are rare in checkpoints and have been the source of many faults in libhdf5; the plugins
 * among them would be code from elsewhere. */
static const char *
check_filters(hid_t plist, struct h5_dataset *out)
{
	int count = H5Pget_nfilters(plist);
	if (count < 0)
		return "has filters that cannot be read";
	for (int i = 0; i < count; i++) {
		size_t values = 0;
		unsigned flags, config;
		char name[32] = "";
		H5Z_filter_t id = H5Pget_filter2(plist, (unsigned)i, &flags, &values, NULL,
				sizeof name, name, &config);
		if (is_filter_read(id))
			continue;
		snprintf(out->text, sizeof out->text,
				"is stored through filter %d (only deflate, shuffle and fletcher32 "
				"are read)",
				(int)id);
		return out->text;
	}
	return NULL;
}

/* How many chunks the extent needs; UINT64_MAX when that overflows. */
static uint64_t
chunks_needed(const struct h5_dataset *dataset, const hsize_t *chunk)
{
	uint64_t counts[LADLE_MAX_RANK];
	for (int i = 0; i < dataset->rank; i++)
		counts[i] = dataset->dims[i] / chunk[i] + (dataset->dims[i] % chunk[i] != 0);
	return catalog_count(dataset->rank, counts);
}

static const char *
check_chunk_size(struct h5_dataset *out, const hsize_t *chunk)
{
	uint64_t sizes[LADLE_MAX_RANK];
	for (int i = 0; i < out->rank; i++) {
		sizes[i] = chunk[i];
		if (chunk[i] == 0)
			return "has chunks of no elements";
	}
	uint64_t elements = catalog_count(out->rank, sizes);
	if (elements <= CATALOG_MAX_CHUNK / out->type.size)
		return NULL;
	snprintf(out->text, sizeof out->text, "has chunks of %llu elements (the limit is %llu MiB)",
			(unsigned long long)elements,
			(unsigned long long)(CATALOG_MAX_CHUNK >> 20));
	return out->text;
}

/* A chunk that is not there would read as zeros; so would a tensor that was never written. */
static const char *
check_chunks(hid_t dataset, hid_t plist, struct h5_dataset *out)
{
	hsize_t chunk[H5S_MAX_RANK], stored = 0;
	if (out->rank == 0 || H5Pget_chunk(plist, LADLE_MAX_RANK, chunk) != out->rank)
		return "has chunks of another rank than its extent";
	const char *refused = check_chunk_size(out, chunk);
	if (!refused)
		refused = check_filters(plist, out);
	if (refused)
		return refused;
	uint64_t needed = chunks_needed(out, chunk);
	hid_t space = H5Dget_space(dataset);
	herr_t done = H5Dget_num_chunks(dataset, space, &stored);
	H5Sclose(space);
	if (done < 0)
		return "has an index of chunks that cannot be read";
	if (stored >= needed)
		return NULL;
	snprintf(out->text, sizeof out->text, "has only %llu of its %llu chunks stored",
			(unsigned long long)stored, (unsigned long long)needed);
	return out->text;
}

static const char *
refuse_missing(struct h5_dataset *out, uint64_t needed)
{
	if (out->stored == 0)
		snprintf(out->text, sizeof out->text, "declares %llu bytes, none of them is stored",
				(unsigned long long)needed);
	else
		snprintf(out->text, sizeof out->text, "declares %llu bytes, only %llu are stored",
				(unsigned long long)needed, (unsigned long long)out->stored);
	return out->text;
}

/* A contiguous dataset at a known offset needs no property list, which is slow to make; external
 * and virtual ones never have an offset. */
static const char *
check_listed_storage(hid_t dataset, hid_t plist, struct h5_dataset *out, uint64_t bytes)
{
	H5D_layout_t layout = H5Pget_layout(plist);
	if (H5Pget_external_count(plist) != 0)
		return "is stored in other files, which are never opened (external storage)";
	if (layout == H5D_VIRTUAL)
		return "is made of other files, which are never opened (a virtual dataset)";
	if (layout == H5D_CHUNKED) {
		out->storage = CATALOG_CHUNKED;
		return out->count ? check_chunks(dataset, plist, out) : NULL;
	}
	out->storage = layout == H5D_COMPACT ? CATALOG_COMPACT : CATALOG_UNALLOCATED;
	if (layout != H5D_COMPACT && layout != H5D_CONTIGUOUS)
		return "is stored in a layout that is not known";
	return out->stored < bytes || (out->storage == CATALOG_UNALLOCATED && bytes)
			       ? refuse_missing(out, bytes)
			       : NULL;
}

/* H5Dget_offset counts from the start of the window, user block included (checked against h5py). */
static const char *
describe_storage(hid_t dataset, struct h5_dataset *out)
{
	uint64_t bytes;
	out->stored = H5Dget_storage_size(dataset);
	if (out->count == UINT64_MAX || !dtype_bytes(out->type.dtype, out->count, &bytes))
		return "declares more elements than any file can hold";
	haddr_t offset = H5Dget_offset(dataset);
	if (offset != HADDR_UNDEF) {
		out->offset = offset;
		out->storage = CATALOG_CONTIGUOUS;
		return out->stored < bytes ? refuse_missing(out, bytes) : NULL;
	}
	hid_t plist = H5Dget_create_plist(dataset);
	if (plist < 0)
		return "has a storage that cannot be read";
	const char *refused = check_listed_storage(dataset, plist, out, bytes);
	H5Pclose(plist);
	return refused;
}

/* Types without numbers are refused for their type, whatever their storage. */
void
h5_dataset_describe(hid_t dataset, struct h5_dataset *out)
{
	*out = (struct h5_dataset){.type.dtype = LADLE_OTHER, .storage = CATALOG_UNALLOCATED};
	hid_t type = H5Dget_type(dataset), space = H5Dget_space(dataset);
	if (type < 0 || space < 0) {
		out->refused = "has a type or extent that cannot be read";
	} else {
		const char *extent = h5_extent(space, &out->rank, out->dims);
		out->refused = h5_type_describe(type, &out->type);
		if (!out->refused && out->type.dtype == LADLE_STRING)
			out->refused = "holds text, which is listed but not read";
		if (!out->refused)
			out->refused = extent;
		out->count = catalog_count(out->rank, out->dims);
	}
	const char *storage = out->type.size ? describe_storage(dataset, out) : NULL;
	if (!out->refused)
		out->refused = storage;
	if (type >= 0)
		H5Tclose(type);
	if (space >= 0)
		H5Sclose(space);
}
