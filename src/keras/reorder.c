#include "keras/reorder.h"

#include <stdlib.h>
#include <string.h>

#include "base/dtype.h"
#include "base/err.h"
#include "file/limits.h"

enum {
	LINES_AT_ONCE = 4096, /* whose places are known before the first is read */
	READ_COSTS = 4096     /* bytes that could be read in the time that one more read takes */
};

/* Part of a line along the last axis: the same leading indices. */
struct line {
	uint64_t start; /* element of `from` where the whole line begins */
	uint64_t to;    /* element of dst */
	uint32_t from, end; /* columns of the line, as they come out */
	uint32_t place;     /* of the axis that the last one's order depends on */
	double scale;
};

struct taking {
	const struct reorder *how;
	const struct reorder_source *source;
	unsigned char *dst;
	size_t size;
	uint64_t length; /* of a line */
	const struct reorder_axis *last;
	struct line *lines;
	uint32_t count, room;
	uint64_t low, high;    /* elements of `from` between which all of them lie */
	unsigned char *memory; /* of what was read for them */
};

static const uint32_t *
order_at(const struct reorder_axis *axis, uint64_t extent, uint64_t place)
{
	return axis->order == NULL ? NULL
				   : axis->order + (axis->where < 0 ? 0 : place * extent);
}

/* Leading indices of line `row`, as they come out, and where they lie. */
static void
place_line(const struct taking *take, uint64_t row, struct line *line)
{
	const struct ladle_tensor *from = take->how->from;
	uint64_t index[LADLE_MAX_RANK], start = 0, step = take->length;

	for (int a = from->rank - 2; a >= 0; a--) {
		index[a] = row % from->shape[a];
		row /= from->shape[a];
	}
	line->scale = 1;
	for (int a = from->rank - 2; a >= 0; a--) {
		const struct reorder_axis *axis = &take->how->axes[a];
		const uint32_t *order = order_at(
				axis, from->shape[a], axis->where < 0 ? 0 : index[axis->where]);

		start += step * (order == NULL ? index[a] : order[index[a]]);
		step *= from->shape[a];
		line->scale *= axis->scale == NULL ? 1 : axis->scale[index[a]];
	}
	line->start = start;
	line->place = take->last->where < 0 ? 0 : (uint32_t)index[take->last->where];
}

/* Leading axes may depend on the last: then each element is a line of its own. */
static bool
depends_on_last(const struct reorder *how)
{
	for (int a = 0; a < how->from->rank - 1; a++)
		if (how->axes[a].order != NULL && how->axes[a].where == how->from->rank - 1)
			return true;
	return false;
}

/* Columns of `from` that a line takes. */
static void
reach(const struct taking *take, const struct line *line, uint64_t *low, uint64_t *high)
{
	const uint32_t *order = order_at(take->last, take->length, line->place);

	*low = line->from;
	*high = line->end;
	if (order == NULL || line->end - line->from == take->length)
		return;
	*low = UINT64_MAX;
	*high = 0;
	for (uint32_t c = line->from; c < line->end; c++) {
		*low = order[c] < *low ? order[c] : *low;
		*high = order[c] + 1u > *high ? order[c] + 1u : *high;
	}
}

/* Lines from element `first` on, no more than fit; returns how many elements they are. */
static uint64_t
take_lines(struct taking *take, uint64_t first, uint64_t count)
{
	uint64_t done = 0;

	take->count = 0;
	while (done < count && take->count < take->room) {
		struct line *line = &take->lines[take->count++];
		uint64_t column = (first + done) % take->length, left = take->length - column;

		place_line(take, (first + done) / take->length, line);
		line->to = done;
		line->from = (uint32_t)column;
		line->end = (uint32_t)(column + (left < count - done ? left : count - done));
		done += line->end - line->from;
	}
	return done;
}

static void
copy_line(const struct taking *take, const struct line *line, const unsigned char *from,
		uint64_t low, unsigned char *to)
{
	const uint32_t *order = order_at(take->last, take->length, line->place);
	size_t size = take->size, count = line->end - line->from;

	if (order == NULL) {
		memcpy(to, from + (line->from - low) * size, count * size);
		return;
	}
	order += line->from;
	if (size == sizeof(uint32_t)) {
		const uint32_t *words = (const void *)from;

		for (size_t i = 0; i < count; i++)
			memcpy(to + i * sizeof(*words), &words[order[i] - low], sizeof(*words));
		return;
	}
	for (size_t i = 0; i < count; i++)
		memcpy(to + i * size, from + (order[i] - low) * size, size);
}

static void
scale_line(const struct taking *take, const struct line *line, unsigned char *to)
{
	enum ladle_dtype dtype = take->how->from->dtype;
	const double *scale = take->last->scale;

	for (uint32_t c = line->from; c < line->end; c++, to += take->size) {
		double value;

		dtype_to_double(dtype, to, &value, 1);
		value *= line->scale * (scale == NULL ? 1 : scale[c]);
		dtype_from_double(dtype, &value, to, 1);
	}
}

static void
finish_line(const struct taking *take, const struct line *line, const unsigned char *from,
		uint64_t low)
{
	unsigned char *to = take->dst + line->to * take->size;

	copy_line(take, line, from, low, to);
	if (line->scale != 1 || take->last->scale != NULL)
		scale_line(take, line, to);
}

