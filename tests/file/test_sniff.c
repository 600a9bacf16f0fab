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
		{"x.pt", "\x80\x02\x8a\x0al\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.", 15,
				"is a PyTorch file; in Python: import h5py, torch"},
		{"w.bin", "\x80\x04\x95\x10", 4, "is a Python pickle"},
		{"w.pkl", "(lp0\n.", 6, "is a Python pickle"},
		{"w.joblib", "\x78\x9c\x01", 3, "is a Python pickle"},
		{"x.safetensors", "\x10\0\0\0\0\0\0\0{\"__metadata__\"", 23,
				"is a safetensors file"},
		{"none.safetensors", "\x02\0\0\0\0\0\0\0{}", 10, "is a safetensors file"},
		{"x.mlmodel", "\x08\x04\x12\x07", 4, "is a Core ML model"},
		{"x.tflite", "\x1c\0\0\0TFL3", 8, "is a TensorFlow Lite model"},
		{"model.json", "{\"modelTopology\": {}}", 21, "is a TensorFlow.js model"},
		{"group1-shard1of1.bin", "\1\2\3\xff", 4, "weights of a TensorFlow.js model"},
		{"x.onnx", "\x08\x08\x12\x07pytorch", 11, "is an ONNX model"},
		{"saved_model.pb", "\x08\x01\x12\x07\x0a", 5, "is part of a TensorFlow SavedModel"},
		{"keras_metadata.pb", "\x0a\x05\x08", 3, "is part of a TensorFlow SavedModel"},
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

/* A folder with nothing but this file, and what is said of the folder above it. */
static const struct {
	const char *folder, *file, *reason;
} FOLDERS[] = {
		{"", "model.weights.h5", "open the model.weights.h5 in it"},
		{"", "model.weights.json", "open the model.weights.json in it"},
		{"", "keras_metadata.pb", "tf.keras.models.load_model(FOLDER).save('x.h5')"},
		{"", "saved_model.pb", "tf.saved_model.load(FOLDER).variables"},
		{"", "variables.index", "the weights of the SavedModel above it"},
		{"", "checkpoint", "tf.train.latest_checkpoint(FOLDER)"},
		{"", "_CHECKPOINT_METADATA", "an Orbax checkpoint"},
		{"1200", "_CHECKPOINT_METADATA", "an Orbax checkpoint"},
		{"step", "_CHECKPOINT_METADATA", "is a folder, not a file"},
		{"checkpoint", "x", "is a folder, not a file"},
		{"model_config", "_METADATA", "keras.models.load_model(FOLDER).save('x.keras')"},
		{"", "manifest.ocdbt", "part of an Orbax checkpoint"},
		{"", "model.json", "open the model.json in it"},
		{"", "notes.txt", "is a folder, not a file"},
};

static void
folders_of_other_programs_are_told_apart(void **state)
{
	const char *folder = scratch(*state, "folder");
	char below[600], path[700];
	for (size_t i = 0; i < sizeof FOLDERS / sizeof *FOLDERS; i++) {
		snprintf(below, sizeof below, "%s/%s", folder, FOLDERS[i].folder);
		snprintf(path, sizeof path, "%s/%s", below, FOLDERS[i].file);
		assert_int_equal(mkdir(folder, 0700), 0);
		mkdir(below, 0700);
		put_file(path, "", 0);
		assert_refused(*state, folder, LADLE_E_INPUT, FOLDERS[i].reason);
		unlink(path);
		rmdir(below);
		rmdir(folder);
	}
}

/* TensorFlow is told the part that the names of its files have in common. */
static void
the_beginning_of_a_tensorflow_checkpoint_is_known(void **state)
{
	const char *index = scratch(*state, "tf.index"), *prefix = scratch(*state, "tf");
	assert_refused(*state, prefix, LADLE_E_INPUT, "No such file or directory");
	put_file(index, "", 0);
	assert_refused(*state, prefix, LADLE_E_INPUT,
			"is a TensorFlow checkpoint; in Python, with its model");
	unlink(index);
}

/* A reason longer than an error's text would be cut, and its line of Python with it. */
static void
lines_of_python_are_whole(void **state)
{
	const struct fixture *fixture = *state;
	int lines = 0;
	for (size_t i = 0; i < sizeof STRANGERS / sizeof *STRANGERS; i++) {
		const char *path = scratch(fixture, STRANGERS[i].name);
		struct ladle_error err = {0};
		struct file *file = NULL;
		put_file(path, STRANGERS[i].bytes, STRANGERS[i].size);
		assert_int_equal(file_open(&file, fixture->nursery, path, &err), LADLE_E_INPUT);
		if (!strstr(err.text, "; in Python"))
			continue;
		assert_int_equal(err.text[strlen(err.text) - 1], ')');
		lines++;
	}
	assert_true(lines >= 14);
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
			cmocka_unit_test(folders_of_other_programs_are_told_apart),
			cmocka_unit_test(the_beginning_of_a_tensorflow_checkpoint_is_known),
			cmocka_unit_test(lines_of_python_are_whole),
			cmocka_unit_test(a_file_cut_anywhere_is_refused),
			cmocka_unit_test(bytes_behind_the_end_are_noted),
	};
	return cmocka_run_group_tests(tests, fixture_make, fixture_remove);
}
