#include <zlib.h>

#include "made_h5.h"

/* ---- archives made by hand, with the lies that a member may tell ----------------------------- */

struct member {
	const char *name;
	const void *data;
	size_t size;
	bool deflate;
	/* lies; 0: none */
	const char *local_name; /* in the member's own header */
	uint32_t claimed_size;  /* uncompressed, in the directory */
	uint16_t method, flags;
	uint32_t crc_error, offset_error;
	bool zip64;
};

struct archive {
	struct buf bytes, directory;
	uint16_t members;
	uint64_t wide_members; /* not 0: a 64-bit end record says so */
};

static void
put16(struct buf *out, uint32_t value)
{
	unsigned char bytes[] = {(unsigned char)value, (unsigned char)(value >> 8)};
	buf_append(out, bytes, 2);
}

static void
put32(struct buf *out, uint32_t value)
{
	put16(out, value & 0xffff);
	put16(out, value >> 16);
}

static void
put64(struct buf *out, uint64_t value)
{
	put32(out, (uint32_t)value);
	put32(out, (uint32_t)(value >> 32));
}

/* Raw deflate; the result is freed by the caller. */
static unsigned char *
deflated(const void *data, size_t size, size_t *out_size)
{
	z_stream z = {0};
	size_t room = size + size / 10 + 100;
	unsigned char *out = malloc(room);
	assert_non_null(out);
	assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, -15, 9, Z_DEFAULT_STRATEGY), Z_OK);
	z.next_in = (unsigned char *)(uintptr_t)data;
	z.avail_in = (uInt)size;
	z.next_out = out;
	z.avail_out = (uInt)room;
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	*out_size = z.total_out;
	deflateEnd(&z);
	return out;
}

/* The fields that the member's header and the directory share. */
static void
put_common(struct buf *out, const struct member *m, uint32_t crc, size_t stored, uint32_t size)
{
	put16(out, m->zip64 ? 45 : 20);
	put16(out, m->flags);
	put16(out, m->method ? m->method : m->deflate ? 8 : 0);
	put32(out, 0x00210000); /* 1980-01-01 */
	put32(out, crc);
	put32(out, m->zip64 ? UINT32_MAX : (uint32_t)stored);
	put32(out, m->zip64 ? UINT32_MAX : size);
}

/* An unknown field first, then the wide values. */
static void
put_zip64_extra(struct buf *out, size_t stored, size_t size)
{
	put16(out, 0x5455);
	put16(out, 1);
	buf_char(out, 'x');
	put16(out, 1);
	put16(out, 16);
	put64(out, size);
	put64(out, stored);
}

static void
add(struct archive *archive, struct member m)
{
	const char *local = m.local_name ? m.local_name : m.name;
	size_t stored = m.size;
	unsigned char *packed = m.deflate ? deflated(m.data, m.size, &stored) : NULL;
	uint32_t crc = (uint32_t)crc32(0, m.data, (uInt)m.size) ^ m.crc_error;
	uint32_t offset = (uint32_t)archive->bytes.length + m.offset_error;
	uint32_t size = m.claimed_size ? m.claimed_size : (uint32_t)m.size;
	put32(&archive->bytes, 0x04034b50);
	put_common(&archive->bytes, &m, crc, stored, size);
	put16(&archive->bytes, (uint32_t)strlen(local));
	put16(&archive->bytes, m.zip64 ? 25 : 0);
	buf_text(&archive->bytes, local);
	if (m.zip64)
		put_zip64_extra(&archive->bytes, stored, m.size);
	buf_append(&archive->bytes, packed ? packed : m.data, stored);
	free(packed);
	put32(&archive->directory, 0x02014b50);
	put16(&archive->directory, 20);
	put_common(&archive->directory, &m, crc, stored, size);
	put16(&archive->directory, (uint32_t)strlen(m.name));
	put16(&archive->directory, m.zip64 ? 25 : 0);
	put16(&archive->directory, 0); /* comment */
	put16(&archive->directory, 0); /* disk */
	put16(&archive->directory, 0);
	put32(&archive->directory, 0);
	put32(&archive->directory, offset);
	buf_text(&archive->directory, m.name);
	if (m.zip64)
		put_zip64_extra(&archive->directory, stored, m.size);
	archive->members++;
}

static void
begin(struct archive *archive)
{
	*archive = (struct archive){0};
	buf_init(&archive->bytes);
	buf_init(&archive->directory);
}

