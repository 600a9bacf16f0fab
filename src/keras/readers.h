/* The readers of each layout: they add layers, tensors and findings to the builder. */
#ifndef KERAS_READERS_H
#define KERAS_READERS_H

#include "keras/builder.h"
#include "keras/model_config.h"
#include "keras/weight_tree.h"

enum { ROOT_OBJECT = 0 };

/* Name under which the weights that a model object owns itself are listed, in every layout. */
#define TOP_LEVEL_WEIGHTS "top_level_model_weights"

/* `group` holds layer_names: the root or /model_weights. */
void legacy_read(struct builder *, uint32_t group, const struct config *);
/* Keras 0.x: layers and weights have numbers alone. */
void old_read(struct builder *, const struct config *);
/* The store's root object. *model_name is set when the file says it. */
void v3_read(struct builder *, const struct config *, const char **model_name);
/* Any other HDF5: groups that hold datasets become layers. */
void plain_read(struct builder *);

/* Gives the children of `node`, in their present order, the configs of `members`. */
void config_map_members(struct builder *, struct tree_node *node, const struct config_layer *model);

#endif
