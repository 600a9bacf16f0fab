#include "file/zip_directory.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/io.h"
#include "file/limits.h"

/* PKWARE's APPNOTE.TXT 4.3: sizes of the fixed parts, and their signatures. */
enum {
	LOCAL_HEADER = 30,
	ENTRY = 46,
	END_RECORD = 22,
	END64_LOCATOR = 20,
	END64_RECORD = 56,
	MAX_COMMENT = 0xffff,
	ZIP64_FIELD = 1,
	FLAG_ENCRYPTED = 1,
	FLAG_SIZES_FOLLOW = 8
};
#define LOCAL_SIGNATURE UINT32_C(0x04034b50)
#define ENTRY_SIGNATURE UINT32_C(0x02014b50)
#define END_SIGNATURE UINT32_C(0x06054b50)
#define LOCATOR_SIGNATURE UINT32_C(0x07064b50)
#define END64_SIGNATURE UINT32_C(0x06064b50)

/* An archive is: members, each a local header and its data; the directory, an entry for each
 * member; the end record, which says where the directory lies. Values that do not fit into a field
 * are saturated there and stand in an extra field or a second end record of 64 bits. The same fact
 * stands in several places, and readers differ in which they believe: here all must agree. */

/* Where the directory lies. */
struct end {
	uint64_t members, size, offset;
	uint64_t position; /* of the first end record, which the directory must reach */
};

/* A member as its header and the directory's entry describe it. */
struct entry {
	uint32_t flags, method, crc;
	uint64_t stored, size, header, data;
	size_t name_length, extra_length, comment_length;
};

struct range {
	uint64_t begin, end;
};

struct listing {
	const struct zip_source *source;
	struct catalog *catalog;
	struct ladle_error *err;
	struct end end;
	struct range *ranges; /* of each member, its header included */
};

bool
zip_read_at(const struct zip_source *source, uint64_t at, void *data, size_t size)
{
	if (at > source->size || size > source->size - at)
		return false;
	return io_read_at(source->fd, data, size, at);
}

static uint64_t
get(const unsigned char *p, int size)
{
	uint64_t value = 0;
	for (int i = size - 1; i >= 0; i--)
		value = value << 8 | p[i];
	return value;
}

/* ---- the end records ------------------------------------------------------------------------- */

/* Every field that has room for its value in the old record must say the same there. */
static bool
agrees(uint64_t value, uint64_t old, uint64_t saturated)
{
	return old == saturated || old == value;
}

/* The 64-bit end record, if its locator stands before the old one. */
static bool
read_end64(const struct zip_source *source, uint64_t at, struct end *end)
{
	unsigned char locator[END64_LOCATOR], p[END64_RECORD];
	if (at < END64_LOCATOR ||
			!zip_read_at(source, at - END64_LOCATOR, locator, sizeof locator) ||
			get(locator, 4) != LOCATOR_SIGNATURE)
		return true;
	uint64_t position = get(locator + 8, 8);
	if (position > at - END64_LOCATOR || !zip_read_at(source, position, p, sizeof p) ||
			get(p, 4) != END64_SIGNATURE)
		return false;
	struct end wide = {
			.members = get(p + 32, 8),
			.size = get(p + 40, 8),
			.offset = get(p + 48, 8),
			.position = position,
	};
	bool same = agrees(wide.members, end->members, UINT16_MAX) &&
		    agrees(wide.size, end->size, UINT32_MAX) &&
		    agrees(wide.offset, end->offset, UINT32_MAX) &&
		    get(p + 24, 8) == wide.members && get(p + 16, 8) == 0;
	*end = wide;
	return same;
}

static bool
parse_end(const unsigned char *p, uint64_t position, struct end *end)
{
	*end = (struct end){
			.members = get(p + 10, 2),
			.size = get(p + 12, 4),
			.offset = get(p + 16, 4),
			.position = position,
	};
	return get(p + 4, 4) == 0 && get(p + 8, 2) == end->members; /* one disk */
}

