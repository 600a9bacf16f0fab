"""Prints ladle's figures, each a ratio to something that was run in the same minute; median of 5."""
import os
import pty
import select
import shutil
import statistics
import subprocess
import sys
import threading
import time

import h5py
import numpy as np

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LADLE = os.path.join(ROOT, os.environ.get("BUILD", "build/release"), "ladle")
FOLDER = os.path.join(ROOT, "build", "bench")
TIMES = int(os.environ.get("BENCH_TIMES", 5))


def path(name):
    return os.path.join(FOLDER, name)


def make(name, seed, layers, shape):
    """A legacy weights file as Keras 2 lays it out."""
    if os.path.exists(path(name)):
        return path(name)
    rng = np.random.default_rng(seed)
    with h5py.File(path(name) + ".part", "w") as file:
        names = ["dense_%d" % k for k in range(layers)]
        file.attrs["layer_names"] = [n.encode() for n in names]
        file.attrs["backend"] = b"tensorflow"
        file.attrs["keras_version"] = b"2.15.0"
        for n in names:
            group = file.create_group(n)
            group.attrs["weight_names"] = [(n + "/kernel:0").encode(), (n + "/bias:0").encode()]
            group.create_dataset(n + "/kernel:0", data=rng.standard_normal(shape, dtype="float32"))
            group.create_dataset(n + "/bias:0", data=rng.standard_normal(shape[-1:], dtype="float32"))
    os.rename(path(name) + ".part", path(name))
    return path(name)


def clock(function, before=None):
    """Seconds of `function`, median of TIMES."""
    taken = []
    for _ in range(TIMES):
        if before:
            before()
        start = time.perf_counter()
        function()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def run(*command):
    return lambda: subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def ladle(*arguments):
    return run(LADLE, *arguments, "-q", "--no-config")


def remove(name):
    return lambda: os.path.exists(path(name)) and os.remove(path(name))


def say(what, seconds, ratio, must):
    print("%-52s %8.3f s   %s   (must: %s)" % (what, seconds, ratio, must), flush=True)


def load(files):
    """What get_weights() of loaded models gives: every array of every model in memory."""
    models = []
    for name in files:
        arrays = []
        with h5py.File(name) as file:
            for layer in file.attrs["layer_names"]:
                group = file[layer]
                arrays += [group[w][()] for w in group.attrs["weight_names"]]
        models.append(arrays)
    return models


def numpy_recipe(models):
    return lambda: [np.average(w, axis=0, weights=[.25] * len(models)) for w in zip(*models)]


def h5py_loop(files):
    """Tensor by tensor, float64, into a copy of the first file."""
    def loop():
        shutil.copyfile(files[0], path("loop.h5"))
        inputs = [h5py.File(f) for f in files]
        with h5py.File(path("loop.h5"), "r+") as output:
            def visit(name, item):
                if isinstance(item, h5py.Dataset):
                    item[...] = np.average([i[name][()].astype("float64") for i in inputs], axis=0)
            output.visititems(visit)
            output.flush()
        fd = os.open(path("loop.h5"), os.O_RDONLY)
        os.fsync(fd)
        os.close(fd)
        for i in inputs:
            i.close()
    return loop


def cat(files):
    return run("sh", "-c", "cat %s >/dev/null" % " ".join(files))


def cat_and_dd(files):
    return run("sh", "-c", "cat %s >/dev/null; dd if=%s of=%s bs=1M conv=fsync" % (
        " ".join(files), files[0], path("dd.h5")))


def average(label, files):
    own = clock(ladle("avg", *files, "-o", path("avg.h5")), remove("avg.h5"))
    disk = clock(cat_and_dd(files), remove("dd.h5"))
    say(label + ": against cat + dd conv=fsync", own, "%.2f x its time" % (own / disk), "at most 1.5 x")
    loop = clock(h5py_loop(files), remove("loop.h5"))
    say(label + ": against an h5py loop", own, "%.1f x faster" % (loop / own), "at least 5 x")
    models = load(files)
    recipe = clock(numpy_recipe(models))
    say(label + ": against the numpy recipe, models loaded", own, "%.1f x faster" % (recipe / own), "at least 40 x")
    for name in ("avg.h5", "dd.h5", "loop.h5"):
        remove(name)()


def difference(label, files):
    own = clock(ladle("diff", *files))
    read = clock(cat(files))
    say(label + ": against cat", own, "%.2f x its time" % (own / read), "at most 2 x")
    if shutil.which("h5diff"):
        tool = clock(run("h5diff", "-q", *files))
        say(label + ": against h5diff -q", own, "%.1f x faster" % (tool / own), "at least 6 x")


