/* libladle: look into Keras checkpoints, line them up, average them.
 *
 * Chapters follow the way of the data: error, library, checkpoint, table, figures, pictures,
 * groups, alignment, mix, repair, export.
 * The library prints nothing, never exits and has no mutable globals. Functions that can fail
 * return a status and fill the caller's `struct ladle_error` (last parameter, may be NULL); on
 * failure the out-parameters are untouched. `**out` is the caller's to free; every pointer inside
 * a returned struct is borrowed from it. Strings that came from a file are raw bytes: they may
 * hold escapes or invalid UTF-8 and must be cleaned before they reach a terminal.
 */
#ifndef LADLE_H
#define LADLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
#if defined(__GNUC__)
#pragma GCC visibility push(default) /* the library is built with everything else hidden */
#endif

#define LADLE_VERSION "0.1.0"
#define LADLE_NONE UINT32_MAX /* an index that points nowhere */
#define LADLE_MAX_RANK 32     /* HDF5's own limit, H5S_MAX_RANK */

/* ---- error ---------------------------------------------------------------------------------- */

/* X(enumerator, code in JSON, exit status of the program) */
#define LADLE_STATUSES(X)                                                                        \
	X(LADLE_OK, "ok", 0)                                                                     \
	X(LADLE_E_USAGE, "usage", 2)     /* an argument, rule or recipe word is wrong */         \
	X(LADLE_E_INPUT, "input", 3)     /* a file is missing, unreadable, damaged or refused */ \
	X(LADLE_E_WORKER, "worker", 3)   /* the process that parses the file died */             \
	X(LADLE_E_CHANGED, "changed", 3) /* the file was overwritten while it was open */        \
	X(LADLE_E_VALUE, "value", 3)     /* NaN or infinity where a number is needed */          \
	X(LADLE_E_PAIR, "pair", 4)       /* the models cannot be paired */                       \
	X(LADLE_E_OUTPUT, "output", 5)   /* the output is not written, or not durable */         \
	X(LADLE_E_MEMORY, "memory", 3)                                                           \
	X(LADLE_E_CANCELED, "canceled", 130)

enum ladle_status {
#define X(id, code, exit_status) id,
	LADLE_STATUSES(X)
#undef X
};

struct ladle_error {
	enum ladle_status status;
	char path[512];  /* the file it is about, or "" */
	char text[1024]; /* one line; names file, tensor and both values; raw bytes of names */
};

const char *ladle_status_code(enum ladle_status);
int ladle_status_exit(enum ladle_status);

/* ---- library -------------------------------------------------------------------------------- */

/* Holds the process from which workers are forked. Call ladle_open before the program starts its
 * first thread: the workers are forks of this moment. */
struct ladle;

struct ladle_options {
	int threads;     /* 0: one for each processor that is online */
	bool no_sandbox; /* only for debuggers and sanitizers */
};

/* What protects the worker here; each is true where it works, not where it was asked for. */
struct ladle_sandbox {
	bool rlimits, landlock, seccomp;
	int landlock_abi;
};

enum ladle_status ladle_open(
		struct ladle **out, const struct ladle_options *, struct ladle_error *);
void ladle_close(struct ladle *);
int ladle_threads(const struct ladle *);
/* The version of libhdf5 that the workers run, "1.14.6". */
const char *ladle_hdf5_version(void);
/* Whether OpenBLAS is there for weight matching, which takes many times as long without. */
bool ladle_has_openblas(void);
/* Asks a worker what holds it. */
enum ladle_status ladle_probe_sandbox(
		struct ladle *, struct ladle_sandbox *out, struct ladle_error *);

/* A long piece of work, seen and canceled from another thread. */
struct ladle_job;
struct ladle_job *ladle_job_new(void); /* NULL: no memory */
void ladle_job_free(struct ladle_job *);
void ladle_job_cancel(struct ladle_job *);
/* Bytes done and bytes in all; total is 0 until it is known. */
void ladle_job_progress(const struct ladle_job *, uint64_t *done, uint64_t *total);

/* ---- checkpoint ----------------------------------------------------------------------------- */

/* X(enumerator, name in JSON and on the screen, bytes of an element, is a float, is an integer) */
#define LADLE_DTYPES(X)                                                                  \
	X(LADLE_FLOAT16, "float16", 2, true, false)                                      \
	X(LADLE_BFLOAT16, "bfloat16", 2, true, false)                                    \
	X(LADLE_FLOAT32, "float32", 4, true, false)                                      \
	X(LADLE_FLOAT64, "float64", 8, true, false)                                      \
	X(LADLE_INT8, "int8", 1, false, true)                                            \
	X(LADLE_INT16, "int16", 2, false, true)                                          \
	X(LADLE_INT32, "int32", 4, false, true)                                          \
	X(LADLE_INT64, "int64", 8, false, true)                                          \
	X(LADLE_UINT8, "uint8", 1, false, true)                                          \
	X(LADLE_UINT16, "uint16", 2, false, true)                                        \
	X(LADLE_UINT32, "uint32", 4, false, true)                                        \
	X(LADLE_UINT64, "uint64", 8, false, true)                                        \
	X(LADLE_BOOL, "bool", 1, false, false) /* h5py's enum {FALSE, TRUE} over int8 */ \
	X(LADLE_STRING, "string", 0, false, false)                                       \
	X(LADLE_OTHER, "other", 0, false, false) /* listed, never read */

