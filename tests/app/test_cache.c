/* Figures kept from one run to the next. */
#include "app_files.h"
#include "own_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "app/cache.h"

/* Names of kept files; returns how many. */
static int
list_cache(const struct place *place, char names[8][400])
{
	DIR *dir = opendir(place->cache);
	int count = 0;

	for (const struct dirent *entry; dir != NULL && (entry = readdir(dir)) != NULL;)
		if (*entry->d_name != '.')
			snprintf(names[count++], 400, "%s/%s", place->cache, entry->d_name);
	if (dir != NULL)
		closedir(dir);
	return count;
}

static int
count_cache(const struct place *place)
{
	char names[8][400];

	return list_cache(place, names);
}

/* Both files opened behind with `lines` (NULL ends them) run first. */
static struct session *
open_with(const struct place *place, const char *const *lines)
{
	struct session *session = new_session();

	assert_int_equal(session_keep_figures(session, place->cache, NULL), LADLE_OK);
	assert_int_equal(session_add(session, NULL, place->a, NULL), LADLE_OK);
	assert_int_equal(session_add(session, NULL, place->b, NULL), LADLE_OK);
	for (; lines != NULL && *lines != NULL; lines++)
		expect_run(session, *lines);
	assert_int_equal(session_start(session, NULL), LADLE_OK);
	session_wait(session);
	return session;
}

static void
open_once(const struct place *place, const char *const *lines)
{
	session_free(open_with(place, lines));
}

static void
assert_same_figures(const struct session *a, const struct session *b)
{
	const struct ladle_table *table = session_table(a);

	assert_int_equal(table->row_count, session_table(b)->row_count);
	for (uint32_t row = 0; row < table->row_count; row++) {
		const struct ladle_figures *x = ladle_figures(session_measurement(a), row);
		const struct ladle_figures *y = ladle_figures(session_measurement(b), row);
		assert_int_equal(x == NULL, y == NULL);
		if (x == NULL)
			continue;
		size_t square = (size_t)x->k * x->k * sizeof(double);
		assert_memory_equal(x->gram, y->gram, square);
		assert_memory_equal(x->l2, y->l2, square);
		assert_memory_equal(x->max_abs, y->max_abs, square);
		assert_memory_equal(x->nonfinite, y->nonfinite, x->k * sizeof(uint64_t));
	}
}

/* The inode of a kept file tells: one that is taken over stays, one that is measured is new. */
static ino_t
inode_of(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_ino;
}

static void
the_same_files_show_their_figures_without_being_read(void **state)
{
	struct place place = make_place();
	struct session *measured = open_with(&place, NULL), *kept = new_session();
	char names[8][400];
	struct stat before, after;
	const struct timespec old[2] = {{1000, 0}, {1000, 0}};

	(void)state;
	assert_int_equal(list_cache(&place, names), 1);
	ino_t inode = inode_of(names[0]);
	assert_int_equal(stat(place.cache, &before), 0);
	assert_int_equal(before.st_mode & 0777, 0700);
	assert_int_equal(utimensat(AT_FDCWD, names[0], old, 0), 0);
	session_free(kept);
	kept = open_with(&place, NULL);
	assert_same_figures(measured, kept);
	/* It was used: its time is now, and it is not written anew. */
	assert_int_equal(stat(names[0], &after), 0);
	assert_true(after.st_mtim.tv_sec > 1000);
	assert_true(after.st_ino == inode);
	assert_int_equal(after.st_mode & 0777, 0600);
	assert_int_equal(count_cache(&place), 1);
	session_free(kept);
	session_free(measured);
	remove_place(&place);
}

static void
a_damaged_file_is_measured_again_and_replaced(void **state)
{
	struct place place = make_place();
	struct session *measured = open_with(&place, NULL);
	char names[8][400];

	(void)state;
	assert_int_equal(list_cache(&place, names), 1);
	struct stat st;
	assert_int_equal(stat(names[0], &st), 0);
	for (off_t size = 0; size < st.st_size; size += st.st_size / 7) {
		assert_int_equal(truncate(names[0], size), 0);
		struct session *again = open_with(&place, NULL);
		assert_same_figures(measured, again);
		session_free(again);
		struct stat now;
		assert_int_equal(stat(names[0], &now), 0);
		assert_int_equal(now.st_size, st.st_size);
	}
	session_free(measured);
	remove_place(&place);
}

