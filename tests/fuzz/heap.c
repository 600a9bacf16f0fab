#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>

/* Of libFuzzer's and gcc's sanitizers alike; absent in a build without them. */
int __sanitizer_install_malloc_and_free_hooks(void (*)(const volatile void *, size_t),
		void (*)(const volatile void *)) __attribute__((weak));
size_t __sanitizer_get_allocated_size(const volatile void *) __attribute__((weak));

static size_t in_use, peak;
static int counting;

static void
took(const volatile void *block, size_t size)
{
	(void)block;
	in_use += size;
	peak = in_use > peak ? in_use : peak;
}

/* Blocks from before the first heap_begin may be freed after it. */
static void
gave(const volatile void *block)
{
	size_t size = block == NULL ? 0 : __sanitizer_get_allocated_size(block);

	in_use -= size < in_use ? size : in_use;
}

void
heap_begin(void)
{
	if (!counting && __sanitizer_install_malloc_and_free_hooks != NULL)
		__sanitizer_install_malloc_and_free_hooks(took, gave);
	counting = 1;
	in_use = peak = 0;
}

void
heap_check(size_t most, const char *what)
{
	if (peak <= most)
		return;
	fprintf(stderr, "%s: %zu bytes in use at once, %zu are allowed\n", what, peak, most);
	abort();
}