enum ladle_dtype {
#define X(id, name, size, is_float, is_int) id,
	LADLE_DTYPES(X)
#undef X
};

const char *ladle_dtype_name(enum ladle_dtype);

/* X(enumerator, name in JSON): how a checkpoint is stored; cli.md's `format` */
#define LADLE_FORMATS(X)                          \
	X(LADLE_LEGACY_FULL, "legacy-full")       \
	X(LADLE_LEGACY_WEIGHTS, "legacy-weights") \
	X(LADLE_WEIGHTS, "weights")               \
	X(LADLE_KERAS, "keras")                   \
	X(LADLE_SHARDS, "shards")                 \
	X(LADLE_BRANCH, "branch")                 \
	X(LADLE_PLAIN, "plain") /* HDF5 that no Keras wrote in a layout known here */

enum ladle_format {
#define X(id, name) id,
	LADLE_FORMATS(X)
#undef X
};

const char *ladle_format_name(enum ladle_format);

/* A fact that a person must know. X(enumerator, code, letter on the screen, blocks averaging) */
#define LADLE_FINDINGS(X)                                                                          \
	X(LADLE_F_PERMUTED, "permuted", 'P', true) /* fits only after re-ordering units */         \
	X(LADLE_F_RENAMED, "renamed", 'R', false)                                                  \
	X(LADLE_F_SHAPE, "shape", 'S', true)                                                       \
	X(LADLE_F_DTYPE, "dtype", 'D', false)                                                      \
	X(LADLE_F_MISSING, "missing", 'M', true)                                                   \
	X(LADLE_F_NONFINITE, "non-finite", 'N', true)                                              \
	X(LADLE_F_SCALED, "scaled", 'Z', false)        /* norms differ by more than 1.25 */        \
	X(LADLE_F_BATCHNORM, "batch-norm", 'B', false) /* moving statistics differ: re-estimate */ \
	X(LADLE_F_UNCONVERGED, "unconverged", 'B', false) /* statistics after few steps */         \
	X(LADLE_F_COPIED, "copied", 'C', false)        /* not averaged by its nature */            \
	X(LADLE_F_UNRELATED, "unrelated", 'U', false)  /* near the floor: unrelated or permuted */ \
	X(LADLE_F_ORDER, "order", 'R', false)          /* paired by place, not by name */          \
	X(LADLE_F_FORMAT, "format", 'F', false)        /* about the file: layout, repacking */     \
	X(LADLE_F_UNREADABLE, "unreadable", '!', true) /* a dataset that is refused, with why */   \
	X(LADLE_F_FAILED, "failed", '!', true)         /* a file that could not be opened */       \
	X(LADLE_F_PICKLE, "lambda", 'F', false)        /* config carries code; never run here */

enum ladle_finding_code {
#define X(id, code, letter, blocks) id,
	LADLE_FINDINGS(X)
#undef X
};

struct ladle_finding {
	enum ladle_finding_code code;
	uint32_t checkpoint; /* index of the column, or LADLE_NONE: all */
	const char *text;    /* one sentence in plain words; raw bytes of names */
};

const char *ladle_finding_code_name(enum ladle_finding_code);
char ladle_finding_letter(enum ladle_finding_code);
bool ladle_finding_blocks(enum ladle_finding_code);

/* How a tensor is made of what is stored, where it is stored in another way; opaque. */
struct ladle_view;

struct ladle_tensor {
	const char *name;   /* within its layer: "kernel"; unique there */
	const char *object; /* path inside the HDF5 file; in shards SHARDFILE:/path */
	const char *role;   /* "kernel", "bias", "gamma", ...; "" unknown */
	uint32_t layer;     /* index into layers */
	uint32_t dataset;   /* index of the object in the file's catalog; LADLE_NONE: see `view` */
	const struct ladle_view *view; /* NULL: the dataset as it stands */
	enum ladle_dtype dtype;
	int rank;              /* 0: a scalar */
	const uint64_t *shape; /* rank extents, as stored (Keras's axis order) */
	uint64_t count;        /* product of shape */
	bool averaged;         /* floats that may be averaged; false: copied from the template */
	const char *refused;   /* why its values cannot be read, or NULL */
};

struct ladle_layer {
	const char *name;       /* Keras's layer.name where the file has it, else from the path */
	const char *class_name; /* "Conv2D"; "" unknown */
	const char *path;       /* unique in the file: group name (legacy) or object path (v3) */
	uint32_t parent;        /* index of the layer it is nested in, or LADLE_NONE */
	uint32_t first_tensor, tensor_count;
	uint32_t config; /* index of its entry in the graph, or LADLE_NONE */
};

/* The model's config as a graph; opaque. */
struct ladle_graph;

/* One column: an opened file, read to its layers. Immutable once opened. */
struct ladle_checkpoint {
	const char *path; /* as the caller gave it */
	enum ladle_format format;
	const char *keras_version, *backend;  /* "" unknown */
	const char *model_name, *model_class; /* "" unknown */
	uint64_t parameters;                  /* elements of all tensors of layers */
	uint64_t bytes;                       /* of the file, of all shards */
	uint64_t assets; /* hash of an archive's files beside the weights (vocabularies); 0: none */
	bool has_config;
	const struct ladle_graph *graph;  /* of its own config or of `config`; NULL: none */
	const struct ladle_layer *layers; /* the model's order; parents before children */
	uint32_t layer_count;
	const struct ladle_tensor *tensors; /* grouped by layer */
	uint32_t tensor_count;
	const struct ladle_finding *findings;
	uint32_t finding_count;
	/* The same file read as Keras 2 and 3 store such layers: gates joined, kernels turned. NULL
	 * where it is stored so. A table takes it where the other files are of another form. */
	const struct ladle_checkpoint *modern;
	uint32_t form; /* equal in files that are stored alike; 0 where `modern` is NULL */
};

