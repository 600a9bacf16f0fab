/* Every call by which an export reaches the disk fails in turn, in this process and in the worker;
 * the process is killed before each of them; their order is looked at. */
#ifdef __linux__
#define _GNU_SOURCE
#endif
#include <ladle.h>

#include <sys/mman.h>
#include <sys/wait.h>

#include "write/made_files.h"

#ifdef __linux__

#include "write/fault_calls.h"

/* ---- one export ---- */

struct subject {
	struct scratch *scratch;
	struct mixing mixing;
	const char *out;
	bool force;
	char *old, *new; /* bytes that the target has before, and is to have */
	size_t old_size, new_size;
	int files; /* in the folder before, the target apart */
};

static enum ladle_status
subject_export(const struct subject *subject, struct ladle_error *err)
{
	const struct ladle_export_options options = {.path = subject->out,
			.format = -1,
			.force = subject->force,
			.recipe = "write out\n"};

	return mixing_export(&subject->mixing, &options, NULL, err);
}

/* Puts the target as it is to be before. */
static void
subject_reset(const struct subject *subject)
{
	FILE *file;

	unlink(subject->out);
	if (!subject->force)
		return;
	file = fopen(subject->out, "wb");
	assert_non_null(file);
	assert_int_equal(fwrite(subject->old, 1, subject->old_size, file), subject->old_size);
	assert_int_equal(fclose(file), 0);
}

static void
subject_init(struct subject *subject, struct scratch *scratch, const char *const *inputs,
		const char *out, bool force)
{
	struct ladle_error err = {0};

	*subject = (struct subject){.scratch = scratch, .force = force};
	subject->out = strdup(scratch_path(scratch, out));
	subject->old = strdup("what was there before");
	subject->old_size = strlen(subject->old);
	mixing_init(&subject->mixing, scratch->library, inputs, NULL);
	subject->files = folder_files(scratch->folder, false);
	faults_reset();
	subject_reset(subject);
	if (subject_export(subject, &err) != LADLE_OK)
		fail_msg("%s", err.text);
	subject->new = file_bytes(subject->out, &subject->new_size);
}

static void
subject_done(struct subject *subject)
{
	mixing_done(&subject->mixing);
	free((char *)(uintptr_t)subject->out);
	free(subject->old);
	free(subject->new);
}

enum target { TARGET_ABSENT, TARGET_OLD, TARGET_NEW, TARGET_TORN };

static enum target
subject_target(const struct subject *subject)
{
	enum target found = TARGET_TORN;
	size_t size;
	char *data;

	if (access(subject->out, F_OK))
		return TARGET_ABSENT;
	data = file_bytes(subject->out, &size);
	if (size == subject->new_size && !memcmp(data, subject->new, size))
		found = TARGET_NEW;
	else if (subject->force && size == subject->old_size && !memcmp(data, subject->old, size))
		found = TARGET_OLD;
	free(data);
	return found;
}

static enum target
untouched(const struct subject *subject)
{
	return subject->force ? TARGET_OLD : TARGET_ABSENT;
}

static int
strangers(const struct subject *subject)
{
	return folder_files(subject->scratch->folder, false) - subject->files -
	       (subject_target(subject) != TARGET_ABSENT);
}

/* After a failed export: the target is untouched, except that a name which is there may not be durable;
 * nothing else is there. */
static void
assert_failed_cleanly(const struct subject *subject, enum ladle_status status,
		const struct ladle_error *err)
{
	bool only_the_name = faults->kind == CALL_FSYNC_FOLDER;

	if (status != LADLE_E_OUTPUT)
		fail_msg("call %c number %d, error %d: status %d, %s", letters[faults->kind],
				faults->at, faults->error, status, err->text);
	assert_int_equal(subject_target(subject), only_the_name ? TARGET_NEW : untouched(subject));
	assert_int_equal(strangers(subject), 0);
	assert_contains(err->text, strrchr(subject->out, '/') + 1);
	if (only_the_name)
		assert_contains(err->text, "written, not proven durable");
}

/* Fails call after call of one kind until none is left to fail; returns how many did. */
static int
fail_each(const struct subject *subject, enum call kind, int error, bool sticky)
{
	int count = 0;

	for (;; count++) {
		struct ladle_error err = {0};
		enum ladle_status status;

		subject_reset(subject);
		faults_reset();
		faults->kind = (int)kind;
		faults->at = count;
		faults->error = error;
		faults->sticky = sticky;
		status = subject_export(subject, &err);
		if (!atomic_load(&faults->hits)) {
			assert_int_equal(status, LADLE_OK);
			return count;
		}
		assert_failed_cleanly(subject, status, &err);
	}
}

