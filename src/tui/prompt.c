#include "tui/prompt.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <readline/history.h>
#include <readline/readline.h>

#include "app/command.h"
#include "app/key.h"
#include "app/user_folder.h"
#include "base/buf.h"

enum { HISTORY_LINES = 1000, QUEUE_SIZE = 64, ARGUMENT_MOST = 1000 };

struct prompt {
	const struct session *session;
	FILE *nowhere; /* readline's streams */
	char history_path[PATH_MAX];
	HISTORY_STATE *others; /* history of the prompts that are not ":" */
	bool open, commands, files;
	enum prompt_result result;
	char *line; /* the accepted one */
	char queue[QUEUE_SIZE];
	size_t queued, taken;
	char **matches;
	int match_count;
};

/* readline's hooks take no argument. */
static struct prompt *current;

static void
forget_matches(struct prompt *prompt)
{
	for (int i = 0; i < prompt->match_count; i++)
		free(prompt->matches[i]);
	free(prompt->matches);
	prompt->matches = NULL;
	prompt->match_count = 0;
}

/* ---- readline's hooks ---- */

static int
next_byte(FILE *stream)
{
	(void)stream;
	if (current->taken == current->queued)
		return EOF;
	return (unsigned char)current->queue[current->taken++];
}

static int
has_byte(void)
{
	return current->taken < current->queued;
}

static void
draw_nothing(void)
{
}

static int
nothing(int count, int key)
{
	(void)count;
	(void)key;
	return 0;
}

static void
take_line(char *line)
{
	current->result = line == NULL ? PROMPT_CANCELED : PROMPT_ACCEPTED;
	free(current->line);
	current->line = line;
	current->open = false;
	rl_callback_handler_remove();
}

static void
keep_matches(char **matches, int count, int longest)
{
	(void)longest;
	forget_matches(current);
	current->matches = calloc((size_t)count, sizeof(*matches));
	for (int i = 0; current->matches != NULL && i < count; i++)
		current->matches[current->match_count++] = strdup(matches[i + 1]);
}

/* readline wants the common beginning of all before the list itself. */
static char **
with_common_beginning(char **list)
{
	int count = 0;
	size_t common;
	char **out;

	while (list[count] != NULL)
		count++;
	out = calloc((size_t)count + 2, sizeof(*out));
	if (out == NULL)
		return list;
	common = strlen(list[0]);
	for (int i = 1; i < count; i++)
		for (size_t n = 0; n < common; n++)
			if (list[i][n] != list[0][n])
				common = n;
	out[0] = strndup(list[0], common);
	memcpy(out + 1, list, (size_t)count * sizeof(*out));
	free(list);
	return out;
}

static char **
complete(const char *text, int start, int end)
{
	bool files = current->files;
	char **list;

	(void)text;
	(void)start;
	rl_attempted_completion_over = 1;
	if (!current->commands && !files)
		return NULL;
	list = files ? NULL : command_complete(current->session, rl_line_buffer, end, &files);
	if (files)
		rl_attempted_completion_over = 0;
	if (list == NULL || list[0] == NULL) {
		free(list);
		return NULL;
	}
	return with_common_beginning(list);
}

/* ---- history ---- */

/* append_history fails when the file is missing, so it is made first. */
static void
load_history(struct prompt *prompt)
{
	struct buf folder;

	buf_init(&folder);
	if (user_folder(&folder, FOLDER_STATE) &&
			folder.length + sizeof("/history") <= sizeof(prompt->history_path))
		snprintf(prompt->history_path, sizeof(prompt->history_path), "%s/history",
				buf_string(&folder));
	buf_done(&folder);
	if (prompt->history_path[0] == '\0')
		return;
	user_folder_make_above(prompt->history_path);
	int fd = open(prompt->history_path, O_CREAT | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0) {
		prompt->history_path[0] = '\0';
		return;
	}
	close(fd);
	read_history(prompt->history_path);
	stifle_history(HISTORY_LINES);
}

