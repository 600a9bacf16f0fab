/* Named mixes. A scene is the lines that make it of a mix in which nothing counts: `normalise`,
 * `mix`, `mute`, `solo`, `lock`, `skip`. It is never changed, so that states of undo share it. */
#ifndef APP_SCENES_H
#define APP_SCENES_H

#include <stdbool.h>
#include <stdint.h>

struct scene {
	char *name, *lines; /* each line with its newline */
	int refs;
};

struct scene_list {
	struct scene **item;
	uint32_t count;
	/* That were gone to or saved last, and the time before; NULL: none. Of the items. */
	struct scene *now, *before;
};

bool scene_list_copy(struct scene_list *out, const struct scene_list *);
void scene_list_free(struct scene_list *);
/* NULL: there is none of this name. */
struct scene *scene_list_find(const struct scene_list *, const char *name);
/* A scene of these lines, in place of the one of this name; NULL: no memory, nothing changed. */
struct scene *scene_list_put(struct scene_list *, const char *name, const char *lines);
void scene_list_drop(struct scene_list *, struct scene *);
/* It becomes `now`. */
void scene_list_enter(struct scene_list *, struct scene *);

#endif
