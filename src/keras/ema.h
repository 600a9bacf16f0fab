/* The moving averages that an optimizer keeps of what it trains, as the values of a checkpoint. */
#ifndef KERAS_EMA_H
#define KERAS_EMA_H

#include "keras/checkpoint.h"

/* Fills checkpoint->instead, so that every trainable tensor is read from its average. The config
 * (NULL: none) is asked where the file has none: only it tells what the numbered variables of a v3
 * store are. E_INPUT where there are no averages, or none that fit the tensors one by one. */
enum ladle_status ema_take(
		struct checkpoint *, const char *config, size_t length, struct ladle_error *);

#endif
