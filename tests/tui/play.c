/* Plays at random on the real screen, and looks after every game whether it ended as it should.
 *
 *     play PROGRAM [FILE...]
 *
 * A game: PROGRAM is started on a pseudo-terminal with one of the sets of files, in a scratch folder
 * that is its home too, and is given keys, mouse reports, pastes, `:` lines, noise, new sizes, stops
 * and continuations, then is asked to leave or hit by a signal. It must end by a status that is
 * known, leave the terminal as it was, no process, no report of a sanitizer, and its inputs alone.
 *
 * SEED (0) is the first game's, the next has the next; PLAY_SECONDS (60) say when to begin no more;
 * PLAY_GAMES say how many at most. The FILES given are one more set. As root it becomes nobody first.
 * Speaks TAP, one test for each set of files. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "support/vterm_pty.h"
#include "tui/play_place.h"
#include "tui/play_type.h"

enum {
	END_MS = 60000, /* a program under a sanitizer, on a busy machine */
	LATE_S = 5,
	ACTIONS = 400,
	LOG_SIZE = 1 << 16,
	BAD = 3,     /* status of a game that went wrong */
	REPLAYS = 3, /* of such a game */
	SHOWN = 1000 /* bytes of what was done last */
};

/* ---- a game ---- */

struct game {
	uint64_t seed, random;
	struct vterm_pty pty;
	const char *term, *locale;
	int status; /* as of waitpid, once ended */
	bool ended, closed, killed;
	bool stopped; /* once: what was typed before it was noticed is the terminal's to answer */
	/* Ctrl-C, Ctrl-\ or Ctrl-Z was typed since the last stop. Where it comes in the terminal's
	 * own modes, the kernel throws away what was written and not yet read (termios(3), NOFLSH). */
	bool flushed;
	char log[LOG_SIZE];
	char complaint[512];
};

static void
note(struct game *game, const char *format, ...)
{
	size_t used = strlen(game->log);
	va_list args;

	if (used > LOG_SIZE - 1024) {
		memmove(game->log, game->log + LOG_SIZE / 2, used - LOG_SIZE / 2 + 1);
		used = strlen(game->log);
	}
	va_start(args, format);
	vsnprintf(game->log + used, LOG_SIZE - used, format, args);
	va_end(args);
}

static void
complain(struct game *game, const char *format, ...)
{
	va_list args;

	if (game->complaint[0] != '\0')
		return;
	va_start(args, format);
	vsnprintf(game->complaint, sizeof(game->complaint), format, args);
	va_end(args);
}

static void
note_bytes(struct game *game, const char *bytes)
{
	note(game, " '");
	for (const char *s = bytes; *s != '\0'; s++)
		note(game, *s >= ' ' && *s < 127 && *s != '\'' ? "%c" : "\\%03o",
				(unsigned char)*s);
	note(game, "'");
}

static bool
is_restored(struct vterm_pty *pty)
{
	return !pty->alternate && pty->cursor && pty->mouse == VTERM_PROP_MOUSE_NONE &&
	       !pty->paste && vterm_pty_is_sane(pty);
}

/* What it wrote last may be on its way through a busy kernel for a while. */
static void
check_restored(struct game *game, const char *when)
{
	struct vterm_pty *pty = &game->pty;

	for (time_t end = time(NULL) + LATE_S; !is_restored(pty) && time(NULL) < end;)
		vterm_pty_read(pty, 100);
	if (!is_restored(pty) && !(game->flushed && vterm_pty_is_sane(pty)))
		complain(game, "%s:%s%s%s%s%s", when, pty->alternate ? " other screen" : "",
				pty->cursor ? "" : " no cursor",
				pty->mouse == VTERM_PROP_MOUSE_NONE ? "" : " mouse",
				pty->paste ? " paste" : "", vterm_pty_is_sane(pty) ? "" : " modes");
}

static void
resize(struct game *game)
{
	if (game->ended)
		return;
	for (unsigned left = below(&game->random, 5) == 0 ? 20 : 1; left > 0; left--) {
		int width = 20 + (int)below(&game->random, 381),
		    height = 5 + (int)below(&game->random, 116);

		if (below(&game->random, 3) > 0)
			width = 40 + width % 120, height = 10 + height % 40;
		note(game, " %dx%d", width, height);
		vterm_pty_resize(&game->pty, width, height);
	}
}

