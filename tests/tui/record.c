/* Takes the tour of ladle-tour(7) and writes what the terminal showed as an SVG that plays.
 *
 *     record PROGRAM PAGE > FILE.svg
 *
 * Rows that are the same in several frames are written once. Colours are those that the program sent
 * to a terminal of 256; what has no colour is left to the two of the picture. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/tour.h"

enum {
	CELL_WIDTH = 8, /* of the picture's units */
	CELL_HEIGHT = 17,
	BASELINE = 13,
	MARGIN = 12,
	CAPTION = 26,
	FRAMES_MOST = 256,
	FRAME_TENTHS = 22, /* how long a frame stands */
	QUIET = 300        /* ms without a byte, after which a frame is whole */
};

#define PAPER "#16181d"
#define INK "#d6d8dc"

/* What a frame shows: indices of rows, and the keys that led there. */
struct frame {
	int rows[TOUR_ROWS];
	const char *keys;
};

struct recording {
	char **rows; /* as SVG, each once */
	int row_count;
	struct frame frames[FRAMES_MOST];
	int frame_count;
};

/* ---- one row ---- */

static void
put_escaped(FILE *out, const char *text)
{
	for (; *text != '\0'; text++)
		if (*text == '&')
			fputs("&amp;", out);
		else if (*text == '<')
			fputs("&lt;", out);
		else if (*text == '>')
			fputs("&gt;", out);
		else
			putc(*text, out);
}

static void
put_character(FILE *out, uint32_t c)
{
	char utf8[5] = "";

	if (c < 0x80)
		utf8[0] = (char)(c == 0 ? ' ' : c);
	else if (c < 0x800)
		snprintf(utf8, sizeof(utf8), "%c%c", (int)(0xc0 | c >> 6), (int)(0x80 | (c & 63)));
	else
		snprintf(utf8, sizeof(utf8), "%c%c%c", (int)(0xe0 | c >> 12),
				(int)(0x80 | (c >> 6 & 63)), (int)(0x80 | (c & 63)));
	put_escaped(out, utf8);
}

/* A colour that was chosen, or what stands for none. */
static void
color_text(char dst[8], const struct vterm_pty *pty, VTermColor color, const char *none)
{
	if (VTERM_COLOR_IS_DEFAULT_FG(&color) || VTERM_COLOR_IS_DEFAULT_BG(&color)) {
		snprintf(dst, 8, "%s", none);
		return;
	}
	vterm_screen_convert_color_to_rgb(pty->screen, &color);
	snprintf(dst, 8, "#%02x%02x%02x", color.rgb.red, color.rgb.green, color.rgb.blue);
}

struct look {
	char ink[8], paper[8];
	bool bold, underline;
};

static struct look
look_of(const struct vterm_pty *pty, const VTermScreenCell *cell)
{
	struct look look = {.bold = cell->attrs.bold, .underline = cell->attrs.underline != 0};

	color_text(cell->attrs.reverse ? look.paper : look.ink, pty, cell->fg, INK);
	color_text(cell->attrs.reverse ? look.ink : look.paper, pty, cell->bg, PAPER);
	return look;
}

static bool
is_same_look(const struct look *a, const struct look *b)
{
	return strcmp(a->ink, b->ink) == 0 && strcmp(a->paper, b->paper) == 0 &&
	       a->bold == b->bold && a->underline == b->underline;
}

static void
put_run(FILE *out, const VTermScreenCell *cells, int from, int to, const struct look *look)
{
	int width = (to - from) * CELL_WIDTH, x = from * CELL_WIDTH;

	if (strcmp(look->paper, PAPER) != 0)
		fprintf(out, "<rect x='%d' width='%d' height='%d' fill='%s'/>", x, width,
				CELL_HEIGHT, look->paper);
	fprintf(out, "<text x='%d' y='%d' textLength='%d'", x, BASELINE, width);
	if (strcmp(look->ink, INK) != 0)
		fprintf(out, " fill='%s'", look->ink);
	fprintf(out, "%s%s>", look->bold ? " font-weight='bold'" : "",
			look->underline ? " text-decoration='underline'" : "");
	for (int i = from; i < to; i++)
		if (cells[i].chars[0] != (uint32_t)-1)
			put_character(out, cells[i].chars[0]);
	fputs("</text>", out);
}

static bool
is_blank(const VTermScreenCell *cell)
{
	return cell->chars[0] == 0 || cell->chars[0] == ' ';
}

/* Runs of one look; blanks at the end of a run that cannot be seen are left out with it. */
static char *
row_svg(const struct vterm_pty *pty, int y)
{
	VTermScreenCell cells[TOUR_COLUMNS];
	struct look looks[TOUR_COLUMNS];
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	for (int x = 0; x < TOUR_COLUMNS; x++) {
		vterm_screen_get_cell(pty->screen, (VTermPos){.row = y, .col = x}, &cells[x]);
		looks[x] = look_of(pty, &cells[x]);
	}
	for (int from = 0, to; out != NULL && from < TOUR_COLUMNS; from = to) {
		bool blank = !looks[from].underline && strcmp(looks[from].paper, PAPER) == 0;

		for (to = from; to < TOUR_COLUMNS && is_same_look(&looks[from], &looks[to]); to++)
			blank = blank && is_blank(&cells[to]);
		if (!blank)
			put_run(out, cells, from, to, &looks[from]);
	}
	if (out != NULL)
		fclose(out);
	return text;
}

