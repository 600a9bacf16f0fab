/* Element types: names, sizes, and conversion to and from double. */
#ifndef BASE_DTYPE_H
#define BASE_DTYPE_H

#include <ladle.h>

size_t dtype_size(enum ladle_dtype);
bool dtype_is_float(enum ladle_dtype);
bool dtype_is_integer(enum ladle_dtype);
/* "float32"; LADLE_OTHER for a name that is not in the table. */
enum ladle_dtype dtype_of_name(const char *name);
/* count * size, false on overflow. */
bool dtype_bytes(enum ladle_dtype, uint64_t count, uint64_t *out);
/* Reverses the bytes of each of count elements of `size` bytes in place. */
void dtype_swap(void *data, size_t size, size_t count);
/* Exact for float16, bfloat16, float32, float64 and integers up to 32 bits. */
void dtype_to_double(enum ladle_dtype, const void *src, double *dst, size_t count);
/* One rounding, to nearest even, as numpy's astype from float64 does (float64 -> bfloat16 as
 * ml_dtypes does: through float32). Floats only. Returns how many finite values became infinite. */
size_t dtype_from_double(enum ladle_dtype, const double *src, void *dst, size_t count);

#endif
