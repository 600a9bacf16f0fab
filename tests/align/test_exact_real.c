#include "keras/opened.h"

#include <json-c/json.h>
#include <ladle.h>

static const char *const names[] = {"mlp", "cnn", "resnet", "mobile", "inception", "lstm", "bigru",
		"transformer", "nested", "siamese", "text"};
enum { NAMES = sizeof(names) / sizeof(names[0]) };

struct opened_pair {
	struct ladle_checkpoint *checkpoint[2];
	struct ladle_table *table;
	struct ladle_groups *groups;
	struct ladle_alignment *alignment;
};

static void
match_pair(struct ladle *ladle, struct opened_pair *pair, const char *a, const char *b)
{
	const struct ladle_match_options options = {.exact_only = true};
	struct ladle_error err;

	pair->checkpoint[0] = opened_checkpoint(ladle, a);
	pair->checkpoint[1] = opened_checkpoint(ladle, b);
	assert_int_equal(ladle_pair(&pair->table,
					 (const struct ladle_checkpoint *const *)pair->checkpoint, 2,
					 &err),
			LADLE_OK);
	assert_int_equal(ladle_groups_find(&pair->groups, pair->table, 0, &err), LADLE_OK);
	assert_int_equal(ladle_match(&pair->alignment, ladle, pair->table, pair->groups, &options,
					 NULL, &err),
			LADLE_OK);
}

static void
close_pair(struct opened_pair *pair)
{
	ladle_alignment_free(pair->alignment);
	ladle_groups_free(pair->groups);
	ladle_table_free(pair->table);
	ladle_checkpoint_close(pair->checkpoint[0]);
	ladle_checkpoint_close(pair->checkpoint[1]);
}

static void *
read_row(const struct ladle_table *table, uint32_t row, uint32_t column)
{
	const struct ladle_tensor *tensor = ladle_row_tensor(table, row, column);
	void *data = calloc(tensor->count + 1, sizeof(double));

	assert_int_equal(ladle_tensor_read(table->checkpoints[column], tensor, 0, tensor->count,
					 data, NULL),
			LADLE_OK);
	return data;
}

static bool
is_equal(const struct ladle_table *table, uint32_t row)
{
	void *a = read_row(table, row, 0), *b = read_row(table, row, 1);
	bool equal = memcmp(a, b, table->rows[row].count * sizeof(float)) == 0;

	free(a);
	free(b);
	return equal;
}

/* ---- what make_keras3.py and make_keras2.py wrote down ---- */

static struct json_object *
permutations_of(struct json_object *facts, const char *folder, const char *name)
{
	char key[64];
	struct json_object *model, *list;

	snprintf(key, sizeof(key), "%s/%s", folder, name);
	assert_true(json_object_object_get_ex(facts, key, &model));
	assert_true(json_object_object_get_ex(model, "permutations", &list));
	return list;
}

/* Unit i of the reference is at position order[i] of the copy, which holds unit p[order[i]]. */
static bool
undoes(const struct ladle_match *match, uint32_t units, struct json_object *p)
{
	if (json_object_array_length(p) != units)
		return false;
	for (uint32_t i = 0; i < units; i++) {
		uint32_t at = match->order == NULL ? i : match->order[i];

		if (json_object_get_int(json_object_array_get_idx(p, at)) != (int)i)
			return false;
	}
	return true;
}

static void
check_permutations(const struct opened_pair *pair, struct json_object *list, const char *path)
{
	const struct ladle_match *matches = pair->alignment->matches + pair->groups->count;
	size_t found = 0;

	for (size_t p = 0; p < json_object_array_length(list); p++)
		for (uint32_t g = 0; g < pair->groups->count; g++)
			if (undoes(&matches[g], pair->groups->list[g].units,
					    json_object_array_get_idx(list, p))) {
				found++;
				break;
			}
	if (found != json_object_array_length(list))
		fail_msg("%s: %zu of %zu permutations are undone", path, found,
				json_object_array_length(list));
}

static void
compare_copy(struct ladle *ladle, struct json_object *facts, const char *folder, const char *name,
		const char *end)
{
	char a[256], b[256];
	struct opened_pair pair;

	snprintf(a, sizeof(a), "keras/%s/%s%s", folder, name, end);
	snprintf(b, sizeof(b), "keras/%s/%s-permuted%s", folder, name, end);
	match_pair(ladle, &pair, a, b);
	for (uint32_t g = 0; g < pair.groups->count; g++)
		if (!pair.alignment->matches[pair.groups->count + g].exact)
			fail_msg("%s: group %u is not exact", b, g);
	for (uint32_t r = 0; r < pair.table->row_count; r++)
		if (!is_equal(pair.alignment->table, r))
			fail_msg("%s: %s differs", b, pair.table->rows[r].label);
	check_permutations(&pair, permutations_of(facts, folder, name), b);
	close_pair(&pair);
}

static void
compare_folder(struct ladle *ladle, const char *facts_file, const char *folder, const char *end)
{
	struct json_object *facts = json_object_from_file(opened_path(facts_file));

	assert_non_null(facts);
	for (int i = 0; i < NAMES; i++)
		compare_copy(ladle, facts, folder, names[i], end);
	json_object_put(facts);
}

static void
permuted_copies_of_keras_3_come_back_bit_for_bit(void **state)
{
	compare_folder(*state, "keras/facts-keras3.json", "permuted", ".keras");
}

static void
permuted_copies_of_keras_2_come_back_bit_for_bit(void **state)
{
	compare_folder(*state, "keras/facts-keras2.json", "permuted-k2", ".h5");
}

static void
a_model_beside_itself_keeps_its_order(void **state)
{
	struct opened_pair pair;

	match_pair(*state, &pair, "keras/permuted/transformer.keras",
			"keras/permuted/transformer.keras");
	for (uint32_t g = 0; g < pair.groups->count; g++) {
		assert_null(pair.alignment->matches[pair.groups->count + g].order);
		assert_true(pair.alignment->matches[pair.groups->count + g].exact);
	}
	close_pair(&pair);
}

static void
another_training_is_no_copy(void **state)
{
	struct opened_pair pair;

	match_pair(*state, &pair, "keras/seeds/mlp/seed0.keras", "keras/seeds/mlp/seed1.keras");
	for (uint32_t g = 0; g < pair.groups->count; g++) {
		assert_null(pair.alignment->matches[pair.groups->count + g].order);
		assert_false(pair.alignment->matches[pair.groups->count + g].exact);
	}
	close_pair(&pair);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(permuted_copies_of_keras_3_come_back_bit_for_bit),
			cmocka_unit_test(permuted_copies_of_keras_2_come_back_bit_for_bit),
			cmocka_unit_test(a_model_beside_itself_keeps_its_order),
			cmocka_unit_test(another_training_is_no_copy),
	};

	return cmocka_run_group_tests(tests, opened_start, opened_stop);
}
