#include "tui/input.h"

#include <string.h>

#include <curses.h>

#include "app/key.h"

enum { PASTE_MAX = 1 << 16 };

static const struct {
	int curses, key;
} codes[] = {
		{KEY_UP, CODE_UP},
		{KEY_DOWN, CODE_DOWN},
		{KEY_LEFT, CODE_LEFT},
		{KEY_RIGHT, CODE_RIGHT},
		{KEY_HOME, CODE_HOME},
		{KEY_FIND, CODE_HOME},
		{KEY_END, CODE_END},
		{KEY_SELECT, CODE_END},
		{KEY_NPAGE, CODE_PAGE_DOWN},
		{KEY_PPAGE, CODE_PAGE_UP},
		{KEY_DC, CODE_DELETE},
		{KEY_BACKSPACE, CODE_BACKSPACE},
		{KEY_BTAB, CODE_SHIFT_TAB},
		{KEY_ENTER, CODE_ENTER},
};

void
input_init(struct input *input)
{
	*input = (struct input){INPUT_PLAIN};
	buf_init(&input->paste);
}

void
input_done(struct input *input)
{
	buf_done(&input->paste);
}

static struct event
key_event(int key)
{
	return (struct event){.kind = key == 0 ? EVENT_NONE : EVENT_KEY, .key = key};
}

static struct event
begin(struct input *input, int state)
{
	input->state = state;
	input->used = 0;
	return (struct event){EVENT_NONE};
}

static struct event
end_paste(struct input *input)
{
	input->state = INPUT_PLAIN;
	return (struct event){.kind = EVENT_PASTE, .paste = buf_string(&input->paste)};
}

/* ---- key codes ---- */

static int
key_of_code(int code)
{
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (codes[i].curses == code)
			return codes[i].key;
	if (code >= KEY_F(1) && code <= KEY_F(12))
		return CODE_F1 + code - KEY_F(1);
	return 0;
}

static struct event
feed_code(struct input *input, int code)
{
	if (input->state == INPUT_PASTING)
		return code == INPUT_PASTE_END ? end_paste(input) : (struct event){EVENT_NONE};
	if (code == INPUT_PASTE) {
		buf_clear(&input->paste);
		return begin(input, INPUT_PASTING);
	}
	if (code == INPUT_MOUSE)
		return begin(input, INPUT_REPORT);
	input->state = INPUT_PLAIN;
	return key_event(key_of_code(code));
}

/* ---- characters ---- */

static struct event
feed_report(struct input *input, int c)
{
	struct event event = {.kind = EVENT_MOUSE};

	if (input->used < (int)sizeof(input->report) - 2)
		input->report[input->used++] = (char)c;
	if ((c >= '0' && c <= '9') || c == ';')
		return (struct event){EVENT_NONE};
	input->report[input->used] = '\0';
	input->state = INPUT_PLAIN;
	return mouse_parse(&event.mouse, input->report) ? event : (struct event){EVENT_NONE};
}

static struct event
feed_after_esc(struct input *input, int c)
{
	if (c == '[')
		return begin(input, INPUT_CSI);
	if (c == 'O')
		return begin(input, INPUT_SS3);
	if (c == CODE_ESC)
		return key_event(CODE_ESC);
	input->state = INPUT_PLAIN;
	return key_event(CODE_META | c);
}

static struct event
feed_plain(struct input *input, int c)
{
	if (c == CODE_ESC)
		return begin(input, INPUT_ESC);
	if (c == '\n')
		return key_event(CODE_ENTER);
	return key_event(c == 127 ? CODE_BACKSPACE : c);
}

static struct event
feed_paste(struct input *input, int c)
{
	char bytes[16];
	size_t length = key_bytes(bytes, c);

	if (input->paste.length + length < PASTE_MAX)
		buf_append(&input->paste, bytes, length);
	return (struct event){EVENT_NONE};
}

struct event
input_feed(struct input *input, bool is_code, wint_t value)
{
	int c = (int)value;

	if (is_code)
		return feed_code(input, c);
	switch (input->state) {
	case INPUT_PASTING:
		return feed_paste(input, c);
	case INPUT_REPORT:
		return feed_report(input, c);
	case INPUT_ESC:
		return feed_after_esc(input, c);
	case INPUT_CSI:
		if (c >= 0x40 && c <= 0x7e)
			input->state = INPUT_PLAIN;
		return (struct event){EVENT_NONE};
	case INPUT_SS3:
		input->state = INPUT_PLAIN;
		return (struct event){EVENT_NONE};
	default:
		return feed_plain(input, c);
	}
}

struct event
input_drained(struct input *input)
{
	if (input->state != INPUT_ESC)
		return (struct event){EVENT_NONE};
	input->state = INPUT_PLAIN;
	return key_event(CODE_ESC);
}

bool
input_is_waiting(const struct input *input)
{
	return input->state != INPUT_PLAIN;
}

struct event
input_expired(struct input *input)
{
	if (input->state == INPUT_PASTING)
		return end_paste(input);
	input->state = INPUT_PLAIN;
	return (struct event){EVENT_NONE};
}
