"""Prints ladle's figures, each beside its mark; a ratio is to what ran right after it; median of 5.

BENCH_TIMES says how often, BENCH_LARGE=1 adds 4 x 1.6 GB, BENCH_REBASIN=1 rebasin (PyPI; its packages take 6 GB). Ends
with 1 when a figure misses its mark.
"""
import os
import shutil
import statistics
import subprocess
import sys
import time

import h5py
import numpy as np
from scipy.optimize import linear_sum_assignment

from screen_times import DRAWN, Screen, bytes_of_actions, idle, scrolled

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LADLE = os.path.join(ROOT, os.environ.get("BUILD", "build/release"), "ladle")
SOLVE = os.path.join(ROOT, os.environ.get("BUILD", "build/release"), "solve")
MATCH_TIMES = os.path.join(ROOT, os.environ.get("BUILD", "build/release"), "match_times")
FOLDER = os.path.join(ROOT, "build", "bench")
TIMES = int(os.environ.get("BENCH_TIMES", 5))
missed = 0


# ---- files ----

def path(name):
    return os.path.join(FOLDER, name)


def beside(name):
    """A script of this folder."""
    return os.path.join(os.path.dirname(os.path.abspath(__file__)), name)


def remove(*names):
    for name in names:
        if os.path.exists(path(name)):
            os.remove(path(name))


def make(name, seed, layers, shape):
    """A legacy weights file as Keras 2 lays it out, kept for the next time."""
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


def warm(files):
    """All that is compared reads from the page cache."""
    os.sync()
    for name in files:
        with open(name, "rb") as file:
            while file.read(1 << 24):
                pass


# ---- measuring ----

def say(what, figure, unit, most=None, least=None, more=""):
    global missed
    good = (most is None or figure <= most) and (least is None or figure >= least)
    mark = "at most %g" % most if most is not None else "at least %g" % least if least is not None else ""
    missed += not good
    print("%-6s %-56s %8.2f %-3s  %-12s %s" % (
        "MISSED" if not good else "ok" if mark else "", what, figure, unit, mark, more), flush=True)


def seconds(function, *outputs):
    remove(*outputs)
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def compare(what, own, other, most=None, least=None, faster=True):
    """In turns: how many times faster it is than the other, or its time over the other's."""
    pairs = [(seconds(own, "avg.h5"), seconds(other, "other.h5")) for _ in range(TIMES)]
    ratio = statistics.median(b / a if faster else a / b for a, b in pairs)
    one, two = (statistics.median(column) for column in zip(*pairs))
    say(what, ratio, "x", most, least, "%.3f s and %.3f s" % (one, two))


def run(*command, status=(0,)):
    def call():
        done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        assert done.returncode in status, "%s: %s" % (" ".join(command), done.stderr.decode())
    return call


def ladle(*arguments, status=(0,)):
    return run(LADLE, *arguments, "-q", "--no-config", status=status)


def cat(files):
    return run("sh", "-c", 'cat "$@" >/dev/null', "sh", *files)


def cat_and_dd(files):
    return run("sh", "-c", 'cat "$@" >/dev/null; dd if="$1" of="$0" bs=1M conv=fsync', path("other.h5"), *files)


def load(files):
    """What get_weights() of loaded models gives: every array of every model in memory."""
    models = []
    for name in files:
        with h5py.File(name) as file:
            models.append([file[layer][w][()] for layer in file.attrs["layer_names"]
                           for w in file[layer].attrs["weight_names"]])
    return models


def numpy_recipe(models):
    weights = [1 / len(models)] * len(models)
    return lambda: [np.average(w, axis=0, weights=weights) for w in zip(*models)]


def h5py_loop(files):
    """Tensor by tensor in float64, into a copy of the first file."""
    def loop():
        shutil.copyfile(files[0], path("other.h5"))
        inputs = [h5py.File(f) for f in files]
        with h5py.File(path("other.h5"), "r+") as output:
            def visit(name, item):
                if isinstance(item, h5py.Dataset):
                    item[...] = np.average([i[name][()].astype("float64") for i in inputs], axis=0)
            output.visititems(visit)
        for file in inputs:
            file.close()
        with open(path("other.h5"), "rb+") as file:
            os.fsync(file.fileno())
    return loop


def average(label, files, marks):
    own = ladle("avg", *files, "-o", path("avg.h5"))
    compare(label + ": time of cat + dd conv=fsync", own, cat_and_dd(files), most=marks.get("disk"), faster=False)
    compare(label + ": faster than an h5py loop", own, h5py_loop(files), least=marks.get("h5py"))
    compare(label + ": faster than numpy on loaded models", own, numpy_recipe(load(files)), least=marks.get("numpy"))
    remove("avg.h5", "other.h5")


def keras(label, files, width, layers):
    """A whole script in Keras: import, load, average, save."""
    own = ladle("avg", *files, "-o", path("avg.h5"))
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "recipe.py")
    compare(label + ": faster than a script in Keras", own,
            run(sys.executable, script, path("other.weights.h5"), str(width), str(layers), *files))
    remove("avg.h5", "other.weights.h5")


