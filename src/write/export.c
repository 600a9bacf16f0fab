#include <ladle.h>

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/dtype.h"
#include "base/err.h"
#include "base/job.h"
#include "file/nursery.h"
#include "write/archive.h"
#include "write/digest.h"
#include "write/fill.h"
#include "write/layout.h"
#include "write/ready.h"

#define WEIGHTS_MEMBER "model.weights.h5"

/* One export under way. */
struct export {
	struct ladle *library;
	const struct ladle_table *table;
	const struct ladle_mix *mix;
	struct ladle_measurement *measurement;
	const struct ladle_export_options *options;
	struct ladle_job *job;
	enum ladle_format format;
	const struct checkpoint *template_;
	struct ladle_checkpoint *config; /* opened for --config, or NULL */
	struct tree tree;
	struct catalog made;
	struct plan plan;
	struct fill fill;
	struct publication to;
	struct archive archive;
	uint64_t weights_at; /* where the archive's weights member begins */
	struct ladle_export_report report;
};

static bool
is_input(uint64_t device, uint64_t inode, void *arg)
{
	const struct export *export = arg;

	for (uint32_t k = 0; k < export->table->checkpoint_count; k++)
		if (file_is(checkpoint_of(export->table->checkpoints[k])->file, device, inode))
			return true;
	return false;
}

/* ---- what is read and blended ---- */

static bool
is_unmeasured(const struct export *export)
{
	for (uint32_t row = 0; export->measurement && row < export->table->row_count; row++)
		if (!ladle_figures(export->measurement, row))
			return true;
	return false;
}

static bool
is_filled(uint32_t row, void *arg)
{
	const struct export *export = arg;
	double *w = calloc(export->table->checkpoint_count, sizeof(*w));
	struct ladle_weights from;

	if (!w)
		return true;
	from = ladle_mix_weights(export->mix, export->table, row, w);
	free(w);
	return from.source == LADLE_W_FADERS || from.source == LADLE_W_RULE;
}

/* Rows that are still unmeasured are measured on the way. */
static enum ladle_status
make_plan(struct export *export, struct ladle_error *err)
{
	bool measure = is_unmeasured(export);

	if (!measure)
		export->measurement = NULL;
	return plan_make(&export->plan, export->table, measure ? NULL : is_filled, export, err);
}

static enum ladle_status
run_pass(struct export *export, struct ladle_error *err)
{
	struct pass pass = {
			.table = export->table,
			.plan = &export->plan,
			.measurement = export->measurement,
			.needs = fill_needs,
			.sink = fill_block,
			.arg = &export->fill,
	};

	return pass_run(export->library, &pass, export->job, err);
}

/* ---- where it goes ---- */

static const struct catalog *
config_catalog(const struct export *export)
{
	return export->config ? checkpoint_of(export->config)->catalog : export->template_->catalog;
}

static enum ladle_status
begin_archive(struct export *export, struct ladle_error *err)
{
	const struct catalog *from = config_catalog(export);
	uint64_t bytes = 0;

	archive_init(&export->archive, &export->to);
	if (!from->config || !from->metadata)
		return ladle_fail(err, LADLE_E_USAGE, export->options->config,
				"the config of a .keras file is taken from another .keras file");
	TRY(archive_add_text(&export->archive, "metadata.json", from->metadata, from->metadata_length,
			err));
	TRY(archive_add_text(&export->archive, "config.json", from->config, from->config_length, err));
	for (uint32_t i = 0; i < export->tree.catalog.object_count; i++)
		bytes += export->tree.catalog.objects[i].count
				* dtype_size(export->tree.catalog.objects[i].type.dtype);
	export->weights_at = export->archive.at;
	/* The tree itself takes far less than the margin; the header is written when both are known. */
	export->fill.base = export->weights_at + archive_header_size(WEIGHTS_MEMBER, bytes + (64 << 20));
	return LADLE_OK;
}

static enum ladle_status
copy_member(struct export *export, uint32_t index, struct ladle_error *err)
{
	const struct catalog_member *member = &export->template_->catalog->members[index];
	struct archive_entry entry = {member->name, member->crc, (uint16_t)member->method,
			member->stored, member->size};
	uint64_t at = export->archive.at + archive_header_size(member->name, member->stored);
	char chunk[16 * 1024];

	TRY(archive_add(&export->archive, &entry, err));
	for (uint64_t done = 0; done < member->stored; done += sizeof(chunk)) {
		uint64_t left = member->stored - done;
		size_t size = left < sizeof(chunk) ? (size_t)left : sizeof(chunk);

		TRY(file_read_member(export->template_->file, index, done, size, chunk, err));
		TRY(publish_write(&export->to, chunk, size, at + done, err));
	}
	return LADLE_OK;
}

