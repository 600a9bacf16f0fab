"""Old and special layouts: Keras 1 beside Keras 2, averages of an optimizer, quantised layers, models
that keep layers in lists, shared layers, fitted and random ones. Runs in either Keras."""
import json
import os

os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import h5py
import keras
import numpy as np

import tap
from tap import average, ladle, ladle_json, out, same_bits, test

IS_3 = keras.__version__.startswith("3")
layers = keras.layers
random = np.random.default_rng(7)


def array(*shape):
    return random.standard_normal(shape).astype("float32")


# ---- Keras 1, by hand: read by Keras 2's own loader ----

def gates(name, letters, inputs, units):
    return [(name + "_" + kind + "_" + letter, array(*shape)) for letter in letters
            for kind, shape in (("W", (inputs, units)), ("U", (units, units)), ("b", (units,)))]


def kernel(name, *shape):
    return [(name + "_W", array(*shape)), (name + "_b", array(6))]


def inner(class_name, **config):
    return {"layer": {"class_name": class_name, "config": dict(config, name="inner")}}


def keras_1_cases():
    """name: the layers in Keras 2, their input, and (class, config, weights) in Keras 1."""
    first, th, tf = {"data_format": "channels_first"}, {"dim_ordering": "th"}, {"dim_ordering": "tf"}
    convolution = lambda **k: layers.Conv2D(6, (3, 2), name="c", **k)
    transposed = lambda **k: layers.Conv2DTranspose(6, (3, 2), name="c", **k)
    lstm = lambda: layers.LSTM(5, name="l")
    return {
        "lstm": ([lstm], (4, 3), [("LSTM", {}, gates("l", "icfo", 3, 5))]),
        "gru": ([lambda: layers.GRU(5, reset_after=False)], (4, 3), [("GRU", {}, gates("g", "zrh", 3, 5))]),
        "both_ways": ([lambda: layers.Bidirectional(lstm())], (4, 3), [
            ("Bidirectional", inner("LSTM"), gates("forward_l", "icfo", 3, 5) + gates("backward_l", "icfo", 3, 5))]),
        "filters_first": ([lambda: convolution(**first)], (4, 8, 8), [("Convolution2D", th, kernel("c", 6, 4, 3, 2))]),
        "filters_last": ([convolution], (8, 8, 4), [("Convolution2D", tf, kernel("c", 3, 2, 4, 6))]),
        "three_dimensions": ([lambda: layers.Conv3D(6, (3, 2, 2), name="c", **first)], (4, 8, 8, 8), [
            ("Convolution3D", th, kernel("c", 6, 4, 3, 2, 2))]),
        "one_dimension": ([lambda: layers.Conv1D(6, 3)], (8, 4), [("Convolution1D", {}, kernel("c", 3, 1, 4, 6))]),
        "one_dimension_before_1_1": ([lambda: layers.Conv1D(6, 3)], (8, 4), [
            ("Convolution1D", {}, kernel("c", 6, 4, 3, 1))]),
        "transposed": ([transposed], (8, 8, 4), [("Deconvolution2D", tf, kernel("c", 3, 2, 4, 6))]),
        "transposed_filters_first": ([lambda: transposed(**first)], (4, 8, 8), [
            ("Deconvolution2D", th, kernel("c", 6, 4, 3, 2))]),
        "wrapped": ([lambda: layers.TimeDistributed(convolution(**first))], (3, 4, 8, 8), [
            ("TimeDistributed", inner("Convolution2D", **th), kernel("c", 6, 4, 3, 2))]),
        "several": ([lambda: layers.Conv1D(6, 3), lstm, lambda: layers.Dense(6)], (8, 4), [
            ("Convolution1D", {}, kernel("c", 3, 1, 4, 6)), ("LSTM", {}, gates("l", "icfo", 6, 5)),
            ("Dense", {}, kernel("d", 5, 6))]),
    }


def write_keras_1(path, stored):
    names = ["layer_%d" % i for i in range(len(stored))]
    config = [{"class_name": class_name, "config": dict(more, name=name)}
              for name, (class_name, more, _) in zip(names, stored)]
    with h5py.File(path, "w") as file:
        file.attrs["keras_version"] = b"1.2.2"
        file.attrs["model_config"] = json.dumps({"class_name": "Sequential", "config": config}).encode()
        group = file.create_group("model_weights")
        group.attrs["layer_names"] = [name.encode() for name in names]
        for name, (_, _, weights) in zip(names, stored):
            layer = group.create_group(name)
            layer.attrs["weight_names"] = [weight.encode() for weight, _ in weights]
            for weight, value in weights:
                layer[weight] = value


