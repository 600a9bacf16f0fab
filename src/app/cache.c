#include "app/cache.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/user_folder.h"
#include "base/buf.h"
#include "base/io.h"
#include "base/os.h"

#define SUFFIX ".figures"

enum { KEY_DIGITS = 32, NAME_LENGTH = KEY_DIGITS + sizeof(SUFFIX) - 1 };

/* ---- the folder ---- */

/* NULL, or why files of this folder are not to be trusted: who else writes there can show any
 * figures. */
static const char *
find_danger(const struct stat *st)
{
	if (!S_ISDIR(st->st_mode))
		return "is no folder";
	if (st->st_uid != geteuid())
		return "belongs to somebody else";
	return st->st_mode & (S_IWGRP | S_IWOTH) ? "can be written by others" : NULL;
}

/* Its descriptor, or -1. */
static int
open_folder(const char *folder)
{
	struct stat st;
	int dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (dir >= 0 && (fstat(dir, &st) != 0 || find_danger(&st) != NULL)) {
		close(dir);
		dir = -1;
	}
	return dir;
}

static void
name_file(char name[NAME_LENGTH + 1], const struct ladle_key *key)
{
	for (int i = 0; i < KEY_DIGITS / 2; i++)
		snprintf(name + 2 * i, 3, "%02x", key->bytes[i]);
	strcpy(name + KEY_DIGITS, SUFFIX);
}

static bool
is_name(const char *name)
{
	return strlen(name) == NAME_LENGTH && strspn(name, "0123456789abcdef") == KEY_DIGITS &&
	       strcmp(name + KEY_DIGITS, SUFFIX) == 0;
}

/* ---- one file ---- */

/* Its time is that of its last use. */
static bool
load_from(int file, uint64_t limit, const struct ladle_key *key,
		struct ladle_measurement *measurement)
{
	struct stat st;
	bool loaded = false;
	char *data = NULL;

	if (fstat(file, &st) == 0 && S_ISREG(st.st_mode) && (uint64_t)st.st_size <= limit)
		data = malloc((size_t)st.st_size + 1);
	if (data != NULL && io_read_at(file, data, (size_t)st.st_size, 0))
		loaded = ladle_measurement_load(measurement, key, data, (size_t)st.st_size, NULL) ==
			 LADLE_OK;
	if (loaded)
		futimens(file, NULL);
	free(data);
	return loaded;
}

bool
cache_load(const struct cache *cache, const struct ladle_key *key,
		struct ladle_measurement *measurement)
{
	char name[NAME_LENGTH + 1];
	int dir = open_folder(cache->folder), file = -1;

	name_file(name, key);
	if (dir >= 0)
		file = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	bool loaded = file >= 0 && load_from(file, cache->limit, key, measurement);
	if (file >= 0)
		close(file);
	if (dir >= 0)
		close(dir);
	return loaded;
}

/* ---- the limit ---- */

struct kept {
	char name[NAME_LENGTH + 1];
	struct timespec used;
	uint64_t size;
};

struct kept_list {
	struct kept *item;
	size_t count, room;
};

static bool
add_kept(struct kept_list *list, int dir, const char *name)
{
	struct stat st;

	if (!is_name(name) || fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0 ||
			!S_ISREG(st.st_mode))
		return true;
	if (list->count == list->room) {
		size_t room = list->room * 2 + 16;
		struct kept *grown = realloc(list->item, room * sizeof(*grown));
		if (grown == NULL)
			return false;
		list->item = grown;
		list->room = room;
	}
#ifdef __APPLE__
#define st_mtim st_mtimespec
#endif
	struct kept *kept = &list->item[list->count++];
	*kept = (struct kept){.used = st.st_mtim, .size = (uint64_t)st.st_size};
	strcpy(kept->name, name);
	return true;
}

