"""What ladle writes, in Keras 2.15 on TensorFlow: loaded as it is, get_weights equal to numpy's."""
import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras

import tap
from tap import average, files, ladle, out, shared, test


def load(path):
    return keras.models.load_model(path, compile=False)


def check_weights(got, models, weights=None):
    want = [average(w, weights) for w in zip(*[m.get_weights() for m in models])]
    have = got.get_weights()
    assert len(have) == len(want) > 0
    for k, (a, b) in enumerate(zip(have, want)):
        assert tap.same_bits(a, b), "weight %d: %s, numpy has %s" % (k, a.ravel()[:3], b.ravel()[:3])


def suffix_of(path):
    return ".keras" if path.endswith(".keras") else ".weights.h5" if path.endswith(".weights.h5") else ".h5"


def whole_model(name, paths, weights=None, *options):
    def check():
        given = ["-w", ",".join(map(str, weights))] if weights else []
        mean = out(name + suffix_of(paths[0]))
        ladle("avg", *paths, *given, *options, "-o", mean)
        check_weights(load(mean), [load(p) for p in paths], weights)
    check.__name__ = "load_model_" + name
    test(check)


def weights_only(name, model_path, paths, *options):
    def check():
        mean = out(name + suffix_of(paths[0]))
        ladle("avg", *paths, *options, "-o", mean)
        members = []
        for path in paths + [mean]:
            member = load(model_path)
            member.load_weights(path)
            members.append(member)
        check_weights(members[-1], members[:-1])
    check.__name__ = "load_weights_" + name
    test(check)


if tap.have_shared():
    whole_model("renamed", files(shared("renamed"), "run?.h5"), [.5, .3, .2])
    weights_only("renamed_weights", shared("renamed", "run0.h5"), files(shared("renamed"), "run?-weights.h5"))
    whole_model("zoo", files(shared("zoo-k2"), "zoo-?.h5"))
    weights_only("zoo_weights", shared("zoo-k2", "zoo-0.h5"), files(shared("zoo-k2"), "zoo-?-weights.h5"))
    weights_only("zoo_store", shared("zoo-k2", "zoo-0.h5"), files(shared("zoo-k2"), "zoo-?.weights.h5"))
    whole_model("archive", [shared("layouts", "k2.keras")] * 2)
    weights_only("store", shared("layouts", "k2.h5"), [shared("layouts", "k2.weights.h5")] * 2)
    whole_model("with_optimizer", [shared("layouts", "k2-with-optimizer.h5")] * 2)
    whole_model("optimizer_kept", [shared("layouts", "k2-with-optimizer.h5")] * 2, None, "--keep-optimizer")
    weights_only("to_weights", shared("layouts", "k2.h5"), [shared("layouts", "k2.h5")] * 2, "--format", "legacy-weights")
    whole_model("float16", [shared("dtypes", "k2-float16.h5")] * 2)
    whole_model("mixed_float16", [shared("dtypes", "k2-mixed_float16.h5")] * 2)
    whole_model("nested", [shared("frozen", "free.h5")] * 2)
    whole_model("permuted_copy", [shared("permuted-k2", "mlp.h5"), shared("permuted-k2", "mlp-permuted.h5")])

    @test
    def load_weights_epochs():
        paths = files(shared("epochs-k2"), "weights.0*.hdf5")
        ladle("avg", *paths, "-o", out("epochs.hdf5"))
        tap.check_average(paths, out("epochs.hdf5"))
else:
    tap.skip("files of shared", "../shared is not here")
tap.finish()
