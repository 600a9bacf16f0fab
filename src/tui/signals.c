#include "tui/signals.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

/* Output held back, mouse, paste, keypad, attributes, cursor, other screen. */
static const char restore[] = "\033[?2026l\033[?1006l\033[?1002l\033[?1000l\033[?2004l\033[?1l\033>"
			      "\033[0m\033[?1049l\033[?25h\r\n";

static const struct {
	int number;
	unsigned event; /* 0: a crash */
} handled[] = {
		{SIGWINCH, SIGNAL_RESIZE},
		{SIGTSTP, SIGNAL_STOP},
		{SIGCONT, SIGNAL_CONTINUE},
		{SIGTERM, SIGNAL_END},
		{SIGHUP, SIGNAL_END},
		{SIGINT, SIGNAL_END},
		{SIGQUIT, SIGNAL_END},
		{SIGSEGV, 0},
		{SIGABRT, 0},
		{SIGBUS, 0},
		{SIGFPE, 0},
		{SIGILL, 0},
};
enum { HANDLED = sizeof(handled) / sizeof(handled[0]) };

/* A handler has no other way to reach these. */
static volatile sig_atomic_t events, last, guarded;
static int wake_fd, terminal_fd;
static struct termios sane_modes;
static struct sigaction before[HANDLED];
static char other_stack[1 << 16];

static void
note(int number)
{
	int saved = errno;
	char byte = 's';
	ssize_t written;

	for (size_t i = 0; i < HANDLED; i++)
		if (handled[i].number == number) {
			events |= (sig_atomic_t)handled[i].event;
			if (handled[i].event == SIGNAL_END)
				last = number;
		}
	written = write(wake_fd, &byte, 1);
	(void)written; /* a full pipe wakes as well */
	errno = saved;
}

/* Only calls that are safe in a handler: endwin is none. */
static void
put_back(void)
{
	ssize_t written;

	if (!guarded)
		return;
	guarded = 0;
	written = write(terminal_fd, restore, sizeof(restore) - 1);
	(void)written;
	tcsetattr(terminal_fd, TCSANOW, &sane_modes);
}

/* The handler is taken off before it runs, so that this ends the process. */
static void
crash(int number)
{
	put_back();
	raise(number);
}

static void
install_one(size_t i)
{
	struct sigaction action = {.sa_handler = handled[i].event == 0 ? crash : note};

	sigemptyset(&action.sa_mask);
	action.sa_flags = handled[i].event == 0 ? (int)SA_RESETHAND | SA_ONSTACK : SA_RESTART;
	sigaction(handled[i].number, &action, &before[i]);
}

void
signals_install(int wake, int terminal, const struct termios *sane)
{
	static int registered;
	stack_t stack = {.ss_sp = other_stack, .ss_size = sizeof(other_stack)};

	wake_fd = wake;
	terminal_fd = terminal;
	sane_modes = *sane;
	events = 0;
	guarded = 1;
	if (registered++ == 0)
		atexit(put_back);
	sigaltstack(&stack, NULL);
	for (size_t i = 0; i < HANDLED; i++)
		install_one(i);
}

void
signals_remove(void)
{
	guarded = 0;
	for (size_t i = 0; i < HANDLED; i++)
		sigaction(handled[i].number, &before[i], NULL);
}

unsigned
signals_take(void)
{
	sigset_t all, old;
	unsigned taken;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	taken = (unsigned)events;
	events = 0;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return taken;
}

int
signals_last(void)
{
	return (int)last;
}
