#include "pair/ranked.h"

#include <stdlib.h>

static int
compare(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return x->index < y->index ? -1 : x->index > y->index;
}

void
ranked_sort(struct ranked *list, uint32_t count)
{
	qsort(list, count, sizeof(*list), compare);
}

uint32_t
ranked_end(const struct ranked *list, uint32_t count, uint32_t first)
{
	uint32_t end = first;

	while (end < count && list[end].key == list[first].key)
		end++;
	return end;
}
