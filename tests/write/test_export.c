#include <ladle.h>

#include "write/archive.h"
#include "write/made_files.h"
#include "write/zip_view.h"

/* ---- averages of real files against what numpy made of them ---- */

struct average {
	const char *out, *expected, *inputs; /* inputs: a pattern with %d */
	uint32_t count;
	double weights[MIX_MAX]; /* all 0: equal */
};

static const struct average averages[] = {
		{"out.keras", "keras/seeds/cnn/expected-mean.keras", "keras/seeds/cnn/seed%d.keras",
				5, {0}},
		{"out.keras", "keras/seeds/cnn/expected-weighted.keras",
				"keras/seeds/cnn/seed%d.keras", 5, {.5, .3, .2, .7, .1}},
		{"out.keras", "keras/seeds/cnn_wide/expected-mean.keras",
				"keras/seeds/cnn_wide/seed%d.keras", 5, {0}},
		{"out.keras", "keras/seeds/cnn_wide/expected-weighted.keras",
				"keras/seeds/cnn_wide/seed%d.keras", 5, {.5, .3, .2, .7, .1}},
		{"out.keras", "keras/seeds/mlp/expected-mean.keras", "keras/seeds/mlp/seed%d.keras",
				3, {0}},
		{"out.keras", "keras/seeds/mlp/expected-weighted.keras",
				"keras/seeds/mlp/seed%d.keras", 3, {.5, .3, .2}},
		{"out.weights.h5", "keras/dtypes/float16-expected-mean.weights.h5",
				"keras/dtypes/float16-%d.weights.h5", 2, {0}},
		{"out.weights.h5", "keras/dtypes/float64-expected-mean.weights.h5",
				"keras/dtypes/float64-%d.weights.h5", 2, {0}},
		{"out.weights.h5", "keras/dtypes/bfloat16-expected-mean.weights.h5",
				"keras/dtypes/bfloat16-%d.weights.h5", 2, {0}},
		{"out.weights.h5", "keras/dtypes/mixed_bfloat16-expected-mean.weights.h5",
				"keras/dtypes/mixed_bfloat16-%d.weights.h5", 2, {0}},
		{"out.keras", "keras/zoo/expected-mean.keras", "keras/zoo/zoo-%d.keras", 2, {0}},
		{"out.h5", "keras/zoo-k2/expected-mean.h5", "keras/zoo-k2/zoo-%d.h5", 2, {0}},
};

/* The format's text is a constant of the table above. */
static const char *
numbered(const char *pattern, uint32_t number)
{
	const char *mark = strstr(pattern, "%d");
	char text[256];

	snprintf(text, sizeof(text), "%.*s%u%s", (int)(mark - pattern), pattern, number, mark + 2);
	return shared_path(text);
}

static void
averages_are_those_of_numpy_bit_for_bit(void **state)
{
	struct scratch *scratch = *state;

	for (size_t i = 0; i < sizeof(averages) / sizeof(averages[0]); i++) {
		const struct average *average = &averages[i];
		const char *inputs[MIX_MAX + 1] = {NULL},
					     *out = scratch_path(scratch, average->out);
		const struct ladle_export_options options = {
				.path = out, .format = -1, .force = true};
		struct ladle_export_report report;
		struct ladle_error err = {0};
		struct mixing mixing;

		for (uint32_t k = 0; k < average->count; k++)
			inputs[k] = numbered(average->inputs, k);
		mixing_init(&mixing, scratch->library, inputs,
				average->weights[0] ? average->weights : NULL);
		if (mixing_export(&mixing, &options, &report, &err) != LADLE_OK)
			fail_msg("%s: %s", average->expected, err.text);
		assert_int_equal(assert_same_datasets(scratch->library, out,
						 shared_path(average->expected)),
				report.tensors);
		mixing_done(&mixing);
	}
}

