"""One set of weights in every layout of two generations: compared, exported from each to each, and
loaded by the Keras that the layout belongs to. And models that hold several trainings as branches.

Runs in Keras 3 and in Keras 2.15; each half checks what its Keras can load.
"""
import itertools
import json
import os

os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import keras
import numpy as np

import tap
from tap import files, ladle, ladle_json, out, shared, test

KERAS3 = keras.__version__.startswith("3")
GENERATION = "k3" if KERAS3 else "k2"
WITH_CONFIG = {"k3": ("k3.keras", "k3.h5", "k3-without-optimizer.keras"),
               "k2": ("k2.keras", "k2.h5", "k2-with-optimizer.h5")}
WEIGHTS_ONLY = {"k3": ("k3.weights.h5", "k3-shards.weights.json"), "k2": ("k2.weights.h5", "k2-weights.h5")}
LAYOUTS = sum(WITH_CONFIG.values(), ()) + sum(WEIGHTS_ONLY.values(), ())
SUFFIX = {"h5": ".h5", "keras": ".keras", "weights": ".weights.h5", "legacy-weights": "-weights.h5"}
FULL = ("h5", "keras")


def layout(name):
    return shared("layouts", name)


def named(name, function):
    function.__name__ = name
    test(function)


def identical(a, b, count, *options, copies=()):
    """`copies` are rows of what only the v3 layouts store, a second time."""
    answer = ladle_json("diff", a, b, *options)
    answer["rows"] = [row for row in answer["rows"] if row["row"] not in copies]
    tap.check_identical(answer, a, b, count, {})


def all_identical(name, paths, count, *options, copies=()):
    """Every pair of these files."""
    for a, b in itertools.combinations(paths, 2):
        title = "%s %s and %s" % (name, os.path.basename(a), os.path.basename(b))
        title = " ".join((title, *map(os.path.basename, options)))
        named(title, lambda: identical(a, b, count, *options, copies=copies))


# ---- exports ----

def load(path, template):
    """As a person loads it: a whole model, or weights into a model that is there."""
    if not (path.endswith("weights.h5")):
        return keras.models.load_model(path, compile=False)
    model = keras.models.load_model(template, compile=False)
    model.set_weights([np.full_like(w, 7) for w in model.get_weights()])
    model.load_weights(path)
    return model


def check_loaded(model):
    want, given = np.load(layout("weights.npz")), np.load(layout("predictions.npz"))
    have = model.get_weights()
    assert len(have) == len(want.files)
    for array, key in zip(have, sorted(want.files)):
        assert tap.same_bits(array, want[key]), "weight %s: %s, not %s" % (
            key, array.ravel()[:3], want[key].ravel()[:3])
    worst = np.abs(np.asarray(model(given["x"])) - given["y"]).max()
    assert worst < 1e-6, "predictions differ by %g" % worst


def export(name, form, config=None):
    """`name` exported to `form` loads here."""
    def check():
        path = out("%s-%s%s" % (name, config, SUFFIX[form]))
        options = ("--config", layout(config)) if config else ()
        ladle("avg", layout(name), "-o", path, "--format", form, *options)
        check_loaded(load(path, layout(GENERATION + ".h5")))
    named("%s to %s%s" % (name, form, " with the config of " + config if config else ""), check)


def no_export(name, form):
    """Without a config there is no model to write: said before anything is written."""
    def check():
        error = ladle_json("avg", layout(name), "-o", out("refused" + SUFFIX[form]), "--format", form,
                           status=2)["error"]
        assert "config" in error["text"], error["text"]
        assert not os.path.exists(out("refused" + SUFFIX[form]))
    named("%s to %s without a config" % (name, form), check)


def exports():
    """Whole models load in the Keras whose config they hold, weights in both; the legacy whole model of
    Keras 2 loads in Keras 3 as well."""
    for name, form in itertools.product(LAYOUTS, SUFFIX):
        bare = name in sum(WEIGHTS_ONLY.values(), ())
        if form not in FULL:
            export(name, form, *((GENERATION + ".keras",) if bare else ()))
        elif bare:
            for config in WITH_CONFIG[GENERATION][:2]:
                export(name, form, config)
            if KERAS3:
                no_export(name, form)
        elif name in WITH_CONFIG[GENERATION] or (KERAS3 and form == "h5"):
            export(name, form)


