#include "app/lineup.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/command.h"
#include "base/buf.h"
#include "base/err.h"

static enum ladle_status
fail_memory(struct ladle_error *err)
{
	return ladle_fail(err, LADLE_E_MEMORY, NULL, "out of memory");
}

/* ---- words ---- */

static const char exact_word[] = "exact";

/* The words that follow the names. */
static bool
is_keyword(const char *word)
{
	return strcmp(word, "to") == 0 || strcmp(word, "by") == 0 || strcmp(word, "seed") == 0;
}

static enum ladle_status
read_way(struct lineup *lineup, const char *word, int column, struct ladle_error *err)
{
	static const enum ladle_objective objectives[] = {
			LADLE_SELECTED, LADLE_RAW, LADLE_NORMALISED};

	lineup->exact = strcmp(word, exact_word) == 0;
	for (size_t i = 0; !lineup->exact && i < sizeof(objectives) / sizeof(objectives[0]); i++)
		if (strcmp(word, ladle_objective_name(objectives[i])) == 0) {
			lineup->objective = objectives[i];
			return LADLE_OK;
		}
	return lineup->exact ? LADLE_OK
			     : ladle_fail(err, LADLE_E_USAGE, NULL,
					       "column %d: by `%s`? There is selected, raw, "
					       "normalised and exact",
					       column, word);
}

static enum ladle_status
read_seed(struct lineup *lineup, const char *word, int column, struct ladle_error *err)
{
	char *end;

	errno = 0;
	lineup->seed = strtoull(word, &end, 10);
	if (*word >= '0' && *word <= '9' && *end == '\0' && errno == 0)
		return LADLE_OK;
	return ladle_fail(err, LADLE_E_USAGE, NULL, "column %d: the seed `%s` is no whole number",
			column, word);
}

static enum ladle_status
read_keyword(struct lineup *lineup, const struct words *words, int i, struct ladle_error *err)
{
	const char *word = words->word[i];

	if (i + 1 == words->count)
		return ladle_fail(err, LADLE_E_USAGE, NULL,
				"column %d: `%s` needs a word behind it", words->column[i], word);
	if (strcmp(word, "by") == 0)
		return read_way(lineup, words->word[i + 1], words->column[i + 1], err);
	if (strcmp(word, "seed") == 0)
		return read_seed(lineup, words->word[i + 1], words->column[i + 1], err);
	free(lineup->to);
	lineup->to = strdup(words->word[i + 1]);
	return lineup->to == NULL ? fail_memory(err) : LADLE_OK;
}

/* The names before the first keyword; none, or "all": every other. */
static enum ladle_status
read_names(struct lineup *lineup, const struct words *words, int *end, struct ladle_error *err)
{
	int i = 1;

	lineup->id = calloc((size_t)words->count, sizeof(*lineup->id));
	if (lineup->id == NULL)
		return fail_memory(err);
	for (; i < words->count && !is_keyword(words->word[i]); i++) {
		if (lineup_moves(lineup, words->word[i]) && lineup->count > 0)
			return ladle_fail(err, LADLE_E_USAGE, NULL,
					"column %d: %s is named twice", words->column[i],
					words->word[i]);
		lineup->id[lineup->count] = strdup(words->word[i]);
		if (lineup->id[lineup->count++] == NULL)
			return fail_memory(err);
	}
	if (lineup->count == 1 && strcmp(lineup->id[0], "all") == 0) {
		free(lineup->id[0]);
		lineup->count = 0;
	}
	*end = i;
	return LADLE_OK;
}

static enum ladle_status
read_all(struct lineup *lineup, const struct words *words, const char *otherwise,
		struct ladle_error *err)
{
	int i = 1;

