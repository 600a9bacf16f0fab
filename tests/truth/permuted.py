"""Networks whose units were re-ordered: `align` and `avg --align` give the original bit for bit, and what they write
predicts in real Keras what the copy predicts. Copies of which one group alone was re-ordered, with noise, in another
layout and under other names, too.

permuted.py permuted|permuted-k2: the folder of the shared checkpoints; runs in the Keras that wrote them.
"""
import json
import logging
import os
import sys
import warnings

os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
logging.disable(logging.WARNING)
warnings.simplefilter("ignore")
import keras
import numpy as np

import tap
from tap import check_equal, datasets, ladle, ladle_json, out, result, shared

FOLDER = sys.argv[1]
IS_2 = FOLDER == "permuted-k2"
SUFFIX = ".h5" if IS_2 else ".keras"
NEAR = 1e-5
# Of models with layers inside others, only the outer ones can be given other names here.
RENAMED = "mlp", "cnn", "resnet", "mobile", "inception", "text", "siamese"
worst = 0


def load(path):
    keras.backend.clear_session()
    return keras.models.load_model(path, compile=False)


def inputs(model):
    rng = np.random.default_rng(3)
    made = [rng.integers(0, 40, size=(32, *i.shape[1:])) if "int" in str(i.dtype)
            else rng.random(size=(32, *i.shape[1:])).astype("float32") for i in model.inputs]
    return made if len(made) > 1 else made[0]


def predict(path):
    model = load(path)
    return model.predict(inputs(model), verbose=0)


def check_predicts(path, expected):
    global worst
    far = float(np.abs(predict(path) - expected).max())
    worst = max(worst, far)
    assert far <= NEAR, "predictions differ by %.2g" % far


def inverse(order):
    back = np.empty(len(order), int)
    back[np.asarray(order)] = np.arange(len(order))
    return back.tolist()


def check_found(answer, permutations):
    """Each permutation that was made by hand is one that is found; which of equal units is which nobody can tell,
    and the bits of the output prove that these were equal."""
    found = [(g["units"], g["matches"][0]["permutation"]) for g in answer["groups"]]
    for order in permutations:
        back = inverse(order)
        same = max((sum(a == b for a, b in zip(back, p)) for units, p in found if units == len(back)), default=0)
        assert same >= 0.5 * len(back), "the permutation of %d units is not found" % len(back)
        moved = sum(i != p for i, p in enumerate(order))
        assert any(units == len(back) and match["units_moved"] >= moved / 2 for units, match in
                   ((g["units"], g["matches"][0]) for g in answer["groups"])), "%d units" % len(back)


def check_pair(name, a, b, permutations):
    expected = predict(b)
    answer = ladle_json("align", a, b, "-o", out("aligned" + SUFFIX), "--force", "--no-null")
    assert all(m["exact"] for g in answer["groups"] for m in g["matches"]), "not all are exact copies"
    check_equal(a, out("aligned" + SUFFIX))
    check_predicts(out("aligned" + SUFFIX), expected)
    check_found(answer, permutations)
    ladle("avg", "--align", a, b, "-o", out("mean" + SUFFIX), "--force", "--no-null", "-w", ".5,.5")
    check_equal(a, out("mean" + SUFFIX))
    check_predicts(out("mean" + SUFFIX), expected)
    told = ladle_json("diff", a, b, status=1)
    codes = {f["code"] for row in told["rows"] for f in row["findings"]}
    assert "permuted" in codes, codes


def permuted_model(nets, name, a, groups, rng):
    model = load(a)
    nets.permute(model, groups, rng)
    return model


def save(model, path):
    if path.endswith(".weights.h5") or "-weights" in path:
        model.save_weights(path, overwrite=True)
    else:
        model.save(path, overwrite=True, **({"include_optimizer": False} if path.endswith(".h5") else {}))


