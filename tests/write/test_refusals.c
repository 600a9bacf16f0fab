/* What an export refuses, and that it leaves nothing then. */
#include <ladle.h>

#include <pthread.h>
#include <sys/resource.h>

#include "write/made_files.h"

static void
nan_is_refused_by_file_tensor_and_element(void **state)
{
	static const char *const words[] = {"b.h5", "dense/kernel", "NaN", "70000", NULL};
	struct scratch *scratch = *state;
	const char *inputs[] = {scratch_path(scratch, "a.h5"), scratch_path(scratch, "b.h5"), NULL};
	const struct ladle_export_options options = {
			.path = scratch_path(scratch, "out.h5"), .format = -1};
	struct mixing mixing;

	write_weights(inputs[0], TALL, rising, false);
	write_weights(inputs[1], TALL, with_nan, false);
	mixing_init(&mixing, scratch->library, inputs, NULL);
	assert_export_fails(scratch, &mixing, &options, LADLE_E_VALUE, words);
	ladle_mix_fader(mixing.mix, 1)->mute = true; /* what weighs nothing may hold anything */
	must_export(&mixing, options.path, NULL);
	mixing_done(&mixing);
}

static void
an_average_too_large_for_its_type_is_refused(void **state)
{
	static const char *const words[] = {"dense/kernel", "too large for float32", NULL};
	struct scratch *scratch = *state;
	const char *inputs[] = {scratch_path(scratch, "a.h5"), scratch_path(scratch, "b.h5"), NULL};
	const struct ladle_export_options options = {
			.path = scratch_path(scratch, "out.h5"), .format = -1};
	struct mixing mixing;

	write_weights(inputs[0], 5, largest, false);
	write_weights(inputs[1], 5, largest, false);
	mixing_init(&mixing, scratch->library, inputs, NULL);
	ladle_mix_set_normalised(mixing.mix, false); /* the sum of both */
	assert_export_fails(scratch, &mixing, &options, LADLE_E_VALUE, words);
	mixing_done(&mixing);
}

static void
rows_that_do_not_fit_are_refused_before_anything_is_written(void **state)
{
	static const char *const words[] = {"b.h5", "dense/kernel", "6", "5", NULL};
	struct scratch *scratch = *state;
	const char *inputs[] = {scratch_path(scratch, "a.h5"), scratch_path(scratch, "b.h5"), NULL};
	const struct ladle_export_options options = {
			.path = scratch_path(scratch, "out.h5"), .format = -1};
	struct mixing mixing;

	write_weights(inputs[0], 5, rising, false);
	write_weights(inputs[1], 6, rising, false);
	mixing_init(&mixing, scratch->library, inputs, NULL);
	assert_export_fails(scratch, &mixing, &options, LADLE_E_PAIR, words);
	mixing_done(&mixing);
}

/* ---- where it goes ---- */

static void
an_input_is_never_overwritten(void **state)
{
	static const char *const words[] = {"is one of the inputs", NULL};
	struct scratch *scratch = *state;
	const char *inputs[] = {scratch_path(scratch, "a.h5"), scratch_path(scratch, "b.h5"), NULL};
	const char *outs[] = {inputs[1], scratch_path(scratch, "soft.h5"),
			scratch_path(scratch, "hard.h5")};
	const char *before = scratch_path(scratch, "before.h5");
	struct mixing mixing;

	write_weights(inputs[0], 5, rising, false);
	write_weights(inputs[1], 5, falling, false);
	copy_file(inputs[1], before);
	assert_int_equal(symlink(inputs[1], outs[1]), 0);
	assert_int_equal(link(inputs[1], outs[2]), 0);
	mixing_init(&mixing, scratch->library, inputs, NULL);
	for (int i = 0; i < 3; i++)
		for (int force = 0; force < 2; force++) {
			const struct ladle_export_options options = {
					.path = outs[i], .format = -1, .force = force};

			assert_export_fails(scratch, &mixing, &options, LADLE_E_OUTPUT, words);
		}
	assert_same_bytes(inputs[1], before);
	mixing_done(&mixing);
}

