#include "file/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/dtype.h"
#include "base/err.h"
#include "base/os.h"
#include "file/h5_read.h"
#include "file/limits.h"
#include "file/nursery.h"
#include "file/superblock.h"
#include "file/zip_read.h"

/* Processor seconds: a listing gets one more for each 4 MiB of the file. */
enum { READ_SECONDS = 60, LIST_SECONDS = 8, LIST_SECONDS_MOST = 120 };
#define ADDRESS_SPACE ((uint64_t)2 << 30)
#define SCRATCH_BYTES ((uint64_t)64 << 30)

/* One worker reads one file: it is given its descriptors, maps the slab, confines itself, and then
 * answers READER_LIST once and READER_READ as often as it is asked. Nothing of the file has been
 * looked at before the confinement. */

/* The worker's state. */
struct reader {
	int wire, file, scratch;
	void *slab;
	struct ladle_sandbox sandbox;
	struct h5_source *source; /* NULL until listed */
	struct catalog catalog;
};

void
reader_prepare(void)
{
	h5_read_prepare();
}

/* SIGPROF ends the worker when the processor time of a request is used up. */
static void
allow_seconds(uint64_t seconds)
{
	struct itimerval timer = {.it_value.tv_sec = (time_t)seconds};
	setitimer(ITIMER_PROF, &timer, NULL);
}

/* Says what libhdf5 only calls damaged; else leaves its words. */
static enum ladle_status
explain(const struct catalog *catalog, const struct superblock *superblock, struct ladle_error *err)
{
	if (superblock->cut)
		return ladle_fail(err, LADLE_E_INPUT, NULL,
				"truncated: %llu bytes, less than a superblock",
				(unsigned long long)catalog->length);
	if (superblock->end > catalog->length)
		return ladle_fail(err, LADLE_E_INPUT, NULL,
				"truncated: %llu bytes, the file says %llu",
				(unsigned long long)catalog->length,
				(unsigned long long)superblock->end);
	if (superblock->writing)
		return ladle_fail(err, LADLE_E_INPUT, NULL,
				"is open for writing, or its writer died (then `h5clear -s` mends "
				"it)");
	return err->status;
}

static void
note_end(struct catalog *catalog, const struct superblock *superblock)
{
	if (superblock->end == 0 || superblock->end >= catalog->length || *catalog->note)
		return;
	const char *note = arena_format(&catalog->arena,
			"%llu bytes after the end of the HDF5 data are ignored",
			(unsigned long long)(catalog->length - superblock->end));
	catalog->note = note ? note : "";
}

static enum ladle_status
list(struct reader *reader, uint64_t size, bool is_archive, struct ladle_error *err)
{
	struct catalog *catalog = &reader->catalog;
	struct superblock superblock;
	catalog->length = size;
	if (is_archive)
		TRY(zip_read(reader->file, size, reader->scratch, catalog, err));
	int fd = catalog->inflated ? reader->scratch : reader->file;
	if (!superblock_read(fd, catalog->base, catalog->length, &superblock))
		return ladle_fail(err, LADLE_E_INPUT, NULL, "holds no HDF5 data");
	if (h5_source_open(&reader->source, fd, catalog->base, catalog->length, err) != LADLE_OK)
		return explain(catalog, &superblock, err);
	TRY(h5_source_list(reader->source, catalog, err));
	note_end(catalog, &superblock);
	return LADLE_OK;
}

static bool
answer_failure(const struct reader *reader, enum ladle_status status, const struct ladle_error *err)
{
	return wire_send(reader->wire, status, err->text, strlen(err->text));
}

