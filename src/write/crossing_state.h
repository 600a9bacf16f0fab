/* One output of another layout while it is laid out; for the files crossing*.c alone. */
#ifndef WRITE_CROSSING_STATE_H
#define WRITE_CROSSING_STATE_H

#include "keras/blueprint.h"
#include "write/sketch.h"
#include "write/tree.h"

struct crossing {
	const struct tree_request *request;
	struct arena arena;
	struct sketch sketch;
	struct blueprint plan;
	struct ladle_checkpoint read;         /* the template once more, with the other's config */
	const struct ladle_checkpoint *from;  /* the template */
	const struct ladle_checkpoint *shape; /* whose config it is: the other file, or `from` */
	const char *version;                  /* of the Keras that the output is for; "" unknown */
	struct ladle_error *err;
};

enum ladle_status crossing_no_memory(const struct crossing *);
/* "a/b", from the arena; "" and `sketch.failed` without memory. */
const char *crossing_join(struct crossing *, const char *a, const char *b);
/* v3, against the legacy layouts. */
bool crossing_is_store(enum ladle_format);
/* Every object of the plan, whose weights have tensors of `from`, into the sketch. */
enum ladle_status crossing_lay_out(struct crossing *, struct sketch_object *root);
/* The layers of a branch that was found without a config, as they stand in the file. */
enum ladle_status crossing_select(struct crossing *, struct sketch_object *root);

#endif
