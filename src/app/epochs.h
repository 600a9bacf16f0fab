/* Checkpoints of one run in the order of their epochs, and how far each row moved between them. */
#ifndef APP_EPOCHS_H
#define APP_EPOCHS_H

#include <stdbool.h>
#include <stddef.h>

#include <ladle.h>

struct buf;
struct session;

/* The epoch that a file's name tells: digits behind `epoch`, `ckpt`, `weights` and their like, as
 * in epoch06, ckpt-0006, weights.06-0.12. *prefix: bytes of the path before the digits, equal in
 * the files of one run. -1: it tells none. */
long epoch_of_path(const char *path, size_t *prefix);

/* Columns of the table that are epochs of one run: those that `epochs NAME ...` names, in that
 * order, else the most that tell an epoch and are called the same before it, by number. */
struct epochs {
	uint32_t *columns; /* [count] */
	long *numbers;     /* [count] -1: not told */
	uint32_t count;    /* 0, or at least 2 */
	bool by_hand;
	uint32_t *rows; /* [row_count] kernels, or where there are none, all that is averaged */
	uint32_t row_count;
};

void epochs_init(struct epochs *);
void epochs_done(struct epochs *);
/* As the session is now; without a table there are none. False without memory: none either. */
bool epochs_make(struct epochs *, const struct session *);
/* "8", or the column's id where no number is told. Raw bytes. */
void epochs_name(struct buf *, const struct session *, const struct epochs *, uint32_t epoch);

/* What is measured between two epochs of a row. */
enum epoch_figure {
	EPOCH_FIRST_L2,  /* |t - t_first| / sqrt(|t| |t_first|) */
	EPOCH_STEP_L2,   /* the same from the epoch before */
	EPOCH_FIRST_COS, /* 1 - cos(t, t_first) */
	EPOCH_STEP_COS,
	EPOCH_FIGURES
};

/* "from the first, relative l2" */
const char *epoch_figure_name(enum epoch_figure);
/* Of one row at one epoch. Steps into the first one are NaN, as is what is not known. */
double epochs_distance(const struct session *, const struct epochs *, uint32_t row, uint32_t epoch,
		enum epoch_figure);
/* The greatest of all rows and epochs; 0 where none is known. */
double epochs_greatest(const struct session *, const struct epochs *, enum epoch_figure);
/* The first epoch since which the row has the same bits, the last one included; count - 1: it still
 * changed into the last one; count: not known. */
uint32_t epochs_still_since(const struct session *, const struct epochs *, uint32_t row);

/* Epochs that share a column, `first` to `end`, of `bins`, at most `count`. */
struct epoch_bin {
	uint32_t first, end;
	double distance; /* the greatest; NaN: none is known */
};
struct epoch_bin epochs_bin(const struct session *, const struct epochs *, uint32_t row,
		uint32_t index, uint32_t bins, enum epoch_figure);

#endif
