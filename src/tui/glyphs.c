#include "tui/glyphs.h"

#include <string.h>

#include "base/text.h"

/* clang-format off */
#define UTF8 \
	.steps = 8, \
	.bar = {" ", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"}, \
	.track = "░", .bar_left = "│", .bar_right = "│", .handle = "┃", \
	.ellipsis = "…", .opened = "▾", .closed = "▸", .leaf_problem = "!", \
	.cursor = ">", .tag = "*", .horizontal = "─", .vertical = "│", .branch = "├", \
	.heat = {" ", "░", "░", "▒", "▒", "▓", "▓", "█"}, \
	.corner = {"┌", "┐", "└", "┘"}, .joint = {"┬", "┴", "├", "┤", "┼"}, \
	.fill_steps = 8, \
	.fill = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"}, \
	.dot = {" ", "▀", "▄", "█"}, .rule = "┄", .here = "▲"
/* clang-format on */

static const struct glyphs blocks = {UTF8};
static const struct glyphs braille = {.braille = true, UTF8};

static const struct glyphs ascii_set = {
		.ascii = true,
		.steps = 1,
		.bar = {".", "#"},
		.track = ".",
		.bar_left = "|",
		.bar_right = "|",
		.handle = "|",
		.ellipsis = "..",
		.opened = "v",
		.closed = ">",
		.leaf_problem = "!",
		.cursor = ">",
		.tag = "*",
		.horizontal = "-",
		.vertical = "|",
		.branch = "+",
		.heat = {" ", ".", ":", "-", "=", "+", "*", "#"},
		.corner = {"+", "+", "+", "+"},
		.joint = {"+", "+", "+", "+", "+"},
		.fill_steps = 3,
		.fill = {" ", ".", ":", "#"},
		.dot = {" ", "'", ".", ":"},
		.rule = "-",
		.here = "^",
};

const struct glyphs *
glyphs_choose(const char *word)
{
	if (strcmp(word, "ascii") == 0 || !text_locale_is_utf8())
		return &ascii_set;
	return strcmp(word, "braille") == 0 ? &braille : &blocks;
}
