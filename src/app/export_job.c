#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/clock.h"
#include "app/state.h"
#include "base/err.h"

/* Everything that an export behind needs, apart from the session's own state. */
struct exporting {
	struct pairing *pairing;
	struct ladle_mix *mix;
	struct source *config; /* or NULL */
	struct buf recipe;
	char *path;
	struct ladle_measurement
			*measurement; /* NULL: it is still being filled by another thread */
	struct setup setup;           /* of which only what repair asks for is set */
	struct ladle_repair *repair;
	struct ladle_export_options options;
	struct ladle_export_report report;
	uint64_t id; /* of the state that is written */
};

static void
exporting_free(struct exporting *exporting)
{
	if (exporting == NULL)
		return;
	pairing_release(exporting->pairing);
	ladle_mix_free(exporting->mix);
	source_release(exporting->config);
	ladle_repair_free(exporting->repair);
	buf_done(&exporting->recipe);
	free(exporting->path);
	free(exporting);
}

/* Copies what is written, so that faders may move meanwhile. A measurement that another thread
 * fills is left alone: the export then measures for itself. */
static struct exporting *
exporting_new(struct session *session, bool dry_run)
{
	struct exporting *exporting = calloc(1, sizeof(*exporting));

	if (exporting == NULL)
		return NULL;
	buf_init(&exporting->recipe);
	recipe_write(session, &exporting->recipe, 0);
	exporting->pairing = pairing_keep(session->pairing);
	exporting->mix = ladle_mix_copy(session->mix);
	exporting->config = session->setup.config;
	if (exporting->config != NULL)
		exporting->config->refs++;
	exporting->path = strdup(session->output.path);
	exporting->setup.repair = session->setup.repair;
	exporting->id = session->id;
	if (tasks_count(session, TASK_MEASURE) == 0)
		exporting->measurement = session->pairing->measurement;
	exporting->options = (struct ladle_export_options){.path = exporting->path,
			.format = session->output.format,
			.config = session_export_config(session),
			.recipe = buf_string(&exporting->recipe),
			.force = session->output.force,
			.dry_run = dry_run,
			.keep_optimizer = session->setup.keep_optimizer};
	if (exporting->mix == NULL || exporting->path == NULL || exporting->recipe.failed) {
		exporting_free(exporting);
		return NULL;
	}
	return exporting;
}

static void
export_run(struct task *task)
{
	struct exporting *exporting = task->payload;

	task->status = repair_make(&exporting->repair, &exporting->setup, exporting->pairing->table,
			exporting->mix, task->job, &task->error);
	if (task->status != LADLE_OK)
		return;
	exporting->options.repair = exporting->repair;
	task->status = ladle_export(task->session->library, exporting->pairing->table,
			exporting->mix, exporting->measurement, &exporting->options, task->job,
			&exporting->report, &task->error);
}

/* ", 2 repaired" */
static void
append_repaired(struct buf *out, const struct ladle_repair *repair)
{
	if (repair != NULL && repair->applied > 0)
		buf_format(out, ", %u repaired (an estimate)", repair->applied);
}

static void
say_written(struct session *session, const struct exporting *exporting)
{
	const struct ladle_export_report *report = &exporting->report;
	struct buf repaired;

	buf_init(&repaired);
	append_repaired(&repaired, exporting->repair);
	if (exporting->options.dry_run)
		session_say(session, false,
				"dry run: %s would hold %u tensors, %u averaged, %u copied%s",
				exporting->path, report->tensors, report->averaged, report->copied,
				buf_string(&repaired));
	else
		session_say(session, false,
				"wrote %s: %u tensors, %u averaged, %u copied%s  sha256 %.12s",
				exporting->path, report->tensors, report->averaged, report->copied,
				buf_string(&repaired), report->sha256);
	buf_done(&repaired);
}

static void
export_done(struct task *task)
{
	struct session *session = task->session;
	struct exporting *exporting = task->payload;
	struct session_export *export = &session->export;

	ladle_job_progress(task->job, &export->done, &export->total);
	export->seconds = clock_seconds() - export->seconds;
	if (task->status == LADLE_OK) {
		export->state = EXPORT_DONE;
		export->report = exporting->report;
		if (!exporting->options.dry_run)
			session->saved_id = exporting->id;
		say_written(session, exporting);
	} else {
		export->state = EXPORT_FAILED;
		export->error = task->error;
		session_say_error(session, &task->error);
	}
	if (exporting->measurement != NULL)
		session_changed(session);
	exporting_free(exporting);
}

static void
export_describe(const struct task *task, struct buf *out)
{
	const struct exporting *exporting = task->payload;

	buf_format(out, "writing %s", exporting->path);
}

static enum ladle_status
check_ready(const struct session *session, struct ladle_error *err)
{
	if (session->mix == NULL)
		return ladle_fail(err, LADLE_E_USAGE, NULL, "there is no table of layers yet");
	TRY(session_check_files(session, command_of(COMMAND_WRITE), err));
	if (session->export.state == EXPORT_RUNNING)
		return ladle_fail(err, LADLE_E_USAGE, NULL, "%s is being written",
				session->export.path);
	if (session->output.path == NULL)
		return ladle_fail(err, LADLE_E_USAGE, NULL, "name the output, as in write soup.h5");
	if (session_matching(session))
		return ladle_fail(err, LADLE_E_USAGE, NULL,
				"units are being matched: wait for it, or `cancel`");
	return LADLE_OK;
}

