/* A program on a real pseudo-terminal, seen through a terminal emulator (libvterm). */
#ifndef TESTS_SUPPORT_VTERM_PTY_H
#define TESTS_SUPPORT_VTERM_PTY_H

#include <stdbool.h>
#include <sys/types.h>
#include <termios.h>

#include <vterm.h>

struct vterm_pty {
	pid_t pid;
	int fd;
	VTerm *vt;
	VTermScreen *screen;
	int rows, columns;
	bool alternate, cursor; /* what the program switched on */
	int mouse;              /* VTERM_PROP_MOUSE_.. */
	bool paste;             /* ESC [ ? 2004 h was seen last */
	struct termios before;  /* modes before the program began */
	char tail[16];          /* the last bytes, for sequences split over reads */
	size_t received;        /* bytes that the program wrote */
	int escapes;            /* ESC among them */
	int frames;             /* how often ESC [ ? 2026 l ended one */
	bool high;              /* a byte above 0x7f was among those while `paste` */
	int unknown;            /* sequences and controls that the emulator does not know */
	char unknown_end;       /* what the last of them ended with */
};

/* Starts argv with TERM=term, without it when NULL. False with errno. */
bool vterm_pty_start(
		struct vterm_pty *, char *const argv[], const char *term, int columns, int rows);
void vterm_pty_close(struct vterm_pty *);
void vterm_pty_send(struct vterm_pty *, const char *bytes);
void vterm_pty_send_bytes(struct vterm_pty *, const char *bytes, size_t length);
/* One read, waiting at most `timeout` ms; false when nothing came. */
bool vterm_pty_read(struct vterm_pty *, int timeout);
void vterm_pty_resize(struct vterm_pty *, int columns, int rows);
/* Reads until the screen has the text; false after the deadline (ms) or the end of the program. */
bool vterm_pty_wait(struct vterm_pty *, const char *text, int deadline);
bool vterm_pty_has(struct vterm_pty *, const char *text);
/* The same until `frames` more were drawn than when there were `before`. */
bool vterm_pty_wait_frames(struct vterm_pty *, int before, int frames, int deadline);
/* Where the cursor is, and whether the cell is shown reversed. */
VTermPos vterm_pty_cursor(struct vterm_pty *);
bool vterm_pty_reversed(struct vterm_pty *, int row, int column);
/* Reads until the program ends or stops; its status as of waitpid. -1 after the deadline. */
int vterm_pty_wait_end(struct vterm_pty *, int deadline);
/* The screen's text, rows divided by newlines. */
void vterm_pty_text(struct vterm_pty *, char *dst, size_t size);
/* Are the terminal's modes as before? */
bool vterm_pty_is_sane(struct vterm_pty *);

#endif
