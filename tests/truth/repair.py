"""What `avg --repair` does to accuracy, in real Keras: for models aligned by numpy's weight matching
(matching.py), so that the table does not depend on the program's own. And the script that `ladle help
repair` prints, run as it is printed.
"""
import os
import subprocess
import sys

os.environ.setdefault("KERAS_BACKEND", "jax")
import keras
import numpy as np

import matching
import tap
from digits import accuracy, averaged, digits, reestimated, script, seeds
from tap import ladle, ladle_json, out, shared, test

L = keras.layers
POINT = .01


def keys_of(model):
    return [(layer.name, k) for layer in model.layers for k in range(len(layer.get_weights()))]


def chain(layers, flat=1):
    """Groups of a plain chain: a normaliser moves with the layer before it. `flat`: places of the last image."""
    groups = []
    for name, kind in layers:
        if kind == "norm":
            groups[-1][1].extend((name, k, 0, 1, 1, 0) for k in range(4))
            continue
        if groups:
            groups[-1][1].append((name, 0, 2 if kind[0] == 4 else 0, flat if kind[2] else 1, 1, 0))
        groups.append((kind[1], [(name, 0, kind[0] - 1, 1, 1, 0)] + [(name, 1, 0, 1, 1, 0)] * kind[3]))
    return groups[:-1]


def groups_of(model):
    """By shapes: these are all plain chains."""
    layers, flat = [], False
    for layer in model.layers:
        weights = layer.get_weights()
        flat |= isinstance(layer, L.Flatten)
        if isinstance(layer, L.BatchNormalization):
            layers.append((layer.name, "norm"))
        elif weights:
            layers.append((layer.name, (weights[0].ndim, weights[0].shape[-1], flat, len(weights) - 1)))
            flat = False
    return chain(layers, 16)


def statistics(model):
    return [(layer.name, k) for layer in model.layers if isinstance(layer, L.BatchNormalization) for k in (2, 3)]


def write_aligned(paths, normalised):
    models = [keras.models.load_model(p, compile=False) for p in paths]
    keys, groups, ignored = keys_of(models[0]), groups_of(models[0]), statistics(models[0])
    weights = [dict(zip(keys, m.get_weights())) for m in models]
    aligned = matching.together(weights, groups, ignored, normalised)
    written = []
    for k, (model, own) in enumerate(zip(models, aligned)):
        model.set_weights([own[key] for key in keys])
        written.append(out("aligned-%d.keras" % k))
        model.save(written[-1])
    return written


def row(name, paths, data, kinds):
    """One line of the table; repaired must not lose more than a point against aligned."""
    members = [accuracy(keras.models.load_model(p, compile=False), data) for p in paths]
    plain = averaged(paths, data)
    found = {}
    for normalised in (False, True):
        aligned = write_aligned(paths, normalised)
        before = averaged(aligned, data)
        after = averaged(aligned, data, "--repair", kinds)
        anew = reestimated(aligned, data) if "bn" in kinds else float("nan")
        found[normalised] = before, after, anew
        tap.note("%s, %d models, %s: members %.3f, plain %.3f, aligned %.3f, repaired (%s) %.3f, re-estimated on data %.3f" % (
            name, len(paths), "normalised" if normalised else "raw", np.mean(members), plain, before, kinds, after, anew))
    return found


def never_worse(found):
    for before, after, _ in found.values():
        assert after >= before - POINT, "%.3f became %.3f" % (before, after)


def seeds_of(folder, counts, kinds, least):
    """least: of the better of raw and normalised, repaired, by the number of models."""
    data = digits(folder != "mlp")
    for count, want in zip(counts, least):
        def check(count=count, want=want):
            found = row("seeds/" + folder, seeds(folder, count), data, kinds)
            never_worse(found)
            best = max(after for _, after, _ in found.values())
            assert best >= want, "%.3f, not %.3f" % (best, want)
        check.__name__ = "repair of %d models of seeds/%s" % (count, folder)
        test(check)


# ---- networks with more normalisers, trained here ----

def dense_net(depth=3, width=128):
    x = image = keras.Input((64,))
    for k in range(depth):
        x = L.Dense(width, use_bias=False, name="d%d" % k)(x)
        x = L.Activation("relu")(L.BatchNormalization(momentum=.9, name="n%d" % k)(x))
    return keras.Model(image, L.Dense(10, activation="softmax", name="out")(x))


def image_net(widths=(32, 48, 48)):
    x = image = keras.Input((8, 8, 1))
    for k, width in enumerate(widths):
        x = L.Conv2D(width, 3, padding="same", use_bias=False, kernel_regularizer=keras.regularizers.L2(1e-3), name="d%d" % k)(x)
        x = L.Activation("relu")(L.BatchNormalization(momentum=.9, name="n%d" % k)(x))
    return keras.Model(image, L.Dense(10, activation="softmax", name="out")(L.GlobalAveragePooling2D()(x)))


def trained(build, data, count, epochs):
    paths = []
    for k in range(count):
        keras.utils.set_random_seed(k)
        model = build()
        model.compile(keras.optimizers.SGD(.02, momentum=.9), "sparse_categorical_crossentropy")
        model.fit(data[0], data[1], epochs=epochs, batch_size=64, verbose=0)
        paths.append(out("%s-%d.keras" % (build.__name__, k)))
        model.save(paths[-1])
    return paths


def trained_here(build, image, gains):
    def check():
        data = digits(image)
        paths = trained(build, data, 3, 8)
        for count, gain in gains:
            found = row(build.__name__, paths[:count], data, "bn")
            never_worse(found)
            before, after, _ = max(found.values(), key=lambda one: one[1])
            assert after >= before + gain, "%d models: %.3f became %.3f" % (count, before, after)
    check.__name__ = "repair of a %s with BatchNormalization throughout" % build.__name__
    test(check)


