"""A model of real Keras under way: its values, its layers with their rules, and the model of it."""
import build  # chooses the backend, and leaves initial values out
import keras
from keras import layers as L

SIZES = (2, 3, 3, 4, 4, 5, 6, 6, 8)
ACTIVATIONS = ("linear", "relu", "tanh", "sigmoid", "elu", "gelu", "swish", "softplus", "softmax", "selu",
               "mish", "hard_sigmoid") + ("leaky_relu", "log_softmax", "celu", "hard_silu") * build.KERAS3


class Draft:
    """A model under way: values, and steps (rule, layer, inputs, outputs)."""

    def __init__(self, rng, first, depth=0):
        self.rng, self.first, self.depth = rng, first, depth
        self.values, self.steps, self.outputs, self.used = [], [], [], set()
        self.inputs = []
        self.kinds = set()

    # ---- values ----

    def input(self, shape, **more):
        self.values.append(keras.Input(shape, **more))
        self.inputs.append(len(self.values) - 1)
        return self.inputs[-1]

    def shape(self, t):
        return tuple(self.values[t].shape[1:])

    def rank(self, t):
        return len(self.shape(t))

    def size(self, t):
        count = 1
        for extent in self.shape(t):
            count *= extent
        return count

    def channels(self, t):
        return self.shape(t)[0 if self.first and self.rank(t) > 1 else -1]

    def live(self):
        return [t for t in range(len(self.values)) if t not in self.used and self.values[t].dtype != "int32"]

    # ---- steps ----

    def add(self, rule, layer, *inputs, call="each", **more):
        """The first output; the others follow it."""
        tensors = [self.values[t] for t in inputs]
        if call == "list":
            out = layer(tensors, **more)
        elif call == "states":
            out = layer(tensors[0], initial_state=tensors[1:])
        else:
            out = layer(*tensors, **more)
        outputs = list(out) if isinstance(out, (list, tuple)) else [out]
        first = len(self.values)
        self.values += outputs
        self.used.update(inputs)
        self.steps.append((rule, layer, inputs, range(first, len(self.values))))
        self.kinds.add(type(layer).__name__ if isinstance(layer, L.Layer) else "operation")
        return first

    def walk(self, book, inputs):
        axes = dict(zip(self.inputs, inputs))
        for rule, layer, read, given in self.steps:
            shapes = [self.shape(t) for t in given]
            out = rule(book, layer, [axes[t] for t in read], shapes)
            for t, shape, value in zip(given, shapes, out):
                assert [len(axis) for axis in value] == list(shape), "%s gives %s, not %s" % (
                    layer, [len(axis) for axis in value], shape)
                axes[t] = value
        return [axes[t] for t in self.outputs]

    def is_chain(self):
        """Layers, each of which reads what the one before gives."""
        ends = [self.inputs[0]] + [given[-1] for *_, given in self.steps]
        return (len(self.inputs) == len(self.outputs) == 1 and self.outputs[0] == ends[-1]
                and len({id(layer) for _, layer, _, _ in self.steps}) == len(self.steps)
                and all(isinstance(layer, L.Layer) and list(read) == [end] and len(given) == 1
                        for (_, layer, read, given), end in zip(self.steps, ends)))

    # ---- choices ----

    def either(self, chance=.5):
        return self.rng.random() < chance

    def units(self):
        return self.rng.choice(SIZES)

    def activation(self):
        return self.rng.choice(ACTIVATIONS)

    def format(self):
        return dict(data_format="channels_first") if self.first else {}

    def side(self):
        """Keras's number of the channel axis."""
        return 1 if self.first else -1

    def divisor(self, count):
        return self.rng.choice([g for g in range(1, count + 1) if count % g == 0])


def model_of(draft):
    """A Sequential, if it can be one, in half of all cases."""
    if draft.is_chain() and draft.either():
        return keras.Sequential([draft.values[draft.inputs[0]]] + [layer for _, layer, _, _ in draft.steps])
    one = lambda items: items if len(items) > 1 else items[0]
    return keras.Model(one([draft.values[t] for t in draft.inputs]), one([draft.values[t] for t in draft.outputs]))