/* A training run that saves its best model writes a new file under the old name. */
static void
an_input_that_was_replaced_since_is_still_an_input(void **state)
{
	static const char *const words[] = {"is one of the inputs", NULL};
	struct scratch *scratch = *state;
	const char *inputs[] = {scratch_path(scratch, "a.h5"), scratch_path(scratch, "b.h5"), NULL};
	const struct ladle_export_options options = {
			.path = inputs[0], .format = -1, .force = true};
	struct mixing mixing;

	write_weights(inputs[0], 5, rising, false);
	write_weights(inputs[1], 5, falling, false);
	mixing_init(&mixing, scratch->library, inputs, NULL);
	write_weights(scratch_path(scratch, "new.h5"), 5, falling, false);
	assert_int_equal(rename(scratch_path(scratch, "new.h5"), inputs[0]), 0);
	assert_export_fails(scratch, &mixing, &options, LADLE_E_OUTPUT, words);
	mixing_done(&mixing);
}

static void
an_existing_output_stays_unless_forced(void **state)
{
	static const char *const words[] = {"out.h5 exists", NULL};
	struct scratch *scratch = *state;
	const char *inputs[] = {scratch_path(scratch, "a.h5"), NULL},
		   *out = scratch_path(scratch, "out.h5");
	struct ladle_export_options options = {.path = out, .format = -1};
	struct mixing mixing;

	write_weights(inputs[0], 5, rising, false);
	put_text(out, "old");
	mixing_init(&mixing, scratch->library, inputs, NULL);
	assert_export_fails(scratch, &mixing, &options, LADLE_E_OUTPUT, words);
	options.force = true;
	assert_int_equal(mixing_export(&mixing, &options, NULL, NULL), LADLE_OK);
	assert_same_datasets(scratch->library, out, inputs[0]);
	assert_int_equal(folder_files(scratch->folder, false), 2);
	mixing_done(&mixing);
}

static void
a_dry_run_checks_all_and_writes_nothing(void **state)
{
	static const char *const words[] = {"NaN", NULL};
	struct scratch *scratch = *state;
	const char *inputs[] = {scratch_path(scratch, "a.h5"), scratch_path(scratch, "b.h5"), NULL};
	const struct ladle_export_options options = {
			.path = scratch_path(scratch, "out.h5"), .format = -1, .dry_run = true};
	struct ladle_export_report report;
	struct mixing mixing;

	write_weights(inputs[0], TALL, rising, false);
	write_weights(inputs[1], TALL, with_nan, false);
	mixing_init(&mixing, scratch->library, inputs, NULL);
	assert_export_fails(scratch, &mixing, &options, LADLE_E_VALUE, words);
	ladle_mix_fader(mixing.mix, 1)->set = 0;
	assert_int_equal(mixing_export(&mixing, &options, &report, NULL), LADLE_OK);
	assert_int_equal(report.averaged, 1);
	assert_string_equal(report.sha256, "");
	assert_int_equal(folder_files(scratch->folder, false), 2);
	mixing_done(&mixing);
}

static void
a_file_changed_since_it_was_opened_is_refused(void **state)
{
	static const char *const words[] = {"changed", NULL};
	struct scratch *scratch = *state;
	const char *inputs[] = {scratch_path(scratch, "a.h5"), scratch_path(scratch, "b.h5"), NULL};
	const struct ladle_export_options options = {
			.path = scratch_path(scratch, "out.h5"), .format = -1};
	struct mixing mixing;

	write_weights(inputs[0], TALL, rising, false);
	write_weights(inputs[1], TALL, falling, false);
	mixing_init(&mixing, scratch->library, inputs, NULL);
	write_weights(inputs[1], TALL, rising, true);
	assert_export_fails(scratch, &mixing, &options, LADLE_E_CHANGED, words);
	mixing_done(&mixing);
}

