/* Small models as plain HDF5 files, and copies of them whose units are in another order, made by the
 * definition of groups in ladle.h and by no code of this program.
 *
 * A model is "a/kernel 8x4,a/bias 4"; groups are lines as grouped.h prints them, and "4s" or "4t"
 * where units may be rescaled or change signs: "a/kernel:1>" makes them, "b/kernel:0<" takes them. */
#ifndef TESTS_ALIGN_COPIES_H
#define TESTS_ALIGN_COPIES_H

#include <hdf5.h>
#include <unistd.h>

#include "base/dtype.h"
#include "keras/opened.h"
#include "support/fake_table.h"

enum { COPIES_TENSORS = 24, COPIES_GROUPS = 24, COPIES_USES = 256, COPIES_UNITS = 64 };

struct copies_tensor {
	char name[64];
	int rank;
	uint64_t shape[4], count;
	double *data;
};

struct copies_model {
	struct copies_tensor list[COPIES_TENSORS];
	uint32_t count;
	hid_t type;
};

struct copies_group {
	struct ladle_group group;
	struct ladle_use uses[COPIES_USES]; /* row: number of the tensor in the model */
};

struct copies_groups {
	struct copies_group list[COPIES_GROUPS];
	struct ladle_group shown[COPIES_GROUPS];
	struct ladle_groups pub;
};

/* ---- models ---- */

static inline void
copies_fill(struct copies_tensor *tensor, uint64_t *seed)
{
	for (uint64_t i = 0; i < tensor->count; i++)
		tensor->data[i] = (double)(float)fake_random(seed);
}

static inline void
copies_make(struct copies_model *model, const char *text, uint64_t seed)
{
	memset(model, 0, sizeof(*model));
	model->type = H5T_NATIVE_FLOAT;
	while (*text != '\0') {
		struct copies_tensor *tensor = &model->list[model->count++];
		int length = (int)strcspn(text, " ");

		snprintf(tensor->name, sizeof(tensor->name), "%.*s", length, text);
		tensor->count = 1;
		do {
			text += length + 1;
			tensor->shape[tensor->rank] = strtoul(text, NULL, 10);
			tensor->count *= tensor->shape[tensor->rank++];
			length = (int)strcspn(text, "x,");
		} while (text[length] == 'x');
		text += length + (text[length] == ',');
		tensor->data = calloc(tensor->count + 1, sizeof(*tensor->data));
		copies_fill(tensor, &seed);
	}
}

static inline struct copies_tensor *
copies_tensor(struct copies_model *model, const char *name)
{
	for (uint32_t t = 0; t < model->count; t++)
		if (strcmp(model->list[t].name, name) == 0)
			return &model->list[t];
	fail_msg("no %s", name);
	return NULL;
}

static inline void
copies_clone(struct copies_model *to, const struct copies_model *from)
{
	*to = *from;
	for (uint32_t t = 0; t < to->count; t++) {
		size_t size = (to->list[t].count + 1) * sizeof(double);

		to->list[t].data = malloc(size);
		memcpy(to->list[t].data, from->list[t].data, size);
	}
}

static inline void
copies_free(struct copies_model *model)
{
	for (uint32_t t = 0; t < model->count; t++)
		free(model->list[t].data);
}

/* ---- groups ---- */

static inline const char *
copies_use(struct copies_model *model, const char *text, struct ladle_use *use)
{
	char name[64];
	unsigned long numbers[3] = {1, 1, 0};
	int length = (int)strcspn(text, ":");
	char *end;

	snprintf(name, sizeof(name), "%.*s", length, text);
	*use = (struct ladle_use){.where = -1};
	use->row = (uint32_t)(copies_tensor(model, name) - model->list);
	use->axis = (int)strtol(text + length + 1, &end, 10);
	for (int i = 0; i < 3 && (*end == '*' || *end == '+'); i++)
		numbers[i] = strtoul(end + 1, &end, 10);
	use->outer = numbers[0];
	use->inner = numbers[1];
	use->offset = numbers[2];
	if (*end == '[') {
		use->where = (int)strtol(end + 1, &end, 10);
		use->index = strtoul(end + 1, &end, 10);
		end++;
	}
	use->gauge = *end == '>' ? 1 : *end == '<' ? -1 : 0;
	return end + (use->gauge != 0);
}

