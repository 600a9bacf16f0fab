/* What pairing finds about a row, in words. */
#include "pair/rows.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "keras/classes.h"

enum { SHAPE_TEXT = LADLE_MAX_RANK * 21 + 8 };

/* "3x3x1x8" */
static void
shape_text(char out[SHAPE_TEXT], const struct ladle_tensor *tensor)
{
	size_t at = 0;

	snprintf(out, SHAPE_TEXT, "%s", tensor->rank == 0 ? "a scalar" : "");
	for (int i = 0; i < tensor->rank && i < LADLE_MAX_RANK; i++)
		at += (size_t)snprintf(out + at, SHAPE_TEXT - at, "%s%" PRIu64, i == 0 ? "" : "x",
				tensor->shape[i]);
}

/* One file's tensor beside the one that stands for the row. */
struct judged {
	struct rows *rows;
	struct ladle_row *row;
	const struct ladle_checkpoint *file, *first_file;
	const struct ladle_tensor *tensor, *first;
	uint32_t column;
};

static void
add(const struct judged *it, enum ladle_finding_code code, uint32_t column, const char *text)
{
	rows_finding(it->rows, code, column, text);
	it->row->finding_count++;
}

/* Against the first file that has the row, whose shape the row has. */
static void
judge_shape(const struct judged *it)
{
	char own[SHAPE_TEXT], other[SHAPE_TEXT];
	const char *label;

	if (tensor_same_shape(it->first, it->tensor))
		return;
	shape_text(own, it->tensor);
	shape_text(other, it->first);
	label = tensor_label(it->rows->arena, it->file, it->tensor);
	add(it, LADLE_F_SHAPE, it->column,
			label == NULL ? NULL
				      : arena_format(it->rows->arena, "%s: %s is %s, %s has %s",
							it->file->path, label, own,
							it->first_file->path, other));
}

/* Shapes of kernels may be the same where their layouts are not. */
static void
judge_kind(const struct judged *it)
{
	const struct recurrent_kind *own = recurrent_kind(it->file, it->tensor);
	const struct recurrent_kind *other = recurrent_kind(it->first_file, it->first);

	if (own == NULL || other == NULL || own == other ||
			!tensor_same_shape(it->first, it->tensor))
		return;
	add(it, LADLE_F_SHAPE, it->column,
			arena_format(it->rows->arena,
					"%s has %s, %s %s: %s is laid out in another way there%s",
					it->file->path, own->name, it->first_file->path,
					other->name, it->row->label,
					own->turned == other->turned
							? ", until Keras loads it as the other "
							  "class and saves it"
							: ""));
}

static void
judge_dtype(const struct judged *it)
{
	const char *label;

	if (it->first->dtype == it->tensor->dtype)
		return;
	label = tensor_label(it->rows->arena, it->file, it->tensor);
	add(it, LADLE_F_DTYPE, it->column,
			label == NULL ? NULL
				      : arena_format(it->rows->arena, "%s: %s is %s, %s has %s",
							it->file->path, label,
							ladle_dtype_name(it->tensor->dtype),
							it->first_file->path,
							ladle_dtype_name(it->first->dtype)));
}

static void
judge_readable(const struct judged *it)
{
	if (it->tensor->refused != NULL)
		add(it, LADLE_F_UNREADABLE, it->column,
				arena_format(it->rows->arena, "%s: %s cannot be read: %s",
						it->file->path, it->tensor->object,
						it->tensor->refused));
}

/* Why, as the table of classes has it; it holds for all files. */
static void
judge_copied(struct rows *rows, struct ladle_row *row, const struct judged *first)
{
	const char *class_name = rows->layers[row->layer].class_name, *reason;

	if (row->averaged)
		return;
	reason = weight_copied(class_name, row->role, row->dtype);
	if (reason == NULL)
		reason = "its layer is quantised, or it is no number in one of the files";
	add(first, LADLE_F_COPIED, LADLE_NONE,
			arena_format(rows->arena, "copied from the template, not averaged: %s",
					reason));
}

void
rows_judge(struct rows *rows, struct ladle_row *row, const struct renamed *renamed)
{
	const struct slots *slots = rows->slots;
	struct judged it = {.rows = rows, .row = row};

	for (uint32_t k = 0; k < slots->checkpoint_count; k++) {
		it.column = k;
		it.file = slots->checkpoints[k];
		if (row->index[k] == LADLE_NONE) {
			add(&it, LADLE_F_MISSING, k,
					arena_format(rows->arena, "%s has no %s", it.file->path,
							row->label));
			continue;
		}
		it.tensor = &it.file->tensors[row->index[k]];
		if (it.first == NULL) {
			it.first = it.tensor;
			it.first_file = it.file;
		}
		judge_shape(&it);
		judge_kind(&it);
		judge_dtype(&it);
		judge_readable(&it);
		if (renamed[k].text != NULL)
			add(&it, renamed[k].code, k, renamed[k].text);
	}
	row->is_kernel = row->averaged && row->rank >= 2;
	judge_copied(rows, row, &it);
}
