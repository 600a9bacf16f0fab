/* One run of the program: what every subcommand is given. */
#ifndef CLI_RUN_H
#define CLI_RUN_H

#include "cli/cli.h"
#include "cli/options.h"

struct cli_run {
	struct options options;
	struct ladle *library;
	struct session *session;
	struct ladle_job *job;     /* canceled by SIGINT, SIGTERM, SIGHUP */
	struct cli_screen *screen; /* to be filled by cli_screen */
	bool (*screen_possible)(void);
	bool json, quiet, ascii;
};

struct subcommand {
	const char *word, *arguments;
	int least, most; /* files; most 0: any number */
	/* Returns the exit status, or CLI_SCREEN. A failure fills err and returns its exit
	 * status. */
	int (*function)(struct cli_run *, struct ladle_error *);
	const char *help;
};

const struct subcommand *subcommand_of(enum subcommand_id);
bool subcommand_find(const char *word, enum subcommand_id *out);

int cli_screen(struct cli_run *, struct ladle_error *);
int cli_ls(struct cli_run *, struct ladle_error *);
int cli_diff(struct cli_run *, struct ladle_error *);
int cli_avg(struct cli_run *, struct ladle_error *);
int cli_run(struct cli_run *, struct ladle_error *);
int cli_doctor(struct cli_run *, struct ladle_error *);
int cli_help(struct cli_run *, struct ladle_error *);

enum ladle_status run_add_files(struct cli_run *, struct ladle_error *);
/* `-w A,B,..`: one weight for each checkpoint. */
enum ladle_status run_weigh(struct cli_run *, const char *list, struct ladle_error *);
/* Adds the files, opens and pairs them, applies -w, --mix, --skip, --template, --no-normalise. */
enum ladle_status run_load(struct cli_run *, struct ladle_error *);
/* Measures with a progress line on stderr. flags: enum ladle_measure_flags. */
enum ladle_status run_measure(struct cli_run *, unsigned flags, struct ladle_error *);
/* Exit status of a failure whose error is filled. */
int run_fail(enum ladle_status);
/* The table of `diff` on stdout. */
void print_diff(struct cli_run *);
void print_ls(struct cli_run *, bool stats);
void print_version(void);

/* Draws progress on stderr while `work` runs, when stderr is a terminal and not -q. */
enum ladle_status progress_during(struct cli_run *, const char *what,
		enum ladle_status (*work)(struct cli_run *, void *arg, struct ladle_error *),
		void *arg, struct ladle_error *);

#endif