static inline void
copies_read_groups(struct copies_groups *groups, struct copies_model *model, const char *text)
{
	memset(groups, 0, sizeof(*groups));
	for (; *text != '\0'; text += *text == '\n') {
		struct copies_group *group = &groups->list[groups->pub.count++];
		char *end;

		group->group.units = (uint32_t)strtoul(text, &end, 10);
		group->group.gauge = *end == 's'   ? LADLE_GAUGE_SCALE
				     : *end == 't' ? LADLE_GAUGE_SIGN
						   : LADLE_GAUGE_NONE;
		end += group->group.gauge != LADLE_GAUGE_NONE;
		for (text = end; *text == ' ';)
			text = copies_use(model, text + 1,
					&group->uses[group->group.use_count++]);
	}
}

/* Rows of a table may stand in another order than the tensors of the model. */
static inline const struct ladle_groups *
copies_groups_of(struct copies_groups *groups, const struct copies_model *model,
		const struct ladle_table *table)
{
	for (uint32_t g = 0; g < groups->pub.count; g++) {
		struct copies_group *group = &groups->list[g];

		for (uint32_t u = 0; u < group->group.use_count; u++) {
			const char *name = model->list[group->uses[u].row].name;
			uint32_t row = 0;

			while (strcmp(table->rows[row].label, name) != 0)
				row++;
			group->uses[u].row = row;
		}
		group->group.uses = group->uses;
		groups->shown[g] = group->group;
	}
	groups->pub.list = groups->shown;
	return &groups->pub;
}

/* ---- copies ---- */

static inline void
copies_random_order(uint32_t *order, uint32_t units, uint64_t *seed)
{
	for (uint32_t i = 0; i < units; i++)
		order[i] = i;
	for (uint32_t i = units; i > 1; i--) {
		uint32_t j = (uint32_t)((fake_random(seed) + 1) / 2 * i), keep = order[i - 1];

		order[i - 1] = order[j % i];
		order[j % i] = keep;
	}
}

/* Whether the use moves index x of its axis, in a place where the other indices are `index`; where
 * it takes its value from. */
static inline bool
copies_source(const struct ladle_use *use, uint32_t units, const uint32_t *order,
		const uint64_t *index, uint64_t *from)
{
	uint64_t x = index[use->axis];

	if (use->where >= 0 && index[use->where] != use->index)
		return false;
	for (uint64_t i = 0; i < use->outer; i++)
		for (uint64_t c = 0; c < units; c++)
			for (uint64_t j = 0; j < use->inner; j++)
				if (x == use->offset + (i * units + c) * use->inner + j) {
					*from = use->offset + (i * units + order[c]) * use->inner + j;
					return true;
				}
	return false;
}

static inline uint64_t
copies_place(const struct copies_tensor *tensor, const uint64_t *index)
{
	uint64_t at = 0;

	for (int a = 0; a < tensor->rank; a++)
		at = at * tensor->shape[a] + index[a];
	return at;
}

static inline void
copies_move(struct copies_tensor *tensor, const struct ladle_use *use, uint32_t units,
		const uint32_t *order)
{
	double *old = malloc(tensor->count * sizeof(*old));

	memcpy(old, tensor->data, tensor->count * sizeof(*old));
	for (uint64_t n = 0; n < tensor->count; n++) {
		uint64_t index[4], left = n, from;

		for (int a = tensor->rank - 1; a >= 0; left /= tensor->shape[a--])
			index[a] = left % tensor->shape[a];
		if (!copies_source(use, units, order, index, &from))
			continue;
		index[use->axis] = from;
		tensor->data[n] = old[copies_place(tensor, index)];
	}
	free(old);
}

