#include "keras/modern.h"

#include <string.h>

#include "base/dtype.h"
#include "base/err.h"
#include "keras/classes.h"
#include "keras/graph.h"
#include "keras/keras.h"
#include "keras/tensor_view.h"

/* What is stored in another way; X(enumerator, in words). Equal sets: the files are alike. */
#define FORMS(X)                                                                             \
	X(GATES, "the gates of recurrent layers are joined")                                 \
	X(FILTERS_FIRST, "kernels of convolutions are transposed")                           \
	X(TRANSPOSED, "kernels of transposed convolutions are transposed")                   \
	X(TRANSPOSED_FIRST, "kernels of transposed convolutions are transposed")             \
	X(EXTRA_AXIS, "the axis of one of Convolution1D is dropped")                         \
	X(EXTRA_AXIS_FIRST, "kernels of Convolution1D are transposed")                       \
	X(FLIPPED, "kernels of convolutions, written with Theano, are flipped back")         \
	X(UNDECIDED, "some kernels of convolutions stay as they are stored, since neither "  \
		     "config nor shapes tell the order of their axes: give --config FILE")   \
	X(TOO_LARGE, "some kernels stay as they are stored, since they are too large to be " \
		     "turned")

enum form {
#define X(id, words) FORM_##id,
	FORMS(X)
#undef X
			FORM_COUNT
};

static const char *const form_words[] = {
#define X(id, words) words,
		FORMS(X)
#undef X
};

struct modern {
	struct arena *arena;
	const struct ladle_checkpoint *in;
	struct ladle_tensor *tensors;
	uint32_t count;
	bool old, first; /* Keras 0.x; Keras 0.x or 1 */
	uint32_t form;   /* bit per enum form */
	bool failed;     /* no memory */
};

/* A layer while its tensors are taken one after another. */
struct taking {
	struct modern *modern;
	const struct ladle_tensor *tensors;
	uint32_t at, count;
	const char *class_name;     /* of what a wrapper wraps */
	signed char channels_first; /* -1: not said */
};

static const struct ladle_tensor *
now(const struct taking *take)
{
	return &take->tensors[take->at];
}

static const char *
leaf_of(const struct ladle_tensor *tensor)
{
	const char *slash = strrchr(tensor->name, '/');

	return slash == NULL ? tensor->name : slash + 1;
}

/* "forward_lstm_1/W_i" becomes "forward_lstm_1/kernel". */
static const char *
named_by_role(struct modern *modern, const struct ladle_tensor *tensor, const char *role)
{
	size_t prefix = (size_t)(leaf_of(tensor) - tensor->name);
	const char *name = arena_format(modern->arena, "%.*s%s", (int)prefix, tensor->name, role);

	modern->failed |= name == NULL;
	return name == NULL ? "" : name;
}

/* A tensor as `like`, whose values are those of the parts. NULL without memory. */
static struct ladle_tensor *
add_view(struct modern *modern, const struct ladle_tensor *like, int rank, uint32_t part_count)
{
	struct ladle_view *view = arena_array(modern->arena, 1, sizeof(*view));
	struct view_part *parts = arena_array(modern->arena, part_count, sizeof(*parts));
	uint64_t *shape = arena_array(modern->arena, (size_t)rank, sizeof(*shape));
	struct ladle_tensor *tensor = &modern->tensors[modern->count];

	if (view == NULL || parts == NULL || shape == NULL) {
		modern->failed = true;
		return NULL;
	}
	*view = (struct ladle_view){
			.rank = rank, .shape = shape, .parts = parts, .part_count = part_count};
	*tensor = *like;
	tensor->dataset = LADLE_NONE;
	tensor->view = view;
	tensor->rank = rank;
	tensor->shape = shape;
	modern->count++;
	return tensor;
}

static bool
is_turnable(struct modern *modern, const struct ladle_tensor *tensor)
{
	bool large = tensor->count > VIEW_MAX_TURNED / dtype_size(tensor->dtype);

	if (large)
		modern->form |= 1U << FORM_TOO_LARGE;
	return !large;
}