def difference(label, files, marks):
    own = ladle("diff", *files, status=(0, 1))
    compare(label + ": time of cat", own, cat(files), most=marks.get("cat"), faster=False)
    if shutil.which("h5diff"):
        other = run("h5diff", "-q", *files, status=(0, 1))
        compare(label + ": faster than h5diff -q", own, other, least=marks.get("h5diff"))
    else:
        print("       %s: no h5diff here" % label)


# ---- memory ----

def of_session(session):
    """Processes of a session, workers included."""
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/stat" % entry) as file:
                if int(file.read().rsplit(")", 1)[1].split()[3]) == session:
                    yield entry
        except OSError:
            pass


def proportional(pid):
    """KiB of a process; pages that processes share count once in their sum."""
    try:
        with open("/proc/%s/smaps_rollup" % pid) as file:
            return sum(int(line.split()[1]) for line in file if line.startswith("Pss:"))
    except OSError:
        return 0


def most_memory(*arguments):
    """MiB that all processes of one run take at most."""
    process = subprocess.Popen([LADLE, *arguments, "-q", "--no-config"], start_new_session=True,
                               stdout=subprocess.DEVNULL)
    most = 0
    while process.poll() is None:
        most = max(most, sum(map(proportional, of_session(process.pid))))
    assert process.returncode == 0
    return most / 1024


def peak(label, files):
    peaks = []
    for _ in range(TIMES):
        remove("avg.h5")
        peaks.append(most_memory("avg", *files, "-o", path("avg.h5")))
    remove("avg.h5")
    say(label + ": peak memory, workers included", statistics.median(peaks), "MiB", most=64)


# ---- the screen ----

def screen(small, big):
    """Every drawing ends with ESC [ ? 2026 l; the `:` line shows the cursor and hides it again."""
    shown, hidden = b"\x1b[?25h", b"\x1b[?25l"
    first, table, busy, large, fader = [], [], [], [], []
    for _ in range(TIMES):
        view = Screen(LADLE, *small)
        first.append(view.wait(DRAWN))
        table.append(view.wait(b"2500/2500"))
        view.quiet()
        view.key(b"gm", DRAWN)
        for key in (b"l", b"h", b"L", b"5", b"m"):
            view.quiet()
            fader.append(view.key(key, DRAWN))
        view.leave()
        for times, size in (busy, {}), (large, {"width": 140, "height": 40}):
            view = Screen(LADLE, *big, **size)
            view.wait(b"25/25")
            times += [view.key(key, answer) for key, answer in [(b":", shown), (b"\x03", hidden)] * 2]
            view.leave()
    say("screen, 2 x 5,000 tensors: first frame", statistics.median(first), "ms", most=100)
    say("screen, 2 x 5,000 tensors: all names and shapes", statistics.median(table), "ms", most=300)
    say("screen, 4 x 400 MB being measured: a key, worst", max(busy), "ms", most=30)
    say("... at 140x40", max(large), "ms", most=30)
    say("screen, 5,000 rows: a fader, drawn", statistics.median(fader), "ms", most=5)


def screen_scrolled(small):
    wall, processor = scrolled(LADLE, *small * 5)
    say("screen, 5,000 rows x 20 models, 140x40: a page, drawn", wall, "ms", most=1000 / 60,
        more="%.2f ms of processor time" % processor)
    wakeups, processor = idle(LADLE, *small)
    say("screen, idle for 3 s: how often it wakes up", wakeups, "", most=3, more="%g ms of processor time" % processor)


def screen_bytes():
    """9,600 baud carry 960 a second."""
    files = [os.path.join(ROOT, "sample-data", name) for name in (
        "run-epoch06.h5", "run-epoch08.h5", "run-restart.h5")]
    for name, size in bytes_of_actions(LADLE, *files):
        say("screen, 80x24, bytes of a key: " + name, size, "B", most=1920)


def kept(label, files):
    """From the start until the verdict on all rows is drawn: measured, and kept from the time before."""
    folder, first, again = path("cache"), [], []
    for _ in range(TIMES):
        shutil.rmtree(folder, ignore_errors=True)
        for times in first, again:
            view = Screen(LADLE, *files, cache=folder)
            times.append(view.wait(b"DIFFER"))
            view.quiet()
            view.leave()
    shutil.rmtree(folder)
    say(label + ", first opening: the verdict", statistics.median(first), "ms")
    say(label + ", opened again: the verdict", statistics.median(again), "ms", most=150)


# ---- assignment ----

def of_rank(rng, n, rank):
    return rng.standard_normal((n, rank)) @ rng.standard_normal((rank, n))


def matched(rng, n):
    """Products of units with correlated ones in another order."""
    a, noise = rng.standard_normal((2, n, n))
    return a @ (.4 * a + .84 ** .5 * noise)[rng.permutation(n)].T


