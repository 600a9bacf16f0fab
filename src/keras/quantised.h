/* Layers that Keras 3 quantised: section 2.5 of the format. */
#ifndef KERAS_QUANTISED_H
#define KERAS_QUANTISED_H

#include "keras/weight_tree.h"

/* Roles of weights that have numbers for names, into roles[own_count] (NULL: only asks); false: the
 * layer is not quantised. */
bool quantised_roles(const struct builder *, const struct tree_node *, const char **roles);
/* Is a kernel packed? The scales of one fit no other kernel, and its bias was corrected for it. */
bool quantised_kernel(const struct builder *, const struct tree_node *);
/* Counts the layer, when it is quantised, for the finding. */
void quantised_note(struct builder *, const struct tree_node *, const char *const *roles);
void quantised_report(struct builder *);

#endif