/* `path` may be FILE#BRANCH (a file whose own name is that goes before): the checkpoint then has
 * the layers of the branch, of the trunk and of the head, and the config of a model of these. */
enum ladle_status ladle_checkpoint_open(struct ladle_checkpoint **out, struct ladle *,
		const char *path, struct ladle_error *);
/* The same, and where the file has no config, names, classes and order come from that of `config`
 * (NULL: none), which is only read during the call. */
enum ladle_status ladle_checkpoint_open_with(struct ladle_checkpoint **out, struct ladle *,
		const char *path, const struct ladle_checkpoint *config, struct ladle_error *);

struct ladle_open_how {
	const struct ladle_checkpoint *config; /* as above, or NULL */
	/* The trainable tensors have the values of the moving averages that the optimizer keeps
	 * (use_ema). E_INPUT where the file has none, or none that fit. */
	bool ema;
};

enum ladle_status ladle_checkpoint_open_how(struct ladle_checkpoint **out, struct ladle *,
		const char *path, const struct ladle_open_how *, struct ladle_error *);
/* Adds to the findings of a checkpoint, while nobody else uses it, what some small tensors of it
 * say: statistics that have not converged. Says nothing of what cannot be read. */
void ladle_checkpoint_look(struct ladle_checkpoint *);
void ladle_checkpoint_close(struct ladle_checkpoint *);
/* Reads `count` elements from element `first` of a tensor, as stored, in native byte order, into
 * dst (count * size of its dtype). May be called from several threads. */
enum ladle_status ladle_tensor_read(const struct ladle_checkpoint *, const struct ladle_tensor *,
		uint64_t first, uint64_t count, void *dst, struct ladle_error *);
/* E_CHANGED when the file was overwritten since it was opened. */
enum ladle_status ladle_checkpoint_check(const struct ladle_checkpoint *, struct ladle_error *);
/* Is what stands on disk under the file's name what was opened? E_CHANGED when it is another file
 * or another version of it, E_INPUT when nothing is there that can be looked at; the text says
 * which. What was opened may still be readable then. Reads nothing. */
enum ladle_status ladle_checkpoint_stands(const struct ladle_checkpoint *, struct ladle_error *);
/* The recipe that an output of ladle carries in its `ladle_recipe` attribute, or NULL. */
const char *ladle_checkpoint_recipe(const struct ladle_checkpoint *);
/* The model_config or config.json text and its length, or NULL. */
const char *ladle_checkpoint_config(const struct ladle_checkpoint *, size_t *length);

/* ---- branches: several trainings inside one model -------------------------------------------- */

/* N isomorphic sub-networks of one model: the same classes, settings and shapes between a shared
 * trunk and what joins them. Borrowed from the checkpoint. */
struct ladle_branch {
	const char *name;       /* what FILE#NAME takes: that of its first layer, or its model's */
	const uint32_t *layers; /* indices of its own layers, in the order of the first branch's */
	uint32_t layer_count;
};

struct ladle_branches {
	const struct ladle_branch *list; /* [count], at least 2, in the model's order */
	uint32_t count;
	const uint32_t *shared; /* layers with tensors that stand outside: trunk and head */
	uint32_t shared_count;
	const char *merge; /* name of the layer that joins them; "": outputs of the model */
	bool inferred;     /* from names and shapes, since there is no config */
};

/* The largest set of branches. E_INPUT when the model has none. */
enum ladle_status ladle_branches_find(
		struct ladle_branches **out, const struct ladle_checkpoint *, struct ladle_error *);
void ladle_branches_free(struct ladle_branches *);

/* ---- table: rows across checkpoints ---------------------------------------------------------- */

enum ladle_paired_by { LADLE_BY_NAME, LADLE_BY_ORDER, LADLE_BY_GRAPH, LADLE_BY_HAND };

const char *ladle_paired_by_name(enum ladle_paired_by);

/* One layer of the table; `index` has K entries. */
struct ladle_layer_row {
	const char *name; /* of the first checkpoint that has it */
	const char *class_name;
	uint32_t parent; /* layer row it is nested in, or LADLE_NONE */
	int depth;       /* 0 at the top */
	enum ladle_paired_by paired_by;
	const uint32_t *index; /* [K] layer in each checkpoint, or LADLE_NONE */
	uint32_t first_row, row_count;
	const char *unpaired; /* why some checkpoint lacks it, one sentence; NULL: none does */
};

/* One tensor of the table. */
struct ladle_row {
	const char *label;  /* "layer/tensor", unique: nested layers joined by '/' */
	const char *tensor; /* "kernel" */
	const char *role;
	uint32_t layer;         /* layer row */
	const uint32_t *index;  /* [K] tensor in each checkpoint, or LADLE_NONE */
	enum ladle_dtype dtype; /* these three: of the first checkpoint that has the row */
	int rank;
	const uint64_t *shape;
	uint64_t count;
	bool averaged;                        /* false: copied from the template */
	bool is_kernel;                       /* averaged and rank >= 2: counts for the headline */
	const struct ladle_finding *findings; /* of pairing: shape, dtype, missing, order, copied */
	uint32_t finding_count;
};

