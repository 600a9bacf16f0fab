/* What tells one tensor's values from another's: bytes on disk, and the order they are read in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "keras/provenance.h"
#include "keras/reorder.h"
#include "keras/tensor_view.h"

enum { TENSORS = 4 }; /* of the file, that are tried */

static char path[64];

static FILE *
make_file(void)
{
	static char block[65536];
	strcpy(path, "/tmp/ladle-provenance-XXXXXX");
	FILE *in = fopen("sample-data/run-epoch06.h5", "rb");
	int fd = mkstemp(path);
	FILE *out = fd < 0 ? NULL : fdopen(fd, "r+b");
	size_t got;

	assert_true(in != NULL && out != NULL);
	while ((got = fread(block, 1, sizeof(block), in)) > 0)
		assert_int_equal(fwrite(block, 1, got, out), got);
	fclose(in);
	assert_int_equal(fflush(out), 0);
	return out;
}

static void
flip(FILE *file, uint64_t at)
{
	assert_int_equal(fseek(file, (long)at, SEEK_SET), 0);
	int byte = fgetc(file);
	assert_int_equal(fseek(file, (long)at, SEEK_SET), 0);
	assert_int_equal(fputc(byte ^ 1, file), byte ^ 1);
	assert_int_equal(fflush(file), 0);
}

static struct ladle_checkpoint *
open_file(struct ladle **library)
{
	const struct ladle_options options = {.threads = 1, .no_sandbox = true};
	struct ladle_checkpoint *checkpoint;

	assert_int_equal(ladle_open(library, &options, NULL), LADLE_OK);
	assert_int_equal(ladle_checkpoint_open(&checkpoint, *library, path, NULL), LADLE_OK);
	return checkpoint;
}

static struct buf
tell_file(const struct ladle_checkpoint *checkpoint)
{
	struct buf out;

	buf_init(&out);
	assert_int_equal(file_identify(checkpoint_of(checkpoint)->file, &out, NULL), LADLE_OK);
	return out;
}

/* Frees both. */
static bool
take_same(struct buf a, struct buf b)
{
	bool same = a.length == b.length && memcmp(a.data, b.data, a.length) == 0;

	buf_done(&a);
	buf_done(&b);
	return same;
}

/* An open file has the size and the times that it had: its bytes alone tell. */
static void
every_byte_of_a_small_file_counts(void **state)
{
	FILE *file = make_file();
	struct ladle *library;
	struct ladle_checkpoint *checkpoint = open_file(&library);
	long size;

	(void)state;
	assert_int_equal(fseek(file, 0, SEEK_END), 0);
	size = ftell(file);
	for (long at = 0; at < size; at += 997) {
		struct buf before = tell_file(checkpoint);
		flip(file, (uint64_t)at);
		assert_false(take_same(before, tell_file(checkpoint)));
		flip(file, (uint64_t)at);
	}
	assert_true(take_same(tell_file(checkpoint), tell_file(checkpoint)));
	ladle_checkpoint_close(checkpoint);
	ladle_close(library);
	fclose(file);
	unlink(path);
}

/* Opened anew, since a file that changed while it is open is not read. */
static struct buf
tell_tensor_at(uint32_t index, uint64_t *first, uint64_t *last)
{
	struct ladle *library;
	struct ladle_checkpoint *checkpoint = open_file(&library);
	const struct ladle_tensor *tensor = &checkpoint->tensors[index];
	const struct catalog_object *object =
			&checkpoint_of(checkpoint)->catalog->objects[tensor->dataset];
	struct buf out;

	assert_int_equal(object->storage, CATALOG_CONTIGUOUS);
	*first = object->offset;
	*last = object->offset + object->stored - 1;
	buf_init(&out);
	assert_int_equal(provenance_append(&out, checkpoint_of(checkpoint), tensor, NULL),
			LADLE_OK);
	ladle_checkpoint_close(checkpoint);
	ladle_close(library);
	return out;
}

static void
first_and_last_element_of_each_tensor_count(void **state)
{
	FILE *file = make_file();
	uint64_t first, last;

	(void)state;
	for (uint32_t i = 0; i < TENSORS; i++) {
		struct buf told = tell_tensor_at(i, &first, &last);
		flip(file, first);
		assert_false(take_same(told, tell_tensor_at(i, &first, &last)));
		told = tell_tensor_at(i, &first, &last);
		flip(file, last);
		assert_false(take_same(told, tell_tensor_at(i, &first, &last)));
	}
	fclose(file);
	unlink(path);
}

/* ---- the order of units ---- */

static struct buf
tell_order(const uint32_t *order, const double *scale)
{
	static const uint64_t shape[] = {3};
	/* Nothing is read of what cannot be. */
	const struct ladle_tensor from = {.shape = shape, .rank = 1, .refused = "refused"};
	const struct reorder_axis axis = {.order = order, .where = -1, .scale = scale};
	const struct reorder reorder = {&from, &axis};
	const struct ladle_view view = {.rank = 1, .shape = shape, .reorder = &reorder};
	const struct ladle_tensor tensor = {.shape = shape, .rank = 1, .view = &view};
	const struct checkpoint none = {.file = NULL};
	struct buf out;

	buf_init(&out);
	assert_int_equal(provenance_append(&out, &none, &tensor, NULL), LADLE_OK);
	return out;
}

static void
another_order_or_scale_of_units_is_another_tensor(void **state)
{
	static const uint32_t there[] = {1, 2, 0}, back[] = {2, 0, 1};
	static const double one[] = {1, 1, 1}, minus[] = {1, -1, 1};

	(void)state;
	assert_true(take_same(tell_order(there, one), tell_order(there, one)));
	assert_false(take_same(tell_order(there, one), tell_order(back, one)));
	assert_false(take_same(tell_order(there, one), tell_order(there, minus)));
	assert_false(take_same(tell_order(there, NULL), tell_order(NULL, NULL)));
	assert_false(take_same(tell_order(NULL, one), tell_order(NULL, NULL)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(every_byte_of_a_small_file_counts),
			cmocka_unit_test(first_and_last_element_of_each_tensor_count),
			cmocka_unit_test(another_order_or_scale_of_units_is_another_tensor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
