"""seeds.py FOLDER: one small model of each kind that the readers tell apart, as the Keras that is
imported saves it: seeds for tests/fuzz/merge.sh."""
import os
import sys

os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import keras
import numpy as np

L = keras.layers
KERAS3 = keras.__version__.startswith("3")


def recurrent():
    x = keras.Input((4, 3))
    y = L.Bidirectional(L.LSTM(2, return_sequences=True))(x)
    y = L.TimeDistributed(L.Dense(2))(y)
    y = L.RNN([L.GRUCell(2), L.LSTMCell(2)], return_sequences=True)(y)
    y = L.MultiHeadAttention(1, 2)(y, y)
    return keras.Model(x, L.SimpleRNN(2)(y))


def nested():
    inner = keras.Sequential([L.Dense(3, name="a"), L.BatchNormalization(), L.Dense(3)])
    inner.layers[0].trainable = False
    x, z = keras.Input((3,)), keras.Input((3,))
    y = L.Concatenate()([inner(x), inner(z), L.LayerNormalization()(x)])
    return keras.Model([x, z], [L.Dense(2)(y), L.Dense(1, use_bias=False)(y)])


def branches():
    x = keras.Input((6, 6, 1))
    stem = L.Conv2D(2, 3, padding="same")(x)
    ways = [L.GlobalAveragePooling2D()(L.Conv2D(2, 3, name="way_%d" % i)(stem)) for i in range(3)]
    return keras.Model(x, L.Dense(2)(L.Average()(ways)))


def fitted():
    layers = [keras.Input((3,)), L.Normalization(), L.Dense(2), L.Dropout(.5), L.GaussianNoise(.1)]
    model = keras.Sequential(layers)
    optimizer = keras.optimizers.Adam(use_ema=True)
    model.compile(optimizer, "mse")
    model.fit(np.ones((4, 3)), np.ones((4, 2)), verbose=0)
    return model


def subclassed():
    class Block(L.Layer):
        def __init__(self):
            super().__init__()
            self.parts = [L.Dense(2), L.Dense(2)]

        def call(self, x):
            return self.parts[1](self.parts[0](x))

    class Net(keras.Model):
        def __init__(self):
            super().__init__()
            self.blocks, self.head = [Block(), Block()], L.Dense(1)

        def call(self, x):
            return self.head(self.blocks[1](self.blocks[0](x)))

    model = Net()
    model(keras.ops.ones((1, 2)) if KERAS3 else __import__("tensorflow").ones((1, 2)))
    return model


def embedded():
    x = keras.Input((4,), dtype="int32")
    y = L.Conv1D(2, 3)(L.Embedding(5, 3)(x))
    return keras.Model(x, L.Dense(2, activation="softmax")(L.Flatten()(y)))


for make in (recurrent, nested, branches, fitted, subclassed, embedded):
    model = make()
    kinds = [".weights.h5", ".keras", ".h5"]
    if make is subclassed:
        kinds = [".weights.h5"]
    for kind in kinds + ([] if KERAS3 else [".old.h5"]):
        path = os.path.join(sys.argv[1], "%s-%s%s" % (make.__name__, keras.__version__, kind))
        try:
            model.save_weights(path) if kind in (".weights.h5", ".old.h5") else model.save(path)
        except Exception as problem:  # a kind that this version does not write
            print(path, type(problem).__name__, file=sys.stderr)
