"""Random architectures, drawn as plain data from a seed: graphs of layers that any Keras can build.

A Graph has tensors (inputs first, then one for each call), layers, and calls of layers; a layer may
hold a Graph of its own (a nested model). Nothing here imports Keras: see build.py.
"""
import random

MERGES = ("Add", "Average", "Multiply", "Maximum", "Minimum")  # their operands may change places
SHARED = ("Dense", "Conv1D", "Conv2D", "LSTM", "GRU", "Bidirectional", "model")  # called more than once
UNSEEN = ("activation", "rate", "scale", "center", "merge_mode")  # leave the weights' shapes alone


class Layer:
    """One layer: class, arguments, how it is called, and what it holds."""

    def __init__(self, kind, call="one", inner=None, cells=(), graph=None, **arguments):
        self.kind, self.call, self.inner, self.cells, self.graph = kind, call, inner, cells, graph
        self.arguments = arguments

    def label(self):
        """What a reader sees of it who looks at classes and at shapes of weights alone."""
        seen = {k: v for k, v in self.arguments.items() if k not in UNSEEN}
        arrays = sum(self.arguments.get(k, True) for k in ("scale", "center"))
        inner = [part.label() for part in (self.inner, *self.cells) if part]
        return repr((self.kind, sorted(seen.items()), arrays, inner))


class Graph:
    def __init__(self, chain):
        self.chain = chain  # a Sequential
        self.inputs, self.layers, self.calls, self.outputs = 0, [], [], []
        self.shapes = []  # of every tensor, without the batch
        self.used = set()
        self.tokens = set()  # tensors of whole numbers

    def input(self, shape):
        self.inputs += 1
        self.shapes.append(shape)
        return len(self.shapes) - 1

    def add(self, layer, tensors, shape):
        self.layers.append(layer)
        return self.again(len(self.layers) - 1, tensors, shape)

    def again(self, layer, tensors, shape):
        """One more call of a layer that is there."""
        self.calls.append((layer, list(tensors)))
        self.shapes.append(shape)
        self.used.update(tensors)
        return len(self.shapes) - 1

    def live(self):
        return [t for t in range(len(self.shapes)) if t not in self.used]


# ---- layers by the rank of what they read: each gives a Layer and the shape that comes out ----

def either(rng):
    return rng.random() < .5


def units(rng):
    return rng.choice((3, 4, 4, 6, 6, 8))


def activation(rng):
    return rng.choice(("relu", "tanh", "linear", "elu"))


def norm(rng, shape, modern):
    kind = rng.choice(("BatchNormalization",) * 2 + ("LayerNormalization",) + ("RMSNormalization",) * modern)
    if kind == "RMSNormalization":
        return Layer(kind), shape
    return Layer(kind, **rng.choice(({}, {}, dict(scale=False), dict(center=False)))), shape


def plain(rng, shape, modern):
    """No weights."""
    if either(rng):
        return Layer("Dropout", rate=.25), shape
    return Layer("Activation", activation=activation(rng)), shape


def prelu(rng, shape, modern):
    axes = {"shared_axes": list(range(1, len(shape)))} if len(shape) > 1 else {}
    return Layer("PReLU", **axes), shape


def dense(rng, shape, modern):
    n = units(rng)
    return Layer("Dense", units=n, activation=activation(rng), use_bias=rng.random() < .8), shape[:-1] + (n,)


def conv(rng, shape, modern):
    n, rank = units(rng), len(shape) - 1
    kind = "Conv%dD" % rank + ("Transpose" if rng.random() < .25 else "")
    return Layer(kind, filters=n, kernel_size=rng.choice((1, 2, 3)), padding="same",
                 use_bias=rng.random() < .7), shape[:-1] + (n,)


def depthwise(rng, shape, modern):
    m = rng.choice((1, 1, 2))
    return Layer("DepthwiseConv%dD" % (len(shape) - 1), kernel_size=rng.choice((2, 3)), padding="same",
                 depth_multiplier=m, use_bias=either(rng)), shape[:-1] + (shape[-1] * m,)