static void
a_canceled_export_leaves_nothing(void **state)
{
	struct scratch *scratch = *state;
	const char *inputs[] = {scratch_path(scratch, "a.h5"), scratch_path(scratch, "b.h5"), NULL};
	const struct ladle_export_options options = {
			.path = scratch_path(scratch, "out.h5"), .format = -1};
	struct ladle_job *job = ladle_job_new();
	struct ladle_export_report report;
	struct ladle_error err;
	struct mixing mixing;

	write_weights(inputs[0], TALL, rising, false);
	write_weights(inputs[1], TALL, falling, false);
	mixing_init(&mixing, scratch->library, inputs, NULL);
	ladle_job_cancel(job);
	assert_int_equal(ladle_export(scratch->library, mixing.table, mixing.mix, NULL, &options,
					 job, &report, &err),
			LADLE_E_CANCELED);
	assert_int_equal(folder_files(scratch->folder, false), 2);
	ladle_job_free(job);
	mixing_done(&mixing);
}

/* Cancels as soon as the job has moved. */
static void *
cancel_in_the_middle(void *arg)
{
	uint64_t done = 0, total;

	while (!done)
		ladle_job_progress(arg, &done, &total);
	ladle_job_cancel(arg);
	return NULL;
}

static void
an_export_canceled_in_the_middle_leaves_nothing(void **state)
{
	enum { ROWS = 3000000 };
	struct scratch *scratch = *state;
	const char *inputs[] = {scratch_path(scratch, "a.h5"), scratch_path(scratch, "b.h5"), NULL};
	const struct ladle_export_options options = {
			.path = scratch_path(scratch, "out.h5"), .format = -1};
	struct ladle_job *job = ladle_job_new();
	struct ladle_export_report report;
	struct ladle_error err;
	struct mixing mixing;
	pthread_t canceler;

	write_weights(inputs[0], ROWS, rising, false);
	write_weights(inputs[1], ROWS, falling, false);
	mixing_init(&mixing, scratch->library, inputs, NULL);
	assert_int_equal(pthread_create(&canceler, NULL, cancel_in_the_middle, job), 0);
	assert_int_equal(ladle_export(scratch->library, mixing.table, mixing.mix, NULL, &options,
					 job, &report, &err),
			LADLE_E_CANCELED);
	pthread_join(canceler, NULL);
	assert_int_equal(folder_files(scratch->folder, false), 2);
	ladle_job_free(job);
	mixing_done(&mixing);
}

static void
a_file_size_limit_is_an_error_that_names_it(void **state)
{
	static const char *const words[] = {"out.h5", "File too large", NULL};
	struct scratch *scratch = *state;
	const char *inputs[] = {scratch_path(scratch, "a.h5"), NULL};
	const struct ladle_export_options options = {
			.path = scratch_path(scratch, "out.h5"), .format = -1};
	struct rlimit before, little;
	struct mixing mixing;

	write_weights(inputs[0], TALL, rising, false);
	mixing_init(&mixing, scratch->library, inputs, NULL);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	little = (struct rlimit){100000, before.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &little), 0);
	assert_export_fails(scratch, &mixing, &options, LADLE_E_OUTPUT, words);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	mixing_done(&mixing);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			TEST(nan_is_refused_by_file_tensor_and_element),
			TEST(an_average_too_large_for_its_type_is_refused),
			TEST(rows_that_do_not_fit_are_refused_before_anything_is_written),
			TEST(an_input_is_never_overwritten),
			TEST(an_input_that_was_replaced_since_is_still_an_input),
			TEST(an_existing_output_stays_unless_forced),
			TEST(a_dry_run_checks_all_and_writes_nothing),
			TEST(a_file_changed_since_it_was_opened_is_refused),
			TEST(a_canceled_export_leaves_nothing),
			TEST(an_export_canceled_in_the_middle_leaves_nothing),
			TEST(a_file_size_limit_is_an_error_that_names_it),
	};

	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
