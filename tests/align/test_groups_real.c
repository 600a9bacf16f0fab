#include "align/grouped.h"

#include "keras/opened.h"

/* Written by hand beside the architectures, never by this program: units, then layer, number of the
 * weight in the layer, axis, and outer * inner + offset where they are not 1, 1, 0. Attention has
 * groups inside each head besides. */
static const struct expectation {
	const char *name, *groups;
} expectations[] = {
		{"mlp", "256 | dense_0 0:1 | dense_0 1:0 | dense_1 0:0\n"
			"256 | dense_1 0:1 | dense_1 1:0 | dense_2 0:0\n"
			"256 | dense_2 0:1 | dense_2 1:0 | digits 0:0\n"},
		{"cnn", "32 | conv_a 0:3 | conv_a 1:0 | bn_a 0:0 | bn_a 1:0 | bn_a 2:0"
			" | bn_a 3:0 | conv_b 0:2\n"
			"64 | conv_b 0:3 | bn_b 0:0 | bn_b 1:0 | bn_b 2:0 | bn_b 3:0"
			" | hidden 0:0*16*1+0\n"
			"128 | hidden 0:1 | hidden 1:0 | digits 0:0\n"},
		{"resnet", "24 | stem 0:3 | stem_bn 0:0 | stem_bn 1:0 | stem_bn 2:0"
			   " | stem_bn 3:0 | b1_c1 0:2 | b1_c2 0:3 | b1_bn2 0:0"
			   " | b1_bn2 1:0 | b1_bn2 2:0 | b1_bn2 3:0 | b2_c1 0:2"
			   " | b2_proj 0:2\n"
			   "40 | b1_c1 0:3 | b1_bn1 0:0 | b1_bn1 1:0 | b1_bn1 2:0"
			   " | b1_bn1 3:0 | b1_c2 0:2\n"
			   "40 | b2_c1 0:3 | b2_bn1 0:0 | b2_bn1 1:0 | b2_bn1 2:0"
			   " | b2_bn1 3:0 | b2_c2 0:2\n"
			   "48 | b2_c2 0:3 | b2_bn2 0:0 | b2_bn2 1:0 | b2_bn2 2:0"
			   " | b2_bn2 3:0 | b2_proj 0:3 | b2_bnp 0:0 | b2_bnp 1:0"
			   " | b2_bnp 2:0 | b2_bnp 3:0 | digits 0:0\n"},
		{"mobile", "16 | stem 0:3 | stem 1:0 | prelu 0:2 | depthwise 0:2"
			   " | depthwise 1:0*1*2+0 | dw_bn 0:0*1*2+0 | dw_bn 1:0*1*2+0"
			   " | dw_bn 2:0*1*2+0 | dw_bn 3:0*1*2+0 | separable 0:2*1*2+0"
			   " | separable 1:2*1*2+0\n"
			   "24 | separable 1:3 | separable 2:0 | digits 0:0\n"},
		{"inception", "12 | left 0:3 | left 1:0 | both_bn 0:0 | both_bn 1:0"
			      " | both_bn 2:0 | both_bn 3:0 | squeeze 0:2\n"
			      "20 | right 0:3 | right 1:0 | both_bn 0:0*1*1+12"
			      " | both_bn 1:0*1*1+12 | both_bn 2:0*1*1+12"
			      " | both_bn 3:0*1*1+12 | squeeze 0:2*1*1+12\n"
			      "8 | squeeze 0:3 | squeeze 1:0 | hidden 0:0*64*1+0\n"
			      "32 | hidden 0:1 | hidden 1:0 | digits 0:0\n"},
		{"lstm", "24 | lstm_low 0:1*4*1+0 | lstm_low 1:0 | lstm_low 1:1*4*1+0"
			 " | lstm_low 2:0*4*1+0 | lstm_top 0:0\n"
			 "16 | lstm_top 0:1*4*1+0 | lstm_top 1:0 | lstm_top 1:1*4*1+0"
			 " | lstm_top 2:0*4*1+0 | digits 0:0\n"},
		{"bigru", "20 | both_ways 0:1*3*1+0 | both_ways 1:0 | both_ways 1:1*3*1+0"
			  " | both_ways 2:1*3*1+0 | digits 0:0\n"
			  "20 | both_ways 3:1*3*1+0 | both_ways 4:0 | both_ways 4:1*3*1+0"
			  " | both_ways 5:1*3*1+0 | digits 0:0*1*1+20\n"},
		{"transformer", "32 | embed 0:1 | embed 1:0 | ln_1 0:0 | ln_1 1:0"
				" | attention 0:0 | attention 2:0 | attention 4:0"
				" | attention 6:2 | attention 7:0 | ln_2 0:0 | ln_2 1:0"
				" | up 0:0 | down 0:1 | down 1:0 | digits 0:0\n"
				"4 | attention 0:1 | attention 1:0 | attention 2:1"
				" | attention 3:0 | attention 4:1 | attention 5:0"
				" | attention 6:0\n"
				"64 | up 0:1 | up 1:0 | down 0:0\n"},
		{"nested", "16 | backbone/in_conv 0:3 | backbone/in_conv 1:0"
			   " | backbone/in_bn 0:0 | backbone/in_bn 1:0"
			   " | backbone/in_bn 2:0 | backbone/in_bn 3:0 | hidden 0:0*64*1+0\n"
			   "48 | hidden 0:1 | hidden 1:0 | digits 0:0\n"},
		{"siamese", "32 | eye 0:1 | eye 1:0 | hidden 0:0\n"
			    "24 | hidden 0:1 | hidden 1:0 | digits 0:0\n"},
		{"text", "16 | words 0:1 | conv 0:1\n"
			 "24 | conv 0:2 | conv 1:0 | ln 0:0 | ln 1:0 | digits 0:0\n"},
};

