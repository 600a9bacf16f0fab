#include "align/shape.h"

#include <string.h>

#include "align/axes.h"

enum padding
padding_of(const char *name)
{
	static const struct {
		const char *name;
		enum padding padding;
	} names[] = {
			{"valid", PADDING_VALID},
			{"same", PADDING_SAME},
			{"causal", PADDING_SAME},
			{"full", PADDING_FULL},
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(name, names[i].name) == 0)
			return names[i].padding;
	return PADDING_UNKNOWN;
}

uint64_t
extent_minus(uint64_t extent, uint64_t less)
{
	return extent == EXTENT_UNKNOWN || less > extent ? EXTENT_UNKNOWN : extent - less;
}

uint64_t
extent_dilated(uint64_t size, uint64_t dilation)
{
	return size == 0 ? 0 : extent_plus(extent_times(size - 1, dilation), 1);
}

uint64_t
extent_windows(uint64_t extent, uint64_t size, uint64_t stride, enum padding padding)
{
	uint64_t places = extent;

	if (padding == PADDING_VALID)
		places = extent_minus(extent_plus(extent, 1), size);
	else if (padding == PADDING_FULL)
		places = extent_minus(extent_plus(extent, size), 1);
	if (places == EXTENT_UNKNOWN || stride == 0 || padding == PADDING_UNKNOWN)
		return EXTENT_UNKNOWN;
	return places / stride + (places % stride != 0);
}

/* keras.src.backend.common.backend_utils.compute_conv_transpose_output_shape */
uint64_t
extent_transposed(uint64_t extent, uint64_t size, uint64_t stride, enum padding padding,
		uint64_t extra)
{
	uint64_t pad = padding == PADDING_SAME ? size / 2 : 0;

	if (padding != PADDING_SAME && padding != PADDING_VALID)
		return EXTENT_UNKNOWN;
	if (extra != UINT64_MAX && extent > 0)
		return extent_plus(extent_minus(extent_plus(extent_times(extent - 1, stride), size),
						   2 * pad),
				extra);
	extent = extent_times(extent, stride);
	return padding == PADDING_SAME || size < stride ? extent
							: extent_plus(extent, size - stride);
}
