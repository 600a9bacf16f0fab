/* The rules: one function for each kind of layer. A rule says which axes of the layer's weights
 * move with which axes of what it takes, and gives what comes out. */
#ifndef ALIGN_RULES_H
#define ALIGN_RULES_H

#include "align/finder.h"

#define RULE(class, function) void rule_##function(struct call *);
#include "align/rules.def"

/* Operations that are called by themselves: Keras 3's and TensorFlow's. */
void rule_operation(struct call *);

/* Does every unit go through this function by itself, or in a way that does not tell one from the
 * other, as in softmax? */
bool activation_is_known(const struct config_values *, const char *key);
/* The function of a name without its modules. */
bool activation_is_elementwise(const char *name);
/* The whole cell of a recurrent layer: kernel, recurrent kernel, bias; the axis of its units. */
bool cell_describe(struct call *, struct axis in, struct axis *units);
/* Reshapes row-major, extents without the batch. */
struct value value_reshape(struct finder *, struct value, const uint64_t *extents, int count);
/* Joins along an axis, unites along all others. */
void merge_along(struct call *, long axis);

#endif
