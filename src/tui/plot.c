#include "tui/plot.h"

#include <math.h>

#include "tui/glyphs.h"

enum { BRAILLE_ACROSS = 2, BRAILLE_HIGH = 4 };

int
plot_across(const struct canvas *canvas, int width)
{
	return canvas->glyphs->braille ? BRAILLE_ACROSS * width : width;
}

/* ---- one cell ---- */

/* Bits of the eight dots as Unicode has them: [across][from below]. */
static unsigned
braille_bit(int across, int high)
{
	static const unsigned char bits[BRAILLE_ACROSS][BRAILLE_HIGH] = {
			{0x40, 0x04, 0x02, 0x01}, {0x80, 0x20, 0x10, 0x08}};

	return bits[across][high];
}

static void
put_braille(struct canvas *canvas, int y, int x, enum role role, unsigned bits)
{
	const char text[] = {
			(char)0xe2, (char)(0xa0 | bits >> 6), (char)(0x80 | (bits & 0x3f)), '\0'};

	canvas_repeat(canvas, y, x, 1, role, text);
}

/* ---- columns ---- */

/* Steps of a column that stand in the cell `row` above the floor. */
static int
steps_in_cell(double value, int height, int row, int steps)
{
	double part = isnan(value) || value < 0 ? 0 : value > 1 ? 1 : value;
	int left = (int)lround(part * height * steps) - row * steps;

	if (row == 0 && left == 0 && value > 0)
		left = 1;
	return left < 0 ? 0 : left > steps ? steps : left;
}

static void
draw_filled(struct canvas *canvas, struct area area, int row, int column, const double *values,
		const unsigned char *roles)
{
	const struct glyphs *glyphs = canvas->glyphs;
	int steps = steps_in_cell(values[column], area.height, row, glyphs->fill_steps);

	if (steps > 0)
		canvas_repeat(canvas, area.y + area.height - 1 - row, area.x + column, 1,
				(enum role)roles[column], glyphs->fill[steps]);
}

static void
draw_filled_braille(struct canvas *canvas, struct area area, int row, int column,
		const double *values, const unsigned char *roles)
{
	unsigned char role = 0;
	unsigned bits = 0;

	for (int i = 0; i < BRAILLE_ACROSS; i++) {
		int at = column * BRAILLE_ACROSS + i;
		int steps = steps_in_cell(values[at], area.height, row, BRAILLE_HIGH);

		for (int high = 0; high < steps; high++)
			bits |= braille_bit(i, high);
		role = steps > 0 && roles[at] > role ? roles[at] : role;
	}
	if (bits != 0)
		put_braille(canvas, area.y + area.height - 1 - row, area.x + column,
				(enum role)role, bits);
}

void
plot_columns(struct canvas *canvas, struct area area, const double *values,
		const unsigned char *roles)
{
	for (int row = 0; row < area.height; row++)
		for (int column = 0; column < area.width; column++)
			(canvas->glyphs->braille ? draw_filled_braille : draw_filled)(
					canvas, area, row, column, values, roles);
}

/* The greatest of the numbers that column `at` of `across` shows; NaN where it shows none. */
static double
greatest_at(const double *values, int count, int at, int across)
{
	long begin = (long)at * count / across, end = ((long)at + 1) * count / across;
	double most = NAN;

	for (long i = begin; i < end || i == begin; i++)
		most = fmax(most, values[i]);
	return most;
}

void
plot_ridge(struct canvas *canvas, struct area area, const double *values, int count, enum role role)
{
	const unsigned char roles[BRAILLE_ACROSS] = {(unsigned char)role, (unsigned char)role};
	int across = plot_across(canvas, area.width), each = plot_across(canvas, 1);

	for (int column = 0; column < area.width && count > 0; column++) {
		struct area one = {area.y, area.x + column, area.height, 1};
		double here[BRAILLE_ACROSS];

		for (int i = 0; i < each; i++)
			here[i] = greatest_at(values, count, column * each + i, across);
		plot_columns(canvas, one, here, roles);
	}
}