COSTS = {
    "random": lambda rng, n: rng.standard_normal((n, n)),
    "matched, correlation .4": matched,
    "rank 27": lambda rng, n: of_rank(rng, n, 27),
    "rank 3": lambda rng, n: of_rank(rng, n, 3),
    "rank 1": lambda rng, n: of_rank(rng, n, 1),
}


def solve(costs):
    """Processor seconds and the sum of the assignment that ours finds."""
    n = len(costs)
    head = np.array([n, 1], "uint32").tobytes()
    done = subprocess.run([SOLVE], input=head + costs.tobytes(), capture_output=True, check=True)
    columns = np.frombuffer(done.stdout, "uint32", n, 8)
    return np.frombuffer(done.stdout, "float64", 1)[0], costs.astype("float64")[np.arange(n), columns].sum()


def scipy_solve(costs):
    exact = costs.astype("float64")
    start = time.process_time()
    rows, columns = linear_sum_assignment(exact, maximize=True)
    return time.process_time() - start, exact[rows, columns].sum()


def assignment():
    """Once each, for scipy takes a minute for some; the sums must be equal."""
    for n in (512, 1024, 2048, 4096):
        for kind, make_costs in COSTS.items():
            costs = np.ascontiguousarray(make_costs(np.random.default_rng(n), n), dtype="float32")
            (own, sum_), (other, best) = solve(costs), scipy_solve(costs)
            assert abs(sum_ - best) <= 1e-9 * abs(best), "%s: %r, scipy has %r" % (kind, sum_, best)
            say("assignment, n %d, %s: faster than scipy" % (n, kind), other / own, "x", least=2,
                more="%.4f s and %.3f s" % (own, other))


# ---- units in another order ----

def resnets():
    """One, a copy in another order, a stranger."""
    files = [path("resnet50-%s.h5" % name) for name in "abc"]
    if not all(map(os.path.exists, files)):
        subprocess.run([sys.executable, beside("resnet50.py"), *files], check=True, capture_output=True)
    warm(files)
    return files


def aligned():
    """Beside cat, and beside reading by the same program on as many threads."""
    files = resnets()[:2]
    cats, reads, aligns = [], [], []
    for _ in range(TIMES):
        cats.append(seconds(cat(files)))
        done = subprocess.run([MATCH_TIMES, *files], capture_output=True, check=True)
        read, align = map(float, done.stdout.split())
        reads.append(read)
        aligns.append(align)
    for what, other, most in ("cat", cats, 2), ("reading by itself", reads, None):
        say("permuted copy of ResNet50, aligned bit for bit: time of " + what,
            statistics.median(a / b for a, b in zip(aligns, other)), "x", most,
            more="%.3f s and %.3f s" % (statistics.median(aligns), statistics.median(other)))


def rebasin():
    """Seconds that rebasin takes for two ResNet50; None where it cannot be installed."""
    python = path("rebasin/bin/python")
    if not os.path.exists(path("rebasin/done")):
        subprocess.run([sys.executable, "-m", "venv", path("rebasin")], check=True)
        done = subprocess.run([python, "-m", "pip", "install", "-q", "torch", "torchvision", "rebasin"])
        if done.returncode:
            return None
        open(path("rebasin/done"), "w").close()
    done = subprocess.run([python, beside("rebasin_times.py")], capture_output=True, text=True, check=True)
    return float(done.stdout.split()[-1])


def matched_by_weights():
    """One start of one objective, as others do; then all that `match` does by itself. Once: it takes long."""
    a, _, c = resnets()
    one = seconds(ladle("match", a, c, "--objective", "raw", "--no-null"))
    say("two ResNet50 matched by weights, one objective", one, "s")
    if os.environ.get("BENCH_REBASIN"):
        other = rebasin()
        say("... rebasin's time over it", other / one if other else float("nan"), "x", more="%s s" % other)
    say("two ResNet50 matched by weights, all of it", seconds(ladle("match", a, c)), "s")
    say("...: peak memory, workers included", most_memory("match", a, c, "--objective", "raw", "--no-null"), "MiB")


os.makedirs(FOLDER, exist_ok=True)
big = [make("big%d.h5" % k, k, 25, (2048, 2048)) for k in range(4)]
small = [make("small%d.h5" % k, k, 2500, (8, 16)) for k in range(4)]
warm(big + small)
screen(small[:2], big)
screen_scrolled(small)
screen_bytes()
kept("screen, 2 x 400 MB", big[:2])
peak("avg of 4 x 400 MB", big)
average("avg of 4 x 400 MB", big, {"disk": 1.5, "h5py": 5, "numpy": 40})
keras("avg of 4 x 400 MB", big, 2048, 25)
difference("diff of 2 x 400 MB", big[:2], {"cat": 2, "h5diff": 6})
average("avg of 4 x 5,000 tensors", small, {})
difference("diff of 2 x 5,000 tensors", small[:2], {})
assignment()
aligned()
matched_by_weights()
if os.environ.get("BENCH_LARGE"):
    peak("avg of 4 x 1.6 GB", [make("large%d.h5" % k, k, 100, (2048, 2048)) for k in range(4)])
sys.exit(missed > 0)
