#include <ladle.h>

#include <stdlib.h>

#include "base/err.h"
#include "base/pool.h"
#include "file/file.h"
#include "file/nursery.h"
#include "write/layout.h"

/* What a worker can be; the nursery, forked before the first thread, keeps both ready. */
static const struct worker_job jobs[WORKER_KINDS] = {
		[WORKER_READER] = {reader_prepare, reader_serve},
		[WORKER_LAYOUT] = {layout_prepare, layout_serve},
};

enum ladle_status
ladle_open(struct ladle **out, const struct ladle_options *options, struct ladle_error *err)
{
	const struct ladle_options defaults = {0};
	struct ladle *library = calloc(1, sizeof(*library));
	enum ladle_status status;

	if (!library)
		return ladle_fail(err, LADLE_E_MEMORY, NULL, "no memory for the library");
	options = options ? options : &defaults;
	library->threads = options->threads > 0 ? options->threads : pool_processors();
	status = nursery_start(&library->nursery, jobs, !options->no_sandbox, err);
	if (status != LADLE_OK) {
		free(library);
		return status;
	}
	*out = library;
	return LADLE_OK;
}

void
ladle_close(struct ladle *library)
{
	if (!library)
		return;
	nursery_stop(library->nursery);
	free(library);
}

int
ladle_threads(const struct ladle *library)
{
	return library->threads;
}

enum ladle_status
ladle_probe_sandbox(struct ladle *library, struct ladle_sandbox *out, struct ladle_error *err)
{
	return file_probe_sandbox(library->nursery, out, err);
}
