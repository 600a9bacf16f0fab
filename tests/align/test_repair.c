#include "align/grouped.h"

#include <math.h>

#include "align/repair.h"

enum { UNITS = 8, INPUTS = 3, MANY = 24 };

/* The same numbers as numpy's script has: Knuth's generator, the upper 53 bits, from -1 to 1. */
static void
fill(double *to, size_t count, uint64_t seed)
{
	for (size_t i = 0; i < count; i++) {
		seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
		to[i] = (double)(seed >> 11) / 9007199254740992. * 2 - 1;
	}
}

/* v = u' S u for one S. */
static double
form(const double *u)
{
	return 2 * u[0] * u[0] + u[1] * u[1] + .5 * u[2] * u[2] + 2 * .5 * u[0] * u[1] +
	       2 * .25 * u[1] * u[2];
}

static void
form_all(const double *columns, size_t units, double *out)
{
	for (size_t u = 0; u < units; u++)
		out[u] = form(columns + u * INPUTS);
}

static void
assert_near(const double *got, const double *want, size_t count, double relative)
{
	for (size_t i = 0; i < count; i++)
		if (!(fabs(got[i] - want[i]) <= relative * fabs(want[i])))
			fail_msg("%zu: %.17g, numpy has %.17g", i, got[i], want[i]);
}

/* Two models whose units take inputs of the same covariance, 0.6 and 0.4. */
struct two {
	double a[UNITS * INPUTS], b[UNITS * INPUTS], va[UNITS], vb[UNITS];
	struct columns columns[2];
	const double *variance[2];
};

static const double shares[] = {.6, .4};

static void
make_two(struct two *two)
{
	fill(two->a, UNITS * INPUTS, 11);
	fill(two->b, UNITS * INPUTS, 12);
	form_all(two->a, UNITS, two->va);
	form_all(two->b, UNITS, two->vb);
	two->columns[0] = (struct columns){two->a, UNITS, INPUTS};
	two->columns[1] = (struct columns){two->b, UNITS, INPUTS};
	two->variance[0] = two->va;
	two->variance[1] = two->vb;
}

/* sum_jk w_j w_k rho_jk s_j s_k in numpy 2.4 */
static void
cosines_give_numpy_s_variances(void **state)
{
	static const double want[UNITS] = {0.8614507997493761, 1.092802136477279,
			0.04152414008982658, 0.9306273209058933, 0.3399517237120751,
			0.060926435595950706, 0.2304385214118616, 0.4996349107183198};
	struct two two;
	double out[UNITS];

	(void)state;
	make_two(&two);
	repair_cosine(two.columns, two.variance, shares, 2, out);
	assert_near(out, want, UNITS, 1e-13);
}

static void
models_without_weight_have_no_say(void **state)
{
	static const double w[] = {.6, 0, .4};
	struct two two;
	double two_of_three[UNITS], both[UNITS];

	(void)state;
	make_two(&two);
	const struct columns three[] = {two.columns[0], {NULL, 0, 0}, two.columns[1]};
	const double *variance[] = {two.va, NULL, two.vb};
	repair_cosine(two.columns, two.variance, shares, 2, both);
	repair_cosine(three, variance, w, 3, two_of_three);
	assert_memory_equal(two_of_three, both, sizeof(both));
	assert_true(repair_quadratic(two.columns, two.variance, shares, 2, both));
	assert_true(repair_quadratic(three, variance, w, 3, two_of_three));
	assert_memory_equal(two_of_three, both, sizeof(both));
}

static void
equal_models_keep_their_variance(void **state)
{
	static const double w[] = {.25, .25, .25, .25};
	struct two two;
	double out[UNITS];

	(void)state;
	make_two(&two);
	const struct columns four[] = {
			two.columns[0], two.columns[0], two.columns[0], two.columns[0]};
	const double *variance[] = {two.va, two.va, two.va, two.va};
	repair_cosine(four, variance, w, 4, out);
	assert_near(out, two.va, UNITS, 2e-15);
}

