#include "file/sniff.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file/convert.h"
#include "file/superblock.h"

enum { HEAD = 4096, TAIL = 8 };

/* Only what tells a person more than "not HDF5" is worth a row. The face's process looks at these
 * bytes itself, so that nothing here may do more than compare. */
struct sample {
	unsigned char head[HEAD + 1]; /* NUL-terminated */
	size_t length;
	unsigned char tail[TAIL];
	const char *path;
};

static bool
begins(const struct sample *s, size_t at, const char *bytes, size_t n)
{
	return s->length >= at + n && !memcmp(s->head + at, bytes, n);
}

static bool
path_holds(const struct sample *s, const char *part)
{
	return strstr(s->path, part) != NULL;
}

static bool
path_ends(const struct sample *s, const char *end)
{
	size_t n = strlen(s->path), m = strlen(end);
	return n > m && !strcmp(s->path + n - m, end);
}

static const char *
skip_blanks(const struct sample *s)
{
	const char *p = (const char *)s->head;
	if (!strncmp(p, "\xef\xbb\xbf", 3))
		p += 3;
	return p + strspn(p, " \t\r\n");
}

static bool
is_lfs_pointer(const struct sample *s)
{
	static const char TEXT[] = "version https://git-lfs.github.com/spec/";
	return begins(s, 0, TEXT, sizeof TEXT - 1);
}

static bool
is_html(const struct sample *s)
{
	static const char *const STARTS[] = {"<!doctype", "<html", "<head", "<?xml", "<body"};
	for (size_t i = 0; i < sizeof STARTS / sizeof *STARTS; i++)
		if (!strncasecmp(skip_blanks(s), STARTS[i], strlen(STARTS[i])))
			return true;
	return false;
}

/* The footer of a LevelDB table, which a checkpoint's .index is. */
static bool
is_tf_index(const struct sample *s)
{
	return !memcmp(s->tail, "\x57\xfb\x80\x8b\x24\x75\x47\xdb", TAIL);
}

static bool
is_tf_checkpoint(const struct sample *s)
{
	static const char TEXT[] = "model_checkpoint_path:";
	return is_tf_index(s) || begins(s, 0, TEXT, sizeof TEXT - 1) ||
	       (path_holds(s, ".data-") && path_holds(s, "-of-"));
}

/* Protobuf: field 1 (schema version) is 1, field 2 (a meta graph) follows. */
static bool
is_saved_model(const struct sample *s)
{
	return path_ends(s, ".pb") || begins(s, 0, "\x08\x01\x12", 3);
}

/* Protobuf too, with the same first fields as ONNX. */
static bool
is_core_ml(const struct sample *s)
{
	return path_ends(s, ".mlmodel");
}

static bool
is_tflite(const struct sample *s)
{
	return begins(s, 4, "TFL3", 4);
}

static bool
is_tfjs_data(const struct sample *s)
{
	return path_holds(s, "-shard") && path_ends(s, ".bin");
}

/* Protobuf: field 1 (IR version) from 3 on, then the producer's name or the graph. */
static bool
is_onnx(const struct sample *s)
{
	return path_holds(s, ".onnx") ||
	       (begins(s, 0, "\x08", 1) && s->length > 3 && s->head[1] >= 3 && s->head[1] < 32 &&
			       (s->head[2] == 0x12 || s->head[2] == 0x3a));
}

/* Length of the header, little-endian, then its JSON. */
static bool
is_safetensors(const struct sample *s)
{
	bool is_json = begins(s, 8, "{\"", 2) || begins(s, 8, "{}", 2);
	return is_json && s->head[7] == 0 && s->head[6] == 0;
}

static bool
is_npy(const struct sample *s)
{
	return begins(s, 0, "\x93NUMPY", 6);
}

/* The number that PyTorch pickles first. */
static bool
is_torch(const struct sample *s)
{
	return begins(s, 0, "\x80\x02\x8a\x0al\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.", 15);
}

/* Protocol 0 is text, and joblib compresses: of them only the name tells. */
static bool
is_pickle(const struct sample *s)
{
	return (s->length > 2 && s->head[0] == 0x80 && s->head[1] >= 2 && s->head[1] <= 5) ||
	       path_ends(s, ".pkl") || path_ends(s, ".pickle") || path_ends(s, ".joblib");
}

static bool
is_gguf(const struct sample *s)
{
	return begins(s, 0, "GGUF", 4);
}

