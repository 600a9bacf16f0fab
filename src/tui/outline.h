/* The table of layers as lines: folded, sorted, filtered, tagged.
 *
 * `all` has every line that the filter leaves, in order; `lines` those whose layers are open. What
 * a person did (open layers, tags) is kept by name when the session pairs anew. */
#ifndef TUI_OUTLINE_H
#define TUI_OUTLINE_H

#include <ladle.h>

#include "base/arena.h"
#include "tui/needle.h"

struct session;

enum line_kind { LINE_NOTE, LINE_LAYER, LINE_ROW };

struct line {
	enum line_kind kind;
	uint32_t index; /* of the note, layer or row */
	uint32_t layer; /* of a row: its layer */
	int depth;
	uint32_t end; /* in `all`: the line after everything below this one */
};

/* A file that is not open, or a finding about whole models. */
struct note {
	const char *id;   /* of the checkpoint, "" for all */
	const char *text; /* raw */
	bool is_error;
};

/* What the line of a layer shows, nested layers included. */
struct summary {
	struct ladle_judgement judgement; /* of `row`; state and flags of all its rows */
	uint32_t row; /* the kernel, else the row, with the least KEEP; LADLE_NONE: no rows */
	uint32_t rows;
	uint64_t count; /* elements */
};

/* SORT_MODEL: by the cosine of one model with the mix. */
enum sort { SORT_FILE, SORT_NAME, SORT_KEEP, SORT_SHAPE, SORT_STATE, SORT_MODEL, SORT_COUNT };

struct outline {
	struct session *session;
	const struct ladle_table *table; /* NULL: nothing is paired */
	struct arena arena;
	const char **path;                 /* [layers] names from the top, joined by / */
	const char **label;                /* [rows] */
	bool *open;                        /* [layers] */
	bool *layer_shown, *layer_matches; /* [layers] by the filter */
	bool *tagged, *row_shown;          /* [rows] */
	struct summary *summary;           /* [layers] */
	struct note *notes;
	uint32_t note_count, notes_above; /* those before the layers */
	struct line *all;
	struct line *lines;
	uint32_t all_count, count;
	uint32_t layer_count, row_count; /* of the arrays above, also when the table is gone */
	uint32_t tag_count, shown_layers;
	enum sort sort;
	char *model; /* its name, for SORT_MODEL; owned; NULL: none yet */
	bool reverse;
	struct needle filter;
	uint64_t generation; /* of the session, when the summaries were made */
};

void outline_init(struct outline *, struct session *);
void outline_done(struct outline *);
/* Takes over the session's files and table. */
void outline_pair(struct outline *);
/* Takes over figures and mix; returns whether the lines are in another order now. */
bool outline_refresh(struct outline *);
bool outline_is_sorted_by_figures(const struct outline *);
/* Where the model stands whose cosine sorts, or LADLE_NONE. */
uint32_t outline_sort_column(const struct outline *);
/* After a change of sort, reverse or filter. */
void outline_arrange(struct outline *);
/* After a change of open. */
void outline_unfold(struct outline *);
/* Opens the layers above a line of `all`; returns where it is in `lines`. */
uint32_t outline_reveal(struct outline *, uint32_t all_index);
/* The layer that a line belongs under, or LADLE_NONE. */
uint32_t outline_parent(const struct outline *, const struct line *);
bool outline_is_open(const struct outline *, uint32_t layer);
/* Tags every row of a line, those of nested layers too; outline_count_tags comes after the last. */
void outline_tag(struct outline *, const struct line *, bool tagged);
void outline_count_tags(struct outline *);
bool outline_tagged(const struct outline *, const struct line *);
/* The rows of a line into out[row_count]; returns how many. */
uint32_t outline_rows(const struct outline *, const struct line *, uint32_t *out);
/* Does a line stand for this row: is it the row's, or that of a layer above it? */
bool outline_holds(const struct outline *, const struct line *, uint32_t row);
/* The raw name of a line: path, label or the note's text. */
const char *outline_name(const struct outline *, const struct line *);
/* Does a search mean this line? A layer by its own name, a tensor by its own, or by the whole label
 * when the pattern has a /. */
bool outline_matches(const struct outline *, const struct line *, const struct needle *);

#endif
