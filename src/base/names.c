/* The names of the enumerations of ladle.h, from the tables there. */
#include <ladle.h>

#include <assert.h>

struct status_row {
	const char *code;
	int exit_status;
};

struct finding_row {
	const char *code;
	char letter;
	bool blocks;
};

static const struct status_row statuses[] = {
#define X(id, code, exit_status) [id] = {code, exit_status},
		LADLE_STATUSES(X)
#undef X
};

static const struct finding_row findings[] = {
#define X(id, code, letter, blocks) [id] = {code, letter, blocks},
		LADLE_FINDINGS(X)
#undef X
};

static const char *const formats[] = {
#define X(id, name) [id] = name,
		LADLE_FORMATS(X)
#undef X
};

static const char *const paired_by[] = {
		[LADLE_BY_NAME] = "name",
		[LADLE_BY_ORDER] = "order",
		[LADLE_BY_GRAPH] = "graph",
		[LADLE_BY_HAND] = "hand",
};

static const char *const states[] = {
		[LADLE_PENDING] = "pending",
		[LADLE_ALIKE] = "alike",
		[LADLE_DRIFT] = "drift",
		[LADLE_DIFFER] = "differ",
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

const char *
ladle_status_code(enum ladle_status status)
{
	assert((size_t)status < COUNT(statuses));
	return statuses[status].code;
}

int
ladle_status_exit(enum ladle_status status)
{
	assert((size_t)status < COUNT(statuses));
	return statuses[status].exit_status;
}

const char *
ladle_format_name(enum ladle_format format)
{
	assert((size_t)format < COUNT(formats));
	return formats[format];
}

const char *
ladle_finding_code_name(enum ladle_finding_code code)
{
	assert((size_t)code < COUNT(findings));
	return findings[code].code;
}

char
ladle_finding_letter(enum ladle_finding_code code)
{
	assert((size_t)code < COUNT(findings));
	return findings[code].letter;
}

bool
ladle_finding_blocks(enum ladle_finding_code code)
{
	assert((size_t)code < COUNT(findings));
	return findings[code].blocks;
}

const char *
ladle_paired_by_name(enum ladle_paired_by by)
{
	assert((size_t)by < COUNT(paired_by));
	return paired_by[by];
}

const char *
ladle_state_name(enum ladle_state state)
{
	assert((size_t)state < COUNT(states));
	return states[state];
}
