/* Numbers as cells; the expected signs are those of Unicode's charts. */
#include "tui_test.h"

#include <locale.h>
#include <math.h>
#include <string.h>

#include "base/buf.h"
#include "tui/glyphs.h"
#include "tui/plot.h"

static struct canvas canvas;
static struct buf text;

static int
set_up(void **state)
{
	(void)state;
	setlocale(LC_ALL, "C.UTF-8");
	canvas_init(&canvas, glyphs_choose("blocks"));
	buf_init(&text);
	return canvas_resize(&canvas, 8, 2) ? 0 : -1;
}

static int
tear_down(void **state)
{
	(void)state;
	canvas_done(&canvas);
	buf_done(&text);
	return 0;
}

static void
use(const char *glyphs)
{
	canvas.glyphs = glyphs_choose(glyphs);
	canvas_erase(&canvas);
}

static const char *
drawn(void)
{
	buf_clear(&text);
	canvas_text(&canvas, &text);
	return buf_string(&text);
}

static const double stairs[] = {0, .0625, .25, .5, .75, 1, 2, -1};

static void
columns_fill_eighths_of_cells(void **state)
{
	static const unsigned char roles[8] = {0};

	(void)state;
	use("blocks");
	assert_int_equal(plot_across(&canvas, 8), 8);
	plot_columns(&canvas, (struct area){0, 0, 2, 8}, stairs, roles);
	assert_string_equal(drawn(), "    ▄██\n ▁▄████\n");
}

static void
columns_fill_thirds_in_ascii(void **state)
{
	static const unsigned char roles[8] = {0};

	(void)state;
	use("ascii");
	plot_columns(&canvas, (struct area){0, 0, 2, 8}, stairs, roles);
	assert_string_equal(drawn(), "    :##\n .:####\n");
}

/* .25 of two cells is two dots of eight; the right half of the first cell has one. */
static void
braille_shows_two_columns_in_a_cell(void **state)
{
	static const double values[] = {.25, .125, 1, .5};
	static const unsigned char roles[] = {ROLE_ALIKE, ROLE_DIFFER, ROLE_DRIFT, ROLE_ALIKE};

	(void)state;
	use("braille");
	assert_int_equal(plot_across(&canvas, 2), 4);
	plot_columns(&canvas, (struct area){0, 0, 2, 2}, values, roles);
	assert_string_equal(drawn(), " ⡇\n⣄⣿\n");
	assert_int_equal(canvas.cells[8].role, ROLE_DIFFER);
	assert_int_equal(canvas.cells[9].role, ROLE_DRIFT);
}

static void
what_is_almost_nothing_is_seen(void **state)
{
	static const double values[] = {1e-9, 0, NAN};
	static const unsigned char roles[3] = {0};

	(void)state;
	use("blocks");
	plot_columns(&canvas, (struct area){0, 0, 2, 3}, values, roles);
	assert_string_equal(drawn(), "\n▁\n");
}

static void
a_ridge_shows_the_greatest_of_what_shares_a_column(void **state)
{
	static const double many[] = {0, 1, 0, 0, 0, .5, NAN, 0};
	static const double few[] = {1, .5};

	(void)state;
	use("blocks");
	plot_ridge(&canvas, (struct area){0, 0, 1, 4}, many, 8, ROLE_NORMAL);
	plot_ridge(&canvas, (struct area){1, 0, 1, 4}, few, 2, ROLE_NORMAL);
	assert_string_equal(drawn(), "█ ▄\n██▄▄\n");
	plot_ridge(&canvas, (struct area){0, 0, 1, 4}, many, 0, ROLE_NORMAL);
}

static void
a_curve_has_no_holes(void **state)
{
	static const double jump[] = {0, 0, 1, 1};

	(void)state;
	use("blocks");
	plot_curve(&canvas, (struct area){0, 0, 2, 4}, jump, 4, ROLE_NORMAL);
	assert_string_equal(drawn(), "  █▀\n▄▄▀\n");
	use("ascii");
	plot_curve(&canvas, (struct area){0, 0, 2, 4}, jump, 4, ROLE_NORMAL);
	assert_string_equal(drawn(), "  :'\n..'\n");
}

static void
a_curve_leaves_a_gap_at_nan_and_draws_what_is_alone(void **state)
{
	static const double holed[] = {0, NAN, 0, 1};
	static const double alone[] = {.6};

	(void)state;
	use("blocks");
	plot_curve(&canvas, (struct area){1, 0, 1, 4}, holed, 4, ROLE_NORMAL);
	assert_string_equal(drawn(), "\n▄ ▄▀\n");
	use("blocks");
	plot_curve(&canvas, (struct area){1, 0, 1, 3}, alone, 1, ROLE_NORMAL);
	assert_string_equal(drawn(), "\n▀▀▀\n");
	plot_curve(&canvas, (struct area){1, 0, 1, 3}, alone, 0, ROLE_NORMAL);
}

/* More numbers than dots: none of them is passed over. */
static void
a_curve_of_many_shows_every_peak(void **state)
{
	static const double peak[] = {0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0};

	(void)state;
	use("blocks");
	plot_curve(&canvas, (struct area){0, 0, 2, 4}, peak, 12, ROLE_NORMAL);
	assert_non_null(strstr(drawn(), "█"));
	use("braille");
	plot_curve(&canvas, (struct area){1, 0, 1, 2}, stairs, 4, ROLE_NORMAL);
	assert_string_equal(drawn(), "\n⣀⠔\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(columns_fill_eighths_of_cells),
			cmocka_unit_test(columns_fill_thirds_in_ascii),
			cmocka_unit_test(braille_shows_two_columns_in_a_cell),
			cmocka_unit_test(what_is_almost_nothing_is_seen),
			cmocka_unit_test(a_ridge_shows_the_greatest_of_what_shares_a_column),
			cmocka_unit_test(a_curve_has_no_holes),
			cmocka_unit_test(a_curve_leaves_a_gap_at_nan_and_draws_what_is_alone),
			cmocka_unit_test(a_curve_of_many_shows_every_peak),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
