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

/* ---- what would help ---- */

static const double keep_enough = .95;

/* Strangers whose units were not lined up: nothing but `align` helps there. */
static bool
are_strangers(struct session *session, const struct ladle_verdict *verdict)
{
	return session_alignment(session) == NULL &&
	       session_judgements(session)[verdict->row].flags >> LADLE_F_UNRELATED & 1;
}

/* What is worth a look: all, where the average has lost much of its norm; else statistics that have
 * not converged, which are known without reading anything. */
static unsigned
worth_a_look(struct session *session)
{
	struct ladle_verdict verdict = session_verdict(session);
	const struct ladle_table *table = session->pairing->table;

	if (verdict.row != LADLE_NONE && verdict.keep < keep_enough &&
			!are_strangers(session, &verdict))
		return LADLE_REPAIR(LADLE_REPAIR_BN) | LADLE_REPAIR(LADLE_REPAIR_NORM) |
		       LADLE_REPAIR(LADLE_REPAIR_UNCONVERGED);
	for (uint32_t k = 0; k < table->checkpoint_count; k++)
		for (uint32_t i = 0; i < table->checkpoints[k]->finding_count; i++)
			if (table->checkpoints[k]->findings[i].code == LADLE_F_UNCONVERGED)
				return LADLE_REPAIR(LADLE_REPAIR_UNCONVERGED);
	return 0;
}

bool
session_suggest_repair(struct session *session, struct ladle_job *job, struct buf *out)
{
	struct ladle_repair *repair;
	unsigned kinds = 0, look;
	uint32_t rows = 0;

	if (session->mix == NULL || session->setup.repair != 0)
		return false;
	look = worth_a_look(session);
	if (look == 0 || ladle_repair_find(&repair, session->pairing->table, session->mix, look,
					 job, NULL) != LADLE_OK)
		return false;
	for (uint32_t i = 0; i < repair->count; i++) {
		const struct ladle_correction *one = &repair->list[i];

		if (one->values != NULL || one->factors != NULL) {
			kinds |= LADLE_REPAIR(one->kind);
			rows++;
		}
	}
	ladle_repair_free(repair);
	if (kinds == 0)
		return false;
	buf_text(out, "--repair ");
	repair_kinds_text(out, kinds);
	buf_format(out, " would correct %u row%s, as an estimate: `ladle help repair`", rows,
			rows == 1 ? "" : "s");
	return true;
}
