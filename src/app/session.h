/* What is open, how it is mixed, what was undone: the state that both faces show.
 *
 * One thread owns a session. Opening, measuring and exporting run behind it; `wake` is called from
 * those threads, after which the owner calls session_poll. */
#ifndef APP_SESSION_H
#define APP_SESSION_H

#include <time.h>

#include <ladle.h>

struct buf;
struct command;
struct keymap;
struct words;
struct session;

enum column_state { COLUMN_OPENING, COLUMN_OPEN, COLUMN_FAILED };

/* A file that was named: every one of them, also those that failed. */
struct session_file {
	const char *id; /* "A", "B", .. "Z", "AA", or the name of -n; unique */
	const char *path;
	const char *label; /* base name without suffix */
	enum column_state state;
	uint32_t column;                           /* in the table, or LADLE_NONE */
	const struct ladle_checkpoint *checkpoint; /* NULL unless open */
	struct ladle_error error;                  /* why it failed */
	/* By the last session_look: its status is LADLE_OK while the file is what was opened, and
	 * its text says "changed on disk". What was read stays until `reload`. */
	struct ladle_error changed;
};

enum ladle_status session_new(struct session **out, struct ladle *, void (*wake)(void *arg),
		void *arg, struct ladle_error *);
/* Cancels what runs, waits for it, frees. */
void session_free(struct session *);

/* Names a file; name NULL: the next letter. Opening begins with session_start or session_load. */
enum ladle_status session_add(
		struct session *, const char *name, const char *path, struct ladle_error *);
/* Names every branch of a file's model as a checkpoint of its own, and sets *found; a file that has
 * none is named as it is. Opens the file. */
enum ladle_status session_add_branches(
		struct session *, const char *path, bool *found, struct ladle_error *);
/* Opens behind: each file, then pairs, then measures. */
enum ladle_status session_start(struct session *, struct ladle_error *);
/* Opens and pairs now; the first failure is the result. Measures nothing. */
enum ladle_status session_load(struct session *, struct ladle_error *);
/* Measures now (batch twin of what session_start does behind). flags: enum ladle_measure_flags. */
enum ladle_status session_measure(
		struct session *, unsigned flags, struct ladle_job *, struct ladle_error *);

/* Where figures are kept from one run to the next while it is open behind: see app/cache.h. The
 * setting `cache` and `cache-size` hold as well. NULL: nowhere, as at first. */
enum ladle_status session_keep_figures(
		struct session *, const char *folder, struct ladle_error *);

/* Instead of all these: columns, table, figures and mix from the text that `ladle diff --json`
 * wrote; errors call it `name`. What takes the values of tensors is refused then. */
enum ladle_status session_take_comparison(struct session *, const char *json, size_t length,
		const char *name, struct ladle_error *);
bool session_is_told(const struct session *); /* so made */

enum session_event {
	SESSION_OPENED = 1,  /* a file opened or failed */
	SESSION_PAIRED = 2,  /* the table is new: indices of rows are new too */
	SESSION_FIGURES = 4, /* rows were measured */
	SESSION_JOB = 8,     /* a job moved or ended */
	SESSION_MESSAGE = 16, /* session_message is new */
	SESSION_MATCHED = 32, /* what is known of units in another order is new */
	SESSION_CHANGED = 64, /* a file is another on disk than it was, or the same again */
	SESSION_PICTURES = 128 /* a picture of a row is new */
};
/* Takes over what the threads behind finished. Returns events, or-ed. Never blocks. While an export
 * runs, call it now and then to see its progress: only its end wakes. */
unsigned session_poll(struct session *);
/* Blocks until no job runs; for scripts and tests. Polls meanwhile; returns the events. */
unsigned session_wait(struct session *);
bool session_busy(const struct session *);
/* Looks whether the open files still are what was opened: a `stat` of each. What it finds comes
 * with an event. */
void session_look(struct session *);

