/* Variances and norms of averaged units: pure functions of arrays. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "align/repair.h"

enum { LEAST_SAMPLES = 8, MOST_FLOOR_SAMPLES = 512 };

static const double least_part = 1e-3, ridge = 1e-3, most_factor = 10;

static double
dot(const double *a, const double *b, size_t count)
{
	double sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += a[i] * b[i];
	return sum;
}

static const double *
unit_of(const struct columns *c, size_t unit)
{
	return c->values + unit * c->inputs;
}

/* ---- cosines ---- */

/* A unit without a kernel agrees with nothing but itself. */
static double
cosine(const double *a, const double *b, size_t count)
{
	double norms = sqrt(dot(a, a, count)) * sqrt(dot(b, b, count));
	double c = norms > 0 ? dot(a, b, count) / norms : 0;

	return c > 1 ? 1 : c < -1 ? -1 : c;
}

void
repair_cosine(const struct columns *columns, const double *const *variance, const double *w,
		uint32_t k, double *out)
{
	size_t units = 0, inputs = 0;

	for (uint32_t i = 0; i < k; i++)
		if (w[i] != 0) {
			units = columns[i].units;
			inputs = columns[i].inputs;
		}
	for (size_t u = 0; u < units; u++) {
		double sum = 0, whole = 0;

		for (uint32_t i = 0; i < k; i++) {
			double s = w[i] == 0 ? 0 : sqrt(variance[i][u]);

			whole += w[i] * s;
			sum += w[i] * w[i] * s * s;
			for (uint32_t j = 0; j < i && w[i] != 0; j++)
				if (w[j] != 0)
					sum += 2 * w[i] * w[j] * s * sqrt(variance[j][u]) *
					       cosine(unit_of(&columns[i], u),
							       unit_of(&columns[j], u), inputs);
		}
		out[u] = sum > least_part * whole * whole ? sum : least_part * whole * whole;
	}
}

/* ---- regression on unit columns ---- */

/* Units of one or more models, each of length 1. */
struct samples {
	size_t count, inputs;
	double *directions; /* [count][inputs] */
	double *squares;    /* [count] |w|^2 */
	double *targets;    /* [count] v / |w|^2 */
	double *matrix;     /* [count][count] */
};

static bool
samples_open(struct samples *s, size_t room, size_t inputs)
{
	*s = (struct samples){.inputs = inputs};
	if (room == 0 || inputs == 0 || room > REPAIR_MOST_SAMPLES || inputs > SIZE_MAX / 16 / room)
		return false;
	s->directions = malloc(room * inputs * sizeof(double));
	s->squares = malloc(room * sizeof(double));
	s->targets = malloc(room * sizeof(double));
	s->matrix = malloc(room * room * sizeof(double));
	return s->directions != NULL && s->squares != NULL && s->targets != NULL &&
	       s->matrix != NULL;
}

static void
samples_close(struct samples *s)
{
	free(s->directions);
	free(s->squares);
	free(s->targets);
	free(s->matrix);
}

static void
samples_add(struct samples *s, const double *column, double variance)
{
	double square = dot(column, column, s->inputs), *to = s->directions + s->count * s->inputs;

	if (!(square > 0) || !isfinite(square) || !(variance > 0))
		return;
	for (size_t i = 0; i < s->inputs; i++)
		to[i] = column[i] / sqrt(square);
	s->squares[s->count] = square;
	s->targets[s->count++] = variance / square;
}

/* matrix = (u_i . u_j)^2 */
static void
samples_products(struct samples *s)
{
	for (size_t i = 0; i < s->count; i++)
		for (size_t j = 0; j <= i; j++) {
			double product = dot(s->directions + i * s->inputs,
					s->directions + j * s->inputs, s->inputs);

			s->matrix[i * s->count + j] = s->matrix[j * s->count + i] =
					product * product;
		}
}

/* Lower triangle of Cholesky's factor in place; false where the matrix is not positive. */
static bool
factorise(double *a, size_t n)
{
	for (size_t j = 0; j < n; j++) {
		double d = a[j * n + j] - dot(a + j * n, a + j * n, j);

		if (!(d > 0))
			return false;
		a[j * n + j] = sqrt(d);
		for (size_t i = j + 1; i < n; i++)
			a[i * n + j] = (a[i * n + j] - dot(a + i * n, a + j * n, j)) / a[j * n + j];
	}
	return true;
}

/* x = L^-1 x */
static void
forward(const double *l, size_t n, double *x)
{
	for (size_t i = 0; i < n; i++)
		x[i] = (x[i] - dot(l + i * n, x, i)) / l[i * n + i];
}

/* x = L'^-1 x */
static void
backward(const double *l, size_t n, double *x)
{
	for (size_t i = n; i-- > 0;) {
		x[i] /= l[i * n + i];
		for (size_t j = 0; j < i; j++)
			x[j] -= l[i * n + j] * x[i];
	}
}

static int
compare_doubles(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;

	return a < b ? -1 : a > b;
}

/* Of the targets; scratch is the first row of the matrix. */
static double
median_target(const struct samples *s)
{
	memcpy(s->matrix, s->targets, s->count * sizeof(double));
	qsort(s->matrix, s->count, sizeof(double), compare_doubles);
	return s->count % 2 == 1 ? s->matrix[s->count / 2]
				 : (s->matrix[s->count / 2 - 1] + s->matrix[s->count / 2]) / 2;
}

