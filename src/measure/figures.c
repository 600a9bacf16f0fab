/* Functions of (weights, figures): nothing is read again when a fader moves. */
#include <ladle.h>

#include <math.h>

double
ladle_norm(const struct ladle_figures *figures, uint32_t i)
{
	return sqrt(figures->gram[(size_t)i * figures->k + i]);
}

/* |sum w_k t_k|^2 = w' G w, over the columns that have weight. */
static double
mix_norm2(const struct ladle_figures *figures, const double *w)
{
	uint32_t k = figures->k;
	double sum = 0;

	for (uint32_t i = 0; i < k; i++) {
		const double *row = figures->gram + (size_t)i * k;

		for (uint32_t j = 0; w[i] != 0 && j < k; j++)
			if (w[j] != 0)
				sum += w[i] * w[j] * row[j];
	}
	return sum > 0 ? sum : 0;
}

double
ladle_keep(const struct ladle_figures *figures, const double *w)
{
	double length = 0, keep;

	for (uint32_t i = 0; i < figures->k; i++)
		if (w[i] != 0)
			length += fabs(w[i]) * ladle_norm(figures, i);
	if (isnan(length))
		return NAN;
	keep = length > 0 ? sqrt(mix_norm2(figures, w)) / length : 1;
	return keep > 1 ? 1 : keep;
}

double
ladle_floor(const double *w, uint32_t k)
{
	double sum = 0, squares = 0;

	for (uint32_t i = 0; i < k; i++) {
		sum += fabs(w[i]);
		squares += w[i] * w[i];
	}
	return sum > 0 ? sqrt(squares) / sum : 1;
}

static double
clamp_cosine(double cosine)
{
	return cosine > 1 ? 1 : cosine < -1 ? -1 : cosine;
}

double
ladle_cosine(const struct ladle_figures *figures, uint32_t i, uint32_t j)
{
	double norms = ladle_norm(figures, i) * ladle_norm(figures, j);

	return norms > 0 ? clamp_cosine(figures->gram[(size_t)i * figures->k + j] / norms)
			 : (double)NAN;
}

double
ladle_cosine_mix(const struct ladle_figures *figures, const double *w, uint32_t i)
{
	const double *row = figures->gram + (size_t)i * figures->k;
	double dot = 0, norms = sqrt(mix_norm2(figures, w)) * ladle_norm(figures, i);

	for (uint32_t j = 0; j < figures->k; j++)
		if (w[j] != 0)
			dot += w[j] * row[j];
	return norms > 0 ? clamp_cosine(dot / norms) : (double)NAN;
}

double
ladle_relative_l2(const struct ladle_figures *figures, uint32_t i, uint32_t j)
{
	double distance = figures->l2[(size_t)i * figures->k + j];
	double norms = ladle_norm(figures, i) * ladle_norm(figures, j);

	if (distance == 0)
		return 0;
	return distance / sqrt(norms);
}

bool
ladle_identical(const struct ladle_figures *figures, uint32_t i, uint32_t j)
{
	return figures->max_abs[(size_t)i * figures->k + j] == 0 && figures->nonfinite[i] == 0 &&
	       figures->nonfinite[j] == 0;
}