uint32_t session_file_count(const struct session *);
const struct session_file *session_file(const struct session *, uint32_t file);
/* The file behind a column of the table. */
const struct session_file *session_column(const struct session *, uint32_t column);
/* By id, or LADLE_NONE. */
uint32_t session_find(const struct session *, const char *id);
/* How its files are opened, and whose config stands in where one has none; NULL: nobody's. */
struct ladle_open_how session_how(const struct session *);
const char *session_config_path(const struct session *);
/* The file whose config the output takes, or NULL: that of the template, as it was opened. */
const char *session_export_config(const struct session *);
bool session_keeps_optimizer(const struct session *);
/* LADLE_REPAIR bits that are asked for. */
unsigned session_repair_kinds(const struct session *);
/* What the last session_export_now corrected; NULL: nothing was asked for. */
const struct ladle_repair *session_repair(const struct session *);
/* "--repair bn would correct 2 rows, ..", where KEEP or findings say so and nothing is asked for;
 * reads kernels. False: there is nothing to say. */
bool session_suggest_repair(struct session *, struct ladle_job *, struct buf *);
/* The lines `pair ..` that hold now. */
uint32_t session_hand_count(const struct session *);
void session_hand_text(const struct session *, uint32_t hand, struct buf *);
const struct ladle_table *session_table(const struct session *); /* NULL: not paired yet */
const struct ladle_measurement *session_measurement(const struct session *); /* NULL likewise */
const struct ladle_mix *session_mix(const struct session *);                 /* NULL likewise */
struct ladle *session_library(const struct session *);

/* Judgements of all rows under the present mix, recomputed only after a change. O(rows). */
const struct ladle_judgement *session_judgements(struct session *);
struct ladle_verdict session_verdict(struct session *);
/* Grows with each change of the mix, the figures or the table: to know whether to draw. */
uint64_t session_generation(const struct session *);

/* Runs one line of commands of kind RECIPE or SESSION ("mix A=1 on dense*"). An empty line or a
 * comment does nothing. Changes can be undone. E_USAGE names word, column and the nearest word. */
enum ladle_status session_run(struct session *, const char *line, struct ladle_error *);
/* The same for a command that was already found and cut into words (word 0 is the command). */
enum ladle_status session_execute(struct session *, const struct command *, const struct words *,
		struct ladle_error *);
/* Reads recipe text: `open` and rules; a `write` line only sets the output's name. Relative paths
 * are taken from `folder` (NULL: the current one). E_USAGE names the line, and then nothing of the
 * recipe was done. Commands of kind RECIPE given before there is a table, here or to session_run,
 * wait for it: session_load or session_poll runs them and has their errors. */
enum ladle_status session_read_recipe(
		struct session *, const char *text, const char *folder, struct ladle_error *);
/* The recipe that makes this mix again; write line included when an output is named. Paths as
 * given. */
void session_recipe(const struct session *, struct buf *);

/* Writes it to a new file, or over another recipe; anything else that exists is refused
 * (E_OUTPUT), so that a slip of the hand costs no checkpoint. In another folder it names files
 * from the root. */
enum ladle_status session_save_recipe(struct session *, const char *path, struct ladle_error *);

/* To the state before the newest change; to that which was left last by undo, or made last. E_USAGE
 * when there is none. */
enum ladle_status session_undo(struct session *, struct ladle_error *);
enum ladle_status session_redo(struct session *, struct ladle_error *);
/* Named mixes, which `scene` goes to. *now (may be NULL): the one gone to or saved last. */
uint32_t session_scene_count(const struct session *);
const char *session_scene(const struct session *, uint32_t scene, bool *now);
/* Is the mix another one than that scene by now? O(rules * rows). */
bool session_is_scene_changed(struct session *);
int session_undo_depth(const struct session *);
int session_redo_depth(const struct session *);
/* What the last change was, in words ("mix A=1 on dense*"), or "". */
const char *session_last_change(const struct session *);
/* The states that are kept, in the order in which a tree of them is drawn: a branch in one lane,
 * and behind a state the branches that leave it in the next lanes. */
