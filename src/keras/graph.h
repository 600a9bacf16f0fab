/* The model's config as a graph: who takes what from whom, in every model that it holds. */
#ifndef KERAS_GRAPH_H
#define KERAS_GRAPH_H

#include "keras/model_config.h"

/* One tensor on its way: what call gave it, and which of its outputs it is. */
struct graph_edge {
	uint32_t node, output;
};

/* One call of a layer. */
struct graph_node {
	const struct config_layer *layer;
	uint32_t call;             /* 0: the first */
	struct graph_edge *inputs; /* of the same model, in the order of the arguments */
	uint32_t input_count;
};

/* One model: calls in an order in which none stands before what it takes. */
struct graph_model {
	const struct config_layer *model;
	struct graph_node *nodes;
	uint32_t node_count;
	struct graph_edge *outputs; /* in the model's order */
	uint32_t output_count;
};

struct ladle_graph {
	struct config config;
	struct graph_model **models; /* by index of the config's layer; NULL: no model, or one whose
					calls cannot be followed */
	uint64_t *classes; /* by index of the config's layer: hash of its class, aliases resolved */
};

/* The graph of a config that was read; NULL without memory. Everything lies in the arena. */
struct ladle_graph *graph_make(struct arena *, const struct config *);

/* ---- places ----
 *
 * Hashes of where a layer stands, that do not depend on any name (Weisfeiler and Leman's
 * refinement, on a graph without cycles: one walk down, one walk up). Equal hashes: equal classes
 * and shapes on all ways from the inputs (before), to the outputs (after). */

/* How much counts. Without `order` the arguments of Add, Average and their like may be exchanged;
 * `loose` sees only layers that have weights, so that generations which write other activations or
 * operations are alike. */
enum graph_view { GRAPH_EXACT, GRAPH_EXACT_ORDER, GRAPH_LOOSE, GRAPH_LOOSE_ORDER, GRAPH_VIEWS };

struct graph_place {
	uint64_t before, after;
};

/* [layer_count + 1] by index of the config's layer; 0, 0 where the layer has no place. `weights`,
 * as long, is a hash of the shapes that the layer has in the file, 0: none. False without memory.
 */
bool graph_places(const struct ladle_graph *, enum graph_view, const uint64_t *weights,
		struct arena *, struct graph_place *out);

/* May the arguments of this class be exchanged? */
bool graph_commutes(const struct config_layer *);

#endif