def family(session):
    """Processes of a session."""
    found = []
    for entry in os.listdir("/proc"):
        try:
            with open("/proc/%s/stat" % entry) as file:
                if int(file.read().rsplit(")", 1)[1].split()[3]) == session:
                    found.append(entry)
        except (OSError, ValueError, IndexError):
            pass
    return found


def memory(pids, field):
    total = 0
    for pid in pids:
        try:
            with open("/proc/%s/smaps_rollup" % pid) as file:
                total += sum(int(line.split()[1]) for line in file if line.startswith(field + ":"))
        except OSError:
            pass
    return total / 1024


def peak(label, files):
    remove("avg.h5")()
    process = subprocess.Popen([LADLE, "avg", *files, "-q", "--no-config", "-o", path("avg.h5")], start_new_session=True)
    most = {"Pss": 0, "Rss": 0}
    while process.poll() is None:
        pids = family(process.pid)
        for field in most:
            most[field] = max(most[field], memory(pids, field))
    remove("avg.h5")()
    print("%-52s %8.1f MiB PSS, %.1f MiB RSS summed over processes   (must: at most 64 MiB)" % (
        label + ": peak memory, workers included", most["Pss"], most["Rss"]), flush=True)


class Screen:
    """The program on a pseudo-terminal."""

    def __init__(self, *files):
        self.start = time.perf_counter()
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ.update(TERM="xterm-256color", LINES="40", COLUMNS="140", LC_ALL="C.UTF-8")
            os.execv(LADLE, [LADLE, "--no-config", *files])
        import fcntl, struct, termios
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 140, 0, 0))
        self.seen = b""

    def wait(self, text, seconds=20):
        """Milliseconds from the start until the text has been drawn."""
        end = time.perf_counter() + seconds
        while text not in self.seen and time.perf_counter() < end:
            if select.select([self.fd], [], [], 1)[0]:
                self.seen += os.read(self.fd, 65536)
        assert text in self.seen, "never saw %r" % text
        return 1000 * (time.perf_counter() - self.start)

    def key(self, key):
        """Milliseconds from a key to the first byte that answers it."""
        while select.select([self.fd], [], [], 0)[0]:
            os.read(self.fd, 65536)
        start = time.perf_counter()
        os.write(self.fd, key)
        select.select([self.fd], [], [], 5)
        return 1000 * (time.perf_counter() - start)

    def leave(self):
        os.write(self.fd, b":q!\r")
        try:
            while os.read(self.fd, 65536):
                pass
        except OSError:
            pass
        os.waitpid(self.pid, 0)
        os.close(self.fd)


def screen(small, big):
    first, table, busy, fader = [], [], [], []
    for _ in range(TIMES):
        one = Screen(*small)
        first.append(one.wait(b"ladle"))
        table.append(one.wait(b"dense_1"))
        one.wait(b"DIFFER")
        one.key(b"gm")
        time.sleep(.3)
        fader.append(max(one.key(k) for k in (b"l", b"l", b"h", b"5", b"m")))
        one.leave()
        one = Screen(*big)
        one.wait(b"dense_1")
        busy.append(max(one.key(k) for k in (b"j", b"j", b"k", b"j", b"k")))
        one.leave()
    for what, values, must in (("the screen, 2 x 5,000 tensors: first frame", first, "100 ms"),
                               ("its table of names and shapes", table, "300 ms"),
                               ("a key while 4 x 400 MB are measured, worst of 5", busy, "30 ms"),
                               ("a fader moved, 5,000 rows, drawn, worst of 5", fader, "5 ms until composed")):
        print("%-52s %8.1f ms   (must: %s)" % (what, statistics.median(values), must), flush=True)


os.makedirs(FOLDER, exist_ok=True)
big = [make("big%d.h5" % k, k, 25, (2048, 2048)) for k in range(4)]
small = [make("small%d.h5" % k, k, 2500, (8, 16)) for k in range(4)]
for file in big + small:
    with open(file, "rb") as handle:
        while handle.read(1 << 24):
            pass
average("avg of 4 x 400 MB", big)
peak("avg of 4 x 400 MB", big)
difference("diff of 2 x 400 MB", big[:2])
average("avg of 4 x 5,000 tensors", small)
difference("diff of 2 x 5,000 tensors", small[:2])
screen(small[:2], big)
if os.environ.get("BENCH_LARGE"):
    large = [make("large%d.h5" % k, k, 100, (2048, 2048)) for k in range(4)]
    peak("avg of 4 x 1.6 GB", large)