# ---- branches ----

def single():
    """One branch of nets.branches, by hand."""
    L = keras.layers
    x = image = keras.Input((8, 8, 1), name="image")
    for layer in (L.Conv2D(24, 3, activation="relu"), L.BatchNormalization(), L.Flatten(),
                  L.Dense(32, activation="relu"), L.Dense(10, activation="softmax")):
        x = layer(x)
    return keras.Model(image, x)


def members(path, *options):
    """FILE#BRANCH of every branch that `ls` finds."""
    (listed,) = ladle_json("ls", "--branches", path, *options)["checkpoints"]
    assert len(listed["branches"]) == 5, listed["branches"]
    return ["%s#%s" % (path, branch["name"]) for branch in listed["branches"]], listed


def check_branch(model, want):
    """The model is the averaged branch: its weights, and what a model built by hand predicts."""
    have = model.get_weights()
    assert len(have) == len(want) == 10, "%d weights" % len(have)
    for k, (a, b) in enumerate(zip(have, want)):
        assert tap.same_bits(a, b), "weight %d: %s, not %s" % (k, a.ravel()[:3], b.ravel()[:3])
    twin = single()
    twin.set_weights(want)
    x = np.random.default_rng(0).random((16, 8, 8, 1), dtype="float32")
    assert np.array_equal(np.asarray(model(x)), np.asarray(twin(x))), "other predictions"


def branch_average(path, form, want, config=None, inferred=False):
    options = ("--config", config) if config else ()

    def loaded(target):
        if form in FULL:
            return keras.models.load_model(target, compile=False)
        model = single()
        model.load_weights(target)
        return model

    def check(how, *inputs):
        target = out("branches-%s-%s-%s%s" % (how, os.path.basename(path), bool(config), SUFFIX[form]))
        ladle("avg", *inputs, "-o", target, "--format", form, *options)
        check_branch(loaded(target), want)

    def one_by_one():
        found, listed = members(path, *options)
        assert listed["inferred"] is inferred, listed["inferred"]
        check("named", *found)

    title = "branches of %s to %s" % (os.path.relpath(path, shared()), form)
    title += " with a config" if config else ""
    named(title, one_by_one)
    named(title + ", all at once", lambda: check("all", "--branches", path))


def branches_3():
    packed = np.load(shared("branches", "expected-mean.npz"))
    want = [packed[key] for key in packed.files]
    full = [shared("branches", "committee" + suffix) for suffix in (".keras", ".h5")]
    for path, form in itertools.product(full, SUFFIX):
        branch_average(path, form, want)
    for form in SUFFIX:
        branch_average(shared("branches", "committee.weights.h5"), form, want, full[0])
    branch_average(shared("branches", "committee.weights.h5"), "weights", want, inferred=True)


def mean_of_k2():
    """By Keras and numpy; weights.best.hdf5 is another epoch than the whole model."""
    model = keras.models.load_model(shared("branches-k2", "committee.hdf5"), compile=False)

    def mean():
        own = [[w for kind in ("conv", "bn", "hidden", "out")
                for w in model.get_layer("%s_%d" % (kind, k)).get_weights()] for k in range(5)]
        return [tap.average(list(w)) for w in zip(*own)]
    whole = mean()
    model.load_weights(shared("branches-k2", "weights.best.hdf5"))
    return whole, mean()


def branches_2():
    whole, best = mean_of_k2()
    committee, weights = shared("branches-k2", "committee.hdf5"), shared("branches-k2", "weights.best.hdf5")
    for form in SUFFIX:
        branch_average(committee, form, whole)
        branch_average(weights, form, best, committee)
    branch_average(weights, "legacy-weights", best, inferred=True)


# ---- what needs no Keras: once ----

