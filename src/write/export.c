#include <ladle.h>

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
#include "write/proof.h"
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
	struct archive_entry weights; /* of the archive: the HDF5 part */
	struct ladle_export_report report;
};

/* What is open, and what now stands where it was opened: a training run may have replaced it. */
static bool
is_this_input(const struct ladle_checkpoint *input, uint64_t device, uint64_t inode)
{
	struct stat now;

	if (file_is(checkpoint_of(input)->file, device, inode))
		return true;
	return !stat(input->path, &now) && (uint64_t)now.st_dev == device
			&& (uint64_t)now.st_ino == inode;
}

static bool
is_input(uint64_t device, uint64_t inode, void *arg)
{
	const struct export *export = arg;

	for (uint32_t k = 0; k < export->table->checkpoint_count; k++)
		if (is_this_input(export->table->checkpoints[k], device, inode))
			return true;
	return export->config && is_this_input(export->config, device, inode);
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

/* Rows that are still unmeasured are measured on the way. */
static enum ladle_status
make_plan(struct export *export, struct ladle_error *err)
{
	bool measure = is_unmeasured(export);

	if (!measure)
		export->measurement = NULL;
	TRY(plan_make(&export->plan, export->table, measure ? NULL : fill_wants, &export->fill, err));
	export->fill.plan = &export->plan;
	return fill_expect(&export->fill, err);
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

/* What the values of the HDF5 part take; the tree around them comes on top. */
static uint64_t
value_bytes(const struct export *export)
{
	const struct catalog *tree = &export->tree.catalog;
	uint64_t bytes = 0;

	for (uint32_t i = 0; i < tree->object_count; i++)
		if (tree->objects[i].kind == CATALOG_DATASET)
			bytes += tree->objects[i].count * dtype_size(tree->objects[i].type.dtype);
	return bytes;
}

static enum ladle_status
begin_archive(struct export *export, struct ladle_error *err)
{
	const struct catalog *from = config_catalog(export);
	struct archive *archive = &export->archive;

	archive_init(archive, &export->to);
	if (from->metadata)
		TRY(archive_add_text(archive, "metadata.json", from->metadata,
				from->metadata_length, err));
	TRY(archive_add_text(archive, "config.json", from->config, from->config_length, err));
	export->weights = (struct archive_entry){
			.name = WEIGHTS_MEMBER,
			.zip64 = archive_is_large(value_bytes(export)),
	};
	/* The header is written when the checksum is known. */
	export->fill.base = archive->at
			+ archive_header_size(export->weights.name, export->weights.zip64);
	return LADLE_OK;
}

static enum ladle_status
copy_member(struct export *export, uint32_t index, struct ladle_error *err)
{
	const struct catalog_member *member = &export->template_->catalog->members[index];
	struct archive_entry entry = {
			.name = member->name,
			.crc = member->crc,
			.method = (uint16_t)member->method,
			.zip64 = archive_is_large(member->stored) || archive_is_large(member->size),
			.stored = member->stored,
			.size = member->size,
	};
	uint64_t at = export->archive.at + archive_header_size(entry.name, entry.zip64);
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
	export->weights.stored = export->weights.size = hdf5_size;
	if (!digest_crc32(export->to.fd, export->fill.base, hdf5_size, ladle_threads(export->library),
			    &export->weights.crc))
		return ladle_fail(err, LADLE_E_OUTPUT, export->to.path, "%s cannot be read back",
				export->to.path);
	TRY(archive_add(&export->archive, &export->weights, err));
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
	TRY(publish_reserve(&export->to, export->fill.base + value_bytes(export), err));
	TRY(layout_make(&export->made, export->library->nursery, export->to.fd, export->fill.base,
			&export->tree.catalog, export->to.path, err));
	return publish_reserve(&export->to, size_of(export->to.fd), err);
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
	struct proof proof = {.library = export->library, .fill = &export->fill, .job = export->job};

	TRY(lay_out(export, err));
	TRY(run_pass(export, err));
	TRY(fill_rest(&export->fill, export->job, err));
	if (export->format == LADLE_KERAS)
		TRY(end_archive(export, size_of(export->to.fd) - export->fill.base, err));
	export->report.bytes = proof.bytes = size_of(export->to.fd);
	TRY(check_inputs(export, err));
	TRY(proof_make(&proof, err));
	memcpy(export->report.sha256, proof.sha256, sizeof(proof.sha256));
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

/* A whole model needs a config, and one from elsewhere must be of the kind that the output has. */
static enum ladle_status
check_config(const struct export *export, struct ladle_error *err)
{
	const struct ladle_checkpoint *config = export->config;
	size_t length;

	if (export->format == LADLE_WEIGHTS || export->format == LADLE_LEGACY_WEIGHTS)
		return LADLE_OK;
	if (!config && export->format == LADLE_LEGACY_FULL)
		return LADLE_OK; /* what the template has is what Keras read there */
	config = config ? config : &export->template_->pub;
	if (!ladle_checkpoint_config(config, &length))
		return ladle_fail(err, LADLE_E_USAGE, config->path, "%s holds no model config",
				config->path);
	if (config->format != export->format)
		return ladle_fail(err, LADLE_E_USAGE, config->path,
				"%s: its layout is %s, and the config of a %s output is taken from one of "
				"the same layout",
				config->path, ladle_format_name(config->format),
				ladle_format_name(export->format));
	return LADLE_OK;
}

static void
count_tensors(struct export *export)
{
	const struct tree *tree = &export->tree;

	for (uint32_t i = 0; i < tree->catalog.object_count; i++)
		export->report.tensors += tree->source[i] != LADLE_NONE;
	export->report.copied = export->fill.rest_count;
	export->report.averaged = export->report.tensors - export->fill.rest_count;
}

static enum ladle_status
prepare(struct export *export, const struct publish_guard *guard, struct ladle_error *err)
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
			export->config != NULL, &export->format, err));
	TRY(check_config(export, err));
	TRY(publish_check(options->path, options->force, guard, err));
	TRY(ready_check(export->table, export->mix, err));
	request.format = export->format;
	request.config = export->config ? checkpoint_of(export->config) : NULL;
	TRY(tree_make(&export->tree, &request, err));
	export->fill.tree = &export->tree;
	export->fill.made = &export->made;
	TRY(fill_init(&export->fill, ladle_threads(export->library), err));
	count_tensors(export);
	return make_plan(export, err);
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
	status = prepare(&export, &guard, err);
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
