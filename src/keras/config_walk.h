/* What the files that read a config share. */
#ifndef KERAS_CONFIG_WALK_H
#define KERAS_CONFIG_WALK_H

#include <json-c/json.h>

#include "keras/model_config.h"

struct config_walk {
	struct arena *arena;
	struct config *config;
	bool failed; /* no memory */
};

/* NULL, and why in *problem, for what is no JSON or has more levels than is allowed. */
struct json_object *config_parse(const char *text, size_t length, const char **problem);
/* Is it a tensor as Keras lists one: [layer, call, output, ...]? */
bool config_is_tensor(struct json_object *);
/* NULL where `object` is none or has no such key: every look-up goes through here. A value of
 * another type than expected is as good as absent, so that no config, however wrong, is a reason
 * to refuse weights that can be read. */
struct json_object *config_member(struct json_object *object, const char *key);
/* "" for what is no string. */
const char *config_text(struct config_walk *, struct json_object *);
/* The calls of a layer, from its inbound_nodes in the form of any generation. */
void config_read_calls(struct config_walk *, struct config_layer *, struct json_object *entry);
/* The tensors that a functional model takes and gives. */
void config_read_ends(struct config_walk *, struct config_layer *, struct json_object *config);
/* The text of `config_layer.own`; NULL where it would be longer than is kept. */
const char *config_own(struct config_walk *, struct json_object *config);
/* The same of any value, whole. */
const char *config_own_text(struct config_walk *, struct json_object *);
/* Is a value of this key of no account to what the layer computes? */
bool config_tells_nothing(const char *key);
/* Hash of a layer's config without what differs between equal layers: names, initialisers. */
uint64_t config_hash(struct json_object *config);

#endif