/* Two models that are alike: every kind of output, read again, is the template. */
static void
the_average_of_a_file_with_itself_is_that_file(void **state)
{
	static const char *const files[] = {"keras/layouts/k2.h5", "keras/layouts/k2-weights.h5",
			"keras/layouts/k2.keras", "keras/layouts/k2.weights.h5",
			"keras/layouts/k3.h5", "keras/layouts/k3.keras",
			"keras/layouts/k3.weights.h5", "keras/odd/long-names.h5",
			"keras/dtypes/k2-float16.h5", "keras/branches/committee.h5"};
	struct scratch *scratch = *state;

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		const char *path = shared_path(files[i]);
		const char *inputs[] = {path, path, NULL},
			   *suffix = strchr(strrchr(path, '/'), '.');
		char name[64];
		struct mixing mixing;

		snprintf(name, sizeof(name), "self-%zu%s", i, suffix);
		mixing_init(&mixing, scratch->library, inputs, NULL);
		must_export(&mixing, scratch_path(scratch, name), NULL);
		assert_true(assert_same_datasets(scratch->library, scratch_path(scratch, name),
					    path) > 0);
		mixing_done(&mixing);
	}
}

/* ---- conversions ---- */

static void
assert_converts(struct scratch *scratch, const char *from, const char *config, int format,
		const char *out, const char *like)
{
	const char *inputs[] = {shared_path(from), NULL};
	const struct ladle_export_options options = {.path = scratch_path(scratch, out),
			.format = format,
			.config = config ? shared_path(config) : NULL};
	struct ladle_error err = {0};
	struct mixing mixing;

	mixing_init(&mixing, scratch->library, inputs, NULL);
	if (mixing_export(&mixing, &options, NULL, &err) != LADLE_OK)
		fail_msg("%s", err.text);
	assert_same_datasets(scratch->library, options.path, shared_path(like));
	mixing_done(&mixing);
}

static void
layouts_of_one_family_become_each_other(void **state)
{
	assert_converts(*state, "keras/layouts/k2.h5", NULL, LADLE_LEGACY_WEIGHTS, "a.h5",
			"keras/layouts/k2-weights.h5");
	assert_converts(*state, "keras/layouts/k2-weights.h5", "keras/layouts/k2.h5",
			LADLE_LEGACY_FULL, "b.h5", "keras/layouts/k2.h5");
	assert_converts(*state, "keras/layouts/k3.keras", NULL, -1, "c.weights.h5",
			"keras/layouts/k3.weights.h5");
	assert_converts(*state, "keras/layouts/k3.weights.h5", "keras/layouts/k3.keras", -1,
			"d.keras", "keras/layouts/k3.keras");
}

static void
a_config_of_another_layout_is_taken_in_the_output_s_form(void **state)
{
	struct scratch *scratch = *state;
	const char *inputs[] = {shared_path("keras/layouts/k3.weights.h5"), NULL};
	const struct ladle_export_options options = {.path = scratch_path(scratch, "out.keras"),
			.format = -1,
			.config = shared_path("keras/layouts/k3.h5")};
	struct ladle_checkpoint *made;
	struct ladle_error err = {0};
	struct mixing mixing;
	size_t length;

	mixing_init(&mixing, scratch->library, inputs, NULL);
	assert_int_equal(mixing_export(&mixing, &options, NULL, &err), LADLE_OK);
	mixing_done(&mixing);
	assert_int_equal(ladle_checkpoint_open(&made, scratch->library, options.path, &err),
			LADLE_OK);
	assert_int_equal(made->format, LADLE_KERAS);
	assert_string_equal(made->keras_version, "3.15.1");
	/* what Keras writes there itself */
	assert_contains(ladle_checkpoint_config(made, &length),
			"{\"module\": \"keras.src.models.functional\"");
	ladle_checkpoint_close(made);
}

static const char vocabulary[] = "un\ndeux\ntrois\nun\ndeux\ntrois\nun\ndeux\ntrois\n";

