#include "write/crossing.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "keras/graph.h"
#include "keras/keras.h"
#include "write/crossing_state.h"
#include "write/ready.h"

enum ladle_status
crossing_no_memory(const struct crossing *cross)
{
	return ladle_fail(cross->err, LADLE_E_MEMORY, cross->request->template_->pub.path,
			"no memory for the output's tree");
}

bool
crossing_is_store(enum ladle_format format)
{
	return format == LADLE_WEIGHTS || format == LADLE_KERAS;
}

/* ---- which generation ---- */

/* Does the file hold a v3 store, whatever it is called? */
static bool
holds_store(const struct checkpoint *checkpoint)
{
	const struct catalog *catalog = checkpoint->catalog;
	const struct catalog_object *root = &catalog->objects[0];

	if (catalog->container != CATALOG_H5)
		return true;
	return !catalog_attr(root, "layer_names") && !catalog_attr(root, "layer_names0") &&
	       !keras_is_old(catalog) && catalog_child(catalog, 0, "model_weights") == LADLE_NONE;
}

/* A bare store says its generation by what only one of them writes; 0: nothing tells. */
static int
major_of_store(const struct checkpoint *checkpoint)
{
	const struct catalog *catalog = checkpoint->catalog;
	uint32_t vars = catalog_child(catalog, 0, "vars");

	if (vars != LADLE_NONE && catalog_attr(&catalog->objects[vars], "name"))
		return 3;
	for (uint32_t i = 0; i < catalog->object_count; i++) {
		const struct catalog_object *object = &catalog->objects[i];
		bool in_attention = object->parent != LADLE_NONE &&
				    !strncmp(catalog->objects[object->parent].name,
						    "multi_head_attention", 20);

		if (in_attention && !strcmp(object->name, "query_dense"))
			return 3;
		if (in_attention && !strcmp(object->name, "_query_dense"))
			return 2;
	}
	return 0;
}

static int
major_of(const struct checkpoint *checkpoint)
{
	const char *version = checkpoint->pub.keras_version;

	if (version[0])
		return keras_era(version).major;
	return holds_store(checkpoint) ? major_of_store(checkpoint) : 2;
}

bool
crossing_needed(const struct tree_request *request)
{
	const struct checkpoint *from = request->template_, *config = request->config;
	int major;

	if (keras_is_old(from->catalog))
		return request->format != LADLE_LEGACY_WEIGHTS;
	if (from->pub.format == LADLE_BRANCH ||
			holds_store(from) != crossing_is_store(request->format))
		return true;
	if (!config)
		return false;
	if (!config->pub.keras_version[0])
		return false;
	major = major_of(from);
	return major && major != keras_era(config->pub.keras_version).major;
}

/* ---- whose tensors ---- */

/* A branch brings the config that was cut for it; another file's is of all branches. */
static bool
takes_own_config(const struct tree_request *request)
{
	return !request->config || request->template_->config;
}

/* A template without a config of its own is read with the other's, so that its layers are known. */
static enum ladle_status
read_template(struct crossing *cross)
{
	const struct checkpoint *template_ = cross->request->template_;
	const struct checkpoint *config = cross->request->config;
	const char *text;
	size_t length;

	cross->from = &template_->pub;
	cross->shape = takes_own_config(cross->request) ? cross->from : &config->pub;
	cross->version = cross->shape->keras_version;
	if (!cross->version[0] && config)
		cross->version = config->pub.keras_version;
	if (cross->from->graph || cross->shape == cross->from)
		return LADLE_OK;
	text = ladle_checkpoint_config(cross->shape, &length);
	cross->read.path = cross->from->path;
	TRY(keras_read_with(
			&cross->read, template_->catalog, text, length, &cross->arena, cross->err));
	cross->from = &cross->read;
	return LADLE_OK;
}

/* Keras 1 had other classes, options and weights; it wrote its version at most at the root. */
static bool
is_of_keras_1(const struct ladle_checkpoint *checkpoint)
{
	const char *version = checkpoint->keras_version;

	if (!version[0])
		return checkpoint->format == LADLE_LEGACY_FULL;
	return strtol(version, NULL, 10) < 2;
}

