#include "app/epochs.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "app/state.h"
#include "app/words.h"
#include "base/buf.h"
#include "base/err.h"

/* ---- names ---- */

/* Bytes of a word that an epoch's number follows, at the beginning of text; 0: none. */
static size_t
word_at(const char *text)
{
	static const char *const words[] = {"epochs", "epoch", "ep", "checkpoint", "ckpt", "cp",
			"iteration", "iter", "step", "weights", "w"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		size_t length = strlen(words[i]), sign;

		if (strncasecmp(text, words[i], length) != 0)
			continue;
		sign = text[length] != '\0' && strchr("-_.=", text[length]) != NULL;
		if (isdigit((unsigned char)text[length + sign]))
			return length + sign;
	}
	return 0;
}

long
epoch_of_path(const char *path, size_t *prefix)
{
	enum { DIGITS_MOST = 9 };
	const char *slash = strrchr(path, '/'), *base = slash == NULL ? path : slash + 1;

	for (const char *at = base; *at != '\0'; at++) {
		size_t word = at > base && isalpha((unsigned char)at[-1]) ? 0 : word_at(at);

		if (word == 0 || strspn(at + word, "0123456789") > DIGITS_MOST)
			continue;
		*prefix = (size_t)(at - path) + word;
		return strtol(at + word, NULL, 10);
	}
	return -1;
}

/* ---- which columns ---- */

void
epochs_init(struct epochs *epochs)
{
	*epochs = (struct epochs){0};
}

void
epochs_done(struct epochs *epochs)
{
	free(epochs->columns);
	free(epochs->numbers);
	free(epochs->rows);
	epochs_init(epochs);
}

static const char *
path_of(const struct session *session, uint32_t column)
{
	return session_column(session, column)->path;
}

/* Do both tell an epoch and are called the same before it? */
static bool
is_same_run(const struct session *session, uint32_t a, uint32_t b)
{
	size_t before_a, before_b;
	const char *one = path_of(session, a), *two = path_of(session, b);

	return epoch_of_path(one, &before_a) >= 0 && epoch_of_path(two, &before_b) >= 0 &&
	       before_a == before_b && memcmp(one, two, before_a) == 0;
}

static uint32_t
size_of_run(const struct session *session, uint32_t column)
{
	uint32_t size = 0;

	for (uint32_t k = 0; k < session_table(session)->checkpoint_count; k++)
		size += is_same_run(session, column, k);
	return size;
}

static void
append(struct epochs *epochs, const struct session *session, uint32_t column)
{
	size_t prefix;

	epochs->columns[epochs->count] = column;
	epochs->numbers[epochs->count] = epoch_of_path(path_of(session, column), &prefix);
	epochs->count++;
}

/* Behind those that are not later. */
static void
insert(struct epochs *epochs, const struct session *session, uint32_t column)
{
	uint32_t i = epochs->count;

	append(epochs, session, column);
	for (; i > 0 && epochs->numbers[i - 1] > epochs->numbers[i]; i--) {
		long number = epochs->numbers[i];

		epochs->columns[i] = epochs->columns[i - 1];
		epochs->numbers[i] = epochs->numbers[i - 1];
		epochs->columns[i - 1] = column;
		epochs->numbers[i - 1] = number;
	}
}

static void
take_by_name(struct epochs *epochs, const struct session *session)
{
	uint32_t models = session_table(session)->checkpoint_count, best = 0, most = 0;

	for (uint32_t k = 0; k < models; k++) {
		uint32_t size = size_of_run(session, k);

		if (size > most) {
			most = size;
			best = k;
		}
	}
	for (uint32_t k = 0; k < models && most >= 2; k++)
		if (is_same_run(session, best, k))
			insert(epochs, session, k);
}

static bool
has_column(const struct epochs *epochs, uint32_t column)
{
	for (uint32_t i = 0; i < epochs->count; i++)
		if (epochs->columns[i] == column)
			return true;
	return false;
}

/* Those that are closed by now are left out, and none is taken twice. */
static void
take_by_hand(struct epochs *epochs, const struct session *session)
{
	struct words words;

	if (words_split(&words, session->epochs, NULL) != LADLE_OK)
		return;
	for (int i = 0; i < words.count; i++) {
		uint32_t file = session_find(session, words.word[i]);
		uint32_t column = file == LADLE_NONE ? LADLE_NONE
						     : session_file(session, file)->column;

		if (column != LADLE_NONE && !has_column(epochs, column))
			append(epochs, session, column);
	}
	words_free(&words);
	epochs->by_hand = true;
	if (epochs->count < 2)
		epochs->count = 0;
}

static void
take_rows(struct epochs *epochs, const struct ladle_table *table)
{
	for (int kernels = 1; kernels >= 0 && epochs->row_count == 0; kernels--)
		for (uint32_t i = 0; i < table->row_count; i++)
			if (kernels ? table->rows[i].is_kernel : table->rows[i].averaged)
				epochs->rows[epochs->row_count++] = i;
}

bool
epochs_make(struct epochs *epochs, const struct session *session)
{
	const struct ladle_table *table = session_table(session);

	epochs_done(epochs);
	if (table == NULL)
		return true;
	epochs->columns = calloc((size_t)table->checkpoint_count + 1, sizeof(*epochs->columns));
	epochs->numbers = calloc((size_t)table->checkpoint_count + 1, sizeof(*epochs->numbers));
	epochs->rows = calloc((size_t)table->row_count + 1, sizeof(*epochs->rows));
	if (epochs->columns == NULL || epochs->numbers == NULL || epochs->rows == NULL) {
		epochs_done(epochs);
		return false;
	}
	if (session->epochs == NULL)
		take_by_name(epochs, session);
	else
		take_by_hand(epochs, session);
	take_rows(epochs, table);
	return true;
}

