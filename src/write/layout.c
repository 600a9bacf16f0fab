#include "write/layout.h"

#include <string.h>

#include "base/err.h"
#include "base/os.h"
#include "file/nursery.h"

#define ADDRESS_SPACE ((uint64_t)2 << 30)
#define LARGEST_OUTPUT ((uint64_t)1 << 46) /* a limit for the worker, far above any checkpoint */

enum { LAYOUT_SECONDS = 120 };

void
layout_prepare(void)
{
	h5_layout_prepare();
}

/* The request: the base, then the encoded catalog. The answer: the catalog with extents. */
static enum ladle_status
answer(const struct buf *request, int fd, struct buf *reply, struct ladle_error *err)
{
	struct catalog tree;
	enum ladle_status status;
	uint64_t base;

	if (request->length < sizeof(base))
		return ladle_fail(err, LADLE_E_OUTPUT, NULL, "a layout request of %zu bytes",
				request->length);
	memcpy(&base, request->data, sizeof(base));
	catalog_init(&tree);
	status = catalog_decode(
			&tree, request->data + sizeof(base), request->length - sizeof(base), err);
	if (status == LADLE_OK)
		status = h5_layout_create(&tree, fd, base, err);
	if (status == LADLE_OK)
		catalog_encode(&tree, reply);
	catalog_done(&tree);
	return status;
}

void
layout_serve(int wire, const int *fds, int count, bool sandbox)
{
	const struct os_limits limits = {ADDRESS_SPACE, LARGEST_OUTPUT, LAYOUT_SECONDS};
	struct ladle_sandbox held;
	struct ladle_error err;
	struct buf request, reply;

	if (count < 1)
		return;
	if (sandbox)
		os_confine(&limits, &held);
	buf_init(&request);
	buf_init(&reply);
	while (wire_receive(wire, &request)) {
		enum ladle_status status = answer(&request, fds[0], &reply, &err);
		bool sent = status == LADLE_OK
					    ? wire_send(wire, status, reply.data, reply.length)
					    : wire_send(wire, status, err.text, strlen(err.text));

		if (!sent)
			break;
		buf_clear(&reply);
	}
	buf_done(&request);
	buf_done(&reply);
}

/* The worker is trusted no more than a file: what it gives back is decoded as one and compared. */
static enum ladle_status
same_tree(const struct catalog *tree, const struct catalog *made, const char *label,
		struct ladle_error *err)
{
	if (made->object_count != tree->object_count)
		return ladle_fail(err, LADLE_E_OUTPUT, label, "%u objects of %u were made",
				made->object_count, tree->object_count);
	for (uint32_t i = 0; i < tree->object_count; i++)
		if (strcmp(tree->objects[i].path, made->objects[i].path))
			return ladle_fail(err, LADLE_E_OUTPUT, label, "%s became %s",
					tree->objects[i].path, made->objects[i].path);
	return LADLE_OK;
}

enum ladle_status
layout_make(struct catalog *out, struct nursery *nursery, int fd, uint64_t base,
		const struct catalog *tree, const char *label, struct ladle_error *err)
{
	struct worker *worker;
	struct buf request, reply;
	struct ladle_error why;
	enum ladle_status status;

	TRY(worker_spawn(&worker, nursery, WORKER_LAYOUT, &fd, 1, label, err));
	buf_init(&request);
	buf_init(&reply);
	buf_append(&request, &base, sizeof(base));
	catalog_encode(tree, &request);
	status = request.failed ? ladle_fail(&why, LADLE_E_MEMORY, label,
						  "no memory for the layout")
				: worker_ask(worker, request.data, request.length, &reply, &why);
	if (status == LADLE_OK)
		status = catalog_decode(out, reply.data, reply.length, &why);
	if (status == LADLE_OK)
		status = same_tree(tree, out, label, &why);
	if (status != LADLE_OK)
		status = ladle_fail(err, status == LADLE_E_MEMORY ? status : LADLE_E_OUTPUT, label,
				"%s cannot be laid out: %s", label, why.text);
	buf_done(&request);
	buf_done(&reply);
	worker_close(worker);
	return status;
}
