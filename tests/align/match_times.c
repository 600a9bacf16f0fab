/* match_times A B: seconds that reading both files takes, and seconds until B's units are found to
 * be A's, bit for bit; the library is the same, and so are the threads. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <ladle.h>

#include "base/dtype.h"
#include "base/pool.h"
#include "measure/plan.h"

struct reading {
	const struct ladle_table *table;
	struct plan plan;
};

static double
now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static bool
read_piece(size_t index, int worker, void *arg)
{
	static _Thread_local double data[PLAN_BLOCK];
	const struct reading *reading = arg;
	const struct piece *piece = &reading->plan.pieces[index];
	bool good = true;

	(void)worker;
	for (uint32_t k = 0; k < reading->table->checkpoint_count; k++)
		good = good && ladle_tensor_read(reading->table->checkpoints[k],
					       ladle_row_tensor(reading->table, piece->row, k),
					       piece->first, piece->count, data,
					       NULL) == LADLE_OK;
	return good;
}

static bool
is_exact(const struct ladle_alignment *alignment)
{
	uint32_t count = alignment->groups->count;

	for (uint32_t g = 0; g < count; g++)
		if (!alignment->matches[count + g].exact)
			return false;
	return count > 0;
}

static bool
measure(struct ladle *library, const struct ladle_table *table)
{
	const struct ladle_match_options options = {.exact_only = true};
	struct reading reading = {.table = table};
	struct ladle_alignment *alignment = NULL;
	struct ladle_groups *groups = NULL;
	double start = now(), middle;
	bool good = plan_make(&reading.plan, table, NULL, NULL, NULL) == LADLE_OK &&
		    pool_run(ladle_threads(library), reading.plan.count, read_piece, &reading);

	middle = now();
	good = good && ladle_groups_find(&groups, table, 0, NULL) == LADLE_OK &&
	       ladle_match(&alignment, library, table, groups, &options, NULL, NULL) == LADLE_OK &&
	       is_exact(alignment);
	if (good)
		printf("%.6f %.6f\n", middle - start, now() - middle);
	ladle_alignment_free(alignment);
	ladle_groups_free(groups);
	plan_done(&reading.plan);
	return good;
}

int
main(int argc, char **argv)
{
	struct ladle_checkpoint *pair[2] = {NULL, NULL};
	struct ladle_table *table = NULL;
	struct ladle *library = NULL;
	struct ladle_error err = {0};
	bool good = argc == 3 && ladle_open(&library, NULL, &err) == LADLE_OK &&
		    ladle_checkpoint_open(&pair[0], library, argv[1], &err) == LADLE_OK &&
		    ladle_checkpoint_open(&pair[1], library, argv[2], &err) == LADLE_OK &&
		    ladle_pair(&table, (const struct ladle_checkpoint *const *)pair, 2, &err) ==
				    LADLE_OK &&
		    measure(library, table);

	if (!good)
		fprintf(stderr, "not measured. %s\n", err.text);
	ladle_table_free(table);
	ladle_checkpoint_close(pair[0]);
	ladle_checkpoint_close(pair[1]);
	ladle_close(library);
	return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