static void
make_inputs(struct scratch *scratch, const char **inputs)
{
	inputs[0] = strcpy(malloc(512), scratch_path(scratch, "a.h5"));
	inputs[1] = strcpy(malloc(512), scratch_path(scratch, "b.h5"));
	inputs[2] = NULL;
	write_weights(inputs[0], TALL, rising, true);
	write_weights(inputs[1], TALL, falling, true);
}

static void
free_inputs(const char **inputs)
{
	free((char *)(uintptr_t)inputs[0]);
	free((char *)(uintptr_t)inputs[1]);
}

/* ---- tests ---- */

static void
assert_every_fault_is_clean(
		struct scratch *scratch, const char *const *inputs, const char *out, bool force)
{
	static const enum call kinds[] = {CALL_PWRITE, CALL_FTRUNCATE, CALL_FALLOCATE, CALL_FCHMOD,
			CALL_FSYNC, CALL_FSYNC_FOLDER, CALL_LINKAT};
	static const int errors[] = {ENOSPC, EIO, EDQUOT};
	struct subject subject;
	int total = 0;

	subject_init(&subject, scratch, inputs, out, force);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		for (size_t e = 0; e < sizeof(errors) / sizeof(errors[0]); e++)
			for (int sticky = 0; sticky < 2; sticky++) {
				int count = fail_each(&subject, kinds[i], errors[e], sticky);

				/* only where the last thing in a file is a tensor */
				assert_true(count > 0 || kinds[i] == CALL_FTRUNCATE);
				total += count;
			}
	if (force)
		assert_true(fail_each(&subject, CALL_RENAMEAT, EIO, false) > 0);
	print_message("%d faults in %s\n", total, out);
	subject_done(&subject);
}

static void
every_fault_leaves_no_new_file(void **state)
{
	const char *inputs[3];

	make_inputs(*state, inputs);
	assert_every_fault_is_clean(*state, inputs, "out.h5", false);
	free_inputs(inputs);
}

static void
every_fault_leaves_the_old_file(void **state)
{
	const char *inputs[3];

	make_inputs(*state, inputs);
	assert_every_fault_is_clean(*state, inputs, "out.h5", true);
	free_inputs(inputs);
}

static void
every_fault_of_an_archive_is_clean(void **state)
{
	const char *inputs[] = {shared_path("keras/layouts/k3-without-optimizer.keras"), NULL};

	assert_every_fault_is_clean(*state, inputs, "out.keras", false);
}

/* Where a file cannot be without a name: it has a hidden one, and loses it. */
static void
a_named_temporary_is_removed_on_every_fault(void **state)
{
	static const enum call kinds[] = {CALL_PWRITE, CALL_FSYNC, CALL_RENAMEAT, CALL_FCHMOD};
	struct subject subject;
	struct ladle_error err;
	const char *inputs[3];

	make_inputs(*state, inputs);
	for (int force = 0; force < 2; force++) {
		subject_init(&subject, *state, inputs, "out.h5", force);
		for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
			for (int at = 0; at < 30; at++) {
				enum ladle_status status;

				subject_reset(&subject);
				faults_reset();
				faults->no_tmpfile = true;
				faults->kind = (int)kinds[i];
				faults->at = at;
				faults->error = ENOSPC;
				status = subject_export(&subject, &err);
				if (atomic_load(&faults->hits)) {
					assert_failed_cleanly(&subject, status, &err);
					continue;
				}
				assert_int_equal(status, LADLE_OK);
				assert_int_equal(subject_target(&subject), TARGET_NEW);
				assert_int_equal(strangers(&subject), 0);
				break;
			}
		subject_done(&subject);
		unlink(scratch_path(*state, "out.h5"));
	}
	free_inputs(inputs);
}

static void
interrupted_and_short_writes_go_on(void **state)
{
	struct subject subject;
	struct ladle_error err;
	const char *inputs[3];

	make_inputs(*state, inputs);
	subject_init(&subject, *state, inputs, "out.h5", false);
	for (int at = 0; at < 40; at++) {
		subject_reset(&subject);
		faults_reset();
		faults->kind = CALL_PWRITE;
		faults->at = at;
		faults->error = EINTR;
		assert_int_equal(subject_export(&subject, &err), LADLE_OK);
		assert_int_equal(subject_target(&subject), TARGET_NEW);
	}
	subject_reset(&subject);
	faults_reset();
	faults->halve = true;
	assert_int_equal(subject_export(&subject, &err), LADLE_OK);
	assert_int_equal(subject_target(&subject), TARGET_NEW);
	subject_done(&subject);
	free_inputs(inputs);
}

