/* The tree of states: what was done, what was undone, and the way to any of them. */
#ifndef TUI_VIEW_CHANGES_H
#define TUI_VIEW_CHANGES_H

#include "tui/view.h"

extern const struct view_ops changes_view;

#endif
