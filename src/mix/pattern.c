#include "mix/pattern.h"

#include <fnmatch.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

struct pattern {
	const struct pattern_kind *kind;
	char *text; /* behind the prefix */
	regex_t regex;
};

struct pattern_kind {
	const char *prefix;
	bool is_regex;
	bool (*matches)(const struct pattern *, const struct ladle_table *,
			const struct ladle_row *);
};

static bool
fits_glob(const struct pattern *pattern, const char *name)
{
	return fnmatch(pattern->text, name, 0) == 0;
}

static bool
fits_regex(const struct pattern *pattern, const char *name)
{
	return regexec(&pattern->regex, name, 0, NULL, 0) == 0;
}

/* Bytes of a layer's full name: the names of the layers around it and its own, joined by '/'. */
static size_t
full_length(const struct ladle_table *table, uint32_t layer)
{
	const struct ladle_layer_row *row = &table->layers[layer];
	size_t length = strlen(row->name);

	return row->parent == LADLE_NONE ? length : full_length(table, row->parent) + 1 + length;
}

/* A row answers to its label, to its layer's full name, and to both without the layers around. */
static bool
any_name(const struct pattern *pattern, const struct ladle_table *table,
		const struct ladle_row *row, bool (*fits)(const struct pattern *, const char *))
{
	const char *layer = table->layers[row->layer].name;
	size_t length = full_length(table, row->layer), around = length - strlen(layer);
	char *full;
	bool found;

	if (fits(pattern, row->label) || fits(pattern, layer))
		return true;
	if (!around || strlen(row->label) < length)
		return false;
	full = strndup(row->label, length);
	found = fits(pattern, row->label + around) || (full && fits(pattern, full));
	free(full);
	return found;
}

static bool
glob_matches(const struct pattern *pattern, const struct ladle_table *table,
		const struct ladle_row *row)
{
	return any_name(pattern, table, row, fits_glob);
}

static bool
regex_matches(const struct pattern *pattern, const struct ladle_table *table,
		const struct ladle_row *row)
{
	return any_name(pattern, table, row, fits_regex);
}

static bool
class_matches(const struct pattern *pattern, const struct ladle_table *table,
		const struct ladle_row *row)
{
	return fits_glob(pattern, table->layers[row->layer].class_name);
}

/* By what pairing found: "missing", "shape", whatever the rows are called. */
static bool
finding_matches(const struct pattern *pattern, const struct ladle_table *table,
		const struct ladle_row *row)
{
	(void)table;
	for (uint32_t i = 0; i < row->finding_count; i++)
		if (fits_glob(pattern, ladle_finding_code_name(row->findings[i].code)))
			return true;
	return false;
}

/* The last one has no prefix and takes what is left. */
static const struct pattern_kind kinds[] = {
		{"re:", true, regex_matches},
		{"class:", false, class_matches},
		{"finding:", false, finding_matches},
		{"", false, glob_matches},
};

static const struct pattern_kind *
kind_of(const char *text)
{
	const struct pattern_kind *kind = kinds;

	while (strncmp(text, kind->prefix, strlen(kind->prefix)))
		kind++;
	return kind;
}

static enum ladle_status
compile_regex(struct pattern *pattern, struct ladle_error *err)
{
	char why[128];
	int code = regcomp(&pattern->regex, pattern->text, REG_EXTENDED | REG_NOSUB);

	if (!code)
		return LADLE_OK;
	regerror(code, &pattern->regex, why, sizeof(why));
	return ladle_fail(err, LADLE_E_USAGE, NULL, "re:%s is no regular expression: %s",
			pattern->text, why);
}

enum ladle_status
pattern_compile(struct pattern **out, const char *text, struct ladle_error *err)
{
	struct pattern *pattern = calloc(1, sizeof(*pattern));
	enum ladle_status status = LADLE_OK;

	if (pattern) {
		pattern->kind = kind_of(text);
		pattern->text = strdup(text + strlen(pattern->kind->prefix));
	}
	if (!pattern || !pattern->text) {
		free(pattern);
		return ladle_fail(err, LADLE_E_MEMORY, NULL, "no memory for a pattern");
	}
	if (pattern->kind->is_regex)
		status = compile_regex(pattern, err);
	if (status != LADLE_OK) {
		free(pattern->text);
		free(pattern);
		return status;
	}
	*out = pattern;
	return LADLE_OK;
}

void
pattern_free(struct pattern *pattern)
{
	if (!pattern)
		return;
	if (pattern->kind->is_regex)
		regfree(&pattern->regex);
	free(pattern->text);
	free(pattern);
}

bool
pattern_matches(const struct pattern *pattern, const struct ladle_table *table, uint32_t row)
{
	return pattern->kind->matches(pattern, table, &table->rows[row]);
}

bool
ladle_pattern_matches(const char *text, const struct ladle_table *table, uint32_t row)
{
	struct pattern *pattern;
	bool matches;

	if (pattern_compile(&pattern, text, NULL) != LADLE_OK)
		return false;
	matches = pattern_matches(pattern, table, row);
	pattern_free(pattern);
	return matches;
}
