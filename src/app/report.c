/* A report: what is on the page, and its file. */
#include "app/report.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "app/format.h"
#include "app/report_parts.h"
#include "app/state.h"
#include "base/buf.h"
#include "base/err.h"
#include "write/publish.h"

/* ---- the page ---- */

/* The first few; all of them stand in the table of models. */
static void
write_name(struct buf *out, const struct session *session)
{
	enum { MOST = 6 };
	uint32_t count = session_table(session)->checkpoint_count;
	uint32_t named = count > MOST ? MOST - 1 : count;

	for (uint32_t k = 0; k < named; k++) {
		const struct session_file *file = session_column(session, k);

		buf_text(out, k == 0 ? "" : ", ");
		markup_text(out, file->id);
		buf_char(out, ' ');
		markup_text(out, file->label);
	}
	if (named < count)
		buf_format(out, " and %u more", count - named);
}

static void
write_verdict(struct buf *out, struct session *session)
{
	struct buf text;

	buf_init(&text);
	format_verdict(&text, session, false, false);
	buf_format(out, "<p class=\"verdict %s\">",
			ladle_state_name(session_verdict(session).state));
	markup_text(out, buf_string(&text));
	buf_text(out, "</p>\n");
	out->failed = out->failed || text.failed;
	buf_done(&text);
}

/* share: of the fader in the sum of all. */
static void
write_model(struct buf *out, const struct session_file *file, double share)
{
	const struct ladle_checkpoint *checkpoint = file->checkpoint;
	char parameters[16], bytes[16], percent[8];

	format_count(parameters, checkpoint->parameters);
	format_bytes(bytes, checkpoint->bytes);
	format_percent(percent, share);
	buf_text(out, "<tr><th scope=\"row\" class=\"left\">");
	markup_text(out, file->id);
	buf_text(out, "</th><td class=\"left\"><bdi>");
	markup_text(out, file->path);
	buf_format(out, "</bdi></td><td class=\"left\">%s</td><td class=\"left\">",
			ladle_format_name(checkpoint->format));
	markup_text(out, checkpoint->keras_version);
	buf_text(out, "</td><td class=\"left\">");
	markup_text(out, checkpoint->backend);
	buf_format(out, "</td><td>%s</td><td>%s</td><td>%s</td></tr>\n", parameters, bytes,
			percent + strspn(percent, " "));
}

static void
write_models(struct buf *out, const struct session *session)
{
	uint32_t count = session_table(session)->checkpoint_count;
	double *w = calloc((size_t)count + 1, sizeof(*w));

	if (w == NULL) {
		out->failed = true;
		return;
	}
	double sum = ladle_mix_fader_weights(session_mix(session), w);
	if (!ladle_mix_normalised(session_mix(session)))
		sum = 1;
	buf_text(out, "<h2>Models</h2>\n<div class=\"scroll\"><table><thead><tr>"
		      "<th class=\"left\"></th><th class=\"left\">file</th>"
		      "<th class=\"left\">layout</th><th class=\"left\">Keras</th>"
		      "<th class=\"left\">backend</th><th>parameters</th><th>size</th>"
		      "<th>weight %</th></tr></thead>\n<tbody>\n");
	for (uint32_t k = 0; k < count; k++)
		write_model(out, session_column(session, k), w[k] / sum);
	buf_text(out, "</tbody></table></div>\n");
	free(w);
}

/* What weighs single rows otherwise, and what lines units up. */
static void
write_rules(struct buf *out, const struct session *session)
{
	uint32_t rules = ladle_mix_rule_count(session_mix(session));
	uint32_t lineups = session_lineup_count(session);
	struct buf line;

	if (rules + lineups == 0)
		return;
	buf_init(&line);
	buf_text(out, "<h2>Rules</h2>\n<ul>\n");
	for (uint32_t i = 0; i < lineups + rules; i++) {
		buf_clear(&line);
		if (i < lineups)
			session_lineup_text(session, i, &line);
		else
			buf_text(&line, ladle_mix_rule(session_mix(session), i - lineups)->text);
		buf_text(out, "<li><code>");
		markup_text(out, buf_string(&line));
		buf_text(out, "</code></li>\n");
	}
	buf_text(out, "</ul>\n");
	out->failed = out->failed || line.failed;
	buf_done(&line);
}

/* id, row: NULL where it is of no single one. */
static void
write_finding(struct buf *out, const struct ladle_finding *finding, const char *id, const char *row)
{
	buf_format(out, "<li><b>%c</b> ", ladle_finding_letter(finding->code));
	if (id != NULL) {
		markup_text(out, id);
		buf_text(out, ": ");
	}
	if (row != NULL && strstr(finding->text, row) == NULL) {
		markup_text(out, row);
		buf_text(out, ": ");
	}
	markup_text(out, finding->text);
	buf_text(out, "</li>\n");
}

static const char *
id_of(const struct session *session, uint32_t column)
{
	return column == LADLE_NONE ? NULL : session_column(session, column)->id;
}

/* Only those that block: the others are letters in the table. Units are said of kernels. */
static void
write_row_findings(struct buf *out, struct session *session, uint32_t index)
{
	enum { MOST = 32, TEXTS = 4096 };
	const struct ladle_row *row = &session_table(session)->rows[index];
	struct ladle_finding found[MOST];
	char texts[TEXTS];
	uint32_t count = session_row_findings(session, index, found, MOST, texts, sizeof(texts));

	for (uint32_t i = 0; i < row->finding_count; i++)
		if (ladle_finding_blocks(row->findings[i].code))
			write_finding(out, &row->findings[i],
					id_of(session, row->findings[i].checkpoint), row->label);
	for (uint32_t i = 0; i < count; i++)
		if (ladle_finding_blocks(found[i].code) &&
				(row->is_kernel || found[i].code != LADLE_F_PERMUTED))
			write_finding(out, &found[i], id_of(session, found[i].checkpoint),
					row->label);
}

