#include <ladle.h>

#include <string.h>
#include <sys/stat.h>

#include "base/dtype.h"
#include "base/err.h"
#include "base/job.h"
#include "file/nursery.h"
#include "keras/blueprint.h"
#include "keras/config_forms.h"
#include "keras/graph.h"
#include "write/archive.h"
#include "write/digest.h"
#include "write/fill.h"
#include "write/layout.h"
#include "write/proof.h"
#include "write/ready.h"

#define WEIGHTS_MEMBER "model.weights.h5"

/* One export under way. */
struct exporter {
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
	return !stat(input->path, &now) && (uint64_t)now.st_dev == device &&
	       (uint64_t)now.st_ino == inode;
}

static bool
is_input(uint64_t device, uint64_t inode, void *arg)
{
	const struct exporter *exporter = arg;

	for (uint32_t k = 0; k < exporter->table->checkpoint_count; k++)
		if (is_this_input(exporter->table->checkpoints[k], device, inode))
			return true;
	return exporter->config && is_this_input(exporter->config, device, inode);
}

/* ---- what is read and blended ---- */

static bool
is_unmeasured(const struct exporter *exporter)
{
	for (uint32_t row = 0; exporter->measurement && row < exporter->table->row_count; row++)
		if (!ladle_figures(exporter->measurement, row))
			return true;
	return false;
}

/* Rows that are still unmeasured are measured on the way. */
static enum ladle_status
make_plan(struct exporter *exporter, struct ladle_error *err)
{
	bool measure = is_unmeasured(exporter);

	if (!measure)
		exporter->measurement = NULL;
	TRY(plan_make(&exporter->plan, exporter->table, measure ? NULL : fill_wants,
			&exporter->fill, err));
	exporter->fill.plan = &exporter->plan;
	return fill_expect(&exporter->fill, err);
}

static enum ladle_status
run_pass(struct exporter *exporter, struct ladle_error *err)
{
	struct pass pass = {
			.table = exporter->table,
			.plan = &exporter->plan,
			.measurement = exporter->measurement,
			.needs = fill_needs,
			.sink = fill_block,
			.arg = &exporter->fill,
	};

	return pass_run(exporter->library, &pass, exporter->job, err);
}

/* ---- where it goes ---- */

/* Whose config the output takes. A branch brings the one that was cut for it. */
static const struct checkpoint *
config_source(const struct exporter *exporter)
{
	return exporter->config && !exporter->template_->config ? checkpoint_of(exporter->config)
								: exporter->template_;
}

/* What the values of the HDF5 part take; the tree around them comes on top. */
static uint64_t
value_bytes(const struct exporter *exporter)
{
	const struct catalog *tree = &exporter->tree.catalog;
	uint64_t bytes = 0;

	for (uint32_t i = 0; i < tree->object_count; i++)
		if (tree->objects[i].kind == CATALOG_DATASET)
			bytes += tree->objects[i].count * dtype_size(tree->objects[i].type.dtype);
	return bytes;
}

/* What an archive says of itself, from the archive that had the config or made for one that was in
 * another layout. */
static enum ladle_status
add_texts(struct exporter *exporter, struct ladle_error *err)
{
	const struct checkpoint *source = config_source(exporter);
	struct archive *archive = &exporter->archive;
	int major = keras_era(source->pub.keras_version).major;
	struct buf metadata, config;
	enum ladle_status status;
	size_t length;
	const char *text = ladle_checkpoint_config(&source->pub, &length);

	buf_init(&metadata);
	buf_init(&config);
	if (source->catalog->metadata)
		buf_append(&metadata, source->catalog->metadata, source->catalog->metadata_length);
	else if (source->catalog->container == CATALOG_H5)
		config_metadata(&metadata, source->pub.keras_version, major);
	if (source->pub.graph && source->pub.graph->config.model)
		config_for_archive(&config, text, length, source->pub.graph->config.model, major);
	else
		buf_append(&config, text, length);
	status = metadata.failed || config.failed
				 ? ladle_fail(err, LADLE_E_MEMORY, NULL, "no memory for the config")
				 : LADLE_OK;
	if (status == LADLE_OK && metadata.length)
		status = archive_add_text(
				archive, "metadata.json", metadata.data, metadata.length, err);
	if (status == LADLE_OK)
		status = archive_add_text(archive, "config.json", config.data, config.length, err);
	buf_done(&metadata);
	buf_done(&config);
	return status;
}

static enum ladle_status
begin_archive(struct exporter *exporter, struct ladle_error *err)
{
	struct archive *archive = &exporter->archive;

	archive_init(archive, &exporter->to);
	TRY(add_texts(exporter, err));
	exporter->weights = (struct archive_entry){
			.name = WEIGHTS_MEMBER,
			.zip64 = archive_is_large(value_bytes(exporter)),
	};
	/* The header is written when the checksum is known. */
	exporter->fill.base = archive->at +
			      archive_header_size(exporter->weights.name, exporter->weights.zip64);
	return LADLE_OK;
}

