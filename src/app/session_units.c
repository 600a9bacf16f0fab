/* How units fit one another: maps of a group, computed behind and kept while they are looked at. */
#include <math.h>
#include <stdlib.h>

#include "app/state.h"
#include "base/err.h"

/* A map takes the square of its units in bytes, and 13 times that while it is made. */
enum { MAPS_KEPT = 6, UNITS_MOST = 4096 };

/* What is asked for. */
struct unit_key {
	struct pairing *pairing; /* whose alignment says where units stand; held by the map */
	uint32_t group, reference, column;
	bool aligned;
};

struct unit_map {
	struct unit_map *next;
	struct unit_key key;
	struct session_units pub; /* cosine NULL: not known */
	uint8_t *cosine;
	float *own, *second;
	struct ladle_error error; /* status LADLE_OK: none */
};

static void
map_free(struct unit_map *map)
{
	if (map == NULL)
		return;
	pairing_release(map->key.pairing);
	free(map->cosine);
	free(map->own);
	free(map->second);
	free(map);
}

void
unit_maps_free(struct session *session)
{
	while (session->unit_maps != NULL) {
		struct unit_map *map = session->unit_maps;
		session->unit_maps = map->next;
		map_free(map);
	}
}

/* ---- whose order ---- */

/* A line's `to` may have been dropped since. */
static uint32_t
lined_up_to(const struct session *session, uint32_t column)
{
	const char *to = session_lined_up_to(session, column);
	uint32_t at = to == NULL ? LADLE_NONE : source_list_find(&session->pairing->columns, to);

	return session->pairing->alignment == NULL ? LADLE_NONE : at;
}

/* *reference is set in any case where there is a table. */
static struct pairing *
order_of(const struct session *session, uint32_t column, uint32_t *reference)
{
	struct pairing *pairing = session->pairing, *suggested = session->suggestion.pairing;

	if (pairing == NULL)
		return NULL;
	*reference = lined_up_to(session, column);
	if (*reference != LADLE_NONE)
		return pairing;
	*reference = ladle_mix_template(session->mix);
	if (suggested == NULL || suggested->alignment == NULL)
		return NULL;
	*reference = suggested->alignment->reference;
	return suggested;
}

const struct ladle_alignment *
session_order_of(const struct session *session, uint32_t column, uint32_t *reference)
{
	struct pairing *pairing = order_of(session, column, reference);

	return pairing == NULL ? NULL : pairing->alignment;
}

static bool
uses_row(const struct ladle_group *group, uint32_t row)
{
	for (uint32_t i = 0; i < group->use_count; i++)
		if (group->uses[i].row == row)
			return true;
	return false;
}

static bool
is_moved(const struct ladle_alignment *alignment, uint32_t column, uint32_t group)
{
	const struct ladle_match *match =
			&alignment->matches[(size_t)column * alignment->groups->count + group];

	return match->moved > 0 || match->scale != NULL;
}

bool
session_is_reordered(const struct session *session, uint32_t column)
{
	const struct ladle_alignment *alignment = session_alignment(session);

	for (uint32_t g = 0; alignment != NULL && g < alignment->groups->count; g++)
		if (is_moved(alignment, column, g))
			return true;
	return false;
}

bool
session_is_row_reordered(const struct session *session, uint32_t row)
{
	const struct ladle_alignment *alignment = session_alignment(session);
	uint32_t count = alignment == NULL ? 0 : alignment->groups->count;

	for (uint32_t g = 0; g < count; g++)
		for (uint32_t k = 0; k < alignment->table->checkpoint_count; k++)
			if (is_moved(alignment, k, g) && uses_row(&alignment->groups->list[g], row))
				return true;
	return false;
}

static const struct pairing *
stored_pairing(const struct session *session)
{
	const struct pairing *pairing = session->pairing;

	while (pairing != NULL && pairing->before != NULL)
		pairing = pairing->before;
	return pairing;
}

const struct ladle_figures *
session_stored_figures(const struct session *session, uint32_t row)
{
	const struct pairing *stored = stored_pairing(session);

	return stored == NULL || stored->measurement == NULL
			       ? NULL
			       : ladle_figures(stored->measurement, row);
}

enum ladle_status
session_measure_both(struct session *session, struct ladle_job *job, struct ladle_error *err)
{
	struct pairing *stored = session->pairing;

	TRY(session_measure(session, 0, job, err));
	while (stored->before != NULL)
		stored = stored->before;
	if (stored == session->pairing)
		return LADLE_OK;
	if (stored->measurement == NULL)
		TRY(ladle_measurement_new(&stored->measurement, stored->table, 0, err));
	return ladle_measure(stored->measurement, session->library, job, NULL, NULL, err);
}

struct ladle_relation
session_relate(const struct session *session, uint32_t column, char *sentence, size_t size)
{
	const struct pairing *stored = stored_pairing(session), *order;
	struct ladle_relating names = {.column = column};

	*sentence = '\0';
	order = order_of(session, column, &names.reference);
	if (stored == NULL || stored->measurement == NULL || names.reference == column)
		return (struct ladle_relation){.row = LADLE_NONE};
	names.column_name = session_column(session, column)->id;
	names.reference_name = session_column(session, names.reference)->id;
	return ladle_relate(stored->table, stored->measurement,
			order == NULL ? NULL : order->alignment,
			order == NULL ? NULL : order->measurement, &names, sentence, size);
}

