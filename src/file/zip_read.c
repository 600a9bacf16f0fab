#include "file/zip_read.h"

#include <string.h>
#include <zlib.h>

#include "base/err.h"
#include "base/io.h"
#include "file/convert.h"
#include "file/limits.h"
#include "file/zip_directory.h"

enum { PIECE = 64 * 1024 };

struct archive {
	struct zip_source source;
	struct catalog *catalog;
	struct ladle_error *err;
};

/* Who gets the bytes of a member; false: it has no room. */
typedef bool take_bytes(void *arg, const void *data, size_t size);

/* One member on its way. */
struct unpacking {
	const struct archive *archive;
	const struct catalog_member *member;
	take_bytes *take;
	void *arg;
	uint64_t total; /* bytes that came out */
	uint32_t crc;
	bool full; /* take() has no room */
};

static const struct catalog_member *
find_member(const struct catalog *catalog, const char *name)
{
	for (uint32_t i = 0; i < catalog->member_count; i++)
		if (!strcmp(catalog->members[i].name, name))
			return &catalog->members[i];
	return NULL;
}

/* Before anything is unpacked; while it is, more than the claimed size is refused. */
static enum ladle_status
check_ratio(const struct archive *archive, const struct catalog_member *member)
{
	bool bomb = member->size / ARCHIVE_MAX_RATIO > member->stored ||
		    (member->size > ARCHIVE_SUSPECT_SIZE &&
				    member->size / ARCHIVE_SUSPECT_RATIO > member->stored);
	if (!bomb)
		return LADLE_OK;
	return ladle_fail(archive->err, LADLE_E_INPUT, NULL,
			"archive member %s claims %llu bytes out of %llu: a decompression bomb",
			member->name, (unsigned long long)member->size,
			(unsigned long long)member->stored);
}

/* false: no more is wanted. */
static bool
pass_on(struct unpacking *u, const void *data, size_t size)
{
	u->total += size;
	u->crc = (uint32_t)crc32(u->crc, data, (uInt)size);
	u->full = !u->take(u->arg, data, size);
	return !u->full && u->total <= u->member->size;
}

static bool
unpack_stored(struct unpacking *u)
{
	char piece[PIECE];
	for (uint64_t at = 0; at < u->member->stored;) {
		uint64_t left = u->member->stored - at;
		size_t n = left < sizeof piece ? (size_t)left : sizeof piece;
		if (!zip_read_at(&u->archive->source, u->member->offset + at, piece, n) ||
				!pass_on(u, piece, n))
			return false;
		at += n;
	}
	return true;
}

/* What comes out of the input that z holds. Z_OK: more input is wanted. */
static int
inflate_piece(struct unpacking *u, z_stream *z)
{
	unsigned char out[PIECE];
	int result;
	do {
		z->next_out = out;
		z->avail_out = sizeof out;
		result = inflate(z, Z_NO_FLUSH);
		if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR)
			return result;
		if (!pass_on(u, out, sizeof out - z->avail_out))
			return Z_DATA_ERROR;
	} while (result != Z_STREAM_END && z->avail_out == 0);
	return result == Z_BUF_ERROR ? Z_OK : result;
}

/* The stream must end where the member ends. */
static bool
unpack_deflated(struct unpacking *u)
{
	unsigned char in[PIECE];
	z_stream z = {0};
	if (inflateInit2(&z, -MAX_WBITS) != Z_OK)
		return false;
	int result = Z_OK;
	uint64_t at = 0;
	while (result == Z_OK && at < u->member->stored) {
		uint64_t left = u->member->stored - at;
		size_t n = left < sizeof in ? (size_t)left : sizeof in;
		if (!zip_read_at(&u->archive->source, u->member->offset + at, in, n))
			break;
		z.next_in = in;
		z.avail_in = (uInt)n;
		result = inflate_piece(u, &z);
		at += n;
	}
	bool whole = result == Z_STREAM_END && at == u->member->stored && z.avail_in == 0;
	inflateEnd(&z);
	return whole;
}

