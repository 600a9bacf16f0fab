#include "app/user_folder.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"

static const struct {
	const char *variable, *in_home;
} folders[] = {
		[FOLDER_CONFIG] = {"XDG_CONFIG_HOME", ".config"},
		[FOLDER_STATE] = {"XDG_STATE_HOME", ".local/state"},
		[FOLDER_CACHE] = {"XDG_CACHE_HOME", ".cache"},
};

bool
user_folder(struct buf *out, enum user_folder kind)
{
	const char *folder = getenv(folders[kind].variable), *home = getenv("HOME");

	if (folder != NULL && *folder == '/')
		buf_format(out, "%s/ladle", folder);
	else if (home != NULL && *home == '/')
		buf_format(out, "%s/%s/ladle", home, folders[kind].in_home);
	else
		return false;
	return !out->failed;
}

void
user_folder_make_above(const char *path)
{
	char *copy = strdup(path);

	for (char *slash = copy; copy != NULL && (slash = strchr(slash + 1, '/')) != NULL;) {
		*slash = '\0';
		mkdir(copy, 0700);
		*slash = '/';
	}
	free(copy);
}