/* Before rows are numbered by a table. */
static inline void
copies_permute(struct copies_model *model, const struct copies_groups *groups, uint32_t group,
		const uint32_t *order)
{
	const struct copies_group *from = &groups->list[group];

	for (uint32_t u = 0; u < from->group.use_count; u++)
		copies_move(&model->list[from->uses[u].row], &from->uses[u], from->group.units,
				order);
}

/* What makes units times their factor, what takes them divided by it. Before rows are numbered by a
 * table. */
static inline void
copies_rescale(struct copies_model *model, const struct copies_groups *groups, uint32_t group,
		const double *factor)
{
	const struct copies_group *from = &groups->list[group];

	for (uint32_t u = 0; u < from->group.use_count; u++) {
		const struct ladle_use *use = &from->uses[u];
		struct copies_tensor *tensor = &model->list[use->row];

		for (uint64_t n = 0; n < tensor->count; n++) {
			uint64_t x, left = n;

			for (int a = tensor->rank - 1; a > use->axis; a--)
				left /= tensor->shape[a];
			x = left % tensor->shape[use->axis];
			if (x < use->offset ||
					x - use->offset >= use->outer * from->group.units * use->inner)
				continue;
			x = (x - use->offset) / use->inner % from->group.units;
			if (use->gauge > 0)
				tensor->data[n] *= factor[x];
			else if (use->gauge < 0)
				tensor->data[n] /= factor[x];
		}
	}
}

/* Each group undoes what the last one did: the last is permuted first. */
static inline void
copies_shuffle(struct copies_model *model, const struct copies_groups *groups, uint64_t seed)
{
	uint32_t order[COPIES_UNITS];

	for (uint32_t g = groups->pub.count; g-- > 0;) {
		copies_random_order(order, groups->list[g].group.units, &seed);
		copies_permute(model, groups, g, order);
	}
}

/* ---- files ---- */

static inline void
copies_write(const struct copies_model *model, const char *path)
{
	hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
	hid_t links = H5Pcreate(H5P_LINK_CREATE);

	assert_true(file >= 0);
	H5Pset_create_intermediate_group(links, 1);
	for (uint32_t t = 0; t < model->count; t++) {
		const struct copies_tensor *tensor = &model->list[t];
		hsize_t shape[4];
		hid_t space, set;

		for (int a = 0; a < tensor->rank; a++)
			shape[a] = tensor->shape[a];
		space = H5Screate_simple(tensor->rank, shape, NULL);
		set = H5Dcreate2(file, tensor->name, model->type, space, links, H5P_DEFAULT,
				H5P_DEFAULT);
		assert_true(H5Dwrite(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT,
					    tensor->data) >= 0);
		H5Dclose(set);
		H5Sclose(space);
	}
	H5Pclose(links);
	H5Fclose(file);
}

struct copies_pair {
	struct ladle_checkpoint *checkpoint[3];
	uint32_t count;
	struct ladle_table *table;
	struct ladle_alignment *alignment;
	const struct ladle_match *matches; /* of the last one */
};

static inline struct ladle_checkpoint *
copies_open(struct ladle *ladle, const struct copies_model *model, uint32_t column)
{
	const char *folder = getenv("TMPDIR");
	struct ladle_checkpoint *checkpoint = NULL;
	struct ladle_error err;
	char path[256];

	snprintf(path, sizeof(path), "%s/ladle-copies-%d-%u.h5",
			folder == NULL || *folder == '\0' ? "/tmp" : folder, (int)getpid(), column);
	copies_write(model, path);
	if (ladle_checkpoint_open(&checkpoint, ladle, path, &err) != LADLE_OK)
		fail_msg("%s", err.text);
	remove(path);
	return checkpoint;
}

