#include "app/scenes.h"

#include <stdlib.h>
#include <string.h>

static void
scene_release(struct scene *scene)
{
	if (scene == NULL || --scene->refs > 0)
		return;
	free(scene->name);
	free(scene->lines);
	free(scene);
}

bool
scene_list_copy(struct scene_list *out, const struct scene_list *list)
{
	struct scene_list copy = {.count = list->count, .now = list->now, .before = list->before};

	if (list->count > 0) {
		copy.item = malloc(list->count * sizeof(struct scene *));
		if (copy.item == NULL)
			return false;
	}
	for (uint32_t i = 0; i < list->count; i++) {
		copy.item[i] = list->item[i];
		copy.item[i]->refs++;
	}
	*out = copy;
	return true;
}

void
scene_list_free(struct scene_list *list)
{
	for (uint32_t i = 0; i < list->count; i++)
		scene_release(list->item[i]);
	free(list->item);
	*list = (struct scene_list){0};
}

struct scene *
scene_list_find(const struct scene_list *list, const char *name)
{
	for (uint32_t i = 0; i < list->count; i++)
		if (strcmp(list->item[i]->name, name) == 0)
			return list->item[i];
	return NULL;
}

static struct scene *
scene_new(const char *name, const char *lines)
{
	struct scene *scene = calloc(1, sizeof(*scene));

	if (scene == NULL)
		return NULL;
	*scene = (struct scene){strdup(name), strdup(lines), 1};
	if (scene->name != NULL && scene->lines != NULL)
		return scene;
	scene_release(scene);
	return NULL;
}

static void
replace(struct scene_list *list, struct scene *old, struct scene *new)
{
	for (uint32_t i = 0; i < list->count; i++)
		if (list->item[i] == old)
			list->item[i] = new;
	if (list->now == old)
		list->now = new;
	if (list->before == old)
		list->before = new;
	scene_release(old);
}

struct scene *
scene_list_put(struct scene_list *list, const char *name, const char *lines)
{
	struct scene *old = scene_list_find(list, name), *scene = scene_new(name, lines), **grown;

	if (scene == NULL)
		return NULL;
	if (old != NULL) {
		replace(list, old, scene);
		return scene;
	}
	grown = realloc(list->item, ((size_t)list->count + 1) * sizeof(struct scene *));
	if (grown == NULL) {
		scene_release(scene);
		return NULL;
	}
	list->item = grown;
	list->item[list->count++] = scene;
	return scene;
}

void
scene_list_drop(struct scene_list *list, struct scene *scene)
{
	uint32_t i = 0;

	while (list->item[i] != scene)
		i++;
	list->count--;
	memmove(list->item + i, list->item + i + 1, (list->count - i) * sizeof(struct scene *));
	if (list->now == scene)
		list->now = NULL;
	if (list->before == scene)
		list->before = NULL;
	scene_release(scene);
}

void
scene_list_enter(struct scene_list *list, struct scene *scene)
{
	if (list->now == scene)
		return;
	list->before = list->now;
	list->now = scene;
}
