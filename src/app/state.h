/* The inside of a session, shared by the files that it consists of.
 *
 * One thread owns it. What the threads behind share with it is `lock` and what stands under it, two
 * atomics, and for each task the fields that its run() writes before `finished` is set. */
#ifndef APP_STATE_H
#define APP_STATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "app/command.h"
#include "app/hands.h"
#include "app/keymap.h"
#include "app/lineup.h"
#include "app/roles.h"
#include "app/saved.h"
#include "app/scenes.h"
#include "app/session.h"
#include "base/buf.h"

/* A file that was named, and what became of it. Kept while a list holds it, so that undo can bring
 * a dropped one back without opening it again. */
struct source {
	struct session_file pub; /* first: a public pointer is one of these */
	char *id, *label;
	char *path;  /* that is opened */
	char *given; /* as it was named: what a recipe says */
	struct ladle_checkpoint *checkpoint;
	int refs;
	bool opening; /* a task has it */
};

struct source_list {
	struct source **item;
	uint32_t count;
};

/* What is asked for, beside the mix. */
struct setup {
	struct source_list sources;
	struct hand_list hands;
	struct lineup_list lineups;
	struct scene_list scenes;
	struct source *config; /* open; stands in where a checkpoint has no config; NULL: none */
	bool ema;              /* the optimizer's moving averages in place of the weights */
	bool keep_optimizer;   /* copied into the output */
	unsigned repair;       /* LADLE_REPAIR bits */
};

/* The table of some checkpoints and its figures. Kept by the session, by steps of undo and by
 * tasks. */
struct pairing {
	struct source_list columns;
	struct hand_list hands;     /* those of other checkpoints count for nothing */
	struct lineup_list lineups; /* likewise */
	struct pairing *before;     /* the same without the last of them; NULL: there is none */
	struct ladle_table *stored; /* owned by the first of a chain, and used by all: rows as they
				       are stored, their groups or why there are none */
	struct ladle_groups *groups;
	struct ladle_error no_groups;
	struct ladle_alignment *alignment; /* NULL: units stand as stored */
	const struct ladle_table *table;   /* that is shown: of the alignment, or `stored` */
	struct ladle_measurement *measurement; /* NULL: not made yet */
	unsigned flags;   /* enum ladle_measure_flags of the measurement */
	bool measured;    /* nothing is left to measure, or to try */
	bool unmatched;   /* matching was tried for a suggestion, in vain */
	atomic_uint rows; /* measured so far */
	int refs;
};

/* A state to return to. The present one is the session's own: what its step holds is empty. */
struct step {
	struct step *parent; /* NULL: as it was opened */
	struct step *next;   /* the child that was gone to last; NULL: there is none */
	int number;          /* in the order of making */
	struct setup setup;
	struct pairing *pairing; /* may be NULL */
	struct pairing *suggestion; /* what was known then, or NULL */
	struct ladle_mix *mix;   /* NULL when pairing is */
	char *frozen; /* the lines that make it, of a session that was opened again: nothing else of
			 it is known yet; or NULL */
	uint64_t id;
	char *text;     /* the change that made it of its parent */
	uint32_t fader; /* that this change moved alone, or LADLE_NONE */
};

struct history {
	struct step **steps; /* by number */
	int count, made;
	struct step *now;
	int recorded_redo; /* of the chain below `now`, how many a journal has as redo */
};

/* A line that waits for the table. */
struct waiting {
	char *line;
	int number;    /* of the line in its recipe, 0: none */
	bool recipe;   /* sums of weights are looked at after the last line alone */
	bool undoable; /* typed after the session was started */
};

enum session_mode { MODE_NEW, MODE_LOADED, MODE_LIVE };

enum setting_id {
#define SETTING(id, ...) SETTING_##id,
#include "app/setting.def"
#undef SETTING
	SETTING_COUNT
};

struct setting_value {
	char *value; /* NULL: the default */
	char *source;
};

struct output {
	char *path;  /* that is written */
	char *given; /* as it was named */
	int format;
	bool force;
};

struct task;

