/* Catalog -> layers, as pure functions: no file is touched here. */
#ifndef KERAS_KERAS_H
#define KERAS_KERAS_H

#include "file/catalog.h"

/* Fills the public description (all but path and bytes) from a catalog, which must outlive it.
 * Everything is allocated in `arena`. A layout that is not known becomes LADLE_PLAIN with a
 * finding. Fails only without memory or where limits are passed. */
enum ladle_status keras_read(struct ladle_checkpoint *out, const struct catalog *, struct arena *,
		struct ladle_error *);
/* The same with the config of another file, `length` bytes, where the catalog has none. The
 * text may be NULL; it need not outlive the call. has_config tells of the catalog's own alone. */
enum ladle_status keras_read_with(struct ladle_checkpoint *out, const struct catalog *,
		const char *config, size_t length, struct arena *, struct ladle_error *);
/* Was it Keras 0.x that wrote it? */
bool keras_is_old(const struct catalog *);
/* The text of model_config or config.json, or NULL. */
const char *keras_config(const struct catalog *, size_t *length);

#endif