static void
note_trailing(struct catalog *catalog, size_t bytes)
{
	const char *note = arena_format(&catalog->arena,
			"%zu bytes after the end of the archive are ignored", bytes);
	if (bytes > 0 && note)
		catalog->note = note;
}

/* The last signature near the end counts, as for other readers; its comment must fit. */
static enum ladle_status
find_end(struct listing *listing)
{
	uint64_t size = listing->source->size;
	size_t tail = size < END_RECORD + MAX_COMMENT ? (size_t)size : END_RECORD + MAX_COMMENT;
	unsigned char *p = malloc(tail + 1);
	if (!p || !zip_read_at(listing->source, size - tail, p, tail)) {
		free(p);
		return ladle_fail(listing->err, LADLE_E_INPUT, NULL, "the archive cannot be read");
	}
	size_t at = tail < 4 ? 0 : tail - 4;
	while (at > 0 && get(p + at, 4) != END_SIGNATURE)
		at--;
	size_t record = at + END_RECORD <= tail ? END_RECORD + (size_t)get(p + at + 20, 2) : 0;
	bool found = at > 0 && record > 0 && record <= tail - at;
	bool sound = found && parse_end(p + at, size - tail + at, &listing->end) &&
		     read_end64(listing->source, listing->end.position, &listing->end);
	free(p);
	if (found && sound) {
		note_trailing(listing->catalog, tail - at - record);
		return LADLE_OK;
	}
	if (found)
		return ladle_fail(listing->err, LADLE_E_INPUT, NULL,
				"archive's directory is damaged");
	return ladle_fail(listing->err, LADLE_E_INPUT, NULL,
			"truncated: a zip archive of %llu bytes without its directory, which "
			"stands at the end",
			(unsigned long long)size);
}

/* ---- one member ------------------------------------------------------------------------------ */

/* Takes 64-bit values from the extra field for those that are saturated; header may be NULL. */
static bool
widen(const unsigned char *extra, size_t length, uint64_t *size, uint64_t *stored, uint64_t *header)
{
	uint64_t *const wide[] = {size, stored, header};
	bool needed = *size == UINT32_MAX || *stored == UINT32_MAX ||
		      (header && *header == UINT32_MAX);
	while (needed && length >= 4) {
		size_t id = (size_t)get(extra, 2), left = (size_t)get(extra + 2, 2);
		if (left > length - 4)
			return false;
		const unsigned char *p = extra + 4;
		for (size_t i = 0; id == ZIP64_FIELD && i < 3; i++) {
			if (!wide[i] || *wide[i] != UINT32_MAX)
				continue;
			if (left < 8)
				return false;
			*wide[i] = get(p, 8);
			p += 8;
			left -= 8;
		}
		if (id == ZIP64_FIELD)
			return true;
		extra += 4 + left;
		length -= 4 + left;
	}
	return !needed;
}

static bool
parse_entry(const unsigned char *p, size_t left, struct entry *entry)
{
	if (left < ENTRY || get(p, 4) != ENTRY_SIGNATURE || get(p + 34, 2) != 0)
		return false;
	*entry = (struct entry){
			.flags = (uint32_t)get(p + 8, 2),
			.method = (uint32_t)get(p + 10, 2),
			.crc = (uint32_t)get(p + 16, 4),
			.stored = get(p + 20, 4),
			.size = get(p + 24, 4),
			.name_length = (size_t)get(p + 28, 2),
			.extra_length = (size_t)get(p + 30, 2),
			.comment_length = (size_t)get(p + 32, 2),
			.header = get(p + 42, 4),
	};
	left -= ENTRY;
	if (entry->name_length + entry->extra_length + entry->comment_length > left)
		return false;
	return widen(p + ENTRY + entry->name_length, entry->extra_length, &entry->size,
			&entry->stored, &entry->header);
}

/* What the member's own header says of it must be what the directory says, else two readers see
 * two archives. Sizes that follow the data are not in the header. */
