#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "app/state.h"
#include "base/err.h"

enum { ID_SIZE = 16, NAME_LONGEST = 64 };

/* How long a name is without the suffix that Keras's files have; 0: it has none. */
static size_t
stem_length(const char *name, size_t length)
{
	static const char *const suffixes[] = {
			".weights.h5", ".weights.json", ".keras", ".hdf5", ".h5"};

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		size_t suffix = strlen(suffixes[i]);
		if (length > suffix && memcmp(name + length - suffix, suffixes[i], suffix) == 0)
			return length - suffix;
	}
	return 0;
}

const char *
source_branch_of(const char *path)
{
	const char *mark = path;

	while ((mark = strchr(mark, '#')) != NULL && stem_length(path, (size_t)(mark - path)) == 0)
		mark++;
	return mark == NULL ? path + strlen(path) : mark;
}

/* "a/b/run1.weights.h5" -> "run1", "a/model.keras#left" -> "model#left" */
static char *
label_of(const char *path)
{
	const char *branch = source_branch_of(path), *base = branch;
	struct buf label;

	while (base > path && base[-1] != '/')
		base--;
	size_t length = (size_t)(branch - base), stem = stem_length(base, length);
	if (length == 0)
		return strdup(path);
	buf_init(&label);
	buf_append(&label, base, stem > 0 ? stem : length);
	buf_text(&label, branch);
	char *copy = label.failed ? NULL : strdup(buf_string(&label));
	buf_done(&label);
	return copy;
}

/* 0 -> "A", 25 -> "Z", 26 -> "AA" */
static void
letters_of(char id[ID_SIZE], uint32_t number)
{
	char reversed[ID_SIZE];
	int length = 0;

	for (uint64_t n = (uint64_t)number + 1; n > 0; n = (n - 1) / 26)
		reversed[length++] = (char)('A' + (n - 1) % 26);
	for (int i = 0; i < length; i++)
		id[i] = reversed[length - 1 - i];
	id[length] = '\0';
}

static char *
next_id(const struct source_list *others)
{
	char id[ID_SIZE];
	uint32_t number = others->count;

	do
		letters_of(id, number++);
	while (source_list_find(others, id) != LADLE_NONE);
	return strdup(id);
}

static enum ladle_status
check_name(const struct source_list *others, const char *name, struct ladle_error *err)
{
	bool good = isalpha((unsigned char)*name) || *name == '_';

	for (const char *at = name; good && *at != '\0'; at++)
		good = isalnum((unsigned char)*at) || strchr("_.-", *at) != NULL;
	if (!good || strlen(name) > NAME_LONGEST || strcmp(name, "on") == 0)
		return ladle_fail(err, LADLE_E_USAGE, NULL,
				"`%s` cannot name a checkpoint: a letter, then letters, digits, _ "
				". -, "
				"at most %d, and not `on`",
				name, NAME_LONGEST);
	uint32_t other = source_list_find(others, name);
	if (other != LADLE_NONE)
		return ladle_fail(err, LADLE_E_USAGE, NULL, "%s is %s already", name,
				others->item[other]->given);
	return LADLE_OK;
}

char *
path_in_folder(const char *folder, const char *path)
{
	if (folder == NULL || *folder == '\0' || *path == '/')
		return strdup(path);
	size_t size = strlen(folder) + strlen(path) + 2;
	char *joined = malloc(size);
	if (joined == NULL)
		return NULL;
	strcpy(joined, folder);
	if (folder[strlen(folder) - 1] != '/')
		strcat(joined, "/");
	return strcat(joined, path);
}