struct session_change {
	int number;       /* that session_go_change takes */
	const char *text; /* what made it of the one before; lent until the next change */
	int lane;         /* 0: the branch of the present state, with what can be redone */
	bool leaves;      /* first of its lane */
	bool now;
	bool in_force; /* the present state, or above it */
	bool saved;    /* exported, or kept as a recipe */
};
int session_change_count(const struct session *);
void session_changes(const struct session *, struct session_change *out); /* [count] */
/* Undo and redo as far as that state. */
enum ladle_status session_go_change(struct session *, int number, struct ladle_error *);
bool session_unsaved(const struct session *); /* changes since the last export or recipe */
/* The newest line for a person (what a job ended with, what a command did), or "". Raw bytes. */
const char *session_message(const struct session *);
bool session_message_is_error(const struct session *);

/* Moves a fader and everything that the mixer's keys do: one undo step for a run of moves of the
 * same fader. */
enum ladle_status session_fader(struct session *, uint32_t column, const struct ladle_fader *,
		struct ladle_error *);
/* Rows of a tag or a cursor: adds rules whose patterns name exactly these rows, one for each layer
 * that is meant as a whole, else one for each row. `set` as in struct ladle_rule. */
enum ladle_status session_rule_rows(struct session *, const uint32_t *rows, uint32_t count,
		bool skip, const double *set, struct ladle_error *);
/* Takes back the rules that match none but these rows. */
enum ladle_status session_clear_rows(
		struct session *, const uint32_t *rows, uint32_t count, struct ladle_error *);

/* ---- units in another order ------------------------------------------------------------------ */

/* What `align` lines make of the table: session_table is then that of the alignment, its rows and
 * indices are those before, and figures, mix and export are of units in their new order. */

/* Groups of units of the table's rows, or NULL: then *why (may be NULL) is why there are none, one
 * sentence. Found when the table was made. */
const struct ladle_groups *session_groups(const struct session *, const char **why);
/* What the table that is shown was aligned by; NULL: units stand as stored. */
const struct ladle_alignment *session_alignment(const struct session *);
/* So aligned, or told to be: then nothing is known but that. */
bool session_is_aligned(const struct session *);
/* Whose order the units of a column have by the last line about it; NULL: their own. */
const char *session_lined_up_to(const struct session *, uint32_t column);
/* The lines `align ..` that hold now. */
uint32_t session_lineup_count(const struct session *);
void session_lineup_text(const struct session *, uint32_t lineup, struct buf *);
/* Matching that an `align` began and that runs behind: the old table stays until it is done. */
bool session_matching(const struct session *);
/* What commands that work at once report to and are canceled by, while it lasts; NULL: nothing. */
void session_use_job(struct session *, struct ladle_job *);

/* What is known of units whose order differs, beside the table as it is shown: where some kernel of
 * two models is nearly at right angles, all models are matched to the template behind (`set
 * match`), after the rows are measured. All of this is gone when the table changes, comes with an
 * event SESSION_MATCHED, and is computed once for each table. */
enum suggestion_state {
	SUGGESTION_NONE,    /* nothing to look for, or not begun: not measured, `set match off` */
	SUGGESTION_RUNNING, /* a job is at it */
	SUGGESTION_KNOWN,
	SUGGESTION_FAILED /* or canceled; session_message said why */
};
enum suggestion_state session_suggestion(const struct session *);
/* The same rows with all models in the template's order; NULL unless known. Its matches say what
 * would move; `align` makes it the table without matching again. */
const struct ladle_alignment *session_suggested(const struct session *);
/* KEEP of a row under the present mix if units were so ordered; NaN: not known, or not averaged. */
double session_matched_keep(const struct session *, uint32_t row);
/* The verdict of that table; LADLE_PENDING, row LADLE_NONE: not known. */
struct ladle_verdict session_matched_verdict(const struct session *);
/* Figures of a row in that order; NULL: not known. */
const struct ladle_figures *session_matched_figures(const struct session *, uint32_t row);
/* Is the group known to stand in another order in this column than in the suggestion's reference:
 * an exact copy, or matched cosines well above those as stored and those of the null? */
bool session_moves(const struct session *, uint32_t column, uint32_t group);
/* Rows that fit only after re-ordering, under the present mix: those with LADLE_F_PERMUTED in their
 * judgement. */