static void
add_member(struct archive *archive, const char *name, const void *data, size_t size, bool deflated)
{
	uLong room = compressBound((uLong)size) + 64;
	unsigned char *packed = malloc(room);
	struct archive_entry entry = {.name = name,
			.crc = (uint32_t)crc32(0, data, (uInt)size),
			.method = deflated ? Z_DEFLATED : 0,
			.stored = size,
			.size = size};
	z_stream stream = {.next_in = (Bytef *)(uintptr_t)data,
			.avail_in = (uInt)size,
			.next_out = packed,
			.avail_out = (uInt)room};

	if (deflated) {
		assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 8,
						 Z_DEFAULT_STRATEGY),
				Z_OK);
		assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
		entry.stored = stream.total_out;
		deflateEnd(&stream);
	}
	assert_int_equal(publish_write(archive->to, deflated ? packed : data, entry.stored,
					 archive->at + archive_header_size(name, false), NULL),
			LADLE_OK);
	assert_int_equal(archive_add(archive, &entry, NULL), LADLE_OK);
	free(packed);
}

/* A copy of the archive with two more members, one of them deflated. */
static void
add_assets(const char *from, const char *to)
{
	static const char *const names[] = {"metadata.json", "config.json", "model.weights.h5"};
	int source = open(from, O_RDONLY);
	struct publication publication;
	struct archive archive;

	assert_true(source >= 0);
	assert_int_equal(publish_begin(&publication, to, false, NULL), LADLE_OK);
	archive_init(&archive, &publication);
	for (int i = 0; i < 3; i++) {
		size_t size;
		unsigned char *data = zip_read_member(source, names[i], &size);

		add_member(&archive, names[i], data, size, false);
		free(data);
	}
	add_member(&archive, "assets/a/vocabulary.txt", vocabulary, sizeof(vocabulary), false);
	add_member(&archive, "assets/b.txt", vocabulary, sizeof(vocabulary), true);
	assert_int_equal(archive_end(&archive, NULL), LADLE_OK);
	archive_done(&archive);
	assert_int_equal(publish_commit(&publication, NULL, NULL), LADLE_OK);
	close(source);
}

static const struct catalog_member *
member_of(const struct ladle_checkpoint *checkpoint, const char *name)
{
	const struct catalog *catalog = checkpoint_of(checkpoint)->catalog;

	for (uint32_t i = 0; i < catalog->member_count; i++)
		if (!strcmp(catalog->members[i].name, name))
			return &catalog->members[i];
	fail_msg("%s has no member %s", checkpoint->path, name);
	return NULL;
}

/* Config, metadata and assets, stored or deflated, are the template's. */
static void
members_of_an_archive_come_along(void **state)
{
	static const char *const names[] = {"metadata.json", "config.json", "model.weights.h5",
			"assets/a/vocabulary.txt", "assets/b.txt"};
	struct scratch *scratch = *state;
	const char *inputs[] = {scratch_path(scratch, "in.keras"), NULL};
	const char *out = scratch_path(scratch, "out.keras");
	struct ladle_checkpoint *got;
	const struct catalog *from, *to;
	struct mixing mixing;
	int archive;

	add_assets(shared_path("keras/layouts/k3-without-optimizer.keras"), inputs[0]);
	mixing_init(&mixing, scratch->library, inputs, NULL);
	must_export(&mixing, out, NULL);
	got = must_open(scratch->library, out);
	from = checkpoint_of(mixing.checkpoints[0])->catalog;
	to = checkpoint_of(got)->catalog;
	assert_int_equal(to->member_count, 5);
	assert_int_equal(to->config_length, from->config_length);
	assert_memory_equal(to->config, from->config, from->config_length);
	assert_memory_equal(to->metadata, from->metadata, from->metadata_length);
	archive = open(out, O_RDONLY);
	assert_true(archive >= 0);
	assert_int_equal(zip_count(archive), 5);
	for (int i = 0; i < 5; i++) {
		const struct catalog_member *member = member_of(got, names[i]);
		const struct catalog_member *source = member_of(mixing.checkpoints[0], names[i]);
		size_t size;

		assert_int_equal(member->method, source->method);
		if (i != 2)
			assert_int_equal(member->crc, source->crc);
		assert_int_equal(zip_find(archive, names[i]).date, 0x00210000);
		free(zip_read_member(archive, names[i], &size));
		assert_int_equal(size, member->size);
	}
	assert_member(archive, names[3], vocabulary, sizeof(vocabulary));
	assert_member(archive, names[4], vocabulary, sizeof(vocabulary));
	close(archive);
	ladle_checkpoint_close(got);
	mixing_done(&mixing);
}