/* Independent units of equal variance: v / K. Opposite ones leave nothing, so the least part. */
static void
what_agrees_in_nothing_loses_its_variance(void **state)
{
	static const double a[] = {2, 0, 0, 3}, b[] = {0, 5, 0, -3}, v[] = {4, 9};
	static const double half[] = {.5, .5};
	const struct columns columns[] = {{a, 2, 2}, {b, 2, 2}};
	const double *variance[] = {v, v};
	double out[2];

	(void)state;
	repair_cosine(columns, variance, half, 2, out);
	assert_true(fabs(out[0] - 2) < 1e-15);
	assert_true(fabs(out[1] - 9e-3) < 1e-15);
}

/* numpy.linalg.solve of the same regression; u' S u itself is 0.58397, 1.07758, 0.014527, .. */
static void
the_quadratic_form_is_numpy_s(void **state)
{
	static const double want[UNITS] = {0.5844818466314298, 1.0778734612833467,
			0.014536495834147805, 0.9111777512511702, 0.15672885309681045,
			0.026116001229571174, 0.12707051356835752, 0.5523105042470964};
	struct two two;
	double out[UNITS], exact[UNITS], mixed[UNITS * INPUTS];

	(void)state;
	make_two(&two);
	assert_true(repair_quadratic(two.columns, two.variance, shares, 2, out));
	assert_near(out, want, UNITS, 1e-10);
	for (size_t i = 0; i < UNITS * INPUTS; i++)
		mixed[i] = .6 * two.a[i] + .4 * two.b[i];
	form_all(mixed, UNITS, exact);
	assert_near(out, exact, UNITS, 3e-3);
}

static void
too_many_units_have_no_quadratic_form(void **state)
{
	static double a[(REPAIR_MOST_SAMPLES / 2 + 1) * 1], v[REPAIR_MOST_SAMPLES / 2 + 1];
	static double out[REPAIR_MOST_SAMPLES / 2 + 1];
	const size_t units = REPAIR_MOST_SAMPLES / 2 + 1;
	const struct columns columns[] = {{a, units, 1}, {a, units, 1}};
	const double *variance[] = {v, v};

	(void)state;
	for (size_t i = 0; i < units; i++)
		a[i] = v[i] = 1;
	assert_false(repair_quadratic(columns, variance, shares, 2, out));
	assert_false(repair_quadratic(&(struct columns){a, 4, 0}, variance, shares, 1, out));
}

/* numpy's generalised least squares of the same; the truth is .09 and 0. */
static void
what_all_variances_share_is_found(void **state)
{
	double columns[MANY * INPUTS], v[MANY], q, deviation;
	const struct columns of = {columns, MANY, INPUTS};

	(void)state;
	fill(columns, MANY * INPUTS, 5);
	form_all(columns, MANY, v);
	assert_true(repair_floor(&of, v, &q, &deviation));
	assert_true(fabs(q - 4.3523607693488165e-05) < 1e-9);
	assert_true(fabs(deviation - 0.007807840281666476) < 1e-9);
	for (size_t i = 0; i < MANY; i++)
		v[i] = .09 + .91 * v[i];
	assert_true(repair_floor(&of, v, &q, &deviation));
	assert_true(fabs(q - 0.09006048798037423) < 1e-9);
	assert_true(fabs(deviation - 0.009290066678600585) < 1e-9);
	assert_false(repair_floor(&(struct columns){columns, 7, INPUTS}, v, &q, &deviation));
}

static void
norms_are_what_the_models_have(void **state)
{
	static const double want[UNITS] = {1.2606578348238464, 1.138073514687848,
			5.9144839337505815, 1.0541640370513115, 2.058253611270573,
			2.9211581433703775, 2.0575021146062036, 1.3436008752681778};
	static const double against[] = {3, 4, 0, 0}, opposite[] = {-3, -3.9, 0, 0};
	static const double half[] = {.5, .5};
	const struct columns apart[] = {{against, 2, 2}, {opposite, 2, 2}};
	struct two two;
	double out[UNITS];

	(void)state;
	make_two(&two);
	repair_norms(two.columns, shares, 2, out);
	assert_near(out, want, UNITS, 1e-13);
	repair_norms(apart, half, 2, out);
	assert_true(out[0] == 10); /* the most */
	assert_true(out[1] == 1);  /* nothing there */
}

/* ---- who feeds whom ---- */