def check_partial(nets, name, a, groups):
    """One group alone."""
    for i, group in enumerate(groups):
        save(permuted_model(nets, name, a, [group], np.random.default_rng(i)), out("part" + SUFFIX))
        ladle("align", a, out("part" + SUFFIX), "-o", out("aligned" + SUFFIX), "--force", "--no-null")
        check_equal(a, out("aligned" + SUFFIX))


def check_noise(nets, name, a, groups, sigma):
    """What is left is the noise, in each element: a unit in a wrong place would be apart by about a standard
    deviation."""
    model, rng = permuted_model(nets, name, a, groups, np.random.default_rng(7)), np.random.default_rng(8)
    noisy = []
    for w in model.get_weights():
        by = sigma * float(np.std(w)) if w.dtype.kind == "f" else 0
        noisy.append((w + by * rng.normal(size=w.shape)).astype(w.dtype) if by else w)
    model.set_weights(noisy)
    save(model, out("noisy" + SUFFIX))
    ladle("align", a, out("noisy" + SUFFIX), "-o", out("aligned" + SUFFIX), "--force", "--no-null")
    one, two = datasets(a), datasets(out("aligned" + SUFFIX))
    assert set(one) == set(two)
    wrong = []
    for key, value in one.items():
        if value.dtype.kind == "f" and np.std(value) > 0:
            far = float(np.abs(two[key] - value).max() / np.std(value))
            if far > 7 * sigma:
                wrong.append("%s is apart by %.2g standard deviations" % (key, far))
    assert not wrong, "; ".join(wrong[:4])


def renamed(model):
    """The same layers under other names, in a model of their own."""
    def rename(layer):
        config = layer.get_config()
        config["name"] = "other_" + config["name"]
        return layer.__class__.from_config(config)

    clone = keras.models.clone_model(model, clone_function=rename)
    clone.set_weights(model.get_weights())
    return clone


def check_elsewhere(nets, name, a, groups):
    """In other layouts, and under other names."""
    model = permuted_model(nets, name, a, groups, np.random.default_rng(9))
    for file in ("x.keras", "x.h5", "x-weights.h5") if IS_2 else ("x.keras", "x.h5", "x.weights.h5"):
        save(model, out(file))
        ladle("align", a, out(file), "-o", out("aligned" + SUFFIX), "--force", "--no-null")
        check_equal(a, out("aligned" + SUFFIX))
    if name in RENAMED:
        save(renamed(model), out("renamed" + SUFFIX))
        ladle("align", a, out("renamed" + SUFFIX), "-o", out("aligned" + SUFFIX), "--force", "--no-null")
        check_equal(a, out("aligned" + SUFFIX))


def run(title, check, *arguments):
    try:
        check(*arguments)
    except Exception as error:  # the report must go on
        result(False, title, "%s: %s" % (type(error).__name__, error))
    else:
        result(True, title)


def main():
    if not tap.have_shared():
        tap.skip("permuted copies", "no shared checkpoints")
        tap.finish()
    sys.path.insert(0, shared())
    import nets
    with open(shared("facts-keras2.json" if IS_2 else "facts-keras3.json")) as file:
        facts = json.load(file)
    for name, build in nets.ALL.items():
        a, b = shared(FOLDER, name + SUFFIX), shared(FOLDER, name + "-permuted" + SUFFIX)
        keras.backend.clear_session()
        groups = build()[1]
        title = FOLDER + "/" + name
        run(title + " is the original again", check_pair, name, a, b,
            facts[FOLDER + "/" + name]["permutations"])
        run(title + " with one group re-ordered", check_partial, nets, name, a, groups)
        for sigma in 1e-3, 1e-2:
            run("%s with noise of %g standard deviations" % (title, sigma), check_noise, nets, name, a, groups, sigma)
        run(title + " in other layouts, under other names", check_elsewhere, nets, name, a, groups)
    tap.note("predictions differ by %.2g at most from those of the permuted copies" % worst)
    tap.finish()


main()
