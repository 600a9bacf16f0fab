#include "app/format.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/session.h"
#include "base/buf.h"
#include "base/text.h"

void
format_shape_of(struct buf *out, int rank, const uint64_t *shape)
{
	if (rank == 0)
		buf_text(out, "scalar");
	for (int i = 0; i < rank; i++)
		buf_format(out, "%s%llu", i > 0 ? "x" : "", (unsigned long long)shape[i]);
}

void
format_shape(struct buf *out, const struct ladle_row *row)
{
	format_shape_of(out, row->rank, row->shape);
}

/* Rounded to a tenth, but never up to a mark that the fraction has not reached: what prints as 98.0
 * is ALIKE, what prints as 100 lost nothing. */
static double
tenths_of_percent(double fraction)
{
	static const double marks[] = {90, 98, 100};
	double percent = 100 * fraction, rounded = round(10 * percent) / 10;

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (percent < marks[i] - 1e-9 && rounded >= marks[i])
			return marks[i] - 0.1;
	return rounded;
}

void
format_percent(char dst[8], double fraction)
{
	double percent = isnan(fraction) ? NAN : tenths_of_percent(fraction);

	if (isnan(percent))
		strcpy(dst, "   ..");
	else if (percent == 100)
		strcpy(dst, "  100");
	else
		snprintf(dst, 8, "%5.1f", fmax(-999, fmin(percent, 9999)));
}

void
format_cosine(char dst[8], double cosine)
{
	if (isnan(cosine)) {
		strcpy(dst, "  ..");
		return;
	}
	long hundredths = lround(100 * fmax(-1, fmin(cosine, 1)));
	unsigned size = (unsigned)labs(hundredths) % 100;
	if (labs(hundredths) == 100)
		strcpy(dst, hundredths > 0 ? " 1.0" : "-1.0");
	else
		snprintf(dst, 8, "%c.%02u", hundredths < 0 ? '-' : ' ', size % 100);
}

/* value as 10.3M: the unit is chosen so that at most four digits stand before it. */
static void
scale(char dst[16], uint64_t value, const char *const *units, const char *separator)
{
	double scaled = (double)value;
	int unit = 0;

	while (scaled >= 999.95 && units[unit + 1] != NULL) {
		scaled /= 1000;
		unit++;
	}
	snprintf(dst, 16, unit == 0 ? "%.0f%s%s" : "%.1f%s%s", scaled, separator, units[unit]);
}

void
format_count(char dst[16], uint64_t count)
{
	static const char *const units[] = {"", "k", "M", "G", "T", "P", "E", NULL};

	if (count < 10000)
		snprintf(dst, 16, "%u", (unsigned)count);
	else
		scale(dst, count, units, "");
}

void
format_bytes(char dst[16], uint64_t bytes)
{
	static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB", "EB", NULL};

	scale(dst, bytes, units, " ");
}

void
format_flags(char dst[16], uint32_t flags)
{
	int length = 0;

	for (int code = 0; code < 32 && length < 15; code++) {
		if ((flags >> code & 1) == 0)
			continue;
		char letter = ladle_finding_letter((enum ladle_finding_code)code);
		if (memchr(dst, letter, (size_t)length) == NULL)
			dst[length++] = letter;
	}
	if (length == 0)
		dst[length++] = '-';
	dst[length] = '\0';
}

/* ---- verdict ---- */

static const char *
state_sign(enum ladle_state state)
{
	static const char *const signs[] = {[LADLE_PENDING] = "..",
			[LADLE_ALIKE] = "ok ALIKE",
			[LADLE_DRIFT] = "! DRIFT",
			[LADLE_DIFFER] = "X DIFFER"};

	return signs[state];
}

static void
verdict_headline(struct buf *out, const struct ladle_table *table,
		const struct ladle_verdict *verdict, bool ascii)
{
	char keep[8];

	if (verdict->row == LADLE_NONE)
		return;
	format_percent(keep, verdict->keep);
	buf_format(out, "  worst KEEP %s%% ", keep + strspn(keep, " "));
	text_clean_append(out, table->rows[verdict->row].label, ascii);
	buf_format(out, " (floor %.0f)", 100 * verdict->floor);
}

static void
verdict_counts(struct buf *out, struct session *session, const struct ladle_verdict *verdict)
{
	const struct {
		uint32_t count;
		const char *word;
	} counts[] = {
			{session_permuted_count(session), "permuted"},
			{verdict->missing, "missing"},
			{verdict->differ, "differ"},
			{verdict->drift, "drift"},
			{verdict->alike, "ok"},
			{verdict->pending, "not measured"},
	};

	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		if (counts[i].count > 0)
			buf_format(out, "  %u %s", counts[i].count, counts[i].word);
}

