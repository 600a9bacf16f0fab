/* The parts of a report. All are appended to a buffer as markup that is valid in HTML and XML. */
#ifndef APP_REPORT_PARTS_H
#define APP_REPORT_PARTS_H

#include <ladle.h>

struct buf;
struct session;

/* The only door for what came from a file: clean text, and nothing in it is markup. */
void markup_text(struct buf *, const char *raw);
/* The same, cut in the middle to so many columns. */
void markup_fit(struct buf *, const char *raw, int columns);
/* "ok", "!", "X", ".."; the class of a state in the style sheet is its name. */
const char *markup_sign(enum ladle_state);

extern const char report_ink[];   /* style sheet of pictures, with the colours */
extern const char report_style[]; /* what a page takes beside that */

/* The profile (profile.h) as SVG: a line for each layer, or for each bin of a few hundred.
 * style: what stands in its <style>, or NULL. */
void report_profile(struct buf *, struct session *, const char *style);
/* Each model with each other, as SVG. Nothing for one model. */
void report_squares(struct buf *, struct session *);
/* How rows move over the epochs of a run (epochs.h). Nothing where there is none. */
void report_epochs(struct buf *, struct session *);
/* All rows, by loss. */
void report_rows(struct buf *, struct session *);
/* Units that stand, or would, in another order than stored. Nothing where none are known. */
void report_moves(struct buf *, struct session *);
/* How far KEEP went from 1 to its floor: 1 is the floor, more is below it. NaN: not known. */
double report_loss(const struct ladle_judgement *);

#endif
