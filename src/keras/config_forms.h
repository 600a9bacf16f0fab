/* A model's config in the form of another layout. Pure functions, text to text. */
#ifndef KERAS_CONFIG_FORMS_H
#define KERAS_CONFIG_FORMS_H

#include "base/buf.h"
#include "keras/model_config.h"

/* config.json of an archive. The form of legacy files lacks but one thing that the loader of
 * archives cannot do without (measured with Keras 2.15 and 3.15): the module of the model's own
 * class. `text` is the JSON that `model` was read from, and `major` the generation that wrote it.
 * Without memory the buf has `failed`, here and below. */
void config_for_archive(struct buf *out, const char *text, size_t length,
		const struct config_layer *model, int major);
/* metadata.json, with a fixed date, so that equal inputs give equal bytes. */
void config_metadata(struct buf *out, const char *version, int major);
/* model_config of a legacy file. Keras 3 writes and reads it in the form of archives; Keras 2 lists
 * layers without module and build_config, and looks for a class of the user's by package and name,
 * "Custom>Block". */
void config_for_legacy(struct buf *out, const char *text, size_t length, int major);

#endif
