#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>

#include "keras/keras.h"

/* One reading of a catalog, as a column of a table. */
struct reading {
	struct arena arena;
	struct ladle_checkpoint checkpoint;
	enum ladle_status status;
};

static void
read_once(struct reading *reading, const struct catalog *catalog, const char *config, size_t length)
{
	struct ladle_error err;

	*reading = (struct reading){.checkpoint.path = "fuzz.h5"};
	arena_init(&reading->arena);
	reading->status = keras_read_with(
			&reading->checkpoint, catalog, config, length, &reading->arena, &err);
	if (reading->status == LADLE_OK)
		walk_checkpoint(&reading->checkpoint, catalog);
}

/* Pairing may fail for one reason alone: the model has no tensors. What is paired with itself has
 * no row that lacks a column. */
static void
pair(const struct reading *a, const struct reading *b)
{
	const struct ladle_checkpoint *const both[] = {&a->checkpoint, &b->checkpoint};
	struct ladle_table *table = NULL;
	struct ladle_error err;
	enum ladle_status status = ladle_pair(&table, both, 2, &err);

	if (status != LADLE_OK && !(status == LADLE_E_PAIR && a->checkpoint.tensor_count == 0)) {
		fprintf(stderr, "a file does not pair with itself: %s\n", err.text);
		abort();
	}
	if (status == LADLE_OK)
		walk_table(table);
	ladle_table_free(table);
}

/* Names that are put together count like input: a limit of their own bounds them. */
static size_t
most_bytes(const struct catalog *catalog, size_t input, const struct reading *reading)
{
	size_t labels = reading->status == LADLE_OK ? label_bytes(&reading->checkpoint) : 0;

	return HEAP_PER_BYTE * (input + (size_t)catalog->text_bytes + labels) + HEAP_BASE;
}

void
fuzz_keras(const struct catalog *catalog, size_t input, const char *config, size_t length)
{
	struct reading a, b;

	read_once(&a, catalog, config, length);
	read_once(&b, catalog, config, length);
	if (a.status != b.status || a.checkpoint.tensor_count != b.checkpoint.tensor_count)
		abort();
	heap_check(most_bytes(catalog, input, &a), "reading");
	if (a.status == LADLE_OK)
		pair(&a, &b);
	heap_check(most_bytes(catalog, input, &a), "pairing");
	arena_done(&b.arena);
	arena_done(&a.arena);
}
