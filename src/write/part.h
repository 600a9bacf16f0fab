/* A part of a weights-only file as a file: a branch that no config describes. */
#ifndef WRITE_PART_H
#define WRITE_PART_H

#include "write/tree.h"

/* Is the template such a branch? */
bool part_needed(const struct tree_request *);
/* The layers of the branch under their own names; where a store counts its layers by class, they
 * are counted anew. The tree's catalog must be initialised; what was made is the caller's to free
 * on failure too. */
enum ladle_status part_make(struct tree *, const struct tree_request *, struct ladle_error *);

#endif