/* What matching would make of the session's pairing. */
struct suggestion {
	struct pairing *pairing; /* NULL: not known */
	uint32_t *groups;        /* [rows * K] the group that is out of order, or LADLE_NONE */
	bool *moves;             /* [K * groups] with evidence */
	enum suggestion_state state;
	uint32_t looked; /* nothing was to be looked for beside column looked - 1; 0: not asked */
};

struct unit_map;
struct keep;
struct picture;

struct session {
	struct ladle *library;
	void (*wake)(void *);
	void *wake_arg;
	enum session_mode mode;

	struct setup setup;
	struct pairing *pairing;
	struct ladle_mix *mix;   /* of the pairing's columns */
	struct pairing *refused; /* what could not be paired, without a table; or NULL */
	struct suggestion suggestion;
	bool told;   /* table and figures are from a text, no file is open */
	bool told_aligned; /* after units were lined up */
	char *cache; /* folder of figures, or NULL */
	struct unit_map *unit_maps; /* newest first */
	struct picture *pictures;   /* likewise */
	struct history history;
	uint64_t id, last_id, saved_id; /* of states */
	enum saved_change recorded;     /* what the last session_remember was */

	struct waiting *waiting;
	int waiting_count;
	const char *folder;  /* of the recipe being read, or NULL */
	bool from_recipe;    /* files and mix came from one: a setting must not change it */
	bool reading_recipe; /* sums of weights are looked at at its end */
	int recipe_line;
	bool initial; /* the line that runs was given before the start: nothing to undo */
	const char *setting_source;
	char *epochs; /* names of a run's checkpoints, in order; NULL: by the files' names */
	struct ladle_job *job; /* of commands that work at once; borrowed, or NULL */

	uint64_t generation;
	struct ladle_judgement *judgements;
	struct ladle_verdict verdict;
	const struct pairing *judged_pairing; /* these two are compared alone, never followed */
	const struct ladle_mix *judged_mix;
	const struct pairing *judged_suggestion;
	uint64_t judged_id, judged_generation;

	struct buf message;
	bool message_is_error;
	struct setting_value settings[SETTING_COUNT];
	struct keymap keymap;
	struct roles roles;
	struct output output;
	struct ladle_export_options export_options;
	struct session_export export;
	struct ladle_repair *repair; /* of the last export that was made at once, or NULL */
	char *export_path;
	struct keep *keep; /* where the session is kept; NULL: nowhere */

	struct task *tasks; /* oldest first */
	uint64_t last_job;
	struct past_job *past; /* by number; NULL: no job ended */
	int past_count;
	struct log_line *log; /* oldest first; NULL: nothing was said */
	int log_count;
	unsigned events;
	uint32_t rows_seen; /* pairing->rows at the last poll */
	atomic_bool woken;
	pthread_mutex_t lock;
	pthread_cond_t finished; /* a task's `finished` was set */
};

enum ladle_status session_out_of_memory(struct ladle_error *);
/* "line 3: run1.h5: ..." */
enum ladle_status session_fail_line(
		struct ladle_error *, int line, const struct ladle_error *cause);
void session_say(struct session *, bool error, const char *format, ...)
		__attribute__((format(printf, 3, 4)));
void session_say_error(struct session *, const struct ladle_error *);
void session_wake(struct session *);
/* The table, the figures or the mix are others than before. */
void session_changed(struct session *);

/* ---- session_sources.c: files and lists of them ---- */

enum ladle_status source_new(struct source **out, const struct source_list *others,
		const char *name, const char *path, const char *folder, struct ladle_error *);
/* One that is still to be opened, for the same file under the same name. */
enum ladle_status source_again(struct source **out, const struct source *, struct ladle_error *);
/* Where the #BRANCH of a path begins, or its end: a name of Keras's files stands before it. */
const char *source_branch_of(const char *path);
void source_release(struct source *);
void source_set_open(struct source *, struct ladle_checkpoint *);
void source_set_failed(struct source *, const struct ladle_error *);
uint32_t source_list_find(const struct source_list *, const char *id);
/* Of this source, or of what stands for the same file under the same name. */
uint32_t source_list_index(const struct source_list *, const struct source *);
bool source_list_append(struct source_list *, struct source *);
bool source_list_copy(struct source_list *out, const struct source_list *);
/* Those of them that are open: the columns of their table. */
bool source_list_open(struct source_list *out, const struct source_list *);
bool source_list_same(const struct source_list *, const struct source_list *);
void source_list_remove(struct source_list *, uint32_t index);
void source_list_free(struct source_list *);
char *path_in_folder(const char *folder, const char *path);

