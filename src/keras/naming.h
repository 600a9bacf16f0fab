/* The names that Keras counts up in a store: sections 2.2 and 7 of the format. */
#ifndef KERAS_NAMING_H
#define KERAS_NAMING_H

#include "keras/name_map.h"

/* naming.to_snake_case of a Python class name. NULL without memory here and below. */
const char *snake_case(struct arena *, const char *class_name);
/* The same of a layer's class, which may have another name in Python. */
const char *naming_snake(struct arena *, const char *class_name);
/* The stem for 0, else "<stem>_<number>". */
const char *naming_numbered(struct arena *, const char *stem, uint32_t number);
/* Counts one more of `stem` and returns how many there were. */
uint32_t naming_count(struct name_map *, const char *stem);
/* The component of the next object of a class in a container: "dense", then "dense_1". */
const char *naming_counted(struct arena *, struct name_map *counts, const char *class_name);

#endif