/* One dataset with its axes in another order. */
static bool
add_turned(struct modern *modern, const struct ladle_tensor *from, const int *axes,
		const bool *flip, int rank)
{
	struct ladle_tensor *tensor;

	if (!is_turnable(modern, from))
		return false;
	tensor = add_view(modern, from, rank, 1);
	if (tensor == NULL)
		return false;
	for (int a = 0; a < rank; a++)
		((uint64_t *)tensor->shape)[a] = from->shape[axes[a]];
	*(struct view_part *)tensor->view->parts =
			view_turned(from->dataset, from->shape, from->rank, axes, flip, rank);
	return true;
}

/* ---- gates ----
 *
 * Keras 1 has W, U and b for each gate, Keras 2 one of each with the gates side by side. */

static const struct gates {
	const char *class_name;
	uint32_t count;
	const char *name[4];
	uint32_t order[4]; /* Keras 2's gate g is Keras 1's order[g] */
} all_gates[] = {
		{"LSTM", 4, {"i", "c", "f", "o"}, {0, 2, 1, 3}},
		{"ConvLSTM2D", 4, {"i", "c", "f", "o"}, {0, 2, 1, 3}},
		{"GRU", 3, {"z", "r", "h"}, {0, 1, 2}},
};

/* W_i, U_i, b_i and so on from here on. */
static bool
gates_are_named(const struct taking *take, const struct gates *gates)
{
	static const char letters[] = "WUb";

	for (uint32_t i = 0; i < 3 * gates->count; i++) {
		const char *leaf = leaf_of(now(take) + i);

		if (leaf[0] != letters[i % 3] || leaf[1] != '_' ||
				strcmp(leaf + 2, gates->name[i / 3]) != 0)
			return false;
	}
	return true;
}

/* Each kind (W, U, b) in the shape of its first, but for the last axis. */
static bool
gates_fit(const struct taking *take, const struct gates *gates)
{
	for (uint32_t i = 0; i < 3 * gates->count; i++) {
		const struct ladle_tensor *a = now(take) + i % 3, *b = now(take) + i;

		if (a->refused != NULL || b->refused != NULL || a->rank < 1 || a->rank != b->rank ||
				a->dtype != b->dtype || !dtype_is_float(a->dtype) ||
				memcmp(a->shape, b->shape, (size_t)a->rank * sizeof(*a->shape)) !=
						0)
			return false;
	}
	return true;
}

/* By names; where these tell nothing, by class and number. */
static const struct gates *
gates_at(const struct taking *take)
{
	for (size_t i = 0; i < sizeof(all_gates) / sizeof(all_gates[0]); i++) {
		const struct gates *gates = &all_gates[i];
		bool by_class = strcmp(gates->class_name, take->class_name) == 0 &&
				take->count % (3 * gates->count) == 0 && now(take)->role[0] == '\0';

		if (take->count - take->at >= 3 * gates->count &&
				(by_class || gates_are_named(take, gates)) &&
				gates_fit(take, gates))
			return gates;
	}
	return NULL;
}

static void
join_gates(struct taking *take, const struct gates *gates)
{
	static const char *const roles[] = {"kernel", "recurrent_kernel", "bias"};
	static const int same[] = {0, 1, 2, 3, 4}, filters_last[] = {2, 3, 1, 0};
	struct modern *modern = take->modern;

	for (uint32_t kind = 0; kind < 3; kind++) {
		const struct ladle_tensor *first = now(take) + kind;
		bool turn = first->rank == 4 && take->channels_first == 1 &&
			    is_turnable(modern, first);
		const int *axes = turn ? filters_last : same;
		struct ladle_tensor *tensor = add_view(modern, first, first->rank, gates->count);

		if (tensor == NULL)
			return;
		modern->form |= turn ? 1U << FORM_FILTERS_FIRST : 0;
		tensor->role = roles[kind];
		tensor->name = named_by_role(modern, first, roles[kind]);
		tensor->count *= gates->count;
		for (int a = 0; a < first->rank; a++)
			((uint64_t *)tensor->shape)[a] = first->shape[axes[a]];
		((uint64_t *)tensor->shape)[first->rank - 1] *= gates->count;
		for (uint32_t g = 0; g < gates->count; g++) {
			const struct ladle_tensor *gate = now(take) + 3 * gates->order[g] + kind;

			((struct view_part *)tensor->view->parts)[g] = view_turned(gate->dataset,
					gate->shape, gate->rank, axes, NULL, gate->rank);
		}
	}
	take->at += 3 * gates->count;
	modern->form |= 1U << FORM_GATES;
}

