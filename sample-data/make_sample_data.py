"""Writes the files of this folder: KERAS_BACKEND=jax python make_sample_data.py [FOLDER]

Needs keras >= 3, jax, scikit-learn and numpy. Data: scikit-learn's digits. The weights differ from
machine to machine in their last digits; what README.md says of the files does not.
"""
import os
import sys

os.environ.setdefault("KERAS_BACKEND", "jax")
import keras
import numpy as np
from sklearn.datasets import load_digits

FOLDER = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.abspath(__file__))
L = keras.layers


def data():
    x, y = load_digits(return_X_y=True)
    return (x / 16).astype("float32").reshape(-1, 8, 8, 1)[:1500], y[:1500]


def cnn(hidden=32, classes=10):
    keras.utils.clear_session()
    return keras.Sequential([
        keras.Input((8, 8, 1)),
        L.Conv2D(16, 3, padding="same", name="conv_a"),
        L.BatchNormalization(name="bn_a", momentum=0.9),
        L.Activation("relu", name="relu_a"),
        L.Conv2D(24, 3, padding="same", activation="relu", name="conv_b"),
        L.MaxPooling2D(name="pool"),
        L.Flatten(name="flatten"),
        L.Dense(hidden, activation="relu", name="hidden"),
        L.Dense(classes, activation="softmax", name="digits"),
    ], name="digits_cnn")


def committee(members=3):
    """Several networks in one model that vote."""
    keras.utils.clear_session()
    image = keras.Input((8, 8, 1), name="image")
    votes = []
    for k in range(members):
        x = L.Conv2D(4, 3, strides=2, activation="relu", name="conv_%d" % k)(image)
        x = L.BatchNormalization(name="bn_%d" % k, momentum=0.9)(x)
        x = L.Flatten(name="flatten_%d" % k)(x)
        votes.append(L.Dense(10, activation="softmax", name="digits_%d" % k)(x))
    return keras.Model(image, L.Average(name="vote")(votes), name="committee")


def train(model, epochs, rate, after=None):
    x, y = data()
    model.compile(keras.optimizers.SGD(rate, momentum=0.9), "sparse_categorical_crossentropy")
    model.fit(x, np.minimum(y, model.output_shape[-1] - 1), batch_size=64, epochs=epochs,
              verbose=0, callbacks=[after] if after else [])


def save(model, name):
    """Without optimizer state: a copy that was never compiled."""
    copy = type(model).from_config(model.get_config())
    copy.set_weights(model.get_weights())
    path = os.path.join(FOLDER, name)
    (copy.save_weights if name.endswith(".weights.h5") else copy.save)(path)


# One run: two epochs of it, and the same run gone on with a large step.
keras.utils.set_random_seed(1)
run = cnn()
train(run, 6, 0.02)
save(run, "run-epoch06.h5")
train(run, 2, 0.01)
save(run, "run-epoch08.h5")
train(run, 6, 0.08)
save(run, "run-restart.h5")

# Three seeds of the same architecture, in Keras 3's own format.
for seed in (11, 12, 13):
    keras.utils.set_random_seed(seed)
    model = cnn()
    train(model, 8, 0.05)
    save(model, "seed%d.keras" % seed)
    if seed == 11:
        save(model, "seed11.weights.h5")

# The first of them with its units in another order: the same function.
def reordered(model):
    orders = {name: np.random.default_rng(7).permutation(units)
              for name, units in (("a", 16), ("b", 24), ("hidden", 32))}
    pixels = 4 * 4  # what the pooling leaves; Flatten puts the channels last
    flat = np.concatenate([pixel * 24 + orders["b"] for pixel in range(pixels)])
    out = {"conv_a": [("a", 3), ("a", 0)], "bn_a": [("a", 0)] * 4, "conv_b": [("b", 3), ("b", 0)],
           "hidden": [("hidden", 1), ("hidden", 0)]}
    into = {"conv_b": orders["a"], "hidden": flat, "digits": orders["hidden"]}
    for name, axes in list(out.items()) + [("digits", [])]:
        layer = model.get_layer(name)
        values = layer.get_weights()
        for i, (group, axis) in enumerate(axes):
            values[i] = values[i].take(orders[group], axis)
        if name in into:
            values[0] = values[0].take(into[name], values[0].ndim - 2)
        layer.set_weights(values)
    return model


save(reordered(keras.models.load_model(os.path.join(FOLDER, "seed11.keras"))),
     "seed11-reordered.keras")

# One that does not fit: another width, another head.
keras.utils.set_random_seed(21)
other = cnn(hidden=24, classes=5)
train(other, 2, 0.05)
save(other, "mismatch.h5")

# Three networks inside one model.
keras.utils.set_random_seed(31)
votes = committee()
train(votes, 6, 0.05)
save(votes, "committee.h5")
