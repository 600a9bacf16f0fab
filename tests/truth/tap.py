"""The Test Anything Protocol, and what the truth scripts share: the program, files, numpy's answers."""
import glob
import io
import json
import os
import subprocess
import sys
import tempfile
import zipfile

import h5py
import numpy as np

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LADLE = os.path.join(ROOT, os.environ.get("BUILD", "build/release"), "ladle")
SHARED = os.environ.get("LADLE_SHARED", os.path.join(ROOT, "..", "shared"))
SAMPLE = os.path.join(ROOT, "sample-data")
IN_CI = os.environ.get("CI") == "true"
scratch = tempfile.TemporaryDirectory(prefix="ladle-truth-")
counter = 0
failures = 0


def result(ok, name, why=""):
    global counter, failures
    counter += 1
    failures += not ok
    print("%s %d - %s" % ("ok" if ok else "not ok", counter, name))
    if not ok and why:
        print("# " + str(why).replace("\n", "\n# "))


def note(text):
    """A line that is shown even when everything passes."""
    print("# said: " + text, flush=True)


def skip(name, why):
    """In CI what can be skipped elsewhere has failed."""
    if IN_CI:
        result(False, name, why)
    else:
        result(True, "%s # SKIP %s" % (name, why))


def test(function):
    """Runs the function as one test; an exception is its failure."""
    name = function.__name__
    try:
        function()
    except Exception as error:  # the report must go on
        result(False, name, "%s: %s" % (type(error).__name__, error))
    else:
        result(True, name)


def finish():
    print("1..%d" % counter)
    sys.exit(failures > 0)


def have_shared():
    return os.path.isdir(os.path.join(SHARED, "keras"))


def shared(*parts):
    return os.path.join(SHARED, "keras", *parts)


def out(name):
    return os.path.join(scratch.name, name)


def ladle(*arguments, status=0):
    done = subprocess.run([LADLE, *map(str, arguments), "--no-config"], capture_output=True, text=True)
    allowed = status if isinstance(status, tuple) else (status,)
    assert done.returncode in allowed, "%s: exit %d, not %s: %s%s" % (
        " ".join(map(str, arguments)), done.returncode, status, done.stdout[-300:], done.stderr)
    return done.stdout


def ladle_json(*arguments, status=0):
    return json.loads(ladle(*arguments, "--json", status=status))


def open_h5(path):
    """h5py's view of a checkpoint, also of the one inside a .keras archive."""
    if zipfile.is_zipfile(path):
        return h5py.File(io.BytesIO(zipfile.ZipFile(path).read("model.weights.h5")), "r")
    return h5py.File(path, "r")


def datasets(path, without=("optimizer", "optimizer_weights")):
    """Every dataset of a checkpoint by its path, without optimizer state."""
    found = {}

    def visit(name, item):
        if isinstance(item, h5py.Dataset) and name.split("/")[0] not in without:
            found[name] = item[()]

    with open_h5(path) as file:
        file.visititems(visit)
    return found


def stored(path, name, cache):
    """The array that JSON's `object` names; for shards it says which one. `cache` is kept by the caller."""
    if path.endswith(".weights.json"):
        shard, name = name.split(":", 1)
        path = os.path.join(os.path.dirname(path), shard)
    if path not in cache:
        cache[path] = datasets(path)
    return cache[path][name.lstrip("/")]


def check_identical(answer, a, b, count, cache):
    """What `diff --json` of two files with the same weights must say: every tensor of both is in a row,
    and in every row both hold the same bits; h5py is asked whether that is so."""
    seen = {"A": set(), "B": set()}
    for row in answer["rows"]:
        assert set(row["objects"]) == {"A", "B"}, "%s is only in %s" % (row["row"], row["objects"])
        assert row["identical"] is True, "%s: %s is not %s" % (row["row"], *row["objects"].values())
        one, two = (stored(path, row["objects"][k], cache) for path, k in ((a, "A"), (b, "B")))
        assert same_bits(one, two), "%s: h5py finds other values" % row["row"]
        for k in seen:
            seen[k].add(row["objects"][k])
    rows = [len(answer["rows"]), len(seen["A"]), len(seen["B"])]
    assert rows == [count] * 3, "%d rows of %d and %d tensors, there are %d" % (*rows, count)


def average(arrays, weights=None):
    """The reference: float64, checkpoint order, one division, one cast."""
    first = np.asarray(arrays[0])
    if first.dtype.kind != "f":
        return first
    stack = np.stack([np.asarray(a).astype("float64") for a in arrays])
    return np.asarray(np.average(stack, axis=0, weights=weights)).astype(first.dtype)


def same_bits(a, b):
    a, b = np.asarray(a), np.asarray(b)
    return a.shape == b.shape and a.dtype == b.dtype and a.tobytes() == b.tobytes()


def close(got, want, what):
    got = np.array(got, dtype="float64")
    assert np.allclose(got, want, rtol=1e-12, atol=1e-14), "%s: %s, numpy has %s" % (what, got, want)


def check_average(paths, output, weights=None):
    """Every dataset of the output against numpy's average of the inputs' datasets."""
    inputs = [datasets(p) for p in paths]
    written = datasets(output)
    assert set(written) == set(inputs[0]), "other datasets: %s" % (set(written) ^ set(inputs[0]))
    assert written, "no dataset at all"
    for name, value in written.items():
        assert same_bits(value, average([i[name] for i in inputs], weights)), name


def check_equal(path, other):
    a, b = datasets(path), datasets(other)
    assert set(a) == set(b) and a, "other datasets: %s" % (set(a) ^ set(b))
    for name in a:
        assert same_bits(a[name], b[name]), name


def files(*parts):
    return sorted(glob.glob(os.path.join(*parts)))