	TRY(read_names(lineup, words, &i, err));
	for (; i < words->count; i += 2) {
		if (!is_keyword(words->word[i]))
			return ladle_fail(err, LADLE_E_USAGE, NULL,
					"column %d: `%s` is one word too many", words->column[i],
					words->word[i]);
		TRY(read_keyword(lineup, words, i, err));
	}
	if (lineup->to == NULL)
		lineup->to = strdup(otherwise);
	if (lineup->to == NULL)
		return fail_memory(err);
	if (lineup->count > 0 && lineup_moves(lineup, lineup->to))
		return ladle_fail(err, LADLE_E_USAGE, NULL,
				"%s cannot get its own order: name another behind `to`",
				lineup->to);
	return LADLE_OK;
}

enum ladle_status
lineup_read(struct lineup **out, const struct words *words, const char *otherwise,
		struct ladle_error *err)
{
	struct lineup *lineup = calloc(1, sizeof(*lineup));

	if (lineup == NULL)
		return fail_memory(err);
	lineup->refs = 1;
	enum ladle_status status = read_all(lineup, words, otherwise, err);
	if (status == LADLE_OK)
		*out = lineup;
	else
		lineup_release(lineup);
	return status;
}

void
lineup_text(struct buf *out, const struct lineup *lineup)
{
	buf_text(out, "align");
	for (uint32_t i = 0; i < lineup->count; i++)
		buf_format(out, " %s", lineup->id[i]);
	buf_format(out, "%s to %s", lineup->count == 0 ? " all" : "", lineup->to);
	if (lineup->exact)
		buf_format(out, " by %s", exact_word);
	else if (lineup->objective != LADLE_SELECTED)
		buf_format(out, " by %s", ladle_objective_name(lineup->objective));
	if (lineup->seed != 0)
		buf_format(out, " seed %" PRIu64, lineup->seed);
}

/* ---- one line ---- */

struct lineup *
lineup_all(const char *to, bool exact)
{
	struct lineup *lineup = calloc(1, sizeof(*lineup));

	if (lineup == NULL)
		return NULL;
	*lineup = (struct lineup){.to = strdup(to), .exact = exact, .refs = 1};
	if (lineup->to != NULL)
		return lineup;
	lineup_release(lineup);
	return NULL;
}

void
lineup_release(struct lineup *lineup)
{
	if (lineup == NULL || --lineup->refs > 0)
		return;
	for (uint32_t i = 0; i < lineup->count; i++)
		free(lineup->id[i]);
	free(lineup->id);
	free(lineup->to);
	free(lineup);
}

bool
lineup_moves(const struct lineup *lineup, const char *id)
{
	for (uint32_t i = 0; i < lineup->count; i++)
		if (strcmp(lineup->id[i], id) == 0)
			return true;
	return lineup->count == 0 && (lineup->to == NULL || strcmp(lineup->to, id) != 0);
}

bool
lineup_same(const struct lineup *a, const struct lineup *b)
{
	if (a->count != b->count || strcmp(a->to, b->to) != 0 || a->exact != b->exact ||
			a->objective != b->objective || a->seed != b->seed)
		return false;
	for (uint32_t i = 0; i < a->count; i++)
		if (strcmp(a->id[i], b->id[i]) != 0)
			return false;
	return true;
}

/* Limits of ours, not of the literature: assigning pure noise gains .2 to .4 of cosine, which the
 * null has as well. */
#define LEAST .4  /* of a handful of units the null says little */
#define GAIN .1   /* over the cosine as stored */
#define EXCESS .2 /* over the null, of what is left to 1 */

bool
lineup_is_evident(const struct ladle_match *match)
{
	double null = isnan(match->cosine_null) ? 0 : match->cosine_null;
	double raw = isnan(match->cosine_raw) ? 0 : match->cosine_raw;

	if (match->exact)
		return match->moved > 0 || match->scale != NULL;
	return match->moved > 0 && match->cosine_matched >= LEAST &&
	       match->cosine_matched - raw >= GAIN &&
	       match->cosine_matched - null >= EXCESS * (1 - null);
}