/* ---- the quadratic form ---- */

/* targets become the coefficients of the units. */
static bool
fit(struct samples *s, double *level)
{
	*level = median_target(s);
	samples_products(s);
	for (size_t i = 0; i < s->count; i++) {
		s->matrix[i * s->count + i] += ridge;
		s->targets[i] -= *level;
	}
	if (!factorise(s->matrix, s->count))
		return false;
	forward(s->matrix, s->count, s->targets);
	backward(s->matrix, s->count, s->targets);
	return true;
}

static double
predict(const struct samples *s, double level, const double *column)
{
	double square = dot(column, column, s->inputs), sum = level * square;

	for (size_t i = 0; i < s->count; i++) {
		double product = dot(s->directions + i * s->inputs, column, s->inputs);

		sum += s->targets[i] * product * product;
	}
	return sum;
}

static bool
predict_all(const struct samples *s, double level, const struct columns *columns, const double *w,
		uint32_t k, size_t units, double *out)
{
	double *mixed = malloc(s->inputs * sizeof(*mixed));
	bool positive = mixed != NULL;

	for (size_t u = 0; u < units && positive; u++) {
		memset(mixed, 0, s->inputs * sizeof(*mixed));
		for (uint32_t i = 0; i < k; i++)
			for (size_t x = 0; w[i] != 0 && x < s->inputs; x++)
				mixed[x] += w[i] * unit_of(&columns[i], u)[x];
		out[u] = predict(s, level, mixed);
		positive = out[u] > 0 && isfinite(out[u]);
	}
	free(mixed);
	return positive;
}

bool
repair_quadratic(const struct columns *columns, const double *const *variance, const double *w,
		uint32_t k, double *out)
{
	size_t units = 0, inputs = 0, room = 0;
	struct samples samples;
	double level;
	bool done;

	for (uint32_t i = 0; i < k; i++)
		if (w[i] != 0) {
			units = columns[i].units;
			inputs = columns[i].inputs;
			room += units;
		}
	done = samples_open(&samples, room, inputs);
	for (uint32_t i = 0; i < k && done; i++)
		for (size_t u = 0; w[i] != 0 && u < units; u++)
			samples_add(&samples, unit_of(&columns[i], u), variance[i][u]);
	done = done && samples.count > 0 && fit(&samples, &level) &&
	       predict_all(&samples, level, columns, w, k, units, out);
	samples_close(&samples);
	return done;
}

/* ---- what all variances share ---- */

/* Generalised least squares of v/|w|^2 = q/|w|^2 + g(u), where g has the covariance s^2 (1 + k),
 * with an error of the tenth of a root of the ridge: what is asked is whether small columns have
 * more variance than their size allows. */
static bool
solve_floor(struct samples *s, double *q, double *deviation)
{
	size_t n = s->count;
	double level = median_target(s), *x = s->squares, information, product;

	samples_products(s);
	for (size_t i = 0; i < n * n; i++)
		s->matrix[i] = level * level * (1 + s->matrix[i]);
	for (size_t i = 0; i < n; i++) {
		s->matrix[i * n + i] += ridge * s->targets[i] * s->targets[i];
		x[i] = 1 / x[i];
	}
	if (!factorise(s->matrix, n))
		return false;
	forward(s->matrix, n, x);
	forward(s->matrix, n, s->targets);
	information = dot(x, x, n);
	product = dot(x, s->targets, n);
	*q = product / information;
	*deviation = sqrt(1 / information);
	return isfinite(*q) && isfinite(*deviation);
}

bool
repair_floor(const struct columns *c, const double *variance, double *q, double *deviation)
{
	size_t step = (c->units + MOST_FLOOR_SAMPLES - 1) / MOST_FLOOR_SAMPLES;
	struct samples samples;
	bool done = samples_open(&samples, step == 0 ? 0 : c->units / step + 1, c->inputs);

	for (size_t u = 0; done && u < c->units; u += step)
		samples_add(&samples, unit_of(c, u), variance[u]);
	done = done && samples.count >= LEAST_SAMPLES && solve_floor(&samples, q, deviation);
	samples_close(&samples);
	return done;
}

/* ---- norms ---- */

void
repair_norms(const struct columns *columns, const double *w, uint32_t k, double *out)
{
	size_t units = 0, inputs = 0;

	for (uint32_t i = 0; i < k; i++)
		if (w[i] != 0) {
			units = columns[i].units;
			inputs = columns[i].inputs;
		}
	for (size_t u = 0; u < units; u++) {
		double length = 0, square = 0;

		for (uint32_t i = 0; i < k; i++)
			if (w[i] != 0)
				length += fabs(w[i]) *
					  sqrt(dot(unit_of(&columns[i], u), unit_of(&columns[i], u),
							  inputs));
		for (size_t x = 0; x < inputs; x++) {
			double sum = 0;

			for (uint32_t i = 0; i < k; i++)
				if (w[i] != 0)
					sum += w[i] * unit_of(&columns[i], u)[x];
			square += sum * sum;
		}
		out[u] = square > 0 && length > 0 ? length / sqrt(square) : 1;
		out[u] = out[u] > most_factor ? most_factor : out[u];
	}
}
