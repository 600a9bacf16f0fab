/* Searches, old lines edited, kills, undos and every way out of the prompt: what readline keeps of one
 * line is not freed with another. */
#include "tui_test.h"

#include <locale.h>
#include <stdlib.h>

#include <ladle.h>
#include <readline/readline.h>

#include "app/key.h"
#include "app/session.h"
#include "tui/prompt.h"

/* readline 8.2 loses undo lists of old lines and, in vi mode, killed text; who else leaks is seen by
 * the other tests of the prompt. */
__attribute__((visibility("default"))) const char *__lsan_default_suppressions(void);
const char *
__lsan_default_suppressions(void)
{
	return "leak:libreadline\n";
}

static void
no_wake(void *arg)
{
	(void)arg;
}

static void
press_any_keys(struct prompt *prompt, unsigned random)
{
	static const char bytes[] =
			"abq:= \t\r\r\003\003\007\033\020\020\016\022\022\023\001\005\013\025"
			"\027\031\037\177\024xu/kj$0dcpPR\030\030\022\022\017";
	static const int codes[] = {CODE_UP, CODE_DOWN, CODE_LEFT, CODE_HOME, CODE_DELETE,
			CODE_META | 'd', CODE_META | '<', 0xe9};

	for (int i = 0; i < 10000; i++) {
		random = random * 1103515245 + 12345;
		if (!prompt_is_open(prompt))
			prompt_open(prompt, random >> 30 == 0 ? "/" : ":",
					random >> 29 & 1 ? "old" : "", false);
		if (random >> 28 == 0)
			prompt_key(prompt, codes[(random >> 16) % COUNT(codes)]);
		else
			prompt_key(prompt,
					(unsigned char)bytes[(random >> 16) % (sizeof(bytes) - 1)]);
	}
	prompt_cancel(prompt);
}

static void
any_keys_in_either_mode_do_no_harm(void **state)
{
	static const char *const modes[] = {"vi", "emacs", "vi", "emacs"};
	struct ladle *library;
	struct session *session;
	struct prompt *prompt;

	(void)state;
	assert_int_equal(ladle_open(&library, &(struct ladle_options){.threads = 1}, NULL),
			LADLE_OK);
	assert_int_equal(session_new(&session, library, no_wake, NULL, NULL), LADLE_OK);
	prompt = prompt_new(session);
	assert_non_null(prompt);
	for (unsigned i = 0; i < COUNT(modes); i++) {
		rl_variable_bind("editing-mode", modes[i]);
		press_any_keys(prompt, 4711 + i);
		assert_false(prompt_is_open(prompt));
	}
	/* An argument of a million for one letter. */
	rl_variable_bind("editing-mode", "emacs");
	prompt_open(prompt, ":", "", false);
	prompt_key(prompt, CODE_META | '9');
	for (int i = 0; i < 5; i++)
		prompt_key(prompt, '9');
	prompt_key(prompt, 'a');
	assert_int_equal(rl_end, 1000);
	prompt_cancel(prompt);
	prompt_open(prompt, ":", "", false);
	assert_int_equal(prompt_key(prompt, 'q'), PROMPT_OPEN);
	assert_int_equal(prompt_key(prompt, '\r'), PROMPT_ACCEPTED);
	assert_string_equal(prompt_line(prompt), "q");
	prompt_free(prompt);
	session_free(session);
	ladle_close(library);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(any_keys_in_either_mode_do_no_harm)};

	setenv("XDG_STATE_HOME", "/dev/null", 1);
	setenv("INPUTRC", "/dev/null", 1);
	setlocale(LC_ALL, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
