#include "keras/opened.h"

enum { MAX_FILES = 32 };

struct family {
	char name[16];
	char file[MAX_FILES][1100];
	uint32_t count;
};

struct families {
	struct family list[64];
	uint32_t count;
};

static void
add_to_family(const struct index_row *row, void *arg)
{
	struct families *all = arg;
	uint32_t i = 0;

	if (row->family[0] == '\0')
		return;
	while (i < all->count && strcmp(all->list[i].name, row->family) != 0)
		i++;
	if (i == all->count) {
		assert_true(all->count < 64);
		snprintf(all->list[all->count++].name, sizeof(all->list[0].name), "%s",
				row->family);
	}
	assert_true(all->list[i].count < MAX_FILES);
	snprintf(all->list[i].file[all->list[i].count++], sizeof(all->list[i].file[0]),
			"checkpoints/%s", row->file);
}

struct paired {
	struct ladle_checkpoint *file[MAX_FILES];
	uint32_t count;
	struct ladle_table *table;
};

static void
paired_open(struct paired *out, struct ladle *ladle, const char *const *files, uint32_t count)
{
	struct ladle_error err;

	*out = (struct paired){.count = count};
	for (uint32_t i = 0; i < count; i++)
		out->file[i] = opened_checkpoint(ladle, files[i]);
	if (ladle_pair(&out->table, (const struct ladle_checkpoint *const *)out->file, count,
			    &err) != LADLE_OK)
		fail_msg("%s", err.text);
}

static void
paired_close(struct paired *paired)
{
	ladle_table_free(paired->table);
	for (uint32_t i = 0; i < paired->count; i++)
		ladle_checkpoint_close(paired->file[i]);
}

/* Every row is in every file, and no shape differs. */
static void
assert_complete(const struct paired *paired, const char *name)
{
	for (uint32_t r = 0; r < paired->table->row_count; r++) {
		const struct ladle_row *row = &paired->table->rows[r];

		for (uint32_t f = 0; f < row->finding_count; f++)
			if (ladle_finding_blocks(row->findings[f].code))
				fail_msg("%s: %s: %s", name, row->label, row->findings[f].text);
		for (uint32_t k = 0; k < paired->count; k++)
			assert_non_null(ladle_row_tensor(paired->table, r, k));
	}
	assert_int_equal(paired->table->row_count, paired->file[0]->tensor_count);
}

static void
pair_wholly(struct ladle *ladle, const char *const *files, uint32_t count)
{
	struct paired paired;

	paired_open(&paired, ladle, files, count);
	assert_complete(&paired, files[0]);
	paired_close(&paired);
}

static void
files_of_one_family_pair_wholly(void **state)
{
	static struct families all;
	uint32_t pairs = 0;

	index_each(add_to_family, &all);
	for (uint32_t i = 0; i < all.count; i++) {
		const char *files[MAX_FILES];

		for (uint32_t k = 0; k < all.list[i].count; k++)
			files[k] = all.list[i].file[k];
		if (all.list[i].count > 1)
			pair_wholly(*state, files, all.list[i].count);
		pairs += all.list[i].count > 1;
	}
	assert_true(pairs >= 30);
}

/* The same weights in every layout: each row's values are equal too. */
static void
every_layout_pairs_with_every_other(void **state)
{
	static const char *const files[] = {"keras/layouts/k2-weights.h5", "keras/layouts/k2.h5",
			"keras/layouts/k2.keras", "keras/layouts/k2.weights.h5",
			"keras/layouts/k3.h5", "keras/layouts/k3.keras",
			"keras/layouts/k3.weights.h5"};
	const uint32_t count = sizeof(files) / sizeof(files[0]);
	static float a[1 << 16], b[1 << 16];

	for (uint32_t i = 0; i < count; i++)
		for (uint32_t j = 0; j < count; j++) {
			const char *const two[] = {files[i], files[j]};
			struct paired paired;

			paired_open(&paired, *state, two, 2);
			assert_complete(&paired, files[j]);
			for (uint32_t r = 0; r < paired.table->row_count; r++) {
				const struct ladle_tensor *x = ladle_row_tensor(paired.table, r, 0);
				const struct ladle_tensor *y = ladle_row_tensor(paired.table, r, 1);
				struct ladle_error err;

				assert_true(x->count <= sizeof(a) / sizeof(a[0]));
				assert_int_equal(ladle_tensor_read(paired.file[0], x, 0, x->count,
								 a, &err),
						0);
				assert_int_equal(ladle_tensor_read(paired.file[1], y, 0, y->count,
								 b, &err),
						0);
				if (memcmp(a, b, x->count * sizeof(a[0])) != 0)
					fail_msg("%s: %s differs from %s", files[j], y->object,
							files[i]);
			}
			paired_close(&paired);
		}
}

static void
renumbered_models_pair_by_their_graph(void **state)
{
	static const char *const files[] = {
			"keras/renamed/run0.h5", "keras/renamed/run1.h5", "keras/renamed/run2.h5"};
	struct paired paired;

	paired_open(&paired, *state, files, 3);
	assert_complete(&paired, "renamed");
	assert_int_equal(paired.table->layer_count, 5);
	for (uint32_t i = 0; i < paired.table->layer_count; i++)
		assert_int_equal(paired.table->layers[i].paired_by, LADLE_BY_GRAPH);
	/* dense_1, dense are followed by dense_3, dense_2: position decides, not the number. */
	assert_string_equal(paired.table->layers[3].name, "dense_1");
	assert_string_equal(
			paired.file[1]->layers[paired.table->layers[3].index[1]].name, "dense_3");
	paired_close(&paired);
}

