#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/dtype.h"
#include "file/catalog.h"

static const struct catalog_type FLOAT = {.dtype = LADLE_FLOAT32, .size = 4};
static const struct catalog_type TEXT = {
		.dtype = LADLE_STRING, .size = 16, .variable = true, .utf8 = true};

static void
place(struct catalog *catalog, uint32_t object, enum catalog_storage storage, uint64_t offset)
{
	catalog->objects[object].storage = storage;
	catalog->objects[object].offset = offset;
	catalog->objects[object].stored = catalog->objects[object].count * 4;
}

/* One of everything. */
static void
build(struct catalog *c)
{
	static const char *const NAMES[] = {"a", "",
			"gr\xc3\xbc\xc3\x9f"
			"e"};
	catalog_init(c);
	c->container = CATALOG_ZIP;
	c->base = 134;
	c->length = 100000;
	c->note = "3 bytes after the end of the archive are ignored";
	c->config = "{\"class_name\": \"Functional\"}";
	c->config_length = strlen(c->config);
	struct catalog_member *member = catalog_add_member(c, "model.weights.h5");
	*member = (struct catalog_member){.name = member->name,
			.offset = 134,
			.stored = 100000,
			.size = 100000,
			.crc = 0xdeadbeef};
	uint32_t root = catalog_add_group(c, LADLE_NONE, "");
	catalog_add_strings(c, root, "layer_names", TEXT, 1, NAMES, 3);
	catalog_add_strings(c, root, "backend", TEXT, 0, &NAMES[0], 1);
	struct catalog_attr *number = catalog_add_attr(c, root, "n", FLOAT, 1, (uint64_t[]){2});
	static const float NUMBERS[] = {1.5f, -2};
	number->numbers = NUMBERS;
	struct catalog_type other = {.dtype = LADLE_OTHER, .size = 8};
	catalog_add_attr(c, root, "o", other, 0, NULL)->refused = "holds compound data";
	uint32_t group = catalog_add_group(c, root, "dense");
	uint32_t kernel = catalog_add_dataset(c, group, "kernel:0", FLOAT, 2, (uint64_t[]){10, 20});
	place(c, kernel, CATALOG_CONTIGUOUS, 4096);
	uint32_t bomb = catalog_add_dataset(
			c, group, "x", FLOAT, 2, (uint64_t[]){1ull << 40, 1ull << 40});
	place(c, bomb, CATALOG_CHUNKED, 0);
	c->objects[bomb].refused = "declares more elements than any file can hold";
	uint32_t scalar = catalog_add_dataset(c, root, "step", FLOAT, 0, NULL);
	place(c, scalar, CATALOG_COMPACT, 0);
}

static void
encode(const struct catalog *catalog, struct buf *out)
{
	buf_init(out);
	catalog_encode(catalog, out);
	assert_false(out->failed);
}

static void
assert_same_attr(const struct catalog_attr *a, const struct catalog_attr *b)
{
	assert_string_equal(a->name, b->name);
	assert_memory_equal(&a->type, &b->type, sizeof a->type);
	assert_int_equal(a->rank, b->rank);
	assert_int_equal(a->count, b->count);
	assert_int_equal(a->refused == NULL, b->refused == NULL);
	for (uint64_t i = 0; a->strings && i < a->count; i++) {
		assert_string_equal(a->strings[i], b->strings[i]);
		assert_int_equal(a->lengths[i], b->lengths[i]);
	}
	if (a->numbers)
		assert_memory_equal(a->numbers, b->numbers, a->count * dtype_size(a->type.dtype));
}

static void
assert_same_object(const struct catalog_object *a, const struct catalog_object *b)
{
	assert_string_equal(a->path, b->path);
	assert_string_equal(a->name, b->name);
	assert_int_equal(a->kind, b->kind);
	assert_int_equal(a->parent, b->parent);
	assert_int_equal(a->first_child, b->first_child);
	assert_int_equal(a->next_sibling, b->next_sibling);
	assert_int_equal(a->rank, b->rank);
	assert_true(a->count == b->count);
	assert_int_equal(a->storage, b->storage);
	assert_int_equal(a->offset, b->offset);
	assert_int_equal(a->stored, b->stored);
	assert_int_equal(a->refused == NULL, b->refused == NULL);
	assert_int_equal(a->attr_count, b->attr_count);
	for (uint32_t i = 0; i < a->attr_count; i++)
		assert_same_attr(&a->attrs[i], &b->attrs[i]);
	for (int i = 0; i < a->rank; i++)
		assert_int_equal(a->dims[i], b->dims[i]);
}

