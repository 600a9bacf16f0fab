"""Random architectures of real Keras, with the groups of units that their layers leave free: ladle must
find the same ones, and permuting through them must leave the model's predictions as they were:
grouped.py COUNT [SEED].

One test for each architecture; its seed is in its name, and `grouped.py 1 THAT_SEED` repeats it.
"""
import collections
import gc
import logging
import os
import random
import sys
import warnings

logging.disable(logging.WARNING)
warnings.simplefilter("ignore")
import numpy as np
import permutable
import tap
from build import KERAS3
from drafts import model_of
from units import Book

NEAR = 1e-5  # of the largest output
tally = collections.Counter()
kinds_seen = set()


# ---- weights ----

def value_for(rng, variable):
    """Nothing zero, nothing alike, and nothing that would blow up what flows through it."""
    shape, name = tuple(variable.shape), variable.name.rpartition("/")[2].partition(":")[0]
    value = rng.normal(size=shape)
    if name == "moving_variance":
        value = rng.uniform(.5, 2, size=shape)
    elif name in ("gamma", "scale", "slope"):
        value = 1 + .3 * value
    elif name in ("bias", "beta", "moving_mean", "alpha"):
        value = .3 * value
    elif len(shape) > 1 and name != "embeddings":
        value /= np.sqrt(np.prod(shape[:-1]))
    return value.astype("float32")


def set_weights(model, seed):
    rng = np.random.default_rng(seed)
    for variable in model.variables:
        if variable.dtype == "float32":
            variable.assign(value_for(rng, variable))


def rows_of(model, path):
    """ladle's row -> the variable that this row of the file holds."""
    by_bytes = {v.numpy().tobytes(): v for v in model.variables}
    found = {}
    with tap.open_h5(path) as file:
        for row in tap.ladle_json("diff", path, path)["rows"]:
            value = np.asarray(file[row["objects"]["A"]][()])
            if value.dtype == np.float32:
                found[row["row"]] = by_bytes[value.tobytes()]
    return found


def row_of(use):
    return use["layer"] + "/" + use["tensor"]


# ---- groups ----

def places(use, units, unit):
    """Where a unit stands, by ladle's use of a weight."""
    for i in range(use["outer"]):
        for j in range(use["inner"]):
            yield use["offset"] + (i * units + unit) * use["inner"] + j


def as_units(group, rows):
    """The group as the book writes it."""
    def unit(c):
        out = set()
        for use in group["uses"]:
            where = use.get("where", {})
            key = (id(rows[row_of(use)]), use["axis"], where.get("axis"), where.get("index"))
            out |= {key + (position,) for position in places(use, group["units"], c)}
        return frozenset(out)
    return frozenset(unit(c) for c in range(group["units"]))


def told(groups, rows):
    """What a person can read of groups of units."""
    names = {}
    for row, variable in rows.items():
        names.setdefault(id(variable), row)
    def use(key, positions):
        variable, axis, where, index = key
        at = "[%d=%d]" % (where, index) if where is not None else ""
        return "%s:%d%s@%s" % (names[variable], axis, at, ",".join(map(str, sorted(positions))))
    for group in groups:
        axes = collections.defaultdict(set)
        for unit in group:
            for *key, position in unit:
                axes[tuple(key)].add(position)
        yield "%d: %s" % (len(group), " ".join(sorted(use(key, at) for key, at in axes.items())))


def expected_groups(draft):
    book = Book()
    inputs = [[[None] * extent for extent in draft.shape(t)] for t in draft.inputs]
    for value in draft.walk(book, inputs):
        for axis in value:
            book.fix(axis)
    return book.groups()


def check_copies(groups, rows):
    """A file may hold a variable in two rows, which move alike."""
    twice = collections.defaultdict(set)
    for row, variable in rows.items():
        twice[id(variable)].add(row)
    for group in groups:
        uses = collections.defaultdict(set)
        for use in group["uses"]:
            uses[tuple(str(v) for k, v in use.items() if k not in ("layer", "tensor")),
                 id(rows[row_of(use)])].add(row_of(use))
        for (_, variable), found in uses.items():
            assert found == twice[variable], "%s moves alone among %s" % (found, twice[variable])


def compare(draft, answer, rows):
    want = expected_groups(draft)
    check_copies(answer["groups"], rows)
    found = [as_units(group, rows) for group in answer["groups"]]
    assert len(set(found)) == len(found), "a group is listed twice"
    wrong = ["ladle alone has " + text for text in told(set(found) - want, rows)]
    wrong += ["ladle has not " + text for text in told(want - set(found), rows)]
    if wrong:
        wrong += ["fixed: %(layer)s: %(why)s" % one for one in answer["ungrouped"]]
    tally["groups"] += len(found)
    tally["uses"] += sum(len(group["uses"]) for group in answer["groups"])
    return sorted(wrong)


# ---- permutations ----