/* Of an open folder, whose descriptor stays the caller's. */
static struct kept_list
list_kept(int dir)
{
	struct kept_list list = {0};
	int own = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = own < 0 ? NULL : fdopendir(own);

	if (stream == NULL && own >= 0)
		close(own);
	for (const struct dirent *entry; stream != NULL && (entry = readdir(stream)) != NULL;)
		if (!add_kept(&list, dir, entry->d_name))
			break;
	if (stream != NULL)
		closedir(stream);
	return list;
}

static int
newest_first(const void *a, const void *b)
{
	const struct timespec *x = &((const struct kept *)a)->used;
	const struct timespec *y = &((const struct kept *)b)->used;

	if (x->tv_sec != y->tv_sec)
		return x->tv_sec < y->tv_sec ? 1 : -1;
	return (x->tv_nsec < y->tv_nsec) - (x->tv_nsec > y->tv_nsec);
}

static void
remove_oldest(int dir, uint64_t limit)
{
	struct kept_list list = list_kept(dir);
	uint64_t sum = 0;

	if (list.count > 0)
		qsort(list.item, list.count, sizeof(*list.item), newest_first);
	for (size_t i = 0; i < list.count; i++) {
		sum += list.item[i].size;
		if (sum > limit)
			unlinkat(dir, list.item[i].name, 0);
	}
	free(list.item);
}

/* ---- saving ---- */

/* Whole or not at all; it may be lost with the machine's power, and is then measured again. */
static void
write_file(int dir, const char *name, const void *data, size_t size)
{
	char hidden[64];
	int file = os_temporary_in(dir, hidden, sizeof(hidden));

	if (file < 0)
		return;
	bool written = io_write_at(file, data, size, 0) &&
		       os_publish(file, dir, hidden, name, true) == 0;
	if (!written && *hidden != '\0')
		unlinkat(dir, hidden, 0);
	close(file);
}

void
cache_save(const struct cache *cache, const struct ladle_key *key,
		const struct ladle_measurement *measurement)
{
	char name[NAME_LENGTH + 1];
	void *data;
	size_t size;

	if (ladle_measurement_save(measurement, key, &data, &size, NULL) != LADLE_OK)
		return;
	user_folder_make_above(cache->folder);
	mkdir(cache->folder, 0700);
	int dir = open_folder(cache->folder);
	if (dir >= 0 && size <= cache->limit) {
		name_file(name, key);
		write_file(dir, name, data, size);
		remove_oldest(dir, cache->limit);
	}
	if (dir >= 0)
		close(dir);
	free(data);
}

/* ---- for the doctor ---- */

/* Can what is not there be made? By the nearest folder above it that is there. */
static void
look_above(const char *folder, struct cache_facts *out)
{
	char *path = strdup(folder);

	for (char *end = path; end != NULL && access(path, F_OK) != 0 && errno == ENOENT;) {
		end = strrchr(path, '/');
		if (end != NULL)
			end[end == path] = '\0';
	}
	if (path == NULL || access(path, W_OK | X_OK) != 0)
		snprintf(out->why, sizeof(out->why), "cannot be made: %s", strerror(errno));
	free(path);
}

void
cache_look(const char *folder, struct cache_facts *out)
{
	struct stat st;
	const char *danger = NULL;

	*out = (struct cache_facts){0};
	if (stat(folder, &st) != 0) {
		look_above(folder, out);
		return;
	}
	danger = find_danger(&st);
	if (danger == NULL && access(folder, R_OK | W_OK | X_OK) != 0)
		danger = "cannot be read and written";
	snprintf(out->why, sizeof(out->why), "%s", danger == NULL ? "" : danger);
	int dir = danger == NULL ? open_folder(folder) : -1;
	if (dir < 0)
		return;
	struct kept_list list = list_kept(dir);
	for (size_t i = 0; i < list.count; i++)
		out->bytes += list.item[i].size;
	out->files = (uint32_t)list.count;
	free(list.item);
	close(dir);
}
