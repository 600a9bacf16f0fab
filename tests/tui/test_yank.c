#include "tui_test.h"

#include <string.h>

#include "base/buf.h"
#include "tui/yank.h"

/* The examples of RFC 4648, section 10. */
static void
the_clipboard_is_sent_base64(void **state)
{
	static const struct {
		const char *text, *sequence;
	} cases[] = {
			{"", "\033]52;c;\a"},
			{"f", "\033]52;c;Zg==\a"},
			{"fo", "\033]52;c;Zm8=\a"},
			{"foo", "\033]52;c;Zm9v\a"},
			{"foob", "\033]52;c;Zm9vYg==\a"},
			{"fooba", "\033]52;c;Zm9vYmE=\a"},
			{"foobar", "\033]52;c;Zm9vYmFy\a"},
			{"\377\376\375", "\033]52;c;//79\a"},
	};
	struct buf out;

	(void)state;
	buf_init(&out);
	for (size_t i = 0; i < COUNT(cases); i++) {
		buf_clear(&out);
		assert_true(yank_sequence(&out, cases[i].text, strlen(cases[i].text)));
		assert_string_equal(buf_string(&out), cases[i].sequence);
	}
	buf_done(&out);
}

/* xterm takes 100,000 bytes: 3 * 24998 of text are 99,992 of base64, and 8 around them. */
static void
a_text_too_long_for_a_terminal_is_not_sent(void **state)
{
	static char text[3 * 24998 + 1];
	struct buf out;

	(void)state;
	buf_init(&out);
	assert_false(yank_sequence(&out, text, sizeof(text)));
	assert_int_equal(out.length, 0);
	assert_true(yank_sequence(&out, text, sizeof(text) - 1));
	assert_int_equal(out.length, 100000);
	buf_done(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(the_clipboard_is_sent_base64),
			cmocka_unit_test(a_text_too_long_for_a_terminal_is_not_sent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
