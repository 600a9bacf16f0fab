/* The help, which also shows other long texts. */
#ifndef TUI_VIEW_HELP_H
#define TUI_VIEW_HELP_H

struct screen;
struct command;

/* Help for the view on top, at a command when one is given (may be NULL). */
unsigned help_show(struct screen *, const struct command *);
/* Text of several lines; raw bytes. */
unsigned help_show_text(struct screen *, const char *title, const char *text);
/* How each part of the screen looks. */
unsigned help_show_roles(struct screen *);

#endif
