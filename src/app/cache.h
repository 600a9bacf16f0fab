/* Figures kept from one run to the next, a file for each table in a folder of their own.
 *
 * A file is named by its table's key (ladle.h), which is in it once more. What is damaged, of
 * another version, or anybody else's is as good as not there: it is measured again and replaced.
 * Nothing here is worth a message: without a folder figures are measured, as ever. */
#ifndef APP_CACHE_H
#define APP_CACHE_H

#include <ladle.h>

struct cache {
	char *folder;   /* NULL: nothing is kept */
	uint64_t limit; /* bytes of all files in it */
};

/* Takes over figures that were kept under this key; from any thread. */
bool cache_load(const struct cache *, const struct ladle_key *, struct ladle_measurement *);
/* Keeps them, and removes those that were not used for longest until all fit in the limit. */
void cache_save(const struct cache *, const struct ladle_key *, const struct ladle_measurement *);

struct cache_facts {
	uint32_t files;
	uint64_t bytes;
	char why[256]; /* it cannot be used; "": it can. It is made when it is first needed */
};

void cache_look(const char *folder, struct cache_facts *out);

#endif