static void
remember(struct prompt *prompt)
{
	HIST_ENTRY *last =
			history_length > 0 ? history_get(history_base + history_length - 1) : NULL;

	if (prompt->line[0] == '\0' || (last != NULL && strcmp(last->line, prompt->line) == 0))
		return;
	add_history(prompt->line);
	if (prompt->commands && prompt->history_path[0] != '\0')
		append_history(1, prompt->history_path);
}

static void
swap_history(struct prompt *prompt)
{
	HISTORY_STATE *mine = history_get_history_state();

	history_set_history_state(prompt->others);
	free(prompt->others);
	prompt->others = mine;
}

/* ---- the prompt ---- */

static void
set_up_readline(struct prompt *prompt)
{
	rl_readline_name = "ladle";
	rl_instream = rl_outstream = prompt->nowhere;
	rl_catch_signals = rl_catch_sigwinch = rl_change_environment = 0;
	rl_prep_term_function = NULL;
	rl_deprep_term_function = NULL;
	rl_getc_function = next_byte;
	rl_input_available_hook = has_byte;
	rl_redisplay_function = draw_nothing;
	rl_completion_display_matches_hook = keep_matches;
	rl_attempted_completion_function = complete;
	rl_basic_word_break_characters = " \t\n";
	rl_completer_word_break_characters = " \t\n";
	rl_completer_quote_characters = "";
	rl_completion_query_items = 0;
	rl_initialize();
	rl_variable_bind("bell-style", "none");
	rl_variable_bind("enable-bracketed-paste", "off");
	rl_variable_bind("show-all-if-ambiguous", "on");
	rl_bind_key(CODE_CTRL('l'), nothing);
	rl_bind_keyseq_if_unbound("\\e[3~", rl_delete);
}

struct prompt *
prompt_new(const struct session *session)
{
	struct prompt *prompt = calloc(1, sizeof(*prompt));

	if (prompt == NULL)
		return NULL;
	prompt->session = session;
	prompt->others = calloc(1, sizeof(*prompt->others));
	prompt->nowhere = fopen("/dev/null", "r+");
	if (prompt->others == NULL || prompt->nowhere == NULL) {
		free(prompt->others);
		free(prompt);
		return NULL;
	}
	current = prompt;
	set_up_readline(prompt);
	using_history();
	load_history(prompt);
	return prompt;
}

void
prompt_free(struct prompt *prompt)
{
	if (prompt == NULL)
		return;
	prompt_cancel(prompt);
	if (prompt->history_path[0] != '\0')
		history_truncate_file(prompt->history_path, HISTORY_LINES);
	/* The other call would leave what was edited in old lines. */
	rl_clear_history();
	swap_history(prompt);
	rl_clear_history();
	forget_matches(prompt);
	free(prompt->others->entries);
	free(prompt->others);
	free(prompt->line);
	fclose(prompt->nowhere);
	free(prompt);
	current = NULL;
}

void
prompt_open(struct prompt *prompt, const char *label, const char *text, bool files)
{
	bool commands = strcmp(label, ":") == 0;

	prompt_cancel(prompt);
	prompt->commands = commands;
	prompt->files = files;
	prompt->result = PROMPT_OPEN;
	prompt->open = true;
	prompt->queued = prompt->taken = 0;
	if (!commands)
		swap_history(prompt);
	using_history();
	rl_callback_handler_install(label, take_line);
	/* Ctrl-O in the line before fills this one. */
	rl_replace_line("", 1);
	rl_point = 0;
	using_history();
	rl_insert_text(text);
}

bool
prompt_is_open(const struct prompt *prompt)
{
	return prompt->open;
}

/* Two old lines may hold one list of undos, which would be freed with either: so none is kept. */
static void
forget_undos(void)
{
	HIST_ENTRY **lines = history_list();

	for (int i = 0; lines != NULL && lines[i] != NULL; i++)
		lines[i]->data = NULL;
}

static void
close_line(struct prompt *prompt)
{
	forget_matches(prompt);
	forget_undos();
	if (!prompt->commands)
		swap_history(prompt);
}

