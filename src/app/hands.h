/* What a person said about which layers belong together: the lines `pair A:dense B:dense_2`. */
#ifndef APP_HANDS_H
#define APP_HANDS_H

#include <ladle.h>

struct buf;
struct words;

struct hand_member {
	char *id;    /* of the checkpoint */
	char *layer; /* as it was named */
};

/* One line. Never changed once made; kept by the lists that hold it. */
struct hand {
	struct hand_member *member;
	uint32_t count; /* at least 2, each of another checkpoint */
	int refs;
};

struct hand_list {
	struct hand **item;
	uint32_t count;
};

/* "A:dense" into the parts of its word. E_USAGE: it has not that form. */
enum ladle_status hand_read_member(const char *word, int column, size_t *id_length,
		const char **layer, struct ladle_error *);
/* Words 1.. of a `pair` line. */
enum ladle_status hand_read(struct hand **out, const struct words *, struct ladle_error *);
void hand_release(struct hand *);
/* "pair A:dense B:dense_2" */
void hand_text(struct buf *, const struct hand *);
/* Does it name this layer of this checkpoint, as it was named? layer NULL: any of its layers. */
bool hand_has(const struct hand *, const char *id, const char *layer);

bool hand_list_append(struct hand_list *, struct hand *);
bool hand_list_copy(struct hand_list *out, const struct hand_list *);
bool hand_list_same(const struct hand_list *, const struct hand_list *);
void hand_list_remove(struct hand_list *, uint32_t index);
/* Takes a checkpoint out of all of them. False: no memory. */
bool hand_list_forget(struct hand_list *, const char *id);
void hand_list_free(struct hand_list *);

#endif
