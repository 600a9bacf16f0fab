/* Groups as text, and models in lines, for tests.
 *
 * A group is one line, "4 a/kernel:1 b/kernel:0*16*1+8": units, then each use as row:axis with outer,
 * inner and offset where they are not 1, 1, 0, and [where=index] where it is in a slice. With
 * GROUPED_GAUGE it is one line "scale a/kernel:1 / b/kernel:0": what a gauge makes and, behind '/',
 * takes, without those that it leaves.
 *
 * A model is lines of name|class|inputs|config|weights: inputs are names, with @call and .output
 * where these are not 0; calls are divided by ';'. Weights are names with shapes: "kernel 8x4,bias
 * 4". A last line ">a,b" lists outputs; else the last layer is the output. */
#ifndef TESTS_ALIGN_GROUPED_H
#define TESTS_ALIGN_GROUPED_H

#include "base/buf.h"
#include "keras/hand.h"

static inline void
grouped_use(const struct ladle_table *table, const struct ladle_use *use, struct buf *out)
{
	buf_format(out, " %s:%d", table->rows[use->row].label, use->axis);
	if (use->outer != 1 || use->inner != 1 || use->offset != 0)
		buf_format(out, "*%u*%u+%u", (unsigned)use->outer, (unsigned)use->inner,
				(unsigned)use->offset);
	if (use->where >= 0)
		buf_format(out, "[%d=%u]", use->where, (unsigned)use->index);
}

#ifdef GROUPED_GAUGE
static inline void
grouped_print(const struct ladle_table *table, const struct ladle_groups *groups, struct buf *out)
{
	static const char *const names[] = {"none", "sign", "scale"};

	for (uint32_t i = 0; i < groups->count; i++) {
		buf_text(out, names[groups->list[i].gauge]);
		for (int gauge = 1; gauge >= -1; gauge -= 2) {
			for (uint32_t k = 0; k < groups->list[i].use_count; k++)
				if (groups->list[i].uses[k].gauge == gauge)
					grouped_use(table, &groups->list[i].uses[k], out);
			if (gauge == 1 && groups->list[i].gauge != LADLE_GAUGE_NONE)
				buf_text(out, " /");
		}
		buf_char(out, '\n');
	}
}
#else
static inline void
grouped_print(const struct ladle_table *table, const struct ladle_groups *groups, struct buf *out)
{
	for (uint32_t i = 0; i < groups->count; i++) {
		buf_format(out, "%u", groups->list[i].units);
		for (uint32_t k = 0; k < groups->list[i].use_count; k++)
			grouped_use(table, &groups->list[i].uses[k], out);
		buf_char(out, '\n');
	}
	for (uint32_t i = 0; i < groups->ungrouped_count; i++)
		buf_format(out, "! %s: %s\n", table->layers[groups->ungrouped[i].layer].name,
				groups->ungrouped[i].why);
}

#endif

/* ---- models in lines ---- */

struct grouped_model {
	struct buf names, catalog, config, outputs;
	bool chain; /* a Sequential model: no calls are listed */
};

static inline void
grouped_tensor(struct buf *out, const char *text, int length)
{
	int name = (int)strcspn(text, "@.,;|");
	long call = 0, output = 0;

	if (text[name] == '@')
		call = strtol(text + name + 1, NULL, 10);
	if (memchr(text, '.', (size_t)length) != NULL)
		output = strtol((const char *)memchr(text, '.', (size_t)length) + 1, NULL, 10);
	buf_format(out, "[\"%.*s\",%ld,%ld]", name, text, call, output);
}

static inline void
grouped_tensors(struct buf *out, const char *list)
{
	for (const char *at = list; *at != '\0' && *at != ';';) {
		int length = (int)strcspn(at, ",;");

		if (at != list)
			buf_char(out, ',');
		grouped_tensor(out, at, length);
		at += length + (at[length] == ',');
	}
}

static inline void
grouped_calls(struct buf *out, const char *inputs)
{
	for (const char *at = inputs; *at != '\0';) {
		size_t length = strcspn(at, ";");

		buf_text(out, at == inputs ? "[" : ",[");
		grouped_tensors(out, at);
		buf_char(out, ']');
		at += length + (at[length] == ';');
	}
}