static enum ladle_status
copy_member(struct exporter *exporter, uint32_t index, struct ladle_error *err)
{
	const struct catalog_member *member = &exporter->template_->catalog->members[index];
	struct archive_entry entry = {
			.name = member->name,
			.method = (uint16_t)member->method,
			.zip64 = archive_is_large(member->stored) || archive_is_large(member->size),
			.stored = member->stored,
			.size = member->size,
	};
	uint64_t at = exporter->archive.at + archive_header_size(entry.name, entry.zip64);
	char chunk[16 * 1024];

	TRY(file_member_crc(exporter->template_->file, index, &entry.crc, err));
	TRY(archive_add(&exporter->archive, &entry, err));
	for (uint64_t done = 0; done < member->stored; done += sizeof(chunk)) {
		uint64_t left = member->stored - done;
		size_t size = left < sizeof(chunk) ? (size_t)left : sizeof(chunk);

		TRY(file_read_member(exporter->template_->file, index, done, size, chunk, err));
		TRY(publish_write(&exporter->to, chunk, size, at + done, err));
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

/* The weights are in place; now their checksum is known, their header goes in front of them and
 * what else the template held goes behind. */
static enum ladle_status
end_archive(struct exporter *exporter, uint64_t hdf5_size, struct ladle_error *err)
{
	exporter->weights.stored = exporter->weights.size = hdf5_size;
	if (!digest_crc32(exporter->to.fd, exporter->fill.base, hdf5_size,
			    ladle_threads(exporter->library), &exporter->weights.crc))
		return ladle_fail(err, LADLE_E_OUTPUT, exporter->to.path, "%s cannot be read back",
				exporter->to.path);
	TRY(archive_add(&exporter->archive, &exporter->weights, err));
	for (uint32_t i = 0; i < exporter->template_->catalog->member_count; i++)
		if (is_asset(exporter->template_->catalog->members[i].name))
			TRY(copy_member(exporter, i, err));
	return archive_end(&exporter->archive, err);
}

static uint64_t
size_of(int fd)
{
	struct stat found;

	return fstat(fd, &found) ? 0 : (uint64_t)found.st_size;
}

/* The least that the file will need is reserved before the tree, the rest when its size is
 * known. */
static enum ladle_status
lay_out(struct exporter *exporter, struct ladle_error *err)
{
	if (exporter->format == LADLE_KERAS)
		TRY(begin_archive(exporter, err));
	TRY(publish_reserve(&exporter->to, exporter->fill.base + value_bytes(exporter), err));
	TRY(layout_make(&exporter->made, exporter->library->nursery, exporter->to.fd,
			exporter->fill.base, &exporter->tree.catalog, exporter->to.path, err));
	return publish_reserve(&exporter->to, size_of(exporter->to.fd), err);
}

/* ---- all of it ---- */

static enum ladle_status
check_inputs(const struct exporter *exporter, struct ladle_error *err)
{
	for (uint32_t k = 0; k < exporter->table->checkpoint_count; k++)
		TRY(ladle_checkpoint_check(exporter->table->checkpoints[k], err));
	if (job_canceled(exporter->job))
		return ladle_fail(err, LADLE_E_CANCELED, NULL, "canceled");
	return LADLE_OK;
}

/* Inputs are looked at again after the reading and before the name: what was averaged must be what
 * the person opened. */
static enum ladle_status
write_values(struct exporter *exporter, struct ladle_error *err)
{
	struct proof proof = {.library = exporter->library,
			.fill = &exporter->fill,
			.job = exporter->job};

	TRY(lay_out(exporter, err));
	TRY(run_pass(exporter, err));
	TRY(fill_rest(&exporter->fill, exporter->job, err));
	if (exporter->format == LADLE_KERAS)
		TRY(end_archive(exporter, size_of(exporter->to.fd) - exporter->fill.base, err));
	exporter->report.bytes = proof.bytes = size_of(exporter->to.fd);
	TRY(check_inputs(exporter, err));
	TRY(proof_make(&proof, err));
	memcpy(exporter->report.sha256, proof.sha256, sizeof(proof.sha256));
	return check_inputs(exporter, err);
}

static enum ladle_status
write_file(struct exporter *exporter, const struct publish_guard *guard, struct ladle_error *err)
{
	enum ladle_status status;

	TRY(publish_begin(&exporter->to, exporter->options->path, exporter->options->force, err));
	exporter->fill.to = &exporter->to;
	status = write_values(exporter, err);
	archive_done(&exporter->archive);
	if (status != LADLE_OK) {
		publish_abort(&exporter->to);
		return status;
	}
	return publish_commit(&exporter->to, guard, err);
}

/* A whole model needs a config. */
static enum ladle_status
check_config(const struct exporter *exporter, struct ladle_error *err)
{
	const struct ladle_checkpoint *source = &config_source(exporter)->pub;
	size_t length;

	if (exporter->format == LADLE_WEIGHTS || exporter->format == LADLE_LEGACY_WEIGHTS)
		return LADLE_OK;
	if (!exporter->config && exporter->format == LADLE_LEGACY_FULL &&
			source->format == LADLE_LEGACY_FULL)
		return LADLE_OK; /* what the template has is what Keras read there */
	if (!ladle_checkpoint_config(source, &length))
		return ladle_fail(err, LADLE_E_USAGE, source->path, "%s holds no model config",
				source->path);
	return LADLE_OK;
}

static void
count_tensors(struct exporter *exporter)
{
	const struct tree *tree = &exporter->tree;

	for (uint32_t i = 0; i < tree->catalog.object_count; i++)
		exporter->report.tensors += tree->source[i] != LADLE_NONE;
	exporter->report.copied = exporter->fill.rest_count + exporter->fill.reordered;
	exporter->report.averaged = exporter->report.tensors - exporter->report.copied;
}

/* Its slots are in the order that the template stores, and which axis of a slot is which is the
 * optimizer's secret. */
static enum ladle_status
check_optimizer(const struct exporter *exporter, struct ladle_error *err)
{
	const struct ladle_checkpoint *from = &exporter->template_->pub;

	for (uint32_t i = 0; exporter->options->keep_optimizer && i < from->tensor_count; i++)
		if (fill_is_reordered(&from->tensors[i]))
			return ladle_fail(err, LADLE_E_USAGE, from->path,
					"%s: its units are written in another order, its "
					"optimizer's state cannot follow: leave that out, or take "
					"another template",
					from->path);
	return LADLE_OK;
}

/* All that can be refused without reading a tensor, cheapest first. */
static enum ladle_status
prepare(struct exporter *exporter, const struct publish_guard *guard, struct ladle_error *err)
{
	const struct ladle_export_options *options = exporter->options;
	struct tree_request request = {
			.template_ = exporter->template_,
			.recipe = options->recipe,
			.keep_optimizer = options->keep_optimizer,
	};

	/* A branch that was read with a config has that of its own part. */
	if (options->config && !(exporter->template_->pub.format == LADLE_BRANCH &&
					       exporter->template_->pub.has_config))
		TRY(ladle_checkpoint_open(
				&exporter->config, exporter->library, options->config, err));
	TRY(ladle_export_format(&exporter->template_->pub, options->path, options->format,
			exporter->config != NULL, &exporter->format, err));
	TRY(check_config(exporter, err));
	TRY(check_optimizer(exporter, err));
	TRY(publish_check(options->path, options->force, guard, err));
	TRY(ready_check(exporter->table, exporter->mix, err));
	request.format = exporter->format;
	request.config = exporter->config ? checkpoint_of(exporter->config) : NULL;
	TRY(tree_make(&exporter->tree, &request, err));
	exporter->fill.tree = &exporter->tree;
	exporter->fill.made = &exporter->made;
	TRY(fill_init(&exporter->fill, ladle_threads(exporter->library), err));
	count_tensors(exporter);
	return make_plan(exporter, err);
}

static void
export_done(struct exporter *exporter)
{
	fill_done(&exporter->fill);
	plan_done(&exporter->plan);
	tree_done(&exporter->tree);
	catalog_done(&exporter->made);
	ladle_checkpoint_close(exporter->config);
}

enum ladle_status
ladle_export(struct ladle *library, const struct ladle_table *table, const struct ladle_mix *mix,
		struct ladle_measurement *measurement, const struct ladle_export_options *options,
		struct ladle_job *job, struct ladle_export_report *out, struct ladle_error *err)
{
	struct exporter exporter = {
			.library = library,
			.table = table,
			.mix = mix,
			.measurement = measurement,
			.options = options,
			.job = job,
			.template_ = checkpoint_of(table->checkpoints[ladle_mix_template(mix)]),
			.fill = {.table = table, .mix = mix, .repair = options->repair},
	};
	const struct publish_guard guard = {is_input, &exporter};
	enum ladle_status status;

	catalog_init(&exporter.tree.catalog);
	catalog_init(&exporter.made);
	status = prepare(&exporter, &guard, err);
	if (status == LADLE_OK)
		status = options->dry_run ? run_pass(&exporter, err)
					  : write_file(&exporter, &guard, err);
	if (status == LADLE_OK && measurement)
		exporter.report.verdict = ladle_verdict(table, measurement, mix);
	exporter.report.format = exporter.format;
	if (status == LADLE_OK)
		*out = exporter.report;
	export_done(&exporter);
	return status;
}
