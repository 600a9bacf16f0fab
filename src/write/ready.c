#include "write/ready.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "keras/checkpoint.h"
#include "write/tree.h"

void
ready_shape(struct buf *out, const struct ladle_tensor *tensor)
{
	for (int i = 0; i < tensor->rank; i++)
		buf_format(out, "%s%llu", i ? "x" : "", (unsigned long long)tensor->shape[i]);
	if (!tensor->rank)
		buf_text(out, "a scalar");
}

static bool
same_shape(const struct ladle_tensor *a, const struct ladle_tensor *b)
{
	return a->rank == b->rank &&
	       !memcmp(a->shape, b->shape, (size_t)a->rank * sizeof(*a->shape));
}

static enum ladle_status
refuse_shape(const char *path, const struct ladle_tensor *tensor, const char *other_path,
		const struct ladle_tensor *other, const char *label, struct ladle_error *err)
{
	struct buf one, two;

	buf_init(&one);
	buf_init(&two);
	ready_shape(&one, tensor);
	ready_shape(&two, other);
	ladle_fail(err, LADLE_E_PAIR, path,
			"%s: %s is %s, %s has %s; give one of them weight 0 there, or skip it",
			path, label, buf_string(&one), other_path, buf_string(&two));
	buf_done(&one);
	buf_done(&two);
	return LADLE_E_PAIR;
}

/* Equal shapes that are not of equal layout: pairing says so in words. */
static const char *
layout_finding(const struct ladle_row *row, uint32_t column)
{
	for (uint32_t i = 0; i < row->finding_count; i++)
		if (row->findings[i].code == LADLE_F_SHAPE && row->findings[i].checkpoint == column)
			return row->findings[i].text;
	return NULL;
}

/* One column with weight in a row that is blended. */
static enum ladle_status
check_input(const struct ladle_table *table, uint32_t template_, uint32_t row, uint32_t column,
		struct ladle_error *err)
{
	const struct ladle_tensor *tensor = ladle_row_tensor(table, row, column);
	const struct ladle_tensor *target = ladle_row_tensor(table, row, template_);
	const char *path = table->checkpoints[column]->path;
	const char *label = table->rows[row].label;

	if (!tensor)
		return ladle_fail(err, LADLE_E_PAIR, path,
				"%s has no %s, %s has it; give it weight 0 there, or skip it", path,
				label, table->checkpoints[template_]->path);
	if (tensor->refused)
		return ladle_fail(err, LADLE_E_INPUT, path, "%s: %s %s", path, label,
				tensor->refused);
	if (!same_shape(tensor, target))
		return refuse_shape(path, tensor, table->checkpoints[template_]->path, target,
				label, err);
	if (layout_finding(&table->rows[row], column))
		return ladle_fail(err, LADLE_E_PAIR, path, "%s",
				layout_finding(&table->rows[row], column));
	if (!tensor->averaged)
		return ladle_fail(err, LADLE_E_PAIR, path, "%s: %s is not averaged: it holds %s",
				path, label, ladle_dtype_name(tensor->dtype));
	return LADLE_OK;
}

static enum ladle_status
check_row(const struct ladle_table *table, const struct ladle_mix *mix, uint32_t row, double *w,
		struct ladle_error *err)
{
	struct ladle_weights from = ladle_mix_weights(mix, table, row, w);
	uint32_t template_ = ladle_mix_template(mix), some = 0;

