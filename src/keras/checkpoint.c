#include "keras/checkpoint.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/dtype.h"
#include "base/err.h"
#include "file/nursery.h"
#include "keras/branch.h"
#include "keras/ema.h"
#include "keras/keras.h"
#include "keras/modern.h"
#include "keras/reorder.h"
#include "keras/tensor_view.h"

/* The twin shares all but what it says of the layers; it is closed with its original. */
static enum ladle_status
add_modern(struct checkpoint *checkpoint, struct ladle_error *err)
{
	struct ladle_checkpoint *pub = &checkpoint->pub;
	struct checkpoint *twin = arena_array(&checkpoint->arena, 1, sizeof(*twin));

	if (twin == NULL)
		return ladle_fail(err, LADLE_E_MEMORY, pub->path, "%s: no memory", pub->path);
	*twin = *checkpoint;
	TRY(modern_make(&twin->pub, &pub->form, pub, checkpoint->catalog, &checkpoint->arena, err));
	if (pub->form != 0)
		pub->modern = &twin->pub;
	return LADLE_OK;
}

/* FILE#BRANCH in two; *branch is NULL for a file that is there under the whole name. */
static char *
split_path(const char *path, const char **branch)
{
	const char *mark = strrchr(path, '#');

	*branch = mark == NULL || mark == path || access(path, F_OK) == 0 ? NULL : mark + 1;
	return *branch == NULL ? strdup(path) : strndup(path, (size_t)(mark - path));
}

enum ladle_status
checkpoint_fill(struct checkpoint *checkpoint, const char *branch, const struct ladle_open_how *how,
		struct ladle_error *err)
{
	struct ladle_checkpoint *pub = &checkpoint->pub;
	size_t length = 0;
	const char *text =
			how->config == NULL ? NULL : ladle_checkpoint_config(how->config, &length);

	TRY(keras_read_with(pub, checkpoint->catalog, text, length, &checkpoint->arena, err));
	checkpoint->stored = pub->format;
	if (how->ema)
		TRY(ema_take(checkpoint, text, length, err));
	if (branch != NULL) {
		text = pub->has_config ? ladle_checkpoint_config(pub, &length) : text;
		TRY(branch_take(checkpoint, branch, text, length, err));
	}
	return add_modern(checkpoint, err);
}

/* The catalog belongs to the file, and the layers point into it: both live until close. */
static enum ladle_status
fill(struct checkpoint *checkpoint, struct ladle *ladle, const char *path,
		const struct ladle_open_how *how, struct ladle_error *err)
{
	const char *branch;
	char *file = split_path(path, &branch);
	enum ladle_status status;

	if (file == NULL)
		return ladle_fail(err, LADLE_E_MEMORY, path, "%s: no memory", path);
	status = file_open(&checkpoint->file, ladle->nursery, file, err);
	free(file);
	TRY(status);
	checkpoint->catalog = file_catalog(checkpoint->file);
	checkpoint->pub.path = branch == NULL ? file_path(checkpoint->file)
					      : arena_text(&checkpoint->arena, path, strlen(path));
	checkpoint->pub.bytes = file_size(checkpoint->file);
	if (checkpoint->pub.path == NULL)
		return ladle_fail(err, LADLE_E_MEMORY, path, "%s: no memory", path);
	return checkpoint_fill(checkpoint, branch, how, err);
}

enum ladle_status
ladle_checkpoint_open(struct ladle_checkpoint **out, struct ladle *ladle, const char *path,
		struct ladle_error *err)
{
	return ladle_checkpoint_open_with(out, ladle, path, NULL, err);
}

enum ladle_status
ladle_checkpoint_open_with(struct ladle_checkpoint **out, struct ladle *ladle, const char *path,
		const struct ladle_checkpoint *config, struct ladle_error *err)
{
	const struct ladle_open_how how = {.config = config};

	return ladle_checkpoint_open_how(out, ladle, path, &how, err);
}

