/* What runs and what ran, with the log of what was said. */
#ifndef TUI_VIEW_JOBS_H
#define TUI_VIEW_JOBS_H

#include "tui/view.h"

extern const struct view_ops jobs_view;

/* The whole log as text to search in. */
unsigned log_show(struct view *, const struct action *);

#endif
