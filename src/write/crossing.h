/* The tree of an output whose layout its template has not: what Keras would store of the model,
 * with the template's tensors where the config says that they belong. */
#ifndef WRITE_CROSSING_H
#define WRITE_CROSSING_H

#include "write/tree.h"

/* Is the output of another layout, or of another generation of Keras, than the template? */
bool crossing_needed(const struct tree_request *);
/* Fills an initialised catalog and *source. E_USAGE, E_PAIR or E_INPUT, naming layer, file and both
 * sides, when the layout cannot hold what the template has or needs what it has not. */
enum ladle_status crossing_make(struct tree *, const struct tree_request *, struct ladle_error *);

#endif
