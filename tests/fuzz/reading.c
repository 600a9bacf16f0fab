#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>

#include "keras/checkpoint.h"

/* What one input becomes, and how much memory that may take. */
struct input {
	const struct catalog *catalog;
	const struct ladle_checkpoint *config; /* of another file, or NULL */
	size_t bytes;
};

static enum ladle_status
fill(struct checkpoint *out, const struct input *input, const char *branch, bool ema)
{
	const struct ladle_open_how how = {.config = input->config, .ema = ema};
	struct ladle_error err;
	enum ladle_status status;

	*out = (struct checkpoint){.pub.path = "fuzz.h5", .catalog = input->catalog};
	arena_init(&out->arena);
	status = checkpoint_fill(out, branch, &how, &err);
	if (status != LADLE_OK)
		return status;
	walk_checkpoint(&out->pub, input->catalog);
	if (out->pub.modern != NULL)
		walk_checkpoint(out->pub.modern, input->catalog);
	return status;
}

/* Of `readings` files that are open at once. Names that are put together count like input: a limit
 * of their own bounds them. */
static void
check(const struct input *input, const struct ladle_checkpoint *one, size_t readings,
		const char *what)
{
	size_t bytes = input->bytes + (size_t)input->catalog->text_bytes + label_bytes(one);

	heap_check(HEAP_PER_BYTE * readings * bytes + HEAP_BASE, what);
}

/* Two readings of one file fail to pair for one reason alone: the model has no tensors. */
static void
pair(const struct ladle_checkpoint *a, const struct ladle_checkpoint *b, bool same)
{
	const struct ladle_checkpoint *const both[] = {a, b};
	struct ladle_table *table = NULL;
	struct ladle_error err;
	enum ladle_status status = ladle_pair(&table, both, 2, &err);

	if (status == LADLE_OK)
		walk_table(table);
	else if (status != LADLE_E_PAIR || (same && a->tensor_count > 0)) {
		fprintf(stderr, "a file does not pair with itself: %s\n", err.text);
		abort();
	}
	ladle_table_free(table);
}

static void
group(const struct ladle_checkpoint *c)
{
	struct ladle_table *table = NULL;
	struct ladle_groups *groups = NULL;

	if (ladle_pair(&table, &c, 1, NULL) != LADLE_OK)
		return;
	if (ladle_groups_find(&groups, table, 0, NULL) == LADLE_OK)
		walk_groups(groups, table);
	ladle_groups_free(groups);
	ladle_table_free(table);
}

/* The whole model beside one of its branches. */
static void
cut(const struct input *input, const struct ladle_checkpoint *whole)
{
	struct ladle_branches *branches = NULL;
	struct checkpoint branch;
	struct ladle_error err;

	if (ladle_branches_find(&branches, whole, &err) != LADLE_OK)
		return;
	walk_branches(branches, whole);
	check(input, whole, 2, "finding branches");
	if (fill(&branch, input, branches->list[branches->count - 1].name, false) == LADLE_OK)
		pair(whole, &branch.pub, false);
	check(input, whole, 3, "cutting a branch");
	arena_done(&branch.arena);
	ladle_branches_free(branches);
}

static void
fuzz_input(const struct input *input)
{
	struct checkpoint a, b;
	enum ladle_status status = fill(&a, input, NULL, false);

	fill(&b, input, NULL, true); /* most files hold no moving averages */
	arena_done(&b.arena);
	if (status != fill(&b, input, NULL, false))
		abort();
	if (status == LADLE_OK) {
		check(input, &a.pub, 2, "reading");
		pair(&a.pub, &b.pub, true);
		check(input, &a.pub, 2, "pairing");
		arena_done(&b.arena);
		cut(input, &a.pub);
		group(&a.pub); /* has limits of its own */
	}
	arena_done(&b.arena);
	arena_done(&a.arena);
}

void
fuzz_keras(const struct catalog *catalog, size_t input, const char *config, size_t length)
{
	struct checkpoint other = {.catalog = catalog, .config = config, .config_length = length};

	fuzz_input(&(struct input){catalog, config == NULL ? NULL : &other.pub, input});
}
