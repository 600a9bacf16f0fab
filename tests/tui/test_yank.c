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
		yank_sequence(&out, cases[i].text, strlen(cases[i].text));
		assert_string_equal(buf_string(&out), cases[i].sequence);
	}
	buf_done(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(the_clipboard_is_sent_base64),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