def keras_1(name, makers, shape, stored):
    def check():
        old, new, mean = out(name + "-1.h5"), out(name + "-2.h5"), out(name + "-mean.h5")
        build = lambda: keras.Sequential([layers.Input(shape)] + [make() for make in makers])
        one, two = build(), build()
        write_keras_1(old, stored)
        two.save_weights(new)
        one.load_weights(old)
        ladle("avg", old, new, "--template", "B", "-o", mean)
        got = build()
        got.load_weights(mean)
        for a, b, c in zip(one.get_weights(), two.get_weights(), got.get_weights()):
            assert same_bits(c, average([a, b])), "%s: %s" % (name, c.shape)
        own = out(name + "-own.h5")  # among themselves they stay what they are
        ladle("avg", old, old, "-o", own)
        tap.check_equal(old, own)
        if name != "filters_last":  # that one is stored as Keras 2 does
            ladle("avg", old, old, "-o", out(name + ".weights.h5"), status=2)
    check.__name__ = "keras_1_" + name
    test(check)


def keras_0_takes_the_layout_of_a_config():
    stored = [array(4, 5), array(5), array(5, 3), array(3)]
    with h5py.File(out("0.h5"), "w") as file:
        file.attrs["nb_layers"] = 3
        for k, weights in enumerate((stored[:2], [], stored[2:])):
            group = file.create_group("layer_%d" % k)
            group.attrs["nb_params"] = len(weights)
            for i, weight in enumerate(weights):
                group["param_%d" % i] = weight
    model = keras.Sequential([layers.Input((4,)), layers.Dense(5), layers.Activation("relu"), layers.Dense(3)])
    for suffix in (".keras", ".h5"):
        model.save(out("0-config" + suffix))
        ladle("avg", out("0.h5"), out("0.h5"), "--config", out("0-config" + suffix), "--format",
              {".keras": "keras", ".h5": "h5"}[suffix], "-o", out("0-new" + suffix))
        got = keras.models.load_model(out("0-new" + suffix), compile=False)
        assert all(same_bits(a, b) for a, b in zip(got.get_weights(), stored))
    ladle("avg", out("0.h5"), out("0.h5"), "-o", out("0-own.h5"))
    tap.check_equal(out("0.h5"), out("0-own.h5"))


# ---- averages of the optimizer ----

def trained(optimizer):
    keras.utils.set_random_seed(3)
    image = keras.Input((8, 8, 1))
    x = layers.BatchNormalization()(layers.Conv2D(4, 3)(image))
    x = layers.Dense(6, trainable=False)(layers.Flatten()(x))
    model = keras.Model(image, layers.Dense(3)(x))
    model.compile(optimizer, "mse")
    for _ in range(5):
        model.train_on_batch(array(16, 8, 8, 1), array(16, 3))
    return model


def moving_average(name, make, suffix):
    def check():
        optimizer = make()
        model = trained(optimizer)
        path, mean, config = out(name + suffix), out(name + "-mean" + suffix), out(name + "-config.keras")
        model.save(config)
        model.save_weights(path) if suffix == ".weights.h5" else model.save(path)
        before = model.get_weights()
        getattr(optimizer, "inner_optimizer", optimizer).finalize_variable_values(model.trainable_variables)
        want = model.get_weights()
        assert sum(not same_bits(a, b) for a, b in zip(before, want)) == 6
        given = ["--config", config] if suffix == ".weights.h5" else []
        ladle("avg", path, path, "--ema", *given, "-o", mean)
        model.load_weights(mean)
        for a, b in zip(model.get_weights(), want):
            assert same_bits(a, b), "%s: %s" % (name, a.shape)
    check.__name__ = "moving_average_%s%s" % (name, suffix.replace(".", "_"))
    test(check)


# ---- subclassed models, shared layers, what is copied ----

class Block(layers.Layer):
    def __init__(self):
        super().__init__()
        self.a, self.norm, self.z = layers.Dense(4), layers.BatchNormalization(), layers.Dense(4)

    def call(self, x):
        return self.z(self.norm(self.a(x)))


class Lists(keras.Model):
    """Lists, a dictionary, a list of lists, a layer under two attributes, a nested model."""

    def __init__(self):
        super().__init__()
        self.aconv, self.head = layers.Dense(4), layers.Dense(2)
        self.blk = [layers.Dense(4), layers.LayerNormalization(), layers.Dense(4)]
        self.by_name = {"x": layers.Dense(4), "y": Block()}
        self.nest = [[layers.Dense(4), layers.Dense(4)], [layers.Dense(4)]]
        self.seq = keras.Sequential([layers.Dense(4), layers.Dense(4)])
        self.twice = self.head

    def call(self, x):
        rows = [layer for row in self.nest for layer in row]
        for layer in [self.aconv, *self.blk, *self.by_name.values(), *rows, self.seq, self.head]:
            x = layer(x)
        return x


class Own(keras.Model):
    def __init__(self):
        super().__init__()
        self.d = layers.Dense(4)
        self.gain = self.add_weight(name="gain", shape=(4,), initializer="random_normal")

    def call(self, x):
        return self.d(x) * self.gain


class Noisy(layers.Layer):
    def __init__(self, **more):
        super().__init__(**more)
        self.state = self.add_weight(name="seed_generator_state", shape=(2,), initializer="ones",
                                     dtype="uint32" if IS_3 else "int64", trainable=False)

    def call(self, x):
        return x


