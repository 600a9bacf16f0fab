#include "file/sniff.h"

#include <ctype.h>
#include <fcntl.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

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

#define BECOMES_H5 \
	"; in Python: h = h5py.File('x.h5', 'w'); [h.create_dataset(k, data=v) for k, v in "

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
	return path_holds(s, "saved_model.pb") || begins(s, 0, "\x08\x01\x12", 3);
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
	return begins(s, 8, "{\"", 2) && s->head[7] == 0 && s->head[6] == 0;
}

static bool
is_npy(const struct sample *s)
{
	return begins(s, 0, "\x93NUMPY", 6);
}

static bool
is_pickle(const struct sample *s)
{
	return s->length > 2 && s->head[0] == 0x80 && s->head[1] >= 2 && s->head[1] <= 5;
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

/* The first that fits. */
static const struct {
	bool (*is)(const struct sample *);
	const char *why;
} KINDS[] = {
		{is_lfs_pointer, "is a Git LFS pointer, not the file itself: `git lfs pull` "
				 "fetches it"},
		{is_html, "is an HTML page: the download gave a web page instead of the file"},
		{is_tf_checkpoint, "is part of a TensorFlow checkpoint, not HDF5; in Python: "
				   "model.load_weights(PREFIX); model.save_weights('x.h5')"},
		{is_npy, "is a NumPy array; in Python: h5py.File('x.h5', 'w')['x'] = "
			 "numpy.load(F)"},
		{is_safetensors, "is a safetensors file" BECOMES_H5
				 "safetensors.numpy.load_file(F).items()]"},
		{is_pickle, "is a Python pickle, perhaps of PyTorch" BECOMES_H5
			    "torch.load(F, weights_only=True).items()]"},
		{is_gguf, "is a GGUF file, which no Keras writes"},
		{is_compressed, "is compressed: unpack it first (gunzip, xz -d, tar -x, ...)"},
		{is_saved_model, "is a TensorFlow SavedModel; in Python: "
				 "tf.keras.models.load_model(FOLDER).save('x.h5')"},
		{is_onnx, "is an ONNX model" BECOMES_H5
			  "((t.name, onnx.numpy_helper.to_array(t)) for t in "
			  "onnx.load(F).graph.initializer)]"},
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
sniff_folder(int fd)
{
	struct stat st;
	if (fstatat(fd, "saved_model.pb", &st, 0) == 0)
		return "is a folder: a SavedModel; in Python: "
		       "tf.keras.models.load_model(FOLDER).save('x.h5')";
	if (fstatat(fd, "model.weights.h5", &st, 0) == 0)
		return "is a folder: an unpacked .keras; open the model.weights.h5 in it";
	if (fstatat(fd, "model.weights.json", &st, 0) == 0)
		return "is a folder: a model in shards; open the model.weights.json in it";
	return "is a folder, not a file";
}
