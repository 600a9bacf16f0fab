#include "align/side.h"

#include <stdlib.h>

#include "base/dtype.h"
#include "base/err.h"
#include "base/hash.h"

/* ---- reading ---- */

static enum ladle_status
no_memory(struct ladle_error *err)
{
	return ladle_fail(err, LADLE_E_MEMORY, NULL, "no memory to match units");
}

/* Floats of one column in dst. */
static enum ladle_status
read_wide(const struct side *side, uint32_t column, const struct ladle_tensor *tensor,
		uint64_t first, uint64_t count, float *dst, struct ladle_error *err)
{
	enum { AT_ONCE = 4096 };
	unsigned char *raw = malloc(AT_ONCE * dtype_size(tensor->dtype));
	double *wide = malloc(AT_ONCE * sizeof(*wide));
	enum ladle_status status = raw && wide ? LADLE_OK : no_memory(err);

	for (uint64_t done = 0; done < count && status == LADLE_OK; done += AT_ONCE) {
		size_t some = count - done < AT_ONCE ? (size_t)(count - done) : AT_ONCE;

		status = ladle_tensor_read(side->table->checkpoints[column], tensor, first + done,
				some, raw, err);
		if (status != LADLE_OK)
			break;
		dtype_to_double(tensor->dtype, raw, wide, some);
		for (size_t i = 0; i < some; i++)
			dst[done + i] = (float)wide[i];
	}
	free(raw);
	free(wide);
	return status;
}

static enum ladle_status
read_column(const struct side *side, uint32_t column, uint32_t row, uint64_t first, uint64_t count,
		float *dst, struct ladle_error *err)
{
	const struct ladle_tensor *tensor = ladle_row_tensor(side->table, row, column);

	if (tensor->dtype != LADLE_FLOAT32)
		return read_wide(side, column, tensor, first, count, dst, err);
	return ladle_tensor_read(
			side->table->checkpoints[column], tensor, first, count, dst, err);
}

/* Adds the columns after the first, and divides. */
static enum ladle_status
add_columns(const struct side *side, uint32_t row, uint64_t first, uint64_t count, float *dst,
		struct ladle_error *err)
{
	float *other = malloc((count + 1) * sizeof(*other)), by = 1 / (float)side->count;
	enum ladle_status status = other ? LADLE_OK : no_memory(err);

	for (uint32_t k = 1; k < side->count && status == LADLE_OK; k++) {
		status = read_column(side, side->columns[k], row, first, count, other, err);
		for (uint64_t i = 0; status == LADLE_OK && i < count; i++)
			dst[i] += other[i];
	}
	for (uint64_t i = 0; status == LADLE_OK && i < count; i++)
		dst[i] *= by;
	free(other);
	return status;
}

enum ladle_status
side_read(const struct side *side, uint32_t row, uint64_t first, uint64_t count, float *dst,
		struct ladle_error *err)
{
	TRY(read_column(side, side->columns[0], row, first, count, dst, err));
	return side->count > 1 ? add_columns(side, row, first, count, dst, err) : LADLE_OK;
}

/* ---- shuffling ---- */

/* Lines with the same leading indices. */
static uint64_t
lines_alike(const struct ladle_row *row)
{
	return row->rank < 2 ? 1 : row->shape[row->rank - 2];
}

/* Values change places among so many lines from a multiple of it on: whole ones of the same leading
 * indices, as many as it takes, or a part of them. */
static uint64_t
block_of(const struct ladle_row *row)
{
	uint64_t alike = lines_alike(row);

	return alike >= SIDE_SHUFFLED ? SIDE_SHUFFLED
				      : (SIDE_SHUFFLED + alike - 1) / alike * alike;
}

uint64_t
side_end(const struct side *side, const struct ladle_row *row, uint64_t first, uint64_t most)
{
	uint64_t alike = lines_alike(row), lines = 1, end = first + most, block = block_of(row);
	uint64_t next = (first / alike + 1) * alike;

	for (int a = 0; a < row->rank - 1; a++)
		lines *= row->shape[a];
	if (end >= lines)
		return lines;
	if (!side->shuffled || most < block)
		return end;
	if (alike < SIDE_SHUFFLED)
		return end / block * block;
	return end >= next ? end / alike * alike : first + most / block * block;
}

/* splitmix64: Steele, Lea and Flood, OOPSLA 2014. */
static uint64_t
next_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

static void
shuffle_column(float *values, uint64_t count, uint64_t stride, uint64_t seed)
{
	for (uint64_t i = count; i > 1; i--) {
		uint64_t j = (next_random(&seed) >> 32) * i >> 32;
		float kept = values[(i - 1) * stride];

		values[(i - 1) * stride] = values[j * stride];
		values[j * stride] = kept;
	}
}

void
side_shuffle(const struct side *side, uint32_t row, float *values, uint64_t first, uint64_t lines,
		uint64_t column, uint64_t length)
{
	uint64_t alike = lines_alike(&side->table->rows[row]);
	uint64_t block = block_of(&side->table->rows[row]);

	for (uint64_t line = 0, count; side->shuffled && line < lines; line += count) {
		uint64_t left = alike < SIDE_SHUFFLED ? block : alike - (first + line) % alike;

		count = left < block ? left : block;
		count = count < lines - line ? count : lines - line;
		for (uint64_t c = 0; c < length; c++) {
			const uint64_t key[] = {side->seed, row, first + line, column + c};

			shuffle_column(values + line * length + c, count, length,
					hash_bytes(key, sizeof(key), 0));
		}
	}
}