/* Is the headline's row what unrelated or permuted models give? */
static bool
is_unrelated(struct session *session, const struct ladle_verdict *verdict)
{
	const struct ladle_judgement *rows = session_judgements(session);

	return verdict->row != LADLE_NONE && rows != NULL &&
	       (rows[verdict->row].flags >> LADLE_F_UNRELATED & 1) != 0;
}

static bool
is_permuted(struct session *session, const struct ladle_verdict *verdict)
{
	const struct ladle_judgement *rows = session_judgements(session);

	return verdict->row != LADLE_NONE && rows != NULL &&
	       (rows[verdict->row].flags >> LADLE_F_PERMUTED & 1) != 0;
}

/* What the headline would be with units in order, or that they are: KEEP is too strict then. */
static void
verdict_matched(struct buf *out, struct session *session)
{
	double keep = session_matched_verdict(session).keep;
	char text[8];

	if (session_permuted_count(session) > 0 && !isnan(keep)) {
		format_percent(text, keep);
		buf_format(out, "  if matched %s", text + strspn(text, " "));
	} else if (session_is_aligned(session)) {
		buf_text(out, "  matched");
	}
}

/* The key that helps with the headline's row. */
static const char *
verdict_key(struct session *session, const struct ladle_verdict *verdict)
{
	if (verdict->state == LADLE_ALIKE)
		return "";
	if (is_permuted(session, verdict))
		return "  p=match";
	return is_unrelated(session, verdict) ? "  a=take one model" : "  ]c=next";
}

static uint32_t
count_files(const struct session *session, enum column_state state)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < session_file_count(session); i++)
		count += session_file(session, i)->state == state;
	return count;
}

/* A file that could not be opened is no column: the line must not read as if all were compared. */
static void
verdict_failed(struct buf *out, const struct session *session)
{
	uint32_t failed = count_files(session, COLUMN_FAILED);

	if (failed > 0)
		buf_format(out, "  %u %s not open", failed, failed == 1 ? "file is" : "files are");
}

static void
verdict_waiting(struct buf *out, struct session *session, bool ascii)
{
	if (count_files(session, COLUMN_OPENING) > 0)
		buf_format(out, ".. %u of %u files open", count_files(session, COLUMN_OPEN),
				session_file_count(session));
	else if (session_busy(session))
		buf_text(out, ".. pairing the layers");
	else
		text_clean_append(out, session_message(session), ascii);
}

static void
verdict_pending(struct buf *out, struct session *session, const struct ladle_table *table,
		const struct ladle_verdict *verdict, bool ascii)
{
	buf_format(out, ".. %u/%u measured", table->row_count - verdict->pending, table->row_count);
	verdict_headline(out, table, verdict, ascii);
	if (!session_busy(session))
		buf_text(out, "  stopped");
}

void
format_verdict(struct buf *out, struct session *session, bool ascii, bool with_keys)
{
	const struct ladle_table *table = session_table(session);

	if (table == NULL) {
		verdict_waiting(out, session, ascii);
		return;
	}
	struct ladle_verdict verdict = session_verdict(session);
	if (table->checkpoint_count == 1) {
		buf_format(out, "one model, nothing to compare%s", with_keys ? "  :open FILE" : "");
		verdict_failed(out, session);
		return;
	}
	if (verdict.state == LADLE_PENDING) {
		verdict_pending(out, session, table, &verdict, ascii);
		return;
	}
	buf_text(out, state_sign(verdict.state));
	verdict_failed(out, session);
	verdict_headline(out, table, &verdict, ascii);
	if (with_keys)
		buf_text(out, verdict_key(session, &verdict));
	verdict_matched(out, session);
	if (!session_is_aligned(session) && is_unrelated(session, &verdict))
		buf_text(out, "  unrelated or permuted");
	verdict_counts(out, session, &verdict);
}

/* ---- weights, errors ---- */

void
format_weights(struct buf *out, const struct session *session, uint32_t row)
{
	const struct ladle_table *table = session_table(session);

	if (table == NULL)
		return;
	double *w = calloc(table->checkpoint_count, sizeof(*w));
	if (w == NULL)
		return;
	struct ladle_weights weights = ladle_mix_weights(session_mix(session), table, row, w);
	for (uint32_t k = 0; k < table->checkpoint_count; k++) {
		const struct session_file *file = session_column(session, k);
		buf_format(out, "%s%s ", k > 0 ? "  " : "", file->id);
		text_clean_append(out, file->label, false);
		buf_format(out, " %.1f%%", weights.sum == 0 ? 0 : 100 * w[k] / weights.sum);
	}
	free(w);
}

void
format_error(struct buf *out, const struct ladle_error *error, bool ascii)
{
	if (strncmp(error->text, error->path, strlen(error->path)) != 0) {
		text_clean_append(out, error->path, ascii);
		buf_text(out, ": ");
	}
	text_clean_append(out, error->text, ascii);
}
