/* What stands behind the public mix. */
#ifndef MIX_MIX_H
#define MIX_MIX_H

#include <ladle.h>

struct rule {
	struct ladle_rule pub;  /* owns its strings and set */
	unsigned char *matches; /* a bit for each row: moving a fader matches nothing anew */
	size_t matches_size;    /* bytes of it */
	uint32_t rows;          /* how many are set */
};

struct ladle_mix {
	uint32_t k, template_column;
	bool normalised;
	struct ladle_fader *faders; /* [k] */
	struct rule *rules;
	uint32_t rule_count;
};

#endif