/* ---- frames ---- */

/* The index of a row, which it takes over. */
static int
row_index(struct recording *recording, char *row)
{
	for (int i = 0; i < recording->row_count; i++)
		if (strcmp(recording->rows[i], row) == 0) {
			free(row);
			return i;
		}
	recording->rows = realloc(recording->rows,
			((size_t)recording->row_count + 1) * sizeof(*recording->rows));
	if (recording->rows == NULL)
		exit(1);
	recording->rows[recording->row_count] = row;
	return recording->row_count++;
}

static void
record_frame(struct recording *recording, const struct vterm_pty *pty, const char *keys)
{
	struct frame *frame = &recording->frames[recording->frame_count];

	if (recording->frame_count == FRAMES_MOST)
		return;
	recording->frame_count++;
	frame->keys = keys;
	for (int y = 0; y < TOUR_ROWS; y++) {
		char *row = row_svg(pty, y);

		if (row == NULL)
			exit(1);
		frame->rows[y] = row_index(recording, row);
	}
}

/* A frame for each start and each line of keys, when all that is to be seen after it is seen. */
static bool
record(struct recording *recording, struct tour_guide *guide, const struct tour *tour)
{
	const char *keys = "";

	for (int i = 0; i < tour->count; i++) {
		const struct tour_step *step = &tour->steps[i];
		bool last = i + 1 == tour->count || tour->steps[i + 1].kind != TOUR_SEEN;

		if (!tour_take(guide, step)) {
			fprintf(stderr, "record: line %d: `%s` is not seen\n", step->line, step->text);
			return false;
		}
		if (step->kind != TOUR_SEEN)
			keys = step->text;
		else if (last) {
			while (vterm_pty_read(&guide->pty, QUIET))
				continue;
			record_frame(recording, &guide->pty, keys);
		}
	}
	return true;
}

/* ---- the picture ---- */

static void
put_head(int frames)
{
	int width = TOUR_COLUMNS * CELL_WIDTH + 2 * MARGIN;
	int height = TOUR_ROWS * CELL_HEIGHT + 2 * MARGIN + CAPTION;

	printf("<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 %d %d' width='%d' height='%d' "
	       "font-family='DejaVu Sans Mono, Menlo, Consolas, monospace' font-size='13' "
	       "fill='" INK "' role='img'>\n<title>ladle-tour(7), %d screens</title>\n"
	       "<style>text{white-space:pre}</style>\n"
	       "<rect width='%d' height='%d' rx='6' fill='" PAPER "'/>\n<defs>\n",
			width, height, width, height, frames, width, height);
}

/* Frame i of n stands from i/n to (i+1)/n of the whole; without animation the first one stands. */
static void
put_frame(const struct frame *frame, int i, int n)
{
	double from = (double)i / n, to = (double)(i + 1) / n;
	char caption[TOUR_COLUMNS + 1]; /* a longer one is cut */

	printf("<g display='%s'><animate attributeName='display' dur='%.1fs' calcMode='discrete' "
	       "repeatCount='indefinite' values='none;inline;none' keyTimes='0;%.5f;%.5f'/>\n",
			i == 0 ? "inline" : "none", n * FRAME_TENTHS / 10., from, to);
	for (int y = 0; y < TOUR_ROWS; y++)
		printf("<use href='#r%d' x='%d' y='%d'/>", frame->rows[y], MARGIN,
				MARGIN + y * CELL_HEIGHT);
	printf("\n<text x='%d' y='%d' fill='#e69f00'>", MARGIN,
			MARGIN + TOUR_ROWS * CELL_HEIGHT + CAPTION - 6);
	snprintf(caption, sizeof(caption), "%s%s", frame->keys[0] == ' ' ? "$ ladle" : "",
			frame->keys);
	put_escaped(stdout, caption);
	puts("</text></g>");
}

static void
put_picture(const struct recording *recording)
{
	put_head(recording->frame_count);
	for (int i = 0; i < recording->row_count; i++)
		printf("<g id='r%d'>%s</g>\n", i, recording->rows[i]);
	puts("</defs>");
	for (int i = 0; i < recording->frame_count; i++)
		put_frame(&recording->frames[i], i, recording->frame_count);
	puts("</svg>");
}

int
main(int argc, char *argv[])
{
	static struct recording recording;
	struct tour_guide guide = {0};
	struct tour tour;
	bool good;

	if (argc != 3 || !tour_read(&tour, argv[2])) {
		fputs("usage: record PROGRAM PAGE\n", stderr);
		return 2;
	}
	setenv("LC_ALL", "C.UTF-8", 1);
	guide.program = argv[1];
	good = record(&recording, &guide, &tour);
	tour_leave(&guide);
	if (good)
		put_picture(&recording);
	for (int i = 0; i < recording.row_count; i++)
		free(recording.rows[i]);
	free(recording.rows);
	tour_free(&tour);
	return good ? 0 : 1;
}
