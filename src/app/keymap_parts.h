/* What the files of the keymap share. */
#ifndef APP_KEYMAP_PARTS_H
#define APP_KEYMAP_PARTS_H

#include "app/keymap.h"

/* A new binding, all zero; NULL: no memory. */
struct binding *keymap_add(struct keymap *);
/* What a key, or a sequence, gives in the view; NULL: nothing. */
const struct binding *keymap_look_up(const struct keymap *, unsigned where, int key, int second);

#endif