/* ---- the same bytes ---- */

static void
the_bytes_do_not_depend_on_threads_folder_mask_or_zone(void **state)
{
	struct scratch *scratch = *state;
	const char *inputs[] = {shared_path("keras/zoo/zoo-0.keras"),
			shared_path("keras/zoo/zoo-1.keras"), NULL};
	static const int threads[] = {1, 2, 8};
	char names[3][32], before[4096], absolute[2][4096];
	mode_t mask = umask(0);

	umask(mask);
	assert_non_null(getcwd(before, sizeof(before)));
	for (int k = 0; k < 2; k++) {
		assert_non_null(realpath(inputs[k], absolute[k]));
		inputs[k] = absolute[k];
	}
	for (int i = 0; i < 3; i++) {
		struct mixing mixing;

		scratch->library->threads = threads[i];
		umask(i ? 077 : 022);
		setenv("TZ", i ? "Asia/Tokyo" : "UTC", 1);
		assert_int_equal(chdir(i ? scratch->folder : before), 0);
		snprintf(names[i], sizeof(names[i]), "threads-%d.keras", threads[i]);
		mixing_init(&mixing, scratch->library, inputs, NULL);
		must_export(&mixing, i ? names[i] : scratch_path(scratch, names[i]), NULL);
		mixing_done(&mixing);
	}
	assert_int_equal(chdir(before), 0);
	unsetenv("TZ");
	umask(mask);
	assert_same_bytes(scratch_path(scratch, names[0]), scratch_path(scratch, names[1]));
	assert_same_bytes(scratch_path(scratch, names[0]), scratch_path(scratch, names[2]));
}

/* ---- files made here ---- */

static void
an_average_of_what_was_made_here(void **state)
{
	struct scratch *scratch = *state;
	const char *inputs[] = {scratch_path(scratch, "a.h5"), scratch_path(scratch, "b.h5"), NULL};
	const char *out = scratch_path(scratch, "out.h5");
	float *got = malloc(TALL * sizeof(*got));
	struct ladle_export_report report;
	struct mixing mixing;
	hid_t file, dataset;
	long long count = 0;

	write_weights(inputs[0], TALL, rising, true);
	write_weights(inputs[1], TALL, falling, true);
	mixing_init(&mixing, scratch->library, inputs, (const double[]){3, 1});
	must_export(&mixing, out, &report);
	assert_int_equal(report.tensors, 2);
	assert_int_equal(report.averaged, 1);
	assert_int_equal(report.copied, 1);
	assert_int_equal(report.format, LADLE_LEGACY_WEIGHTS);
	file = H5Fopen(out, H5F_ACC_RDONLY, H5P_DEFAULT);
	dataset = H5Dopen2(file, "dense/kernel", H5P_DEFAULT);
	assert_true(H5Dread(dataset, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, got) >= 0);
	H5Dclose(dataset);
	for (size_t i = 0; i < TALL; i++)
		assert_true(got[i] == (float)((3. * (double)i + (-2. * (double)i + 3)) / 4));
	dataset = H5Dopen2(file, "dense/count", H5P_DEFAULT);
	assert_true(H5Dread(dataset, H5T_NATIVE_LLONG, H5S_ALL, H5S_ALL, H5P_DEFAULT, &count) >= 0);
	assert_int_equal(count, 41); /* integers are the template's */
	H5Dclose(dataset);
	H5Fclose(file);
	free(got);
	mixing_done(&mixing);
}