struct ladle_table {
	uint32_t checkpoint_count; /* K */
	const struct ladle_checkpoint *const *checkpoints;
	const struct ladle_layer_row *layers;
	uint32_t layer_count;
	const struct ladle_row *rows;
	uint32_t row_count;
	const struct ladle_finding *findings; /* about the models as a whole */
	uint32_t finding_count;
};

/* Pairs K >= 1 opened checkpoints, which must outlive the table. E_PAIR when K >= 2 and no row is
 * shared by any two. */
enum ladle_status ladle_pair(struct ladle_table **out, const struct ladle_checkpoint *const *,
		uint32_t count, struct ladle_error *);

/* What a person says: this layer of one checkpoint is that layer of another. Layers are named as
 * the file names them, with the layers they are nested in ("backbone/in_conv"), or by path. */
struct ladle_hand_pair {
	uint32_t a, b; /* columns */
	const char *layer_a, *layer_b;
};

/* The same; what is paired by hand comes before all else. A pair of models pairs what is nested in
 * them too. E_USAGE when a layer is not there, holds no tensor, or is paired twice. */
enum ladle_status ladle_pair_with(struct ladle_table **out, const struct ladle_checkpoint *const *,
		uint32_t count, const struct ladle_hand_pair *, uint32_t hand_count,
		struct ladle_error *);
void ladle_table_free(struct ladle_table *);
/* The tensor of row r in column k, or NULL. */
const struct ladle_tensor *ladle_row_tensor(
		const struct ladle_table *, uint32_t row, uint32_t column);

/* ---- figures: one row measured --------------------------------------------------------------- */

struct ladle_stats {
	double min, max, mean, sd; /* of the finite elements; sd with divisor n; NaN when n is 0 */
	double norm;               /* Euclidean, of the finite elements */
	uint64_t zeros, nan, inf;
};

/* All that one read of a row gives. K x K matrices are row-major and symmetric; a checkpoint that
 * lacks the row, or whose shape differs from the row's, has NaN there. */
struct ladle_figures {
	uint32_t k;
	const double *gram;        /* <t_i, t_j> */
	const double *l2;          /* |t_i - t_j|, from the centred sums: exact to 1 ulp copies */
	const double *max_abs;     /* max |t_i - t_j| */
	const uint64_t *nonfinite; /* [K] NaN and infinities */
	const struct ladle_stats *stats; /* [K], or NULL when not asked for */
};

enum ladle_measure_flags { LADLE_MEASURE_STATS = 1 };

/* Figures of all rows, filled while it runs. */
struct ladle_measurement;

enum ladle_status ladle_measurement_new(struct ladle_measurement **out, const struct ladle_table *,
		unsigned flags, struct ladle_error *);
void ladle_measurement_free(struct ladle_measurement *);
/* Reads every row that is not measured yet, small rows first, with the library's threads. Calls
 * `on_row(row, arg)` from one of them after each row. A file that fails midway leaves its rows
 * unmeasured, is named by the error, and the other rows are still done. May be called again. */
enum ladle_status ladle_measure(struct ladle_measurement *, struct ladle *, struct ladle_job *,
		void (*on_row)(uint32_t row, void *arg), void *arg, struct ladle_error *);
/* NULL until the row is measured; immutable afterwards. Callable while ladle_measure runs. */
const struct ladle_figures *ladle_figures(const struct ladle_measurement *, uint32_t row);

/* What figures depend on, as a hash: which bytes of which files in which order make up the rows;
 * each file's device, inode, size, times of modification and of change; and what stands at fixed
 * places of it and of its tensors. Equal keys mean equal figures, unless a file was changed behind
 * the back of the file system (a clock set back, a disk written to directly) and in other places
 * than these. Reads some 300 KB of a file and 1.5 KB of a tensor. */
struct ladle_key {
	unsigned char bytes[32];
};

enum ladle_status ladle_measurement_key(
		struct ladle_key *out, const struct ladle_measurement *, struct ladle_error *);
/* All figures there are as bytes to keep, for this kind of machine and this version of the format;
 * *out is freed with free. Rows that are not measured have none. */
enum ladle_status ladle_measurement_save(const struct ladle_measurement *, const struct ladle_key *,
		void **out, size_t *size, struct ladle_error *);
/* Takes them over, bit for bit, for rows that are not measured yet. E_INPUT for anything but what
 * ladle_measurement_save made of an equal table under an equal key; nothing is taken over then. */
enum ladle_status ladle_measurement_load(struct ladle_measurement *, const struct ladle_key *,
		const void *data, size_t size, struct ladle_error *);

/* Pure functions of figures and weights w[K] (any scale; NaN entries of checkpoints that lack the
 * row must have weight 0). KEEP = |sum w_k t_k| / sum |w_k||t_k|, 1 when the denominator is 0.
 * Results are fractions, not percent. */
double ladle_keep(const struct ladle_figures *, const double *w);
/* What unrelated tensors of equal norm keep: sqrt(sum w^2) / sum |w|. */
double ladle_floor(const double *w, uint32_t k);
double ladle_norm(const struct ladle_figures *, uint32_t i);
double ladle_cosine(const struct ladle_figures *, uint32_t i, uint32_t j); /* NaN: a norm is 0 */
double ladle_cosine_mix(const struct ladle_figures *, const double *w, uint32_t i);
/* |t_i - t_j| / sqrt(|t_i||t_j|) */
double ladle_relative_l2(const struct ladle_figures *, uint32_t i, uint32_t j);
bool ladle_identical(const struct ladle_figures *, uint32_t i, uint32_t j);

