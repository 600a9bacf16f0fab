#include "cli/table.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "app/format.h"
#include "base/buf.h"
#include "base/text.h"
#include "cli/run.h"

enum { NAME_LEAST = 16 };

/* Terminals that do not know their size are taken for 80 columns wide. */
int
line_columns(void)
{
	struct winsize size = {0};

	if (!isatty(STDOUT_FILENO))
		return INT_MAX;
	return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || !size.ws_col ? 80 : size.ws_col;
}

void
print_fit(const struct cli_run *run, const char *raw, int columns)
{
	size_t size = text_fit_size(columns);
	char *cell = malloc(size);

	if (!cell)
		return;
	text_fit(cell, size, raw, columns, TEXT_LEFT, run->ascii ? ".." : "\xe2\x80\xa6",
			run->ascii);
	fputs(cell, stdout);
	free(cell);
}

void
print_fit_line(const struct cli_run *run, const char *raw, int before)
{
	int wide = clean_columns(run, raw), room = line_columns() - before;

	if (wide <= room)
		print_clean(run, raw);
	else if (room > 0)
		print_fit(run, raw, room);
}

void
print_clean(const struct cli_run *run, const char *raw)
{
	struct buf clean;

	buf_init(&clean);
	text_clean_append(&clean, raw, run->ascii);
	fputs(buf_string(&clean), stdout);
	buf_done(&clean);
}

int
clean_columns(const struct cli_run *run, const char *raw)
{
	struct buf clean;
	int columns;

	buf_init(&clean);
	text_clean_append(&clean, raw, run->ascii);
	columns = text_width(buf_string(&clean));
	buf_done(&clean);
	return columns;
}

void
print_shape(int columns, int rank, const uint64_t *shape)
{
	struct buf text;

	buf_init(&text);
	format_shape_of(&text, rank, shape);
	printf(" %*s", columns, buf_string(&text));
	buf_done(&text);
}

int
shape_columns(int rank, const uint64_t *shape)
{
	struct buf text;
	int columns;

	buf_init(&text);
	format_shape_of(&text, rank, shape);
	columns = (int)text.length;
	buf_done(&text);
	return columns;
}

void
print_number(const char *format, int columns, double value)
{
	putchar(' ');
	if (isfinite(value))
		printf(format, columns, value);
	else
		printf("%*s", columns, "-");
}

void
print_finding(const struct cli_run *run, const struct ladle_finding *finding, const char *id,
		const char *row, int indent)
{
	printf("%*s%c ", indent, "", ladle_finding_letter(finding->code));
	if (id)
		printf("%s: ", id);
	if (row && !strstr(finding->text, row)) {
		print_clean(run, row);
		fputs(": ", stdout);
	}
	print_clean(run, finding->text);
	putchar('\n');
}

void
print_why(const struct cli_run *run, const char *name, const char *why)
{
	if (!why || !strstr(why, name)) {
		print_clean(run, name);
		fputs(": ", stdout);
	}
	print_clean(run, why ? why : "has no counterpart");
	putchar('\n');
}

int
name_columns(int longest, int others)
{
	int left = line_columns() - others;

	if (longest > left)
		longest = left;
	return longest < NAME_LEAST ? NAME_LEAST : longest;
}

bool
has_room(int others)
{
	return line_columns() - others >= NAME_LEAST;
}
