/* One row of the table in full: what each model gives to it, and how near the models are. */
#ifndef TUI_VIEW_DETAIL_H
#define TUI_VIEW_DETAIL_H

#include "tui/view.h"

extern const struct view_ops detail_view;

/* Shows the row under the layer table's cursor; of a layer, the row that stands for it. */
unsigned detail_show(struct view *, const struct action *);

#endif