/* ---- behind ---- */

/* cosine[units] of one position of the reference with all of the column's. */
static void
take_row(struct unit_map *map, uint32_t i, const float *cosine)
{
	uint32_t units = map->pub.units;
	float second = 0;

	for (uint32_t j = 0; j < units; j++) {
		float size = isnan(cosine[j]) ? 0 : fminf(fabsf(cosine[j]), 1);
		map->cosine[(size_t)i * units + j] = (uint8_t)lrintf(255 * size);
		if (j != i)
			second = fmaxf(second, size);
	}
	map->own[i] = isnan(cosine[i]) ? 0 : cosine[i];
	map->second[i] = second;
}

static void
units_run(struct task *task)
{
	struct unit_map *map = task->payload;
	uint32_t units = map->pub.units;
	size_t cells = (size_t)units * units;
	float *cosine = malloc((cells + 1) * sizeof(*cosine));

	map->cosine = malloc(cells + 1);
	map->own = calloc((size_t)units + 1, sizeof(*map->own));
	map->second = calloc((size_t)units + 1, sizeof(*map->second));
	if (cosine == NULL || map->cosine == NULL || map->own == NULL || map->second == NULL)
		task->status = session_out_of_memory(&task->error);
	else
		task->status = ladle_unit_cosines(cosine, task->session->library,
				map->key.pairing->alignment, map->key.group, map->key.reference,
				map->key.column, map->key.aligned, &task->error);
	for (uint32_t i = 0; task->status == LADLE_OK && i < units; i++)
		take_row(map, i, cosine + (size_t)i * units);
	free(cosine);
}

static void
keep_few(struct session *session)
{
	struct unit_map **at = &session->unit_maps;

	for (int kept = 0; *at != NULL; kept++) {
		struct unit_map *map = *at;
		bool stale = map->key.pairing != session->pairing &&
			     map->key.pairing != session->suggestion.pairing;
		if (!stale && kept < MAPS_KEPT) {
			at = &map->next;
			continue;
		}
		*at = map->next;
		map_free(map);
	}
}

/* One that failed is kept as well, so that it is not tried again at every frame. */
static void
keep_map(struct session *session, struct unit_map *map)
{
	map->next = session->unit_maps;
	session->unit_maps = map;
	keep_few(session);
}

static void
units_done(struct task *task)
{
	struct unit_map *map = task->payload;

	if (task->status != LADLE_OK)
		map->error = task->error;
	else if (task->canceled)
		ladle_fail(&map->error, LADLE_E_CANCELED, NULL, "canceled");
	else
		map->pub = (struct session_units){
				map->pub.units, map->cosine, map->own, map->second};
	keep_map(task->session, map);
	task->session->events |= SESSION_MATCHED;
}

static void
units_describe(const struct task *task, struct buf *out)
{
	const struct unit_map *map = task->payload;

	buf_format(out, "comparing %u units, %s", map->pub.units,
			map->key.aligned ? "matched" : "as stored");
}

/* ---- asking ---- */

static bool
is_same_key(const struct unit_key *a, const struct unit_key *b)
{
	return a->pairing == b->pairing && a->group == b->group && a->reference == b->reference &&
	       a->column == b->column && a->aligned == b->aligned;
}

static struct unit_map *
find_map(const struct session *session, const struct unit_key *key)
{
	struct unit_map *map = session->unit_maps;

	while (map != NULL && !is_same_key(&map->key, key))
		map = map->next;
	return map;
}

/* Another group is waited for no longer than the one that runs takes. */
static bool
is_running(const struct session *session, const struct unit_key *key)
{
	for (const struct task *task = session->tasks; task != NULL; task = task->next) {
		const struct unit_map *map = task->payload;
		if (task->kind == TASK_UNITS && is_same_key(&map->key, key))
			return true;
	}
	return tasks_count(session, TASK_UNITS) > 1;
}

static void
start_map(struct session *session, const struct unit_key *key, uint32_t units)
{
	struct task model = {.kind = TASK_UNITS,
			.run = units_run,
			.done = units_done,
			.describe = units_describe};
	struct unit_map *map = calloc(1, sizeof(*map));

	if (map == NULL)
		return;
	map->key = *key;
	map->pub.units = units;
	pairing_keep(key->pairing);
	model.payload = map;
	if (units > UNITS_MOST)
		ladle_fail(&map->error, LADLE_E_USAGE, NULL,
				"%u units are too many to compare each with each: at most %d",
				units, UNITS_MOST);
	if (units > UNITS_MOST || task_start(session, &model, &map->error) != LADLE_OK)
		keep_map(session, map);
}

const struct session_units *
session_units(struct session *session, uint32_t column, uint32_t group, bool aligned,
		const char **why)
{
	struct unit_key key = {.group = group, .column = column, .aligned = aligned};

	*why = "";
	key.pairing = order_of(session, column, &key.reference);
	if (key.pairing == NULL || key.reference == column)
		return NULL;
	struct unit_map *map = find_map(session, &key);
	if (map == NULL && !is_running(session, &key)) {
		start_map(session, &key, key.pairing->groups->list[group].units);
		map = find_map(session, &key);
	}
	if (map == NULL || map->error.status != LADLE_OK) {
		*why = map == NULL ? "" : map->error.text;
		return NULL;
	}
	return &map->pub;
}
