#include <ctype.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/state.h"

enum { NUMBER_SIZE = 64 };

/* printf and strtod follow the locale; recipes have a point everywhere. */
static void
replace_point(char *text, const char *from, const char *to)
{
	char *at = strstr(text, from);
	size_t old = strlen(from), new = strlen(to);

	if (at == NULL || strlen(text) - old + new >= NUMBER_SIZE)
		return;
	memmove(at + new, at + old, strlen(at + old) + 1);
	memcpy(at, to, new);
}

void
number_append(struct buf *out, double value)
{
	char text[NUMBER_SIZE];

	for (int digits = 15; digits <= 17; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, value);
		if (strtod(text, NULL) == value)
			break;
	}
	replace_point(text, localeconv()->decimal_point, ".");
	buf_text(out, text);
}

/* digits, at most one point, an exponent: what C's strtod takes and nothing of its other forms. */
static bool
looks_decimal(const char *at)
{
	int digits = 0;

	at += *at == '+' || *at == '-';
	for (; isdigit((unsigned char)*at); at++)
		digits++;
	if (*at == '.')
		for (at++; isdigit((unsigned char)*at); at++)
			digits++;
	if (digits == 0)
		return false;
	if (*at != 'e' && *at != 'E')
		return *at == '\0';
	at++;
	at += *at == '+' || *at == '-';
	if (!isdigit((unsigned char)*at))
		return false;
	while (isdigit((unsigned char)*at))
		at++;
	return *at == '\0';
}

bool
number_parse(const char *text, double *out)
{
	char local[NUMBER_SIZE];
	char *end;

	if (strlen(text) >= sizeof(local) || !looks_decimal(text))
		return false;
	strcpy(local, text);
	replace_point(local, ".", localeconv()->decimal_point);
	double value = strtod(local, &end);
	if (*end != '\0' || !isfinite(value))
		return false;
	*out = value;
	return true;
}
