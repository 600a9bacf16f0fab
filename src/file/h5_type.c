#include <string.h>

#include "file/h5_source.h"

/* IEEE and bfloat16 bit fields, as H5Tget_fields and H5Tget_ebias give them. */
struct float_layout {
	enum ladle_dtype dtype;
	size_t size, sign, exponent_at, exponent, mantissa_at, mantissa, bias;
};

static const struct float_layout FLOATS[] = {
		{LADLE_FLOAT16, 2, 15, 10, 5, 0, 10, 15},
		{LADLE_BFLOAT16, 2, 15, 7, 8, 0, 7, 127},
		{LADLE_FLOAT32, 4, 31, 23, 8, 0, 23, 127},
		{LADLE_FLOAT64, 8, 63, 52, 11, 0, 52, 1023},
};

/* Every bit of the element belongs to the number, in plain byte order. */
static bool
is_packed(hid_t type, struct catalog_type *out)
{
	H5T_order_t order = H5Tget_order(type);
	out->big_endian = order == H5T_ORDER_BE;
	return (order == H5T_ORDER_LE || order == H5T_ORDER_BE) && H5Tget_offset(type) == 0 &&
	       H5Tget_precision(type) == H5Tget_size(type) * 8;
}

static const char *
describe_float(hid_t type, struct catalog_type *out)
{
	struct float_layout l = {.size = H5Tget_size(type), .bias = H5Tget_ebias(type)};
	if (!is_packed(type, out) || H5Tget_norm(type) != H5T_NORM_IMPLIED ||
			H5Tget_fields(type, &l.sign, &l.exponent_at, &l.exponent, &l.mantissa_at,
					&l.mantissa) < 0)
		return "holds floating point numbers of an unusual layout";
	for (size_t i = 0; i < sizeof FLOATS / sizeof *FLOATS; i++) {
		const struct float_layout *f = &FLOATS[i];
		if (f->size != l.size || f->sign != l.sign || f->exponent_at != l.exponent_at ||
				f->exponent != l.exponent || f->mantissa_at != l.mantissa_at ||
				f->mantissa != l.mantissa || f->bias != l.bias)
			continue;
		out->dtype = f->dtype;
		return NULL;
	}
	return "holds floating point numbers of an unusual layout";
}

static const char *
describe_integer(hid_t type, struct catalog_type *out)
{
	static const enum ladle_dtype SIGNED[] = {
			LADLE_INT8, LADLE_INT16, LADLE_INT32, LADLE_INT64};
	static const enum ladle_dtype UNSIGNED[] = {
			LADLE_UINT8, LADLE_UINT16, LADLE_UINT32, LADLE_UINT64};
	bool packed = is_packed(type, out);
	size_t size = H5Tget_size(type);
	for (size_t i = 0; packed && i < 4; i++) {
		if (size != (size_t)1 << i)
			continue;
		out->dtype = H5Tget_sign(type) == H5T_SGN_NONE ? UNSIGNED[i] : SIGNED[i];
		return NULL;
	}
	return "holds integers of an unusual layout";
}

/* h5py writes numpy's bool as an enum {FALSE = 0, TRUE = 1} over int8. */
static bool
is_h5py_bool(hid_t type)
{
	if (H5Tget_size(type) != 1 || H5Tget_nmembers(type) != 2)
		return false;
	bool same = true;
	for (unsigned i = 0; i < 2; i++) {
		signed char value = -1;
		char *name = H5Tget_member_name(type, i);
		same = same && name && H5Tget_member_value(type, i, &value) >= 0 &&
		       value == (signed char)i && !strcmp(name, i ? "TRUE" : "FALSE");
		H5free_memory(name);
	}
	return same;
}

static const char *
describe_enum(hid_t type, struct catalog_type *out)
{
	if (!is_h5py_bool(type))
		return "holds an enumeration";
	out->dtype = LADLE_BOOL;
	return NULL;
}

/* Keras writes bfloat16 as two opaque bytes without a tag, little-endian. */
static const char *
describe_opaque(hid_t type, struct catalog_type *out)
{
	if (H5Tget_size(type) != 2)
		return "holds opaque bytes";
	out->dtype = LADLE_BFLOAT16;
	out->opaque = true;
	return NULL;
}

static const char *
describe_string(hid_t type, struct catalog_type *out)
{
	out->dtype = LADLE_STRING;
	out->variable = H5Tis_variable_str(type) > 0;
	out->utf8 = H5Tget_cset(type) == H5T_CSET_UTF8;
	H5T_str_t padding = H5Tget_strpad(type);
	out->padding = padding >= 0 && padding <= 2 ? (uint8_t)padding : 0;
	return NULL;
}

static const char *
other_class(H5T_class_t class)
{
	switch (class) {
	case H5T_BITFIELD:
		return "holds bit fields";
	case H5T_COMPOUND:
		return "holds compound data";
	case H5T_REFERENCE:
		return "holds references";
	case H5T_VLEN:
		return "holds sequences of variable length";
	case H5T_ARRAY:
		return "holds arrays as elements";
	case H5T_TIME:
		return "holds times";
	default:
		return "holds data of an unknown type";
	}
}

/* What nearly every tensor is, asked first because a listing asks it thousands of times. */
static bool
is_plain_float32(hid_t type, struct catalog_type *out)
{
	if (H5Tequal(type, H5T_IEEE_F32LE) <= 0)
		return false;
	*out = (struct catalog_type){.dtype = LADLE_FLOAT32, .size = 4};
	return true;
}

const char *
h5_type_describe(hid_t type, struct catalog_type *out)
{
	if (is_plain_float32(type, out))
		return NULL;
	H5T_class_t class = H5Tget_class(type);
	size_t size = H5Tget_size(type);
	*out = (struct catalog_type){.dtype = LADLE_OTHER};
	out->size = size <= UINT32_MAX ? (uint32_t)size : UINT32_MAX;
	const char *refused = class == H5T_FLOAT     ? describe_float(type, out)
			      : class == H5T_INTEGER ? describe_integer(type, out)
			      : class == H5T_ENUM    ? describe_enum(type, out)
			      : class == H5T_OPAQUE  ? describe_opaque(type, out)
			      : class == H5T_STRING  ? describe_string(type, out)
						     : other_class(class);
	if (size == 0)
		refused = "has elements of no bytes";
	return refused;
}

const char *
h5_extent(hid_t space, int *rank, uint64_t dims[LADLE_MAX_RANK])
{
	hsize_t extent[H5S_MAX_RANK];
	H5S_class_t class = H5Sget_simple_extent_type(space);
	*rank = 0;
	if (class == H5S_NULL) {
		*rank = 1;
		dims[0] = 0;
		return "has no value (a null dataspace)";
	}
	int n = H5Sget_simple_extent_ndims(space);
	if (n < 0 || n > LADLE_MAX_RANK || H5Sget_simple_extent_dims(space, extent, NULL) < 0)
		return "has an extent that cannot be read";
	for (int i = 0; i < n; i++)
		dims[i] = extent[i];
	*rank = n;
	return NULL;
}
