#include "support/tour.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEADLINE = 20000 }; /* ms; only a failure waits so long */

/* ---- the page ---- */

static const struct {
	const char *macro;
	enum tour_kind kind;
} macros[] = {
		{".Dl ladle", TOUR_START},
		{".It Sy ", TOUR_KEYS},
		{".Ql ", TOUR_SEEN},
};

/* What stands behind a macro, as mandoc shows it: without quotes, \& and the closing punctuation
 * that is an argument of its own. */
static char *
shown(const char *text)
{
	size_t length = strlen(text), kept = 0;
	char *out = malloc(length + 1);

	if (out == NULL)
		return NULL;
	if (length > 2 && text[length - 2] == ' ' && strchr(".,;:)", text[length - 1]))
		length -= 2;
	for (size_t i = 0; i < length; i++) {
		if (text[i] == '"')
			continue;
		if (text[i] == '\\' && text[i + 1] == '&') {
			i++;
			continue;
		}
		out[kept++] = text[i];
	}
	out[kept] = '\0';
	return out;
}

static bool
add(struct tour *tour, enum tour_kind kind, const char *text, int line)
{
	struct tour_step *steps =
			realloc(tour->steps, ((size_t)tour->count + 1) * sizeof(*steps));
	char *copy = shown(text);

	tour->steps = steps != NULL ? steps : tour->steps;
	if (steps == NULL || copy == NULL) {
		free(copy);
		return false;
	}
	steps[tour->count++] = (struct tour_step){kind, copy, line};
	return true;
}

static bool
add_line(struct tour *tour, const char *text, int line)
{
	for (size_t i = 0; i < sizeof(macros) / sizeof(macros[0]); i++) {
		size_t length = strlen(macros[i].macro);

		if (strncmp(text, macros[i].macro, length) == 0)
			return add(tour, macros[i].kind, text + length, line);
	}
	return true;
}

bool
tour_read(struct tour *tour, const char *path)
{
	FILE *page = fopen(path, "r");
	char line[1024];
	bool good = page != NULL;

	*tour = (struct tour){0};
	for (int number = 1; good && fgets(line, sizeof(line), page) != NULL; number++) {
		line[strcspn(line, "\n")] = '\0';
		good = add_line(tour, line, number);
	}
	if (page != NULL)
		fclose(page);
	return good;
}

void
tour_free(struct tour *tour)
{
	for (int i = 0; i < tour->count; i++)
		free(tour->steps[i].text);
	free(tour->steps);
}

/* ---- keys ---- */

static const struct {
	const char *name, *bytes;
} keys[] = {
		{"Enter", "\r"},
		{"Esc", "\033"},
		{"Tab", "\t"},
		{"S-Tab", "\033[Z"},
		{"Space", " "},
		{"Up", "\033OA"},
		{"Down", "\033OB"},
		{"Right", "\033OC"},
		{"Left", "\033OD"},
		{"Home", "\033OH"},
		{"End", "\033OF"},
		{"PgUp", "\033[5~"},
		{"PgDn", "\033[6~"},
		{"F1", "\033OP"},
		{"F2", "\033OQ"},
		{"F3", "\033OR"},
		{"F4", "\033OS"},
		{"F5", "\033[15~"},
		{"F6", "\033[17~"},
		{"F7", "\033[18~"},
		{"F8", "\033[19~"},
		{"F9", "\033[20~"},
};

static void
send_word(struct vterm_pty *pty, const char *word)
{
	char control[2] = "";

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (strcmp(word, keys[i].name) == 0) {
			vterm_pty_send(pty, keys[i].bytes);
			return;
		}
	control[0] = (char)(strncmp(word, "C-", 2) == 0 && word[2] != '\0' ? word[2] & 31 : 0);
	vterm_pty_send(pty, control[0] != '\0' ? control : word);
}

static void
send_keys(struct vterm_pty *pty, char *text)
{
	if (strchr(":/&*", text[0]) != NULL && text[1] != '\0' && text[1] != ' ') {
		vterm_pty_send(pty, text);
		vterm_pty_send(pty, "\r");
		return;
	}
	for (char *word = strtok(text, " "); word != NULL; word = strtok(NULL, " "))
		send_word(pty, word);
}

/* ---- the tour ---- */

void
tour_leave(struct tour_guide *guide)
{
	if (!guide->open)
		return;
	vterm_pty_send(&guide->pty, "\033:q!\r");
	vterm_pty_wait_end(&guide->pty, DEADLINE);
	vterm_pty_close(&guide->pty);
	guide->open = false;
}

static bool
start(struct tour_guide *guide, char *text)
{
	static char no_config[] = "--no-config";
	char *arguments[TOUR_WORDS] = {(char *)guide->program, no_config};
	int count = 2;

	tour_leave(guide);
	for (char *word = strtok(text, " "); word != NULL; word = strtok(NULL, " "))
		if (count < TOUR_WORDS - 1)
			arguments[count++] = word;
	guide->open = vterm_pty_start(
			&guide->pty, arguments, "xterm-256color", TOUR_COLUMNS, TOUR_ROWS);
	return guide->open;
}

bool
tour_take(struct tour_guide *guide, const struct tour_step *step)
{
	char *text = strdup(step->text);
	bool good = text != NULL;

	if (good && step->kind == TOUR_START)
		good = start(guide, text);
	else if (good && step->kind == TOUR_SEEN)
		good = guide->open && vterm_pty_wait(&guide->pty, text, DEADLINE);
	else if (good && guide->open)
		send_keys(&guide->pty, text);
	free(text);
	return good;
}