/* ---- kernels of convolutions ---- */

static const struct turn {
	const char *class_name;
	int rank;
	bool first; /* filters stand first: dim_ordering "th" */
	int view_rank;
	int axes[5];
	enum form form;
} turns[] = {
		{"Conv1D", 4, false, 3, {0, 2, 3}, FORM_EXTRA_AXIS},
		{"Conv1D", 4, true, 3, {2, 1, 0}, FORM_EXTRA_AXIS_FIRST}, /* before 1.1 */
		{"Conv2D", 4, true, 4, {2, 3, 1, 0}, FORM_FILTERS_FIRST},
		{"Conv3D", 5, true, 5, {2, 3, 4, 1, 0}, FORM_FILTERS_FIRST},
		{"Conv2DTranspose", 4, false, 4, {0, 1, 3, 2}, FORM_TRANSPOSED},
		{"Conv2DTranspose", 4, true, 4, {2, 3, 0, 1}, FORM_TRANSPOSED_FIRST},
};

/* How many filters the layer has; 0: it has no bias that would tell. */
static uint64_t
filters_of(const struct taking *take)
{
	for (uint32_t i = take->at + 1; i < take->count; i++)
		if (take->tensors[i].rank == 1 && strcmp(take->tensors[i].role, "bias") == 0)
			return take->tensors[i].shape[0];
	return 0;
}

/* Do filters stand first in the kernel? 1, 0, or -1 where nothing tells. */
static int
filters_first(const struct taking *take, const char *class_name)
{
	const struct ladle_tensor *kernel = now(take);
	uint64_t filters = filters_of(take), last = kernel->shape[kernel->rank - 1];

	if (strcmp(class_name, "Conv1D") == 0) { /* its dim_ordering is not that of its kernel */
		if (kernel->shape[1] == 1 && (filters == 0 || last == filters))
			return 0;
		return last == 1 && kernel->shape[0] == filters ? 1 : -1;
	}
	if (take->modern->old)
		return 1;
	if (take->channels_first >= 0)
		return take->channels_first;
	if (filters == 0 || (kernel->shape[0] == filters) == (last == filters))
		return -1;
	return kernel->shape[0] == filters;
}

/* A class that nobody tells is a convolution where filters clearly stand first; what ends in an
 * axis of one may be Convolution1D's as well. */
static const char *
convolution_class(const struct taking *take)
{
	const struct class_row *row = class_find(take->class_name);
	int rank = now(take)->rank;

	if (row != NULL)
		return row->name;
	if (take->class_name[0] != '\0' || now(take)->shape[rank - 1] == 1 ||
			filters_first(take, "") != 1)
		return "";
	return rank == 4 ? "Conv2D" : rank == 5 ? "Conv3D" : "";
}

/* Keras 1 calls a kernel W; one called `kernel` was written by something newer. */
static bool
is_old_kernel(const struct taking *take)
{
	const struct ladle_tensor *tensor = now(take);

	return strcmp(tensor->role, "kernel") == 0 && tensor->rank >= 4 &&
	       tensor->refused == NULL && dtype_is_float(tensor->dtype) &&
	       (take->modern->old || strcmp(leaf_of(tensor), "kernel") != 0);
}