static void
a_catalog_comes_back_as_it_went(void **state)
{
	(void)state;
	struct catalog sent, got;
	struct buf wire;
	build(&sent);
	encode(&sent, &wire);
	assert_int_equal(catalog_decode(&got, wire.data, wire.length, NULL), LADLE_OK);
	assert_int_equal(got.container, CATALOG_ZIP);
	assert_int_equal(got.base, 134);
	assert_int_equal(got.length, 100000);
	assert_string_equal(got.note, sent.note);
	assert_string_equal(got.config, sent.config);
	assert_null(got.metadata);
	assert_int_equal(got.member_count, 1);
	assert_string_equal(got.members[0].name, "model.weights.h5");
	assert_int_equal(got.members[0].crc, 0xdeadbeef);
	assert_int_equal(got.object_count, sent.object_count);
	for (uint32_t i = 0; i < got.object_count; i++)
		assert_same_object(&sent.objects[i], &got.objects[i]);
	buf_done(&wire);
	catalog_done(&got);
	catalog_done(&sent);
}

/* Looks at everything that a decoded catalog promises, so that a sanitizer sees it. */
static void
walk(const struct catalog *c)
{
	uint64_t sum = strlen(c->note) + (c->config ? strlen(c->config) : 0);
	for (uint32_t i = 0; i < c->object_count; i++) {
		const struct catalog_object *o = &c->objects[i];
		assert_int_equal(catalog_find(c, o->path), i);
		assert_true(o->parent == LADLE_NONE ? i == 0 : o->parent < i);
		for (uint32_t k = 0; k < o->attr_count; k++) {
			const struct catalog_attr *a = &o->attrs[k];
			for (uint64_t s = 0; a->strings && s < a->count; s++)
				sum += strlen(a->strings[s]) <= a->lengths[s];
			size_t bytes = (size_t)a->count * dtype_size(a->type.dtype);
			for (size_t b = 0; a->numbers && b < bytes; b++)
				sum += ((const unsigned char *)a->numbers)[b];
		}
		if (o->kind == CATALOG_DATASET && !o->refused && o->storage == CATALOG_CONTIGUOUS)
			assert_true(o->offset + o->count * o->type.size <= c->length);
	}
	assert_true(sum < UINT64_MAX);
}

/* Decodes from a block of exactly that size. */
static enum ladle_status
decode_exact(const char *data, size_t size)
{
	struct catalog catalog;
	struct ladle_error err = {0};
	char *exact = malloc(size ? size : 1);
	assert_non_null(exact);
	memcpy(exact, data, size);
	enum ladle_status status = catalog_decode(&catalog, exact, size, &err);
	free(exact);
	if (status == LADLE_OK) {
		walk(&catalog);
		catalog_done(&catalog);
	} else {
		assert_int_equal(status, LADLE_E_WORKER);
		assert_true(strlen(err.text) > 0);
	}
	return status;
}

static void
every_truncation_is_refused(void **state)
{
	(void)state;
	struct catalog catalog;
	struct buf wire;
	build(&catalog);
	encode(&catalog, &wire);
	for (size_t size = 0; size < wire.length; size++)
		assert_int_not_equal(decode_exact(wire.data, size), LADLE_OK);
	buf_char(&wire, '\0');
	assert_int_not_equal(decode_exact(wire.data, wire.length), LADLE_OK);
	buf_done(&wire);
	catalog_done(&catalog);
}

static void
every_changed_byte_is_refused_or_valid(void **state)
{
	(void)state;
	struct catalog catalog;
	struct buf wire;
	static const unsigned char MASKS[] = {0x01, 0x80, 0xff, 0x10};
	build(&catalog);
	encode(&catalog, &wire);
	size_t refused = 0;
	for (size_t at = 0; at < wire.length; at++)
		for (size_t m = 0; m < sizeof MASKS; m++) {
			wire.data[at] = (char)(wire.data[at] ^ MASKS[m]);
			refused += decode_exact(wire.data, wire.length) != LADLE_OK;
			wire.data[at] = (char)(wire.data[at] ^ MASKS[m]);
		}
	assert_true(refused > wire.length); /* most bytes are counts, lengths and extents */
	buf_done(&wire);
	catalog_done(&catalog);
}