/* Vocabularies lie beside the weights in an archive, and a branch has not all of them. */
static enum ladle_status
check_assets(const struct crossing *cross)
{
	const struct catalog *catalog = cross->request->template_->catalog;
	bool stays = cross->request->format == LADLE_KERAS &&
		     cross->request->template_->pub.format == LADLE_KERAS;

	for (uint32_t i = 0; i < catalog->member_count && !stays; i++)
		if (!strncmp(catalog->members[i].name, "assets/", 7))
			return ladle_fail(cross->err, LADLE_E_USAGE, cross->from->path,
					"%s holds %s, the table of a lookup layer, which %s cannot "
					"hold",
					cross->from->path, catalog->members[i].name,
					ladle_format_name(cross->request->format));
	return LADLE_OK;
}

static bool
has_optimizer(const struct catalog *catalog)
{
	return catalog_child(catalog, 0, "optimizer_weights") != LADLE_NONE ||
	       catalog_child(catalog, 0, "optimizer") != LADLE_NONE;
}

/* What has no place in another layout. */
static enum ladle_status
check_kept(const struct crossing *cross)
{
	TRY(check_assets(cross));
	if (cross->request->keep_optimizer && has_optimizer(cross->request->template_->catalog))
		return ladle_fail(cross->err, LADLE_E_USAGE, cross->from->path,
				"%s: the optimizer's state is not taken into another layout",
				cross->from->path);
	return LADLE_OK;
}

static enum ladle_status
plan_output(struct crossing *cross)
{
	const struct ladle_checkpoint *shape = cross->shape;

	if (is_of_keras_1(shape))
		return ladle_fail(cross->err, LADLE_E_USAGE, shape->path,
				"%s has a config of Keras 1, which nothing that reads the output "
				"understands: give --config FILE of Keras 2 or 3",
				shape->path);
	if (!shape->graph)
		return ladle_fail(cross->err, LADLE_E_USAGE, shape->path,
				"%s holds no config of a model: give --config FILE", shape->path);
	TRY(blueprint_make(&cross->plan, &cross->arena, &shape->graph->config, cross->version,
			shape->path, cross->err));
	return blueprint_fill(&cross->plan, shape, cross->err);
}

static bool
same_shape(const struct ladle_tensor *a, const struct ladle_tensor *b)
{
	return a->rank == b->rank &&
	       (!a->rank || !memcmp(a->shape, b->shape, (size_t)a->rank * sizeof(*a->shape)));
}

/* Why a layer of the config's file has no counterpart in the template. */
static enum ladle_status
refuse_unpaired(const struct crossing *cross, const struct ladle_table *table, uint32_t row)
{
	const struct ladle_layer_row *layer =
			row == LADLE_NONE ? NULL : &table->layers[table->rows[row].layer];
	const char *why = layer && layer->unpaired ? layer->unpaired : "no tensor pairs with it";

	return ladle_fail(cross->err, LADLE_E_USAGE, cross->from->path,
			"%s: the config of %s has %s, and it is not clear what that is here: %s",
			cross->from->path, cross->shape->path,
			row == LADLE_NONE ? "a tensor" : table->rows[row].label, why);
}

static enum ladle_status
refuse_shape(const struct crossing *cross, const char *label, const struct ladle_tensor *ours,
		const struct ladle_tensor *theirs)
{
	struct buf one, two;

	buf_init(&one);
	buf_init(&two);
	ready_shape(&one, ours);
	ready_shape(&two, theirs);
	ladle_fail(cross->err, LADLE_E_USAGE, cross->from->path,
			"%s: %s is %s, %s, whose config the output takes, has %s",
			cross->from->path, label, buf_string(&one), cross->shape->path,
			buf_string(&two));
	buf_done(&one);
	buf_done(&two);
	return LADLE_E_USAGE;
}

/* The tensor of the template that is paired with one of the config's file. */
static enum ladle_status
translate(const struct crossing *cross, const struct ladle_table *table, const uint32_t *row_of,
		uint32_t *tensor)
{
	uint32_t row = row_of[*tensor];
	const struct ladle_tensor *theirs = &cross->shape->tensors[*tensor], *ours;

	if (row == LADLE_NONE || table->rows[row].index[0] == LADLE_NONE)
		return refuse_unpaired(cross, table, row);
	*tensor = table->rows[row].index[0];
	ours = &cross->from->tensors[*tensor];
	if (!same_shape(ours, theirs))
		return refuse_shape(cross, table->rows[row].label, ours, theirs);
	return LADLE_OK;
}