def renamed():
    whole, weights = files(shared("renamed"), "run?.h5"), files(shared("renamed"), "run?-weights.h5")
    expected = tap.datasets(shared("renamed", "expected-mean-weights.h5"))

    @test
    def renamed_models_are_paired_by_graph():
        for a, b in itertools.permutations(whole, 2):
            answer = ladle_json("diff", a, b, status=1)
            assert {row["paired_by"] for row in answer["rows"]} == {"graph"}, [
                (row["row"], row["paired_by"]) for row in answer["rows"]]
            assert len(answer["rows"]) == len(expected) and all(len(r["names"]) == 2 for r in answer["rows"])

    @test
    def match_says_which_renamed_layer_is_which():
        answer = ladle_json("match", *whole)
        names = {pair["names"]["A"]: (pair["names"]["B"], pair["names"]["C"]) for pair in answer["pairs"]}
        want = [("conv2d", "conv2d_2", "conv2d_4"), ("conv2d_1", "conv2d_3", "conv2d_5"),
                ("batch_normalization", "batch_normalization_1", "batch_normalization_2"),
                ("dense_1", "dense_3", "dense_5"), ("dense", "dense_2", "dense_4")]
        assert [(a, *names[a]) for a, _, _ in want] == want, names
        assert answer["unmatched"] == [], answer["unmatched"]

    @test
    def averages_of_renamed_models_are_the_expected_ones():
        ladle("avg", *whole, "-o", out("renamed.h5"), "--format", "legacy-weights")
        ladle("avg", *weights, "-o", out("renamed-weights.h5"))
        ladle("avg", *weights, "--config", whole[0], "-o", out("renamed-config.h5"))
        for name in ("renamed.h5", "renamed-weights.h5", "renamed-config.h5"):
            tap.check_equal(out(name), shared("renamed", "expected-mean-weights.h5"))

    @test
    def averages_in_another_order_have_the_same_values():
        """Sums go in checkpoint order, so bits are numpy's for that order."""
        turned = whole[1:] + whole[:1]
        ladle("avg", *turned, "-o", out("turned.h5"), "--format", "legacy-weights")
        written = tap.datasets(out("turned.h5"))
        assert len(written) == len(expected)
        for want in expected.values():
            assert any(a.shape == want.shape and np.allclose(a, want, 1e-6, 1e-7) for a in written.values())


def odd():
    @test
    def nine_hundred_layers_whose_names_fill_two_attributes_are_listed():
        (listed,) = ladle_json("ls", shared("odd", "long-names.h5"))["checkpoints"]
        have = [layer for layer in listed["layers"] if layer["tensors"]]
        assert len(have) == 900, len(have)
        assert [int(layer["name"][6:10]) for layer in have] == list(range(900))
        identical(shared("odd", "long-names.h5"), shared("odd", "long-names.h5"), 900)

    @test
    def a_tensorflow_checkpoint_is_refused_by_its_name():
        for name in ("ckpt.index", "ckpt.data-00000-of-00001", "checkpoint"):
            error = ladle_json("ls", shared("odd", "tensorflow-checkpoint", name), status=3)["error"]
            assert "TensorFlow" in error["text"] and "save_weights" in error["text"], (name, error["text"])


def without_keras():
    paths = [layout(name) for name in LAYOUTS]
    all_identical("layouts", paths, 15)
    all_identical("layouts", paths, 15, "--config", layout("k3.keras"))
    frozen = [shared("frozen", name) for name in ("free.h5", "frozen.h5", "free-weights.h5", "frozen-weights.h5")]
    all_identical("frozen", frozen, 14)
    with open(shared("zoo", "layers.json")) as file:
        zoo = sum(len(layer["weights"]) for layer in json.load(file))
    all_identical("zoo", files(shared("zoo"), "zoo-0.*"), zoo, copies=("sn/wrapped_kernel",))
    zoo = len(tap.datasets(shared("zoo-k2", "zoo-0.h5")))
    all_identical("zoo-k2", files(shared("zoo-k2"), "zoo-0[.-]*"), zoo)
    renamed()
    odd()


if not tap.have_shared():
    tap.skip("layouts", "../shared is not here")
else:
    exports()
    branches_3() if KERAS3 else branches_2()
    if KERAS3:
        without_keras()
tap.finish()