static void
random_damage_is_refused_or_valid(void **state)
{
	(void)state;
	struct catalog catalog;
	struct buf wire, copy;
	uint64_t random = 88172645463325252u;
	build(&catalog);
	encode(&catalog, &wire);
	buf_init(&copy);
	for (int round = 0; round < 20000; round++) {
		buf_clear(&copy);
		buf_append(&copy, wire.data, wire.length);
		for (int i = 0; i < 1 + round % 7; i++) {
			random ^= random << 13;
			random ^= random >> 7;
			random ^= random << 17;
			copy.data[random % copy.length] = (char)(random >> 40);
		}
		decode_exact(copy.data, copy.length);
	}
	buf_done(&copy);
	buf_done(&wire);
	catalog_done(&catalog);
}

/* Each breaks one law of a catalog. */
static void
break_order(struct catalog *c)
{
	catalog_add_group(c, 0, "aa"); /* after "step" */
}

static void
break_uniqueness(struct catalog *c)
{
	catalog_add_group(c, 0, "step");
}

static void
break_preorder(struct catalog *c)
{
	catalog_add_group(c, 1, "zz"); /* into "dense", which the walk has left */
}

static void
break_parenthood(struct catalog *c)
{
	catalog_add_group(c, 4, "child of a dataset");
}

static void
break_slash(struct catalog *c)
{
	catalog_add_group(c, 0, "z/z");
}

static void
break_name(struct catalog *c)
{
	char name[CATALOG_MAX_NAME + 2];
	memset(name, 'z', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	catalog_add_group(c, 0, name);
}

static void
break_extent(struct catalog *c)
{
	c->objects[3].refused = NULL;
}

static void
break_window(struct catalog *c)
{
	c->objects[2].offset = c->length - 799;
}

static void
break_offset(struct catalog *c)
{
	c->objects[2].offset = UINT64_MAX - 8;
}

static void
break_type(struct catalog *c)
{
	c->objects[2].type.size = 8;
}

static void
break_refusal(struct catalog *c)
{
	c->objects[2].type = (struct catalog_type){.dtype = LADLE_OTHER, .size = 4};
}

static void
break_depth(struct catalog *c)
{
	uint32_t at = 0;
	for (int i = 0; i <= CATALOG_MAX_DEPTH; i++)
		at = catalog_add_group(c, at, "z");
}

static void
each_law_of_a_catalog_is_enforced(void **state)
{
	(void)state;
	static void (*const BREAKS[])(struct catalog *) = {break_order, break_uniqueness,
			break_preorder, break_parenthood, break_slash, break_name, break_extent,
			break_window, break_offset, break_type, break_refusal, break_depth};
	for (size_t i = 0; i < sizeof BREAKS / sizeof *BREAKS; i++) {
		struct catalog catalog;
		struct buf wire;
		build(&catalog);
		BREAKS[i](&catalog);
		encode(&catalog, &wire);
		if (decode_exact(wire.data, wire.length) == LADLE_OK)
			fail_msg("law %zu is not enforced", i);
		buf_done(&wire);
		catalog_done(&catalog);
	}
}

static void
the_deepest_group_that_is_allowed_passes(void **state)
{
	(void)state;
	struct catalog catalog;
	struct buf wire;
	build(&catalog);
	uint32_t at = 0;
	for (int i = 0; i < CATALOG_MAX_DEPTH; i++)
		at = catalog_add_group(&catalog, at, "z");
	encode(&catalog, &wire);
	assert_int_equal(decode_exact(wire.data, wire.length), LADLE_OK);
	buf_done(&wire);
	catalog_done(&catalog);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(a_catalog_comes_back_as_it_went),
			cmocka_unit_test(every_truncation_is_refused),
			cmocka_unit_test(every_changed_byte_is_refused_or_valid),
			cmocka_unit_test(random_damage_is_refused_or_valid),
			cmocka_unit_test(each_law_of_a_catalog_is_enforced),
			cmocka_unit_test(the_deepest_group_that_is_allowed_passes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
