/* The texts of a `.keras` archive, from the config of any layout. Pure functions. */
#ifndef KERAS_CONFIG_ARCHIVE_H
#define KERAS_CONFIG_ARCHIVE_H

#include "base/buf.h"
#include "keras/model_config.h"

/* config.json. The form of legacy files lacks but one thing that the loader of archives cannot do
 * without (measured with Keras 2.15 and 3.15): the module of the model's own class. `text` is the
 * JSON that `model` was read from, and `major` the generation that wrote it. */
void config_archive_text(struct buf *out, const char *text, size_t length,
		const struct config_layer *model, int major);
/* metadata.json, with a fixed date, so that equal inputs give equal bytes. */
void config_archive_metadata(struct buf *out, const char *version, int major);

#endif