static void
a_skipped_row_is_the_template_s(void **state)
{
	struct scratch *scratch = *state;
	const char *inputs[] = {scratch_path(scratch, "a.h5"), scratch_path(scratch, "b.h5"), NULL};
	const char *out = scratch_path(scratch, "out.h5");
	struct ladle_export_report report;
	struct mixing mixing;

	write_weights(inputs[0], TALL, rising, true);
	write_weights(inputs[1], TALL, falling, true);
	mixing_init(&mixing, scratch->library, inputs, NULL);
	ladle_mix_set_template(mixing.mix, 1);
	assert_int_equal(ladle_mix_add_rule(mixing.mix, mixing.table, "dense*", true,
					 (const double[]){NAN, NAN}, "skip dense*", NULL),
			LADLE_OK);
	must_export(&mixing, out, &report);
	assert_int_equal(report.averaged, 0);
	assert_int_equal(report.copied, 2);
	assert_same_datasets(scratch->library, out, inputs[1]);
	mixing_done(&mixing);
}

/* ---- what it says ---- */

static void
the_recipe_is_inside_and_can_be_long(void **state)
{
	enum { LONG = 200000 };
	struct scratch *scratch = *state;
	const char *inputs[] = {scratch_path(scratch, "a.h5"), NULL};
	char *recipe = malloc(LONG + 1);
	const struct ladle_export_options options = {
			.path = scratch_path(scratch, "out.h5"), .format = -1, .recipe = recipe};
	struct ladle_checkpoint *got;
	struct mixing mixing;

	memset(recipe, 'm', LONG);
	recipe[LONG] = '\0';
	write_weights(inputs[0], 5, rising, false);
	mixing_init(&mixing, scratch->library, inputs, NULL);
	assert_int_equal(mixing_export(&mixing, &options, NULL, NULL), LADLE_OK);
	got = must_open(scratch->library, options.path);
	assert_string_equal(ladle_checkpoint_recipe(got), recipe);
	ladle_checkpoint_close(got);
	free(recipe);
	mixing_done(&mixing);
}

static void
the_report_has_the_digest_and_the_verdict(void **state)
{
	struct scratch *scratch = *state;
	const char *inputs[] = {scratch_path(scratch, "a.h5"), scratch_path(scratch, "b.h5"), NULL};
	const struct ladle_export_options options = {
			.path = scratch_path(scratch, "out.h5"), .format = -1};
	struct ladle_measurement *measurement;
	struct ladle_export_report report;
	char command[1024], hex[65] = "";
	struct mixing mixing;
	struct stat found;
	FILE *pipe;

	write_weights(inputs[0], TALL, rising, false);
	write_weights(inputs[1], TALL, rising, false);
	mixing_init(&mixing, scratch->library, inputs, NULL);
	assert_int_equal(ladle_measurement_new(&measurement, mixing.table, 0, NULL), LADLE_OK);
	assert_int_equal(ladle_export(scratch->library, mixing.table, mixing.mix, measurement,
					 &options, NULL, &report, NULL),
			LADLE_OK);
	assert_non_null(ladle_figures(measurement, 0)); /* measured on the way */
	assert_int_equal(report.verdict.alike + report.verdict.drift + report.verdict.differ, 1);
	assert_int_equal(stat(options.path, &found), 0);
	assert_int_equal(report.bytes, found.st_size);
	snprintf(command, sizeof(command), "sha256sum '%s'", options.path);
	pipe = popen(command, "r");
	assert_non_null(pipe);
	if (fscanf(pipe, "%64s", hex) == 1)
		assert_string_equal(report.sha256, hex);
	pclose(pipe);
	ladle_measurement_free(measurement);
	mixing_done(&mixing);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			TEST(averages_are_those_of_numpy_bit_for_bit),
			TEST(the_average_of_a_file_with_itself_is_that_file),
			TEST(layouts_of_one_family_become_each_other),
			TEST(a_config_of_another_layout_is_taken_in_the_output_s_form),
			TEST(members_of_an_archive_come_along),
			TEST(the_bytes_do_not_depend_on_threads_folder_mask_or_zone),
			TEST(an_average_of_what_was_made_here),
			TEST(a_skipped_row_is_the_template_s),
			TEST(the_recipe_is_inside_and_can_be_long),
			TEST(the_report_has_the_digest_and_the_verdict),
	};

	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
