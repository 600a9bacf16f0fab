"""Every checkpoint that other people saved, as INDEX.tsv and h5py see it; and those of one
architecture, paired and averaged as numpy does."""
import collections
import csv
import itertools
import os

import numpy as np

import tap
from tap import close, ladle, ladle_json, out

FOLDER = os.path.join(tap.SHARED, "checkpoints")
FORMATS = {"whole-model h5": "legacy-full", "weights-only h5": "legacy-weights", "other HDF5": "plain",
           ".keras zip [model.weights.h5] (layers/)": "keras",
           "Keras 0.x weights (nb_layers)": "legacy-weights"}
tally = collections.Counter()


def rows():
    with open(os.path.join(FOLDER, "INDEX.tsv"), newline="") as table:
        return list(csv.DictReader(table, delimiter="\t"))


def path_of(row):
    return os.path.join(FOLDER, row["file"])


# ---- one by one ----

def check_head(checkpoint, row):
    layers = checkpoint["layers"]
    top = [layer for layer in layers if "parent" not in layer]
    tensors = [t for layer in layers for t in layer["tensors"]]
    assert checkpoint["format"] == FORMATS[row["format"]], checkpoint["format"]
    assert len(tensors) == int(row["tensors"]), "%d tensors, %s" % (len(tensors), row["tensors"])
    assert checkpoint["parameters"] == int(row["params"]), (checkpoint["parameters"], row["params"])
    if checkpoint["format"].startswith("legacy"):  # elsewhere the index counts only layers with weights
        assert len(top) == int(row["layers"]), "%d layers, %s" % (len(top), row["layers"])
    if row["class"] and checkpoint["model"]["class"]:
        assert checkpoint["model"]["class"] == row["class"], checkpoint["model"]
    if row["keras_version"]:
        assert checkpoint["keras_version"] == row["keras_version"], checkpoint["keras_version"]
    return tensors


def check_tensor(tensor, values):
    assert list(values.shape) == tensor["shape"], tensor["object"]
    assert values.dtype.newbyteorder("=").name == tensor["dtype"], (tensor["object"], values.dtype)
    given, values = tensor["stats"], values.astype("float64").ravel()
    finite = values[np.isfinite(values)]
    counts = [int((values == 0).sum()), int(np.isnan(values).sum()), int(np.isinf(values).sum())]
    assert [given["zeros"], given["nan"], given["inf"]] == counts, (tensor["object"], given, counts)
    if finite.size:
        close([given["norm"], given["mean"], given["sd"]],
              [np.linalg.norm(finite), finite.mean(), finite.std()], tensor["object"])
        assert (given["min"], given["max"]) == (finite.min(), finite.max()), tensor["object"]


def every_dataset(path):
    """Also where a group is called as optimizer state is; what is no tensor of a layer is left out."""
    return tap.datasets(path, without=())


def check_file(row):
    (checkpoint,) = ladle_json("ls", path_of(row), "--stats")["checkpoints"]
    tensors = check_head(checkpoint, row)
    stored = every_dataset(path_of(row))
    objects = [tensor["object"].lstrip("/") for tensor in tensors]
    assert len(set(objects)) == len(objects)
    for tensor, name in zip(tensors, objects):
        check_tensor(tensor, stored[name])
        tally["tensors"] += 1
    tally["files"] += 1


def check_refused(row):
    error = ladle_json("ls", path_of(row), status=3)["error"]
    assert error["code"] == "input" and "HTML" in error["text"], error


# ---- families: files of one architecture ----

def as_the_other_reads_it(values, row, one, two):
    """Theano flips kernels of convolutions in space (keras-formats.md, 1.7): beside a file of another
    backend they are flipped back, as Keras 2 does on loading."""
    mixed = {one["backend"], two["backend"]} == {"tensorflow", "theano"}
    if mixed and row["role"] == "kernel" and values.ndim > 2:
        return np.flip(values, tuple(range(values.ndim - 2)))
    return values


def same_numbers(a, b):
    """Bit for bit, but for the sign of a zero: numpy's sums begin with +0, two times -0 stays -0 here."""
    zero = a.dtype.type(0)
    return a.shape == b.shape and a.dtype == b.dtype and (a + zero).tobytes() == (b + zero).tobytes()


def check_average(one, two, answer, target):
    written, cache = tap.datasets(target), {}
    for row in answer["rows"]:
        a = tap.stored(path_of(one), row["objects"]["A"], cache)
        b = as_the_other_reads_it(tap.stored(path_of(two), row["objects"]["B"], cache), row, one, two)
        have = written[row["objects"]["A"].lstrip("/")]
        want = tap.average([a, b])
        assert same_numbers(have, want.astype(have.dtype)), "%s: %s, numpy has %s" % (
            row["row"], have.ravel()[:3], want.ravel()[:3])
        tally["averaged"] += 1


def check_pair(one, two):
    a, b = path_of(one), path_of(two)
    answer = ladle_json("diff", a, b, status=0 if one["weight_hash"] == two["weight_hash"] else (0, 1))
    incomplete = [row["row"] for row in answer["rows"] if len(row["names"]) < 2]
    assert not incomplete, "in one alone: %s" % incomplete
    assert len(answer["rows"]) == int(one["tensors"]) == int(two["tensors"]), len(answer["rows"])
    for letter in "AB":
        assert len({row["objects"][letter] for row in answer["rows"]}) == len(answer["rows"])
    same = all(row["identical"] for row in answer["rows"])
    assert same or one["weight_hash"] != two["weight_hash"], "equal weights, but not identical"
    suffix = ".keras" if a.endswith(".keras") else ".h5"
    ladle("avg", a, b, "-o", out("family" + suffix), "--force")
    check_average(one, two, answer, out("family" + suffix))
    tally["pairs"] += 1


def run(title, function, *arguments):
    try:
        function(*arguments)
    except Exception as error:  # the report must go on
        tap.result(False, title, "%s: %s" % (type(error).__name__, error))
    else:
        tap.result(True, title.encode("ascii", "replace").decode())


def main():
    index = rows()
    for row in index:
        run("index " + row["file"], check_file if row["format"] in FORMATS else check_refused, row)
    tap.note("%(tensors)d tensors in %(files)d files of other people agree with h5py" % tally)
    families = collections.defaultdict(list)
    for row in index:
        if row["family"]:
            families[row["family"]].append(row)
    for family, members in sorted(families.items()):
        members.sort(key=lambda row: row["backend"] == "theano")  # whose layout the output cannot take
        for k, (one, two) in enumerate(itertools.pairwise(members)):
            run("family %s, files %d and %d: %s" % (family, k, k + 1, two["file"]), check_pair, one, two)
    tap.note("%d pairs of %d families pair completely; %d averaged tensors are numpy's"
             % (tally["pairs"], len(families), tally["averaged"]))


if tap.have_shared():
    main()
else:
    tap.skip("checkpoints of other people", "../shared is not here")
tap.finish()