uint32_t session_permuted_count(struct session *);
/* For the batch face, before or after measuring: looks for exact copies alone, and only where some
 * kernel of two models is nearly at right angles. What it finds is the suggestion; its figures are
 * not measured. */
enum ladle_status session_find_copies(
		struct session *, struct ladle_job *, struct ladle_error *);
/* ladle_row_findings, and `permuted` where that is known of the row. */
uint32_t session_row_findings(struct session *, uint32_t row, struct ladle_finding *out,
		uint32_t max, char *text, size_t size);

/* What says where the units of a column stand, or would: the table's alignment where a line `align`
 * moves it, else the suggestion; NULL: not known. *reference: the column whose order that is. */
const struct ladle_alignment *session_order_of(
		const struct session *, uint32_t column, uint32_t *reference);
/* Does the table show units of a column in another order than stored? */
bool session_is_reordered(const struct session *, uint32_t column);
/* Of some column, in this row? */
bool session_is_row_reordered(const struct session *, uint32_t row);
/* Figures of a row with its units as stored, whatever the table shows; NULL: not known. */
const struct ladle_figures *session_stored_figures(const struct session *, uint32_t row);

/* For the batch face: measures the table as stored and as aligned, which session_relate needs. */
enum ladle_status session_measure_both(
		struct session *, struct ladle_job *, struct ladle_error *);
/* What a column is to that whose order it is held against, in a sentence with both ids. */
struct ladle_relation session_relate(
		const struct session *, uint32_t column, char *sentence, size_t size);

/* How each unit of a group fits each of the reference's, in the order of session_order_of. */
struct session_units {
	uint32_t units;
	const uint8_t *cosine; /* [units * units] |cos| of the reference's i with j; 255: 1 */
	const float *own;      /* [units] cosine of the positions i of both */
	const float *second;   /* [units] the greatest |cos| of i with another; 0: there is none */
};
/* Computed behind when it is first asked for, and kept while few others are. aligned false: units
 * as stored. NULL: not known yet, and *why is "", or it cannot be, and *why says why. */
const struct session_units *session_units(struct session *, uint32_t column, uint32_t group,
		bool aligned, const char **why);

/* ---- pictures of one row -------------------------------------------------------------------- */

/* Bins of a histogram: of many divisors, so that it is drawn in many widths. */
enum { SESSION_BINS = 240 };

/* What ladle_row_histogram and ladle_row_window give for the table and the mix that are shown.
 * Computed behind when first asked for, kept while few others are, let go of when another is asked
 * for. NULL: not known yet, and *why is "", or it cannot be, and *why says why; an event
 * SESSION_PICTURES tells of a change. *mixed false: the mix has changed since, and what column K
 * says is of the old one. */
const struct ladle_histogram *session_histogram(
		struct session *, uint32_t row, bool *mixed, const char **why);
const double *session_window(struct session *, uint32_t row, const struct ladle_window *,
		bool *mixed, const char **why);

/* ---- export -------------------------------------------------------------------------------- */

enum export_state { EXPORT_IDLE, EXPORT_RUNNING, EXPORT_DONE, EXPORT_FAILED };

struct session_export {
	enum export_state state;
	uint64_t done, total;              /* bytes read so far, in all */
	double seconds;                    /* since it began */
	struct ladle_export_report report; /* when done */
	struct ladle_error error;          /* when failed */
	const char *path;
};

/* The options that the next export takes; the session owns the strings. */
const struct ladle_export_options *session_export_options(const struct session *);
enum ladle_status session_set_output(
		struct session *, const char *path, int format, bool force, struct ladle_error *);
/* Starts it behind. */
enum ladle_status session_export_start(struct session *, bool dry_run, struct ladle_error *);
/* Exports now; the session's figures are measured in the same pass. `recipe` NULL: the session's
 * own without its write line, so that replaying it under another name gives the same bytes. */
enum ladle_status session_export_now(struct session *, const struct ladle_export_options *,
		struct ladle_job *, struct ladle_export_report *, struct ladle_error *);