/* ---- lists ---- */

bool
lineup_list_append(struct lineup_list *list, struct lineup *lineup)
{
	struct lineup **grown = realloc(list->item, ((size_t)list->count + 1) * sizeof(*grown));

	if (grown == NULL)
		return false;
	list->item = grown;
	list->item[list->count++] = lineup;
	lineup->refs++;
	return true;
}

bool
lineup_list_copy(struct lineup_list *out, const struct lineup_list *list, uint32_t count)
{
	struct lineup_list copy = {0};

	for (uint32_t i = 0; i < count; i++)
		if (!lineup_list_append(&copy, list->item[i])) {
			lineup_list_free(&copy);
			return false;
		}
	*out = copy;
	return true;
}

bool
lineup_list_same(const struct lineup_list *a, const struct lineup_list *b)
{
	if (a->count != b->count)
		return false;
	for (uint32_t i = 0; i < a->count; i++)
		if (!lineup_same(a->item[i], b->item[i]))
			return false;
	return true;
}

/* The line for the names that `keep` leaves; NULL: no memory. */
static struct lineup *
lineup_without(const struct lineup *lineup, const char *id, const char *const *names,
		uint32_t name_count)
{
	struct lineup *rest = calloc(1, sizeof(*rest));

	if (rest == NULL)
		return NULL;
	*rest = *lineup;
	rest->refs = 1;
	rest->count = 0;
	rest->to = strdup(lineup->to);
	rest->id = calloc((size_t)name_count + 1, sizeof(*rest->id));
	bool good = rest->to != NULL && rest->id != NULL;
	for (uint32_t i = 0; good && i < name_count; i++) {
		if (strcmp(names[i], id) == 0 || strcmp(names[i], lineup->to) == 0)
			continue;
		rest->id[rest->count] = strdup(names[i]);
		good = rest->id[rest->count] != NULL;
		rest->count += good;
	}
	if (good)
		return rest;
	lineup_release(rest);
	return NULL;
}

/* Appends what is left of the line. */
static bool
append_without(struct lineup_list *list, const struct lineup *lineup, const char *id,
		const char *const *others, uint32_t other_count)
{
	const char *const *names =
			lineup->count == 0 ? others : (const char *const *)lineup->id;
	uint32_t count = lineup->count == 0 ? other_count : lineup->count;
	struct lineup *rest = lineup_without(lineup, id, names, count);
	bool good = rest != NULL && (rest->count == 0 || lineup_list_append(list, rest));

	lineup_release(rest);
	return good;
}

bool
lineup_list_release(struct lineup_list *list, const char *id, const char *const *others,
		uint32_t other_count)
{
	struct lineup_list rest = {0};
	bool good = true;

	for (uint32_t i = 0; good && i < list->count; i++)
		good = lineup_moves(list->item[i], id)
				       ? append_without(&rest, list->item[i], id, others,
							 other_count)
				       : lineup_list_append(&rest, list->item[i]);
	lineup_list_free(good ? list : &rest);
	if (good)
		*list = rest;
	return good;
}

bool
lineup_list_forget(struct lineup_list *list, const char *id)
{
	struct lineup_list rest = {0};
	bool good = true;

	for (uint32_t i = 0; good && i < list->count; i++) {
		struct lineup *lineup = list->item[i];
		if (strcmp(lineup->to, id) == 0)
			continue;
		good = lineup->count > 0 && lineup_moves(lineup, id)
				       ? append_without(&rest, lineup, id, NULL, 0)
				       : lineup_list_append(&rest, lineup);
	}
	lineup_list_free(good ? list : &rest);
	if (good)
		*list = rest;
	return good;
}

void
lineup_list_free(struct lineup_list *list)
{
	for (uint32_t i = 0; i < list->count; i++)
		lineup_release(list->item[i]);
	free(list->item);
	*list = (struct lineup_list){0};
}