enum ladle_state { LADLE_PENDING, LADLE_ALIKE, LADLE_DRIFT, LADLE_DIFFER };

const char *ladle_state_name(enum ladle_state); /* "alike" */

/* ---- pictures: the values of one row --------------------------------------------------------- */

/* Both of these read the row as ladle_measure does, in the table's order of units. w[K], not
 * divided by `sum`, makes the mix, which stands behind the K models: sum w_k t_k / sum before it is
 * rounded to the output's type, NaN where a model that weighs has no such tensor. w NULL, or a row
 * that is not averaged: there is no mix. */

/* Of one tensor's values. Those that are not finite are counted alone. */
struct ladle_spread {
	uint64_t finite, zeros, nan, plus_inf, minus_inf;
	double min, max, mean, sd; /* sd with divisor n; NaN when none is finite */
};

struct ladle_histogram {
	uint32_t k;    /* models; the mix is column k */
	uint32_t bins; /* of one width, from low to high, the last one with its upper edge */
	double low, high; /* least and greatest finite value of all columns; where they are one
			     number, .5 to each side of it */
	const uint64_t *counts; /* [(k + 1) * bins] */
	const struct ladle_spread *spreads; /* [k + 1] */
};

/* Counts the values of all columns. Reads the row twice; the result is the same whatever the
 * threads, its edges are those of numpy.linspace. */
enum ladle_status ladle_row_histogram(struct ladle_histogram **out, struct ladle *,
		const struct ladle_table *, uint32_t row, const double *w, double sum,
		uint32_t bins, struct ladle_job *, struct ladle_error *);
void ladle_histogram_free(struct ladle_histogram *);

/* The matrix that a row's tensors are looked at as. Rank 2: as it is; rank 1: one line; kernels of
 * convolutions: a tile for each filter, inputs downwards, outputs to the right; others: the first
 * axis downwards, all others to the right. */
struct ladle_matrix {
	uint64_t height, width;
	uint64_t tile_height, tile_width; /* of one filter; 1 and 1: no tiles */
	uint64_t inputs;                  /* tiles below one another */
};

struct ladle_matrix ladle_row_matrix(const struct ladle_table *, uint32_t row);
/* The element at a place of the matrix, counted as the tensor is stored. */
uint64_t ladle_matrix_element(const struct ladle_matrix *, uint64_t row, uint64_t column);

/* A part of it, cut into down x across cells, no more than it has numbers. Cell i begins at number
 * i * height / down of the part, likewise to the right. */
struct ladle_window {
	uint64_t top, left, height, width;
	uint32_t down, across;
};

/* The mean of each cell into out[(K + 1) * down * across]: NaN where a value in it is, or where
 * the column has no such tensor. Reads the row once, of a matrix without tiles only the part. */
enum ladle_status ladle_row_window(double *out, struct ladle *, const struct ladle_table *,
		uint32_t row, const double *w, double sum, const struct ladle_window *,
		struct ladle_job *, struct ladle_error *);

/* ---- comparison: a table and its figures without the files ----------------------------------- */

/* What `ladle diff --json` wrote, read again. Its checkpoints have layers, tensors, names and
 * shapes, and no values: each tensor is `refused`. Figures are those that were measured, bit for
 * bit but for infinities, which JSON has no word for. */
struct ladle_comparison {
	uint32_t count;                        /* K */
	const char *const *ids;                /* [K] */
	struct ladle_checkpoint **checkpoints; /* [K] */
	struct ladle_table *table;
	struct ladle_measurement *measurement;
	const char *recipe; /* of the mix that it was made with */
};

/* E_INPUT names the field that is missing or wrong. `name` is what errors call the text. */
enum ladle_status ladle_comparison_read(struct ladle_comparison **out, const char *json,
		size_t length, const char *name, struct ladle_error *);
/* Frees what is not NULL: a caller may take the table with its measurement, and checkpoints, which
 * must outlive both. */
void ladle_comparison_free(struct ladle_comparison *);

/* ---- groups: axes that one permutation moves together ---------------------------------------- */

/* Where unit c of a group sits along one axis of a row's tensors: at
 * offset + (i * units + c) * inner + j, for i < outer and j < inner. */
struct ladle_use {
	uint32_t row;
	int axis;
	uint64_t outer, inner, offset;
	int where;      /* another axis: the use is within its slice `index` alone; -1: none */
	uint64_t index; /* (one head of attention) */
	int gauge;      /* 1: makes the units, times their scale; -1: takes them, divided by it */
};

/* What else than their order may change in units, without a change of what the model computes. */
enum ladle_gauge {
	LADLE_GAUGE_NONE,
	LADLE_GAUGE_SIGN, /* factors of -1: nothing but odd functions between its uses (tanh) */
	LADLE_GAUGE_SCALE /* positive factors: nothing but homogeneous ones (ReLU) */
};

/* Any one permutation of the units on all uses leaves the function of the model as it was. Groups
 * are applied one after another, in their order: those within a head after that of the heads. */
struct ladle_group {
	uint32_t units;
	enum ladle_gauge gauge;
	const struct ladle_use *uses;
	uint32_t use_count;
};

struct ladle_ungrouped {
	uint32_t layer; /* layer row; some axis of it could not be proved free */
	const char *why;
};

