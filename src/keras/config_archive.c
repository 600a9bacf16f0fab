#include "keras/config_archive.h"

#include <string.h>

/* Where each generation has its own models. `Model` is what Keras 1 and 2 called a functional
 * model. */
struct home {
	const char *class_name;
	int major;
	const char *module;
};

static const struct home homes[] = {
		{"Functional", 2, "keras.src.engine.functional"},
		{"Sequential", 2, "keras.src.engine.sequential"},
		{"Model", 2, "keras"},
		{"Functional", 3, "keras.src.models.functional"},
		{"Sequential", 3, "keras.src.models.sequential"},
		{"Model", 3, "keras"},
};

static const char *
module_of(const char *class_name, int major)
{
	for (size_t i = 0; i < sizeof(homes) / sizeof(homes[0]); i++)
		if (homes[i].major == major && strcmp(homes[i].class_name, class_name) == 0)
			return homes[i].module;
	return NULL;
}

/* A class of the user's is found by its name among the registered ones. */
void
config_archive_text(struct buf *out, const char *text, size_t length,
		const struct config_layer *model, int major)
{
	const char *module = module_of(model->class_name, major);
	size_t brace = 0;

	while (brace < length && text[brace] != '{')
		brace++;
	if (model->module[0] != '\0' || brace == length) {
		buf_append(out, text, length);
		return;
	}
	buf_append(out, text, brace + 1);
	if (module == NULL)
		buf_text(out, "\"module\": null, ");
	else
		buf_format(out, "\"module\": \"%s\", ", module);
	buf_append(out, text + brace + 1, length - brace - 1);
}

static bool
is_version(const char *text)
{
	return text[0] != '\0' && text[strspn(text, "0123456789.abcdevprost+-")] == '\0';
}

void
config_archive_metadata(struct buf *out, const char *version, int major)
{
	if (!is_version(version))
		version = major < 3 ? "2.15.0" : "3.0.0";
	buf_format(out, "{\"keras_version\": \"%s\", \"date_saved\": \"1980-01-01@00:00:00\"}",
			version);
}