/* ---- what is part of the key ---- */

static void
rewrite_same_bytes(const struct place *place)
{
	copy_file("sample-data/run-epoch08.h5", place->b);
}

static void
replace_by_copy(const struct place *place)
{
	char other[128];

	snprintf(other, sizeof(other), "%s.new", place->b);
	copy_file("sample-data/run-epoch08.h5", other);
	assert_int_equal(rename(other, place->b), 0);
}

static void
touch(const struct place *place)
{
	const struct timespec times[2] = {{5, 0}, {5, 7}};

	assert_int_equal(utimensat(AT_FDCWD, place->b, times, 0), 0);
}

static void
append_byte(const struct place *place)
{
	FILE *file = fopen(place->b, "ab");

	assert_non_null(file);
	fputc(0, file);
	assert_int_equal(fclose(file), 0);
}

/* In place, and then the old time of modification: the time of change tells. */
static void
change_in_place(const struct place *place)
{
	struct stat st;
	int file = open(place->b, O_RDWR);
	char byte;

	assert_true(file >= 0 && fstat(file, &st) == 0);
	const struct timespec times[2] = {st.st_atim, st.st_mtim};
	assert_int_equal(pread(file, &byte, 1, st.st_size / 2), 1);
	byte ^= 1;
	assert_int_equal(pwrite(file, &byte, 1, st.st_size / 2), 1);
	assert_int_equal(futimens(file, times), 0);
	close(file);
}

static void
every_other_version_of_a_file_is_measured(void **state)
{
	static void (*const changes[])(const struct place *) = {
			rewrite_same_bytes, replace_by_copy, touch, append_byte, change_in_place};

	(void)state;
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		struct place place = make_place();
		open_once(&place, NULL);
		assert_int_equal(count_cache(&place), 1);
		changes[i](&place);
		open_once(&place, NULL);
		assert_int_equal(count_cache(&place), 2);
		remove_place(&place);
	}
}

static void
every_other_table_is_measured(void **state)
{
	struct place place = make_place(), swapped = place;
	const char *const aligned[] = {"set match=off", "align B to A", NULL};
	const char *const no_match[] = {"set match=off", NULL};

	(void)state;
	open_once(&place, NULL);
	assert_int_equal(count_cache(&place), 1);
	strcpy(swapped.a, place.b);
	strcpy(swapped.b, place.a);
	open_once(&swapped, NULL);
	assert_int_equal(count_cache(&place), 2);
	strcpy(swapped.b, place.b);
	open_once(&swapped, NULL);
	assert_int_equal(count_cache(&place), 3);
	/* Units that stand alike are lined up as they are: the same figures. */
	open_once(&place, aligned);
	assert_int_equal(count_cache(&place), 3);
	copy_file("sample-data/seed11.keras", place.b);
	open_once(&place, no_match);
	assert_int_equal(count_cache(&place), 4);
	open_once(&place, aligned);
	assert_int_equal(count_cache(&place), 5);
	remove_place(&place);
}

static void
a_key_says_which_figures(void **state)
{
	struct place place = make_place();
	struct session *session = open_with(&place, NULL);
	struct ladle_measurement *stats;
	struct ladle_key plain, with_stats, again;

	(void)state;
	assert_int_equal(ladle_measurement_new(
					 &stats, session_table(session), LADLE_MEASURE_STATS, NULL),
			LADLE_OK);
	ladle_measurement_key(&plain, session_measurement(session), NULL);
	ladle_measurement_key(&again, session_measurement(session), NULL);
	ladle_measurement_key(&with_stats, stats, NULL);
	assert_memory_equal(&plain, &again, sizeof(plain));
	assert_memory_not_equal(&plain, &with_stats, sizeof(plain));
	ladle_measurement_free(stats);
	session_free(session);
	remove_place(&place);
}

