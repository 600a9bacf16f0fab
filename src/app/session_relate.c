/* What each model is to the template: measured as stored, and as aligned where it is. */
#include "app/state.h"
#include "base/err.h"

/* Figures of the rows as they are stored, where the table that is shown is aligned. */
static enum ladle_status
measure_stored(struct session *session, struct ladle_job *job, struct ladle_error *err)
{
	struct pairing *pairing = session->pairing;

	if (pairing->alignment == NULL || pairing->as_stored != NULL)
		return LADLE_OK;
	TRY(ladle_measurement_new(&pairing->as_stored, pairing->stored, 0, err));
	return ladle_measure(pairing->as_stored, session->library, job, NULL, NULL, err);
}

enum ladle_status
session_measure_relations(struct session *session, struct ladle_job *job, struct ladle_error *err)
{
	TRY(session_measure(session, 0, job, err));
	return measure_stored(session, job, err);
}

struct ladle_relation
session_relation(const struct session *session, uint32_t column, char *text, size_t size)
{
	const struct pairing *pairing = session->pairing;
	bool moved = pairing->alignment != NULL;
	uint32_t reference = moved ? pairing->alignment->reference
				   : ladle_mix_template(session_mix(session));
	const struct ladle_relating how = {.column = column,
			.reference = reference,
			.column_name = session_column(session, column)->id,
			.reference_name = session_column(session, reference)->id};

	return ladle_relate(pairing->stored, moved ? pairing->as_stored : pairing->measurement,
			pairing->alignment, moved ? pairing->measurement : NULL, &how, text, size);
}
