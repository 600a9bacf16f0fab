#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>

enum ladle_status
ladle_fail(struct ladle_error *err, enum ladle_status status, const char *path, const char *format,
		...)
{
	va_list args;

	if (!err)
		return status;
	err->status = status;
	snprintf(err->path, sizeof(err->path), "%s", path ? path : "");
	va_start(args, format);
	vsnprintf(err->text, sizeof(err->text), format, args);
	va_end(args);
	return status;
}
