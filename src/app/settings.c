#include <stdlib.h>
#include <string.h>

#include "app/state.h"
#include "app/words.h"
#include "base/err.h"

static const struct setting {
	const char *name, *values, *fallback, *help;
} settings[SETTING_COUNT] = {
#define SETTING(id, name, values, fallback, help) {name, values, fallback, help},
#include "app/setting.def"
#undef SETTING
};

const char *
setting_name(int i)
{
	return i < SETTING_COUNT ? settings[i].name : NULL;
}

const char *
setting_values(int i)
{
	return settings[i].values;
}

static int
find_setting(const char *name)
{
	for (int i = 0; i < SETTING_COUNT; i++)
		if (strcmp(settings[i].name, name) == 0)
			return i;
	return -1;
}

static const char *
value_of(const struct session *session, int i)
{
	const char *value = session->settings[i].value;

	return value == NULL ? settings[i].fallback : value;
}

const char *
session_setting(const struct session *session, const char *name)
{
	int i = find_setting(name);

	return i < 0 ? NULL : value_of(session, i);
}

bool
session_setting_on(const struct session *session, const char *name)
{
	const char *value = session_setting(session, name);

	return value != NULL && strcmp(value, "on") == 0;
}

/* Six digits: enough for milliseconds, and no int can overflow. */
static bool
is_whole_number(const char *value)
{
	size_t digits = strspn(value, "0123456789");

	return digits > 0 && digits <= 6 && value[digits] == '\0';
}

/* 512M, 4G: at most six digits, and the unit. */
static bool
is_size(const char *value)
{
	size_t digits = strspn(value, "0123456789");

	return digits > 0 && digits <= 6 && *value != '0' && strchr("KMGT", value[digits]) &&
	       (value[digits] == '\0' || value[digits + 1] == '\0');
}

uint64_t
session_setting_size(const struct session *session, const char *name)
{
	static const char units[] = "KMGT";
	char *unit;
	uint64_t size = strtoull(session_setting(session, name), &unit, 10);

	return *unit == '\0' ? size : size << 10 * (strchr(units, *unit) - units + 1);
}

/* Is value one of the words between the bars? */
static bool
is_choice(const char *values, const char *value)
{
	size_t length = strlen(value);

	for (const char *at = values; length > 0;) {
		size_t word = strcspn(at, "|");
		if (word == length && memcmp(at, value, length) == 0)
			return true;
		if (at[word] == '\0')
			return false;
		at += word + 1;
	}
	return false;
}

static enum ladle_status
check_value(const struct setting *setting, const char *value, struct ladle_error *err)
{
	static const struct {
		const char *values, *words;
		bool (*is)(const char *);
	} kinds[] = {{"N", "a whole number up to 999999", is_whole_number},
			{"SIZE", "a size, as in 512M or 4G", is_size}};
	const char *words = setting->values;
	bool good = is_choice(setting->values, value);

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(setting->values, kinds[i].values) != 0)
			continue;
		good = kinds[i].is(value);
		words = kinds[i].words;
	}
	if (good)
		return LADLE_OK;
	return ladle_fail(err, LADLE_E_USAGE, NULL, "%s cannot be `%s`: it is %s", setting->name,
			value, words);
}

static enum ladle_status
fail_unknown(const char *name, struct ladle_error *err)
{
	struct nearest nearest;

	nearest_init(&nearest, name, strlen(name));
	for (int i = 0; i < SETTING_COUNT; i++)
		nearest_offer(&nearest, settings[i].name);
	return ladle_fail(err, LADLE_E_USAGE, NULL, "no setting `%s`; the nearest is `%s`", name,
			nearest.best == NULL ? settings[0].name : nearest.best);
}

/* What older config files say, and what it is called now. */
static void
translate_old(const char **name, const char **value)
{
	static const struct {
		const char *name, *value, *new_name, *new_value;
	} old[] = {
			{"ascii", "on", "glyphs", "ascii"},
			{"ascii", "off", "glyphs", "auto"},
			{"ascii", "auto", "glyphs", "auto"},
	};

	for (size_t i = 0; i < sizeof(old) / sizeof(old[0]); i++)
		if (strcmp(*name, old[i].name) == 0 && strcmp(*value, old[i].value) == 0) {
			*name = old[i].new_name;
			*value = old[i].new_value;
			return;
		}
}

/* By an option of the command line, or the environment. */
static bool
is_fixed(const struct setting_value *value)
{
	return value->source != NULL &&
	       (value->source[0] == '-' || strcmp(value->source, "NO_COLOR") == 0);
}

enum ladle_status
session_set(struct session *session, const char *name, const char *value, const char *source,
		struct ladle_error *err)
{
	translate_old(&name, &value);
	int i = find_setting(name);

	if (i < 0)
		return fail_unknown(name, err);
	TRY(check_value(&settings[i], value, err));
	if (strcmp(source, "session") == 0 && is_fixed(&session->settings[i]))
		return LADLE_OK;
	char *new_value = strdup(value), *new_source = strdup(source);
	if (new_value == NULL || new_source == NULL) {
		free(new_value);
		free(new_source);
		return session_out_of_memory(err);
	}
	free(session->settings[i].value);
	free(session->settings[i].source);
	session->settings[i] = (struct setting_value){new_value, new_source};
	session->generation++;
	return LADLE_OK;
}

void
session_setting_text(const struct session *session, const char *name, struct buf *out)
{
	const char *any = "on";

	translate_old(&name, &any);
	int i = find_setting(name);
	const char *source = session->settings[i].source;

	buf_format(out, "%s=%s, ", settings[i].name, value_of(session, i));
	if (source == NULL)
		buf_text(out, "the default");
	else
		buf_format(out, "from %s; the default is %s", source, settings[i].fallback);
}

void
session_settings(const struct session *session, struct buf *out)
{
	for (int i = 0; i < SETTING_COUNT; i++) {
		const char *source = session->settings[i].source;
		buf_format(out, "%c %-12s %-6s %-8s %s: %s\n",
				strcmp(value_of(session, i), settings[i].fallback) == 0 ? ' ' : '*',
				settings[i].name, value_of(session, i),
				source == NULL ? "default" : source, settings[i].values,
				settings[i].help);
	}
}

void
settings_free(struct session *session)
{
	for (int i = 0; i < SETTING_COUNT; i++) {
		free(session->settings[i].value);
		free(session->settings[i].source);
	}
}