struct session_export session_export(const struct session *);
/* A name for the output that says what is in it: "mix-A50-B50.h5". */
void session_suggest_output(const struct session *, struct buf *);
/* ---- jobs ------------------------------------------------------------------------------------ */

enum job_state { JOB_RUNNING, JOB_DONE, JOB_CANCELED, JOB_FAILED };

struct session_job {
	uint64_t id; /* the newer has the greater */
	enum job_state state;
	uint64_t done, total; /* 0, 0: not known */
	bool bytes;           /* else they count steps, and the total is a guess */
	double seconds;       /* since it began, or that it took */
};

/* Jobs that run and the last ones that ended, newest first; those that run come first. */
int session_job_count(const struct session *);
int session_job_running(const struct session *);
/* Appends in words, raw, what it does. */
struct session_job session_job(const struct session *, int job, struct buf *text);
/* False: it does not run. */
bool session_cancel_job(struct session *, uint64_t id);
void session_cancel(struct session *); /* the newest job */

/* What was said, oldest first; the last ones are kept. */
struct session_log {
	time_t time;
	bool error;
	const char *text; /* raw */
};
int session_log_count(const struct session *);
const struct session_log *session_log(const struct session *, int line);

/* ---- settings ------------------------------------------------------------------------------ */

/* X-macro in setting.def: name, type, default, help. Where a value came from is kept. */
const char *session_setting(const struct session *, const char *name); /* NULL: no such setting */
bool session_setting_on(const struct session *, const char *name);
uint64_t session_setting_size(const struct session *, const char *name); /* bytes */
/* source: config, command, recipe, session, or the option or variable that fixes the value for this
 * run, which what a session held does not change. */
enum ladle_status session_set(struct session *, const char *name, const char *value,
		const char *source, struct ladle_error *);
/* "sort=keep, from config; the default is file" */
void session_setting_text(const struct session *, const char *name, struct buf *);
/* All settings with value and source, a line each. */
void session_settings(const struct session *, struct buf *);
/* The keys of the screen: the program's, and what lines `map` made of them. */
const struct keymap *session_keymap(const struct session *);
/* How the parts of the screen look: the theme, and what lines `color` made of it. */
const struct roles *session_roles(const struct session *);
/* The line of one as roles_line has it, raw. */
void session_role_text(const struct session *, int role, struct buf *);
/* Runs the user's config file ($XDG_CONFIG_HOME/ladle/config), when there is one. */
enum ladle_status session_read_config(struct session *, struct ladle_error *);

/* ---- sessions that outlive the program ------------------------------------------------------- */

/* A session file holds the files, what undo and redo reach, what is set, and where the screen
 * stands: app/saved.h. A journal beside it has what came since, from the moment that it is done:
 * app/journal.h. What cannot be written is said once and stops nothing. */

/* Opens the session that the file holds, its journal included, or begins one that will be kept
 * there. Before session_start; files that were added must be those of the file. E_USAGE names the
 * line of a file that is no session, and then nothing has changed. */
enum ladle_status session_keep_in(struct session *, const char *path, struct ladle_error *);
/* Keeps it by the files that were added, where the last session of the same files is kept, which
 * may then be offered. */
void session_keep_by_files(struct session *);
/* Was one kept, with something in it that a fresh start has not? Then *question (may be NULL) asks
 * a person. */
bool session_offers(const struct session *, struct buf *question);
/* On failure the session is as before. */
enum ladle_status session_take_offer(struct session *, struct ladle_error *);
/* Says where the screen stands: commands, a line each. */
void session_use_face(struct session *, void (*write)(void *arg, struct buf *), void *arg);
/* Such lines of a session that was opened again, once there is a table for them; once. */
bool session_take_face(struct session *, struct buf *lines);
/* Tells the journal where the screen stands, and what is set, when that has changed: for now and
 * then. */
void session_keep_place(struct session *);
/* At the end: saves and closes. E_OUTPUT: what was done since is lost. */
enum ladle_status session_keep_end(struct session *, struct ladle_error *);
/* Will all that is done be there in the file that a person named? */
bool session_is_kept(const struct session *);

#endif
