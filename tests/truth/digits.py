"""Models that classify scikit-learn's digits, what averaging makes of them, and its accuracy in real Keras."""
import os
import runpy

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
    return float((np.asarray(model(data[2], training=False)).argmax(-1) == data[3]).mean())


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


def reestimated(paths, data):
    """By the function of the script; repair.py runs it as a program."""
    mean = out("mean.keras")
    ladle("avg", *paths, "-o", mean, "--force", "-q")
    model = keras.models.load_model(mean, compile=False)
    runpy.run_path(script())["reestimate"](model, [data[0]])
    return accuracy(model, data)


def seeds(folder, count):
    return [shared("seeds", folder, "seed%d.keras" % k) for k in range(count)]
