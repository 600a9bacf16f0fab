#include "file/zip_read.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <unzip.h>

#include "base/err.h"

enum { PIECE = 64 * 1024, LOCAL_HEADER = 30, END_RECORD = 22, MAX_COMMENT = 0xffff };
enum { MAX_RATIO = 1032, SUSPECT_RATIO = 100 }; /* deflate cannot do better; Keras's own limit */
#define SUSPECT_SIZE ((uint64_t)256 << 20)

/* The archive as minizip sees it. */
struct source {
	int fd;
	uint64_t size, at;
};

struct archive {
	struct source source;
	unzFile zip;
	struct catalog *catalog;
	struct ladle_error *err;
	uint64_t *ends; /* of each member, as offset of its local header: for the search of overlaps */
};

/* ---- minizip's view of a descriptor ------------------------------------------------------------ */

static voidpf
source_open(voidpf opaque, const void *name, int mode)
{
	(void)name;
	return mode & ZLIB_FILEFUNC_MODE_WRITE ? NULL : opaque;
}

static uLong
source_read(voidpf opaque, voidpf stream, void *buffer, uLong size)
{
	(void)opaque;
	struct source *source = stream;
	uLong done = 0;
	while (done < size) {
		ssize_t n = pread(source->fd, (char *)buffer + done, size - done, (off_t)source->at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		done += (uLong)n;
		source->at += (uint64_t)n;
	}
	return done;
}

static ZPOS64_T
source_tell(voidpf opaque, voidpf stream)
{
	(void)opaque;
	return ((struct source *)stream)->at;
}

static long
source_seek(voidpf opaque, voidpf stream, ZPOS64_T offset, int origin)
{
	(void)opaque;
	struct source *source = stream;
	uint64_t from = origin == ZLIB_FILEFUNC_SEEK_SET ? 0
		: origin == ZLIB_FILEFUNC_SEEK_CUR	 ? source->at
							 : source->size;
	if (offset > INT64_MAX - from)
		return -1;
	source->at = from + offset;
	return 0;
}

static int
source_close(voidpf opaque, voidpf stream)
{
	(void)opaque;
	(void)stream;
	return 0;
}

static int
source_error(voidpf opaque, voidpf stream)
{
	(void)opaque;
	(void)stream;
	return 0;
}

static bool
read_at(const struct source *source, uint64_t at, void *data, size_t size)
{
	struct source view = *source;
	view.at = at;
	return at <= view.size && size <= view.size - at && source_read(NULL, &view, data, size) == size;
}

/* ---- members ----------------------------------------------------------------------------------- */

static bool
is_name_safe(const char *name)
{
	if (!*name || *name == '/' || strchr(name, '\\'))
		return false;
	for (const char *p = name; *p; p += strcspn(p, "/"), p += *p == '/') {
		size_t length = strcspn(p, "/");
		if (length == 0 || (length == 2 && p[0] == '.' && p[1] == '.'))
			return false;
	}
	return true;
}

/* The member's own header must name what the directory names, else two readers see two archives. */
static bool
agrees_with_local_header(struct archive *archive, const char *name, const unz_file_info64 *info,
		uint64_t data, uint64_t *header)
{
	unsigned char fixed[LOCAL_HEADER];
	char local[CATALOG_MAX_NAME + 1];
	int extra = unzGetLocalExtrafield(archive->zip, NULL, 0);
	size_t before = LOCAL_HEADER + info->size_filename + (size_t)(extra > 0 ? extra : 0);
	if (extra < 0 || data < before)
		return false;
	*header = data - before;
	if (!read_at(&archive->source, *header, fixed, sizeof fixed) ||
			!read_at(&archive->source, *header + LOCAL_HEADER, local, info->size_filename))
		return false;
	return !memcmp(fixed, "PK\3\4", 4) && !memcmp(local, name, info->size_filename);
}

static enum ladle_status
check_info(struct archive *archive, const char *name, const unz_file_info64 *info)
{
	struct ladle_error *err = archive->err;
	if (strlen(name) != info->size_filename || !is_name_safe(name))
		return ladle_fail(err, LADLE_E_INPUT, NULL, "archive member has a forbidden name: %s", name);
	if (info->flag & 1)
		return ladle_fail(err, LADLE_E_INPUT, NULL, "archive member %s is encrypted", name);
	if (info->compression_method != 0 && info->compression_method != Z_DEFLATED)
		return ladle_fail(err, LADLE_E_INPUT, NULL,
				"archive member %s is compressed by method %lu (only deflate is read)", name,
				(unsigned long)info->compression_method);
	if (info->compression_method == 0 && info->compressed_size != info->uncompressed_size)
		return ladle_fail(err, LADLE_E_INPUT, NULL, "archive member %s has two sizes", name);
	if (info->disk_num_start != 0)
		return ladle_fail(err, LADLE_E_INPUT, NULL, "archive has several disks");
	return LADLE_OK;
}

static enum ladle_status
add_member(struct archive *archive, const char *name, const unz_file_info64 *info, uint64_t data)
{
	struct ladle_error *err = archive->err;
	uint64_t header = 0, size = archive->source.size;
	if (data > size || info->compressed_size > size - data)
		return ladle_fail(err, LADLE_E_INPUT, NULL, "archive member %s ends beyond the file", name);
	if (!agrees_with_local_header(archive, name, info, data, &header))
		return ladle_fail(err, LADLE_E_INPUT, NULL,
				"archive member %s: the directory and the member's header disagree", name);
	struct catalog_member *member = catalog_add_member(archive->catalog, name);
	if (!member)
		return ladle_fail(err, LADLE_E_MEMORY, NULL, "no memory");
	archive->ends[archive->catalog->member_count - 1] = header;
	member->offset = data;
	member->stored = info->compressed_size;
	member->size = info->uncompressed_size;
	member->method = (uint32_t)info->compression_method;
	member->crc = (uint32_t)info->crc;
	return LADLE_OK;
}

static enum ladle_status
list_member(struct archive *archive)
{
	char name[CATALOG_MAX_NAME + 1] = "";
	unz_file_info64 info;
	int method, level;
	if (unzGetCurrentFileInfo64(archive->zip, &info, name, CATALOG_MAX_NAME, NULL, 0, NULL, 0) != UNZ_OK)
		return ladle_fail(archive->err, LADLE_E_INPUT, NULL, "archive's directory is damaged");
	if (info.size_filename > CATALOG_MAX_NAME)
		return ladle_fail(archive->err, LADLE_E_INPUT, NULL,
				"archive member has a name of more than 4096 bytes");
	name[info.size_filename] = '\0';
	TRY(check_info(archive, name, &info));
	if (unzOpenCurrentFile2(archive->zip, &method, &level, 1) != UNZ_OK)
		return ladle_fail(archive->err, LADLE_E_INPUT, NULL,
				"archive member %s: the directory and the member's header disagree", name);
	uint64_t data = unzGetCurrentFileZStreamPos64(archive->zip);
	enum ladle_status status = add_member(archive, name, &info, data);
	unzCloseCurrentFile(archive->zip);
	return status;
}

static int
compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static enum ladle_status
check_names_once(const struct archive *archive)
{
	const struct catalog *catalog = archive->catalog;
	const char **names = calloc(catalog->member_count + 1, sizeof *names);
	if (!names)
		return ladle_fail(archive->err, LADLE_E_MEMORY, NULL, "no memory");
	for (uint32_t i = 0; i < catalog->member_count; i++)
		names[i] = catalog->members[i].name;
	qsort(names, catalog->member_count, sizeof *names, compare_names);
	enum ladle_status status = LADLE_OK;
	for (uint32_t i = 1; i < catalog->member_count && status == LADLE_OK; i++)
		if (!strcmp(names[i - 1], names[i]))
			status = ladle_fail(archive->err, LADLE_E_INPUT, NULL,
					"archive member %s is there twice", names[i]);
	free(names);
	return status;
}

struct range {
	uint64_t begin, end;
};

static int
compare_ranges(const void *a, const void *b)
{
	const struct range *x = a, *y = b;
	return (x->begin > y->begin) - (x->begin < y->begin);
}

static enum ladle_status
check_no_overlap(const struct archive *archive)
{
	const struct catalog *catalog = archive->catalog;
	struct range *ranges = calloc(catalog->member_count + 1, sizeof *ranges);
	if (!ranges)
		return ladle_fail(archive->err, LADLE_E_MEMORY, NULL, "no memory");
	for (uint32_t i = 0; i < catalog->member_count; i++) {
		const struct catalog_member *member = &catalog->members[i];
		ranges[i] = (struct range){archive->ends[i], member->offset + member->stored};
	}
	qsort(ranges, catalog->member_count, sizeof *ranges, compare_ranges);
	bool overlap = false;
	for (uint32_t i = 1; i < catalog->member_count; i++)
		overlap |= ranges[i].begin < ranges[i - 1].end;
	free(ranges);
	if (overlap)
		return ladle_fail(archive->err, LADLE_E_INPUT, NULL, "archive has members that overlap");
	return LADLE_OK;
}

static enum ladle_status
list_members(struct archive *archive)
{
	unz_global_info64 info;
	if (unzGetGlobalInfo64(archive->zip, &info) != UNZ_OK || info.number_entry == 0)
		return ladle_fail(archive->err, LADLE_E_INPUT, NULL, "archive has no members");
	if (info.number_entry > CATALOG_MAX_MEMBERS)
		return ladle_fail(archive->err, LADLE_E_INPUT, NULL, "archive has %llu members (the limit is %d)",
				(unsigned long long)info.number_entry, CATALOG_MAX_MEMBERS);
	archive->ends = arena_array(&archive->catalog->arena, (size_t)info.number_entry, sizeof(uint64_t));
	if (!archive->ends)
		return ladle_fail(archive->err, LADLE_E_MEMORY, NULL, "no memory");
	int more = unzGoToFirstFile(archive->zip);
	while (more == UNZ_OK && archive->catalog->member_count < info.number_entry) {
		TRY(list_member(archive));
		more = unzGoToNextFile(archive->zip);
	}
	if (archive->catalog->member_count != info.number_entry)
		return ladle_fail(archive->err, LADLE_E_INPUT, NULL, "archive's directory is damaged");
	TRY(check_names_once(archive));
	return check_no_overlap(archive);
}

/* ---- contents ---------------------------------------------------------------------------------- */

static const struct catalog_member *
find_member(const struct catalog *catalog, const char *name)
{
	for (uint32_t i = 0; i < catalog->member_count; i++)
		if (!strcmp(catalog->members[i].name, name))
			return &catalog->members[i];
	return NULL;
}

static enum ladle_status
check_ratio(struct archive *archive, const struct catalog_member *member)
{
	bool bomb = member->size / MAX_RATIO > member->stored ||
		(member->size > SUSPECT_SIZE && member->size / SUSPECT_RATIO > member->stored);
	if (!bomb)
		return LADLE_OK;
	return ladle_fail(archive->err, LADLE_E_INPUT, NULL,
			"archive member %s claims %llu bytes out of %llu: a decompression bomb", member->name,
			(unsigned long long)member->size, (unsigned long long)member->stored);
}

/* Passes the member's bytes to take(); what the directory says of size and checksum must hold. */
static enum ladle_status
unpack(struct archive *archive, const struct catalog_member *member,
		bool (*take)(void *arg, const void *data, size_t size), void *arg)
{
	char piece[PIECE];
	uint64_t total = 0;
	int n = 0;
	TRY(check_ratio(archive, member));
	if (unzLocateFile(archive->zip, member->name, 1) != UNZ_OK ||
			unzOpenCurrentFile(archive->zip) != UNZ_OK)
		return ladle_fail(archive->err, LADLE_E_INPUT, NULL, "archive member %s cannot be read",
				member->name);
	bool taken = true;
	while (taken && total <= member->size &&
			(n = unzReadCurrentFile(archive->zip, piece, sizeof piece)) > 0) {
		total += (uint64_t)n;
		taken = take(arg, piece, (size_t)n);
	}
	int closed = unzCloseCurrentFile(archive->zip);
	if (!taken)
		return ladle_fail(archive->err, LADLE_E_INPUT, NULL, "no room to unpack archive member %s",
				member->name);
	if (n < 0 || closed != UNZ_OK || total != member->size)
		return ladle_fail(archive->err, LADLE_E_INPUT, NULL,
				"archive member %s is damaged (its size or checksum is wrong)", member->name);
	return LADLE_OK;
}

static bool
take_text(void *arg, const void *data, size_t size)
{
	struct buf *text = arg;
	buf_append(text, data, size);
	return !text->failed;
}

static enum ladle_status
read_text(struct archive *archive, const char *name, const char **out, size_t *length)
{
	const struct catalog_member *member = find_member(archive->catalog, name);
	if (!member)
		return LADLE_OK;
	if (member->size > CATALOG_MAX_TEXT)
		return ladle_fail(archive->err, LADLE_E_INPUT, NULL,
				"archive member %s has %llu bytes (the limit is %llu)", name,
				(unsigned long long)member->size, (unsigned long long)CATALOG_MAX_TEXT);
	struct buf text;
	buf_init(&text);
	enum ladle_status status = unpack(archive, member, take_text, &text);
	if (status == LADLE_OK) {
		*out = arena_text(&archive->catalog->arena, buf_string(&text), text.length);
		*length = text.length;
		if (!*out)
			status = ladle_fail(archive->err, LADLE_E_MEMORY, NULL, "no memory");
	}
	buf_done(&text);
	return status;
}

struct scratch {
	int fd;
	uint64_t at;
};

static bool
take_scratch(void *arg, const void *data, size_t size)
{
	struct scratch *scratch = arg;
	const char *p = data;
	while (size > 0) {
		ssize_t n = pwrite(scratch->fd, p, size, (off_t)scratch->at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		p += n;
		size -= (size_t)n;
		scratch->at += (uint64_t)n;
	}
	return true;
}

static bool
ends_with(const char *text, const char *end)
{
	size_t n = strlen(text), m = strlen(end);
	return n >= m && !strcmp(text + n - m, end);
}

/* What else the archive may be, with what turns it into HDF5. */
static const struct {
	const char *end, *why;
} STRANGERS[] = {
	{"model.weights.npz", "keeps its weights in an .npz, which Keras itself cannot load again"},
	{"data.pkl", "is a PyTorch file; in Python: h = h5py.File('x.h5', 'w'); [h.create_dataset(k, data=v) "
		     "for k, v in torch.load(F, weights_only=True).items()]"},
	{".npy", "is a NumPy .npz; in Python: h = h5py.File('x.h5', 'w'); [h.create_dataset(k, data=v) "
		 "for k, v in numpy.load(F).items()]"},
	{"saved_model.pb", "is a zipped SavedModel; in Python: tf.keras.models.load_model(FOLDER).save('x.h5')"},
};

static enum ladle_status
refuse_stranger(const struct archive *archive)
{
	const struct catalog *catalog = archive->catalog;
	for (size_t s = 0; s < sizeof STRANGERS / sizeof *STRANGERS; s++)
		for (uint32_t i = 0; i < catalog->member_count; i++)
			if (ends_with(catalog->members[i].name, STRANGERS[s].end))
				return ladle_fail(archive->err, LADLE_E_INPUT, NULL, "%s", STRANGERS[s].why);
	return ladle_fail(archive->err, LADLE_E_INPUT, NULL,
			"is a zip archive without model.weights.h5: no .keras file");
}

/* A stored member is read where it lies. */
static enum ladle_status
place_window(struct archive *archive, int scratch_fd)
{
	struct catalog *catalog = archive->catalog;
	const struct catalog_member *member = find_member(catalog, "model.weights.h5");
	if (!member)
		member = find_member(catalog, "variables.h5"); /* Keras 2.11 */
	if (!member)
		return refuse_stranger(archive);
	catalog->base = member->offset;
	catalog->length = member->size;
	if (member->method == 0)
		return LADLE_OK;
	struct scratch scratch = {.fd = scratch_fd};
	TRY(unpack(archive, member, take_scratch, &scratch));
	catalog->inflated = true;
	catalog->base = 0;
	return LADLE_OK;
}

/* Bytes behind the archive's end record and its comment, found as minizip finds it: the last
 * signature that is near enough to the end. */
static void
note_trailing_bytes(const struct archive *archive)
{
	static const char SIGNATURE[] = "PK\5\6";
	uint64_t size = archive->source.size;
	size_t tail = size < END_RECORD + MAX_COMMENT ? (size_t)size : END_RECORD + MAX_COMMENT;
	unsigned char *bytes = malloc(tail);
	if (bytes && tail >= END_RECORD && read_at(&archive->source, size - tail, bytes, tail)) {
		size_t at = tail - END_RECORD;
		while (at > 0 && memcmp(bytes + at, SIGNATURE, 4))
			at--;
		size_t end = at + END_RECORD + bytes[at + 20] + ((size_t)bytes[at + 21] << 8);
		if (end < tail)
			archive->catalog->note = arena_format(&archive->catalog->arena,
					"%zu bytes after the end of the archive are ignored", tail - end);
	}
	free(bytes);
	if (!archive->catalog->note)
		archive->catalog->note = "";
}

static enum ladle_status
read_archive(struct archive *archive, int scratch)
{
	struct catalog *catalog = archive->catalog;
	TRY(list_members(archive));
	TRY(place_window(archive, scratch));
	TRY(read_text(archive, "config.json", &catalog->config, &catalog->config_length));
	TRY(read_text(archive, "metadata.json", &catalog->metadata, &catalog->metadata_length));
	note_trailing_bytes(archive);
	return LADLE_OK;
}

enum ladle_status
zip_read(int fd, uint64_t size, int scratch, struct catalog *catalog, struct ladle_error *err)
{
	struct archive archive = {.source = {.fd = fd, .size = size}, .catalog = catalog, .err = err};
	zlib_filefunc64_def functions = {
		.zopen64_file = source_open,
		.zread_file = source_read,
		.ztell64_file = source_tell,
		.zseek64_file = source_seek,
		.zclose_file = source_close,
		.zerror_file = source_error,
		.opaque = &archive.source,
	};
	catalog->container = CATALOG_ZIP;
	archive.zip = unzOpen2_64("archive", &functions);
	if (!archive.zip)
		return ladle_fail(err, LADLE_E_INPUT, NULL,
				"truncated: a zip archive of %llu bytes without its directory, which stands at the end",
				(unsigned long long)size);
	enum ladle_status status = read_archive(&archive, scratch);
	unzClose(archive.zip);
	return status;
}
