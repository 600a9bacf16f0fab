/* What ncurses reads, as keys, mouse and pasted text. Sequences that nobody knows are swallowed
 * whole, so that their tails never run as commands. */
#ifndef TUI_INPUT_H
#define TUI_INPUT_H

#include <stdbool.h>
#include <wchar.h>

#include "base/buf.h"
#include "tui/mouse.h"

enum event_kind { EVENT_NONE, EVENT_KEY, EVENT_MOUSE, EVENT_PASTE };

struct event {
	enum event_kind kind;
	int key;
	struct mouse mouse;
	const char *paste; /* lent until the next call */
};

/* Key codes that terminal.c gives to the beginnings of reports. */
enum { INPUT_MOUSE = 0x7001, INPUT_PASTE, INPUT_PASTE_END };

struct input {
	enum { INPUT_PLAIN, INPUT_ESC, INPUT_CSI, INPUT_SS3, INPUT_REPORT, INPUT_PASTING } state;
	char report[32];
	int used;
	struct buf paste;
};

void input_init(struct input *);
void input_done(struct input *);
/* One result of get_wch; is_code: it is a key code of curses. */
struct event input_feed(struct input *, bool is_code, wint_t value);
/* Nothing more can be read now: a lone ESC was a key. */
struct event input_drained(struct input *);
/* Is something begun that more bytes should end? Then input_expired is due after a while. */
bool input_is_waiting(const struct input *);
struct event input_expired(struct input *);

#endif