struct ladle_groups {
	const struct ladle_group *list; /* in the order of the graph */
	uint32_t count;
	const struct ladle_ungrouped *ungrouped;
	uint32_t ungrouped_count;
	bool inferred;   /* from the shapes of a plain chain, since there is no config */
	uint32_t column; /* whose config they are from */
};

/* From the graph of one column's config. E_INPUT when it has none and is no plain chain. The
 * groups borrow from the table. */
enum ladle_status ladle_groups_find(struct ladle_groups **out, const struct ladle_table *,
		uint32_t column, struct ladle_error *);
void ladle_groups_free(struct ladle_groups *);

/* ---- alignment: units in the order of another checkpoint ------------------------------------ */

/* What is known of the order of a group's units in one column. */
struct ladle_match {
	/* [units] position i of the reference is position order[i] here; NULL: the same. */
	const uint32_t *order;
	const double *scale;   /* [units] and this much larger than here; NULL: no */
	const char *why;       /* why no order was looked for, one sentence; NULL: it was */
	bool exact;            /* all its tensors are then those of the reference, bit for bit; with
				  scales, to rounding */
	uint32_t moved;        /* units whose position changes */
	/* Mean over the kernels that the group is used in: as stored; with all groups aligned; and
	 * what matching reaches with values shuffled within each unit, where nothing corresponds.
	 * NaN: not known (as stored, of copies where nothing else was asked for), or all norms are
	 * 0. */
	double cosine_raw, cosine_matched, cosine_null;
};

/* X(enumerator, name in JSON and recipes): what weight matching maximises */
#define LADLE_OBJECTIVES(X)                                                                     \
	X(LADLE_SELECTED, "selected") /* the others, then sum of log cos from each: the better */ \
	X(LADLE_RAW, "raw")           /* sum of <A, B> over tensors */                          \
	X(LADLE_NORMALISED, "normalised") /* sum of <A, B> / (|A| |B|) */

enum ladle_objective {
#define X(id, name) id,
	LADLE_OBJECTIVES(X)
#undef X
};

const char *ladle_objective_name(enum ladle_objective);

struct ladle_alignment {
	/* The same rows with the units of every column in the order of the reference: measured,
	 * judged and exported like any other table. Borrowed from the alignment. */
	const struct ladle_table *table;
	const struct ladle_groups *groups; /* the caller's */
	uint32_t reference;                /* column that keeps its order */
	const struct ladle_match *matches; /* [K * groups->count] by column, then group */
	enum ladle_objective objective;    /* of the match that was chosen; SELECTED: none */
	int sweeps;                        /* over all groups, of that match */
	uint64_t memory;                   /* bytes that costs and tiles took at most */
};

struct ladle_match_options {
	uint32_t reference;  /* column that keeps its order */
	const bool *wanted;  /* [K] columns that may be re-ordered; NULL: all others */
	bool together;       /* more than two: each with the mean of all others, not with the
				reference alone (MergeMany, Ainsworth et al. 2023, algorithm 3) */
	enum ladle_objective objective;
	uint64_t seed;
	int restarts;    /* beside the first start; below 0: 4, of large models none */
	bool exact_only; /* exact copies are found, nothing else is matched */
	bool no_null;    /* cosine_null is not looked for: it takes as long as matching does */
	bool no_cosines; /* with exact_only: nor are the others, which takes one more read */
	uint64_t memory; /* bytes that costs and tiles may take; 0: 4 GiB */
	/* Columns that are not matched now stand as there; NULL: as stored. */
	const struct ladle_alignment *after;
};

/* Finds how the units of columns correspond: exact copies by signatures, others by weight matching.
 * table and groups must outlive what comes out. E_MEMORY names the group that would take more than
 * options allow. Progress counts groups solved; its total is a guess that grows. */
enum ladle_status ladle_match(struct ladle_alignment **out, struct ladle *,
		const struct ladle_table *, const struct ladle_groups *,
		const struct ladle_match_options *, struct ladle_job *, struct ladle_error *);
void ladle_alignment_free(struct ladle_alignment *);
/* Multiplications and additions that one sweep of weight matching takes for one column; a start
 * takes some ten sweeps. */
double ladle_match_operations(const struct ladle_table *, const struct ladle_groups *);
/* Cosine of each unit with each of another column's, the mean over the kernels of the group:
 * out[units * units], row-major, of position i of column a and position j of column b as the
 * alignment has them (aligned) or as stored. E_MEMORY for more than 8192 units, E_PAIR where the
 * group is not in both. */
enum ladle_status ladle_unit_cosines(float *out, struct ladle *, const struct ladle_alignment *,
		uint32_t group, uint32_t a, uint32_t b, bool aligned, struct ladle_error *);

/* What one column is to another. X(enumerator, name in JSON) */
#define LADLE_RELATIONS(X)                                                                     \
	X(LADLE_REL_PENDING, "pending")                                                        \
	X(LADLE_REL_IDENTICAL, "identical")                                                    \
	X(LADLE_REL_ROUNDED, "rounded")      /* to float16 or bfloat16 */                      \
	X(LADLE_REL_PERMUTED, "permuted")    /* the same, units in another order */            \
	X(LADLE_REL_RESCALED, "rescaled")    /* the same to rounding, units times factors */   \
	X(LADLE_REL_CHANGED, "changed")      /* permuted or rescaled, and trained or edited */ \
	X(LADLE_REL_PARTLY, "partly")        /* some groups are permuted copies, others not */ \
	X(LADLE_REL_SAME_RUN, "same-run")    /* or trained on */                               \
	X(LADLE_REL_SAME_START, "same-start") /* one run early and late, one initialisation */ \
	X(LADLE_REL_RELATED, "related")      /* some kernels are alike, or all a little */     \
	X(LADLE_REL_UNRELATED, "unrelated")                                                    \
	X(LADLE_REL_OTHER, "other-model") /* too little of them can be compared */