static bool
header_agrees(const unsigned char *p, const unsigned char *extra, size_t extra_length,
		const struct entry *entry)
{
	uint64_t stored = get(p + 18, 4), size = get(p + 22, 4);
	bool follows = entry->flags & FLAG_SIZES_FOLLOW;
	if (get(p, 4) != LOCAL_SIGNATURE || get(p + 6, 2) != entry->flags ||
			get(p + 8, 2) != entry->method || get(p + 26, 2) != entry->name_length)
		return false;
	if (follows)
		return true;
	return widen(extra, extra_length, &size, &stored, NULL) && get(p + 14, 4) == entry->crc &&
	       stored == entry->stored && size == entry->size;
}

static bool
check_local_header(const struct listing *listing, const char *name, struct entry *entry)
{
	unsigned char fixed[LOCAL_HEADER];
	const struct zip_source *source = listing->source;
	if (!zip_read_at(source, entry->header, fixed, sizeof fixed))
		return false;
	size_t extra_length = (size_t)get(fixed + 28, 2),
	       length = entry->name_length + extra_length;
	unsigned char *rest = malloc(length + 1);
	bool same = rest && zip_read_at(source, entry->header + LOCAL_HEADER, rest, length) &&
		    header_agrees(fixed, rest + entry->name_length, extra_length, entry) &&
		    !memcmp(rest, name, entry->name_length);
	free(rest);
	entry->data = entry->header + LOCAL_HEADER + length;
	return same;
}

/* Nothing is ever extracted under a member's name; but what refuses such names here also keeps them
 * out of everything that is written. */
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

static enum ladle_status
check_entry(struct listing *listing, const char *name, struct entry *entry)
{
	struct ladle_error *err = listing->err;
	if (strlen(name) != entry->name_length || !is_name_safe(name))
		return ladle_fail(err, LADLE_E_INPUT, NULL,
				"archive member has a forbidden name: %s", name);
	if (entry->flags & FLAG_ENCRYPTED)
		return ladle_fail(err, LADLE_E_INPUT, NULL, "archive member %s is encrypted", name);
	if (entry->method != ZIP_STORED && entry->method != ZIP_DEFLATED)
		return ladle_fail(err, LADLE_E_INPUT, NULL,
				"archive member %s is compressed by method %u (only deflate is "
				"read)",
				name, (unsigned)entry->method);
	if (entry->method == ZIP_STORED && entry->stored != entry->size)
		return ladle_fail(
				err, LADLE_E_INPUT, NULL, "archive member %s has two sizes", name);
	if (!check_local_header(listing, name, entry))
		return ladle_fail(err, LADLE_E_INPUT, NULL,
				"archive member %s: the directory and the member's header disagree",
				name);
	if (entry->data > listing->end.offset || entry->stored > listing->end.offset - entry->data)
		return ladle_fail(err, LADLE_E_INPUT, NULL,
				"archive member %s ends beyond the archive's data", name);
	return LADLE_OK;
}

static enum ladle_status
add_member(struct listing *listing, const char *name, struct entry *entry)
{
	TRY(check_entry(listing, name, entry));
	struct catalog_member *member = catalog_add_member(listing->catalog, name);
	if (!member)
		return ladle_fail(listing->err, LADLE_E_MEMORY, NULL, "no memory");
	member->offset = entry->data;
	member->stored = entry->stored;
	member->size = entry->size;
	member->method = entry->method;
	member->crc = entry->crc;
	listing->ranges[listing->catalog->member_count - 1] =
			(struct range){entry->header, entry->data + entry->stored};
	return LADLE_OK;
}

/* ---- all members ----------------------------------------------------------------------------- */

static enum ladle_status
parse_directory(struct listing *listing, const unsigned char *p)
{
	char name[CATALOG_MAX_NAME + 1];
	size_t left = (size_t)listing->end.size;
	for (uint64_t i = 0; i < listing->end.members; i++) {
		struct entry entry;
		if (!parse_entry(p, left, &entry))
			return ladle_fail(listing->err, LADLE_E_INPUT, NULL,
					"archive's directory is damaged");
		if (entry.name_length > CATALOG_MAX_NAME)
			return ladle_fail(listing->err, LADLE_E_INPUT, NULL,
					"archive member has a name of more than %d bytes",
					CATALOG_MAX_NAME);
		memcpy(name, p + ENTRY, entry.name_length);
		name[entry.name_length] = '\0';
		TRY(add_member(listing, name, &entry));
		size_t length = ENTRY + entry.name_length + entry.extra_length +
				entry.comment_length;
		p += length;
		left -= length;
	}
	if (left > 0)
		return ladle_fail(listing->err, LADLE_E_INPUT, NULL,
				"archive's directory is damaged");
	return LADLE_OK;
}

