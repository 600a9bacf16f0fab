#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "keras/graph.h"

struct fixture {
	struct arena arena;
	struct config config;
	struct ladle_graph *graph;
};

static void
make(struct fixture *f, const char *text)
{
	struct ladle_error err;

	arena_init(&f->arena);
	assert_int_equal(config_read(&f->config, &f->arena, text, strlen(text), &err), LADLE_OK);
	assert_non_null(f->config.model);
	f->graph = graph_make(&f->arena, &f->config);
	assert_non_null(f->graph);
}

/* "a b(a) c(a:1 b)>c" of the model with that index: calls with what they take; "a'" is the second
 * call of a. */
static const char *
print(const struct fixture *f, uint32_t index)
{
	static char out[1024];
	const struct graph_model *model = f->graph->models[index];
	size_t at = 0;

	if (model == NULL)
		return "none";
	for (uint32_t n = 0; n < model->node_count; n++) {
		const struct graph_node *node = &model->nodes[n];

		at += (size_t)snprintf(out + at, sizeof(out) - at, "%s%s%s", n == 0 ? "" : " ",
				node->layer->name, node->call == 0 ? "" : "'");
		for (uint32_t e = 0; e < node->input_count; e++) {
			const struct graph_edge *edge = &node->inputs[e];
			const struct graph_node *from = &model->nodes[edge->node];

			assert_true(edge->node < n);
			at += (size_t)snprintf(out + at, sizeof(out) - at, "%s%s%s",
					e == 0 ? "(" : " ", from->layer->name,
					from->call == 0 ? "" : "'");
			if (edge->output > 0)
				at += (size_t)snprintf(
						out + at, sizeof(out) - at, ":%u", edge->output);
		}
		at += (size_t)snprintf(
				out + at, sizeof(out) - at, "%s", node->input_count > 0 ? ")" : "");
	}
	for (uint32_t o = 0; o < model->output_count; o++)
		at += (size_t)snprintf(out + at, sizeof(out) - at, "%s%s%s", o == 0 ? ">" : ",",
				model->nodes[model->outputs[o].node].layer->name,
				model->nodes[model->outputs[o].node].call == 0 ? "" : "'");
	return out;
}

static void
assert_graph(const char *text, const char *expected)
{
	struct fixture f;

	make(&f, text);
	assert_string_equal(print(&f, 0), expected);
	arena_done(&f.arena);
}

#define L(name, calls)                                                                        \
	"{\"class_name\":\"Dense\",\"name\":\"" name "\",\"config\":{\"name\":\"" name "\"}," \
	"\"inbound_nodes\":" calls "}"
#define FUNCTIONAL(layers, outputs)                                                          \
	"{\"class_name\":\"Functional\",\"config\":{\"name\":\"m\",\"layers\":[" layers "]," \
	"\"input_layers\":[[\"in\",0,0]],\"output_layers\":" outputs "}}"
#define K3(name, call, output)                                                                    \
	"{\"class_name\":\"__keras_tensor__\",\"config\":{\"shape\":[null,4],\"keras_history\":[" \
	"\"" name "\"," call "," output "]}}"

static void
calls_of_keras_1_and_2(void **state)
{
	(void)state;
	assert_graph(FUNCTIONAL(L("in", "[]") "," L("a", "[[[\"in\",0,0]]]") "," L(
						"b", "[[[\"a\",0,0,{}],[\"in\",0,0,{}]]]"),
				     "[[\"b\",0,0]]"),
			"in a(in) b(a in)>b");
	/* a node that is one tensor, and a tensor among the keyword arguments */
	assert_graph(FUNCTIONAL(L("in", "[]") "," L("a", "[[\"in\",0,0,{}]]") "," L("b",
						"[[\"a\",0,1,{\"y\":[\"in\",0,0],\"z\":\"no\"}]]"),
				     "[[\"b\",0,0]]"),
			"in a(in) b(a:1 in)>b");
}