def permuted(value, use, units, order):
    """new[unit c] = old[unit order[c]] on the use's axis."""
    index = np.arange(value.shape[use["axis"]])
    for c in range(units):
        for to, source in zip(places(use, units, c), places(use, units, order[c])):
            index[to] = source
    if "where" not in use:
        return np.take(value, index, axis=use["axis"])
    value, at = value.copy(), [slice(None)] * value.ndim
    at[use["where"]["axis"]] = use["where"]["index"]
    axis = use["axis"] - (use["where"]["axis"] < use["axis"])
    value[tuple(at)] = np.take(value[tuple(at)], index, axis=axis)
    return value


def apply(groups, rows, rng, without=None):
    """All groups, one after another; `without` is the one use (group, use) that is left out."""
    for g, group in enumerate(groups):
        order, seen = rng.permutation(group["units"]), set()
        if without and g == without[0]:
            order = np.roll(np.arange(group["units"]), 1)  # certainly moves
        for k, use in enumerate(group["uses"]):
            variable = rows[row_of(use)]
            key = (id(variable), str({n: v for n, v in use.items() if n not in ("layer", "tensor")}))
            if key in seen or without == (g, k):
                continue  # it stands in two rows of the file
            seen.add(key)
            variable.assign(permuted(variable.numpy(), use, group["units"], order))


def inputs_for(draft, rng):
    out = [rng.integers(0, permutable.WORDS, size=(4,) + draft.shape(t)).astype("int32")
           if draft.values[t].dtype == "int32" else rng.normal(size=(4,) + draft.shape(t)).astype("float32")
           for t in draft.inputs]
    return out if len(out) > 1 else out[0]


def predict(model, data):
    out = model.predict(data, verbose=0) if KERAS3 else model(data, training=False)
    return [np.asarray(x, "float64") for x in (out if isinstance(out, (list, tuple)) else [out])]


def distance(before, after):
    """The largest difference relative to the largest output."""
    return max(np.abs(a - b).max() / max(np.abs(a).max(), 1e-3) for a, b in zip(before, after))


def check_predictions(draft, model, groups, rows, seed):
    rng = np.random.default_rng(seed)
    data = inputs_for(draft, rng)
    before = predict(model, data)
    assert all(np.isfinite(x).all() for x in before), "predictions are not finite"
    apply(groups, rows, rng)
    far = distance(before, predict(model, data))
    tally["far"] = max(tally["far"], far)
    wrong = ["permuted, predictions differ by %.2g" % far] if not far <= NEAR else []
    notice(model, groups, rows, rng, data, before)
    return wrong


def notice(model, groups, rows, rng, data, before):
    """A permutation that one use is missed by must show in most models, or this proves nothing."""
    several = [g for g, group in enumerate(groups) if len(group["uses"]) > 1]
    if not several:
        return
    g = several[int(rng.integers(len(several)))]
    apply(groups, rows, rng, without=(g, int(rng.integers(len(groups[g]["uses"])))))
    tally["broken"] += 1
    tally["noticed"] += distance(before, predict(model, data)) > 10 * NEAR


# ---- one architecture ----

def check(seed):
    draft = permutable.draw(seed)
    model = model_of(draft)
    set_weights(model, seed)
    path = tap.out("%d.%s" % (seed, random.Random(seed).choice(("keras", "h5"))))
    model.save(path)
    rows = rows_of(model, path)
    answer = tap.ladle_json("match", path, path)
    os.remove(path)
    wrong = compare(draft, answer, rows)
    wrong += check_predictions(draft, model, answer["groups"], rows, seed)
    kinds_seen.update(draft.kinds)
    return wrong, draft


def main(count, seed):
    tap.note("architectures from seed %d" % seed)
    gc.freeze()  # what Keras made so far is not looked through again with every new model
    for s in range(seed, seed + count):
        kinds = ""
        try:
            wrong, draft = check(s)
            kinds = " ".join(sorted(draft.kinds))
        except Exception as error:  # the report must go on
            wrong = ["%s: %s" % (type(error).__name__, error)]
        tap.result(not wrong, "groups of architecture %d: %s" % (s, kinds), "\n".join(wrong))
    if count >= 40:
        tap.result(tally["noticed"] > .7 * tally["broken"], "an axis that is left behind shows in predictions",
                   "in %(noticed)d of %(broken)d" % tally)
    tap.note("%d groups with %d uses; permuted, predictions differ by %.1g at most; with one axis left behind "
             "%d of %d differ" % (tally["groups"], tally["uses"], tally["far"], tally["noticed"], tally["broken"]))
    tap.note("%d classes: %s" % (len(kinds_seen), " ".join(sorted(kinds_seen))))
    tap.finish()


given = [int(word) for word in sys.argv[1:] if word]
main(given[0], given[1] if len(given) > 1 else random.SystemRandom().randrange(1, 10 ** 8))
