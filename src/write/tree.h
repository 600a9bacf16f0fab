/* The HDF5 tree of an output, made of validated values of its template; nothing is copied that was
 * not decoded. */
#ifndef WRITE_TREE_H
#define WRITE_TREE_H

#include "file/catalog.h"
#include "keras/checkpoint.h"

struct tree_request {
	const struct checkpoint *template_;
	const struct checkpoint *config; /* whose config the output takes, NULL: the template's */
	enum ladle_format format;
	const char *recipe; /* "" or NULL: none */
	bool keep_optimizer;
};

struct tree {
	struct catalog catalog;
	uint32_t *source; /* [object_count] the dataset in the template's catalog, or LADLE_NONE */
};

/* E_INPUT when the template holds a dataset that cannot be read. Strings are borrowed from the
 * template and the config, which must outlive the tree. */
enum ladle_status tree_make(struct tree *out, const struct tree_request *, struct ladle_error *);
void tree_done(struct tree *);
/* The layout that a template is written from: its own, or that of the file it is a branch of. */
enum ladle_format tree_layout(const struct ladle_checkpoint *template_);
/* Can a template of one format be written as another? E_USAGE, naming both, when that needs a
 * config and there is none. */
enum ladle_status tree_check(enum ladle_format from, enum ladle_format to, bool has_config,
		const char *path, struct ladle_error *);

#endif