static void
write_findings(struct buf *out, struct session *session)
{
	const struct ladle_table *table = session_table(session);
	struct buf lines;

	buf_init(&lines);
	for (uint32_t i = 0; i < table->finding_count; i++)
		write_finding(&lines, &table->findings[i],
				id_of(session, table->findings[i].checkpoint), NULL);
	for (uint32_t k = 0; k < table->checkpoint_count; k++)
		for (uint32_t i = 0; i < table->checkpoints[k]->finding_count; i++)
			write_finding(&lines, &table->checkpoints[k]->findings[i],
					id_of(session, k), NULL);
	for (uint32_t i = 0; i < table->row_count; i++)
		write_row_findings(&lines, session, i);
	if (lines.length > 0)
		buf_format(out, "<h2>Findings</h2>\n<ul>\n%s</ul>\n", buf_string(&lines));
	out->failed = out->failed || lines.failed;
	buf_done(&lines);
}

static void
write_profile(struct buf *out, struct session *session)
{
	buf_text(out, "<h2>KEEP of each layer, percent</h2>\n<p class=\"note\">The worst row of "
		      "each, kernels before all else. KEEP below 90, from 90 to 98 and above 98 "
		      "have "
		      "a third of the width each. The upright stroke is the floor; letters are "
		      "findings.");
	if (session_suggested(session) != NULL &&
			session_matched_verdict(session).row != LADLE_NONE)
		buf_text(out, " A ring: KEEP if units were re-ordered.");
	buf_text(out, "</p>\n<div class=\"profile\">\n");
	report_profile(out, session, NULL);
	buf_text(out, "</div>\n");
}

static void
write_page(struct buf *out, struct session *session)
{
	buf_text(out, "<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
		      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		      "<title>ladle: ");
	write_name(out, session);
	buf_format(out, "</title>\n<style>\n%s", report_ink);
	buf_format(out, "%s</style>\n</head>\n<body>\n<h1>", report_style);
	write_name(out, session);
	buf_text(out, "</h1>\n");
	write_verdict(out, session);
	write_models(out, session);
	write_rules(out, session);
	write_findings(out, session);
	report_moves(out, session);
	write_profile(out, session);
	report_squares(out, session);
	report_epochs(out, session);
	report_rows(out, session);
	buf_text(out, "</body>\n</html>\n");
}

static void
write_plot(struct buf *out, struct session *session)
{
	report_profile(out, session, report_ink);
}

/* ---- the file ---- */

/* How each kind begins, and what it is called. */
static const struct {
	const char *heading, *noun;
	void (*write)(struct buf *, struct session *);
} kinds[] = {
		[REPORT_PAGE] = {"<!DOCTYPE html>\n<!-- ladle report -->\n", "report", write_page},
		[REPORT_PLOT] = {"<!-- ladle plot -->\n", "plot", write_plot},
};

/* Does the file begin as one of the kind? */
static bool
is_ours(enum report_kind kind, const char *path)
{
	const char *heading = kinds[kind].heading;
	size_t length = strlen(heading);
	char start[64] = "";
	FILE *file = fopen(path, "rb");

	if (file == NULL)
		return false;
	size_t got = fread(start, 1, length, file);
	fclose(file);
	return got == length && memcmp(start, heading, length) == 0;
}

/* A pipe is no file to begin with: opening it would wait. */
static enum ladle_status
check(enum report_kind kind, const char *path, bool *replace, struct ladle_error *err)
{
	struct stat found;

	*replace = false;
	if (lstat(path, &found) == 0) {
		*replace = S_ISREG(found.st_mode) && is_ours(kind, path);
		if (!*replace)
			return ladle_fail(err, LADLE_E_OUTPUT, path, "exists and is no %s of ladle",
					kinds[kind].noun);
	}
	return publish_check(path, *replace, NULL, err);
}

enum ladle_status
report_check(enum report_kind kind, const char *path, struct ladle_error *err)
{
	bool replace;

	return check(kind, path, &replace, err);
}

static enum ladle_status
save(const char *path, const struct buf *text, bool replace, struct ladle_error *err)
{
	struct publication to;

	TRY(publish_begin(&to, path, replace, err));
	enum ladle_status status = publish_write(&to, text->data, text->length, 0, err);
	if (status == LADLE_OK)
		status = publish_sync(&to, err);
	if (status != LADLE_OK) {
		publish_abort(&to);
		return status;
	}
	return publish_commit(&to, NULL, err);
}

enum ladle_status
report_save(enum report_kind kind, struct session *session, const char *path,
		struct ladle_error *err)
{
	bool replace;
	struct buf text;

	if (session_table(session) == NULL)
		return ladle_fail(err, LADLE_E_USAGE, NULL, "nothing is compared yet");
	TRY(check(kind, path, &replace, err));
	buf_init(&text);
	buf_text(&text, kinds[kind].heading);
	kinds[kind].write(&text, session);
	enum ladle_status status =
			text.failed ? session_out_of_memory(err) : save(path, &text, replace, err);
	buf_done(&text);
	if (status == LADLE_OK)
		session_say(session, false, "wrote the %s to %s", kinds[kind].noun, path);
	return status;
}
