"""Copies whose units were rescaled, changed signs and were re-ordered by numpy: the same function in real
Keras, and the same weights after `align`, so that the average is the model again."""
import logging
import os

os.environ.setdefault("KERAS_BACKEND", "jax")
logging.disable(logging.WARNING)
import keras
import numpy as np

import tap
from tap import ladle, out, test

L = keras.layers


def dense(activation):
    x = image = keras.Input((20,))
    for name, units in ("a", 64), ("b", 48):
        x = L.Dense(units, activation=activation, name=name)(x)
    return keras.Model(image, L.Dense(5, name="c")(x)), [("a", "b", 1), ("b", "c", 1)]


def conv():
    x = image = keras.Input((12, 12, 3))
    x = L.Conv2D(16, 3, activation="relu", padding="same", name="a")(x)
    x = L.MaxPooling2D(2)(x)
    x = L.Conv2D(24, 3, name="b")(x)
    x = L.Flatten()(L.AveragePooling2D(2)(L.LeakyReLU(name="leak")(x)))
    return keras.Model(image, L.Dense(5, name="c")(x)), [("a", "b", 1), ("b", "c", 4)]


def gated():
    """Units of a sigmoid between units of ReLU: these alone may be rescaled."""
    x = image = keras.Input((20,))
    x = L.Dense(64, activation="relu", name="a")(x)
    x = L.Dense(48, activation="sigmoid", name="b")(x)
    x = L.Dense(32, name="c")(x)
    x = L.PReLU(name="slope")(x)
    return keras.Model(image, L.Dense(5, name="d")(x)), [("a", "b", 1), ("b", "c", 1), ("c", "d", 1)]


def transform(model, chain, factors):
    """What makes a unit times its factor, what takes it divided by it, all in another order."""
    rng = np.random.default_rng(8)
    for maker, taker, times in chain:
        kernel, bias = model.get_layer(maker).get_weights()
        units = kernel.shape[-1]
        factor, order = factors(maker, rng, units), rng.permutation(units)
        model.get_layer(maker).set_weights([(kernel * factor)[..., order], (bias * factor)[order]])
        kernel, bias = model.get_layer(taker).get_weights()
        index = np.concatenate([i * units + order for i in range(times)])
        by = np.tile(factor, times)[:, None]
        model.get_layer(taker).set_weights([(kernel / by)[..., index, :], bias])
        if maker == "c" and taker == "d":
            alpha, = model.get_layer("slope").get_weights()
            model.get_layer("slope").set_weights([alpha[order]])


def scales(maker, rng, units):
    return np.exp(rng.normal(size=units))


def signs(maker, rng, units):
    return rng.choice([-1, 1], units)


def none_for_b(maker, rng, units):
    return np.ones(units) if maker == "b" else scales(maker, rng, units)


def relative(a, b):
    return max(np.linalg.norm(x - y) / (np.linalg.norm(x) or 1) for x, y in zip(a, b))


def check(name, build, factors):
    keras.utils.set_random_seed(3)
    (model, chain), rng = build(), np.random.default_rng(5)
    model.set_weights([rng.normal(size=w.shape).astype("float32") * .3 for w in model.get_weights()])
    x = rng.normal(size=(64, *model.input_shape[1:])).astype("float32")
    weights, expected = model.get_weights(), model.predict(x, verbose=0)
    files = out(name + ".keras"), out(name + "-copy.keras")
    model.save(files[0])
    transform(model, chain, factors)
    model.save(files[1])
    apart = relative([expected], [model.predict(x, verbose=0)])
    assert apart < 1e-5, "numpy's copy computes something else: %g" % apart
    for mix, suffix in ("A=0 B=1", "-aligned.keras"), ("A=1 B=1", "-mean.keras"):
        with open(out("recipe"), "w") as recipe:
            recipe.write("open %s as A\nopen %s as B\nalign B to A by exact\nmix %s\n" % (*files, mix))
        ladle("run", out("recipe"), "-o", out(name + suffix), "-q")
        back = keras.models.load_model(out(name + suffix))
        apart = relative(weights, back.get_weights())
        assert apart < 1e-6, "weights after %s: %g" % (mix, apart)
        apart = relative([expected], [back.predict(x, verbose=0)])
        assert apart < 1e-5, "predictions after %s: %g" % (mix, apart)


def rescaled_units_of_relu_come_back():
    check("relu", lambda: dense("relu"), scales)


def units_of_tanh_that_changed_signs_come_back():
    check("tanh", lambda: dense("tanh"), signs)


def rescaled_channels_come_back_through_pooling_and_flattening():
    check("conv", conv, scales)


def rescaled_units_come_back_beside_those_that_may_not_be():
    check("gated", gated, none_for_b)


for function in (rescaled_units_of_relu_come_back, units_of_tanh_that_changed_signs_come_back,
                 rescaled_channels_come_back_through_pooling_and_flattening,
                 rescaled_units_come_back_beside_those_that_may_not_be):
    test(function)
tap.finish()
