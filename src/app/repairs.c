/* What is to be repaired, in words and done. */
#include <string.h>

#include "app/state.h"
#include "base/err.h"

static bool
find_kind(const char *word, size_t length, unsigned *kinds)
{
	static const unsigned all[] = {
#define X(id, name) LADLE_REPAIR(id),
			LADLE_REPAIRS(X)
#undef X
	};

	for (unsigned i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		const char *name = ladle_repair_name((enum ladle_repair_kind)i);

		if (strlen(name) == length && memcmp(name, word, length) == 0) {
			*kinds |= all[i];
			return true;
		}
	}
	return false;
}

enum ladle_status
repair_kinds_read(const char *word, int column, unsigned *kinds, struct ladle_error *err)
{
	unsigned found = 0;

	for (const char *at = word; strcmp(word, "none") != 0;) {
		size_t length = strcspn(at, ",");

		if (!find_kind(at, length, &found))
			return ladle_fail(err, LADLE_E_USAGE, NULL,
					"column %d: '%.*s' is none of bn, norm, unconverged, none",
					column, (int)(length > 64 ? 64 : length), at);
		at += length;
		if (*at++ == '\0')
			break;
	}
	*kinds = found;
	return LADLE_OK;
}

/* In the order of the manual. */
void
repair_kinds_text(struct buf *out, unsigned kinds)
{
	static const enum ladle_repair_kind order[] = {
			LADLE_REPAIR_BN, LADLE_REPAIR_NORM, LADLE_REPAIR_UNCONVERGED};
	const char *comma = "";

	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++)
		if (kinds & LADLE_REPAIR(order[i])) {
			buf_format(out, "%s%s", comma, ladle_repair_name(order[i]));
			comma = ",";
		}
	if (kinds == 0)
		buf_text(out, "none");
}

enum ladle_status
repair_make(struct ladle_repair **out, const struct setup *setup, const struct ladle_table *table,
		const struct ladle_mix *mix, struct ladle_job *job, struct ladle_error *err)
{
	*out = NULL;
	if (setup->repair == 0)
		return LADLE_OK;
	return ladle_repair_find(out, table, mix, setup->repair, job, err);
}

unsigned
session_repair_kinds(const struct session *session)
{
	return session->setup.repair;
}

const struct ladle_repair *
session_repair(const struct session *session)
{
	return session->repair;
}