/* Passes the member's bytes to take(); what the directory says of size and checksum must hold. */
static enum ladle_status
unpack(const struct archive *archive, const struct catalog_member *member, take_bytes *take,
		void *arg)
{
	struct unpacking u = {.archive = archive, .member = member, .take = take, .arg = arg};
	TRY(check_ratio(archive, member));
	bool whole = member->method == ZIP_STORED ? unpack_stored(&u) : unpack_deflated(&u);
	if (u.full)
		return ladle_fail(archive->err, LADLE_E_INPUT, NULL,
				"no room to unpack archive member %s", member->name);
	if (!whole || u.total != member->size || u.crc != member->crc)
		return ladle_fail(archive->err, LADLE_E_INPUT, NULL,
				"archive member %s is damaged (its size or checksum is wrong)",
				member->name);
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
read_text(const struct archive *archive, const char *name, const char **out, size_t *length)
{
	const struct catalog_member *member = find_member(archive->catalog, name);
	if (!member)
		return LADLE_OK;
	if (member->size > CATALOG_MAX_TEXT)
		return ladle_fail(archive->err, LADLE_E_INPUT, NULL,
				"archive member %s has %llu bytes (the limit is %llu)", name,
				(unsigned long long)member->size,
				(unsigned long long)CATALOG_MAX_TEXT);
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
	if (!io_write_at(scratch->fd, data, size, scratch->at))
		return false;
	scratch->at += size;
	return true;
}

static bool
ends_with(const char *text, const char *end)
{
	size_t n = strlen(text), m = strlen(end);
	return n >= m && !strcmp(text + n - m, end);
}

/* What else the archive may be, with what turns it into HDF5. The .npz in a .keras holds pickled
 * dictionaries by path, which Keras itself refuses to load. */
static const struct {
	const char *end, *why;
} STRANGERS[] = {
		{"model.weights.npz",
				"keeps its weights in an .npz, which Keras does not load again; in "
				"Python, with Keras: import h5py, numpy, zipfile; "
				"h = h5py.File('x.weights.h5', 'w'); z = numpy.load(zipfile."
				"ZipFile(F).open('model.weights.npz'), allow_pickle=True); "
				"[h.create_dataset(p.replace('__root__', '') + '/vars/' + k, "
				"data=v) for p in z for k, v in z[p].item().items()]; h.close()"},
		{"data.pkl", "is a PyTorch file" CONVERT_TORCH},
		{".npy", "is a NumPy .npz" CONVERT_NPZ},
		{"saved_model.pb", "is a zipped SavedModel: unzip it, and open its folder"},
};

static enum ladle_status
refuse_stranger(const struct archive *archive)
{
	const struct catalog *catalog = archive->catalog;
	for (size_t s = 0; s < sizeof STRANGERS / sizeof *STRANGERS; s++)
		for (uint32_t i = 0; i < catalog->member_count; i++)
			if (ends_with(catalog->members[i].name, STRANGERS[s].end))
				return ladle_fail(archive->err, LADLE_E_INPUT, NULL, "%s",
						STRANGERS[s].why);
	return ladle_fail(archive->err, LADLE_E_INPUT, NULL,
			"is a zip archive without model.weights.h5: no .keras file");
}

/* A stored member, as Keras writes it, is read where it lies: its checksum is not computed, which
 * would read the whole file before the first row is shown. */
static enum ladle_status
place_window(const struct archive *archive, int scratch_fd)
{
	struct catalog *catalog = archive->catalog;
	const struct catalog_member *member = find_member(catalog, "model.weights.h5");
	if (!member)
		member = find_member(catalog, "variables.h5"); /* Keras 2.11 */
	if (!member)
		return refuse_stranger(archive);
	catalog->base = member->offset;
	catalog->length = member->size;
	if (member->method == ZIP_STORED)
		return LADLE_OK;
	struct scratch scratch = {.fd = scratch_fd};
	TRY(unpack(archive, member, take_scratch, &scratch));
	catalog->inflated = true;
	catalog->base = 0;
	return LADLE_OK;
}

enum ladle_status
zip_read(int fd, uint64_t size, int scratch, struct catalog *catalog, struct ladle_error *err)
{
	struct archive archive = {.source = {fd, size}, .catalog = catalog, .err = err};
	catalog->container = CATALOG_ZIP;
	TRY(zip_list(&archive.source, catalog, err));
	TRY(place_window(&archive, scratch));
	TRY(read_text(&archive, "config.json", &catalog->config, &catalog->config_length));
	return read_text(&archive, "metadata.json", &catalog->metadata, &catalog->metadata_length);
}