static inline void
grouped_weights(struct grouped_model *model, const char *name, char *weights)
{
	struct buf names;
	char *rest = NULL;

	buf_init(&names);
	for (char *w = strtok_r(weights, ",", &rest); w != NULL; w = strtok_r(NULL, ",", &rest)) {
		char *shape = strchr(w, ' ');

		*shape++ = '\0';
		buf_format(&names, "%s%s/%s:0", names.length > 0 ? "," : "", name, w);
		buf_format(&model->catalog, "/%s/%s/%s:0 %s\n", name, name, w, shape);
	}
	buf_format(&model->catalog, "/%s @weight_names=%s\n", name, buf_string(&names));
	buf_done(&names);
}

static inline void
grouped_layer(struct grouped_model *model, char *line)
{
	char *field[5];
	bool first = model->names.length == 0;

	for (int i = 0; i < 5; i++) {
		field[i] = line;
		line = strchr(line, '|');
		assert_true(line != NULL || i == 4);
		if (line != NULL)
			*line++ = '\0';
	}
	buf_format(&model->names, "%s%s", first ? "" : ",", field[0]);
	buf_format(&model->config,
			"%s{\"class_name\":\"%s\",\"name\":\"%s\",\"config\":{%s%s\"name\":"
			"\"%s\"}",
			first ? "" : ",", field[1], field[0], field[3],
			field[3][0] == '\0' ? "" : ",", field[0]);
	if (!model->chain) {
		buf_text(&model->config, ",\"inbound_nodes\":[");
		grouped_calls(&model->config, field[2]);
		buf_char(&model->config, ']');
	}
	buf_char(&model->config, '}');
	grouped_weights(model, field[0], field[4]);
	buf_clear(&model->outputs);
	grouped_tensors(&model->outputs, field[0]);
}

static inline void
grouped_read(struct grouped_model *model, const char *lines)
{
	char *copy = strdup(lines), *rest = NULL;

	buf_init(&model->names);
	buf_init(&model->catalog);
	buf_init(&model->config);
	buf_init(&model->outputs);
	for (char *line = strtok_r(copy, "\n", &rest); line != NULL;
			line = strtok_r(NULL, "\n", &rest)) {
		if (*line == '>') {
			buf_clear(&model->outputs);
			grouped_tensors(&model->outputs, line + 1);
		} else {
			grouped_layer(model, line);
		}
	}
	free(copy);
}

/* The groups of a model as text, which is the caller's to free. */
static inline char *
grouped_text(const char *lines, bool chain, bool with_config)
{
	struct grouped_model model = {.chain = chain};
	struct buf all, config, out;
	struct hand hand;
	const struct ladle_checkpoint *c;
	struct ladle_table *table;
	struct ladle_groups *groups;
	struct ladle_error err;
	char *text;

	grouped_read(&model, lines);
	buf_init(&all);
	buf_init(&config);
	buf_init(&out);
	buf_format(&all, "/ @keras_version:2.15.0\n/ @layer_names=%s\n%s", buf_string(&model.names),
			buf_string(&model.catalog));
	buf_format(&config, "{\"class_name\":\"%s\",\"config\":{\"name\":\"m\",\"layers\":[%s]",
			chain ? "Sequential" : "Functional", buf_string(&model.config));
	if (!chain)
		buf_format(&config, ",\"input_layers\":[],\"output_layers\":[%s]",
				buf_string(&model.outputs));
	buf_text(&config, "}}");
	c = hand_make(&hand, buf_string(&all), with_config ? buf_string(&config) : NULL);
	assert_int_equal(ladle_pair(&table, &c, 1, &err), LADLE_OK);
	if (ladle_groups_find(&groups, table, 0, &err) == LADLE_OK) {
		buf_text(&out, groups->inferred ? "inferred\n" : "");
		grouped_print(table, groups, &out);
		ladle_groups_free(groups);
	} else {
		buf_format(&out, "%s: %s", ladle_status_code(err.status), err.text);
	}
	text = strdup(buf_string(&out));
	ladle_table_free(table);
	hand_done(&hand);
	buf_done(&out);
	buf_done(&all);
	buf_done(&config);
	buf_done(&model.names);
	buf_done(&model.catalog);
	buf_done(&model.config);
	buf_done(&model.outputs);
	return text;
}

#define assert_groups(lines, expected)                                \
	do {                                                          \
		char *groups_text = grouped_text(lines, false, true); \
		assert_string_equal(groups_text, expected);           \
		free(groups_text);                                    \
	} while (0)

#endif