/* What is typed before it reads is answered by the terminal itself: shown, or made a signal. */
static void
await_screen(struct game *game)
{
	struct vterm_pty *pty = &game->pty;

	int status;

	for (time_t end = time(NULL) + END_MS / 1000; time(NULL) < end && !pty->paste;) {
		if (vterm_pty_read(pty, 10) ||
				waitpid(pty->pid, &status, WNOHANG | WUNTRACED) != pty->pid)
			continue;
		if (WIFSTOPPED(status)) { /* it had been told so twice */
			game->stopped = true;
			kill(pty->pid, SIGCONT);
			continue;
		}
		pty->pid = 0;
		game->status = status;
		game->ended = true;
		return;
	}
	if (!pty->paste)
		complain(game, "it did not show the screen");
}

static void
go_on(struct game *game)
{
	game->stopped = true;
	check_restored(game, "stopped");
	if (below(&game->random, 2) == 0)
		resize(game);
	game->flushed = false;
	kill(game->pty.pid, SIGCONT);
	await_screen(game);
}

/* Reads what comes, and sees whether the program ended or stopped, of which it is then woken. */
static void
watch(struct game *game, int ms)
{
	struct vterm_pty *pty = &game->pty;
	int status;

	while (vterm_pty_read(pty, ms))
		ms = 0;
	if (pty->pid <= 0 || waitpid(pty->pid, &status, WNOHANG | WUNTRACED) != pty->pid)
		return;
	while (vterm_pty_read(pty, 50))
		;
	if (WIFSTOPPED(status)) {
		go_on(game);
		return;
	}
	pty->pid = 0;
	game->status = status;
	game->ended = true;
}

/* By a signal from elsewhere: it must stop, whatever it does. */
static void
stop(struct game *game)
{
	struct vterm_pty *pty = &game->pty;
	int status;

	watch(game, 0);
	if (game->ended)
		return;
	note(game, " stop");
	kill(pty->pid, SIGTSTP);
	status = vterm_pty_wait_end(pty, END_MS);
	if (status == -1) {
		complain(game, "it did not stop");
	} else if (!WIFSTOPPED(status)) {
		game->status = status;
		game->ended = true;
	} else {
		go_on(game);
	}
}

static void
act(struct game *game)
{
	char bytes[1024] = "";

	switch (below(&game->random, 40)) {
	case 0:
	case 1:
		resize(game);
		break;
	case 2:
		stop(game);
		break;
	default:
		type_anything(&game->random, bytes, sizeof(bytes));
		note_bytes(game, bytes);
		game->flushed |= strpbrk(bytes, "\003\034\032") != NULL;
		vterm_pty_send(&game->pty, bytes);
	}
	watch(game, below(&game->random, 6) == 0 ? (int)below(&game->random, 60) : 0);
	if (game->pty.unknown > 0)
		complain(game, "it wrote what terminals do not know, ending with %#x",
				(unsigned char)game->pty.unknown_end);
	if (game->pty.high && strcmp(game->locale, "C") == 0)
		complain(game, "it wrote bytes above 0x7f, LC_ALL=C");
}

/* ---- how it ends ---- */

