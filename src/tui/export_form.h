/* The export as a form: its state, and where its fields stand. */
#ifndef TUI_EXPORT_FORM_H
#define TUI_EXPORT_FORM_H

#include <ladle.h>

#include "base/buf.h"
#include "tui/view.h"

enum export_field {
	FIELD_OUTPUT,
	FIELD_FORMAT,
	FIELD_WRITE,
	FIELD_DRY_RUN,
	FIELD_RECIPE,
	FIELD_CANCEL,
	FIELD_COUNT
};

struct export
{
	struct view view;     /* first; its cursor is a field */
	struct buf suggested; /* a name for the output, until a person gives one */
	int format;           /* enum ladle_format, -1: as the name says */
	uint64_t generation;
};

const char *export_path(const struct export *);
/* Needs a table. */
enum ladle_status export_format(
		const struct export *, int format, enum ladle_format *out, struct ladle_error *);

/* export_form.c */
void export_draw(const struct view *, struct canvas *);
/* The field at a place of the screen, or -1. */
int export_field_at(const struct export *, int y, int x);

#endif
