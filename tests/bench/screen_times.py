"""The program on a pseudo-terminal: how long and how many bytes its answers take."""
import os
import pty
import select
import time

TICK = 1000 / os.sysconf("SC_CLK_TCK")
DRAWN = b"\x1b[?2026l"  # ends every frame


class Screen:
    """The program on a pseudo-terminal."""

    def __init__(self, program, *files, cache=None, width=80, height=24):
        """cache: a folder for figures; without one nothing of the user's is read or kept."""
        self.seen = b""
        self.start = time.perf_counter()
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ.update(TERM="xterm-256color", LINES=str(height), COLUMNS=str(width), LC_ALL="C.UTF-8")
            if cache:
                os.environ.update(XDG_CACHE_HOME=cache, XDG_CONFIG_HOME="/dev/null", XDG_STATE_HOME="/dev/null")
            os.execv(program, [program, *([] if cache else ["--no-config"]), *files])

    def read(self, timeout):
        if not select.select([self.fd], [], [], timeout)[0]:
            return False
        self.seen += os.read(self.fd, 65536)
        return True

    def wait(self, text, start=None):
        """Milliseconds from the start until the text was drawn."""
        end = time.perf_counter() + 30
        while text not in self.seen:
            self.read(1)
            assert time.perf_counter() < end, "never saw %r in %r" % (text, self.seen[-500:])
        return 1000 * (time.perf_counter() - (start or self.start))

    def quiet(self):
        while self.read(.3):
            pass

    def settle(self):
        """Until no job runs: the answer to a key that is none comes after all work."""
        os.write(self.fd, b":wait idle\r")
        self.key(b"\x18", b"C-x: no command")
        self.quiet()

    def key(self, key, answer):
        """Milliseconds from a key until its answer."""
        self.seen = b""
        start = time.perf_counter()
        os.write(self.fd, key)
        return self.wait(answer, start)

    def leave(self):
        os.write(self.fd, b":q!\r")
        try:
            while os.read(self.fd, 65536):
                pass
        except OSError:
            pass
        os.waitpid(self.pid, 0)
        os.close(self.fd)

    def size_of(self, key):
        """Bytes that the frame takes which answers a key."""
        self.key(key, DRAWN)
        return len(self.seen)

    def processor(self):
        """Milliseconds of processor time that all threads took so far."""
        with open("/proc/%d/stat" % self.pid) as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return TICK * (int(fields[11]) + int(fields[12]))

    def wakeups(self):
        """How often any of its threads went to sleep so far."""
        count = 0
        for thread in os.listdir("/proc/%d/task" % self.pid):
            with open("/proc/%d/task/%s/status" % (self.pid, thread)) as file:
                count += sum(int(line.split()[1]) for line in file if line.startswith("voluntary_ctxt"))
        return count


# What is typed before, and the key that counts.
ACTIONS = (
    ("cursor down", b"k", b"j"),
    ("page down", b"k", b"\x06"),
    ("fold", b"kEj", b"h"),
    ("fader 1 % down", b"gm", b"h"),
    ("open the detail view", b"kEjj", b"gd"),
    ("sort", b"k", b"sk"),
    ("next match", b"/kernel\r", b"n"),
    ("tag", b"k", b" "),
    ("help", b"k", b"?"),
    ("undo", b"gmh", b"u"),
)


def bytes_of_actions(program, *files):
    """(name, bytes) of each action at 80x24, with nothing else going on."""
    for name, before, keys in ACTIONS:
        view = Screen(program, *files)
        view.wait(DRAWN)
        view.settle()
        for key in before:
            view.key(bytes([key]), DRAWN)
        yield name, sum(view.size_of(bytes([key])) for key in keys)
        view.leave()


def scrolled(program, *files, pages=300, width=140, height=40):
    """Milliseconds from a page to the next until drawn, and those of processor time for each."""
    view = Screen(program, *files, width=width, height=height)
    view.wait(DRAWN)
    view.settle()
    view.key(b"E", DRAWN)
    view.quiet()
    before, start = view.processor(), time.perf_counter()
    for _ in range(pages):
        view.key(b"\x06", DRAWN)
    times = 1000 * (time.perf_counter() - start) / pages, (view.processor() - before) / pages
    view.leave()
    return times


def idle(program, *files, seconds=3):
    """How often it wakes up, and milliseconds of processor time, while nothing happens."""
    view = Screen(program, *files)
    view.wait(DRAWN)
    view.settle()
    before = view.wakeups(), view.processor()
    time.sleep(seconds)
    after = view.wakeups(), view.processor()
    view.leave()
    return after[0] - before[0], after[1] - before[1]
