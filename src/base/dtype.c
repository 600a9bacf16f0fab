#include "base/dtype.h"

#include <assert.h>
#include <math.h>
#include <string.h>

struct dtype_row {
	const char *name;
	size_t size;
	bool is_float, is_integer;
};

static const struct dtype_row dtypes[] = {
#define X(id, name, size, is_float, is_int) [id] = {name, size, is_float, is_int},
		LADLE_DTYPES(X)
#undef X
};

enum { DTYPES = sizeof(dtypes) / sizeof(dtypes[0]) };

const char *
ladle_dtype_name(enum ladle_dtype dtype)
{
	assert((int)dtype < DTYPES);
	return dtypes[dtype].name;
}

size_t
dtype_size(enum ladle_dtype dtype)
{
	assert((int)dtype < DTYPES);
	return dtypes[dtype].size;
}

bool
dtype_is_float(enum ladle_dtype dtype)
{
	return dtypes[dtype].is_float;
}

bool
dtype_is_integer(enum ladle_dtype dtype)
{
	return dtypes[dtype].is_integer;
}

enum ladle_dtype
dtype_of_name(const char *name)
{
	for (int i = 0; i < DTYPES; i++)
		if (!strcmp(dtypes[i].name, name))
			return (enum ladle_dtype)i;
	return LADLE_OTHER;
}

bool
dtype_bytes(enum ladle_dtype dtype, uint64_t count, uint64_t *out)
{
	size_t size = dtype_size(dtype);

	if (size && count > UINT64_MAX / size)
		return false;
	*out = count * size;
	return true;
}

void
dtype_swap(void *data, size_t size, size_t count)
{
	unsigned char *at = data;

	for (; count; count--, at += size) {
		for (size_t i = 0; i < size / 2; i++) {
			unsigned char byte = at[i];

			at[i] = at[size - 1 - i];
			at[size - 1 - i] = byte;
		}
	}
}

static float
float_of_bits(uint32_t bits)
{
	float value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

static uint32_t
bits_of_float(float value)
{
	uint32_t bits;

	memcpy(&bits, &value, sizeof(bits));
	return bits;
}

static uint64_t
bits_of_double(double value)
{
	uint64_t bits;

	memcpy(&bits, &value, sizeof(bits));
	return bits;
}

/* With exponent and mantissa at float's places only the bias of the exponent is missing, 127 - 15;
 * the product is exact, also for subnormals. */
static float
float_of_half(uint16_t half)
{
	uint32_t size = half & 0x7fffu, sign = (half & 0x8000u) << 16;
	float value = size < 0x7c00 ? float_of_bits(size << 13) * 0x1p112f
				    : float_of_bits(0x7f800000 | size << 13);

	return float_of_bits(bits_of_float(value) | sign);
}

/* A mantissa that is rounded up to the next power of two carries into the exponent by itself. */
static uint16_t
half_of_double(double value)
{
	uint64_t bits = bits_of_double(value), size = bits & INT64_MAX;
	uint16_t sign = (uint16_t)(bits >> 48 & 0x8000);

	if (isnan(value))
		return sign | 0x7e00;
	if (fabs(value) >= 65520) /* half a step above the largest finite half, 65504 */
		return sign | 0x7c00;
	if (fabs(value) < 0x1p-14) /* subnormals: steps of 2^-24, as doubles near 2^28 have them */
		return (uint16_t)(sign | (bits_of_double(fabs(value) + 0x1p28) & 0x7ff));
	size += (UINT64_C(1) << 41) - 1 + (size >> 42 & 1); /* half a step of 2^42, ties to even */
	return (uint16_t)(sign | ((size >> 42) - ((1023 - 15) << 10)));
}

static uint16_t
bfloat_of_float(float value)
{
	uint32_t bits = bits_of_float(value);

	if (isnan(value))
		return (uint16_t)((bits >> 16 & 0x8000) | 0x7fc0);
	return (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

#define WIDEN(type)                                      \
	for (size_t i = 0; i < count; i++)               \
		dst[i] = (double)((const type *)src)[i]; \
	break

void
dtype_to_double(enum ladle_dtype dtype, const void *src, double *dst, size_t count)
{
	const uint16_t *half = src;

	switch (dtype) {
	case LADLE_FLOAT16:
		for (size_t i = 0; i < count; i++)
			dst[i] = (double)float_of_half(half[i]);
		break;
	case LADLE_BFLOAT16:
		for (size_t i = 0; i < count; i++)
			dst[i] = (double)float_of_bits((uint32_t)half[i] << 16);
		break;
	case LADLE_FLOAT32:
		WIDEN(float);
	case LADLE_FLOAT64:
		WIDEN(double);
	case LADLE_INT8:
	case LADLE_BOOL:
		WIDEN(int8_t);
	case LADLE_INT16:
		WIDEN(int16_t);
	case LADLE_INT32:
		WIDEN(int32_t);
	case LADLE_INT64:
		WIDEN(int64_t);
	case LADLE_UINT8:
		WIDEN(uint8_t);
	case LADLE_UINT16:
		WIDEN(uint16_t);
	case LADLE_UINT32:
		WIDEN(uint32_t);
	case LADLE_UINT64:
		WIDEN(uint64_t);
	case LADLE_STRING:
	case LADLE_OTHER:
		assert(false && "elements without a number");
	}
}

size_t
dtype_from_double(enum ladle_dtype dtype, const double *src, void *dst, size_t count)
{
	uint16_t *half = dst;
	float *single = dst;
	size_t lost = 0;

	assert(dtype_is_float(dtype));
	if (dtype == LADLE_FLOAT64) {
		memmove(dst, src, count * sizeof(double));
		return 0;
	}
	for (size_t i = 0; i < count; i++) {
		bool infinite;

		if (dtype == LADLE_FLOAT32) {
			single[i] = (float)src[i];
			infinite = isinf(single[i]);
		} else if (dtype == LADLE_FLOAT16) {
			half[i] = half_of_double(src[i]);
			infinite = (half[i] & 0x7fff) == 0x7c00;
		} else {
			half[i] = bfloat_of_float((float)src[i]);
			infinite = (half[i] & 0x7fff) == 0x7f80;
		}
		lost += infinite && isfinite(src[i]);
	}
	return lost;
}
