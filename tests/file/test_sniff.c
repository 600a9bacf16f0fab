#include "made_h5.h"

/* Small files that are no checkpoints, with the words that the reason must hold. */
static const struct {
	const char *name, *bytes;
	size_t size;
	const char *reason;
} STRANGERS[] = {
		{"empty", "", 0, "is empty (0 bytes)"},
		{"notes.txt", "just some notes\n", 16, "is text"},
		{"page.h5", "\n<!DOCTYPE html><html></html>", 29, "is an HTML page"},
		{"page2.h5", "<HTML><HEAD>", 12, "is an HTML page"},
		{"lfs.h5", "version https://git-lfs.github.com/spec/v1\noid sha256:0\n", 56,
				"git lfs pull"},
		{"x.npy", "\x93NUMPY\x01\x00", 8, "is a NumPy array"},
		{"x.pt", "\x80\x02\x8a\x0al\xfc", 6, "is a Python pickle"},
		{"x.safetensors", "\x10\0\0\0\0\0\0\0{\"__metadata__\"", 23,
				"is a safetensors file"},
		{"x.onnx", "\x08\x08\x12\x07pytorch", 11, "is an ONNX model"},
		{"saved_model.pb", "\x08\x01\x12\x07\x0a", 5, "is a TensorFlow SavedModel"},
		{"checkpoint", "model_checkpoint_path: \"ckpt\"\n", 30,
				"is part of a TensorFlow checkpoint"},
		{"c.data-00000-of-00001", "\1\2\3\4", 4, "is part of a TensorFlow checkpoint"},
		{"c.index", "\1\2\3\4\x57\xfb\x80\x8b\x24\x75\x47\xdb", 12,
				"is part of a TensorFlow checkpoint"},
		{"x.weights.json", "{\"metadata\": 1, \"weight_map\": {}}", 33,
				"index of a sharded checkpoint that names no shard"},
		{"config.json", "{\"class_name\": \"Sequential\"}", 28, "is JSON text"},
		{"x.h5.gz", "\x1f\x8b\x08\x00\x01", 5, "is compressed"},
		{"x.gguf", "GGUF\3\0\0\0", 8, "is a GGUF file"},
		{"zeros.h5", "\0\0\0\0\0\0\0\0", 8, "begins with zero bytes only"},
		{"junk", "\1\2\3\xff\xfe\4", 6, "is neither HDF5 nor a .keras archive"},
};

static void
strangers_are_refused_by_name(void **state)
{
	for (size_t i = 0; i < sizeof STRANGERS / sizeof *STRANGERS; i++) {
		const char *path = scratch(*state, STRANGERS[i].name);
		put_file(path, STRANGERS[i].bytes, STRANGERS[i].size);
		assert_refused(*state, path, LADLE_E_INPUT, STRANGERS[i].reason);
	}
}

static void
what_is_no_file_is_refused_without_waiting(void **state)
{
	const struct fixture *fixture = *state;
	const char *fifo = scratch(fixture, "fifo");
	assert_int_equal(mkfifo(fifo, 0600), 0);
	assert_refused(fixture, fifo, LADLE_E_INPUT, "is a FIFO");
	assert_refused(fixture, fixture->folder, LADLE_E_INPUT, "is a folder");
	assert_refused(fixture, "/dev/zero", LADLE_E_INPUT, "is a device");
	assert_refused(fixture, "/nonexistent/x.h5", LADLE_E_INPUT, "No such file or directory");
}

static void
folders_of_keras_are_told_apart(void **state)
{
	const char *folder = scratch(*state, "folder");
	char path[600];
	assert_int_equal(mkdir(folder, 0700), 0);
	snprintf(path, sizeof path, "%s/model.weights.h5", folder);
	put_file(path, "", 0);
	assert_refused(*state, folder, LADLE_E_INPUT, "open the model.weights.h5 in it");
	unlink(path);
	snprintf(path, sizeof path, "%s/saved_model.pb", folder);
	put_file(path, "", 0);
	assert_refused(*state, folder, LADLE_E_INPUT, "a SavedModel");
	unlink(path);
}

static void
a_file_cut_anywhere_is_refused(void **state)
{
	size_t size;
	char *whole = get_file(matrices(*state, "matrices.h5"), &size);
	const char *path = scratch(*state, "cut.h5");
	for (size_t i = 1; i < 40; i++) {
		size_t cut = i < 20 ? size * i / 20 : (i - 19) * 7; /* also within the superblock */
		put_file(path, whole, cut);
		assert_refused(*state, path, LADLE_E_INPUT, cut < 8 ? "is neither" : "truncated");
	}
	put_file(path, whole, size - 1);
	assert_refused(*state, path, LADLE_E_INPUT, "the file says");
	free(whole);
}

static void
bytes_behind_the_end_are_noted(void **state)
{
	size_t size;
	char *whole = get_file(matrices(*state, "matrices.h5"), &size);
	const char *path = scratch(*state, "junk.h5");
	char *longer = calloc(1, size + 5000);
	memcpy(longer, whole, size);
	put_file(path, longer, size + 5000);
	struct file *file = must_open(*state, path);
	assert_string_equal(file_catalog(file)->note,
			"5000 bytes after the end of the HDF5 data are ignored");
	assert_reads(file, "/contiguous", 0, NUMBERS);
	file_close(file);
	free(longer);
	free(whole);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(strangers_are_refused_by_name),
			cmocka_unit_test(what_is_no_file_is_refused_without_waiting),
			cmocka_unit_test(folders_of_keras_are_told_apart),
			cmocka_unit_test(a_file_cut_anywhere_is_refused),
			cmocka_unit_test(bytes_behind_the_end_are_noted),
	};
	return cmocka_run_group_tests(tests, fixture_make, fixture_remove);
}