static void
wait_for_end(struct game *game, const char *asked)
{
	struct timespec now, begun;

	clock_gettime(CLOCK_MONOTONIC, &begun);
	do {
		watch(game, 20);
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (!game->ended && (now.tv_sec - begun.tv_sec) * 1000 < END_MS);
	if (game->ended)
		return;
	complain(game, "it did not end after %s", asked);
	kill(game->pty.pid, SIGABRT); /* for a trace */
	game->killed = true;
	game->status = vterm_pty_wait_end(&game->pty, END_MS);
}

/* Ctrl-C and Ctrl-\ end what is stopped, or has given the terminal back already; nothing else may. */
static bool
is_interrupted(const struct game *game)
{
	int status = WIFEXITED(game->status) ? WEXITSTATUS(game->status) : 0;

	return (game->stopped && (status == 128 + SIGINT || status == 128 + SIGQUIT)) ||
	       game->status == SIGINT || game->status == SIGQUIT;
}

/* Out of a paste, a prompt and a question, wherever it is. A sequence that is not finished is given
 * up after half a second, before which it would swallow what follows. */
static void
leave_by_keys(struct game *game)
{
	vterm_pty_send(&game->pty, "\033[201~");
	for (int i = 0; i < 40 && !game->ended; i++)
		watch(game, 20);
	vterm_pty_send(&game->pty, "\003\003\003:q!\r");
	wait_for_end(game, ":q!");
	if (game->ended && game->status != 0 && !is_interrupted(game))
		complain(game, "status %#x after :q!", game->status);
}

static void
leave_by_signal(struct game *game, int number)
{
	kill(game->pty.pid, number);
	wait_for_end(game, "a signal");
	/* It may have been leaving by a key already, where nothing is left to handle. */
	if (game->ended && game->status != 0 && game->status != number &&
			game->status != (128 + number) << 8 && !is_interrupted(game))
		complain(game, "status %#x after signal %d", game->status, number);
}

/* Stopped just then, it learns of it when it is continued. */
static void
leave_by_closing(struct game *game)
{
	game->closed = true;
	close(game->pty.fd);
	game->pty.fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	do {
		kill(game->pty.pid, SIGCONT);
		game->status = vterm_pty_wait_end(&game->pty, END_MS);
	} while (game->status != -1 && WIFSTOPPED(game->status));
	if (game->status == -1)
		complain(game, "it lived on without a terminal");
	else if (game->status != 0 && game->status != SIGHUP && game->status != (128 + SIGHUP) << 8)
		complain(game, "status %#x without a terminal", game->status);
	game->ended = game->status != -1;
}

static void
leave(struct game *game)
{
	unsigned way = below(&game->random, 8);

	note(game, " way %u", way);
	if (game->ended) {
		if (game->status != 0 && !is_interrupted(game))
			complain(game, "it ended by itself, status %#x", game->status);
		return;
	}
	if (way < 4) {
		leave_by_keys(game);
	} else if (way < 6) {
		leave_by_signal(game, way == 4 ? SIGTERM : SIGHUP);
	} else if (way == 6) {
		leave_by_closing(game);
	} else {
		kill(game->pty.pid, SIGKILL);
		game->killed = true;
		wait_for_end(game, "SIGKILL");
	}
}

/* ---- what must hold after it ---- */

static void
check_inputs(struct game *game, const struct files *files)
{
	for (int i = 0; i < files->count; i++)
		if (hash_of(files->path[i]) != files->hash[i])
			complain(game, "%s is not as it was", files->path[i]);
}

/* Processes of the session that the program began: workers that outlived it. */
static int
left_behind(pid_t session)
{
	DIR *folder = opendir("/proc");
	int count = 0;

	for (struct dirent *entry; folder != NULL && (entry = readdir(folder)) != NULL;)
		if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9')
			count += getsid((pid_t)atol(entry->d_name)) == session;
	if (folder != NULL)
		closedir(folder);
	return count;
}

static void
check_processes(struct game *game, pid_t session)
{
	struct timespec pause = {0, 10000000};

	for (int tries = 0; left_behind(session) > 0; tries++) {
		if (tries == 1000) {
			complain(game, "%d processes are left", left_behind(session));
			return;
		}
		nanosleep(&pause, NULL);
	}
}

/* Shown whole, and taken away. */
static void
check_reports(struct game *game)
{
	DIR *folder = opendir(reports);

	for (struct dirent *entry; folder != NULL && (entry = readdir(folder)) != NULL;) {
		char path[sizeof(reports) + sizeof(entry->d_name)], line[512];
		FILE *file;

		snprintf(path, sizeof(path), "%s/%s", reports, entry->d_name);
		file = entry->d_name[0] == '.' ? NULL : fopen(path, "r");
		if (file == NULL)
			continue;
		complain(game, "a sanitizer reports");
		while (fgets(line, sizeof(line), file) != NULL)
			printf("# %s", line);
		fclose(file);
		remove(path);
	}
	if (folder != NULL)
		closedir(folder);
}

/* ---- games ---- */

static bool
begin(struct game *game, const struct files *files)
{
	static const char *const terms[] = {"xterm-256color", "xterm-256color", "xterm-256color",
			"xterm", "vt100", "linux", "screen-256color", "tmux-256color",
			"xterm-unheard-of"};
	static char options[][16] = {"--no-config", "--ascii", "--no-mouse", "--color=16",
			"--color=never", "--jobs=1"};
	static const char *const inputrcs[] = {"/dev/null", "../inputrc"};
	char *argv[FILES_MAX + 4] = {program, PICK(&game->random, options)};

	for (int i = 0; i < files->count; i++)
		argv[2 + i] = files->path[i];
	game->term = PICK(&game->random, terms);
	game->locale = below(&game->random, 4) == 0 ? "C" : "C.UTF-8";
	setenv("LC_ALL", game->locale, 1);
	setenv("INPUTRC", PICK(&game->random, inputrcs), 1);
	note(game, "TERM=%s LC_ALL=%s INPUTRC=%s %s:", game->term, game->locale, getenv("INPUTRC"),
			argv[1]);
	return vterm_pty_start(&game->pty, argv, game->term, 80, 24);
}

/* What it showed last: why it died may stand there. */
static void
print_screen(struct game *game)
{
	static char text[1 << 17];

	vterm_pty_text(&game->pty, text, sizeof(text));
	for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n"))
		printf("# | %s\n", line);
}

/* True when all was as it should be. */
static bool
play(const struct files *files, uint64_t seed)
{
	static struct game game;
	unsigned actions;
	pid_t session;

	game = (struct game){.seed = seed, .random = seed};
	draw(&game.random);
	if (!begin(&game, files)) {
		complain(&game, "no pseudo-terminal: %s", strerror(errno));
	} else {
		session = game.pty.pid;
		await_screen(&game);
		if (below(&game.random, 2) == 0)
			watch(&game, 2000);
		actions = 10 + below(&game.random, ACTIONS);
		for (unsigned i = 0; i < actions && !game.ended && !game.complaint[0]; i++)
			act(&game);
		leave(&game);
		if (!game.closed && !game.killed)
			check_restored(&game, "ended");
		if (game.complaint[0] != '\0')
			print_screen(&game);
		vterm_pty_close(&game.pty);
		check_processes(&game, session);
	}
	check_inputs(&game, files);
	check_reports(&game);
	if (game.complaint[0] != '\0')
		printf("# SEED=%llu PLAY_GAMES=1 (%s): %s\n# %.*s\n# ... %s\n",
				(unsigned long long)seed, files->name, game.complaint, SHOWN,
				game.log,
				strlen(game.log) > SHOWN ? game.log + strlen(game.log) - SHOWN
							 : "");
	return game.complaint[0] == '\0';
}

/* In a process of its own: emulators have defects too, and one that dies says nothing about the
 * program. 0, BAD, or -1: it died. */
static int
play_apart(const struct files *files, uint64_t seed)
{
	pid_t pid;
	int status;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		bool good = play(files, seed);

		fflush(stdout);
		_exit(good ? 0 : BAD);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status) ||
			(WEXITSTATUS(status) != 0 && WEXITSTATUS(status) != BAD)) {
		printf("# SEED=%llu PLAY_GAMES=1 (%s): the emulator died\n",
				(unsigned long long)seed, files->name);
		return -1;
	}
	return WEXITSTATUS(status);
}