enum ladle_relation_kind {
#define X(id, name) id,
	LADLE_RELATIONS(X)
#undef X
};

const char *ladle_relation_name(enum ladle_relation_kind);

struct ladle_relation {
	enum ladle_relation_kind kind;
	uint32_t row;     /* the kernel that is least alike as stored, or LADLE_NONE */
	double cosine;    /* its cosine */
	double distance;  /* the largest relative distance of a kernel, as stored */
	double aligned;   /* the least cosine of a kernel as aligned; NaN: not aligned */
	double matched;   /* mean cosine_matched and cosine_null of groups; NaN: not known */
	double chance;
	uint32_t groups;  /* that stand in another order, and how many units move */
	uint32_t moved;
	uint32_t scaled;  /* groups that were rescaled */
	uint32_t exact;   /* of both, those that are then the reference's */
	uint32_t differ;  /* tensors that are not the same bit for bit, aligned if it is */
};

struct ladle_relating {
	uint32_t column, reference;
	const char *column_name, *reference_name; /* as the sentence calls them */
};

/* A pure function of what was measured as stored and as aligned, and of the alignment (NULL: none
 * was looked for). A sentence of it goes into buf: raw bytes of names, cut at `size` (at least 1).
 * Its limits are measured on small networks and validated by nobody; see relation.c. It says
 * nothing of how well an average will do. */
struct ladle_relation ladle_relate(const struct ladle_table *,
		const struct ladle_measurement *stored, const struct ladle_alignment *,
		const struct ladle_measurement *aligned, const struct ladle_relating *, char *buf,
		size_t size);

/* ---- mix: who weighs how much, where --------------------------------------------------------- */

/* Faders and rules. A plain value: ladle_mix_copy makes undo. */
struct ladle_mix;

struct ladle_fader {
	double set; /* what the person set; mute and solo never change it */
	bool mute, solo, lock;
};

struct ladle_rule {
	const char *text;    /* as it stands in a recipe: "mix A=1 B=0 on dense*" */
	const char *pattern; /* the part after `on` */
	bool skip;           /* copy from the template */
	const double *set;   /* [K]; NaN: keeps the faders' weight */
};

enum ladle_status ladle_mix_new(
		struct ladle_mix **out, uint32_t k, struct ladle_error *); /* all 1 */
struct ladle_mix *ladle_mix_copy(const struct ladle_mix *);
void ladle_mix_free(struct ladle_mix *);
struct ladle_fader *ladle_mix_fader(struct ladle_mix *, uint32_t column); /* borrowed, writable */
const struct ladle_fader *ladle_mix_fader_const(const struct ladle_mix *, uint32_t column);
bool ladle_mix_normalised(const struct ladle_mix *);
void ladle_mix_set_normalised(struct ladle_mix *, bool);
uint32_t ladle_mix_template(const struct ladle_mix *);
void ladle_mix_set_template(struct ladle_mix *, uint32_t column);
/* Adds a rule; set[K] with NaN for columns not named. Pattern: glob over `layer` or `layer/tensor`,
 * `re:` a POSIX extended regex, `class:` a class, `finding:` the code of a finding. E_USAGE when it
 * matches no row of the table. */
enum ladle_status ladle_mix_add_rule(struct ladle_mix *, const struct ladle_table *,
		const char *pattern, bool skip, const double *set, const char *text,
		struct ladle_error *);
uint32_t ladle_mix_rule_count(const struct ladle_mix *);
const struct ladle_rule *ladle_mix_rule(const struct ladle_mix *, uint32_t rule);
uint32_t ladle_mix_rule_rows(const struct ladle_mix *, uint32_t rule); /* rows that it matches */
void ladle_mix_remove_rule(struct ladle_mix *, uint32_t rule);
bool ladle_pattern_matches(const char *pattern, const struct ladle_table *, uint32_t row);

/* Where a row's weights come from. */
enum ladle_weight_source { LADLE_W_FADERS, LADLE_W_RULE, LADLE_W_SKIPPED, LADLE_W_COPIED };

struct ladle_weights {
	enum ladle_weight_source source;
	uint32_t rule; /* the rule that decides, or LADLE_NONE */
	double sum;    /* of the weights, added as numpy adds them; 1 without normalise */
};

/* Raw weights of a row into w[K]: mute and solo applied, not divided by their sum. What a row
 * gets is sum(w_k t_k) / sum. Copied and skipped rows have w = 1 for the template, else 0. */
struct ladle_weights ladle_mix_weights(
		const struct ladle_mix *, const struct ladle_table *, uint32_t row, double *w);
/* The faders alone, for the mixer and the header: raw into w[K], returns their sum. */
double ladle_mix_fader_weights(const struct ladle_mix *, double *w);
/* Moves one fader while locked ones keep their share of the sum. E_USAGE when locks allow it
 * not. */
enum ladle_status ladle_mix_move(
		struct ladle_mix *, uint32_t column, double set, struct ladle_error *);

/* ---- verdict --------------------------------------------------------------------------------- */

