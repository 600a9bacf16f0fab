#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "app/state.h"
#include "base/err.h"

enum { ID_SIZE = 16, NAME_LONGEST = 64 };

/* "a/b/run1.weights.h5" -> "run1" */
static char *
label_of(const char *path)
{
	static const char *const suffixes[] = {
			".weights.h5", ".weights.json", ".keras", ".hdf5", ".h5"};
	const char *slash = strrchr(path, '/');
	const char *base = slash == NULL || slash[1] == '\0' ? path : slash + 1;
	size_t length = strlen(base);

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		size_t suffix = strlen(suffixes[i]);
		if (length > suffix && strcmp(base + length - suffix, suffixes[i]) == 0)
			return strndup(base, length - suffix);
	}
	return strdup(base);
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
	for (uint32_t i = 0; i < list->count; i++)
		if (list->item[i] == source)
			return i;
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

/* Columns are kept open by their references for as long as the table is. */
struct pairing *
pairing_new(const struct source_list *columns)
{
	struct pairing *pairing = calloc(1, sizeof(*pairing));

	if (pairing == NULL)
		return NULL;
	pairing->refs = 1;
	atomic_init(&pairing->rows, 0);
	if (!source_list_copy(&pairing->columns, columns)) {
		free(pairing);
		return NULL;
	}
	return pairing;
}

enum ladle_status
pairing_make(struct pairing *pairing, unsigned flags, struct ladle_error *err)
{
	uint32_t k = pairing->columns.count;
	const struct ladle_checkpoint **checkpoints = calloc(k, sizeof(*checkpoints));

	if (checkpoints == NULL)
		return session_out_of_memory(err);
	for (uint32_t i = 0; i < k; i++)
		checkpoints[i] = pairing->columns.item[i]->checkpoint;
	enum ladle_status status = ladle_pair(&pairing->table, checkpoints, k, err);
	if (status == LADLE_OK)
		status = ladle_measurement_new(&pairing->measurement, pairing->table, flags, err);
	pairing->flags = flags;
	free(checkpoints);
	return status;
}

struct pairing *
pairing_keep(struct pairing *pairing)
{
	if (pairing != NULL)
		pairing->refs++;
	return pairing;
}

void
pairing_release(struct pairing *pairing)
{
	if (pairing == NULL || --pairing->refs > 0)
		return;
	ladle_measurement_free(pairing->measurement);
	ladle_table_free(pairing->table);
	source_list_free(&pairing->columns);
	free(pairing);
}