/* What went wrong and does not again is told, and is no failure: signals, the terminal's own answers
 * and a busy machine can meet in ways that no game is to be judged by. */
static void
judge(struct files *files, uint64_t seed)
{
	int result = play_apart(files, seed);
	bool again = false;

	for (int i = 0; i < REPLAYS && result == BAD && !again; i++)
		again = play_apart(files, seed) == BAD;
	files->games += result == 0 || again;
	files->failures += again;
	files->unjudged += result != 0 && !again;
}

static long
number_of(const char *name, long otherwise)
{
	return getenv(name) == NULL ? otherwise : strtol(getenv(name), NULL, 10);
}

static int
report(void)
{
	int bad = 0;

	printf("1..%d\n", SETS);
	for (int i = 0; i < SETS; i++) {
		if (sets[i].count == 0) {
			printf("# no files\nok %d - %s # SKIP\n", i + 1, sets[i].name);
			continue;
		}
		bad += sets[i].failures > 0;
		printf("%sok %d - %s: %d of %d games ended as they should, %d not judged\n",
				sets[i].failures > 0 ? "not " : "", i + 1, sets[i].name,
				sets[i].games - sets[i].failures, sets[i].games, sets[i].unjudged);
	}
	return bad > 0;
}

int
main(int argc, char **argv)
{
	time_t end = time(NULL) + number_of("PLAY_SECONDS", 60);
	long seed = number_of("SEED", 0), games = number_of("PLAY_GAMES", INT32_MAX);

	if (argc < 2)
		return 2;
	signal(SIGPIPE, SIG_IGN);
	place_make(argv[1], argc - 2, argv + 2);
	for (; games > 0 && time(NULL) < end; games--, seed++)
		if (sets[seed % SETS].count > 0)
			judge(&sets[seed % SETS], (uint64_t)seed);
	return report();
}
