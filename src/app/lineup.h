/* What a person said about whose units follow whose order: the lines `align B to A`. */
#ifndef APP_LINEUP_H
#define APP_LINEUP_H

#include <ladle.h>

struct buf;
struct words;

/* One line. Never changed once made; kept by the lists that hold it. */
struct lineup {
	char **id;      /* of the checkpoints that are re-ordered, together */
	uint32_t count; /* 0: all but `to` */
	char *to;       /* whose order they get */
	enum ladle_objective objective;
	bool exact; /* exact copies alone */
	uint64_t seed;
	int refs;
};

struct lineup_list {
	struct lineup **item;
	uint32_t count;
};

/* "align B C to A by raw seed 3", "align": all, to `otherwise`. E_USAGE: it has not that form. */
enum ladle_status lineup_read(struct lineup **out, const struct words *, const char *otherwise,
		struct ladle_error *);
/* All but `to`; NULL: no memory. */
struct lineup *lineup_all(const char *to, bool exact);
void lineup_release(struct lineup *);
void lineup_text(struct buf *, const struct lineup *);
bool lineup_same(const struct lineup *, const struct lineup *);
/* Does it re-order this checkpoint? */
bool lineup_moves(const struct lineup *, const char *id);

/* What a match is worth: an exact copy out of order, or cosines after matching well above those as
 * stored and above the null, which assigning noise to noise reaches. */
bool lineup_is_evident(const struct ladle_match *);

bool lineup_list_append(struct lineup_list *, struct lineup *);
/* The first `count` of them. */
bool lineup_list_copy(struct lineup_list *out, const struct lineup_list *, uint32_t count);
bool lineup_list_same(const struct lineup_list *, const struct lineup_list *);
/* Takes out what lines say of one checkpoint's units. `others`: the checkpoints that there are, of
 * which a line for all keeps the rest. False: no memory, and the list is as it was. */
bool lineup_list_release(struct lineup_list *, const char *id, const char *const *others,
		uint32_t other_count);
/* The checkpoint is closed: lines to its order go too. */
bool lineup_list_forget(struct lineup_list *, const char *id);
void lineup_list_free(struct lineup_list *);

#endif