def separable(rng, shape, modern):
    n = units(rng)
    return Layer("SeparableConv%dD" % (len(shape) - 1), filters=n, kernel_size=3, padding="same",
                 depth_multiplier=rng.choice((1, 2)), use_bias=either(rng)), shape[:-1] + (n,)


def group_norm(rng, shape, modern):
    return Layer("GroupNormalization", groups=rng.choice([g for g in (1, 2, 3) if shape[-1] % g == 0])), shape


def pool2(rng, shape, modern):
    if min(shape[:2]) < 4:
        return plain(rng, shape, modern)
    return Layer("MaxPooling2D"), (shape[0] // 2, shape[1] // 2, shape[2])


def recurrent(rng, shape, modern, sequences=True):
    n = units(rng)
    options = rng.choice(({}, {}, dict(use_bias=False)))
    kind = rng.choice(("LSTM", "GRU", "SimpleRNN"))
    if kind == "GRU" and either(rng):
        options = dict(options, reset_after=False)
    layer = Layer(kind, units=n, return_sequences=sequences, **options)
    width = n
    if rng.random() < .4:
        mode = rng.choice(("concat", "sum"))
        layer, width = Layer("Bidirectional", inner=layer, merge_mode=mode), n * (2 if mode == "concat" else 1)
    return layer, (shape[:1] if sequences else ()) + (width,)


def distributed(rng, shape, modern):
    inner, out = rng.choice((dense, dense, norm))(rng, shape[1:], modern)
    return Layer("TimeDistributed", inner=inner), shape[:1] + out


def attention(rng, shape, modern):
    kind = rng.choice(("MultiHeadAttention", "MultiHeadAttention", "AdditiveAttention")
                      + ("GroupQueryAttention",) * modern)
    if kind == "AdditiveAttention":
        return Layer(kind, call="pair"), shape
    if kind == "GroupQueryAttention":
        return Layer(kind, call="twice", head_dim=3, num_query_heads=4, num_key_value_heads=2), shape
    return Layer(kind, call="twice", num_heads=2, key_dim=rng.choice((3, 4)), use_bias=rng.random() < .8), shape


def einsum(rng, shape, modern):
    n = units(rng)
    return Layer("EinsumDense", equation="abc,cd->abd", output_shape=[shape[0], n],
                 **({"bias_axes": "d"} if either(rng) else {})), (shape[0], n)


def flatten(rng, shape, modern):
    count = 1
    for extent in shape:
        count *= extent
    return Layer("Flatten"), (count,)


def pooled(rng, shape, modern):
    return Layer("Global%sPooling%dD" % (rng.choice(("Average", "Max")), len(shape) - 1)), shape[-1:]


def last_state(rng, shape, modern):
    if rng.random() < .3:
        cells = [Layer("LSTMCell", units=units(rng)), Layer("GRUCell", units=units(rng))]
        return Layer("RNN", cells=cells), (cells[-1].arguments["units"],)
    return recurrent(rng, shape, modern, sequences=False)


def as_sequence(rng, shape, modern):
    target = (shape[0] * shape[1], shape[2])
    return Layer("Reshape", target_shape=list(target)), target


def convlstm(rng, shape, modern):
    n = units(rng)
    return Layer("ConvLSTM2D", filters=n, kernel_size=2, padding="same"), shape[1:3] + (n,)


BODY = {  # by rank without the batch
    1: (dense, dense, dense, norm, plain, prelu),
    2: (dense, conv, conv, depthwise, separable, recurrent, recurrent, distributed, attention, attention,
        einsum, norm, plain, prelu),
    3: (conv, conv, conv, depthwise, separable, norm, norm, group_norm, plain, prelu, pool2),
    4: (conv, norm, plain),
}
REDUCE = {1: (), 2: (pooled, flatten, last_state, last_state), 3: (pooled, flatten, as_sequence),
          4: (pooled, convlstm)}
INPUTS = ((8, 8, 3), (6, 6, 4), (6, 5), (5, 4), (7,), (12,), (6,), (6, 5), (8, 8, 3), (3, 4, 4, 2))


class Draft:
    """Grows one Graph."""

    def __init__(self, rng, modern, depth=0):
        self.rng, self.modern, self.depth = rng, modern, depth

    def unary(self, g, t, table=BODY):
        shape = g.shapes[t]
        kinds = [k for k in table[len(shape)] if not (g.chain and k is attention)]  # it reads two tensors
        layer, out = self.rng.choice(kinds)(self.rng, shape, self.modern)
        return g.add(layer, [t] if layer.call == "one" else [t, t], out)

    def merge(self, g, a, b):
        """Add and its like where the shapes are equal, else Concatenate along the last axis."""
        rng = self.rng
        if g.shapes[a][:-1] != g.shapes[b][:-1]:
            a, b = self.flat(g, a), self.flat(g, b)
        x, y = g.shapes[a], g.shapes[b]
        if x == y and rng.random() < .6:
            kind = rng.choice(MERGES + ("Add", "Add", "Average", "Subtract", "+"))
            return g.add(Layer(kind, call="list"), [a, b], x)
        return g.add(Layer("Concatenate", call="list"), [a, b], x[:-1] + (x[-1] + y[-1],))

    def residual(self, g, t):
        """A block of one or two layers around which its input is added."""
        x = self.unary(g, t) if either(self.rng) else t
        channels = g.shapes[t][-1]
        if len(g.shapes[t]) == 1:
            x = g.add(Layer("Dense", units=channels), [x], g.shapes[t])
        elif g.shapes[x][:-1] == g.shapes[t][:-1]:
            rank = len(g.shapes[t]) - 1
            x = g.add(Layer("Conv%dD" % rank, filters=channels, kernel_size=1), [x], g.shapes[t])
        return self.merge(g, t, x)

    def nested(self, g, t):
        inner = Draft(self.rng, self.modern, self.depth + 1).model(
            self.rng.choice((1, 2, 2, 3, 4)), [g.shapes[t]], either(self.rng))
        layer = Layer("model", graph=inner)
        return g.add(layer, [t], inner.shapes[inner.outputs[0]])

    def shared(self, g, t):
        """A layer, or a nested model, that reads something of this shape already is called again."""
        for k, (layer, tensors) in enumerate(g.calls):
            holder = g.layers[layer]
            out = g.shapes[g.inputs + k]
            if holder.call == "one" and g.shapes[tensors[0]] == g.shapes[t] and tensors != [t]:
                if holder.kind in SHARED:
                    return g.again(layer, [t], out)
        return self.unary(g, t)

    def parallel(self, g, t):
        """Two branches of one or two layers each that meet again."""
        ends = [self.unary(g, t), self.unary(g, t)]
        ends = [self.unary(g, end) if either(self.rng) else end for end in ends]
        return self.merge(g, *ends)

    def reduce(self, g, t):
        return self.unary(g, t, REDUCE if len(g.shapes[t]) > 1 else BODY)

    def step(self, g):
        rng = self.rng
        known = [t for t in range(len(g.shapes)) if t not in g.tokens]
        t = rng.choice(g.live() if rng.random() < .85 else known)
        moves = [self.unary] * 5 + [self.reduce]
        if g.chain:
            t = g.live()[0]
        else:
            moves += [self.residual, self.shared, self.parallel, self.parallel]
        if self.depth < 2 and len(g.shapes[t]) < 4:
            moves.append(self.nested)
        return rng.choice(moves)(g, t)

    def model(self, steps, shapes, chain):
        g = Graph(chain)
        for shape in shapes:
            g.input(shape)
        for _ in range(steps):
            self.step(g)
        self.close(g)
        return g

    def close(self, g):
        """Everything that nobody reads yet flows into one output."""
        ends = g.live()
        if len(ends) > 1:
            flat = [self.flat(g, t) for t in ends]
            width = sum(g.shapes[t][-1] for t in flat)
            ends = [g.add(Layer("Concatenate", call="list"), flat, (width,))]
        g.outputs = ends

    def flat(self, g, t):
        while len(g.shapes[t]) > 1:
            t = self.unary(g, t, REDUCE)
        return t

    def embed(self, g, t):
        """Tokens of a second input may pass the first one's Embedding."""
        n, rng = units(self.rng), self.rng
        g.tokens.add(t)
        for layer, tensors in g.calls:
            if g.layers[layer].kind == "Embedding" and either(rng):
                return g.again(layer, [t], g.shapes[t] + (g.layers[layer].arguments["output_dim"],))
        return g.add(Layer("Embedding", input_dim=11, output_dim=n), [t], g.shapes[t] + (n,))

    def whole(self):
        """A model with one to three inputs and one or two heads, or a chain."""
        rng = self.rng
        g = Graph(rng.random() < .3)
        for _ in range(1 if g.chain else rng.choice((1, 1, 2, 3))):
            g.input(rng.choice(INPUTS))
        for t in range(g.inputs):
            if g.shapes[t] == (6,):  # tokens
                self.embed(g, t)
        for _ in range(rng.choice((1, 2, 2, 3, 4, 5, 7, 10, 15))):
            self.step(g)
        self.close(g)
        top = self.flat(g, g.outputs[0])
        heads = 2 if not g.chain and rng.random() < .3 else 1
        widths = [rng.choice((2, 5)) for _ in range(heads)]
        g.outputs = [g.add(Layer("Dense", units=n), [top], (n,)) for n in widths]
        return g


# ---- is it one of a kind? ----

def flat_nodes(graph):
    """Inputs and calls of the whole model, nested ones written out: [label, what it reads, path of its
    layer]; and the nodes that are the outputs."""
    nodes = [["input", [], ("input", k)] for k in range(graph.inputs)]
    return nodes, write_out(graph, (), nodes, range(graph.inputs))


def write_out(graph, path, nodes, inputs):
    at = list(inputs)
    for layer, tensors in graph.calls:
        holder, here = graph.layers[layer], path + (layer,)
        read = [at[t] for t in tensors]
        if holder.graph:
            at += write_out(holder.graph, here, nodes, read)
            continue
        shapes = [graph.shapes[t] for t in tensors]
        nodes.append(["%s %s %d" % (holder.label(), shapes, len(path)), read, here])
        at.append(len(nodes) - 1)
    return [at[t] for t in graph.outputs]


def commutes(label):
    return any(label.startswith("('%s'" % kind) for kind in MERGES + ("+",))


def refine(nodes, colour, readers):
    """One round: a node's colour tells its neighbours', and its layer's other calls'."""
    shared = {}
    for k, (_, _, path) in enumerate(nodes):
        shared.setdefault(path, []).append(colour[k])
    keys = []
    for k, (label, sources, path) in enumerate(nodes):
        below = [colour[s] for s in sources]
        if commutes(label):
            below.sort()
        keys.append((colour[k], tuple(below), tuple(sorted((colour[r], place) for r, place in readers[k])),
                     tuple(sorted(shared[path]))))
    names = {key: n for n, key in enumerate(sorted(set(keys)))}
    return [names[key] for key in keys]


def is_ambiguous(graph):
    """True when two layers could change places and nobody who sees classes, shapes and edges would
    notice: colours are refined until they no longer split."""
    nodes, outputs = flat_nodes(graph)
    readers = [[] for _ in nodes]
    for k, (label, sources, _) in enumerate(nodes):
        for place, source in enumerate(sources):
            readers[source].append((k, 0 if commutes(label) else place))
    first = [(label, path if label == "input" else (), tuple(i for i, o in enumerate(outputs) if o == k))
             for k, (label, _, path) in enumerate(nodes)]
    names = {key: n for n, key in enumerate(sorted(set(first), key=repr))}
    colour = [names[key] for key in first]
    while True:
        finer = refine(nodes, colour, readers)
        if len(set(finer)) == len(set(colour)):
            break
        colour = finer
    of_layer = {}
    for k, (_, _, path) in enumerate(nodes):
        of_layer.setdefault(path, []).append(colour[k])
    kinds = [tuple(sorted(c)) for c in of_layer.values()]
    return len(set(kinds)) < len(kinds)


def draw(seed):
    """(graph, modern): modern ones hold layers that Keras 2 has not."""
    rng = random.Random(seed)
    while True:
        modern = rng.random() < .3
        graph = Draft(rng, modern).whole()
        if not is_ambiguous(graph):
            return graph, modern
