#include "tui/glyphs.h"

#include "base/text.h"

static const struct glyphs utf8 = {
		.steps = 8,
		.bar = {" ", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"},
		.track = "░",
		.bar_left = "│",
		.bar_right = "│",
		.handle = "┃",
		.ellipsis = "…",
		.opened = "▾",
		.closed = "▸",
		.leaf_problem = "!",
		.cursor = ">",
		.tag = "*",
		.horizontal = "─",
		.vertical = "│",
		.heat = {" ", "░", "░", "▒", "▒", "▓", "▓", "█"},
		.corner = {"┌", "┐", "└", "┘"},
};

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
		.heat = {" ", ".", ":", "-", "=", "+", "*", "#"},
		.corner = {"+", "+", "+", "+"},
};

const struct glyphs *
glyphs_choose(bool ascii)
{
	return ascii || !text_locale_is_utf8() ? &ascii_set : &utf8;
}
