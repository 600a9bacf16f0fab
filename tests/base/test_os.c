#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/os.h"

/* A folder of this test's own. */
struct place {
	char path[64];
	int fd;
};

static int
make_place(void **state)
{
	static struct place place;
	snprintf(place.path, sizeof place.path, "/tmp/ladle-test-os-XXXXXX");
	assert_non_null(mkdtemp(place.path));
	place.fd = open(place.path, O_RDONLY | O_DIRECTORY);
	assert_true(place.fd >= 0);
	*state = &place;
	return 0;
}

static int
remove_place(void **state)
{
	struct place *place = *state;
	static const char *const NAMES[] = {"target", "other"};
	for (size_t i = 0; i < 2; i++)
		unlinkat(place->fd, NAMES[i], 0);
	close(place->fd);
	/* fails, and so does the test, when a temporary was left behind */
	assert_int_equal(rmdir(place->path), 0);
	return 0;
}

static void
write_text(int fd, const char *text)
{
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

static void
assert_holds(const struct place *place, const char *name, const char *text)
{
	char found[64] = "";
	int fd = openat(place->fd, name, O_RDONLY);
	assert_true(fd >= 0);
	assert_true(read(fd, found, sizeof found - 1) >= 0);
	close(fd);
	assert_string_equal(found, text);
}

static int
temporary(const struct place *place, char name[64], const char *text)
{
	int fd = os_temporary_in(place->fd, name, 64);
	assert_true(fd >= 0);
	write_text(fd, text);
	return fd;
}

/* The way of systems without O_TMPFILE: a hidden name. */
static int
named_temporary(const struct place *place, char name[64], const char *text)
{
	snprintf(name, 64, ".ladle-named.tmp");
	int fd = openat(place->fd, name, O_RDWR | O_CREAT | O_EXCL, 0600);
	assert_true(fd >= 0);
	write_text(fd, text);
	return fd;
}

static void
anonymous_file_has_its_size_and_no_name(void **state)
{
	(void)state;
	struct stat st;
	int fd = os_anonymous_file("test", 12345);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_size, 12345);
	assert_int_equal(st.st_nlink, 0);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(pwrite(fd, "x", 1, 12344), 1);
	close(fd);
}

#ifdef __linux__
static void
anonymous_file_cannot_be_shrunk(void **state)
{
	(void)state;
	int fd = os_anonymous_file("test", 4096);
	assert_int_equal(ftruncate(fd, 100), -1);
	assert_int_equal(ftruncate(fd, 8192), -1);
	close(fd);
}
#endif

static void
scratch_file_is_empty_and_grows(void **state)
{
	(void)state;
	struct stat st;
	int fd = os_scratch_file();
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_size, 0);
	assert_int_equal(st.st_nlink, 0);
	assert_int_equal(pwrite(fd, "x", 1, 1 << 20), 1);
	close(fd);
}

static void
publish_gives_a_new_name(void **state)
{
	const struct place *place = *state;
	char name[64];
	int fd = temporary(place, name, "new");
	assert_int_equal(os_publish(fd, place->fd, name, "target", false), 0);
	close(fd);
	assert_holds(place, "target", "new");
}

static void
publish_refuses_an_existing_name(void **state)
{
	const struct place *place = *state;
	char name[64];
	int fd = temporary(place, name, "old");
	assert_int_equal(os_publish(fd, place->fd, name, "target", false), 0);
	close(fd);
	fd = temporary(place, name, "new");
	assert_int_equal(os_publish(fd, place->fd, name, "target", false), -1);
	assert_int_equal(errno, EEXIST);
	if (*name)
		unlinkat(place->fd, name, 0);
	close(fd);
	assert_holds(place, "target", "old");
}

static void
publish_replaces_when_told(void **state)
{
	const struct place *place = *state;
	char name[64];
	int fd = temporary(place, name, "old");
	assert_int_equal(os_publish(fd, place->fd, name, "target", false), 0);
	close(fd);
	fd = temporary(place, name, "new");
	assert_int_equal(os_publish(fd, place->fd, name, "target", true), 0);
	close(fd);
	assert_holds(place, "target", "new");
}