static void
calls_of_keras_3(void **state)
{
	(void)state;
	assert_graph(FUNCTIONAL(L("in", "[]") "," L("a",
						"[{\"args\":[" K3("in", "0",
								"0") "],"
								     "\"kwargs\":{}}]") "," L("b",
						"[{\"args\":[[" K3("a", "0", "0") "," K3("in", "0",
								"0") "]],"
								     "\"kwargs\":{\"mask\":null,"
								     "\"x\":" K3("a", "0",
										     "2") "}}]"),
				     "[\"b\",0,0]"),
			"in a(in) b(a in a:2)>b");
}

static void
a_layer_called_twice_has_two_calls(void **state)
{
	(void)state;
	assert_graph(FUNCTIONAL(L("in", "[]") "," L("a", "[[[\"in\",0,0]],[[\"a\",0,0]]]"),
				     "[[\"a\",1,0]]"),
			"in a(in) a'(a)>a'");
}

/* Keras 2 counts the calls of a nested model from 1, Keras 3 does so in output_layers alone. */
static void
calls_are_counted_from_0_or_1(void **state)
{
	(void)state;
	assert_graph(FUNCTIONAL(L("in", "[]") "," L("a", "[[[\"in\",0,0]]]") "," L(
						"b", "[[[\"a\",1,0]]]"),
				     "[[\"b\",1,0]]"),
			"in a(in) b(a)>b");
}

static void
what_is_taken_stands_before_what_takes_it(void **state)
{
	(void)state;
	assert_graph(FUNCTIONAL(L("c", "[[[\"b\",0,0]]]") "," L("b", "[[[\"in\",0,0]]]") "," L(
						"in", "[]"),
				     "[[\"c\",0,0]]"),
			"in b(in) c(b)>c");
}

static void
a_circle_is_no_graph_and_strangers_are_left_out(void **state)
{
	(void)state;
	assert_graph(FUNCTIONAL(L("a", "[[[\"b\",0,0]]]") "," L("b", "[[[\"a\",0,0]]]"),
				     "[[\"b\",0,0]]"),
			"none");
	assert_graph(FUNCTIONAL(L("in", "[]") "," L("a", "[[[\"in\",0,0],[\"gone\",0,0],"
							 "[\"in\",7,0],[\"in\",0,-1]]]"),
				     "[[\"a\",0,0],[\"gone\",0,0]]"),
			"in a(in)>a");
}

static void
a_sequential_model_is_a_chain(void **state)
{
	(void)state;
	assert_graph("{\"class_name\":\"Sequential\",\"config\":{\"name\":\"s\",\"layers\":["
		     "{\"class_name\":\"Dense\",\"config\":{\"name\":\"x\"}},"
		     "{\"class_name\":\"Dense\",\"config\":{\"name\":\"y\"}}]}}",
			"x y(x)>y");
}

static void
settings_do_not_depend_on_names_and_initialisers(void **state)
{
	struct fixture f;
	const struct config_layer *const *l;

	(void)state;
	make(&f, "{\"class_name\":\"Sequential\",\"config\":{\"name\":\"s\",\"layers\":["
		 "{\"class_name\":\"Dense\",\"config\":{\"name\":\"x\",\"units\":4,"
		 "\"kernel_initializer\":{\"seed\":1},\"activation\":\"relu\"}},"
		 "{\"class_name\":\"Dense\",\"config\":{\"name\":\"y\",\"units\":4,"
		 "\"kernel_initializer\":null,\"activation\":\"relu\"}},"
		 "{\"class_name\":\"Dense\",\"config\":{\"name\":\"z\",\"units\":4,"
		 "\"activation\":\"tanh\"}}]}}");
	l = f.config.layers;
	assert_int_equal(f.config.layer_count, 3);
	assert_true(l[1]->settings == l[2]->settings);
	assert_true(l[1]->settings != l[3]->settings);
	arena_done(&f.arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(calls_of_keras_1_and_2),
			cmocka_unit_test(calls_of_keras_3),
			cmocka_unit_test(a_layer_called_twice_has_two_calls),
			cmocka_unit_test(calls_are_counted_from_0_or_1),
			cmocka_unit_test(what_is_taken_stands_before_what_takes_it),
			cmocka_unit_test(a_circle_is_no_graph_and_strangers_are_left_out),
			cmocka_unit_test(a_sequential_model_is_a_chain),
			cmocka_unit_test(settings_do_not_depend_on_names_and_initialisers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
