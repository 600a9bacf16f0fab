#include "app/profile.h"

#include <math.h>
#include <stdlib.h>

#include "app/report_parts.h"
#include "app/session.h"

void
profile_init(struct profile *profile)
{
	*profile = (struct profile){NULL, 0};
}

void
profile_done(struct profile *profile)
{
	free(profile->points);
	profile_init(profile);
}

/* ---- points ---- */

/* Does the first tell more of its layer? A row that is not measured yet never goes before one that
 * is. */
static bool
tells_more(const struct ladle_table *table, const struct ladle_judgement *judged, uint32_t row,
		uint32_t than)
{
	const struct ladle_row *rows = table->rows;

	if (rows[row].averaged != rows[than].averaged)
		return rows[row].averaged;
	if (rows[row].is_kernel != rows[than].is_kernel)
		return rows[row].is_kernel;
	if (isnan(judged[than].keep))
		return !isnan(judged[row].keep);
	return judged[row].keep < judged[than].keep;
}

/* False: the layer has nothing to show. */
static bool
make_point(struct profile_point *out, const struct ladle_table *table,
		const struct ladle_judgement *judged, uint32_t layer)
{
	const struct ladle_layer_row *of = &table->layers[layer];
	uint32_t worst = of->first_row, flags = 0;

	if (of->row_count == 0)
		return false;
	for (uint32_t i = of->first_row; i < of->first_row + of->row_count; i++) {
		flags |= judged[i].flags;
		if (tells_more(table, judged, i, worst))
			worst = i;
	}
	*out = (struct profile_point){layer, worst, judged[worst].state, judged[worst].keep,
			judged[worst].floor, flags};
	return table->rows[worst].averaged || flags != 0;
}

bool
profile_make(struct profile *profile, struct session *session)
{
	const struct ladle_table *table = session_table(session);
	const struct ladle_judgement *judged = session_judgements(session);

	profile->count = 0;
	if (table == NULL || judged == NULL)
		return table == NULL;
	struct profile_point *points = realloc(
			profile->points, ((size_t)table->layer_count + 1) * sizeof(*points));
	if (points == NULL)
		return false;
	profile->points = points;
	for (uint32_t i = 0; i < table->layer_count; i++)
		if (make_point(&points[profile->count], table, judged, i))
			profile->count++;
	return true;
}

uint32_t
profile_find(const struct profile *profile, const struct ladle_table *table, uint32_t row)
{
	uint32_t i = 0;

	if (profile->count == 0 || row >= table->row_count)
		return LADLE_NONE;
	while (i + 1 < profile->count && profile->points[i].layer < table->rows[row].layer)
		i++;
	return i;
}

/* ---- bins ---- */

static bool
is_worse(const struct profile_point *point, const struct profile_point *than)
{
	if (isnan(point->keep) || isnan(than->keep))
		return isnan(than->keep) && (!isnan(point->keep) || point->state > than->state);
	return point->keep < than->keep;
}

struct profile_bin
profile_bin(const struct profile *profile, uint32_t index, uint32_t bins)
{
	const struct profile_point *points = profile->points;
	struct profile_bin bin = {
			.first = (uint32_t)((uint64_t)index * profile->count / bins),
			.end = (uint32_t)(((uint64_t)index + 1) * profile->count / bins),
	};

	bin.worst = bin.first;
	for (uint32_t i = bin.first; i < bin.end; i++) {
		bin.flags |= points[i].flags;
		bin.state = points[i].state > bin.state ? points[i].state : bin.state;
		if (is_worse(&points[i], &points[bin.worst]))
			bin.worst = i;
	}
	return bin;
}

uint32_t
profile_bin_of(const struct profile *profile, uint32_t point, uint32_t bins)
{
	return (uint32_t)((((uint64_t)point + 1) * bins - 1) / profile->count);
}

double
profile_cosine(struct session *session, const struct profile *profile,
		const struct profile_bin *bin, uint32_t column, double *weights)
{
	const struct ladle_table *table = session_table(session);
	double least = NAN;

	for (uint32_t i = bin->first; i < bin->end; i++) {
		uint32_t row = profile->points[i].row;
		const struct ladle_figures *figures =
				ladle_figures(session_measurement(session), row);

		if (figures == NULL || !table->rows[row].averaged ||
				ladle_row_tensor(table, row, column) == NULL)
			continue;
		ladle_mix_weights(session_mix(session), table, row, weights);
		least = fmin(least, ladle_cosine_mix(figures, weights, column));
	}
	return least;
}

/* ---- heights ---- */

static double
in_bands(double keep, double floor)
{
	(void)floor;
	if (keep < .9)
		return keep / .9 / 3;
	return keep < .98 ? (1 + (keep - .9) / .08) / 3 : (2 + (keep - .98) / .02) / 3;
}

static double
evenly(double keep, double floor)
{
	(void)floor;
	return keep;
}

static double
lost(double keep, double floor)
{
	const struct ladle_judgement judgement = {.keep = keep, .floor = floor};

	return report_loss(&judgement);
}

static const struct {
	const char *name;
	double (*height)(double keep, double floor);
} scales[PROFILE_SCALES] = {
		[PROFILE_BANDS] = {"bands", in_bands},
		[PROFILE_EVEN] = {"even", evenly},
		[PROFILE_LOSS] = {"loss", lost},
};

const char *
profile_scale_name(enum profile_scale scale)
{
	return scales[scale].name;
}

double
profile_height(enum profile_scale scale, double keep, double floor)
{
	double height = isnan(keep) ? keep : scales[scale].height(keep, floor);

	return height < 0 ? 0 : height > 1 ? 1 : height;
}