static bool
answer_list(struct reader *reader, const struct reader_request *request)
{
	struct ladle_error err = {0};
	struct buf encoded;
	uint64_t seconds = LIST_SECONDS + (request->count >> 22);
	allow_seconds(seconds < LIST_SECONDS_MOST ? seconds : LIST_SECONDS_MOST);
	enum ladle_status status =
			reader->source ? ladle_fail(&err, LADLE_E_WORKER, NULL, "was listed before")
				       : list(reader, request->count, request->first == 1, &err);
	if (status != LADLE_OK)
		return answer_failure(reader, status, &err);
	buf_init(&encoded);
	catalog_encode(&reader->catalog, &encoded);
	if (encoded.failed || encoded.length >= CATALOG_MAX_BYTES) {
		ladle_fail(&err, LADLE_E_INPUT, NULL,
				"has more names and attributes than any checkpoint");
		return answer_failure(reader, LADLE_E_INPUT, &err);
	}
	bool sent = wire_send(reader->wire, LADLE_OK, encoded.data, encoded.length);
	buf_done(&encoded);
	return sent;
}

static bool
answer_read(struct reader *reader, const struct reader_request *request)
{
	struct ladle_error err = {.text = "is not among what the worker holds"};
	const struct catalog *catalog = &reader->catalog;
	enum ladle_status status = LADLE_E_WORKER;
	allow_seconds(READ_SECONDS);
	if (reader->source && request->object < catalog->object_count) {
		const struct catalog_object *object = &catalog->objects[request->object];
		if (!object->refused && request->count <= READER_SLAB_BYTES / object->type.size)
			status = h5_source_read(reader->source, request->object, request->first,
					request->count, reader->slab, &err);
	}
	if (status != LADLE_OK)
		return answer_failure(reader, status, &err);
	return wire_send(reader->wire, LADLE_OK, NULL, 0);
}

/* ---- what the sandbox forbids ---------------------------------------------------------------- */

static int
try_open(void)
{
	int fd = open("/", O_RDONLY);
	return fd < 0 ? errno : (close(fd), 0);
}

static int
try_socket(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	return fd < 0 ? errno : (close(fd), 0);
}

static int
try_fork(void)
{
	pid_t pid = fork();
	if (pid == 0)
		_exit(0);
	return pid < 0 ? errno : 0;
}

/* A file that is not there: a worker that may call exec is told so. */
static int
try_exec(void)
{
	char *const none[] = {NULL};
	execve("/nonexistent/ladle", none, none);
	return errno == ENOENT ? 0 : errno;
}

static int
try_kill(void)
{
	return kill(getppid(), 0) < 0 ? errno : 0;
}

static bool
answer_probe(const struct reader *reader)
{
	struct reader_probe probe = {
			.sandbox = reader->sandbox,
			.open = try_open(),
			.socket = try_socket(),
			.fork = try_fork(),
			.exec = try_exec(),
			.kill = try_kill(),
	};
	return wire_send(reader->wire, LADLE_OK, &probe, sizeof probe);
}

/* ---- serving --------------------------------------------------------------------------------- */

static bool
answer(struct reader *reader, const struct buf *message)
{
	struct reader_request request;
	if (message->length != sizeof request)
		return false;
	memcpy(&request, message->data, sizeof request);
	bool sent = request.op == READER_LIST    ? answer_list(reader, &request)
		    : request.op == READER_READ  ? answer_read(reader, &request)
		    : request.op == READER_PROBE ? answer_probe(reader)
						 : false;
	allow_seconds(0);
	return sent;
}

void
reader_serve(int wire, const int *fds, int count, bool sandbox)
{
	if (count <= READER_SLAB)
		return;
	struct reader reader = {
			.wire = wire,
			.file = fds[READER_FILE],
			.scratch = count > READER_SCRATCH ? fds[READER_SCRATCH] : -1,
	};
	reader.slab = mmap(NULL, READER_SLAB_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED,
			fds[READER_SLAB], 0);
	if (reader.slab == MAP_FAILED)
		return;
	close(fds[READER_SLAB]);
	catalog_init(&reader.catalog);
	if (sandbox)
		os_confine(
				&(struct os_limits){
						.address_space = ADDRESS_SPACE,
						.file_size = reader.scratch >= 0 ? SCRATCH_BYTES
										 : 0,
				},
				&reader.sandbox);
	struct buf message;
	buf_init(&message);
	while (wire_receive(wire, &message) && answer(&reader, &message))
		;
	buf_done(&message);
}