# ---- statistics that have not converged ----

def few_steps(name, epochs, save):
    """A short training at momentum .99 and its statistics without the start, by the optimizer's own count."""
    data = digits(True)
    x = image = keras.Input((8, 8, 1))
    x = L.Activation("relu")(L.BatchNormalization(name="n0")(L.Conv2D(16, 3, use_bias=False, name="d0")(x)))
    x = L.Activation("relu")(L.BatchNormalization(name="n1", momentum=.98)(L.Conv2D(16, 3, name="d1")(x)))
    model = keras.Model(image, L.Dense(10, activation="softmax", name="out")(L.GlobalAveragePooling2D()(x)))
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(data[0], data[1], epochs=epochs, batch_size=64, verbose=0)
    save(model, out(name))
    steps = int(np.asarray(model.optimizer.iterations))
    want = {}
    for layer in (model.get_layer("n0"), model.get_layer("n1")):
        q = layer.momentum ** steps
        mean, variance = (np.asarray(w, dtype="float64") for w in layer.get_weights()[2:])
        want[layer.name + "/moving_mean"] = mean / (1 - q)
        want[layer.name + "/moving_variance"] = (variance - q) / (1 - q)
    return out(name), want


def steps_are_counted(name, save):
    path, want = few_steps(name, 5, save)
    answer = ladle_json("avg", path, "-o", out("settled.keras"), "--force", "--repair", "unconverged")
    assert sorted(one["row"] for one in answer["repaired"] if one["applied"]) == sorted(want), answer["repaired"]
    assert all("optimizer" in one["text"] for one in answer["repaired"])
    model = keras.models.load_model(out("settled.keras"), compile=False)
    for layer in ("n0", "n1"):
        for k, role in ((2, "moving_mean"), (3, "moving_variance")):
            got = model.get_layer(layer).get_weights()[k]
            assert np.allclose(got, want[layer + "/" + role], rtol=1e-6, atol=1e-7), layer


def few_steps_are_taken_out_by_their_count():
    steps_are_counted("few.keras", lambda model, path: model.save(path))


def few_steps_are_taken_out_of_legacy_files_too():
    steps_are_counted("few.h5", lambda model, path: model.save(path))


def long_trainings_are_left():
    """epochs has more steps than matter, cnn_wide has momentum .9 and no optimizer."""
    for path in seeds("cnn_wide", 5):
        answer = ladle_json("avg", path, "-o", out("settled.keras"), "--force", "--repair", "unconverged")
        assert answer["repaired"] == [], answer["repaired"]


def what_is_left_shows_without_steps():
    """seeds/cnn: 240 steps at momentum .99, no optimizer in the files."""
    for path in seeds("cnn", 5):
        answer = ladle_json("avg", path, "-o", out("settled.keras"), "--force", "--repair", "unconverged")
        assert len(answer["repaired"]) == 4, answer["repaired"]
        left = float(answer["repaired"][0]["text"].split("what is left of it: ")[1].split(",")[0])
        assert abs(left - .99 ** 240) < .001, left


# ---- the script ----

def runs(python, committee, suffix):
    """The program changes the statistics of BatchNormalization, and nothing else."""
    mean, samples, better = out("two" + suffix), out("two.npz"), out("two-better" + suffix)
    ladle("avg", "--branches", committee, "-o", mean, "--force", "-q")
    np.savez(samples, x=digits(True)[0])
    done = subprocess.run([python, script(), mean, samples, better], capture_output=True, text=True,
                          env=dict(os.environ, TF_CPP_MIN_LOG_LEVEL="3"))
    assert done.returncode == 0, done.stderr[-600:]
    before, after = tap.datasets(mean), tap.datasets(better)
    moved = sorted(name for name in before if not tap.same_bits(before[name], after[name]))
    assert moved and all("moving_" in name or name.endswith(("vars/2", "vars/3")) for name in moved), moved


def the_script_of_the_help_runs_in_keras_2():
    runs(os.path.join(tap.ROOT, "build", "truth", "keras2", "bin", "python"), shared("branches-k2", "committee.hdf5"), ".h5")


def the_script_of_the_help_runs_in_keras_3():
    runs(sys.executable, shared("branches", "committee.keras"), ".keras")


def near_copies_need_no_repair():
    """Equal files: nothing is repaired, and the output is the file."""
    path = seeds("cnn_wide", 1) * 3
    answer = ladle_json("avg", *path, "-o", out("same.keras"), "--force", "--repair", "bn,norm")
    assert not any(one["applied"] for one in answer["repaired"]), answer["repaired"]
    tap.check_equal(path[0], out("same.keras"))


if tap.have_shared():
    seeds_of("mlp", (2, 3), "norm", (.965, .965))
    seeds_of("cnn_wide", (2, 5), "bn,unconverged", (.96, .87))
    seeds_of("cnn", (2, 3, 5), "bn,unconverged", (.90, .85, .70))
    test(long_trainings_are_left)
    test(what_is_left_shows_without_steps)
    test(near_copies_need_no_repair)
    test(the_script_of_the_help_runs_in_keras_2)
    test(the_script_of_the_help_runs_in_keras_3)
else:
    tap.skip("repair of real seeds", "no shared files")
test(few_steps_are_taken_out_by_their_count)
test(few_steps_are_taken_out_of_legacy_files_too)
trained_here(dense_net, False, ((2, 0), (3, .05)))
trained_here(image_net, True, ((2, .05), (3, .05)))
tap.finish()