/* shared/keras/README.md: five networks of ten tensors each, joined by `vote`. */
static void
branches_of_one_model_pair_wholly(void **state)
{
	static const char *const files[] = {"keras/branches/committee.keras",
			"keras/branches/committee.h5", "keras/branches-k2/committee.hdf5",
			"keras/branches-k2/weights.best.hdf5"};
	static const char *const names[] = {"conv_0", "2", "conv_2", "conv_3", "5"};

	for (size_t f = 0; f < sizeof(files) / sizeof(files[0]); f++) {
		char paths[5][128];
		const char *list[5];
		struct paired paired;

		for (int b = 0; b < 5; b++) {
			snprintf(paths[b], sizeof(paths[b]), "%s#%s", files[f], names[b]);
			list[b] = paths[b];
		}
		paired_open(&paired, *state, list, 5);
		assert_complete(&paired, files[f]);
		assert_int_equal(paired.table->row_count, 10);
		for (uint32_t r = 0; r < 10; r++)
			for (uint32_t k = 1; k < 5; k++)
				assert_string_not_equal(
						ladle_row_tensor(paired.table, r, 0)->object,
						ladle_row_tensor(paired.table, r, k)->object);
		for (uint32_t k = 0; k < 5; k++)
			assert_int_equal(paired.file[k]->format, LADLE_BRANCH);
		paired_close(&paired);
	}
}

static void
branches_of_other_files_pair_too(void **state)
{
	static const char *const files[] = {"keras/branches/committee.keras#conv_3",
			"keras/branches-k2/committee.hdf5#conv_3",
			"keras/branches/committee.h5#conv_0"};

	pair_wholly(*state, files, 3);
}

static void
a_frozen_inner_model_pairs_by_name(void **state)
{
	static const char *const files[] = {"keras/frozen/free.h5", "keras/frozen/frozen.h5",
			"keras/frozen/free-weights.h5", "keras/frozen/frozen-weights.h5"};
	struct paired paired;

	paired_open(&paired, *state, files, 4);
	assert_complete(&paired, "frozen");
	for (uint32_t i = 0; i < paired.table->layer_count; i++)
		assert_int_equal(paired.table->layers[i].paired_by, LADLE_BY_NAME);
	assert_string_equal(paired.table->rows[0].label, "backbone/in_conv/kernel");
	paired_close(&paired);
}

static void
both_generations_of_one_model_pair(void **state)
{
	static const char *const names[] = {"bigru", "cnn", "inception", "lstm", "mlp", "mobile",
			"nested", "resnet", "siamese", "text", "transformer"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char a[256], b[256], c[256];
		const char *const files[] = {a, b, c};

		snprintf(a, sizeof(a), "keras/permuted/%s.keras", names[i]);
		snprintf(b, sizeof(b), "keras/permuted-k2/%s.h5", names[i]);
		snprintf(c, sizeof(c), "keras/permuted/%s-permuted.keras", names[i]);
		pair_wholly(*state, files, 3);
	}
}

static void
the_zoo_pairs_in_every_layout(void **state)
{
	static const char *const k2[] = {"keras/zoo-k2/zoo-0.h5", "keras/zoo-k2/zoo-1-weights.h5",
			"keras/zoo-k2/zoo-1.weights.h5"};
	static const char *const stores[] = {
			"keras/zoo-k2/zoo-0-weights.h5", "keras/zoo-k2/zoo-0.weights.h5"};
	/* a legacy file has the kernel under SpectralNormalization once, a store twice */
	static const char *const k3[] = {"keras/zoo/zoo-0.keras", "keras/zoo/zoo-1.weights.h5",
			"keras/zoo/zoo-0.h5"};

	pair_wholly(*state, k2, 3);
	pair_wholly(*state, stores, 2);
	pair_wholly(*state, k3, 3);
}

static void
epochs_pair_by_name(void **state)
{
	static const char *const files[] = {"keras/epochs/last.keras",
			"keras/epochs/w.01.weights.h5", "keras/epochs/w.08.weights.h5"};
	struct paired paired;

	paired_open(&paired, *state, files, 3);
	assert_complete(&paired, "epochs");
	for (uint32_t r = 0; r < paired.table->row_count; r++)
		assert_int_equal(paired.table->rows[r].finding_count, 0);
	paired_close(&paired);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(files_of_one_family_pair_wholly),
			cmocka_unit_test(every_layout_pairs_with_every_other),
			cmocka_unit_test(renumbered_models_pair_by_their_graph),
			cmocka_unit_test(branches_of_one_model_pair_wholly),
			cmocka_unit_test(branches_of_other_files_pair_too),
			cmocka_unit_test(a_frozen_inner_model_pairs_by_name),
			cmocka_unit_test(both_generations_of_one_model_pair),
			cmocka_unit_test(the_zoo_pairs_in_every_layout),
			cmocka_unit_test(epochs_pair_by_name),
	};

	return cmocka_run_group_tests(tests, opened_start, opened_stop);
}
