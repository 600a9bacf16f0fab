/* The user's folders by the XDG base directory specification, and small files in them. */
#ifndef APP_USER_FOLDER_H
#define APP_USER_FOLDER_H

#include <stdbool.h>

struct buf;

enum user_folder { FOLDER_CONFIG, FOLDER_STATE, FOLDER_CACHE };

/* Appends where ladle's own folder of that kind is, without a slash behind it; it need not be
 * there. A relative path in the variable is ignored. False: neither the variable nor HOME is the
 * path of a folder, or no memory. */
bool user_folder(struct buf *out, enum user_folder);
/* Makes the folders above a path, for their owner alone; what fails shows when the file is made. */
void user_folder_make_above(const char *path);

#endif