static bool
turn_kernel(struct taking *take)
{
	bool old_kernel = is_old_kernel(take);
	const char *class_name = old_kernel ? convolution_class(take) : "";
	struct modern *modern = take->modern;

	if (old_kernel && class_name[0] == '\0')
		modern->form |= 1U << FORM_UNDECIDED;
	for (size_t i = 0; i < sizeof(turns) / sizeof(turns[0]); i++) {
		const struct turn *turn = &turns[i];
		int first;

		if (turn->rank != now(take)->rank || strcmp(turn->class_name, class_name) != 0)
			continue;
		first = filters_first(take, class_name);
		if (first < 0)
			modern->form |= 1U << FORM_UNDECIDED;
		if (first != turn->first ||
				!add_turned(modern, now(take), turn->axes, NULL, turn->view_rank))
			continue;
		modern->tensors[modern->count - 1].name =
				named_by_role(modern, now(take), "kernel");
		modern->form |= 1U << turn->form;
		take->at++;
		return true;
	}
	return false;
}

/* ---- Theano ----
 *
 * It convolves where other backends correlate: Keras 2 flips all axes but the last two. */

static bool
is_flipped(const struct taking *take)
{
	static const char *const classes[] = {
			"", "Conv1D", "Conv2D", "Conv3D", "Conv2DTranspose", "ConvLSTM2D"};
	const struct class_row *row = class_find(take->class_name);
	const char *class_name = row == NULL ? take->class_name : row->name;
	const struct ladle_tensor *tensor = now(take);
	bool recurrent = strcmp(tensor->role, "recurrent_kernel") == 0;

	if ((strcmp(tensor->role, "kernel") != 0 && !recurrent) || tensor->rank < 3 ||
			tensor->rank > 5 || tensor->refused != NULL ||
			!dtype_is_float(tensor->dtype))
		return false;
	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
		if (strcmp(classes[i], class_name) == 0)
			return true;
	return false;
}

static bool
flip_kernel(struct taking *take)
{
	static const int same[] = {0, 1, 2, 3, 4};
	const struct ladle_tensor *tensor = now(take);
	bool flip[5] = {false};

	if (!is_flipped(take))
		return false;
	for (int a = 0; a < tensor->rank - 2; a++)
		flip[a] = true;
	if (!add_turned(take->modern, tensor, same, flip, tensor->rank))
		return false;
	take->modern->form |= 1U << FORM_FLIPPED;
	take->at++;
	return true;
}

/* ---- all of them ---- */

/* The config of the layer, or of what it wraps; NULL: none. */
static const struct config_layer *
entry_of(const struct modern *modern, const struct ladle_layer *layer)
{
	const struct ladle_graph *graph = modern->in->graph;
	const struct config_layer *entry = NULL;

	if (graph != NULL && layer->config != LADLE_NONE &&
			layer->config <= graph->config.layer_count)
		entry = graph->config.layers[layer->config];
	while (entry != NULL && !entry->is_model && entry->first_child != NULL)
		entry = entry->first_child;
	return entry == NULL || entry->is_model ? NULL : entry;
}

static void
take_one(struct taking *take)
{
	struct modern *modern = take->modern;
	const struct gates *gates = modern->first ? gates_at(take) : NULL;

	if (gates != NULL) {
		join_gates(take, gates);
		return;
	}
	if (modern->first ? turn_kernel(take) : flip_kernel(take))
		return;
	modern->tensors[modern->count++] = *now(take);
	take->at++;
}

static void
take_layer(struct modern *modern, const struct ladle_layer *from, struct ladle_layer *to)
{
	const struct config_layer *entry = entry_of(modern, from);
	struct taking take = {
			.modern = modern,
			.tensors = modern->in->tensors + from->first_tensor,
			.count = from->tensor_count,
			.class_name = entry == NULL ? from->class_name : entry->class_name,
			.channels_first = entry == NULL ? -1 : entry->channels_first,
	};

	*to = *from;
	to->first_tensor = modern->count;
	while (take.at < take.count && !modern->failed)
		take_one(&take);
	to->tensor_count = modern->count - to->first_tensor;
}

