/* What stands above the table of those subcommands that lay checkpoints side by side. */
#include <stdio.h>

#include "app/format.h"
#include "app/session.h"
#include "cli/run.h"
#include "cli/table.h"

void
print_checkpoints(const struct cli_run *run)
{
	const struct ladle_table *table = session_table(run->session);

	for (uint32_t k = 0; k < table->checkpoint_count; k++) {
		const struct ladle_checkpoint *checkpoint = table->checkpoints[k];
		char parameters[16];

		format_count(parameters, checkpoint->parameters);
		printf("%s  ", session_column(run->session, k)->id);
		print_clean(run, checkpoint->path);
		printf("  %s  %s parameters\n", ladle_format_name(checkpoint->format), parameters);
		for (uint32_t i = 0; i < checkpoint->finding_count; i++)
			print_finding(run, &checkpoint->findings[i], NULL, NULL, 3);
	}
}

const char *
finding_id(const struct cli_run *run, const struct ladle_finding *finding)
{
	return finding->checkpoint == LADLE_NONE
			       ? NULL
			       : session_column(run->session, finding->checkpoint)->id;
}

void
print_findings(const struct cli_run *run, const struct ladle_finding *findings, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		print_finding(run, &findings[i], finding_id(run, &findings[i]), NULL, 0);
}

void
print_blocking(const struct cli_run *run, const struct ladle_finding *findings, uint32_t count,
		const char *row)
{
	for (uint32_t i = 0; i < count; i++)
		if (ladle_finding_blocks(findings[i].code))
			print_finding(run, &findings[i], finding_id(run, &findings[i]), row, 0);
}
