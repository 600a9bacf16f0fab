#include "write/proof.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>

#include "base/dtype.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/io.h"
#include "base/job.h"
#include "base/pool.h"
#include "file/nursery.h"
#include "write/digest.h"

static enum ladle_status
differs(const struct fill *fill, const char *what, struct ladle_error *err)
{
	return ladle_fail(err, LADLE_E_OUTPUT, fill->to->path,
			"%s: %s does not read back as it was written", fill->to->path, what);
}

/* ---- the tree ---- */

static bool
same_strings(const struct catalog_attr *a, const struct catalog_attr *b)
{
	for (uint64_t i = 0; i < a->count; i++)
		if (a->lengths[i] != b->lengths[i] ||
				memcmp(a->strings[i], b->strings[i], a->lengths[i]))
			return false;
	return true;
}

/* Types of strings may differ: fixed and variable ones read alike. */
static bool
same_attribute(const struct catalog_attr *a, const struct catalog_attr *b)
{
	if (!b || b->refused || a->type.dtype != b->type.dtype || a->rank != b->rank ||
			a->count != b->count)
		return false;
	if (a->type.dtype == LADLE_STRING)
		return same_strings(a, b);
	return !a->count || !memcmp(a->numbers, b->numbers, a->count * dtype_size(a->type.dtype));
}

static bool
same_attributes(const struct catalog_object *a, const struct catalog_object *b)
{
	for (uint32_t i = 0; i < a->attr_count; i++)
		if (!same_attribute(&a->attrs[i], catalog_attr(b, a->attrs[i].name)))
			return false;
	return a->attr_count == b->attr_count;
}

static bool
same_dataset(const struct catalog_object *a, const struct catalog_object *b)
{
	return a->type.dtype == b->type.dtype && a->rank == b->rank && !b->refused &&
	       (!a->rank || !memcmp(a->dims, b->dims, (size_t)a->rank * sizeof(*a->dims))) &&
	       (!a->stored || (a->storage == b->storage && a->offset == b->offset));
}

static enum ladle_status
compare_trees(const struct fill *fill, const struct catalog *read, struct ladle_error *err)
{
	if (read->object_count != fill->made->object_count || read->base != fill->base)
		return differs(fill, "the tree", err);
	for (uint32_t i = 0; i < read->object_count; i++) {
		const struct catalog_object *made = &fill->made->objects[i];
		uint32_t found = catalog_find(read, made->path);
		const struct catalog_object *back =
				found == LADLE_NONE ? NULL : &read->objects[found];

		if (!back || back->kind != made->kind ||
				!same_attributes(&fill->tree->catalog.objects[i], back) ||
				(made->kind == CATALOG_DATASET && !same_dataset(made, back)))
			return differs(fill, made->path, err);
	}
	return LADLE_OK;
}

/* A file that ladle itself cannot read back is no output, whatever the reason. */
static enum ladle_status
check_tree(const struct proof *proof, struct ladle_error *err)
{
	const struct fill *fill = proof->fill;
	struct ladle_error why;
	struct file *file;
	enum ladle_status status = file_open_fd(
			&file, proof->library->nursery, fill->to->fd, fill->to->path, &why);

	if (status == LADLE_E_MEMORY)
		return ladle_fail(err, status, fill->to->path, "%s", why.text);
	if (status != LADLE_OK)
		return ladle_fail(err, LADLE_E_OUTPUT, fill->to->path, "%s cannot be read back: %s",
				fill->to->path, why.text);
	status = compare_trees(fill, file_catalog(file), err);
	file_close(file);
	return status;
}

/* ---- the values ---- */

/* In the blocks and the order in which it was hashed when it was written. */
static enum ladle_status
check_copied(const struct fill *fill, uint32_t index, struct fill_lane *lane,
		struct ladle_error *err)
{
	uint32_t object = fill->rest[index];
	const struct catalog_object *made = &fill->made->objects[object];
	size_t size = dtype_size(made->type.dtype);
	uint64_t hash = 0;