static void
named_temporaries_follow_the_same_rules(void **state)
{
	const struct place *place = *state;
	char name[64];
	int fd = named_temporary(place, name, "old");
	assert_int_equal(os_publish(fd, place->fd, name, "target", false), 0);
	close(fd);
	fd = named_temporary(place, name, "new");
	assert_int_equal(os_publish(fd, place->fd, name, "target", false), -1);
	assert_int_equal(errno, EEXIST);
	assert_holds(place, "target", "old");
	assert_int_equal(os_publish(fd, place->fd, name, "target", true), 0);
	close(fd);
	assert_holds(place, "target", "new");
}

static void
a_failed_replacement_leaves_nothing(void **state)
{
	const struct place *place = *state;
	char name[64];
	assert_int_equal(mkdirat(place->fd, "folder", 0700), 0);
	int fd = temporary(place, name, "new");
	assert_int_equal(os_publish(fd, place->fd, name, "folder", true), -1);
	assert_int_equal(errno, EISDIR);
	if (*name)
		unlinkat(place->fd, name, 0);
	close(fd);
	assert_int_equal(unlinkat(place->fd, "folder", AT_REMOVEDIR), 0);
}

static void
temporary_in_a_missing_folder_fails(void **state)
{
	(void)state;
	char name[64];
	assert_int_equal(os_temporary_in(-1, name, sizeof name), -1);
	assert_int_equal(errno, EBADF);
}

static void
reserve_makes_the_file_long_enough(void **state)
{
	const struct place *place = *state;
	struct stat st;
	char name[64];
	int fd = temporary(place, name, "");
	assert_int_equal(os_reserve(fd, 1 << 20), 0);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_size, 1 << 20);
	assert_int_equal(os_reserve(fd, 0), 0);
	assert_int_equal(os_reserve(fd, UINT64_MAX), EFBIG);
	close(fd);
	if (*name)
		unlinkat(place->fd, name, 0);
}

static void
sockets_are_connected_and_closed_on_exec(void **state)
{
	(void)state;
	int pair[2];
	char c = 0;
	assert_int_equal(os_socketpair(pair), 0);
	assert_true(fcntl(pair[0], F_GETFD) & FD_CLOEXEC);
	assert_true(fcntl(pair[1], F_GETFD) & FD_CLOEXEC);
	assert_int_equal(send(pair[0], "x", 1, 0), 1);
	assert_int_equal(recv(pair[1], &c, 1, 0), 1);
	assert_int_equal(c, 'x');
	close(pair[0]);
	close(pair[1]);
}