/* ---- lines ---- */

/* Rows of dots that a line takes in one column of dots. */
struct stroke {
	int low, high; /* from the floor; low above high: none */
};

/* The number at a place from 0 to across - 1, between two numbers on the straight line. */
static double
value_at(const double *values, int count, int at, int across)
{
	double place = across < 2 ? 0 : (double)at * (count - 1) / (across - 1);
	int left = (int)place;
	double part = place - left;

	if (part == 0 || left + 1 >= count)
		return values[left];
	return values[left] + part * (values[left + 1] - values[left]);
}

static int
level_of(double value, int levels)
{
	double part = value < 0 ? 0 : value > 1 ? 1 : value;

	return (int)lround(part * (levels - 1));
}

/* Takes in a number. */
static void
stretch(struct stroke *stroke, double value, int levels)
{
	if (isnan(value))
		return;
	int level = level_of(value, levels);
	if (stroke->low > stroke->high)
		*stroke = (struct stroke){level, level};
	stroke->low = level < stroke->low ? level : stroke->low;
	stroke->high = level > stroke->high ? level : stroke->high;
}

/* From beside the column before to this one; all numbers that lie between them. */
static struct stroke
stroke_at(const double *values, int count, int at, int across, int levels)
{
	struct stroke stroke = {0, -1};
	double here = value_at(values, count, at, across);

	stretch(&stroke, here, levels);
	if (at == 0 || isnan(here))
		return stroke;
	double before = value_at(values, count, at - 1, across);
	int first = (int)((long)(at - 1) * (count - 1) / (across - 1)) + 1;
	int last = (int)((long)at * (count - 1) / (across - 1));
	for (int i = first; i <= last; i++)
		stretch(&stroke, values[i], levels);
	if (isnan(before))
		return stroke;
	int from = level_of(before, levels);
	if (from < stroke.low)
		stroke.low = from + 1;
	if (from > stroke.high)
		stroke.high = from - 1;
	return stroke;
}

/* Bit i: the i-th dot of a cell, from above, is on the line. */
static unsigned
dots_on(struct stroke stroke, int row, int high)
{
	unsigned dots = 0;

	for (int i = 0; i < high; i++) {
		int level = row * high + high - 1 - i;

		if (level >= stroke.low && level <= stroke.high)
			dots |= 1u << i;
	}
	return dots;
}

static void
draw_dots(struct canvas *canvas, int y, int x, enum role role, const unsigned dots[BRAILLE_ACROSS])
{
	unsigned bits = 0;

	if (!canvas->glyphs->braille) {
		if (dots[0] != 0)
			canvas_repeat(canvas, y, x, 1, role, canvas->glyphs->dot[dots[0]]);
		return;
	}
	for (int across = 0; across < BRAILLE_ACROSS; across++)
		for (int i = 0; i < BRAILLE_HIGH; i++)
			if (dots[across] >> i & 1)
				bits |= braille_bit(across, BRAILLE_HIGH - 1 - i);
	if (bits != 0)
		put_braille(canvas, y, x, role, bits);
}

void
plot_curve(struct canvas *canvas, struct area area, const double *values, int count, enum role role)
{
	int each = plot_across(canvas, 1), high = canvas->glyphs->braille ? BRAILLE_HIGH : 2;
	int across = area.width * each, levels = area.height * high;

	for (int column = 0; column < area.width && count > 0; column++) {
		struct stroke strokes[BRAILLE_ACROSS];

		for (int i = 0; i < each; i++)
			strokes[i] = stroke_at(values, count, column * each + i, across, levels);
		for (int row = 0; row < area.height; row++) {
			unsigned dots[BRAILLE_ACROSS] = {0, 0};

			for (int i = 0; i < each; i++)
				dots[i] = dots_on(strokes[i], row, high);
			draw_dots(canvas, area.y + area.height - 1 - row, area.x + column, role,
					dots);
		}
	}
}
