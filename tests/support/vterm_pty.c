#include "support/vterm_pty.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { WRITE_MS = 5000, WRITE_MOST = 256 };

static int
set_property(VTermProp property, VTermValue *value, void *user)
{
	struct vterm_pty *pty = user;

	if (property == VTERM_PROP_ALTSCREEN)
		pty->alternate = value->boolean;
	if (property == VTERM_PROP_CURSORVISIBLE)
		pty->cursor = value->boolean;
	if (property == VTERM_PROP_MOUSE)
		pty->mouse = value->number;
	return 1;
}

static const VTermScreenCallbacks callbacks = {.settermprop = set_property};

/* ---- what the emulator does not know ---- */

static int
unknown_control(unsigned char control, void *user)
{
	struct vterm_pty *pty = user;

	pty->unknown++;
	pty->unknown_end = (char)control;
	return 1;
}

/* xterm's description saves the window's title with t, the console's shapes the cursor with c: others
 * ignore them. */
static int
unknown_csi(const char *leader, const long args[], int count, const char *middle, char command,
		void *user)
{
	(void)args;
	(void)count;
	(void)middle;
	return command == 't' || (command == 'c' && leader != NULL && leader[0] == '?') ||
	       unknown_control((unsigned char)command, user);
}

static const VTermParserCallbacks unknown_callbacks = {
		.control = unknown_control,
		.csi = unknown_csi,
};

/* ---- start and end ---- */

static void
be_child(const char *slave, char *const argv[], const char *term)
{
	int fd;

	setsid();
	fd = open(slave, O_RDWR);
	ioctl(fd, TIOCSCTTY, 0);
	for (int i = 0; i < 3; i++)
		dup2(fd, i);
	if (fd > 2)
		close(fd);
	if (term != NULL)
		setenv("TERM", term, 1);
	else
		unsetenv("TERM");
	unsetenv("NO_COLOR");
	execv(argv[0], argv);
	_exit(127);
}

static void
make_emulator(struct vterm_pty *pty)
{
	pty->vt = vterm_new(pty->rows, pty->columns);
	vterm_set_utf8(pty->vt, 1);
	pty->screen = vterm_obtain_screen(pty->vt);
	vterm_screen_set_callbacks(pty->screen, &callbacks, pty);
	vterm_screen_set_unrecognised_fallbacks(pty->screen, &unknown_callbacks, pty);
	vterm_screen_enable_altscreen(pty->screen, 1);
	vterm_screen_reset(pty->screen, 1);
}

bool
vterm_pty_start(struct vterm_pty *pty, char *const argv[], const char *term, int columns, int rows)
{
	struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns};
	const char *slave;

	*pty = (struct vterm_pty){.rows = rows, .columns = columns, .cursor = true};
	pty->fd = posix_openpt(O_RDWR | O_NOCTTY);
	if (pty->fd < 0 || grantpt(pty->fd) != 0 || unlockpt(pty->fd) != 0)
		return false;
	fcntl(pty->fd, F_SETFD, FD_CLOEXEC); /* else the program itself keeps the terminal alive */
	slave = ptsname(pty->fd);
	if (slave == NULL || ioctl(pty->fd, TIOCSWINSZ, &size) != 0 ||
			tcgetattr(pty->fd, &pty->before) != 0)
		return false;
	make_emulator(pty);
	pty->pid = fork();
	if (pty->pid == 0)
		be_child(slave, argv, term);
	return pty->pid > 0;
}

void
vterm_pty_close(struct vterm_pty *pty)
{
	if (pty->pid > 0) {
		kill(pty->pid, SIGKILL);
		waitpid(pty->pid, NULL, 0);
	}
	close(pty->fd);
	vterm_free(pty->vt);
}

