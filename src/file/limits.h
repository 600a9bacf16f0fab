/* Every limit of what a file may claim: its archive, its catalog, its config, its layers. What is
 * beyond one is refused or left out, and said so. */
#ifndef FILE_LIMITS_H
#define FILE_LIMITS_H

#include <stdint.h>

/* JSON. An object or list takes some hundred bytes of memory and two of text, so that there may be
 * one in so many bytes beside the first ones; Keras writes one in 30. */
enum { JSON_MAX_CONTAINERS = 1 << 20, JSON_FIRST_CONTAINERS = 1024, JSON_BYTES_EACH = 8 };

/* The archive. */
enum {
	ARCHIVE_MAX_MEMBERS = 4096,
	ARCHIVE_MAX_RATIO = 1032,   /* of a member's sizes: deflate cannot do better */
	ARCHIVE_SUSPECT_RATIO = 100 /* of a large member's: Keras's own limit */
};
#define ARCHIVE_SUSPECT_SIZE ((uint64_t)256 << 20)
#define ARCHIVE_MAX_DIRECTORY ((uint64_t)64 << 20)

/* A checkpoint in several files: shards, an unpacked archive. */
enum {
	SHARDS_MAX = 1000,
	SHARDS_MAX_DEPTH = 8, /* of the index: it has metadata, weight_map, one list */
	FOLDER_MAX_DEPTH = 16 /* of assets */
};
#define SHARDS_MAX_INDEX ((uint64_t)8 << 20) /* bytes of X.weights.json */

/* The catalog. */
enum {
	CATALOG_MAX_OBJECTS = 1000000,
	CATALOG_MAX_DEPTH = 64,
	CATALOG_MAX_NAME = 4096,       /* bytes of one link or attribute name */
	CATALOG_MAX_STRINGS = 1 << 20, /* of one attribute */
	CATALOG_MAX_VARIABLE = 4096    /* of one attribute, of variable length: an object header of
					* 64 KiB holds no more references to strings */
};
#define CATALOG_MAX_NAMES ((uint64_t)64 << 20)  /* all paths of a file together */
#define CATALOG_MAX_TEXT ((uint64_t)64 << 20)   /* one string: config.json, model_config */
#define CATALOG_MAX_BYTES ((uint64_t)256 << 20) /* a whole catalog on the wire */
#define CATALOG_MAX_CHUNK ((uint64_t)64 << 20)  /* one chunk, decompressed */

/* The config. */
enum {
	CONFIG_MAX_DEPTH = 128,  /* of the JSON: each nested model takes four levels */
	CONFIG_MAX_OWN = 1 << 16 /* bytes of one layer's settings, of the arguments of one call */
};

/* The graph. */
enum {
	GRAPH_MAX_INPUTS = 64,     /* of a model, that are told apart; nobody has more */
	BRANCHES_MAX_LEVELS = 1000 /* that are weighed against each other where there is no graph */
};
/* Calls looked at for all joins: a model of many is not worth the square of its size. */
#define BRANCHES_MAX_STEPS ((uint64_t)16 << 20)

/* The layers. */
enum {
	LAYERS_MAX_LISTED = CATALOG_MAX_OBJECTS, /* names of one list, its parts together */
	LAYERS_MAX_DEPTH = 64,                   /* of parts in parts */
	LAYERS_MAX_PARTS = 16,  /* of one link's name, where Windows wrote a path as a name */
	LAYERS_MAX_PATH = 1024, /* bytes, of a model whose members only the config lists */
	LAYERS_MAX_SHARED = 2,  /* parts that one entry of the config describes: both directions */
	LAYERS_MAX_FINDINGS = 200 /* a damaged file may have as many faults as names */
};
/* Bytes of a dataset that is read out of order: a block of the view may need all of it at once. */
#define VIEW_MAX_TURNED ((uint64_t)64 << 20)
/* Bytes that are read at once where a block of a re-ordered tensor lies here and there. */
#define REORDER_MAX_SPAN ((uint64_t)4 << 20)
#define LAYERS_MAX_NAMES ((uint64_t)64 << 20) /* all names together, with what they are nested in */

#endif
