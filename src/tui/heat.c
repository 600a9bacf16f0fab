#include "tui/heat.h"

#include "tui/glyphs.h"

enum { STEPS = 8 };

struct area
heat_fit(struct area area, uint32_t n)
{
	int count = n > 10000 ? 10000 : (int)n;

	if (area.height > count)
		area.height = count;
	if (area.width > 4 * area.height)
		area.width = 4 * area.height;
	if (area.width > 2 * count)
		area.width = 2 * count;
	if (area.width > count)
		area.width -= area.width % count;
	return area;
}

/* The numbers of one cell: `begin` to `end` of n, at least one. */
struct bin {
	uint32_t begin, end;
};

static struct bin
bin_of(int cell, int cells, uint32_t n)
{
	struct bin bin = {(uint32_t)((uint64_t)cell * n / (uint64_t)cells),
			(uint32_t)(((uint64_t)cell + 1) * n / (uint64_t)cells)};

	if (bin.end == bin.begin)
		bin.end++;
	return bin;
}

static uint8_t
greatest(const uint8_t *numbers, size_t step, uint32_t count)
{
	uint8_t most = 0;

	for (uint32_t i = 0; i < count; i++)
		most = numbers[i * step] > most ? numbers[i * step] : most;
	return most;
}

static int
step_of(const uint8_t *numbers, uint32_t n, struct bin rows, struct bin columns)
{
	uint32_t height = rows.end - rows.begin, width = columns.end - columns.begin;
	uint32_t count = height < width ? height : width;
	const uint8_t *first = numbers + (size_t)rows.begin * n + columns.begin;
	uint64_t sum = 0;

	for (uint32_t i = 0; i < count; i++)
		sum += height <= width ? greatest(first + (size_t)i * n, 1, width)
				       : greatest(first + i, n, height);
	return (int)(sum * STEPS / ((uint64_t)256 * count));
}

static int
draw_step(struct canvas *canvas, int y, int x, int step)
{
	return canvas_repeat(canvas, y, x, 1, (enum role)(ROLE_HEAT0 + step),
			canvas->glyphs->heat[step]);
}

void
heat_draw(struct canvas *canvas, struct area area, const uint8_t *numbers, uint32_t n)
{
	for (int row = 0; row < area.height; row++)
		for (int column = 0; column < area.width; column++)
			draw_step(canvas, area.y + row, area.x + column,
					step_of(numbers, n, bin_of(row, area.height, n),
							bin_of(column, area.width, n)));
}

int
heat_cell(struct canvas *canvas, int y, int x, int count, double fraction)
{
	double part = fraction > 0 ? fraction : 0;
	int step = part >= 1 ? STEPS - 1 : (int)(part * STEPS);

	for (int i = 0; i < count; i++)
		x = draw_step(canvas, y, x, step);
	return x;
}

int
heat_legend(struct canvas *canvas, int y, int x)
{
	x = canvas_say(canvas, y, x, 2, ROLE_FAINT, "0 ");
	for (int step = 0; step < STEPS; step++)
		x = draw_step(canvas, y, x, step);
	return canvas_say(canvas, y, x, 2, ROLE_FAINT, " 1");
}