/* ---- pairing.c ---- */

bool setup_copy(struct setup *out, const struct setup *);
void setup_free(struct setup *);
/* How its files are opened; borrows the config. */
struct ladle_open_how setup_how(const struct setup *);

/* What making a pairing takes. */
struct making {
	struct ladle *library;
	struct ladle_job *job; /* or NULL */
	uint64_t memory;       /* that matching may take; 0: as the library has it */
	bool no_null, no_cosines;
};

/* before: NULL where there are no lineups; takes its reference over. */
struct pairing *pairing_new(const struct source_list *columns, const struct hand_list *,
		const struct lineup_list *, struct pairing *before);
/* Fills what is not made of it and of those before; from any thread. */
enum ladle_status pairing_make(
		struct pairing *, const struct making *, struct ladle_error *err);
bool pairing_is_made(const struct pairing *);
/* The nearest one before it, or itself, that is made; NULL: none. Borrowed. */
struct pairing *pairing_last_made(struct pairing *);
bool pairing_is_for(const struct pairing *, const struct source_list *columns,
		const struct hand_list *, const struct lineup_list *);
struct pairing *pairing_keep(struct pairing *);
void pairing_release(struct pairing *);

/* ---- session_history.c, session_undo.c: mixes, undo ---- */

/* A mix for the columns of `to` with all that `from` says about those that both have. Rules that
 * match nothing any more are left out and named in *lost. `from` and old may be NULL. */
enum ladle_status mix_carry(struct ladle_mix **out, const struct session *,
		const struct pairing *to, const struct ladle_mix *from, const struct pairing *old,
		struct buf *lost, struct ladle_error *);
/* E_USAGE when some row's weights sum to 0. */
enum ladle_status mix_check(const struct ladle_mix *, const struct pairing *, struct ladle_error *);
/* "mix A=1 B=0 on 'dense*'", or "skip ..". */
void mix_rule_text(struct buf *, const struct source_list *columns, const double *set,
		const char *pattern, bool skip);

/* A change of the mix alone: copy, edit, then take over or free. */
enum ladle_status session_edit(struct session *, struct ladle_mix **draft, struct ladle_error *);
/* Checks the draft, remembers the old state under `text`, takes the draft over. Frees it on
 * failure. fader: the column that it moved alone, LADLE_NONE: none. */
enum ladle_status session_commit(struct session *, struct ladle_mix *draft, const char *text,
		uint32_t fader, struct ladle_error *);
/* Remembers the present state as what undo returns to. */
enum ladle_status session_remember(
		struct session *, const char *text, uint32_t fader, struct ladle_error *);
/* Undoes the newest changes until `depth` are left; they cannot be redone. */
void session_rewind(struct session *, int depth);
/* The present state becomes the beginning. */
void session_forget_changes(struct session *);
bool history_init(struct history *);
void history_free(struct history *);
/* The tree from the states of a session that was kept, for a session in the present one. */
enum ladle_status session_freeze_history(
		struct session *, const struct saved *, struct ladle_error *);

/* ---- session_thaw.c: states that are known as lines ---- */

/* The lines of the present state: every file that is named, from the root. */
void session_state_lines(const struct session *, struct buf *);
/* Makes the state of these lines the present one, at once where its files are open and paired, else
 * behind. What was known of the same files is used again. On failure the present state is lost: the
 * caller has it as a step. */
enum ladle_status session_thaw(struct session *, const char *lines, struct ladle_error *);
/* Takes a kept session over, history and settings too; on failure nothing has changed. */
enum ladle_status session_restore(struct session *, const struct saved *, struct ladle_error *);
/* Would every state be understood? E_USAGE names the line of the file. */
enum ladle_status session_check_saved(
		const struct session *, const struct saved *, struct ladle_error *);

/* ---- session_keep.c ---- */

