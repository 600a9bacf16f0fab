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

static int
step_of(const uint8_t *numbers, uint32_t n, struct bin rows, struct bin columns)
{
	uint64_t sum = 0;

	for (uint32_t i = rows.begin; i < rows.end; i++) {
		uint8_t greatest = 0;

		for (uint32_t j = columns.begin; j < columns.end; j++) {
			uint8_t number = numbers[(size_t)i * n + j];

			greatest = number > greatest ? number : greatest;
		}
		sum += greatest;
	}
	return (int)(sum * STEPS / ((uint64_t)256 * (rows.end - rows.begin)));
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
heat_legend(struct canvas *canvas, int y, int x)
{
	x = canvas_say(canvas, y, x, 2, ROLE_FAINT, "0 ");
	for (int step = 0; step < STEPS; step++)
		x = draw_step(canvas, y, x, step);
	return canvas_say(canvas, y, x, 2, ROLE_FAINT, " 1");
}