/* What single reads would cost, in bytes; finds what lies between the first and the last. */
static uint64_t
cost_of_lines(struct taking *take)
{
	uint64_t cost = 0, next = UINT64_MAX;

	take->low = UINT64_MAX;
	take->high = 0;
	for (uint32_t i = 0; i < take->count; i++) {
		uint64_t low, high;

		reach(take, &take->lines[i], &low, &high);
		low += take->lines[i].start;
		high += take->lines[i].start;
		cost += (high - low) * take->size + (low == next ? 0 : READ_COSTS);
		next = high;
		take->low = low < take->low ? low : take->low;
		take->high = high > take->high ? high : take->high;
	}
	return cost;
}

static enum ladle_status
read_span(struct taking *take, struct ladle_error *err)
{
	TRY(take->source->read(take->source->arg, take->how->from, take->low,
			take->high - take->low, take->memory, err));
	/* A line that begins behind the span's first element has a negative `low`; it wraps, and
	 * back. */
	for (uint32_t i = 0; i < take->count; i++)
		finish_line(take, &take->lines[i], take->memory, take->low - take->lines[i].start);
	return LADLE_OK;
}

static enum ladle_status
read_lines(struct taking *take, struct ladle_error *err)
{
	for (uint32_t i = 0; i < take->count; i++) {
		const struct line *line = &take->lines[i];
		uint64_t low, high;

		reach(take, line, &low, &high);
		TRY(take->source->read(take->source->arg, take->how->from, line->start + low,
				high - low, take->memory, err));
		finish_line(take, line, take->memory, low);
	}
	return LADLE_OK;
}

static enum ladle_status
read_some(struct taking *take, struct ladle_error *err)
{
	uint64_t cost = cost_of_lines(take), span = (take->high - take->low) * take->size;
	bool whole = span <= REORDER_MAX_SPAN && span <= cost + READ_COSTS;
	uint64_t bytes = whole ? span : take->length * take->size;
	enum ladle_status status;

	take->memory = malloc(bytes + 1);
	if (take->memory == NULL)
		return ladle_fail(err, LADLE_E_MEMORY, NULL, "no memory to re-order a tensor");
	status = whole ? read_span(take, err) : read_lines(take, err);
	free(take->memory);
	return status;
}

/* ---- where leading axes depend on the last ---- */

/* The first axis in another order: what stands before it stays in place. */
static int
first_moved(const struct reorder *how)
{
	int a = 0;

	while (how->axes[a].order == NULL)
		a++;
	return a;
}

static uint64_t
element_of(const struct reorder *how, uint64_t number)
{
	const struct ladle_tensor *from = how->from;
	uint64_t index[LADLE_MAX_RANK], at = 0, step = 1;

	for (int a = from->rank - 1; a >= 0; a--) {
		index[a] = number % from->shape[a];
		number /= from->shape[a];
	}
	for (int a = from->rank - 1; a >= 0; a--) {
		const struct reorder_axis *axis = &how->axes[a];
		const uint32_t *order = order_at(
				axis, from->shape[a], axis->where < 0 ? 0 : index[axis->where]);

		at += step * (order == NULL ? index[a] : order[index[a]]);
		step *= from->shape[a];
	}
	return at;
}

/* Kernels of grouped convolutions, whose slabs are small. */
static enum ladle_status
read_dependent(struct taking *take, uint64_t first, uint64_t count, struct ladle_error *err)
{
	const struct ladle_tensor *from = take->how->from;
	uint64_t slab = 1, end = first + count;
	enum ladle_status status;

	for (int a = first_moved(take->how); a < from->rank; a++)
		slab *= from->shape[a];
	take->low = first / slab * slab;
	take->high = (end + slab - 1) / slab * slab;
	if (take->high - take->low > VIEW_MAX_TURNED / take->size)
		return ladle_fail(err, LADLE_E_MEMORY, NULL, "%s is too large to be re-ordered",
				from->name);
	take->memory = malloc((take->high - take->low) * take->size);
	if (take->memory == NULL)
		return ladle_fail(err, LADLE_E_MEMORY, NULL, "no memory to re-order a tensor");
	status = take->source->read(take->source->arg, from, take->low, take->high - take->low,
			take->memory, err);
	for (uint64_t i = 0; status == LADLE_OK && i < count; i++)
		memcpy(take->dst + i * take->size,
				take->memory + (element_of(take->how, first + i) - take->low) *
								take->size,
				take->size);
	free(take->memory);
	return status;
}

static enum ladle_status
read_all(struct taking *take, uint64_t first, uint64_t count, struct ladle_error *err)
{
	unsigned char *dst = take->dst;
	uint64_t lines = count / take->length + 2; /* the first and the last may be parts */

	take->room = lines < LINES_AT_ONCE ? (uint32_t)lines : LINES_AT_ONCE;
	take->lines = malloc(take->room * sizeof(*take->lines));
	if (take->lines == NULL)
		return ladle_fail(err, LADLE_E_MEMORY, NULL, "no memory to re-order a tensor");
	for (uint64_t done = 0; done < count;) {
		enum ladle_status status;

		take->dst = dst + done * take->size;
		done += take_lines(take, first + done, count - done);
		status = read_some(take, err);
		if (status != LADLE_OK) {
			free(take->lines);
			return status;
		}
	}
	free(take->lines);
	return LADLE_OK;
}

enum ladle_status
reorder_read(const struct reorder *how, const struct reorder_source *source, uint64_t first,
		uint64_t count, void *dst, struct ladle_error *err)
{
	const struct ladle_tensor *from = how->from;
	struct taking take = {.how = how, .source = source, .dst = dst};

	if (count == 0)
		return LADLE_OK;
	take.size = dtype_size(from->dtype);
	take.length = from->shape[from->rank - 1];
	take.last = &how->axes[from->rank - 1];
	if (depends_on_last(how))
		return read_dependent(&take, first, count, err);
	return read_all(&take, first, count, err);
}
