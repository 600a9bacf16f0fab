/* Checkpoints whose names hold what a screen must not be given: wide, combining and right-to-left
 * characters, controls, bytes that are no text, and very long ones. */
#ifndef TESTS_SUPPORT_HOSTILE_H
#define TESTS_SUPPORT_HOSTILE_H

#include <stdbool.h>

enum { HOSTILE_LAYERS = 18 };

/* Writes a legacy weights file of HOSTILE_LAYERS dense layers; shift is added to every value. plain:
 * the same with harmless names of the same count and shapes. */
bool hostile_write(const char *path, float shift, bool plain);

#endif
