#include "keras/classes.h"

#include <assert.h>
#include <ctype.h>
#include <string.h>

#include "base/dtype.h"

struct class_alias {
	const char *name, *snake, *target;
};

struct weight_name {
	const char *name, *role, *reason;
};

#define W(role)                                   \
	{                                         \
		role, OPTION_ALWAYS, false, false \
	}
#define O(role, option)                             \
	{                                           \
		role, OPTION_##option, false, false \
	}
#define N(role, option)                            \
	{                                          \
		role, OPTION_##option, false, true \
	}
#define C(role)                                 \
	{                                       \
		role, OPTION_ALWAYS, true, true \
	}

static const struct class_row rows[] = {
#define CLASS(name, snake, kind, ...) {name, snake, kind, {__VA_ARGS__}},
#include "keras/classes.def"
};

#undef W
#undef O
#undef N
#undef C

static const struct class_alias aliases[] = {
#define ALIAS(name, snake, target) {name, snake, target},
#include "keras/classes.def"
};

static const struct weight_name names[] = {
#define ROLE(name, role, reason) {name, role, reason},
#include "keras/classes.def"
};

static const struct class_part parts[] = {
#define PART(component, name, class_name) {component, name, class_name},
#include "keras/classes.def"
};

static const struct class_inner inners[] = {
#define INNER(owner, component, name, class_name, hidden) \
	{owner, component, name, class_name, hidden},
#include "keras/classes.def"
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A counter has something before it: "_1" and "1" are names of their own. */
size_t
class_stem(const char *text)
{
	size_t length = strlen(text), end = length;

	while (end > 0 && isdigit((unsigned char)text[end - 1]))
		end--;
	return end < length && end > 1 && text[end - 1] == '_' ? end - 1 : length;
}

static const struct class_row *
row_of(const char *name)
{
	for (size_t i = 0; i < COUNT(rows); i++)
		if (strcmp(rows[i].name, name) == 0)
			return &rows[i];
	return NULL;
}

/* The table has some 140 rows and a file has thousands of layers: a linear search is still a small
 * part of opening one (10,000 layers: 35 ms in all). */
const struct class_row *
class_find(const char *name)
{
	const struct class_row *row = row_of(name);

	for (size_t i = 0; row == NULL && i < COUNT(aliases); i++)
		if (strcmp(aliases[i].name, name) == 0)
			row = row_of(aliases[i].target);
	return row;
}

/* Keras 1 wrote `batchnormalization_1`: underscores do not count. */
static bool
is_snake(const char *snake, const char *name, size_t length)
{
	const char *end = name + length;

	for (;;) {
		snake += *snake == '_';
		name += name < end && *name == '_';
		if (name == end || *snake != *name)
			return name == end && *snake == '\0';
		snake++;
		name++;
	}
}

const struct class_row *
class_of_component(const char *component)
{
	size_t length = class_stem(component);

	for (size_t i = 0; i < COUNT(rows); i++)
		if (is_snake(rows[i].snake, component, length))
			return &rows[i];
	for (size_t i = 0; i < COUNT(aliases); i++)
		if (is_snake(aliases[i].snake, component, length))
			return row_of(aliases[i].target);
	return NULL;
}

bool
class_agree(const char *a, const char *b)
{
	const struct class_row *row;

	if (a[0] == '\0' || b[0] == '\0' || strcmp(a, b) == 0)
		return true;
	row = class_find(a);
	return row != NULL && row == class_find(b);
}

bool
class_counts_name(const char *name)
{
	return class_of_component(name) != NULL;
}

/* Which optional weights a list of roles takes. */
enum choice { AS_CONFIG, AS_USUAL, ALL, NONE, CHOICES };

static bool
is_chosen(enum config_option which, const signed char *option, enum choice choice)
{
	static const bool usual[CONFIG_OPTION_COUNT] = {
#define X(id, key, old_key, usual) usual,
			CONFIG_OPTIONS(X)
#undef X
	};

	if (which == OPTION_ALWAYS || choice == ALL)
		return true;
	if (choice == AS_CONFIG && option != NULL && option[which] >= 0)
		return option[which] == 1;
	return choice != NONE && usual[which];
}

/* The row's weights under a choice; returns how many. */
static uint32_t
weights_of(const struct class_row *row, const signed char *option, enum choice choice,
		const struct class_weight *out[CLASS_MAX_WEIGHTS])
{
	uint32_t count = 0;

	for (int i = 0; i < CLASS_MAX_WEIGHTS && row->weights[i].role != NULL; i++)
		if (is_chosen(row->weights[i].option, option, choice))
			out[count++] = &row->weights[i];
	return count;
}

/* Too few for all, too many for the constant ones: only what stands before the first and behind
 * the last optional weight is certain. */
static void
certain_roles(const struct class_row *row, uint32_t count, const char **roles)
{
	const struct class_weight *list[CLASS_MAX_WEIGHTS];
	uint32_t total = weights_of(row, NULL, AS_USUAL, list);

	for (uint32_t i = 0; i < count && i < total && list[i]->option == OPTION_ALWAYS; i++)
		roles[i] = list[i]->role;
	for (uint32_t i = 1; i <= count && count < total; i++) {
		if (list[total - i]->option != OPTION_ALWAYS)
			break;
		roles[count - i] = list[total - i]->role;
	}
}

/* The config decides where its answer has the number of weights that the file has. Where it does
 * not (another version's default, a custom subclass), the number itself decides as far as it can.
 */
void
class_roles(const struct class_row *row, const signed char *option, uint32_t count,
		const char **roles)
{
	const struct class_weight *list[CLASS_MAX_WEIGHTS];

	for (uint32_t i = 0; i < count; i++)
		roles[i] = "";
	for (int choice = AS_CONFIG; row != NULL && choice < CHOICES; choice++) {
		if (weights_of(row, option, (enum choice)choice, list) != count)
			continue;
		for (uint32_t i = 0; i < count; i++)
			roles[i] = list[i]->role;
		return;
	}
	if (row != NULL)
		certain_roles(row, count, roles);
}

uint32_t
class_weights(const struct class_row *row, const signed char *option,
		const struct class_weight *out[CLASS_MAX_WEIGHTS])
{
	return row == NULL ? 0 : weights_of(row, option, AS_CONFIG, out);
}

const struct class_inner *
class_inner(const struct class_row *row, uint32_t number)
{
	for (size_t i = 0; row != NULL && i < COUNT(inners); i++)
		if (strcmp(inners[i].owner, row->name) == 0 && number-- == 0)
			return &inners[i];
	return NULL;
}

bool
class_has_role(const struct class_row *row, const char *role)
{
	for (int i = 0; i < CLASS_MAX_WEIGHTS && row->weights[i].role != NULL; i++)
		if (strcmp(row->weights[i].role, role) == 0)
			return true;
	return false;
}

static const struct weight_name *
name_find(const char *name)
{
	for (size_t i = 0; i < COUNT(names); i++)
		if (strcmp(names[i].name, name) == 0)
			return &names[i];
	return NULL;
}

const char *
weight_role(const char *name)
{
	const struct weight_name *found = name_find(name);

	return found == NULL ? "" : found->role;
}

/* The longest known name wins: "lstm_1_W_i" has W_i, although a name could also end in an "i". */
const char *
weight_old_name(const char *name)
{
	for (const char *at = strchr(name, '_'); at != NULL; at = strchr(at + 1, '_'))
		if (at > name && name_find(at + 1) != NULL)
			return at + 1;
	return NULL;
}

/* By role and not by name: the same reason holds for every name of a role. */
static const char *
role_reason(const char *role)
{
	for (size_t i = 0; i < COUNT(names); i++)
		if (names[i].reason != NULL && strcmp(names[i].role, role) == 0)
			return names[i].reason;
	return NULL;
}

static bool
class_copies(const char *class_name, const char *role)
{
	const struct class_row *row = class_find(class_name);

	for (int i = 0; row != NULL && i < CLASS_MAX_WEIGHTS && row->weights[i].role != NULL; i++)
		if (row->weights[i].copied && strcmp(row->weights[i].role, role) == 0)
			return true;
	return false;
}

const char *
weight_copied(const char *class_name, const char *role, enum ladle_dtype dtype)
{
	const char *reason;

	if ((dtype == LADLE_INT8 || dtype == LADLE_UINT8) &&
			(strcmp(role, "kernel") == 0 || strcmp(role, "embeddings") == 0))
		return "a quantised kernel";
	if (!dtype_is_float(dtype))
		return dtype_is_integer(dtype) ? "integers" : "not floating point";
	/* RandomFourierFeatures has a trainable kernel_scale. */
	if (strcmp(class_name, "RandomFourierFeatures") == 0 && strcmp(role, "kernel_scale") == 0)
		return NULL;
	reason = role_reason(role);
	if (reason != NULL)
		return reason;
	return class_copies(class_name, role) ? "fixed or fitted to the input by its layer" : NULL;
}

const struct class_part *
class_part(const char *component)
{
	size_t place = class_part_place(component);

	return place == SIZE_MAX ? NULL : &parts[place];
}

size_t
class_part_place(const char *component)
{
	for (size_t i = 0; i < COUNT(parts); i++)
		if (strcmp(parts[i].component, component) == 0)
			return i;
	return SIZE_MAX;
}