/* The 64-bit end record and its locator, with `members` of them. */
static void
put_end64(struct archive *archive, uint64_t directory, uint64_t members)
{
	uint64_t at = archive->bytes.length;
	put32(&archive->bytes, 0x06064b50);
	put64(&archive->bytes, 44);
	put32(&archive->bytes, 45 << 16 | 45);
	put64(&archive->bytes, 0); /* disks */
	put64(&archive->bytes, members);
	put64(&archive->bytes, members);
	put64(&archive->bytes, archive->directory.length);
	put64(&archive->bytes, directory);
	put32(&archive->bytes, 0x07064b50);
	put32(&archive->bytes, 0);
	put64(&archive->bytes, at);
	put32(&archive->bytes, 1);
}

/* Writes it with its end record, and `junk` behind that. */
static const char *
finish(const struct fixture *fixture, struct archive *archive, const char *junk)
{
	const char *path = scratch(fixture, "archive.keras");
	uint32_t at = (uint32_t)archive->bytes.length;
	buf_append(&archive->bytes, archive->directory.data, archive->directory.length);
	if (archive->wide_members)
		put_end64(archive, at, archive->wide_members);
	put32(&archive->bytes, 0x06054b50);
	put32(&archive->bytes, 0); /* disks */
	put16(&archive->bytes, archive->members);
	put16(&archive->bytes, archive->members);
	put32(&archive->bytes, (uint32_t)archive->directory.length);
	put32(&archive->bytes, archive->wide_members ? UINT32_MAX : at);
	put16(&archive->bytes, 0);
	buf_text(&archive->bytes, junk);
	put_file(path, archive->bytes.data, archive->bytes.length);
	buf_done(&archive->bytes);
	buf_done(&archive->directory);
	return path;
}

static const char CONFIG[] = "{\"class_name\": \"Functional\", \"config\": {}}";

static struct member
text_member(const char *name)
{
	return (struct member){.name = name, .data = CONFIG, .size = sizeof CONFIG - 1};
}

/* The weights of matrices.h5. */
static struct member
weights_member(const struct fixture *fixture, char **data)
{
	size_t size;
	*data = get_file(matrices(fixture, "weights.h5"), &size);
	return (struct member){.name = "model.weights.h5", .data = *data, .size = size};
}

static void
assert_weights_read(struct file *file)
{
	static const char *const PATHS[] = {"/contiguous", "/big_endian", "/chunked", "/packed"};
	for (size_t i = 0; i < 4; i++)
		assert_reads(file, PATHS[i], 0, NUMBERS);
}

/* ---- rules ----------------------------------------------------------------------------------- */

static void
a_stored_member_is_read_in_place(void **state)
{
	char *data;
	struct archive archive;
	begin(&archive);
	add(&archive, text_member("metadata.json"));
	add(&archive, text_member("config.json"));
	add(&archive, weights_member(*state, &data));
	add(&archive, text_member("assets/layers/text/vocabulary.txt"));
	struct file *file = must_open(*state, finish(*state, &archive, ""));
	const struct catalog *catalog = file_catalog(file);
	assert_int_equal(catalog->container, CATALOG_ZIP);
	assert_false(catalog->inflated);
	assert_int_equal(catalog->member_count, 4);
	assert_string_equal(catalog->members[3].name, "assets/layers/text/vocabulary.txt");
	assert_int_equal(catalog->base, catalog->members[2].offset);
	assert_string_equal(catalog->config, CONFIG);
	assert_int_equal(catalog->config_length, sizeof CONFIG - 1);
	assert_string_equal(catalog->metadata, CONFIG);
	assert_string_equal(catalog->note, "");
	assert_weights_read(file);
	char text[sizeof CONFIG] = "";
	assert_int_equal(file_read_member(file, 3, 0, sizeof CONFIG - 1, text, NULL), LADLE_OK);
	assert_string_equal(text, CONFIG);
	file_close(file);
	free(data);
}

static void
a_deflated_member_reads_the_same(void **state)
{
	char *data;
	struct archive archive;
	begin(&archive);
	struct member config = text_member("config.json"), weights = weights_member(*state, &data);
	config.deflate = weights.deflate = true;
	add(&archive, config);
	add(&archive, weights);
	struct file *file = must_open(*state, finish(*state, &archive, ""));
	assert_true(file_catalog(file)->inflated);
	assert_string_equal(file_catalog(file)->config, CONFIG);
	assert_weights_read(file);
	file_close(file);
	free(data);
}

static void
zip64_fields_are_understood(void **state)
{
	char *data;
	struct archive archive;
	begin(&archive);
	struct member weights = weights_member(*state, &data);
	weights.zip64 = true;
	add(&archive, weights);
	struct file *file = must_open(*state, finish(*state, &archive, ""));
	assert_int_equal(file_catalog(file)->members[0].size, weights.size);
	assert_weights_read(file);
	file_close(file);
	free(data);
}