	if (from.source == LADLE_W_COPIED || from.source == LADLE_W_SKIPPED)
		return LADLE_OK;
	for (uint32_t k = 0; k < table->checkpoint_count; k++) {
		if (w[k] == 0)
			continue;
		TRY(check_input(table, template_, row, k, err));
		some++;
	}
	if (!some || from.sum == 0 || !isfinite(from.sum))
		return ladle_fail(err, LADLE_E_USAGE, NULL, "the weights of %s sum to %g",
				table->rows[row].label, some ? from.sum : 0.);
	if (ladle_row_tensor(table, row, template_)->dataset == LADLE_NONE)
		return ladle_fail(err, LADLE_E_PAIR, table->checkpoints[template_]->path,
				"%s stores %s in another form than the other files: it cannot be "
				"the template; name one of them (--template)",
				table->checkpoints[template_]->path, table->rows[row].label);
	/* Blocks are read in the row's shape, which is the first checkpoint's. */
	if (memcmp(ladle_row_tensor(table, row, template_)->shape, table->rows[row].shape,
			    (size_t)table->rows[row].rank * sizeof(*table->rows[row].shape)))
		return ladle_fail(err, LADLE_E_PAIR, table->checkpoints[template_]->path,
				"%s: %s has another shape than in %s; name %s first",
				table->checkpoints[template_]->path, table->rows[row].label,
				table->checkpoints[0]->path, table->checkpoints[template_]->path);
	return LADLE_OK;
}

enum ladle_status
ready_check(const struct ladle_table *table, const struct ladle_mix *mix, struct ladle_error *err)
{
	double *w = calloc(table->checkpoint_count + 1, sizeof(*w));
	enum ladle_status status = LADLE_OK;

	if (!w)
		return ladle_fail(err, LADLE_E_MEMORY, NULL, "no memory for weights");
	for (uint32_t row = 0; row < table->row_count && status == LADLE_OK; row++)
		if (ladle_row_tensor(table, row, ladle_mix_template(mix)))
			status = check_row(table, mix, row, w, err);
	free(w);
	return status;
}

/* ---- which layout ---- */

struct suffix {
	const char *text;
	enum ladle_format whole, weights; /* of a whole model and of weights alone */
};

/* Longer ones first: `.weights.h5` ends in `.h5` too. Keras chooses its loader by them. */
static const struct suffix suffixes[] = {
		{".weights.h5", LADLE_WEIGHTS, LADLE_WEIGHTS},
		{".keras", LADLE_KERAS, LADLE_KERAS},
		{".hdf5", LADLE_LEGACY_FULL, LADLE_LEGACY_WEIGHTS},
		{".h5", LADLE_LEGACY_FULL, LADLE_LEGACY_WEIGHTS},
};

/* A name that is nothing but a suffix has none. */
static const struct suffix *
suffix_of(const char *path)
{
	size_t length = strlen(path);

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		size_t size = strlen(suffixes[i].text);

		if (length > size && !strcmp(path + length - size, suffixes[i].text))
			return &suffixes[i];
	}
	return NULL;
}

/* How an output is stored that nothing says more of. Shards are read, not written: what they are
 * together is. A branch is stored as the file that it is a part of. */
static enum ladle_format
home_of(const struct ladle_checkpoint *template_)
{
	enum ladle_format format = template_->format;

	if (format == LADLE_BRANCH)
		format = checkpoint_of(template_)->stored;
	return format == LADLE_SHARDS ? LADLE_WEIGHTS : format;
}

enum ladle_status
ladle_export_format(const struct ladle_checkpoint *template_, const char *path, int format,
		bool has_config, enum ladle_format *out, struct ladle_error *err)
{
	const struct suffix *suffix = suffix_of(path);
	enum ladle_format home = home_of(template_), chosen = home;
	bool is_whole = home == LADLE_LEGACY_FULL || home == LADLE_KERAS;

	if (home == LADLE_PLAIN)
		return ladle_fail(err, LADLE_E_USAGE, template_->path,
				"%s is plain HDF5, in no layout of Keras: "
				"it is listed and compared, not written",
				template_->path);
	if (format >= 0)
		chosen = (enum ladle_format)format;
	else if (suffix)
		chosen = is_whole ? suffix->whole : suffix->weights;
	TRY(tree_check(tree_layout(template_), chosen, has_config || template_->has_config, path,
			err));
	*out = chosen;
	return LADLE_OK;
}