static void
print_net(const struct ladle_table *table, const struct repair_net *net, struct buf *out)
{
	static const char *const forms[] = {"", " transposed", " depthwise"};

	for (uint32_t i = 0; i < net->norm_count; i++) {
		const struct norm *norm = &net->norms[i];
		const struct feed *feed = norm->feed == LADLE_NONE ? NULL : &net->feeds[norm->feed];

		buf_format(out, "%s", table->layers[norm->layer].name);
		if (feed != NULL)
			buf_format(out, " < %s%s%s%s", table->rows[feed->row].label,
					forms[feed->form], feed->shared ? " shared" : "",
					feed->direct ? " direct" : "");
		else
			buf_format(out, ": %s", norm->why);
		buf_char(out, '\n');
	}
	for (uint32_t i = 0; i < net->feed_count; i++)
		if (!net->feeds[i].normalised)
			buf_format(out, "%s %s\n", net->feeds[i].last ? "last" : "open",
					table->rows[net->feeds[i].row].label);
	if (net->flattened != NULL)
		buf_format(out, "flattened %s\n", net->flattened);
}

static char *
net_text(const char *lines)
{
	struct grouped_model model = {.chain = false};
	struct repair_net net;
	struct arena arena;
	struct buf all, config, out;
	struct hand hand;
	struct ladle_table *table;
	struct ladle_error err;

	grouped_read(&model, lines);
	buf_init(&all);
	buf_init(&config);
	buf_init(&out);
	arena_init(&arena);
	buf_format(&all, "/ @keras_version:2.15.0\n/ @layer_names=%s\n%s", buf_string(&model.names),
			buf_string(&model.catalog));
	buf_format(&config,
			"{\"class_name\":\"Functional\",\"config\":{\"name\":\"m\",\"layers\":[%s],"
			"\"input_layers\":[],\"output_layers\":[%s]}}",
			buf_string(&model.config), buf_string(&model.outputs));
	const struct ladle_checkpoint *c = hand_make(&hand, buf_string(&all), buf_string(&config));
	assert_int_equal(ladle_pair(&table, &c, 1, &err), LADLE_OK);
	assert_true(repair_net_find(&net, &arena, table, 0));
	print_net(table, &net, &out);
	char *text = strdup(buf_string(&out));
	ladle_table_free(table);
	hand_done(&hand);
	arena_done(&arena);
	buf_done(&out);
	buf_done(&all);
	buf_done(&config);
	buf_done(&model.names);
	buf_done(&model.catalog);
	buf_done(&model.config);
	buf_done(&model.outputs);
	return text;
}

#define assert_net(lines, expected)                  \
	do {                                         \
		char *text = net_text(lines);        \
		assert_string_equal(text, expected); \
		free(text);                          \
	} while (0)

#define IMAGE "i|InputLayer||\"batch_shape\":[null,8,8,2]|\n"
#define NORM "gamma 4,beta 4,moving_mean 4,moving_variance 4"

static void
a_convolution_feeds_the_norm_behind_it(void **state)
{
	(void)state;
	assert_net(IMAGE "c|Conv2D|i||kernel 3x3x2x4,bias 4\n"
			 "n|BatchNormalization|c||" NORM "\n"
			 "r|Activation|n|\"activation\":\"relu\"|\n"
			 "d|Conv2D|r||kernel 3x3x4x4\n"
			 "p|Dropout|d||\n"
			 "m|BatchNormalization|p||" NORM "\n"
			 "o|Conv2D|m||kernel 1x1x4x3",
			"n < c/kernel direct\nm < d/kernel\nlast o/kernel\n");
}

static void
what_is_between_or_beside_is_told(void **state)
{
	(void)state;
	assert_net(IMAGE "c|Conv2D|i|\"activation\":\"relu\"|kernel 3x3x2x4\n"
			 "n|BatchNormalization|c||" NORM "\n"
			 "d|Conv2D|n||kernel 3x3x4x4\n"
			 "e|Conv2D|n||kernel 3x3x4x4\n"
			 "a|Add|d,e||\n"
			 "m|BatchNormalization|a||" NORM "\n"
			 "k|BatchNormalization|i||gamma 2,beta 2,moving_mean 2,moving_variance 2\n"
			 "o|Conv2D|m||kernel 1x1x4x3",
			"k: what feeds it, i (class InputLayer), is no linear layer\n"
			"n: an activation stands behind c\n"
			"m: what feeds it, a (class Add), is no linear layer\n"
			"open c/kernel\nopen d/kernel\nopen e/kernel\nlast o/kernel\n");
}