	for (uint64_t first = 0; first < made->count; first += PLAN_BLOCK) {
		uint64_t left = made->count - first;
		size_t bytes = size * (left < PLAN_BLOCK ? (size_t)left : PLAN_BLOCK);

		if (!io_read_at(fill->to->fd, lane->out, bytes, fill_place(fill, object, first)))
			return differs(fill, made->path, err);
		hash = hash_bytes(lane->out, bytes, hash);
	}
	return hash == fill->copied[index] ? LADLE_OK : differs(fill, made->path, err);
}

struct check {
	const struct proof *proof;
	atomic_size_t bad; /* a piece that differs, SIZE_MAX: none */
};

static bool
check_piece(size_t index, int worker, void *arg)
{
	struct check *check = arg;
	const struct fill *fill = check->proof->fill;
	const struct piece *piece = &fill->plan->pieces[index];
	unsigned char *out = fill->lanes[worker].out;
	uint32_t object = fill->object[piece->row];
	size_t size;

	if (job_canceled(check->proof->job))
		return false;
	if (object == LADLE_NONE)
		return true;
	size = dtype_size(fill->made->objects[object].type.dtype) * (size_t)piece->count;
	for (uint32_t twin = object; twin != LADLE_NONE; twin = fill->twin[twin]) {
		if (io_read_at(fill->to->fd, out, size, fill_place(fill, twin, piece->first)) &&
				hash_bytes(out, size, object) == fill->hashes[index])
			continue;
		atomic_store(&check->bad, index);
		return false;
	}
	return true;
}

static enum ladle_status
check_values(const struct proof *proof, struct ladle_error *err)
{
	const struct fill *fill = proof->fill;
	struct check check = {.proof = proof, .bad = SIZE_MAX};

	if (!pool_run(fill->lane_count, fill->plan->count, check_piece, &check)) {
		if (atomic_load(&check.bad) == SIZE_MAX)
			return ladle_fail(err, LADLE_E_CANCELED, NULL, "canceled");
		return differs(fill, fill->table->rows[fill->plan->pieces[check.bad].row].label,
				err);
	}
	return fill_each_rest(fill, proof->job, check_copied, err);
}

/* ---- side by side ---- */

/* One thing that goes on while the values are compared. */
struct errand {
	struct proof *proof;
	enum ladle_status (*run)(struct proof *, struct ladle_error *);
	pthread_t thread;
	bool started;
	enum ladle_status status;
	struct ladle_error error;
};

static enum ladle_status
sync_file(struct proof *proof, struct ladle_error *err)
{
	return publish_sync(proof->fill->to, err);
}

static enum ladle_status
take_digest(struct proof *proof, struct ladle_error *err)
{
	if (digest_sha256(proof->fill->to->fd, proof->bytes, proof->sha256))
		return LADLE_OK;
	return ladle_fail(err, LADLE_E_OUTPUT, proof->fill->to->path, "%s cannot be read back",
			proof->fill->to->path);
}

static void *
errand_main(void *arg)
{
	struct errand *errand = arg;

	errand->status = errand->run(errand->proof, &errand->error);
	return NULL;
}

/* Signals stay with the threads that the caller knows. */
static void
errand_start(struct errand *errand)
{
	sigset_t all, before;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	errand->started = !pthread_create(&errand->thread, NULL, errand_main, errand);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static enum ladle_status
errand_finish(struct errand *errand, struct ladle_error *err)
{
	if (errand->started)
		pthread_join(errand->thread, NULL);
	else
		errand_main(errand);
	if (errand->status != LADLE_OK && err)
		*err = errand->error;
	return errand->status;
}

/* The disk is what takes longest, so that it starts first; a failed fsync is the worst news, so
 * that it is what is told. */
enum ladle_status
proof_make(struct proof *proof, struct ladle_error *err)
{
	struct errand sync = {.proof = proof, .run = sync_file};
	struct errand digest = {.proof = proof, .run = take_digest};
	struct ladle_error why = {.status = LADLE_OK};
	enum ladle_status compared, other;

	errand_start(&sync);
	errand_start(&digest);
	compared = check_tree(proof, &why);
	if (compared == LADLE_OK)
		compared = check_values(proof, &why);
	other = errand_finish(&digest, err);
	if (errand_finish(&sync, err) != LADLE_OK)
		return sync.status;
	if (compared != LADLE_OK && err)
		*err = why;
	return compared != LADLE_OK ? compared : other;
}
