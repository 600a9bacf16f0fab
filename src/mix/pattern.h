/* Patterns over rows: a glob over `layer` or `layer/tensor`, `re:` a regex, `class:` a class. */
#ifndef MIX_PATTERN_H
#define MIX_PATTERN_H

#include <ladle.h>

struct pattern;

/* E_USAGE when a regular expression does not compile. */
enum ladle_status pattern_compile(struct pattern **out, const char *text, struct ladle_error *);
void pattern_free(struct pattern *);
bool pattern_matches(const struct pattern *, const struct ladle_table *, uint32_t row);

#endif