static bool
is_compressed(const struct sample *s)
{
	return begins(s, 0, "\x1f\x8b", 2) ||
	       begins(s, 0,
			       "\xfd"
			       "7zXZ",
			       5) ||
	       begins(s, 0, "BZh", 3) || begins(s, 0, "\x28\xb5\x2f\xfd", 4) ||
	       begins(s, 0, "7z\xbc\xaf", 4) || begins(s, 257, "ustar", 5);
}

static bool
is_shard_index(const struct sample *s)
{
	return *skip_blanks(s) == '{' && strstr((const char *)s->head, "\"weight_map\"");
}

static bool
is_tfjs(const struct sample *s)
{
	return *skip_blanks(s) == '{' &&
	       (strstr((const char *)s->head, "\"modelTopology\"") ||
			       strstr((const char *)s->head, "\"weightsManifest\""));
}

static bool
is_json(const struct sample *s)
{
	char c = *skip_blanks(s);
	return (c == '{' || c == '[') && path_holds(s, ".json");
}

static bool
is_blank(const struct sample *s)
{
	for (size_t i = 0; i < s->length; i++)
		if (s->head[i])
			return false;
	return true;
}

static bool
is_text(const struct sample *s)
{
	for (size_t i = 0; i < s->length; i++)
		if (s->head[i] < 0x80 && !isprint(s->head[i]) && !isspace(s->head[i]))
			return false;
	return true;
}

/* Only with its model do the weights get Keras's names; the other line lists what there is. */
#define FROM_CHECKPOINT                                                  \
	"; in Python, with its model and TensorFlow up to 2.15: "        \
	"model.load_weights(PREFIX).assert_existing_objects_matched(); " \
	"model.save_weights('x.h5'); or, without the model: "            \
	"import h5py, tensorflow as tf; h = h5py.File('x.h5', 'w'); "    \
	"r = tf.train.load_checkpoint(PREFIX); "                         \
	"[h.create_dataset(k, data=r.get_tensor(k)) for k, d in "        \
	"r.get_variable_to_dtype_map().items() if d != tf.string]; h.close()"
#define FROM_ORBAX                                                                              \
	"is a folder: an Orbax checkpoint; in Python, with Keras from 3.14 and FOLDER the one " \
	"that holds the numbered ones: "

/* The first that fits. */
static const struct {
	bool (*is)(const struct sample *);
	const char *why;
} KINDS[] = {
		{is_lfs_pointer, "is a Git LFS pointer, not the file itself: `git lfs pull` "
				 "fetches it"},
		{is_html, "is an HTML page: the download gave a web page instead of the file"},
		{is_tf_checkpoint, "is part of a TensorFlow checkpoint" FROM_CHECKPOINT},
		{is_npy, "is a NumPy array; in Python: import h5py, numpy; "
			 "h = h5py.File('x.h5', 'w'); h['x'] = numpy.load(F); h.close()"},
		{is_safetensors, "is a safetensors file" CONVERT_DOTS("safetensors.numpy",
						 "safetensors.numpy.load_file(F).items()")},
		{is_torch, "is a PyTorch file" CONVERT_TORCH},
		{is_pickle, "is a Python pickle, whose loading runs what its writer "
			    "wanted" CONVERT_PAIRS("joblib",
					    "((str(k), v) for k, v in (lambda w: w.items() if "
					    "hasattr(w, 'items') else enumerate(w))"
					    "(joblib.load(F)))")},
		{is_gguf, "is a GGUF file" CONVERT_DOTS("gguf", "((t.name, t.data) for t in "
								"gguf.GGUFReader(F).tensors)")},
		{is_compressed, "is compressed: unpack it first (gunzip, xz -d, tar -x, ...)"},
		{is_saved_model, "is part of a TensorFlow SavedModel" CONVERT_VARIABLES},
		{is_core_ml, "is a Core ML model, from which no way leads back to Keras"},
		{is_tflite, "is a TensorFlow Lite model; in Python: import h5py, tensorflow as tf; "
			    "h = h5py.File('x.h5', 'w'); i = tf.lite.Interpreter(F, "
			    "experimental_preserve_all_tensors=True); i.allocate_tensors(); "
			    "[h.create_dataset(str(t['index']), data=i.get_tensor(t['index'])) "
			    "for t in i.get_tensor_details()]; h.close()"},
		{is_onnx, "is an ONNX model" CONVERT_PAIRS("onnx.numpy_helper",
					  "((t.name, onnx.numpy_helper.to_array(t)) "
					  "for t in onnx.load(F).graph.initializer)")},
		{is_tfjs, "is a TensorFlow.js model; in Python: import tensorflowjs; "
			  "tensorflowjs.converters.load_keras_model(F).save('x.h5')"},
		{is_tfjs_data, "holds weights of a TensorFlow.js model: convert the model.json "
			       "beside it"},
		{is_json, "is JSON text, not a checkpoint"},
		{is_blank, "begins with zero bytes only: an unfinished download or copy"},
		{is_text, "is text, not a checkpoint"},
};