static enum ladle_status
translate_all(struct crossing *cross, const struct ladle_table *table)
{
	uint32_t *row_of = arena_array(
			&cross->arena, cross->shape->tensor_count + (size_t)1, sizeof(*row_of));
	struct blueprint_object *model = cross->plan.model;

	if (!row_of)
		return crossing_no_memory(cross);
	for (uint32_t i = 0; i < cross->shape->tensor_count; i++)
		row_of[i] = LADLE_NONE;
	for (uint32_t i = 0; i < table->row_count; i++)
		if (table->rows[i].index[1] != LADLE_NONE)
			row_of[table->rows[i].index[1]] = i;
	for (struct blueprint_object *o = model; o; o = blueprint_next(model, o))
		for (uint32_t i = 0; i < o->count; i++) {
			/* what is stored twice has no values of its own */
			if (o->weights[i].same)
				o->weights[i].tensor = LADLE_NONE;
			else
				TRY(translate(cross, table, row_of, &o->weights[i].tensor));
		}
	return LADLE_OK;
}

/* The file that the config is from holds the same model: what is which there is known, and what is
 * which here is found by pairing. */
static enum ladle_status
take_template(struct crossing *cross)
{
	const struct ladle_checkpoint *both[] = {cross->from, cross->shape};
	struct ladle_table *table;
	enum ladle_status status;

	if (cross->from == cross->shape)
		return LADLE_OK;
	TRY(ladle_pair(&table, both, 2, cross->err));
	status = translate_all(cross, table);
	ladle_table_free(table);
	return status;
}

/* A tensor that no object of the output takes would be lost in silence. */
static enum ladle_status
check_all_taken(struct crossing *cross)
{
	bool *taken = arena_array(
			&cross->arena, cross->from->tensor_count + (size_t)1, sizeof(*taken));
	struct blueprint_object *model = cross->plan.model;

	if (!taken)
		return crossing_no_memory(cross);
	for (struct blueprint_object *o = model; o; o = blueprint_next(model, o))
		for (uint32_t i = 0; i < o->count; i++)
			if (o->weights[i].tensor != LADLE_NONE)
				taken[o->weights[i].tensor] = true;
	for (uint32_t i = 0; i < cross->from->tensor_count; i++)
		if (!taken[i] && strcmp(cross->from->tensors[i].role, "wrapped_kernel"))
			return ladle_fail(cross->err, LADLE_E_USAGE, cross->from->path,
					"%s holds %s, which the config of %s has no place for",
					cross->from->path, cross->from->tensors[i].object,
					cross->shape->path);
	return LADLE_OK;
}

/* ---- all of it ---- */

static enum ladle_status
lay_out_model(struct crossing *cross, struct sketch_object *root)
{
	TRY(plan_output(cross));
	TRY(take_template(cross));
	TRY(check_all_taken(cross));
	return crossing_lay_out(cross, root);
}

static enum ladle_status
cross_over(struct crossing *cross, struct tree *tree)
{
	const char *recipe = cross->request->recipe;
	struct sketch_object *root = sketch_group(&cross->sketch, "/");
	bool is_branch;

	TRY(read_template(cross));
	TRY(check_kept(cross));
	if (recipe && *recipe)
		sketch_text(&cross->sketch, root, "ladle_recipe", recipe, true);
	is_branch = cross->from->format == LADLE_BRANCH && !cross->shape->graph;
	TRY(is_branch ? crossing_select(cross, root) : lay_out_model(cross, root));
	return sketch_finish(&cross->sketch, &tree->catalog, &tree->source, cross->from->path,
			cross->err);
}

/* What Keras 1 and Theano store in another way is turned only beside a file that has the new
 * way. */
static enum ladle_status
check_form(const struct tree_request *request, struct ladle_error *err)
{
	const struct ladle_checkpoint *template_ = &request->template_->pub;

	if (!template_->form)
		return LADLE_OK;
	return ladle_fail(err, LADLE_E_USAGE, template_->path,
			"%s stores its weights in a form of its own and is written in its own "
			"layout alone; averaged beside a file of Keras 2 or 3 that is the "
			"template (with weight 0, if it is only that), it takes that file's",
			template_->path);
}

enum ladle_status
crossing_make(struct tree *tree, const struct tree_request *request, struct ladle_error *err)
{
	struct crossing cross = {.request = request, .err = err};
	enum ladle_status status;

	TRY(check_form(request, err));
	arena_init(&cross.arena);
	cross.sketch.arena = &cross.arena;
	status = cross_over(&cross, tree);
	arena_done(&cross.arena);
	return status;
}
