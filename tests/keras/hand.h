/* Catalogs written by hand: one object a line.
 *
 *     /a/b               a group (with all above it)
 *     /a/k:0 3x3x1x8     a float32 dataset; "scalar" for none; a dtype may follow
 *     /a @names=x,y      a list of strings; nothing behind '=': as h5py stores an empty list
 *     /a @name:text      one string
 */
#ifndef TESTS_KERAS_HAND_H
#define TESTS_KERAS_HAND_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/dtype.h"
#include "file/catalog.h"
#include "keras/keras.h"

struct hand {
	struct catalog catalog;
	struct arena arena;
	struct ladle_checkpoint checkpoint;
};

static inline uint32_t
hand_group(struct catalog *catalog, const char *path, size_t length)
{
	uint32_t at = 0;
	char name[256];

	for (const char *p = path; p < path + length;) {
		size_t n;
		uint32_t next;

		p += *p == '/';
		n = strcspn(p, "/");
		if (p + n > path + length)
			n = (size_t)(path + length - p);
		if (n == 0)
			break;
		assert_true(n < sizeof(name));
		memcpy(name, p, n);
		name[n] = '\0';
		next = catalog_child(catalog, at, name);
		at = next != LADLE_NONE ? next : catalog_add_group(catalog, at, name);
		assert_int_not_equal(at, LADLE_NONE);
		p += n;
	}
	return at;
}

static inline void
hand_dataset(struct catalog *catalog, char *path, char *shape)
{
	char *name = strrchr(path, '/'), *dtype = strchr(shape, ' ');
	struct catalog_type type = {.dtype = LADLE_FLOAT32, .size = 4};
	uint64_t dims[LADLE_MAX_RANK];
	int rank = 0;

	if (dtype != NULL) {
		*dtype++ = '\0';
		type.dtype = dtype_of_name(dtype);
		type.size = (uint32_t)dtype_size(type.dtype);
	}
	if (strcmp(shape, "scalar") != 0)
		for (char *p = shape; *p != '\0'; p += *p == 'x')
			dims[rank++] = strtoull(p, &p, 10);
	assert_int_not_equal(catalog_add_dataset(catalog,
					     hand_group(catalog, path, (size_t)(name - path)),
					     name + 1, type, rank, dims),
			LADLE_NONE);
}

static inline void
hand_attr(struct catalog *catalog, uint32_t object, char *text)
{
	struct catalog_type type = {.dtype = LADLE_STRING, .variable = true};
	struct catalog_type empty = {.dtype = LADLE_FLOAT64, .size = 8};
	char *value = text + strcspn(text, "=:"), mark = *value;
	const char *list[16384];
	uint64_t count = 0, none = 0;

	*value++ = '\0';
	if (mark == ':')
		list[count++] = value;
	for (char *p = mark == ':' ? NULL : strtok(value, ","); p != NULL; p = strtok(NULL, ","))
		list[count++] = p;
	if (count == 0)
		assert_non_null(catalog_add_attr(catalog, object, text, empty, 1, &none));
	else
		assert_true(catalog_add_strings(
				catalog, object, text, type, mark == '=', list, count));
}

static inline void
hand_init(struct hand *hand)
{
	catalog_init(&hand->catalog);
	arena_init(&hand->arena);
	memset(&hand->checkpoint, 0, sizeof(hand->checkpoint));
	hand->checkpoint.path = "hand.h5";
	assert_int_equal(catalog_add_group(&hand->catalog, LADLE_NONE, ""), 0);
}

static inline void
hand_write(struct hand *hand, const char *lines)
{
	char *copy = strdup(lines), *line = copy;

	while (*line != '\0') {
		char *end = line + strcspn(line, "\n"), *rest;

		if (*end != '\0')
			*end++ = '\0';
		rest = strchr(line, ' ');
		if (rest == NULL)
			hand_group(&hand->catalog, line, strlen(line));
		else if (rest[1] == '@')
			hand_attr(&hand->catalog,
					hand_group(&hand->catalog, line, (size_t)(rest - line)),
					rest + 2);
		else {
			*rest = '\0';
			hand_dataset(&hand->catalog, line, rest + 1);
		}
		line = end;
	}
	free(copy);
}

static inline void
hand_config(struct hand *hand, const char *json)
{
	hand->catalog.config = json;
	hand->catalog.config_length = strlen(json);
}

static inline struct ladle_checkpoint *
hand_read(struct hand *hand)
{
	struct ladle_error err;

	assert_int_equal(keras_read(&hand->checkpoint, &hand->catalog, &hand->arena, &err),
			LADLE_OK);
	return &hand->checkpoint;
}

/* All at once: lines, config.json or NULL. */
static inline struct ladle_checkpoint *
hand_make(struct hand *hand, const char *lines, const char *json)
{
	hand_init(hand);
	hand_write(hand, lines);
	if (json != NULL)
		hand_config(hand, json);
	return hand_read(hand);
}

static inline void
hand_done(struct hand *hand)
{
	arena_done(&hand->arena);
	catalog_done(&hand->catalog);
}

/* The description of a checkpoint as text: "name:Class" for each layer, nested ones in (), with
 * its tensors "name/role[shape]"; "!" before what is not averaged. */
static inline void
hand_print_layer(const struct ladle_checkpoint *c, uint32_t index, char *out, size_t size)
{
	const struct ladle_layer *layer = &c->layers[index];
	bool open = false;

	snprintf(out + strlen(out), size - strlen(out), "%s:%s", layer->name, layer->class_name);
	for (uint32_t i = 0; i < layer->tensor_count; i++) {
		const struct ladle_tensor *t = &c->tensors[layer->first_tensor + i];

		assert_int_equal(t->layer, index);
		snprintf(out + strlen(out), size - strlen(out), " %s%s", t->averaged ? "" : "!",
				t->name);
		if (strcmp(t->name, t->role) != 0)
			snprintf(out + strlen(out), size - strlen(out), "=%s", t->role);
	}
	for (uint32_t i = index + 1; i < c->layer_count; i++) {
		if (c->layers[i].parent != index)
			continue;
		snprintf(out + strlen(out), size - strlen(out), open ? ", " : " (");
		open = true;
		hand_print_layer(c, i, out, size);
	}
	if (open)
		snprintf(out + strlen(out), size - strlen(out), ")");
}

static inline const char *
hand_print(const struct ladle_checkpoint *c, char *out, size_t size)
{
	out[0] = '\0';
	for (uint32_t i = 0; i < c->layer_count; i++) {
		if (c->layers[i].parent != LADLE_NONE)
			continue;
		if (out[0] != '\0')
			snprintf(out + strlen(out), size - strlen(out), "; ");
		hand_print_layer(c, i, out, size);
	}
	return out;
}

static inline bool
hand_finds(const struct ladle_checkpoint *c, enum ladle_finding_code code, const char *part)
{
	for (uint32_t i = 0; i < c->finding_count; i++)
		if (c->findings[i].code == code && strstr(c->findings[i].text, part) != NULL)
			return true;
	return false;
}

#define assert_layers(checkpoint, expected)                                                   \
	do {                                                                                  \
		char layers_text[16384];                                                      \
		assert_string_equal(hand_print(checkpoint, layers_text, sizeof(layers_text)), \
				expected);                                                    \
	} while (0)

#endif