/* Runs check() in a child that gave up everything; it returns true where the law holds. */
static int
confined(const struct os_limits *limits, bool (*check)(const struct ladle_sandbox *))
{
	int status;
	pid_t pid = fork();
	if (pid == 0) {
		struct ladle_sandbox sandbox;
		os_confine(limits, &sandbox);
		_exit(check(&sandbox) ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int shared_file;

static bool
opens_nothing(const struct ladle_sandbox *sandbox)
{
	return sandbox->rlimits && open("/etc/passwd", O_RDONLY) < 0 && open("/", O_RDONLY) < 0 &&
	       socket(AF_UNIX, SOCK_STREAM, 0) < 0 && dup(0) < 0;
}

static bool
starts_nothing(const struct ladle_sandbox *sandbox)
{
	char *const none[] = {NULL};
	if (!sandbox->seccomp)
		return true; /* then root may fork whatever the rlimits say */
	return fork() < 0 && execve("/bin/true", none, none) < 0 && errno == EPERM &&
	       kill(getppid(), 0) < 0;
}

static bool
makes_no_code(const struct ladle_sandbox *sandbox)
{
	if (!sandbox->seccomp)
		return true;
	int all = PROT_READ | PROT_WRITE | PROT_EXEC;
	void *code = mmap(NULL, 4096, all, MAP_PRIVATE, shared_file, 0);
	void *data = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, shared_file, 0);
	return code == MAP_FAILED && data != MAP_FAILED &&
	       mprotect(data, 4096, PROT_READ | PROT_EXEC) < 0;
}

static bool
allocates_within_the_limit(const struct ladle_sandbox *sandbox)
{
	(void)sandbox;
	void *small = malloc(16 << 20), *large = malloc((size_t)256 << 20);
	return small && !large;
}

static void
confined_process_opens_nothing(void **state)
{
	(void)state;
	assert_int_equal(confined(&(struct os_limits){0}, opens_nothing), 0);
}

static void
confined_process_starts_nothing(void **state)
{
	(void)state;
	assert_int_equal(confined(&(struct os_limits){0}, starts_nothing), 0);
}

static void
confined_process_makes_no_code(void **state)
{
	(void)state;
	shared_file = os_anonymous_file("test", 4096);
	assert_int_equal(confined(&(struct os_limits){0}, makes_no_code), 0);
	close(shared_file);
}

static void
confined_process_keeps_its_memory_limit(void **state)
{
	(void)state;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
	skip(); /* sanitizers reserve terabytes */
#endif
	struct os_limits limits = {.address_space = 64 << 20};
	assert_int_equal(confined(&limits, allocates_within_the_limit), 0);
}

static bool
writes_as_much_as_allowed(const struct ladle_sandbox *sandbox)
{
	(void)sandbox;
	char bytes[4096] = {0};
	return pwrite(shared_file, bytes, sizeof bytes, 0) == sizeof bytes &&
	       pwrite(shared_file, bytes, sizeof bytes, 4096) < 0 && errno == EFBIG;
}

static void
confined_process_keeps_its_file_limit(void **state)
{
	(void)state;
	shared_file = os_scratch_file();
	struct os_limits limits = {.file_size = 4096};
	assert_int_equal(confined(&limits, writes_as_much_as_allowed), 0);
	close(shared_file);
}

static bool
dies_of_abort(const struct ladle_sandbox *sandbox)
{
	(void)sandbox;
	abort();
}

static void
abort_of_a_confined_process_is_sigabrt(void **state)
{
	(void)state;
	assert_int_equal(confined(&(struct os_limits){0}, dies_of_abort), 128 + SIGABRT);
}

static void
close_from_closes_the_rest(void **state)
{
	(void)state;
	int status;
	pid_t pid = fork();
	if (pid == 0) {
		int a = dup(0), b = dup(0);
		os_close_from(b);
		_exit(fcntl(a, F_GETFD) >= 0 && fcntl(b, F_GETFD) < 0 ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

int
main(void)
{
#define IN_PLACE(test) cmocka_unit_test_setup_teardown(test, make_place, remove_place)
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(anonymous_file_has_its_size_and_no_name),
#ifdef __linux__
			cmocka_unit_test(anonymous_file_cannot_be_shrunk),
#endif
			cmocka_unit_test(scratch_file_is_empty_and_grows),
			IN_PLACE(publish_gives_a_new_name),
			IN_PLACE(publish_refuses_an_existing_name),
			IN_PLACE(publish_replaces_when_told),
			IN_PLACE(named_temporaries_follow_the_same_rules),
			IN_PLACE(a_failed_replacement_leaves_nothing),
			cmocka_unit_test(temporary_in_a_missing_folder_fails),
			IN_PLACE(reserve_makes_the_file_long_enough),
			cmocka_unit_test(sockets_are_connected_and_closed_on_exec),
			cmocka_unit_test(confined_process_opens_nothing),
			cmocka_unit_test(confined_process_starts_nothing),
			cmocka_unit_test(confined_process_makes_no_code),
			cmocka_unit_test(confined_process_keeps_its_memory_limit),
			cmocka_unit_test(confined_process_keeps_its_file_limit),
			cmocka_unit_test(abort_of_a_confined_process_is_sigabrt),
			cmocka_unit_test(close_from_closes_the_rest),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
