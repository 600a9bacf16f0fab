/* `ladle ls --branches`: what FILE#BRANCH can name. */
#include <stdio.h>
#include <string.h>

#include "app/layer.h"
#include "base/buf.h"
#include "cli/listed.h"
#include "cli/run.h"
#include "cli/table.h"

static const char shared_title[] = "shared";

enum { COUNT_COLUMNS = 6 };

static int
measure_names(const struct cli_run *run, const struct ladle_branches *branches)
{
	int widest = (int)strlen(shared_title);

	for (uint32_t i = 0; i < branches->count; i++) {
		int wide = clean_columns(run, branches->list[i].name);

		widest = wide > widest ? wide : widest;
	}
	return name_columns(widest, COUNT_COLUMNS + 24);
}

/* "NAME  4  conv bn hidden out": as many layers as a terminal has room for. */
static void
print_line(const struct cli_run *run, const struct ladle_checkpoint *checkpoint, const char *name,
		int columns, const uint32_t *layers, uint32_t count)
{
	struct buf names;

	buf_init(&names);
	for (uint32_t i = 0; i < count; i++) {
		if (i > 0)
			buf_char(&names, ' ');
		layer_name(&names, checkpoint, layers[i]);
	}
	print_fit(run, name, columns);
	printf(" %*u  ", COUNT_COLUMNS, count);
	print_fit_line(run, buf_string(&names), columns + COUNT_COLUMNS + 3);
	putchar('\n');
	buf_done(&names);
}

void
print_branches(const struct cli_run *run, const struct listed *listed)
{
	const struct ladle_branches *branches = listed->branches;
	const struct ladle_checkpoint *checkpoint = listed->checkpoint;

	if (!branches)
		return;
	int columns = measure_names(run, branches);
	printf("%-*s %*s\n", columns, "BRANCH", COUNT_COLUMNS, "LAYERS");
	for (uint32_t i = 0; i < branches->count; i++)
		print_line(run, checkpoint, branches->list[i].name, columns,
				branches->list[i].layers, branches->list[i].layer_count);
	if (branches->shared_count)
		print_line(run, checkpoint, shared_title, columns, branches->shared,
				branches->shared_count);
	if (*branches->merge) {
		fputs("joined by ", stdout);
		print_clean(run, branches->merge);
		putchar('\n');
	} else if (!branches->inferred) {
		puts("each is an output of the model");
	}
	if (branches->inferred)
		puts("inferred from names and shapes: the file has no config; --config FILE gives "
		     "one");
}
