/* One run of the program: what every subcommand is given. */
#ifndef CLI_RUN_H
#define CLI_RUN_H

#include <limits.h>

#include "cli/cli.h"
#include "cli/options.h"

struct cli_run {
	struct options options;
	struct ladle *library;
	struct session *session;
	struct ladle_job *job;     /* canceled by signals */
	struct cli_screen *screen; /* to be filled by cli_screen */
	bool (*screen_possible)(bool prints);
	bool json, quiet, ascii;
};

enum { ANY_NUMBER = INT_MAX };

struct subcommand {
	const char *word, *arguments;
	int least, most; /* operands */
	/* The exit status, or CLI_SCREEN. A failure fills err and returns its exit status. */
	int (*function)(struct cli_run *, struct ladle_error *);
	const char *help;
};

const struct subcommand *subcommand_of(enum subcommand_id);
bool subcommand_find(const char *word, enum subcommand_id *out);

int cli_screen(struct cli_run *, struct ladle_error *);
int cli_ls(struct cli_run *, struct ladle_error *);
int cli_diff(struct cli_run *, struct ladle_error *);
int cli_match(struct cli_run *, struct ladle_error *);
int cli_align(struct cli_run *, struct ladle_error *);
int cli_avg(struct cli_run *, struct ladle_error *);
int cli_run(struct cli_run *, struct ladle_error *);
int cli_doctor(struct cli_run *, struct ladle_error *);
int cli_help(struct cli_run *, struct ladle_error *);
void print_version(const struct cli_run *);
/* help_repair.c: what follows the line of `repair`. */
void help_repair(void);

/* --config, --ema and --keep-optimizer. */
enum ladle_status run_prepare(struct cli_run *, struct ladle_error *);
/* That, and the files; each branch of them with --branches. */
enum ladle_status run_add_files(struct cli_run *, struct ladle_error *);
/* `-w A,B,..`: one weight for each checkpoint. */
enum ladle_status run_weigh(struct cli_run *, const char *list, struct ladle_error *);
/* Adds the files, pairs by hand with --pair, opens and pairs them, applies -w, --mix, --skip,
 * --template, --no-normalise, and lines units up where that is asked for. */
enum ladle_status run_load(struct cli_run *, struct ladle_error *);
/* Measures with a progress line on stderr. */
enum ladle_status run_measure(struct cli_run *, struct ladle_error *);
/* Measures what the relations of checkpoints take. */
enum ladle_status run_relate(struct cli_run *, struct ladle_error *);
/* The table of `diff`, or its document, of what the session has. */
void run_print(struct cli_run *);
/* run_load, run_measure and the table of `diff` on stdout. */
enum ladle_status run_compare(struct cli_run *, struct ladle_error *);
/* The `align` line that options and subcommand ask for, with a progress line on stderr. */
enum ladle_status run_align(struct cli_run *, struct ladle_error *);
/* Where nothing is lined up: looks for exact copies in another order, unless --no-align. */
enum ladle_status run_find_copies(struct cli_run *, struct ladle_error *);
/* Opens and pairs, with what recipes ask for. */
enum ladle_status run_open(struct cli_run *, struct ladle_error *);
/* Writes the session's mix to path, the recipe where --recipe says, and the report on stdout.
 * format: enum ladle_format, or -1, where --format says nothing. */
enum ladle_status run_export(struct cli_run *, const char *path, int format, struct ladle_error *);
/* The line "ladle: ..." on stderr. */
void print_failure(const struct cli_run *, const struct ladle_error *);

/* Draws progress on stderr while `work` runs, when stderr is a terminal and not -q; counts: the job
 * counts something else than bytes. */
enum ladle_status progress_during(struct cli_run *, const char *what, bool counts,
		enum ladle_status (*work)(struct cli_run *, void *arg, struct ladle_error *),
		void *arg, struct ladle_error *);

#endif