static int
compare_texts(const void *left, const void *right)
{
	return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* The uses of one line in an order that does not depend on who wrote it. */
static char *
sorted(const char *line, size_t length)
{
	char *copy = strndup(line, length), *part[256], *rest = NULL;
	struct buf out;
	size_t count = 0;

	for (char *word = strtok_r(copy, "|", &rest); word != NULL;
			word = strtok_r(NULL, "|", &rest)) {
		word += *word == ' ';
		word[strlen(word) - (word[strlen(word) - 1] == ' ')] = '\0';
		assert_true(count < 256);
		part[count++] = word;
	}
	qsort(part + 1, count - 1, sizeof(part[0]), compare_texts);
	buf_init(&out);
	for (size_t i = 0; i < count; i++)
		buf_format(&out, "%s|", part[i]);
	free(copy);
	return out.data;
}

static void
print_use(const struct ladle_table *table, const struct ladle_use *use, struct buf *out)
{
	const struct ladle_row *row = &table->rows[use->row];
	size_t length = strlen(row->label) - strlen(row->tensor) - 1;

	buf_format(out, " | %.*s %u:%d", (int)length, row->label,
			use->row - table->layers[row->layer].first_row, use->axis);
	if (use->outer != 1 || use->inner != 1 || use->offset != 0)
		buf_format(out, "*%u*%u+%u", (unsigned)use->outer, (unsigned)use->inner,
				(unsigned)use->offset);
}

/* True where it is inside one head, and then the text is empty. */
static bool
print_group(const struct ladle_table *table, const struct ladle_group *group, struct buf *out)
{
	bool sliced = true;

	buf_clear(out);
	for (uint32_t i = 0; i < group->use_count; i++)
		sliced &= group->uses[i].where >= 0;
	if (sliced)
		return true;
	buf_format(out, "%u", group->units);
	for (uint32_t i = 0; i < group->use_count; i++)
		print_use(table, &group->uses[i], out);
	return false;
}

static bool
is_expected(const char *groups, const char *found)
{
	bool equal = false;

	for (const char *line = groups; *line != '\0' && !equal;) {
		size_t length = strcspn(line, "\n");
		char *expected = sorted(line, length);

		equal = strcmp(expected, found) == 0;
		free(expected);
		line += length + 1;
	}
	return equal;
}

static uint32_t
lines_of(const char *text)
{
	uint32_t count = 0;

	for (; *text != '\0'; text++)
		count += *text == '\n';
	return count;
}

static void
compare_file(struct ladle *ladle, const struct expectation *expected, const char *path)
{
	const struct ladle_checkpoint *c = opened_checkpoint(ladle, path);
	struct ladle_table *table;
	struct ladle_groups *groups;
	uint32_t found = 0;
	struct buf text;

	buf_init(&text);
	assert_int_equal(ladle_pair(&table, &c, 1, NULL), LADLE_OK);
	assert_int_equal(ladle_groups_find(&groups, table, 0, NULL), LADLE_OK);
	for (uint32_t i = 0; i < groups->count; i++) {
		char *line;

		if (print_group(table, &groups->list[i], &text))
			continue;
		line = sorted(buf_string(&text), text.length);
		if (!is_expected(expected->groups, line))
			fail_msg("%s: not written by hand: %s", path, line);
		free(line);
		found++;
	}
	if (found != lines_of(expected->groups))
		fail_msg("%s: %u groups, %u by hand", path, found, lines_of(expected->groups));
	assert_false(groups->inferred);
	assert_int_equal(groups->ungrouped_count, 0);
	ladle_groups_free(groups);
	ladle_table_free(table);
	ladle_checkpoint_close((struct ladle_checkpoint *)c);
	buf_done(&text);
}

static void
groups_of_real_files_are_those_written_by_hand(void **state)
{
	static const char *const forms[] = {"keras/permuted/%s.keras",
			"keras/permuted/%s-permuted.keras", "keras/permuted-k2/%s.h5",
			"keras/permuted-k2/%s-permuted.h5"};
	char path[256];

	for (size_t i = 0; i < sizeof(expectations) / sizeof(expectations[0]); i++)
		for (size_t k = 0; k < sizeof(forms) / sizeof(forms[0]); k++) {
			snprintf(path, sizeof(path), forms[k], expectations[i].name);
			compare_file(*state, &expectations[i], path);
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(groups_of_real_files_are_those_written_by_hand),
	};

	return cmocka_run_group_tests(tests, opened_start, opened_stop);
}