static bool
is_asset(const char *name)
{
	static const char *const others[] = {"metadata.json", "config.json", WEIGHTS_MEMBER};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (!strcmp(name, others[i]))
			return false;
	return true;
}

static enum ladle_status
end_archive(struct export *export, uint64_t hdf5_size, struct ladle_error *err)
{
	struct archive_entry entry = {.name = WEIGHTS_MEMBER, .stored = hdf5_size, .size = hdf5_size};

	if (!digest_crc32(export->to.fd, export->fill.base, hdf5_size, ladle_threads(export->library),
			    &entry.crc))
		return ladle_fail(err, LADLE_E_OUTPUT, export->to.path, "%s cannot be read back",
				export->to.path);
	TRY(archive_add(&export->archive, &entry, err));
	for (uint32_t i = 0; i < export->template_->catalog->member_count; i++)
		if (is_asset(export->template_->catalog->members[i].name))
			TRY(copy_member(export, i, err));
	return archive_end(&export->archive, err);
}

static uint64_t
size_of(int fd)
{
	struct stat found;

	return fstat(fd, &found) ? 0 : (uint64_t)found.st_size;
}

static enum ladle_status
lay_out(struct export *export, struct ladle_error *err)
{
	if (export->format == LADLE_KERAS)
		TRY(begin_archive(export, err));
	TRY(layout_make(&export->made, export->library->nursery, export->to.fd, export->fill.base,
			&export->tree.catalog, export->to.path, err));
	return publish_reserve(&export->to, size_of(export->to.fd), err);
}

/* ---- proof that it is there ---- */

static enum ladle_status
same_objects(const struct catalog *made, const struct catalog *read, const char *path,
		struct ladle_error *err)
{
	for (uint32_t i = 0; i < made->object_count; i++) {
		const struct catalog_object *wrote = &made->objects[i];
		uint32_t found = catalog_find(read, wrote->path);
		const struct catalog_object *back = found == LADLE_NONE ? NULL : &read->objects[found];

		if (!back || back->kind != wrote->kind || back->count != wrote->count
				|| back->type.dtype != wrote->type.dtype || back->refused
				|| (wrote->stored && back->offset != wrote->offset))
			return ladle_fail(err, LADLE_E_OUTPUT, path,
					"%s: %s does not read back as it was laid out", path,
					wrote->path);
	}
	return LADLE_OK;
}

static enum ladle_status
read_back(struct export *export, struct ladle_error *err)
{
	struct file *file;
	enum ladle_status status = file_open_fd(&file, export->library->nursery, export->to.fd,
			export->to.path, err);

	if (status != LADLE_OK)
		return status;
	status = same_objects(&export->made, file_catalog(file), export->to.path, err);
	if (status == LADLE_OK && file_catalog(file)->base != export->fill.base)
		status = ladle_fail(err, LADLE_E_OUTPUT, export->to.path,
				"%s: its HDF5 part is not where it was laid out", export->to.path);
	file_close(file);
	return status == LADLE_OK ? fill_verify(&export->fill, ladle_threads(export->library), err)
				  : status;
}

struct syncing {
	const struct publication *to;
	enum ladle_status status;
	struct ladle_error err;
};

static void *
sync_main(void *arg)
{
	struct syncing *syncing = arg;

	syncing->status = publish_sync(syncing->to, &syncing->err);
	return NULL;
}

static void *
digest_main(void *arg)
{
	struct export *export = arg;

	if (!digest_sha256(export->to.fd, export->report.bytes, export->report.sha256))
		export->report.sha256[0] = '\0';
	return NULL;
}

/* The disk, the digest and the comparison go on side by side. */
static enum ladle_status
prove(struct export *export, struct ladle_error *err)
{
	struct syncing syncing = {.to = &export->to};
	pthread_t sync, digest;
	bool synced = !pthread_create(&sync, NULL, sync_main, &syncing);
	bool digested = !pthread_create(&digest, NULL, digest_main, export);
	enum ladle_status status = read_back(export, err);

	if (synced)
		pthread_join(sync, NULL);
	else
		sync_main(&syncing);
	if (digested)
		pthread_join(digest, NULL);
	else
		digest_main(export);
	if (status == LADLE_OK && syncing.status != LADLE_OK) {
		status = syncing.status;
		if (err)
			*err = syncing.err;
	}
	if (status == LADLE_OK && !export->report.sha256[0])
		status = ladle_fail(err, LADLE_E_OUTPUT, export->to.path, "%s cannot be read back",
				export->to.path);
	return status;
}

