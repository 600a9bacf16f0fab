/* One branch as a checkpoint of its own. */
#ifndef KERAS_BRANCH_H
#define KERAS_BRANCH_H

#include "keras/checkpoint.h"

/* Leaves of a checkpoint that was read the layers of one branch, of the trunk and of the head, with
 * the config of a model of these. `text` is the config that it was read with, NULL: none. E_INPUT
 * when there are no branches, E_USAGE when none has this name. */
enum ladle_status branch_take(struct checkpoint *, const char *name, const char *text,
		size_t length, struct ladle_error *);

#endif