static void
a_disk_that_cannot_reserve_is_written_all_the_same(void **state)
{
	struct subject subject;
	struct ladle_error err;
	const char *inputs[3];

	make_inputs(*state, inputs);
	subject_init(&subject, *state, inputs, "out.h5", false);
	subject_reset(&subject);
	faults_reset();
	faults->kind = CALL_FALLOCATE;
	faults->error = EOPNOTSUPP;
	faults->sticky = true;
	assert_int_equal(subject_export(&subject, &err), LADLE_OK);
	assert_int_equal(subject_target(&subject), TARGET_NEW);
	subject_done(&subject);
	free_inputs(inputs);
}

/* What power loss can do depends on this order alone: everything written, then made durable, then
 * named, then the name made durable. */
static void
bytes_are_durable_before_the_name_and_the_name_before_the_answer(void **state)
{
	static const char *const ends[] = {"sld", "slrd"};
	struct subject subject;
	const char *inputs[3];

	make_inputs(*state, inputs);
	for (int force = 0; force < 2; force++) {
		size_t length, tail = strlen(ends[force]);

		subject_init(&subject, *state, inputs, "out.h5", force);
		length = strlen(faults->log);
		assert_true(length > tail && length < LOG - 1);
		assert_string_equal(faults->log + length - tail, ends[force]);
		assert_int_equal(strcspn(faults->log, "sldr"), length - tail);
		subject_done(&subject);
		unlink(scratch_path(*state, "out.h5"));
	}
	free_inputs(inputs);
}

static void
remove_hidden(const char *folder)
{
	char path[1024];
	DIR *dir = opendir(folder);

	assert_non_null(dir);
	for (struct dirent *entry; (entry = readdir(dir));) {
		if (strncmp(entry->d_name, ".ladle-", 7))
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		assert_int_equal(unlink(path), 0);
	}
	closedir(dir);
}

/* In a child of its own: opens, mixes, exports, and is killed before a call. */
static int
export_and_die(const struct subject *subject, const char *const *inputs, int kill_at)
{
	struct ladle_error err;
	struct subject own = *subject;
	pid_t child = fork();
	int status;

	if (child == 0) {
		if (ladle_open(&own.scratch->library, NULL, &err) != LADLE_OK)
			_exit(90);
		mixing_init(&own.mixing, own.scratch->library, inputs, NULL);
		faults_reset();
		faults->kill_at = kill_at;
		_exit(subject_export(&own, &err) == LADLE_OK ? 0 : 91);
	}
	assert_true(child > 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	return status;
}

static void
a_kill_before_any_call_tears_nothing(void **state)
{
	struct subject subject;
	const char *inputs[3];

	make_inputs(*state, inputs);
	for (int force = 0; force < 2; force++) {
		int calls, killed = 0;

		subject_init(&subject, *state, inputs, "out.h5", force);
		calls = (int)strlen(faults->log);
		for (int at = 0; at < calls; at++) {
			enum target target;
			int status;

			subject_reset(&subject);
			status = export_and_die(&subject, inputs, at);
			assert_int_not_equal(status, 0);
			killed += WIFSIGNALED(status);
			target = subject_target(&subject);
			assert_true(target == TARGET_NEW || target == untouched(&subject));
			/* between link and rename the new file has a hidden name */
			assert_true(strangers(&subject) <= force);
			if (strangers(&subject))
				assert_int_equal(faults->log[at], 'r');
			remove_hidden(subject.scratch->folder);
		}
		assert_true(killed > 5 && killed < calls); /* this process and the worker */
		subject_done(&subject);
		unlink(scratch_path(*state, "out.h5"));
	}
	free_inputs(inputs);
}

static int
faults_make(void **state)
{
	struct stat found;
	void *memory = mmap(NULL, sizeof(*faults), PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		return -1;
	faults = memory;
	faults_reset();
	if (scratch_make(state) || stat(((struct scratch *)*state)->folder, &found))
		return -1;
	faults->device = found.st_dev;
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			TEST(every_fault_leaves_no_new_file),
			TEST(every_fault_leaves_the_old_file),
			TEST(every_fault_of_an_archive_is_clean),
			TEST(a_named_temporary_is_removed_on_every_fault),
			TEST(interrupted_and_short_writes_go_on),
			TEST(a_disk_that_cannot_reserve_is_written_all_the_same),
			TEST(bytes_are_durable_before_the_name_and_the_name_before_the_answer),
			TEST(a_kill_before_any_call_tears_nothing),
	};

	return cmocka_run_group_tests(tests, faults_make, scratch_remove);
}

#else

static void
faults_are_injected_on_linux_only(void **state)
{
	(void)state;
	skip();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(faults_are_injected_on_linux_only)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#endif