static void
the_wide_end_record_is_understood(void **state)
{
	char *data;
	struct archive archive;
	begin(&archive);
	add(&archive, weights_member(*state, &data));
	archive.wide_members = 1;
	struct file *file = must_open(*state, finish(*state, &archive, ""));
	assert_weights_read(file);
	file_close(file);
	free(data);
}

static void
end_records_that_disagree_are_refused(void **state)
{
	char *data;
	struct archive archive;
	begin(&archive);
	add(&archive, weights_member(*state, &data));
	archive.wide_members = 2;
	assert_refused(*state, finish(*state, &archive, ""), LADLE_E_INPUT, "directory is damaged");
	free(data);
}

static void
the_member_of_keras_2_11_is_found(void **state)
{
	char *data;
	struct archive archive;
	begin(&archive);
	struct member weights = weights_member(*state, &data);
	weights.name = "variables.h5";
	add(&archive, weights);
	struct file *file = must_open(*state, finish(*state, &archive, ""));
	assert_weights_read(file);
	file_close(file);
	free(data);
}

static void
bytes_behind_the_archive_are_noted(void **state)
{
	char *data;
	struct archive archive;
	begin(&archive);
	add(&archive, weights_member(*state, &data));
	struct file *file = must_open(*state, finish(*state, &archive, "1234567"));
	assert_string_equal(file_catalog(file)->note,
			"7 bytes after the end of the archive are ignored");
	file_close(file);
	free(data);
}

static void
an_archive_cut_anywhere_is_refused(void **state)
{
	char *data;
	size_t size;
	struct archive archive;
	begin(&archive);
	add(&archive, text_member("config.json"));
	add(&archive, weights_member(*state, &data));
	char *whole = get_file(finish(*state, &archive, ""), &size);
	const char *path = scratch(*state, "cut.keras");
	for (size_t i = 1; i <= 20; i++) {
		put_file(path, whole, size * i / 20 - (i == 20));
		assert_refused(*state, path, LADLE_E_INPUT, "truncated");
	}
	free(whole);
	free(data);
}

/* Each archive holds the weights and one member that breaks a rule. */
static const struct {
	const char *rule;
	struct member member;
	const char *reason;
} LIES[] = {
		{"parent folders", {.name = "../x"}, "forbidden name"},
		{"parent folders within", {.name = "a/../../x"}, "forbidden name"},
		{"absolute names", {.name = "/etc/x"}, "forbidden name"},
		{"backslashes", {.name = "a\\x"}, "forbidden name"},
		{"empty components", {.name = "a//x"}, "forbidden name"},
		{"duplicates", {.name = "model.weights.h5"}, "is there twice"},
		{"encryption", {.name = "x", .flags = 1}, "is encrypted"},
		{"methods", {.name = "x", .method = 12}, "compressed by method 12"},
		{"two names", {.name = "x", .local_name = "y"}, "disagree"},
		{"names of two lengths", {.name = "x", .local_name = "yy"}, "disagree"},
		{"overlap", {.name = "x", .offset_error = UINT32_MAX - 30}, "disagree"},
		{"two sizes", {.name = "x", .claimed_size = 1 << 20}, "has two sizes"},
		{"checksums", {.name = "config.json", .crc_error = 1}, "is damaged"},
		{"lengths", {.name = "config.json", .deflate = true, .claimed_size = 20},
				"is damaged"},
		{"bombs", {.name = "config.json", .deflate = true, .claimed_size = 60 << 20},
				"decompression bomb"},
		{"texts without end",
				{.name = "config.json", .deflate = true, .claimed_size = 65 << 20},
				"the limit is 67108864"},
};

static void
each_lie_of_an_archive_is_refused(void **state)
{
	for (size_t i = 0; i < sizeof LIES / sizeof *LIES; i++) {
		char *data;
		struct archive archive;
		struct member lie = LIES[i].member;
		lie.data = CONFIG;
		lie.size = sizeof CONFIG - 1;
		begin(&archive);
		add(&archive, weights_member(*state, &data));
		add(&archive, lie);
		assert_refused(*state, finish(*state, &archive, ""), LADLE_E_INPUT, LIES[i].reason);
		free(data);
	}
}