/* The judgement of one row under a mix: ALIKE (KEEP >= 98 %), DRIFT (90..98), DIFFER (< 90, or a
 * finding that blocks in a checkpoint whose weight is not 0). */
struct ladle_judgement {
	enum ladle_state state;
	double keep, floor; /* fractions; NaN where pending or not averaged */
	uint32_t flags;     /* bit per enum ladle_finding_code */
};

struct ladle_judgement ladle_judge(const struct ladle_table *, const struct ladle_measurement *,
		const struct ladle_mix *, uint32_t row);

struct ladle_verdict {
	/* By the headline and the findings that block; rows of rank 1 turn ALIKE into DRIFT at
	 * most. LADLE_PENDING while one is unmeasured and none blocks. */
	enum ladle_state state;
	uint32_t row;       /* headline: the kernel with the least KEEP, or LADLE_NONE */
	double keep, floor; /* of that row */
	uint32_t alike, drift, differ, pending, missing; /* counts of rows */
};

struct ladle_verdict ladle_verdict(const struct ladle_table *, const struct ladle_measurement *,
		const struct ladle_mix *);
/* The same from judgements of all rows that the caller keeps: [row_count] as ladle_judge gave
 * them. */
struct ladle_verdict ladle_verdict_of(const struct ladle_table *, const struct ladle_judgement *);
/* Findings of a row that need figures (non-finite, scaled, batch-norm, unrelated), in plain words.
 * Writes at most `max` into out, with texts into buf; returns how many. */
uint32_t ladle_row_findings(const struct ladle_table *, const struct ladle_measurement *,
		const struct ladle_mix *, uint32_t row, struct ladle_finding *out, uint32_t max,
		char *buf, size_t size);

/* ---- repair: what averaging does to statistics and norms, from weights alone ---------------- */

/* All of these are estimates, made without data. X(enumerator, word in recipes and JSON) */
#define LADLE_REPAIRS(X)                                                                          \
	X(LADLE_REPAIR_UNCONVERGED, "unconverged") /* statistics after few steps, per model */    \
	X(LADLE_REPAIR_BN, "bn")                   /* moving variance of averaged units */        \
	X(LADLE_REPAIR_NORM, "norm")               /* norm of averaged units, without normalisers */

enum ladle_repair_kind {
#define X(id, name) id,
	LADLE_REPAIRS(X)
#undef X
};

const char *ladle_repair_name(enum ladle_repair_kind);
#define LADLE_REPAIR(kind) (1u << (kind))

/* What was found for one row; one row may have several, of which the last is what is written. */
struct ladle_correction {
	uint32_t row;
	enum ladle_repair_kind kind;
	const char *text; /* one sentence: what is done, or what is left and why */
	double ratio;     /* mean of what is written over what the average is; 1 where it is left */
	/* One of these where something is done. */
	const double *values;  /* [count of the row] in place of the average */
	const double *factors; /* [extent of `axis`] the average times these */
	int axis;
};

struct ladle_repair {
	const struct ladle_correction *list; /* in the order of kinds, then of rows */
	uint32_t count;
	uint32_t applied;  /* that have values or factors */
	const char *notes; /* why a kind that was asked for has nothing to do; NULL: none */
};

/* kinds: LADLE_REPAIR bits. Reads the kernels and statistics of rows that the mix averages. E_INPUT
 * when no column has a config: what feeds what is not known then. */
enum ladle_status ladle_repair_find(struct ladle_repair **out, const struct ladle_table *,
		const struct ladle_mix *, unsigned kinds, struct ladle_job *, struct ladle_error *);
void ladle_repair_free(struct ladle_repair *);

/* ---- export ---------------------------------------------------------------------------------- */

struct ladle_export_options {
	const char *path;    /* OUT */
	int format;          /* enum ladle_format, or -1: from OUT's suffix and the template */
	const char *config;  /* path of a file whose config is taken, or NULL */
	const char *recipe;  /* text for the `ladle_recipe` attribute; "" none */
	bool force;          /* replace an existing OUT; an input is never replaced */
	bool dry_run;        /* all but the writing */
	bool keep_optimizer; /* the template's optimizer state, copied */
	const struct ladle_repair *repair; /* of this table and mix; NULL: none */
};

struct ladle_export_report {
	uint32_t tensors, averaged, copied;
	uint64_t bytes;
	char sha256[65]; /* of the whole file, hex; "" after a dry run */
	enum ladle_format format;
	struct ladle_verdict verdict; /* of what was written; all 0 when measurement was NULL */
};

/* Writes the mix. When `measurement` is given (may be unmeasured), the rows are measured in the
 * same pass. Refuses NaN and infinity (E_VALUE, named), rows that do not fit (E_PAIR), an OUT that
 * is an input or exists (E_OUTPUT). Leaves no file on any failure; E_OUTPUT with "written, not
 * proven durable" when only the last fsync of the folder failed. Progress counts bytes read. */
enum ladle_status ladle_export(struct ladle *, const struct ladle_table *, const struct ladle_mix *,
		struct ladle_measurement *, const struct ladle_export_options *, struct ladle_job *,
		struct ladle_export_report *out, struct ladle_error *);
/* The format that OUT would get; E_USAGE when this template cannot be written so. */
enum ladle_status ladle_export_format(const struct ladle_checkpoint *template_, const char *path,
		int format, bool has_config, enum ladle_format *out, struct ladle_error *);

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif
#ifdef __cplusplus
}
#endif

#endif