enum ladle_status
ladle_checkpoint_open_how(struct ladle_checkpoint **out, struct ladle *ladle, const char *path,
		const struct ladle_open_how *how, struct ladle_error *err)
{
	struct checkpoint *checkpoint = calloc(1, sizeof(*checkpoint));
	enum ladle_status status;

	if (checkpoint == NULL)
		return ladle_fail(err, LADLE_E_MEMORY, path, "%s: no memory", path);
	arena_init(&checkpoint->arena);
	status = fill(checkpoint, ladle, path, how, err);
	if (status != LADLE_OK) {
		ladle_checkpoint_close(&checkpoint->pub);
		return status;
	}
	*out = &checkpoint->pub;
	return LADLE_OK;
}

static struct checkpoint *
owned(struct ladle_checkpoint *pub)
{
	return (struct checkpoint *)(void *)pub;
}

void
ladle_checkpoint_close(struct ladle_checkpoint *pub)
{
	struct checkpoint *checkpoint = owned(pub);

	if (checkpoint == NULL)
		return;
	if (checkpoint->file != NULL)
		file_close(checkpoint->file);
	arena_done(&checkpoint->arena);
	free(checkpoint);
}

enum ladle_status
checkpoint_read(const struct checkpoint *checkpoint, uint32_t dataset, uint64_t first,
		uint64_t count, void *dst, struct ladle_error *err)
{
	if (checkpoint->instead != NULL)
		dataset = checkpoint->instead[dataset];
	return file_read(checkpoint->file, dataset, first, count, dst, err);
}

static enum ladle_status
read_source(void *arg, uint32_t dataset, uint64_t first, uint64_t count, void *dst,
		struct ladle_error *err)
{
	return checkpoint_read(arg, dataset, first, count, dst, err);
}

static enum ladle_status
read_tensor(void *arg, const struct ladle_tensor *tensor, uint64_t first, uint64_t count, void *dst,
		struct ladle_error *err)
{
	return ladle_tensor_read(arg, tensor, first, count, dst, err);
}

static enum ladle_status
read_view(const struct checkpoint *checkpoint, const struct ladle_tensor *tensor, uint64_t first,
		uint64_t count, void *dst, struct ladle_error *err)
{
	void *arg = (void *)(uintptr_t)checkpoint;
	const struct view_source source = {read_source, arg, dtype_size(tensor->dtype)};
	const struct reorder_source tensors = {read_tensor, arg};

	if (tensor->view->reorder != NULL)
		return reorder_read(tensor->view->reorder, &tensors, first, count, dst, err);
	return view_read(tensor->view, &source, first, count, dst, err);
}

/* Nothing here changes after opening, so that threads need no lock; file_read has its own. */
enum ladle_status
ladle_tensor_read(const struct ladle_checkpoint *pub, const struct ladle_tensor *tensor,
		uint64_t first, uint64_t count, void *dst, struct ladle_error *err)
{
	if (tensor->refused != NULL)
		return ladle_fail(err, LADLE_E_INPUT, pub->path, "%s: %s cannot be read: %s",
				pub->path, tensor->object, tensor->refused);
	if (tensor->view != NULL)
		return read_view(checkpoint_of(pub), tensor, first, count, dst, err);
	return checkpoint_read(checkpoint_of(pub), tensor->dataset, first, count, dst, err);
}

enum ladle_status
ladle_checkpoint_check(const struct ladle_checkpoint *pub, struct ladle_error *err)
{
	const struct file *file = checkpoint_of(pub)->file;

	return file == NULL ? LADLE_OK : file_check(file, err);
}

enum ladle_status
ladle_checkpoint_stands(const struct ladle_checkpoint *pub, struct ladle_error *err)
{
	const struct file *file = checkpoint_of(pub)->file;

	return file == NULL ? LADLE_OK : file_stands(file, err);
}

const char *
ladle_checkpoint_recipe(const struct ladle_checkpoint *pub)
{
	const struct catalog *catalog = checkpoint_of(pub)->catalog;

	return catalog == NULL ? NULL : catalog_attr_text(&catalog->objects[0], "ladle_recipe");
}

const char *
ladle_checkpoint_config(const struct ladle_checkpoint *pub, size_t *length)
{
	const struct checkpoint *checkpoint = checkpoint_of(pub);

	if (checkpoint->config != NULL) {
		*length = checkpoint->config_length;
		return checkpoint->config;
	}
	return checkpoint->catalog == NULL ? NULL : keras_config(checkpoint->catalog, length);
}
