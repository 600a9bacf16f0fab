/* The comparison as a page or a picture, for people who would rather look elsewhere. */
#ifndef APP_REPORT_H
#define APP_REPORT_H

#include <ladle.h>

struct session;

enum report_kind {
	REPORT_PAGE, /* one HTML file that needs no other: verdict, rows by loss, pictures */
	REPORT_PLOT  /* SVG: the KEEP profile alone */
};

/* May a report of this kind be written there? It replaces an earlier one of its kind; anything else
 * that exists is refused (E_OUTPUT), so that a slip of the hand costs no checkpoint. */
enum ladle_status report_check(enum report_kind, const char *path, struct ladle_error *);
/* Writes it whole or not at all. The same session gives the same bytes. E_USAGE before there is a
 * table; rows that are not measured yet are shown as such. */
enum ladle_status report_save(
		enum report_kind, struct session *, const char *path, struct ladle_error *);

#endif