static size_t
read_at(int fd, uint64_t at, void *data, size_t size)
{
	ssize_t n = pread(fd, data, size, (off_t)at);
	return n > 0 ? (size_t)n : 0;
}

enum sniffed
sniff_file(int fd, uint64_t size, const char *path, const char **why)
{
	struct sample sample = {.path = path};
	struct superblock superblock;
	sample.length = read_at(fd, 0, sample.head, HEAD);
	if (begins(&sample, 0, "PK\3\4", 4))
		return SNIFF_ZIP;
	if (superblock_read(fd, 0, size, &superblock))
		return SNIFF_H5;
	if (is_shard_index(&sample))
		return SNIFF_INDEX;
	if (size >= TAIL)
		read_at(fd, size - TAIL, sample.tail, TAIL);
	*why = sample.length ? "is neither HDF5 nor a .keras archive" : "is empty (0 bytes)";
	for (size_t i = 0; sample.length && i < sizeof KINDS / sizeof *KINDS; i++) {
		if (!KINDS[i].is(&sample))
			continue;
		*why = KINDS[i].why;
		break;
	}
	return SNIFF_OTHER;
}

const char *
sniff_missing(const char *path)
{
	char index[PATH_MAX];
	int length = snprintf(index, sizeof index, "%s.index", path);
	if (length < 0 || (size_t)length >= sizeof index || access(index, F_OK) != 0)
		return NULL;
	return "is a TensorFlow checkpoint" FROM_CHECKPOINT;
}

/* What tells a folder by one file in it; the first that is there. */
static const struct {
	const char *name, *why;
} FOLDERS[] = {
		{"keras_metadata.pb", "is a folder: a SavedModel; in Python, with TensorFlow up to "
				      "2.15: tf.keras.models.load_model(FOLDER).save('x.h5')"},
		{"saved_model.pb", "is a folder: a SavedModel" CONVERT_VARIABLES},
		{"model.weights.h5", "is a folder without a config.json: open the model.weights.h5 "
				     "in it"},
		{"model.weights.json", "is a folder: a model in shards; open the "
				       "model.weights.json in it"},
		{"model_config/_METADATA", FROM_ORBAX "keras.models.load_model(FOLDER).save("
						      "'x.keras')"},
		{"_CHECKPOINT_METADATA", FROM_ORBAX "model.compile('adam'); "
						    "model.load_weights(FOLDER); "
						    "model.save_weights('x.weights.h5')"},
		{"manifest.ocdbt", "is a folder: a part of an Orbax checkpoint; open the one that "
				   "holds the numbered ones"},
		{"checkpoint", "is a folder with TensorFlow checkpoints, where "
			       "PREFIX = tf.train.latest_checkpoint(FOLDER)" FROM_CHECKPOINT},
		{"variables.index", "is a folder: the weights of the SavedModel above it; open "
				    "that"},
		{"model.json", "is a folder with a TensorFlow.js model: open the model.json in it"},
		{"Data/com.apple.CoreML/model.mlmodel",
				"is a folder: a Core ML model, from which no way leads "
				"back to Keras"},
};

static const char *
name_folder(int fd)
{
	struct stat st;
	for (size_t i = 0; i < sizeof FOLDERS / sizeof *FOLDERS; i++)
		if (fstatat(fd, FOLDERS[i].name, &st, 0) == 0 && S_ISREG(st.st_mode))
			return FOLDERS[i].why;
	return NULL;
}

static const char *
name_step(int parent, const char *name)
{
	size_t digits = strspn(name, "0123456789");
	int fd = digits && !name[digits] ? openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
					 : -1;
	const char *why = fd < 0 ? NULL : name_folder(fd);
	if (fd >= 0)
		close(fd);
	return why;
}

/* Orbax keeps one folder for each step, named by a number. */
static const char *
name_steps(int fd)
{
	const char *why = NULL;
	int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = copy < 0 ? NULL : fdopendir(copy);
	if (!dir && copy >= 0)
		close(copy);
	for (struct dirent *entry; dir && !why && (entry = readdir(dir));)
		why = name_step(fd, entry->d_name);
	if (dir)
		closedir(dir);
	return why;
}

const char *
sniff_folder(int fd)
{
	const char *why = name_folder(fd);
	why = why ? why : name_steps(fd);
	return why ? why : "is a folder, not a file";
}
