"""Accuracy in real Keras of averages of independent trainings: plain, aligned by each objective and as the
program chooses, repaired, with BatchNormalization re-estimated on data; beside the members.
"""
import numpy as np

import tap
from digits import accuracy, averaged, digits, keras, reestimated, seeds
from tap import ladle, ladle_json, out, test

WAYS = {"raw": ("--objective", "raw"), "normalised": ("--objective", "normalised"), "chosen": ()}
REPAIRS = {"mlp": "norm", "cnn_wide": "bn", "cnn": "unconverged,bn"}
# What a prototype in numpy reached with the better objective (alignment.md, 5.2), repaired for cnn; a point less,
# since one picture of 540 is .002 and orders of sweeping differ by that much.
LEAST = {("mlp", 2): .974, ("mlp", 3): .974, ("cnn_wide", 2): .969, ("cnn_wide", 5): .904, ("cnn", 2): .79}
POINT = .01


def cosines(paths):
    """Mean over groups: as stored, as matched, and of the null baseline."""
    groups = ladle_json("match", *paths)["groups"]
    found = [[match[key] for group in groups for match in group["matches"]]
             for key in ("cosine_raw", "cosine_matched", "cosine_null")]
    return [np.mean(one) for one in found]


def reestimated_aligned(paths, data):
    aligned = [paths[0]]
    for k, path in enumerate(paths[1:]):
        aligned.append(out("aligned-%d.keras" % k))
        ladle("align", paths[0], path, "-o", aligned[-1], "--force", "-q", "--no-null")
    return reestimated(aligned, data)


def table(folder, count, data):
    paths, repair = seeds(folder, count), REPAIRS[folder]
    found = {"members": np.mean([accuracy(keras.models.load_model(p, compile=False), data) for p in paths]),
             "plain": averaged(paths, data)}
    for name, options in WAYS.items():
        found[name] = averaged(paths, data, "--align", "--no-null", *options)
    found["repaired (%s)" % repair] = found["repaired"] = averaged(paths, data, "--align", "--no-null", "--repair", repair)
    if folder != "mlp":
        found["re-estimated on data"] = reestimated_aligned(paths, data)
    stored, matched, null = cosines(paths[:2])
    tap.note("seeds/%s, %d models: %s; cosines of two as stored %.3f, matched %.3f, null %.3f" % (
        folder, count, ", ".join("%s %.3f" % one for one in found.items() if one[0] != "repaired"), stored, matched, null))
    return found


def check(folder, count):
    def seeds_are_averaged():
        found = table(folder, count, digits(folder != "mlp"))
        best = max(found["chosen"], found["repaired"])
        assert found["chosen"] > found["plain"] + .05, found
        assert found["repaired"] >= found["chosen"] - POINT, found
        assert best >= LEAST.get((folder, count), 0) - POINT, found
    seeds_are_averaged.__name__ = "%d models of seeds/%s" % (count, folder)
    test(seeds_are_averaged)


def other_seeds_are_as_good():
    """Which order of sweeping comes out best is chance; how much hangs on it is said."""
    data, paths = digits(True), seeds("cnn_wide", 2)
    found = [averaged(paths, data, "--align", "--no-null", "--seed", seed) for seed in range(8)]
    tap.note("seeds/cnn_wide, 2 models, --seed 0 to 7: %s" % " ".join("%.3f" % one for one in found))
    assert min(found) >= LEAST["cnn_wide", 2] - 3 * POINT, found


if tap.have_shared():
    test(other_seeds_are_as_good)
    for one in (("mlp", 2), ("mlp", 3), ("cnn_wide", 2), ("cnn_wide", 3), ("cnn_wide", 5), ("cnn", 2), ("cnn", 3), ("cnn", 5)):
        check(*one)
else:
    tap.skip("seeds of mlp, cnn_wide and cnn", "the shared checkpoints are not here")
tap.finish()