static inline void
copies_pair_up(struct copies_pair *pair, struct ladle *ladle,
		const struct copies_model *const *models, uint32_t count)
{
	pair->count = count;
	pair->alignment = NULL;
	for (uint32_t i = 0; i < count; i++)
		pair->checkpoint[i] = copies_open(ladle, models[i], i);
	assert_int_equal(ladle_pair(&pair->table,
					 (const struct ladle_checkpoint *const *)pair->checkpoint,
					 count, NULL),
			LADLE_OK);
}

/* Rows of groups are numbered by the table afterwards. */
static inline enum ladle_status
copies_match_all(struct copies_pair *pair, struct ladle *ladle, struct copies_groups *groups,
		const struct copies_model *const *models, uint32_t count,
		const struct ladle_match_options *options, struct ladle_job *job,
		struct ladle_error *why)
{
	copies_pair_up(pair, ladle, models, count);
	if (ladle_match(&pair->alignment, ladle, pair->table,
			    copies_groups_of(groups, models[0], pair->table), options, job,
			    why) != LADLE_OK)
		return why->status;
	pair->matches = pair->alignment->matches + (count - 1) * groups->pub.count;
	return LADLE_OK;
}

static inline enum ladle_status
copies_match_how(struct copies_pair *pair, struct ladle *ladle, struct copies_groups *groups,
		const struct copies_model *a, const struct copies_model *b,
		const struct ladle_match_options *options, struct ladle_job *job,
		struct ladle_error *why)
{
	const struct copies_model *const models[] = {a, b};

	return copies_match_all(pair, ladle, groups, models, 2, options, job, why);
}

/* The last of three models with the one before it. */
static inline void
copies_match_last(struct copies_pair *pair, struct ladle *ladle, struct copies_groups *groups,
		const struct copies_model *const *models)
{
	const bool wanted[3] = {false, false, true};
	const struct ladle_match_options options = {
			.exact_only = true, .reference = 1, .wanted = wanted};
	struct ladle_error err = {.status = LADLE_OK};

	if (copies_match_all(pair, ladle, groups, models, 3, &options, NULL, &err) != LADLE_OK)
		fail_msg("%s", err.text);
}

static inline void
copies_match(struct copies_pair *pair, struct ladle *ladle, struct copies_groups *groups,
		const struct copies_model *a, const struct copies_model *b)
{
	const struct ladle_match_options options = {.exact_only = true};
	struct ladle_error err = {.status = LADLE_OK};

	if (copies_match_how(pair, ladle, groups, a, b, &options, NULL, &err) != LADLE_OK)
		fail_msg("%s", err.text);
}

static inline void
copies_close(struct copies_pair *pair)
{
	ladle_alignment_free(pair->alignment);
	ladle_table_free(pair->table);
	for (uint32_t i = 0; i < pair->count; i++)
		ladle_checkpoint_close(pair->checkpoint[i]);
}

/* A row as the alignment reads it, as doubles; the caller's to free. */
static inline double *
copies_read(const struct copies_pair *pair, uint32_t row, uint32_t column)
{
	const struct ladle_table *table = pair->alignment->table;
	const struct ladle_tensor *tensor = ladle_row_tensor(table, row, column);
	void *data = malloc(tensor->count * sizeof(double) + 1);
	double *out = malloc(tensor->count * sizeof(double) + 1);

	assert_int_equal(ladle_tensor_read(table->checkpoints[column], tensor, 0, tensor->count,
					 data, NULL),
			LADLE_OK);
	dtype_to_double(tensor->dtype, data, out, tensor->count);
	free(data);
	return out;
}

static inline bool
copies_equal(const struct copies_pair *pair, const char *label)
{
	uint32_t row = 0;
	double *a, *b;
	bool equal;

	while (strcmp(pair->table->rows[row].label, label) != 0)
		row++;
	a = copies_read(pair, row, pair->count - 2);
	b = copies_read(pair, row, pair->count - 1);
	equal = memcmp(a, b, pair->table->rows[row].count * sizeof(*a)) == 0;
	free(a);
	free(b);
	return equal;
}

#endif