void
epochs_name(struct buf *out, const struct session *session, const struct epochs *epochs,
		uint32_t epoch)
{
	if (epochs->numbers[epoch] < 0)
		buf_text(out, session_column(session, epochs->columns[epoch])->id);
	else
		buf_format(out, "%ld", epochs->numbers[epoch]);
}

/* ---- distances ---- */

/* 1 - cos from |a - b|: the difference of two nearly equal cosines would be noise. */
static double
turned(const struct ladle_figures *figures, uint32_t i, uint32_t j)
{
	double a = ladle_norm(figures, i), b = ladle_norm(figures, j);
	double distance = figures->l2[(size_t)i * figures->k + j];
	double square = distance * distance - (a - b) * (a - b);

	if (a == 0 || b == 0)
		return NAN;
	return square < 0 ? 0 : square / (2 * a * b);
}

static const struct {
	const char *name;
	bool step;
	double (*between)(const struct ladle_figures *, uint32_t i, uint32_t j);
} figure_table[EPOCH_FIGURES] = {
		[EPOCH_FIRST_L2] = {"from the first, relative l2", false, ladle_relative_l2},
		[EPOCH_STEP_L2] = {"from the one before, relative l2", true, ladle_relative_l2},
		[EPOCH_FIRST_COS] = {"from the first, 1 - cosine", false, turned},
		[EPOCH_STEP_COS] = {"from the one before, 1 - cosine", true, turned},
};

const char *
epoch_figure_name(enum epoch_figure figure)
{
	return figure_table[figure].name;
}

double
epochs_distance(const struct session *session, const struct epochs *epochs, uint32_t row,
		uint32_t epoch, enum epoch_figure figure)
{
	const struct ladle_figures *figures = ladle_figures(session_measurement(session), row);
	bool step = figure_table[figure].step;
	double distance;

	if (figures == NULL || (step && epoch == 0))
		return NAN;
	distance = figure_table[figure].between(
			figures, epochs->columns[epoch], epochs->columns[step ? epoch - 1 : 0]);
	return isfinite(distance) ? distance : (double)NAN;
}

double
epochs_greatest(const struct session *session, const struct epochs *epochs,
		enum epoch_figure figure)
{
	double most = 0;

	for (uint32_t r = 0; r < epochs->row_count; r++)
		for (uint32_t i = 0; i < epochs->count; i++)
			most = fmax(most, epochs_distance(session, epochs, epochs->rows[r], i,
							  figure));
	return most;
}

uint32_t
epochs_still_since(const struct session *session, const struct epochs *epochs, uint32_t row)
{
	const struct ladle_figures *figures = ladle_figures(session_measurement(session), row);
	uint32_t since = epochs->count - 1;

	if (figures == NULL)
		return epochs->count;
	while (since > 0 && ladle_identical(figures, epochs->columns[since - 1],
					    epochs->columns[epochs->count - 1]))
		since--;
	return since;
}

struct epoch_bin
epochs_bin(const struct session *session, const struct epochs *epochs, uint32_t row, uint32_t index,
		uint32_t bins, enum epoch_figure figure)
{
	struct epoch_bin bin = {
			.first = (uint32_t)((uint64_t)index * epochs->count / bins),
			.end = (uint32_t)(((uint64_t)index + 1) * epochs->count / bins),
			.distance = NAN,
	};

	for (uint32_t i = bin.first; i < bin.end; i++)
		bin.distance = fmax(bin.distance, epochs_distance(session, epochs, row, i, figure));
	return bin;
}

/* ---- the command ---- */

/* Each an id, and none twice. */
static enum ladle_status
check_names(const struct session *session, const struct words *words, struct ladle_error *err)
{
	uint32_t source;

	if (words->count == 2)
		return ladle_fail(err, LADLE_E_USAGE, NULL,
				"a run has at least two checkpoints: epochs A B C; `epochs auto` "
				"goes "
				"by the files' names");
	for (int i = 1; i < words->count; i++) {
		TRY(session_read_checkpoint(session, words, i, &source, err));
		for (int j = 1; j < i; j++)
			if (strcmp(words->word[i], words->word[j]) == 0)
				return ladle_fail(err, LADLE_E_USAGE, NULL,
						"column %d: `%s` is named twice", words->column[i],
						words->word[i]);
	}
	return LADLE_OK;
}

/* `epochs A B C` names them, `epochs auto` goes by the files' names again. */
enum ladle_status
session_run_epochs(struct session *session, const struct words *words, struct ladle_error *err)
{
	bool by_name = words->count == 2 && strcmp(words->word[1], "auto") == 0;
	struct words named = {words->word + 1, words->column + 1, words->count - 1};
	char *epochs = NULL;
	struct buf line;

	if (words->count == 1)
		return LADLE_OK;
	if (!by_name) {
		TRY(check_names(session, words, err));
		buf_init(&line);
		words_join(&line, &named);
		epochs = strdup(buf_string(&line));
		buf_done(&line);
		if (epochs == NULL)
			return session_out_of_memory(err);
	}
	free(session->epochs);
	session->epochs = epochs;
	session->generation++;
	return LADLE_OK;
}