/* The directory must fill the space up to the end record: no gap in which another could hide. */
static enum ladle_status
check_end(const struct listing *listing)
{
	const struct end *end = &listing->end;
	if (end->members == 0)
		return ladle_fail(listing->err, LADLE_E_INPUT, NULL, "archive has no members");
	if (end->members > ARCHIVE_MAX_MEMBERS)
		return ladle_fail(listing->err, LADLE_E_INPUT, NULL,
				"archive has %llu members (the limit is %d)",
				(unsigned long long)end->members, ARCHIVE_MAX_MEMBERS);
	if (end->offset > end->position || end->size != end->position - end->offset ||
			end->size > ARCHIVE_MAX_DIRECTORY)
		return ladle_fail(listing->err, LADLE_E_INPUT, NULL,
				"archive's directory is damaged");
	return LADLE_OK;
}

static enum ladle_status
read_directory(struct listing *listing)
{
	const struct end *end = &listing->end;
	unsigned char *directory = malloc((size_t)end->size + 1);
	listing->ranges = calloc((size_t)end->members, sizeof *listing->ranges);
	enum ladle_status status;
	if (!directory || !listing->ranges)
		status = ladle_fail(listing->err, LADLE_E_MEMORY, NULL, "no memory");
	else if (!zip_read_at(listing->source, end->offset, directory, (size_t)end->size))
		status = ladle_fail(listing->err, LADLE_E_INPUT, NULL,
				"archive's directory is damaged");
	else
		status = parse_directory(listing, directory);
	free(directory);
	return status;
}

static int
compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static enum ladle_status
check_names_once(const struct listing *listing)
{
	const struct catalog *catalog = listing->catalog;
	const char **names = calloc(catalog->member_count, sizeof *names);
	if (!names)
		return ladle_fail(listing->err, LADLE_E_MEMORY, NULL, "no memory");
	for (uint32_t i = 0; i < catalog->member_count; i++)
		names[i] = catalog->members[i].name;
	qsort(names, catalog->member_count, sizeof *names, compare_names);
	enum ladle_status status = LADLE_OK;
	for (uint32_t i = 1; i < catalog->member_count && status == LADLE_OK; i++)
		if (!strcmp(names[i - 1], names[i]))
			status = ladle_fail(listing->err, LADLE_E_INPUT, NULL,
					"archive member %s is there twice", names[i]);
	free(names);
	return status;
}

static int
compare_ranges(const void *a, const void *b)
{
	const struct range *x = a, *y = b;
	return (x->begin > y->begin) - (x->begin < y->begin);
}

static enum ladle_status
check_no_overlap(const struct listing *listing)
{
	uint32_t count = listing->catalog->member_count;
	struct range *ranges = listing->ranges;
	qsort(ranges, count, sizeof *ranges, compare_ranges);
	for (uint32_t i = 1; i < count; i++)
		if (ranges[i].begin < ranges[i - 1].end)
			return ladle_fail(listing->err, LADLE_E_INPUT, NULL,
					"archive has members that overlap");
	return LADLE_OK;
}

enum ladle_status
zip_list(const struct zip_source *source, struct catalog *catalog, struct ladle_error *err)
{
	struct listing listing = {.source = source, .catalog = catalog, .err = err};
	enum ladle_status status = find_end(&listing);
	if (status == LADLE_OK)
		status = check_end(&listing);
	if (status == LADLE_OK)
		status = read_directory(&listing);
	if (status == LADLE_OK)
		status = check_names_once(&listing);
	if (status == LADLE_OK)
		status = check_no_overlap(&listing);
	free(listing.ranges);
	return status;
}