/* ---- all of it ---- */

static enum ladle_status
check_inputs(const struct export *export, struct ladle_error *err)
{
	for (uint32_t k = 0; k < export->table->checkpoint_count; k++)
		TRY(ladle_checkpoint_check(export->table->checkpoints[k], err));
	if (job_canceled(export->job))
		return ladle_fail(err, LADLE_E_CANCELED, NULL, "canceled");
	return LADLE_OK;
}

static enum ladle_status
write_values(struct export *export, struct ladle_error *err)
{
	TRY(lay_out(export, err));
	TRY(run_pass(export, err));
	TRY(fill_rest(&export->fill, err));
	if (export->format == LADLE_KERAS)
		TRY(end_archive(export, size_of(export->to.fd) - export->fill.base, err));
	export->report.bytes = size_of(export->to.fd);
	TRY(check_inputs(export, err));
	TRY(prove(export, err));
	return check_inputs(export, err);
}

static enum ladle_status
write_file(struct export *export, const struct publish_guard *guard, struct ladle_error *err)
{
	enum ladle_status status;

	TRY(publish_begin(&export->to, export->options->path, export->options->force, err));
	export->fill.to = &export->to;
	status = write_values(export, err);
	archive_done(&export->archive);
	if (status != LADLE_OK) {
		publish_abort(&export->to);
		return status;
	}
	return publish_commit(&export->to, guard, err);
}

static void
count_tensors(struct export *export)
{
	const struct tree *tree = &export->tree;

	for (uint32_t i = 0; i < tree->catalog.object_count; i++)
		export->report.tensors += tree->source[i] != LADLE_NONE;
	for (uint32_t row = 0; row < export->table->row_count; row++)
		export->report.averaged += export->fill.object[row] != LADLE_NONE;
	export->report.copied = export->report.tensors - export->report.averaged;
}

static enum ladle_status
prepare(struct export *export, struct ladle_error *err)
{
	const struct ladle_export_options *options = export->options;
	struct tree_request request = {
			.template_ = export->template_,
			.recipe = options->recipe,
			.keep_optimizer = options->keep_optimizer,
	};

	if (options->config)
		TRY(ladle_checkpoint_open(&export->config, export->library, options->config, err));
	TRY(ladle_export_format(&export->template_->pub, options->path, options->format,
			export->template_->pub.has_config
					|| (export->config && export->config->has_config),
			&export->format, err));
	TRY(ready_check(export->table, export->mix, err));
	request.format = export->format;
	request.config = export->config ? checkpoint_of(export->config) : NULL;
	TRY(tree_make(&export->tree, &request, err));
	TRY(make_plan(export, err));
	export->fill.tree = &export->tree;
	export->fill.made = &export->made;
	export->fill.plan = &export->plan;
	TRY(fill_init(&export->fill, ladle_threads(export->library), err));
	count_tensors(export);
	return LADLE_OK;
}

static void
export_done(struct export *export)
{
	fill_done(&export->fill);
	plan_done(&export->plan);
	tree_done(&export->tree);
	catalog_done(&export->made);
	ladle_checkpoint_close(export->config);
}

enum ladle_status
ladle_export(struct ladle *library, const struct ladle_table *table, const struct ladle_mix *mix,
		struct ladle_measurement *measurement, const struct ladle_export_options *options,
		struct ladle_job *job, struct ladle_export_report *out, struct ladle_error *err)
{
	struct export export = {
			.library = library,
			.table = table,
			.mix = mix,
			.measurement = measurement,
			.options = options,
			.job = job,
			.template_ = checkpoint_of(table->checkpoints[ladle_mix_template(mix)]),
			.fill = {.table = table, .mix = mix},
	};
	const struct publish_guard guard = {is_input, &export};
	enum ladle_status status;

	catalog_init(&export.tree.catalog);
	catalog_init(&export.made);
	status = publish_check(options->path, options->force, &guard, err);
	if (status == LADLE_OK)
		status = prepare(&export, err);
	if (status == LADLE_OK)
		status = options->dry_run ? run_pass(&export, err) : write_file(&export, &guard, err);
	if (status == LADLE_OK && measurement)
		export.report.verdict = ladle_verdict(table, measurement, mix);
	export.report.format = export.format;
	if (status == LADLE_OK)
		*out = export.report;
	export_done(&export);
	return status;
}
