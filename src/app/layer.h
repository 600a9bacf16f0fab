/* Layers of one checkpoint as a person names them. */
#ifndef APP_LAYER_H
#define APP_LAYER_H

#include <ladle.h>

struct buf;

/* With the layers that it is nested in, "backbone/in_conv"; raw bytes. */
void layer_name(struct buf *, const struct ladle_checkpoint *, uint32_t layer);
/* The same, or the path where another layer has this name: what `pair` takes. */
void layer_unique_name(struct buf *, const struct ladle_checkpoint *, uint32_t layer);

#endif
