/* Where sessions are kept that nobody named: $XDG_STATE_HOME/ladle/sessions, by their files. */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/keep.h"
#include "app/state.h"
#include "app/user_folder.h"
#include "base/hash.h"

enum { KEPT = 100, HASH_DIGITS = 16 };

static const char suffix[] = ".session";

/* The file that a path leads to, and its branch; a path that leads nowhere as it is. */
static void
append_real_path(struct buf *out, const char *path)
{
	const char *branch = source_branch_of(path);
	char *file = strndup(path, (size_t)(branch - path));
	char *real = file == NULL ? NULL : realpath(file, NULL);

	buf_format(out, "%s%s\n", real == NULL ? path : real, real == NULL ? "" : branch);
	out->failed = out->failed || file == NULL;
	free(real);
	free(file);
}

void
keep_files_of(const struct session *session, struct buf *out)
{
	for (uint32_t i = 0; i < session->setup.sources.count; i++)
		append_real_path(out, session->setup.sources.item[i]->path);
}

void
keep_path_of(const struct session *session, struct buf *out)
{
	struct buf files;

	buf_init(&files);
	keep_files_of(session, &files);
	if (user_folder(out, FOLDER_STATE))
		buf_format(out, "/sessions/%016llx%s",
				(unsigned long long)hash_bytes(buf_string(&files), files.length, 0),
				suffix);
	out->failed = out->failed || files.failed;
	buf_done(&files);
}

/* ---- the oldest go ---- */

struct kept {
	char name[HASH_DIGITS + sizeof(suffix)];
	long long time;
};

static bool
is_kept_name(const char *name)
{
	return strspn(name, "0123456789abcdef") == HASH_DIGITS &&
	       strcmp(name + HASH_DIGITS, suffix) == 0;
}

static int
newest_first(const void *a, const void *b)
{
	const struct kept *first = a, *second = b;

	return (first->time < second->time) - (first->time > second->time);
}

static size_t
list_kept(DIR *folder, struct kept **out)
{
	size_t count = 0;
	const struct dirent *entry;

	*out = NULL;
	while ((entry = readdir(folder)) != NULL) {
		struct stat found;
		if (!is_kept_name(entry->d_name) ||
				fstatat(dirfd(folder), entry->d_name, &found, AT_SYMLINK_NOFOLLOW))
			continue;
		struct kept *grown = realloc(*out, (count + 1) * sizeof(*grown));
		if (grown == NULL)
			break;
		*out = grown;
		memcpy(grown[count].name, entry->d_name, sizeof(grown->name));
		grown[count++].time = (long long)found.st_mtime;
	}
	return count;
}

/* One whose journal is there is in use, or waits to be restored. */
static void
remove_kept(DIR *folder, const char *name)
{
	char journal[sizeof(((struct kept *)0)->name) + 16];

	snprintf(journal, sizeof(journal), "%s.journal", name);
	if (faccessat(dirfd(folder), journal, F_OK, 0) != 0)
		unlinkat(dirfd(folder), name, 0);
}

void
keep_prune(const char *path)
{
	char *copy = strndup(path, (size_t)(strrchr(path, '/') - path));
	DIR *folder = copy == NULL ? NULL : opendir(copy);
	struct kept *kept = NULL;
	size_t count = folder == NULL ? 0 : list_kept(folder, &kept);

	if (count > KEPT) {
		qsort(kept, count, sizeof(*kept), newest_first);
		for (size_t i = KEPT; i < count; i++)
			remove_kept(folder, kept[i].name);
	}
	if (folder != NULL)
		closedir(folder);
	free(kept);
	free(copy);
}