/* ---- settings, the folder ---- */

static void
off_is_off(void **state)
{
	struct place place = make_place();
	const char *const off[] = {"set cache=off", NULL};

	(void)state;
	open_once(&place, off);
	assert_int_equal(count_cache(&place), 0);
	remove_place(&place);
}

static void
the_batch_face_keeps_nothing(void **state)
{
	struct place place = make_place();
	struct session *session = new_session();

	(void)state;
	session_keep_figures(session, place.cache, NULL);
	session_add(session, NULL, place.a, NULL);
	session_add(session, NULL, place.b, NULL);
	assert_int_equal(session_load(session, NULL), LADLE_OK);
	assert_int_equal(session_measure(session, 0, NULL, NULL), LADLE_OK);
	assert_int_equal(count_cache(&place), 0);
	session_free(session);
	remove_place(&place);
}

/* Two tables of one size: with room for one, the one that was not used goes. */
static void
the_oldest_goes_where_there_is_no_room(void **state)
{
	struct place place = make_place(), swapped = place;
	const char *const little[] = {"set cache-size=1", NULL}, *room[] = {NULL, NULL};
	char names[8][400], line[64];
	struct stat st;
	ino_t first;

	(void)state;
	open_once(&place, NULL);
	assert_int_equal(list_cache(&place, names), 1);
	assert_int_equal(stat(names[0], &st), 0);
	first = inode_of(names[0]);
	const struct timespec old[2] = {{1000, 0}, {1000, 0}};
	assert_int_equal(utimensat(AT_FDCWD, names[0], old, 0), 0);
	snprintf(line, sizeof(line), "set cache-size=%lld", (long long)st.st_size + 1);
	room[0] = line;
	strcpy(swapped.a, place.b);
	strcpy(swapped.b, place.a);
	open_once(&swapped, room);
	assert_int_equal(list_cache(&place, names), 1);
	assert_true(inode_of(names[0]) != first);
	open_once(&place, little);
	assert_int_equal(count_cache(&place), 1);
	remove_place(&place);
}

static void
a_folder_of_others_is_not_used(void **state)
{
	struct place place = make_place();
	struct cache_facts facts;

	(void)state;
	open_once(&place, NULL);
	cache_look(place.cache, &facts);
	assert_string_equal(facts.why, "");
	assert_int_equal(facts.files, 1);
	assert_true(facts.bytes > 0);
	assert_int_equal(chmod(place.cache, 0777), 0);
	cache_look(place.cache, &facts);
	assert_string_equal(facts.why, "can be written by others");
	touch(&place);
	open_once(&place, NULL);
	assert_int_equal(count_cache(&place), 1);
	cache_look(place.a, &facts);
	assert_string_equal(facts.why, "is no folder");
	remove_place(&place);
}

static void
a_folder_that_cannot_be_made_is_no_failure(void **state)
{
	struct place place = make_place();
	struct cache_facts facts;
	struct session *session;

	(void)state;
	snprintf(place.cache, sizeof(place.cache), "/dev/null/ladle");
	session = open_with(&place, NULL);
	assert_non_null(ladle_figures(session_measurement(session), 0));
	assert_string_equal(session_message(session), "");
	cache_look(place.cache, &facts);
	assert_non_null(strstr(facts.why, "Not a directory"));
	session_free(session);
	remove_place(&place);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(the_same_files_show_their_figures_without_being_read),
			cmocka_unit_test(a_damaged_file_is_measured_again_and_replaced),
			cmocka_unit_test(every_other_version_of_a_file_is_measured),
			cmocka_unit_test(every_other_table_is_measured),
			cmocka_unit_test(a_key_says_which_figures),
			cmocka_unit_test(off_is_off),
			cmocka_unit_test(the_batch_face_keeps_nothing),
			cmocka_unit_test(the_oldest_goes_where_there_is_no_room),
			cmocka_unit_test(a_folder_of_others_is_not_used),
			cmocka_unit_test(a_folder_that_cannot_be_made_is_no_failure),
	};

	return cmocka_run_group_tests(tests, open_library, close_library);
}
