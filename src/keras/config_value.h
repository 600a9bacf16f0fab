/* Values of a layer's own config, read when they are needed. */
#ifndef KERAS_CONFIG_VALUE_H
#define KERAS_CONFIG_VALUE_H

#include "keras/model_config.h"

struct config_values {
	struct json_object *object; /* NULL: nothing is known */
};

enum { CONFIG_NO_LIST = -1 };

/* False where the text was not kept, being too long; every value is then the usual one. Texts that
 * come out live until it is closed. */
bool config_values_open(struct config_values *, const char *own);
void config_values_close(struct config_values *);

/* Is there a value that is not null? */
bool config_has(const struct config_values *, const char *key);
/* Is it said to be null? */
bool config_is_null(const struct config_values *, const char *key);
/* Is it more than one value: a list, an object? */
bool config_is_list(const struct config_values *, const char *key);
bool config_truth(const struct config_values *, const char *key, bool usual);
long config_integer(const struct config_values *, const char *key, long usual);
double config_real(const struct config_values *, const char *key, double usual);
/* A number is a list of one; lists in lists are joined; null is -1. Returns how many, 0 for what is
 * absent or null, CONFIG_NO_LIST for what is no such list or is longer than `max`. */
int config_integers(const struct config_values *, const char *key, long *out, int max);
const char *config_string(const struct config_values *, const char *key, const char *usual);
/* What names a function or a class: a text, or the class of an object; "" where it is neither. */
const char *config_named(const struct config_values *, const char *key, const char *usual);
/* Of a call: is all that it takes, but for tensors, a number each? */
bool config_call_is_plain(const struct config_values *);
/* Of a call: integers, or the truth, among the named arguments, of either generation. */
int config_call_integers(const struct config_values *, const char *key, long *out, int max);
bool config_call_truth(const struct config_values *, const char *key);

#endif