/* The state changed in this way, and the change is complete: the journal is told. SAVED_AMEND also
 * when it may have. Lines that make a state are told of after the last of them. */
void session_record(struct session *, enum saved_change);
/* What was restored could not be restored whole: the file stays as it is. */
void session_bar_keeping(struct session *);
void session_keep_free(struct session *);

/* ---- session_jobs.c, session_load.c: opening, pairing, measuring, behind and now ---- */

/* The table that is shown from now on; takes the reference over. */
void session_take_pairing(struct session *, struct pairing *);
/* The same, with the present mix carried over; the caller keeps its reference. */
enum ladle_status session_publish(struct session *, struct pairing *, struct ladle_error *);
/* Other files, pairs by hand, config: pairs, carries the mix over, remembers the old state under
 * text. Takes over what `setup` holds, on success only. */
enum ladle_status session_change_setup(
		struct session *, struct setup *, const char *text, struct ladle_error *);
/* A pairing of these columns for this setup: one that is known, or a new one to be made after those
 * that are known. The caller's reference; NULL: no memory. */
struct pairing *session_pairing_for(const struct session *, const struct source_list *columns,
		const struct hand_list *, const struct lineup_list *);
struct making session_making(const struct session *, struct ladle_job *);
/* The setup, the table that it asks for and the present mix carried over to it; remembers the old
 * state under text. Takes over what `setup` holds, on success only. */
enum ladle_status session_commit_setup(struct session *, struct setup *, struct pairing *,
		const char *text, struct ladle_error *);
/* Is this what the setup asks for? */
bool session_wants(const struct session *, const struct pairing *);
/* An open checkpoint for it, when files are opened at once. */
enum ladle_status session_open_now(
		struct session *, struct source *, const struct setup *, struct ladle_error *);
/* Starts what is missing: files to open, the table, figures. MODE_LIVE only. */
void session_settle(struct session *);
/* Runs the lines that waited for the table. */
enum ladle_status session_run_waiting(struct session *, struct ladle_error *);
/* Keeps a line until there is a table. */
enum ladle_status session_defer(struct session *, const struct words *, struct ladle_error *);

/* ---- session_align.c, session_suggest.c: units in another order ---- */

/* Matches behind for a setup that differs in its lineups alone, then takes these over; frees
 * `setup` on success. MODE_LIVE only. */
enum ladle_status session_match_behind(struct session *, struct setup *,
		struct pairing *to, const char *text, struct ladle_error *);
/* The `align` lines of the present state whose matching runs behind. */
void session_matching_lines(const struct session *, struct buf *);
/* Drops what is of another table; starts looking when it is time to. */
void session_settle_suggestion(struct session *);
void suggestion_clear(struct session *);
/* What is known of the session's pairing now; takes the reference over. */
enum ladle_status suggestion_take(struct session *, struct pairing *, struct ladle_error *);
/* Adds LADLE_F_PERMUTED where that is so under the present mix. */
void session_judge_order(const struct session *, uint32_t row, struct ladle_judgement *);

/* ---- session_told.c: without the files ---- */

/* E_USAGE for a command that takes more than figures, where there are no files. */
enum ladle_status session_check_files(
		const struct session *, const struct command *, struct ladle_error *);

/* ---- session_reload.c: files that changed on disk ---- */

/* E_CHANGED when a column's file is another one by now. One that is gone is no obstacle: what was
 * opened is all there. */
enum ladle_status session_check_unchanged(struct session *, struct ladle_error *);

/* ---- session_units.c: cosines of units ---- */

void unit_maps_free(struct session *);

/* ---- session_pictures.c: values of one row ---- */

void pictures_free(struct session *);

/* ---- session_commands.c, session_actions.c, session_models.c: a handler for each command ---- */

typedef enum ladle_status session_handler(
		struct session *, const struct words *, struct ladle_error *);
session_handler session_run_open, session_run_drop, session_run_write, session_run_set,
		session_run_undo, session_run_redo, session_run_cancel, session_run_recipe,
		session_run_report, session_run_plot, session_run_reload,
		session_run_epochs, session_run_map, session_run_unmap, session_run_color,
		session_run_scene, session_run_toggle_scene, session_run_session,
		session_run_pair, session_run_unpair, session_run_config, session_run_ema,
		session_run_optimizer, session_run_align, session_run_unalign, session_run_repair;
