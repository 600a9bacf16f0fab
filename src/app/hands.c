#include "app/hands.h"

#include <stdlib.h>
#include <string.h>

#include "app/command.h"
#include "base/buf.h"
#include "base/err.h"

static enum ladle_status
fail_memory(struct ladle_error *err)
{
	return ladle_fail(err, LADLE_E_MEMORY, NULL, "out of memory");
}

/* The id of a checkpoint holds no colon, a layer's name may. */
enum ladle_status
hand_read_member(const char *word, int column, size_t *id_length, const char **layer,
		struct ladle_error *err)
{
	const char *colon = strchr(word, ':');

	if (colon == NULL || colon == word || colon[1] == '\0')
		return ladle_fail(err, LADLE_E_USAGE, NULL,
				"column %d: `%s` is no NAME:LAYER, as in A:dense", column, word);
	*id_length = (size_t)(colon - word);
	*layer = colon + 1;
	return LADLE_OK;
}

bool
hand_has(const struct hand *hand, const char *id, const char *layer)
{
	for (uint32_t i = 0; i < hand->count; i++)
		if (strcmp(hand->member[i].id, id) == 0 &&
				(layer == NULL || strcmp(hand->member[i].layer, layer) == 0))
			return true;
	return false;
}

static enum ladle_status
add_member(struct hand *hand, const char *word, int column, struct ladle_error *err)
{
	size_t length;
	const char *layer;

	TRY(hand_read_member(word, column, &length, &layer, err));
	struct hand_member member = {.id = strndup(word, length), .layer = strdup(layer)};
	enum ladle_status status = LADLE_OK;
	if (member.id == NULL || member.layer == NULL)
		status = fail_memory(err);
	else if (hand_has(hand, member.id, NULL))
		status = ladle_fail(err, LADLE_E_USAGE, NULL, "column %d: %s is named twice",
				column, member.id);
	if (status != LADLE_OK) {
		free(member.id);
		free(member.layer);
		return status;
	}
	hand->member[hand->count++] = member;
	return LADLE_OK;
}

enum ladle_status
hand_read(struct hand **out, const struct words *words, struct ladle_error *err)
{
	struct hand *hand = calloc(1, sizeof(*hand));
	enum ladle_status status = LADLE_OK;

	if (hand == NULL)
		return fail_memory(err);
	hand->refs = 1;
	hand->member = calloc((size_t)words->count, sizeof(*hand->member));
	if (hand->member == NULL)
		status = fail_memory(err);
	for (int i = 1; status == LADLE_OK && i < words->count; i++)
		status = add_member(hand, words->word[i], words->column[i], err);
	if (status == LADLE_OK)
		*out = hand;
	else
		hand_release(hand);
	return status;
}

void
hand_release(struct hand *hand)
{
	if (hand == NULL || --hand->refs > 0)
		return;
	for (uint32_t i = 0; i < hand->count; i++) {
		free(hand->member[i].id);
		free(hand->member[i].layer);
	}
	free(hand->member);
	free(hand);
}

void
hand_text(struct buf *out, const struct hand *hand)
{
	struct buf word;

	buf_init(&word);
	buf_text(out, "pair");
	for (uint32_t i = 0; i < hand->count; i++) {
		buf_clear(&word);
		buf_format(&word, "%s:%s", hand->member[i].id, hand->member[i].layer);
		buf_char(out, ' ');
		words_quote(out, buf_string(&word));
	}
	out->failed = out->failed || word.failed;
	buf_done(&word);
}

bool
hand_list_append(struct hand_list *list, struct hand *hand)
{
	struct hand **grown = realloc(list->item, ((size_t)list->count + 1) * sizeof(*grown));

	if (grown == NULL)
		return false;
	list->item = grown;
	list->item[list->count++] = hand;
	hand->refs++;
	return true;
}

bool
hand_list_copy(struct hand_list *out, const struct hand_list *list)
{
	struct hand_list copy = {0};

	for (uint32_t i = 0; i < list->count; i++)
		if (!hand_list_append(&copy, list->item[i])) {
			hand_list_free(&copy);
			return false;
		}
	*out = copy;
	return true;
}

bool
hand_list_same(const struct hand_list *a, const struct hand_list *b)
{
	if (a->count != b->count)
		return false;
	for (uint32_t i = 0; i < a->count; i++)
		if (a->item[i] != b->item[i])
			return false;
	return true;
}

void
hand_list_remove(struct hand_list *list, uint32_t index)
{
	hand_release(list->item[index]);
	list->count--;
	memmove(list->item + index, list->item + index + 1,
			(list->count - index) * sizeof(*list->item));
}

/* The hand of the others' layers; NULL: no memory. */
static struct hand *
hand_without(const struct hand *hand, const char *id)
{
	struct hand *rest = calloc(1, sizeof(*rest));
	bool good = rest != NULL;

	if (good) {
		rest->refs = 1;
		rest->member = calloc(hand->count, sizeof(*rest->member));
		good = rest->member != NULL;
	}
	for (uint32_t i = 0; good && i < hand->count; i++) {
		struct hand_member *member = &rest->member[rest->count];
		if (strcmp(hand->member[i].id, id) == 0)
			continue;
		*member = (struct hand_member){
				strdup(hand->member[i].id), strdup(hand->member[i].layer)};
		rest->count++;
		good = member->id != NULL && member->layer != NULL;
	}
	if (good)
		return rest;
	hand_release(rest);
	return NULL;
}

bool
hand_list_forget(struct hand_list *list, const char *id)
{
	for (uint32_t i = list->count; i-- > 0;) {
		struct hand *hand = list->item[i];
		if (!hand_has(hand, id, NULL))
			continue;
		if (hand->count == 2) {
			hand_list_remove(list, i);
			continue;
		}
		list->item[i] = hand_without(hand, id);
		if (list->item[i] == NULL) {
			list->item[i] = hand;
			return false;
		}
		hand_release(hand);
	}
	return true;
}

void
hand_list_free(struct hand_list *list)
{
	for (uint32_t i = 0; i < list->count; i++)
		hand_release(list->item[i]);
	free(list->item);
	*list = (struct hand_list){0};
}
