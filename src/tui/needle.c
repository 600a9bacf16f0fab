#include "tui/needle.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static bool
has_capital(const char *text)
{
	while (*text != '\0' && !isupper((unsigned char)*text))
		text++;
	return *text != '\0';
}

bool
needle_set(struct needle *needle, const char *text, bool can_invert, char why[256])
{
	bool inverse = can_invert && text[0] == '!';
	const char *expression = text + inverse;
	regex_t regex;
	int error;

	if (expression[0] == '\0') {
		needle_clear(needle);
		return true;
	}
	error = regcomp(&regex, expression,
			REG_EXTENDED | REG_NOSUB | (has_capital(expression) ? 0 : REG_ICASE));
	if (error != 0) {
		regerror(error, &regex, why, 256);
		return false;
	}
	needle_clear(needle);
	needle->active = true;
	needle->inverse = inverse;
	needle->whole = strchr(expression, '/') != NULL;
	needle->regex = regex;
	snprintf(needle->text, sizeof(needle->text), "%s", text);
	return true;
}

void
needle_clear(struct needle *needle)
{
	if (needle->active)
		regfree(&needle->regex);
	needle->active = false;
	needle->text[0] = '\0';
}

bool
needle_matches(const struct needle *needle, const char *text)
{
	if (!needle->active)
		return true;
	return (regexec(&needle->regex, text, 0, NULL, 0) == 0) != needle->inverse;
}
