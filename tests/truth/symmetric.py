"""Models whose parallel branches could change places without anyone noticing: where they were
renamed, only the order of what the merge takes tells them apart. That is said, and that `pair` says
otherwise.
"""
import logging
import os

os.environ.setdefault("KERAS_BACKEND", "jax")
logging.disable(logging.WARNING)
import keras
import numpy as np

import tap
from tap import ladle_json, out, test

L = keras.layers
ORIGINAL = ("stem", "ant", "bee", "cat", "head")
RENAMED = ("first", "zebra", "yak", "xerus", "last")
COUNTED = ("dense", "dense_1", "dense_2", "dense_3", "dense_4")
COUNTED_ON = ("dense_5", "dense_6", "dense_7", "dense_8", "dense_9")


def branch(x, name, deep):
    x = L.Dense(5, activation="relu", name=name)(x)
    return L.Dense(4, name=name + "_top")(L.BatchNormalization(name=name + "_norm")(x)) if deep else x


def model(names, merge, count, deep=False):
    stem, *middle, head = names
    x = image = keras.Input((6,), name=stem + "_in")
    x = L.Dense(3, name=stem)(x)
    x = merge()([branch(x, name, deep) for name in middle[:count]])
    return keras.Model(image, L.Dense(2, name=head)(x))


def inside(names, merge, count, deep=False):
    """The same one level down."""
    x = image = keras.Input((6,), name="outer")
    inner = model(names, merge, count, deep)
    return keras.Model(image, L.Dense(7, name=names[-1] + "_out")(inner(x)))


def saved(build, names, file, *shape):
    keras.backend.clear_session()
    built, rng = build(names, *shape), np.random.default_rng(5)
    built.set_weights([rng.normal(size=w.shape).astype("float32") for w in built.get_weights()])
    built.save(out(file))
    return out(file)


def parallel(row, names):
    """Is this a row of one of the branches? Else it stands in the stem or the head."""
    parts = row["row"].split("/")
    return any(part == name or part.startswith(name + "_") and not part[-1].isdigit()
               for part in parts for name in names[1:-1])


def check_told(a, b, names):
    for first, second, own in ((a, b, names[0]), (b, a, names[1])):
        answer = ladle_json("diff", first, second)
        assert any("`pair`" in f["text"] for f in answer["findings"]), answer["findings"]
        branches = [row for row in answer["rows"] if parallel(row, own)]
        assert branches and all(row["paired_by"] == "order" for row in branches)
        assert all(len(row["names"]) == 2 and row["identical"] for row in answer["rows"])
        assert any(row["paired_by"] == "graph" for row in answer["rows"]), "stem and head are certain"


def check(title, build, *shape):
    def order_is_told():
        for suffix in (".keras", ".h5"):
            for one, two in ((ORIGINAL, RENAMED), (COUNTED, COUNTED_ON)):
                a = saved(build, one, title + "-a" + suffix, *shape)
                b = saved(build, two, title + "-b" + suffix, *shape)
                check_told(a, b, (one, two))

    def names_tell():
        a = saved(build, ORIGINAL, title + "-c.keras", *shape)
        b = saved(build, ORIGINAL, title + "-d.h5", *shape)
        answer = ladle_json("diff", a, b)
        tap.check_identical(answer, a, b, len(tap.datasets(b)), {})

    for name, function in (("is paired by order, which is said", order_is_told), ("is told by names", names_tell)):
        function.__name__ = "%s %s" % (title, name)
        test(function)


check("two that are added", model, L.Add, 2)
check("three whose maximum is taken", model, L.Maximum, 3)
check("two deep ones that are averaged", model, L.Average, 2, True)
check("three deep ones that are multiplied", model, L.Multiply, 3, True)
check("two in a nested model", inside, L.Add, 2)
check("two deep ones in a nested model", inside, L.Average, 2, True)
tap.finish()