def fitted():
    image, shared, norm = keras.Input((6,)), layers.Dense(6, name="shared"), layers.Normalization(name="norm")
    norm.adapt(np.arange(120.).reshape(20, 6))
    x = Noisy(name="noisy")(norm(shared(shared(image))))
    return keras.Model(image, layers.Dense(2)(layers.BatchNormalization()(x)))


def stacked():
    image = keras.Input((5, 3))
    x = layers.RNN([layers.LSTMCell(4), layers.GRUCell(3)], return_sequences=True)(image)
    return keras.Model(image, layers.Dense(2)(layers.Bidirectional(layers.LSTM(2))(x)))


def built(make, shape):
    model = make()
    if shape:
        model(np.zeros((1, *shape), "float32"))
    return model


def pair_of(name, make, shape, suffix, copied):
    def check():
        models, paths = [], [out("%s-%d%s" % (name, k, suffix)) for k in range(2)]
        for k, path in enumerate(paths):
            model = built(make, shape)
            model.set_weights([random.random(w.shape).astype(w.dtype) if w.dtype.kind == "f"
                               else (w + k).astype(w.dtype) for w in model.get_weights()])
            model.save(path) if suffix == ".keras" or (suffix == ".h5" and not shape) else model.save_weights(path)
            models.append(model)
        answer = ladle_json("diff", *paths, status=(0, 1))
        count = len(models[0].get_weights())
        assert sum(len(row["objects"]) == 2 for row in answer["rows"]) == count
        told = [row for row in answer["rows"] if any(f["code"] == "copied" for f in row["findings"])]
        assert len(told) == copied, "%d rows are said to be copied" % len(told)
        mean = out(name + "-mean" + suffix)
        ladle("avg", *paths, "-o", mean)
        got = built(make, shape)
        got.load_weights(mean)
        means = [same_bits(c, average([a, b])) for a, b, c in
                 zip(*(m.get_weights() for m in models), got.get_weights())]
        firsts = [same_bits(a, c) for a, c in zip(models[0].get_weights(), got.get_weights())]
        assert all(m or f for m, f in zip(means, firsts)) and sum(firsts) == copied, (means, firsts)
    check.__name__ = "%s%s" % (name, suffix.replace(".", "_"))
    test(check)


# ---- quantised ----

def quantised_model():
    keys = keras.Input((16,), dtype="int32")
    x = layers.Dense(16, name="d")(layers.Embedding(20, 8, name="emb")(keys))
    x = layers.EinsumDense("abc,cd->abd", (None, 12), bias_axes="d", name="e")(x)
    return keras.Model(keys, layers.Dense(4, name="nobias", use_bias=False)(x))


def quantised(mode, suffix):
    """Roles are Keras's own names, and no value of a packed layer is anything but the template's."""
    def check():
        paths, models = [out("%s-%d%s" % (mode, k, suffix)) for k in range(2)], []
        for path in paths:
            model = quantised_model()
            model.quantize(mode)
            model.save_weights(path) if suffix == ".weights.h5" else model.save(path)
            models.append(model)
        names = {w.path for w in models[0].weights}
        answer = ladle_json("ls", paths[0])["checkpoints"][0]
        listed = {layer["name"] + "/" + t["name"] for layer in answer["layers"] for t in layer["tensors"]}
        assert listed == names, listed ^ names
        mean = out(mode + "-mean" + suffix)
        ladle("avg", *paths, "-o", mean)
        if mode != "float8":
            tap.check_equal(paths[0], mean)
            return
        inputs, written = [tap.datasets(p) for p in paths], tap.datasets(mean)
        for layer in answer["layers"]:
            for t in layer["tensors"]:
                key = t["object"].lstrip("/")
                scale = t["role"].endswith(("_scale", "_history"))
                want = inputs[0][key] if scale else average([i[key] for i in inputs])
                assert same_bits(written[key], want), key
    check.__name__ = "quantised_%s%s" % (mode, suffix.replace(".", "_"))
    test(check)


if not IS_3:
    for case, (makers, shape, stored) in keras_1_cases().items():
        keras_1(case, makers, shape, stored)
test(keras_0_takes_the_layout_of_a_config)
optimizers = {"adam": lambda: keras.optimizers.Adam(.01, use_ema=True, ema_momentum=.9),
              "sgd": lambda: keras.optimizers.SGD(.01, use_ema=True, ema_momentum=.9)}
if IS_3:
    optimizers["scaled"] = lambda: keras.optimizers.LossScaleOptimizer(optimizers["adam"]())
for case, make in optimizers.items():
    for suffix in (".keras", ".h5", ".weights.h5"):
        moving_average(case, make, suffix)
for suffix in (".weights.h5", ".keras") + (() if IS_3 else (".h5",)):
    pair_of("lists", Lists, (6,), suffix, 0)
    pair_of("own_weight", Own, (6,), suffix, 0)
for suffix in (".weights.h5", ".keras", ".h5"):
    pair_of("fitted", fitted, None, suffix, 4)
    pair_of("stacked", stacked, None, suffix, 0)
    if IS_3:
        for mode in ("int8", "int4", "float8"):
            quantised(mode, suffix)
tap.finish()
