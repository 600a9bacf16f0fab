"""Models that classify scikit-learn's digits, what averaging makes of them, and its accuracy in real Keras."""
import os
import subprocess
import sys

os.environ.setdefault("KERAS_BACKEND", "jax")
import keras
import numpy as np

from tap import ladle, out, shared


def digits(image):
    """The parts that seeds/ were trained on and measured with: x, y, then x, y."""
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split
    x, y = load_digits(return_X_y=True)
    x = (x / 16).astype("float32")
    a, b, ya, yb = train_test_split(x.reshape(-1, 8, 8, 1) if image else x, y, test_size=0.3, random_state=0, stratify=y)
    return a, ya, b, yb


def accuracy(model, data):
    return float((model.predict(data[2], verbose=0, batch_size=540).argmax(-1) == data[3]).mean())


def averaged(paths, data, *options):
    mean = out("mean.keras")
    ladle("avg", *paths, "-o", mean, "--force", "-q", *options)
    return accuracy(keras.models.load_model(mean, compile=False), data)


def script():
    """The script that the help prints, as the help says it is taken out."""
    text = ladle("help", "repair")
    path = out("reestimate_bn.py")
    with open(path, "w") as file:
        file.write(text[text.index("\n#!") + 1:])
    return path


def reestimated(paths, data, python=sys.executable):
    mean, samples, better = out("mean.keras"), out("samples.npz"), out("better.keras")
    ladle("avg", *paths, "-o", mean, "--force", "-q")
    np.savez(samples, x=data[0])
    subprocess.run([python, script(), mean, samples, better], check=True, capture_output=True)
    return accuracy(keras.models.load_model(better, compile=False), data)


def seeds(folder, count):
    return [shared("seeds", folder, "seed%d.keras" % k) for k in range(count)]
