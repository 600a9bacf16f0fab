/* Where the parts of the detail view stand, and which give way. */
#include <string.h>

#include "app/session.h"
#include "tui/screen.h"
#include "tui/view_detail.h"

enum {
	NAME_MOST = 10,
	RIDGE_LEAST = 12,
	RIDGE_WANTED = 24,
	RIDGE_MOST = 80,
	LEGEND = 16, /* "below: as stored" */
	MODELS_FIRST = 4,
	MAP_LEAST = 5, /* rows with title and legend */
	BESIDE_LEAST = 70,
	SQUARE_ROOM = 110,
	SQUARE_FEW = 4,
	SQUARE_MANY = 8
};

static int
name_width(const struct session *session, uint32_t models)
{
	int width = 3;

	for (uint32_t k = 0; k < models; k++) {
		int one = (int)strlen(session_column(session, k)->id);

		width = one > width ? one : width;
	}
	return width > NAME_MOST ? NAME_MOST : width;
}

/* Of the square beside the models; with more of them its columns scroll. */
static int
square_width(int name, uint32_t models, int room)
{
	uint32_t most = room < SQUARE_ROOM ? SQUARE_FEW : SQUARE_MANY;
	int wide = name + DETAIL_COSINE * (int)(models < most ? models : most);

	return 2 + (wide < LEGEND ? LEGEND : wide);
}

/* The widest that the bins of a histogram can be shared out among. */
static int
ridge_width(int room)
{
	for (int width = room > RIDGE_MOST ? RIDGE_MOST : room; width > 0; width--)
		if (SESSION_BINS % (2 * width) == 0)
			return width;
	return 0;
}

static void
lay_columns(struct detail_layout *layout, const struct area *area, uint32_t models)
{
	int table = DETAIL_MARK + layout->name + 1 + 2 * DETAIL_NUMBER, room = area->width - table;
	int square = square_width(layout->name, models, area->width);

	layout->beside = area->width >= BESIDE_LEAST && room - square >= RIDGE_LEAST;
	if (layout->beside)
		room -= square;
	while (layout->extra < 5 && room - DETAIL_EXTRA >= RIDGE_WANTED) {
		layout->extra++;
		room -= DETAIL_EXTRA;
	}
	layout->ridge = ridge_width(room);
	layout->square.x = area->x + table + layout->extra * DETAIL_EXTRA + layout->ridge + 2;
	layout->square.width = area->x + area->width - layout->square.x;
}

static int
take(int *left, int wanted)
{
	int rows = *left < wanted ? 0 : wanted;

	*left -= rows;
	return rows;
}

static struct area
rows_at(const struct area *area, int *y, int height)
{
	struct area rows = {*y, area->x, height, area->width};

	*y += height;
	return rows;
}

/* What a part gets of the rows that are left, from first to last; what is drawn stands in another
 * order. */
static void
lay_rows(struct detail_layout *layout, const struct area *area, uint32_t models)
{
	int left = area->height - 1, y = area->y, heading, axis, counts, values, map, square = 0;
	int shown = (int)models < MODELS_FIRST ? (int)models : MODELS_FIRST;

	shown = shown > left - 1 ? left - 1 : shown;
	shown = shown < 1 ? 1 : shown;
	left -= shown + 1;
	heading = take(&left, 1);
	axis = take(&left, 1);
	counts = take(&left, 1);
	values = take(&left, 2);
	map = take(&left, MAP_LEAST);
	if (map > 0 && !layout->beside)
		square = take(&left, shown + 1);
	while (left > 0 && shown < (int)models && shown < area->height / 2) {
		shown++;
		left--;
	}
	if (values > 0 && left > 2 && models > 4) {
		values++;
		left--;
	}
	map += map > 0 ? left : 0;
	layout->header = rows_at(area, &y, 1);
	layout->heading = rows_at(area, &y, heading);
	layout->models = rows_at(area, &y, shown);
	layout->mix = rows_at(area, &y, 1);
	layout->axis = rows_at(area, &y, axis);
	if (layout->beside)
		layout->square.y = layout->models.y;
	else
		layout->square = rows_at(area, &y, square);
	layout->square.height = layout->beside ? shown : square;
	layout->map = rows_at(area, &y, map);
	layout->values = rows_at(area, &y, values);
	layout->counts = rows_at(area, &y, counts);
}

/* A wide screen has the values beside the map. */
static void
put_values_beside(struct detail_layout *layout)
{
	int width = layout->map.width * 2 / 5;

	if (layout->map.height == 0 || layout->map.width < BESIDE_LEAST)
		return;
	layout->map.height += layout->values.height;
	layout->map.width -= width;
	layout->values = (struct area){layout->map.y, layout->map.x + layout->map.width + 1,
			layout->map.height, width - 1};
	layout->map.width--;
}

struct detail_layout
detail_lay_out(const struct detail *detail)
{
	const struct session *session = detail->view.screen->session;
	uint32_t models = session_table(session)->checkpoint_count;
	struct area area = detail->view.area;
	struct detail_layout layout = {.name = name_width(session, models)};

	lay_columns(&layout, &area, models);
	area.x++;
	area.width--;
	lay_rows(&layout, &area, models);
	put_values_beside(&layout);
	uint32_t shown = (uint32_t)layout.models.height, model = detail->model;
	model = model >= models ? models - 1 : model;
	layout.first = model < shown ? 0 : model - shown + 1;
	return layout;
}
