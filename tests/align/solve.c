/* Assigns what standard input holds, for comparing with other solvers. A problem is two uint32, n
 * and whether to maximise, and n x n float32 costs; its answer is float64 seconds of processor time
 * and uint32 columns. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "align/assign.h"

static double
processor_time(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static bool
answer(struct assign *s, uint32_t n, bool maximise, const float *costs, uint32_t *column_of)
{
	const struct assign_how how = {.maximise = maximise};
	struct ladle_error err = {0};
	double start = processor_time();

	if (assign_solve(s, costs, &how, column_of, NULL, &err) != LADLE_OK) {
		fprintf(stderr, "%s\n", err.text);
		return false;
	}
	start = processor_time() - start;
	return fwrite(&start, sizeof(start), 1, stdout) == 1 &&
	       fwrite(column_of, sizeof(*column_of), n, stdout) == n;
}

static bool
solve(uint32_t n, bool maximise)
{
	size_t count = (size_t)n * n;
	float *costs = malloc((count + 1) * sizeof(*costs));
	uint32_t *column_of = malloc((n + 1) * sizeof(*column_of));
	struct assign *s = NULL;
	bool good = costs && column_of && assign_new(&s, n, NULL) == LADLE_OK &&
		    fread(costs, sizeof(*costs), count, stdin) == count &&
		    answer(s, n, maximise, costs, column_of);

	assign_free(s);
	free(column_of);
	free(costs);
	return good;
}

int
main(void)
{
	uint32_t head[2];

	while (fread(head, sizeof(head), 1, stdin) == 1)
		if (!solve(head[0], head[1] != 0))
			return 1;
	return fflush(stdout) != 0;
}