enum ladle_status
session_export_start(struct session *session, bool dry_run, struct ladle_error *err)
{
	struct task model = {.kind = TASK_EXPORT,
			.run = export_run,
			.done = export_done,
			.describe = export_describe};

	TRY(check_ready(session, err));
	TRY(session_check_unchanged(session, err));
	char *path = strdup(session->output.path);
	model.payload = exporting_new(session, dry_run);
	model.job = ladle_job_new();
	enum ladle_status status = path == NULL || model.payload == NULL || model.job == NULL
						   ? session_out_of_memory(err)
						   : task_start(session, &model, err);
	if (status != LADLE_OK) {
		exporting_free(model.payload);
		ladle_job_free(model.job);
		free(path);
		return status;
	}
	free(session->export_path);
	session->export_path = path;
	session->export = (struct session_export){
			.state = EXPORT_RUNNING, .path = path, .seconds = clock_seconds()};
	return LADLE_OK;
}

struct session_export
session_export(const struct session *session)
{
	struct session_export export = session->export;

	if (export.state != EXPORT_RUNNING)
		return export;
	export.seconds = clock_seconds() - export.seconds;
	for (const struct task *task = session->tasks; task != NULL; task = task->next)
		if (task->kind == TASK_EXPORT)
			ladle_job_progress(task->job, &export.done, &export.total);
	return export;
}

enum ladle_status
session_export_now(struct session *session, const struct ladle_export_options *options,
		struct ladle_job *job, struct ladle_export_report *report, struct ladle_error *err)
{
	struct ladle_export_options own = *options;
	struct buf recipe;

	if (session->mix == NULL)
		return ladle_fail(err, LADLE_E_USAGE, NULL, "there is no table of layers yet");
	buf_init(&recipe);
	if (own.recipe == NULL) {
		recipe_write(session, &recipe, 0);
		own.recipe = buf_string(&recipe);
	}
	struct ladle_measurement *measurement = tasks_count(session, TASK_MEASURE) == 0
								? session->pairing->measurement
								: NULL;
	ladle_repair_free(session->repair);
	session->repair = NULL;
	enum ladle_status status = recipe.failed ? session_out_of_memory(err)
						 : repair_make(&session->repair, &session->setup,
								   session->pairing->table,
								   session->mix, job, err);
	own.repair = session->repair;
	if (status == LADLE_OK)
		status = ladle_export(session->library, session->pairing->table, session->mix,
				measurement, &own, job, report, err);
	if (status == LADLE_OK && !own.dry_run)
		session->saved_id = session->id;
	buf_done(&recipe);
	session_changed(session);
	return status;
}

/* ---- what the next export takes ---- */

const struct ladle_export_options *
session_export_options(const struct session *session)
{
	return &session->export_options;
}

static enum ladle_status
check_format(const struct session *session, const char *path, int format, struct ladle_error *err)
{
	enum ladle_format unused;

	if (session->mix == NULL)
		return LADLE_OK;
	const struct pairing *pairing = session->pairing;
	const struct ladle_checkpoint *template_ =
			pairing->columns.item[ladle_mix_template(session->mix)]->checkpoint;
	bool has_config = template_->has_config || session->setup.config != NULL;
	return ladle_export_format(template_, path, format, has_config, &unused, err);
}

void
output_take(struct session *session, struct output output)
{
	free(session->output.path);
	free(session->output.given);
	session->output = output;
	session->export_options = (struct ladle_export_options){
			.path = output.path, .format = output.format, .force = output.force};
}

enum ladle_status
session_set_output(struct session *session, const char *path, int format, bool force,
		struct ladle_error *err)
{
	if (*path == '\0')
		return ladle_fail(err, LADLE_E_USAGE, NULL, "the name of the output is empty");
	TRY(check_format(session, path, format, err));
	char *given = strdup(path), *resolved = path_in_folder(session->folder, path);
	if (given == NULL || resolved == NULL) {
		free(given);
		free(resolved);
		return session_out_of_memory(err);
	}
	output_take(session, (struct output){resolved, given, format, force});
	session->generation++;
	return LADLE_OK;
}

/* A name without a suffix gets the layout in which the template is stored. */
static const char *
suffix_for(const struct ladle_checkpoint *template_)
{
	enum ladle_format format;
	if (ladle_export_format(template_, "mix", -1, true, &format, NULL) != LADLE_OK)
		return ".h5";
	return format == LADLE_KERAS ? ".keras" : format == LADLE_WEIGHTS ? ".weights.h5" : ".h5";
}

enum { SUGGEST_MOST = 4 };

/* "mix-A67-C33.keras": shares in percent of those that count. */
void
session_suggest_output(const struct session *session, struct buf *out)
{
	if (session->mix == NULL)
		return;
	const struct source_list *columns = &session->pairing->columns;
	double *w = calloc(columns->count, sizeof(*w));
	if (w == NULL)
		return;
	double sum = ladle_mix_fader_weights(session->mix, w);
	buf_text(out, "mix");
	if (columns->count > SUGGEST_MOST)
		buf_format(out, "-of-%u", columns->count);
	for (uint32_t k = 0; columns->count <= SUGGEST_MOST && k < columns->count; k++)
		if (w[k] != 0)
			buf_format(out, "-%s%.0f", columns->item[k]->id, 100 * w[k] / sum);
	buf_text(out, suffix_for(columns->item[ladle_mix_template(session->mix)]->checkpoint));
	free(w);
}

void
export_free(struct session *session)
{
	free(session->export_path);
	ladle_repair_free(session->repair);
	free(session->output.path);
	free(session->output.given);
}