/* What the twin's column says of itself, after what its file says. */
static void
add_finding(struct modern *modern, struct ladle_checkpoint *out)
{
	struct ladle_finding *list =
			arena_array(modern->arena, modern->in->finding_count + 1, sizeof(*list));
	const char *text = "read as Keras 2 stores such layers";
	const char *last = "";

	for (int i = 0; i < FORM_COUNT && text != NULL; i++) {
		if (!(modern->form >> i & 1) || strcmp(form_words[i], last) == 0)
			continue;
		text = arena_format(modern->arena, "%s%s %s", text, last[0] == '\0' ? ":" : ",",
				form_words[i]);
		last = form_words[i];
	}
	modern->failed |= list == NULL || text == NULL;
	if (modern->failed)
		return;
	if (modern->in->finding_count > 0)
		memcpy(list, modern->in->findings, modern->in->finding_count * sizeof(*list));
	list[modern->in->finding_count] = (struct ladle_finding){
			.code = LADLE_F_FORMAT, .checkpoint = LADLE_NONE, .text = text};
	out->findings = list;
	out->finding_count = modern->in->finding_count + 1;
}

/* The generation, by what stands beside the names of layers: section 1.1 of the format. */
static void
find_generation(struct modern *modern, const struct catalog *catalog)
{
	const struct catalog_object *objects = catalog->objects;
	uint32_t group = 0;

	if (catalog_attr(&objects[0], "layer_names") == NULL &&
			catalog_attr(&objects[0], "layer_names0") == NULL)
		group = catalog_child(catalog, 0, "model_weights");
	modern->old = keras_is_old(catalog);
	modern->first = modern->old;
	if (group == LADLE_NONE || modern->old)
		return;
	modern->first = catalog_attr(&objects[group], "layer_names") != NULL &&
			catalog_attr(&objects[group], "keras_version") == NULL;
}

enum ladle_status
modern_make(struct ladle_checkpoint *out, uint32_t *form, const struct ladle_checkpoint *in,
		const struct catalog *catalog, struct arena *arena, struct ladle_error *err)
{
	struct modern modern = {.arena = arena, .in = in};
	struct ladle_layer *layers;

	*form = 0;
	find_generation(&modern, catalog);
	if (!modern.first && strcmp(in->backend, "theano") != 0)
		return LADLE_OK;
	layers = arena_array(arena, in->layer_count + 1, sizeof(*layers));
	modern.tensors = arena_array(arena, in->tensor_count + 1, sizeof(*modern.tensors));
	modern.failed = layers == NULL || modern.tensors == NULL;
	for (uint32_t i = 0; i < in->layer_count && !modern.failed; i++)
		take_layer(&modern, &in->layers[i], &layers[i]);
	if (!modern.failed && modern.form != 0)
		add_finding(&modern, out);
	if (modern.failed)
		return ladle_fail(err, LADLE_E_MEMORY, NULL, "no memory for the layers");
	for (uint32_t i = 0; i < in->layer_count; i++)
		for (uint32_t t = 0; t < layers[i].tensor_count; t++)
			modern.tensors[layers[i].first_tensor + t].layer = i;
	out->layers = layers;
	out->layer_count = in->layer_count;
	out->tensors = modern.tensors;
	out->tensor_count = modern.count;
	*form = modern.form;
	return LADLE_OK;
}

/* Only Keras 2's legacy files can be Theano's. */
static bool
correlates(const struct ladle_checkpoint *column)
{
	return column->format == LADLE_WEIGHTS || column->format == LADLE_KERAS ||
	       column->format == LADLE_SHARDS ||
	       (column->backend[0] != '\0' && strcmp(column->backend, "theano") != 0);
}

void
modern_columns(const struct ladle_checkpoint **columns, uint32_t count)
{
	bool alike = true, correlation = false;

	for (uint32_t k = 1; k < count; k++)
		alike = alike && columns[k]->form == columns[0]->form;
	if (alike)
		return;
	for (uint32_t k = 0; k < count; k++)
		correlation = correlation || correlates(columns[k]);
	for (uint32_t k = 0; k < count; k++)
		if (columns[k]->modern != NULL &&
				(correlation || !(columns[k]->form >> FORM_FLIPPED & 1)))
			columns[k] = columns[k]->modern;
}
