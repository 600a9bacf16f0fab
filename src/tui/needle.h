/* A regular expression that a person typed: POSIX extended; without a capital, case is ignored. */
#ifndef TUI_NEEDLE_H
#define TUI_NEEDLE_H

#include <stdbool.h>

#include <regex.h>

struct needle {
	bool active;
	bool inverse; /* it began with ! */
	bool whole;   /* it has a /, so that it means whole labels */
	regex_t regex;
	char text[256];
};

/* "" makes it inactive. False when it is no regular expression: why[256] says why, and the needle
 * is as before. */
bool needle_set(struct needle *, const char *text, bool can_invert, char why[256]);
void needle_clear(struct needle *);
/* Inactive ones match everything. */
bool needle_matches(const struct needle *, const char *text);

#endif
