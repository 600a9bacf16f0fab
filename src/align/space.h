/* Layers with axes in space: where these stand, and what the config says of each. */
#ifndef ALIGN_SPACE_H
#define ALIGN_SPACE_H

#include "align/finder.h"
#include "align/shape.h"

enum { SPACE_MAX = 3 };

/* A value with its axes in space and that of its channels. */
struct space {
	struct value value; /* a copy, which becomes what comes out */
	int channel, first, count;
};

/* Keys of the config, the one of Keras 1 last, ended with NULL. */
extern const char *const space_strides[], *const space_dilations[], *const space_kernels[];
extern const char *const space_pools[], *const space_sizes[], *const space_output_paddings[];

/* From the digit in the class's name: "Conv2D"; 0: none. */
int space_of_class(const char *class_name);
/* By the layer's data format, from the end of the first input; false where it has not so many
 * axes. */
bool space_find(struct call *, int count, struct space *out);
uint64_t space_extent(const struct space *, int axis);
/* What the config says for each axis; one number stands for all. */
void space_read(const struct call *, const char *const *keys, int count, uint64_t usual,
		uint64_t *out);
enum padding space_padding(const struct call *);
/* The axis is fixed, and as long as this behind the layer. */
void space_mix(struct call *, struct space *, int axis, uint64_t extent);
void space_give(struct call *, struct space *, struct axis channels);

#endif
