/* Models in one line, for tests: "in:InputLayer: a:Dense:in:4x4 m:Add:a,b >m". A layer is
 * name:class:inputs and, where it has weights, the shape of its kernel; outputs stand behind '>'.
 * Layers are listed and stored in the order of the line. */
#ifndef TESTS_PAIR_GRAPH_SPEC_H
#define TESTS_PAIR_GRAPH_SPEC_H

#include "base/buf.h"
#include "keras/hand.h"

struct spec {
	struct hand hand;
	struct buf lines, names, config, outputs;
};

static inline void
spec_tensors(struct buf *out, const char *names, bool comma)
{
	while (*names != '\0') {
		size_t length = strcspn(names, ",");

		buf_format(out, "%s[\"%.*s\",0,0]", comma ? "," : "", (int)length, names);
		comma = true;
		names += length + (names[length] == ',');
	}
}

static inline void
spec_layer(struct spec *spec, char *word, bool first)
{
	char *class_name = strchr(word, ':'), *inputs = strchr(class_name + 1, ':');
	char *shape = strchr(inputs + 1, ':');

	*class_name++ = *inputs++ = '\0';
	if (shape != NULL)
		*shape++ = '\0';
	buf_format(&spec->names, "%s%s", first ? "" : ",", word);
	buf_format(&spec->config,
			"%s{\"class_name\":\"%s\",\"name\":\"%s\",\"config\":{\"name\":\"%s\"},"
			"\"inbound_nodes\":[",
			first ? "" : ",", class_name, word, word);
	if (*inputs != '\0') {
		buf_text(&spec->config, "[");
		spec_tensors(&spec->config, inputs, false);
		buf_text(&spec->config, "]");
	}
	buf_text(&spec->config, "]}");
	if (shape == NULL)
		buf_format(&spec->lines, "/%s @weight_names=\n", word);
	else
		buf_format(&spec->lines, "/%s @weight_names=%s/kernel:0\n/%s/%s/kernel:0 %s\n",
				word, word, word, word, shape);
}

/* With its config, or as a weights-only file. */
static inline struct ladle_checkpoint *
spec_make(struct spec *spec, const char *line, const char *path, bool with_config)
{
	char *copy = strdup(line), *outputs = strchr(copy, '>');
	struct buf all;
	bool first = true;

	buf_init(&spec->lines);
	buf_init(&spec->names);
	buf_init(&spec->config);
	buf_init(&spec->outputs);
	buf_init(&all);
	*outputs++ = '\0';
	buf_text(&spec->config, "{\"class_name\":\"Functional\",\"config\":{\"name\":\"m\","
				"\"layers\":[");
	for (char *word = strtok(copy, " "); word != NULL; word = strtok(NULL, " ")) {
		spec_layer(spec, word, first);
		first = false;
	}
	buf_text(&spec->config, "],\"input_layers\":[[\"in\",0,0]],\"output_layers\":[");
	spec_tensors(&spec->config, outputs, false);
	buf_text(&spec->config, "]}}");
	buf_format(&all, "/ @keras_version:2.15.0\n/ @layer_names=%s\n%s", buf_string(&spec->names),
			buf_string(&spec->lines));
	hand_make(&spec->hand, buf_string(&all), with_config ? buf_string(&spec->config) : NULL);
	spec->hand.checkpoint.path = path;
	buf_done(&all);
	free(copy);
	return &spec->hand.checkpoint;
}

static inline void
spec_done(struct spec *spec)
{
	hand_done(&spec->hand);
	buf_done(&spec->lines);
	buf_done(&spec->names);
	buf_done(&spec->config);
	buf_done(&spec->outputs);
}

#endif