enum ladle_status
source_new(struct source **out, const struct source_list *others, const char *name,
		const char *path, const char *folder, struct ladle_error *err)
{
	if (*path == '\0')
		return ladle_fail(err, LADLE_E_USAGE, NULL, "the name of a file is empty");
	if (name != NULL)
		TRY(check_name(others, name, err));
	struct source *source = calloc(1, sizeof(*source));
	if (source == NULL)
		return session_out_of_memory(err);
	source->refs = 1;
	source->id = name != NULL ? strdup(name) : next_id(others);
	source->path = path_in_folder(folder, path);
	source->given = strdup(path);
	source->label = label_of(path);
	if (source->id == NULL || source->path == NULL || source->given == NULL ||
			source->label == NULL) {
		source_release(source);
		return session_out_of_memory(err);
	}
	source->pub = (struct session_file){.id = source->id,
			.path = source->path,
			.label = source->label,
			.state = COLUMN_OPENING,
			.column = LADLE_NONE};
	*out = source;
	return LADLE_OK;
}

enum ladle_status
source_again(struct source **out, const struct source *source, struct ladle_error *err)
{
	const struct source_list none = {0};

	TRY(source_new(out, &none, source->id, source->path, NULL, err));
	char *given = strdup(source->given);
	if (given == NULL) {
		source_release(*out);
		return session_out_of_memory(err);
	}
	free((*out)->given);
	(*out)->given = given;
	return LADLE_OK;
}

void
source_release(struct source *source)
{
	if (source == NULL || --source->refs > 0)
		return;
	ladle_checkpoint_close(source->checkpoint);
	free(source->id);
	free(source->path);
	free(source->given);
	free(source->label);
	free(source);
}

void
source_set_open(struct source *source, struct ladle_checkpoint *checkpoint)
{
	source->checkpoint = checkpoint;
	source->pub.checkpoint = checkpoint;
	source->pub.state = COLUMN_OPEN;
}

void
source_set_failed(struct source *source, const struct ladle_error *error)
{
	source->pub.error = *error;
	source->pub.state = COLUMN_FAILED;
}

uint32_t
source_list_find(const struct source_list *list, const char *id)
{
	for (uint32_t i = 0; i < list->count; i++)
		if (strcmp(list->item[i]->id, id) == 0)
			return i;
	return LADLE_NONE;
}

uint32_t
source_list_index(const struct source_list *list, const struct source *source)
{
	for (uint32_t i = 0; i < list->count; i++) {
		const struct source *other = list->item[i];
		if (other == source || (strcmp(other->id, source->id) == 0 &&
						       strcmp(other->path, source->path) == 0))
			return i;
	}
	return LADLE_NONE;
}

bool
source_list_append(struct source_list *list, struct source *source)
{
	struct source **grown =
			realloc(list->item, ((size_t)list->count + 1) * sizeof(struct source *));

	if (grown == NULL)
		return false;
	list->item = grown;
	list->item[list->count++] = source;
	source->refs++;
	return true;
}

static bool
copy_those(struct source_list *out, const struct source_list *list, bool open_alone)
{
	struct source_list copy = {0};

	for (uint32_t i = 0; i < list->count; i++) {
		if (open_alone && list->item[i]->pub.state != COLUMN_OPEN)
			continue;
		if (!source_list_append(&copy, list->item[i])) {
			source_list_free(&copy);
			return false;
		}
	}
	*out = copy;
	return true;
}

bool
source_list_copy(struct source_list *out, const struct source_list *list)
{
	return copy_those(out, list, false);
}

bool
source_list_open(struct source_list *out, const struct source_list *list)
{
	return copy_those(out, list, true);
}

bool
source_list_same(const struct source_list *a, const struct source_list *b)
{
	if (a->count != b->count)
		return false;
	for (uint32_t i = 0; i < a->count; i++)
		if (a->item[i] != b->item[i])
			return false;
	return true;
}

void
source_list_remove(struct source_list *list, uint32_t index)
{
	source_release(list->item[index]);
	list->count--;
	memmove(list->item + index, list->item + index + 1,
			(list->count - index) * sizeof(struct source *));
}

void
source_list_free(struct source_list *list)
{
	for (uint32_t i = 0; i < list->count; i++)
		source_release(list->item[i]);
	free(list->item);
	*list = (struct source_list){0};
}
