"""Builds an architecture in the Keras that is imported, Keras 3 or 2.15, under names of one's own.

The same weights go into every build: they are drawn by the place of a layer in the architecture, not
by its name or its place in the model.
"""
import os
import random

os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import h5py
import keras
import numpy as np

from architecture import MERGES

KERAS3 = keras.__version__.startswith("3")
GENERATION = "k3" if KERAS3 else "k2"
WORDS = ("stem", "conv", "dense", "block", "branch", "mixed", "attn", "left", "right", "up", "down", "head",
         "a", "layer", "features", "Conv2D", "x")


def skip_initial_values():
    """They are overwritten at once; on JAX each shape of them would be compiled first."""
    pending = [keras.initializers.Initializer]
    while pending:
        kind = pending.pop()
        pending += kind.__subclasses__()
        if "__call__" in vars(kind):
            kind.__call__ = lambda self, shape, dtype=None, **more: np.zeros(shape, dtype or "float32")


class Namer:
    """Names of one build: Keras's automatic ones, counted from anywhere, or ones that a person gave.
    It also decides what else may differ: the order of creation, of operands, what is frozen."""

    def __init__(self, seed, renamed):
        self.rng = random.Random(seed)
        self.renamed = renamed
        self.automatic = self.rng.choice((0, .5, 1, 1))  # share of layers that have no name of their own
        self.frozen = self.rng.choice((0, 0, .3))
        self.style = self.rng.choice(("%s_%d", "%s%d", "%s.%d.w" if KERAS3 else "%s/%d/w", "%s-%d"))

    def start(self):
        keras.backend.clear_session()
        if self.renamed:  # a process that has built other models before
            L = keras.layers
            for other in (lambda: L.Dense(1), lambda: L.Conv2D(1, 1), L.BatchNormalization, lambda: L.LSTM(1)):
                for _ in range(self.rng.choice((0, 1, 2, 9))):
                    other()

    def names(self, count):
        """One for each layer of a model, None where Keras counts."""
        taken, out = set(), []
        for _ in range(count):
            # from 500 on, so that no count of Keras comes to the same name
            name = self.style % (self.rng.choice(WORDS), 500 + self.rng.randrange(12 if count < 9 else 120))
            fresh = name.lower() not in taken and self.rng.random() >= self.automatic
            out.append(name if fresh else None)
            taken.add(name.lower())
        return out

    def order(self, count):
        numbers = list(range(count))
        if self.renamed:
            self.rng.shuffle(numbers)
        return numbers

    def operands(self, kind, tensors):
        if self.renamed and kind in MERGES:
            self.rng.shuffle(tensors)
        return tensors


def make(layer, namer, name):
    given = dict(layer.arguments, **({"name": name} if name else {}))
    if layer.graph:
        return None  # its own build makes it
    if layer.kind == "RNN":
        return keras.layers.RNN([make(cell, namer, None) for cell in layer.cells], **given)
    if layer.inner:
        return getattr(keras.layers, layer.kind)(make(layer.inner, namer, None), **given)
    if layer.kind == "+":
        return None
    return getattr(keras.layers, layer.kind)(**given)


def call(layer, made, tensors):
    if layer.kind == "+":
        return tensors[0] + tensors[1]
    if layer.call == "one":
        return made(tensors[0])
    return made(*tensors) if layer.call == "twice" else made(tensors)


class Build:
    """A model, and its layers by their path in the architecture."""

    def __init__(self, graph, namer):
        self.layers = {}  # path -> Keras layer, leaves and nested models
        namer.start()
        self.model = self.make_model(graph, namer, (), namer.rng.choice((None, "net_7", "model")))
        self.freeze(namer)

    def make_model(self, graph, namer, path, name):
        names, made = namer.names(len(graph.layers)), {}
        for k in namer.order(len(graph.layers)):
            layer = graph.layers[k]
            if layer.graph:
                made[k] = self.make_model(layer.graph, namer, path + (k,), names[k])
            else:
                made[k] = make(layer, namer, names[k])
            if made[k] is not None:
                self.layers[path + (k,)] = made[k]
        inputs = [keras.Input(graph.shapes[t], dtype="int32" if t in graph.tokens else "float32")
                  for t in range(graph.inputs)]
        if graph.chain:
            return keras.Sequential(inputs + [made[k] for k, _ in graph.calls], name=name)
        tensors = list(inputs)
        for k, read in graph.calls:
            layer = graph.layers[k]
            tensors.append(call(layer, made[k], namer.operands(layer.kind, [tensors[t] for t in read])))
        outputs = [tensors[t] for t in graph.outputs]
        one = lambda items: items if len(items) > 1 else items[0]
        return keras.Model(one(inputs), one(outputs), name=name)

    def freeze(self, namer):
        for path in sorted(self.layers):
            if namer.rng.random() < namer.frozen:
                self.layers[path].trainable = False

    def set_weights(self, seed):
        rng = np.random.default_rng(seed)
        for path in sorted(self.layers):
            layer = self.layers[path]
            if not isinstance(layer, keras.Model):
                layer.set_weights([rng.normal(size=w.shape).astype(w.dtype) for w in layer.get_weights()])

    def names(self):
        """What each layer with weights is called, models around it included, by its path as text."""
        return {str(path): "/".join(self.layers[path[:k + 1]].name for k in range(len(path)))
                for path, layer in self.layers.items() if layer.weights and not isinstance(layer, keras.Model)}

    def order(self):
        """What stands where in its files, without names; frozen layers stand elsewhere in some."""
        paths = {id(layer): path for path, layer in self.layers.items()}

        def walk(model):
            for layer in model.layers:
                if id(layer) in paths:
                    yield "%s %s" % (paths[id(layer)], layer.trainable)
                if isinstance(layer, keras.Model):
                    yield from walk(layer)
        return list(walk(self.model))

    def save(self, stem):
        """Every layout that this Keras writes: layout -> path."""
        out = {name: stem + suffix for name, suffix in LAYOUTS.items()}
        self.model.save(out["keras"])
        self.model.save_weights(out["weights"])
        if KERAS3:
            from keras.src.legacy.saving.legacy_h5_format import save_weights_to_hdf5_group
            self.model.save(out["h5"])
            with h5py.File(out["legacy-weights"], "w") as file:
                save_weights_to_hdf5_group(file, self.model)
            size = sum(w.nbytes for w in self.model.get_weights())
            largest = max(w.nbytes for w in self.model.get_weights())
            self.model.save_weights(out["shards"], max_shard_size=max(size / 3, largest + 8) / 1e9)
        else:
            self.model.save(out["h5"], include_optimizer=False)
            self.model.save_weights(out["legacy-weights"])
        return out


if KERAS3:
    skip_initial_values()
LAYOUTS = {"keras": ".keras", "h5": ".h5", "weights": ".weights.h5", "legacy-weights": "-weights.h5"}
if KERAS3:
    LAYOUTS["shards"] = ".weights.json"
