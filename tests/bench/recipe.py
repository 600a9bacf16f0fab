"""The usual way: python recipe.py OUT WIDTH LAYERS FILE... averages weights files with Keras and numpy."""
import os
import sys

os.environ.setdefault("KERAS_BACKEND", "jax")
import keras
import numpy as np

out, width, layers, files = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:]


def network(path):
    model = keras.Sequential([keras.Input((width,))] + [
        keras.layers.Dense(width, name="dense_%d" % k) for k in range(layers)])
    model.load_weights(path)
    return model


models = [network(path) for path in files]
share = [1 / len(models)] * len(models)
average = [np.average(w, axis=0, weights=share) for w in zip(*[m.get_weights() for m in models])]
models[0].set_weights(average)
models[0].save_weights(out)
