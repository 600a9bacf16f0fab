/* Extents of the axes in space, as Keras computes them. Unknown in, unknown out. */
#ifndef ALIGN_SHAPE_H
#define ALIGN_SHAPE_H

#include <stdbool.h>
#include <stdint.h>

enum padding { PADDING_VALID, PADDING_SAME, PADDING_FULL, PADDING_UNKNOWN };

/* Of "valid", "same", "causal", "full". */
enum padding padding_of(const char *name);
/* What a window of `size` gives that moves by `stride`; `size` counts dilation's gaps. */
uint64_t extent_windows(uint64_t extent, uint64_t size, uint64_t stride, enum padding);
/* The reverse of a convolution; `extra` is output_padding, UINT64_MAX: none. */
uint64_t extent_transposed(
		uint64_t extent, uint64_t size, uint64_t stride, enum padding, uint64_t extra);
/* A kernel's size with its gaps. */
uint64_t extent_dilated(uint64_t size, uint64_t dilation);
uint64_t extent_minus(uint64_t extent, uint64_t less);

#endif