enum { WAYS_OUT = 16 }; /* out of a search in an argument, and some more */

/* Out of a search by its own key; then the end of its input ends the line as Enter does, so that
 * old lines keep what is theirs: rl_free_line_state, meant for signals, frees what they still
 * hold. */
void
prompt_cancel(struct prompt *prompt)
{
	if (!prompt->open)
		return;
	for (int i = 0; i < WAYS_OUT && prompt->open; i++) {
		prompt->queue[0] = CODE_CTRL('g');
		prompt->taken = 0;
		prompt->queued = RL_ISSTATE(RL_STATE_ISEARCH | RL_STATE_NSEARCH) ? 1 : 0;
		rl_callback_read_char();
	}
	if (prompt->open) { /* Enter is bound to something else */
		prompt->open = false;
		rl_callback_sigcleanup();
		rl_callback_handler_remove();
	}
	prompt->result = PROMPT_CANCELED;
	close_line(prompt);
}

static bool
cancels(int key)
{
	if (key == CODE_CTRL('c') || key == CODE_CTRL('g'))
		return true;
	if (key == CODE_ESC && rl_editing_mode != 0)
		return true;
	return key == CODE_BACKSPACE && rl_end == 0 &&
	       !RL_ISSTATE(RL_STATE_ISEARCH | RL_STATE_NSEARCH);
}

static void
feed(struct prompt *prompt, const char *bytes, size_t length)
{
	memcpy(prompt->queue, bytes, length);
	prompt->queued = length;
	prompt->taken = 0;
	while (prompt->open && prompt->taken < prompt->queued) {
		rl_callback_read_char();
		if (abs(rl_numeric_arg) > ARGUMENT_MOST) /* else the line grows for seconds */
			rl_numeric_arg = rl_numeric_arg < 0 ? -ARGUMENT_MOST : ARGUMENT_MOST;
	}
}

/* A search that is left by the beginning of a longer key ends readline 8.2: so it is left first, by
 * the key that does nothing else. */
static void
leave_search(struct prompt *prompt, const char *bytes)
{
	static const char goes_on[] = "\b\t\n\r\022\023\027\031\177";

	if (!RL_ISSTATE(RL_STATE_ISEARCH) || (unsigned char)bytes[0] >= ' ' ||
			strchr(goes_on, bytes[0]) != NULL)
		return;
	feed(prompt, "\n", 1);
}

enum prompt_result
prompt_key(struct prompt *prompt, int key)
{
	char bytes[16];
	size_t length = key_bytes(bytes, key);

	if (cancels(key)) {
		prompt_cancel(prompt);
		return PROMPT_CANCELED;
	}
	forget_matches(prompt);
	leave_search(prompt, bytes);
	feed(prompt, bytes, length);
	if (prompt->open)
		return PROMPT_OPEN;
	if (prompt->result == PROMPT_ACCEPTED)
		remember(prompt);
	close_line(prompt);
	return prompt->result;
}

/* Line ends become blanks and controls are left out, so that pasted text is never run. */
void
prompt_paste(struct prompt *prompt, const char *text)
{
	char *clean = strdup(text), *end = clean;

	if (clean == NULL || !prompt->open) {
		free(clean);
		return;
	}
	for (const char *s = text; *s != '\0'; s++) {
		unsigned char c = (unsigned char)*s;

		if (c == '\n' || c == '\r' || c == '\t')
			*end++ = ' ';
		else if (c >= 32 && c != 127)
			*end++ = *s;
	}
	*end = '\0';
	forget_matches(prompt);
	rl_insert_text(clean);
	free(clean);
}

const char *
prompt_line(const struct prompt *prompt)
{
	return prompt->line == NULL ? "" : prompt->line;
}

struct prompt_view
prompt_view(const struct prompt *prompt)
{
	return (struct prompt_view){
			.label = rl_display_prompt == NULL ? "" : rl_display_prompt,
			.text = rl_line_buffer == NULL ? "" : rl_line_buffer,
			.point = rl_point,
			.matches = prompt->matches,
			.match_count = prompt->match_count,
	};
}