static long long
now_ms(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (long long)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/* libvterm does not tell of bracketed paste. */
static void
look_at(struct vterm_pty *pty, const char *bytes, size_t length)
{
	pty->received += length;
	for (size_t i = 0; i < length; i++) {
		pty->escapes += bytes[i] == '\033';
		pty->high |= pty->paste && (unsigned char)bytes[i] > 0x7f;
		memmove(pty->tail, pty->tail + 1, sizeof(pty->tail) - 1);
		pty->tail[sizeof(pty->tail) - 1] = bytes[i];
		if (memcmp(pty->tail + sizeof(pty->tail) - 8, "\033[?2004h", 8) == 0)
			pty->paste = true;
		if (memcmp(pty->tail + sizeof(pty->tail) - 8, "\033[?2004l", 8) == 0)
			pty->paste = false;
		if (memcmp(pty->tail + sizeof(pty->tail) - 8, "\033[?2026l", 8) == 0)
			pty->frames++;
	}
}

bool
vterm_pty_read(struct vterm_pty *pty, int timeout)
{
	struct pollfd fd = {pty->fd, POLLIN, 0};
	char bytes[65536];
	ssize_t n;

	if (poll(&fd, 1, timeout) <= 0 || !(fd.revents & POLLIN))
		return false;
	n = read(pty->fd, bytes, sizeof(bytes));
	if (n <= 0)
		return false;
	look_at(pty, bytes, (size_t)n);
	vterm_input_write(pty->vt, bytes, (size_t)n);
	return true;
}

/* A program that draws while it is typed at must not wait for us, nor we for it: what it wrote is
 * read while there is no room for more. */
void
vterm_pty_send_bytes(struct vterm_pty *pty, const char *bytes, size_t left)
{
	while (left > 0) {
		struct pollfd fd = {pty->fd, POLLIN | POLLOUT, 0};
		ssize_t n;

		if (poll(&fd, 1, WRITE_MS) <= 0 || (fd.revents & (POLLHUP | POLLERR)))
			return;
		if (fd.revents & POLLIN)
			vterm_pty_read(pty, 0);
		if (!(fd.revents & POLLOUT))
			continue;
		n = write(pty->fd, bytes, left > WRITE_MOST ? WRITE_MOST : left);
		if (n < 0 && errno != EINTR)
			return;
		if (n > 0) {
			bytes += n;
			left -= (size_t)n;
		}
	}
}

void
vterm_pty_send(struct vterm_pty *pty, const char *bytes)
{
	vterm_pty_send_bytes(pty, bytes, strlen(bytes));
}

void
vterm_pty_resize(struct vterm_pty *pty, int columns, int rows)
{
	struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns};

	pty->rows = rows;
	pty->columns = columns;
	vterm_set_size(pty->vt, rows, columns);
	ioctl(pty->fd, TIOCSWINSZ, &size);
}

void
vterm_pty_text(struct vterm_pty *pty, char *dst, size_t size)
{
	size_t used = 0;

	for (int row = 0; row < pty->rows && used + 1 < size; row++) {
		VTermRect rect = {row, row + 1, 0, pty->columns};

		used += vterm_screen_get_text(pty->screen, dst + used, size - used - 1, rect);
		dst[used++] = '\n';
	}
	dst[used] = '\0';
}

bool
vterm_pty_has(struct vterm_pty *pty, const char *text)
{
	static char screen[1 << 17];

	vterm_pty_text(pty, screen, sizeof(screen));
	return strstr(screen, text) != NULL;
}

bool
vterm_pty_wait(struct vterm_pty *pty, const char *text, int deadline)
{
	long long end = now_ms() + deadline;

	while (!vterm_pty_has(pty, text)) {
		long long left = end - now_ms();

		if (left <= 0)
			return false;
		if (!vterm_pty_read(pty, (int)left) && now_ms() < end &&
				waitpid(pty->pid, NULL, WNOHANG) == pty->pid) {
			pty->pid = 0;
			return vterm_pty_has(pty, text);
		}
	}
	return true;
}

bool
vterm_pty_wait_frames(struct vterm_pty *pty, int before, int frames, int deadline)
{
	long long end = now_ms() + deadline;

	while (pty->frames < before + frames && now_ms() < end)
		vterm_pty_read(pty, (int)(end - now_ms()));
	return pty->frames >= before + frames;
}

VTermPos
vterm_pty_cursor(struct vterm_pty *pty)
{
	VTermPos position;

	vterm_state_get_cursorpos(vterm_obtain_state(pty->vt), &position);
	return position;
}

bool
vterm_pty_reversed(struct vterm_pty *pty, int row, int column)
{
	VTermPos position = {row, column};
	VTermScreenCell cell;

	return vterm_screen_get_cell(pty->screen, position, &cell) && cell.attrs.reverse;
}

int
vterm_pty_wait_end(struct vterm_pty *pty, int deadline)
{
	long long end = now_ms() + deadline;
	int status;

	while (now_ms() < end) {
		pid_t pid = waitpid(pty->pid, &status, WNOHANG | WUNTRACED);

		if (pid != pty->pid) {
			vterm_pty_read(pty, 10);
			continue;
		}
		/* What it wrote last may still be on its way through the kernel. */
		while (vterm_pty_read(pty, 100))
			;
		if (!WIFSTOPPED(status))
			pty->pid = 0;
		return status;
	}
	return -1;
}

bool
vterm_pty_is_sane(struct vterm_pty *pty)
{
	struct termios now;

	if (tcgetattr(pty->fd, &now) != 0)
		return false;
	return now.c_iflag == pty->before.c_iflag && now.c_oflag == pty->before.c_oflag &&
	       now.c_lflag == pty->before.c_lflag && now.c_cflag == pty->before.c_cflag &&
	       memcmp(now.c_cc, pty->before.c_cc, sizeof(now.c_cc)) == 0;
}