static void
units_that_see_other_inputs_are_told_apart(void **state)
{
	(void)state;
	assert_net(IMAGE "c|DepthwiseConv2D|i|\"depth_multiplier\":2|depthwise_kernel 3x3x2x2\n"
			 "n|BatchNormalization|c||" NORM "\n"
			 "g|Conv2D|n|\"groups\":2|kernel 3x3x2x4\n"
			 "m|BatchNormalization|g||" NORM "\n"
			 "t|Conv2DTranspose|m||kernel 3x3x4x4\n"
			 "k|BatchNormalization|t||" NORM "\n"
			 "s|SeparableConv2D|k||depthwise_kernel 3x3x4x1,pointwise_kernel 1x1x4x4\n"
			 "l|BatchNormalization|s||" NORM,
			"n < c/depthwise_kernel depthwise shared direct\n"
			"m < g/kernel shared\n"
			"k < t/kernel transposed\n"
			"l < s/pointwise_kernel\n");
}

static void
shared_layers_are_left(void **state)
{
	(void)state;
	assert_net("i|InputLayer||\"batch_shape\":[null,3]|\n"
		   "j|InputLayer||\"batch_shape\":[null,3]|\n"
		   "c|Dense|i;j||kernel 3x4\n"
		   "n|BatchNormalization|c||" NORM "\n"
		   "a|Add|n,c@1||\n"
		   "o|Dense|a||kernel 4x3",
			"n: the layer is called more than once\n"
			"open c/kernel\nlast o/kernel\n");
}

static void
only_einsums_over_all_but_the_units_feed(void **state)
{
	(void)state;
	assert_net("i|InputLayer||\"batch_shape\":[null,5,3]|\n"
		   "c|EinsumDense|i|\"equation\":\"abc,cd->abd\"|kernel 3x4\n"
		   "n|BatchNormalization|c||" NORM "\n"
		   "e|EinsumDense|n|\"equation\":\"abc,bcd->abd\"|kernel 5x4x4\n"
		   "m|BatchNormalization|e||" NORM,
			"n < c/kernel direct\n"
			"m: what feeds it, e (class EinsumDense), is no linear layer\n");
}

static void
a_flattened_layer_without_a_norm_is_told(void **state)
{
	(void)state;
	assert_net(IMAGE "c|Conv2D|i||kernel 3x3x2x4\n"
			 "n|BatchNormalization|c||" NORM "\n"
			 "p|MaxPooling2D|n||\n"
			 "f|Flatten|p||\n"
			 "h|Dense|f|\"activation\":\"relu\"|kernel 64x4\n"
			 "o|Dense|h||kernel 4x3",
			"n < c/kernel direct\nopen h/kernel\nlast o/kernel\nflattened h\n");
	assert_net(IMAGE "c|Conv2D|i||kernel 3x3x2x4\n"
			 "n|BatchNormalization|c||" NORM "\n"
			 "f|Flatten|n||\n"
			 "h|Dense|f||kernel 256x4\n"
			 "m|BatchNormalization|h||" NORM "\n"
			 "o|Dense|m||kernel 4x3",
			"n < c/kernel direct\nm < h/kernel\nlast o/kernel\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(cosines_give_numpy_s_variances),
			cmocka_unit_test(models_without_weight_have_no_say),
			cmocka_unit_test(equal_models_keep_their_variance),
			cmocka_unit_test(what_agrees_in_nothing_loses_its_variance),
			cmocka_unit_test(the_quadratic_form_is_numpy_s),
			cmocka_unit_test(too_many_units_have_no_quadratic_form),
			cmocka_unit_test(what_all_variances_share_is_found),
			cmocka_unit_test(norms_are_what_the_models_have),
			cmocka_unit_test(a_convolution_feeds_the_norm_behind_it),
			cmocka_unit_test(what_is_between_or_beside_is_told),
			cmocka_unit_test(units_that_see_other_inputs_are_told_apart),
			cmocka_unit_test(shared_layers_are_left),
			cmocka_unit_test(only_einsums_over_all_but_the_units_feed),
			cmocka_unit_test(a_flattened_layer_without_a_norm_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