enum ladle_status session_fail_needs(const char *word, enum command_id, struct ladle_error *);
/* The index in the session's sources; `column` is where it stands in the line. */
enum ladle_status session_find_id(const struct session *, const char *id, size_t length, int column,
		uint32_t *out, struct ladle_error *);
/* Word i as a checkpoint likewise. */
enum ladle_status session_read_checkpoint(const struct session *, const struct words *, int i,
		uint32_t *out, struct ladle_error *);
/* Finite, and below 0 only with `set extrapolate`. */
enum ladle_status session_check_weight(const struct session *, double, struct ladle_error *);

/* ---- repairs.c ---- */

/* "bn,norm", or "none" */
enum ladle_status repair_kinds_read(
		const char *word, int column, unsigned *kinds, struct ladle_error *);
void repair_kinds_text(struct buf *, unsigned kinds);
/* What the setup asks for, of this table and mix; *out is NULL where it asks for nothing. */
enum ladle_status repair_make(struct ladle_repair **out, const struct setup *,
		const struct ladle_table *, const struct ladle_mix *, struct ladle_job *,
		struct ladle_error *);

/* ---- task.c: threads behind ---- */

enum task_kind {
	TASK_OPEN,
	TASK_RELOAD,
	TASK_PAIR,
	TASK_MEASURE,
	TASK_MATCH,
	TASK_SUGGEST,
	TASK_UNITS,
	TASK_PICTURE,
	TASK_EXPORT
};

struct task {
	struct task *next;
	struct session *session;
	enum task_kind kind;
	void (*run)(struct task *);  /* behind; writes status, error and its own results */
	void (*done)(struct task *); /* by the owner, after run; frees what the task holds */
	void *payload;               /* of run and done */
	struct ladle_job *job;
	void (*describe)(const struct task *, struct buf *);
	uint64_t number;
	double begun;           /* of clock_seconds */
	bool canceled, stopped; /* stopped: canceled by a person */
	enum ladle_status status;
	struct ladle_error error;
	pthread_t thread;
	bool finished; /* under the session's lock */
};

/* Takes over job and payload, on success only. */
enum ladle_status task_start(struct session *, const struct task *model, struct ladle_error *);
void task_cancel(struct task *);
/* Calls done() of those that finished and frees them. */
void tasks_reap(struct session *);
/* Blocks until one has finished; at once when none runs. */
void tasks_wait(struct session *);
int tasks_count(const struct session *, enum task_kind);

/* ---- jobs.c ---- */

void job_begin(struct session *, struct task *);
/* Calls done() and keeps what is to be known of it. */
void job_end(struct session *, struct task *);
void session_log_add(struct session *, bool error, const char *text);
void jobs_free(struct session *);

/* ---- others ---- */

/* Numbers as recipes have them, whatever the locale: shortest text that gives the same double. */
void number_append(struct buf *, double);
/* Decimal, finite, the whole text. */
bool number_parse(const char *text, double *out);
/* Recipe with or without its last line. */
enum recipe_part {
	RECIPE_OUTPUT = 1,
	RECIPE_ABSOLUTE = 2, /* names from the root */
	RECIPE_STATE = 4     /* no heading, no settings, and also the files that are not open */
};
/* parts: enum recipe_part, or-ed */
void recipe_write(const struct session *, struct buf *, unsigned parts);
/* One word; with RECIPE_ABSOLUTE from the root. */
void recipe_write_path(struct buf *, const char *path, unsigned parts);
/* The lines of the faders, their switches and the rules. */
void recipe_write_faders(
		struct buf *, const struct ladle_mix *, const struct source_list *columns);
/* The lines `scene add` that make them again: session_scenes.c. */
void scenes_write(struct buf *, const struct scene_list *);
void settings_free(struct session *);
/* Name and values of the i-th setting; NULL behind the last. */
const char *setting_name(int i);
const char *setting_values(int i);
void export_free(struct session *);
/* The output of the next export; takes the strings over. */
void output_take(struct session *, struct output);

#endif
