#include "keras/hand.h"

/* A store in an archive whose vocabulary has this checksum. */
static void
make(struct hand *hand, const char *path, const char *asset, uint32_t crc)
{
	struct catalog_member *member;

	hand_init(hand);
	hand_write(hand, "/layers/dense/vars/0 2x2\n");
	hand->catalog.container = CATALOG_ZIP;
	member = catalog_add_member(&hand->catalog, asset);
	assert_non_null(member);
	member->size = 10;
	member->crc = crc;
	hand_read(hand);
	hand->checkpoint.path = path;
}

static bool
is_told(const char *asset_a, uint32_t crc_a, const char *asset_b, uint32_t crc_b)
{
	struct hand a, b;
	const struct ladle_checkpoint *files[] = {&a.checkpoint, &b.checkpoint};
	struct ladle_table *table;
	bool told = false;

	make(&a, "a.keras", asset_a, crc_a);
	make(&b, "b.keras", asset_b, crc_b);
	assert_int_equal(ladle_pair(&table, files, 2, NULL), LADLE_OK);
	for (uint32_t i = 0; i < table->finding_count; i++)
		told = told || (table->findings[i].code == LADLE_F_COPIED &&
					       table->findings[i].checkpoint == 1);
	ladle_table_free(table);
	hand_done(&a);
	hand_done(&b);
	return told;
}

static void
vocabularies_that_differ_are_told(void **state)
{
	(void)state;
	assert_true(is_told(
			"assets/layers/v/vocabulary.txt", 1, "assets/layers/v/vocabulary.txt", 2));
	assert_true(is_told("assets/a.txt", 1, "assets/b.txt", 1));
	assert_false(is_told(
			"assets/layers/v/vocabulary.txt", 1, "assets/layers/v/vocabulary.txt", 1));
	assert_false(is_told("config.json", 1, "config.json", 2));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(vocabularies_that_differ_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
