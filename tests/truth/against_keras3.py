"""What ladle writes, in today's Keras 3 on JAX: loaded as it is, get_weights equal to numpy's."""
import os

os.environ["KERAS_BACKEND"] = "jax"
import keras
import numpy as np

import tap
from tap import SAMPLE, average, files, ladle, out, shared, test

keras.config.disable_traceback_filtering()


def load(path):
    return keras.models.load_model(path, compile=False)


def check_weights(got, models, weights=None):
    want = [average(w, weights) for w in zip(*[m.get_weights() for m in models])]
    have = got.get_weights()
    assert len(have) == len(want) > 0
    for k, (a, b) in enumerate(zip(have, want)):
        assert tap.same_bits(a, b), "weight %d: %s, numpy has %s" % (k, a.ravel()[:3], b.ravel()[:3])


def whole_model(name, paths, suffix, weights=None, *options):
    """load_model takes the output; its weights are numpy's average of the members'."""
    def check():
        given = ["-w", ",".join(map(str, weights))] if weights else []
        ladle("avg", *paths, *given, *options, "-o", out(name + suffix))
        check_weights(load(out(name + suffix)), [load(p) for p in paths], weights)
    check.__name__ = "load_model_" + name
    test(check)


def weights_only(name, model_path, paths, suffix, *options):
    """load_weights takes the output into a model that was built from a config."""
    def check():
        ladle("avg", *paths, *options, "-o", out(name + suffix))
        members = []
        for path in paths + [out(name + suffix)]:
            member = load(model_path)
            member.load_weights(path)
            members.append(member)
        check_weights(members[-1], members[:-1])
    check.__name__ = "load_weights_" + name
    test(check)


run, seeds = files(SAMPLE, "run-*.h5"), files(SAMPLE, "seed1?.keras")
whole_model("legacy", run, ".h5", [.5, .3, .2])
whole_model("keras", seeds, ".keras", [.5, .3, .2])
weights_only("legacy_weights", run[0], run, ".h5", "--format", "legacy-weights")
weights_only("keras_to_weights", seeds[0], seeds, ".weights.h5")


@test
def predictions_of_a_model_averaged_with_itself_are_its_own():
    ladle("avg", seeds[0], seeds[0], "-o", out("same.keras"))
    x = np.random.default_rng(0).random((16, 8, 8, 1), dtype="float32")
    assert np.array_equal(load(out("same.keras")).predict(x, verbose=0), load(seeds[0]).predict(x, verbose=0))


@test
def weights_become_a_whole_model_with_a_config():
    one = os.path.join(SAMPLE, "seed11.weights.h5")
    ladle("avg", one, one, "--config", seeds[0], "-o", out("whole.keras"))
    check_weights(load(out("whole.keras")), [load(seeds[0])])


if tap.have_shared():
    whole_model("seeds_cnn", files(shared("seeds", "cnn"), "seed*.keras"), ".keras")
    whole_model("seeds_cnn_legacy", files(shared("seeds", "cnn"), "seed?.h5"), ".h5", [.7, .3])
    whole_model("seeds_mlp", files(shared("seeds", "mlp"), "seed*.keras"), ".keras", [.5, .3, .2])
    weights_only("seeds_weights", shared("seeds", "cnn", "seed0.keras"),
                 files(shared("seeds", "cnn"), "seed?.weights.h5"), ".weights.h5")
    weights_only("epochs", shared("epochs", "last.keras"), files(shared("epochs"), "w.*.weights.h5"), ".weights.h5")
    for dtype in ("float16", "float64"):
        whole_model("dtype_" + dtype, files(shared("dtypes"), dtype + "-?.keras"), ".keras")
    whole_model("zoo", files(shared("zoo"), "zoo-?.keras"), ".keras")
    weights_only("zoo_weights", shared("zoo", "zoo-0.keras"), files(shared("zoo"), "zoo-?.weights.h5"), ".weights.h5")
    whole_model("layouts_h5", [shared("layouts", "k3.h5")] * 2, ".h5")
    whole_model("layouts_keras", [shared("layouts", "k3.keras")] * 2, ".keras")
    whole_model("layouts_k2_h5_in_keras_3", [shared("layouts", "k2.h5")] * 2, ".h5")
    whole_model("seeds_optimizer_kept", [shared("layouts", "k3.keras")] * 2, ".keras", None, "--keep-optimizer")

    @test
    def layouts_predict_what_the_members_do():
        given = np.load(shared("layouts", "predictions.npz"))
        for name, suffix in (("k3.h5", ".h5"), ("k3.keras", ".keras"), ("k2.h5", ".h5")):
            ladle("avg", shared("layouts", name), shared("layouts", name), "--force", "-o", out("predict" + suffix))
            y = load(out("predict" + suffix)).predict(given["x"], verbose=0)
            assert np.abs(y - given["y"]).max() < 1e-6, name
else:
    tap.skip("files of shared", "../shared is not here")
tap.finish()