/* Two directory entries with one body each, where the second lies inside the first. */
static void
members_that_overlap_are_refused(void **state)
{
	char *data;
	struct archive inner, outer;
	begin(&inner);
	add(&inner, text_member("x"));
	begin(&outer);
	add(&outer, weights_member(*state, &data));
	uint32_t at = (uint32_t)outer.bytes.length + 30 + 5;
	add(&outer, (struct member){.name = "outer",
				    .data = inner.bytes.data,
				    .size = inner.bytes.length});
	size_t before = outer.bytes.length;
	struct member again = text_member("x");
	again.offset_error = at - (uint32_t)before;
	add(&outer, again);
	outer.bytes.length = before; /* its own bytes are those inside "outer" */
	assert_refused(*state, finish(*state, &outer, ""), LADLE_E_INPUT, "overlap");
	buf_done(&inner.bytes);
	buf_done(&inner.directory);
	free(data);
}

static void
a_bomb_of_weights_is_refused_before_it_is_unpacked(void **state)
{
	enum { SIZE = 300 << 20 };
	char *zeros = calloc(1, SIZE);
	struct archive archive;
	begin(&archive);
	add(&archive, (struct member){.name = "model.weights.h5",
				      .data = zeros,
				      .size = SIZE,
				      .deflate = true});
	assert_refused(*state, finish(*state, &archive, ""), LADLE_E_INPUT, "decompression bomb");
	free(zeros);
}

static void
other_archives_are_refused_by_name(void **state)
{
	static const struct {
		const char *member, *reason;
	} OTHERS[] = {{"arr_0.npy", "NumPy .npz"}, {"archive/data.pkl", "PyTorch"},
			{"model.weights.npz", ".npz"}, {"m/saved_model.pb", "SavedModel"},
			{"word/document.xml", "zip archive without model.weights.h5"}};
	for (size_t i = 0; i < sizeof OTHERS / sizeof *OTHERS; i++) {
		struct archive archive;
		begin(&archive);
		add(&archive, text_member(OTHERS[i].member));
		assert_refused(*state, finish(*state, &archive, ""), LADLE_E_INPUT,
				OTHERS[i].reason);
	}
}

static void
weights_that_are_no_hdf5_are_refused(void **state)
{
	struct archive archive;
	begin(&archive);
	add(&archive, text_member("model.weights.h5"));
	assert_refused(*state, finish(*state, &archive, ""), LADLE_E_INPUT, "holds no HDF5 data");
}

static void
too_many_members_are_refused(void **state)
{
	struct archive archive;
	char name[32];
	begin(&archive);
	for (int i = 0; i <= ARCHIVE_MAX_MEMBERS; i++) {
		snprintf(name, sizeof name, "m%d", i);
		add(&archive, text_member(name));
	}
	assert_refused(*state, finish(*state, &archive, ""), LADLE_E_INPUT, "has 4097 members");
}

/* Damage anywhere in headers and directory: an answer, and never wrong numbers. */
static void
changed_bytes_are_refused_or_harmless(void **state)
{
	char *data;
	size_t size;
	struct archive archive;
	begin(&archive);
	add(&archive, text_member("config.json"));
	add(&archive, weights_member(*state, &data));
	char *whole = get_file(finish(*state, &archive, ""), &size);
	const char *path = scratch(*state, "flip.keras");
	for (size_t i = 0; i < 260; i++) {
		size_t at = i < 130 ? i : size - 1 - (i - 130);
		struct file *file = NULL;
		whole[at] ^= (char)0x41;
		put_file(path, whole, size);
		if (file_open(&file, ((struct fixture *)*state)->nursery, path, NULL) == LADLE_OK) {
			assert_weights_read(file);
			file_close(file);
		}
		whole[at] ^= (char)0x41;
	}
	free(whole);
	free(data);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(a_stored_member_is_read_in_place),
			cmocka_unit_test(a_deflated_member_reads_the_same),
			cmocka_unit_test(zip64_fields_are_understood),
			cmocka_unit_test(the_wide_end_record_is_understood),
			cmocka_unit_test(end_records_that_disagree_are_refused),
			cmocka_unit_test(the_member_of_keras_2_11_is_found),
			cmocka_unit_test(bytes_behind_the_archive_are_noted),
			cmocka_unit_test(an_archive_cut_anywhere_is_refused),
			cmocka_unit_test(each_lie_of_an_archive_is_refused),
			cmocka_unit_test(members_that_overlap_are_refused),
			cmocka_unit_test(a_bomb_of_weights_is_refused_before_it_is_unpacked),
			cmocka_unit_test(other_archives_are_refused_by_name),
			cmocka_unit_test(weights_that_are_no_hdf5_are_refused),
			cmocka_unit_test(too_many_members_are_refused),
			cmocka_unit_test(changed_bytes_are_refused_or_harmless),
	};
	return cmocka_run_group_tests(tests, fixture_make, fixture_remove);
}
