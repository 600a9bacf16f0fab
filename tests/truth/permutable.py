"""Random architectures of all kinds of layers, drawn from a seed and built in real Keras, 3 or 2.15; each
layer is kept with its rule, so that what its units are tied to can be walked through afterwards.
"""
import random

from build import KERAS3  # chooses the backend, and leaves initial values out
import keras
import layer_rules as rules
from drafts import Draft, model_of
from keras import layers as L

if KERAS3:
    from keras import ops
    of_one = [ops.relu, ops.tanh, ops.sigmoid, ops.softplus, ops.square, ops.silu]
    over_axes = [ops.mean, ops.max, ops.sum]
    unknown_ones = [lambda x: ops.roll(x, 1, axis=-1), lambda x: ops.cumsum(x, axis=-1), ops.glu]
else:
    import tensorflow as tf
    of_one = [tf.nn.relu, tf.tanh, tf.sigmoid, tf.nn.softplus, tf.square, tf.nn.elu]
    over_axes = [tf.reduce_mean, tf.reduce_max, tf.reduce_sum]
    unknown_ones = [lambda x: tf.roll(x, 1, axis=-1)]

INPUTS = dict(flat=(7,), series=(5, 6), image=(6, 5, 4), volume=(3, 4, 4, 2), film=(3, 5, 4, 2), tokens=(5,))
WORDS = 9
MERGES = (L.Add, L.Subtract, L.Multiply, L.Average, L.Maximum, L.Minimum)


@keras.saving.register_keras_serializable("somebody")
class Backwards(L.Layer):
    """Nobody but its author knows what it does: turns the last axis round, and scales it."""

    def build(self, shape):
        self.slope = self.add_weight(shape=(shape[-1],), name="slope")

    def call(self, x):
        return x[..., ::-1] * self.slope


# ---- layers; each takes a draft and a value and gives a value, or None where it does not fit ----

def dense_layer(d):
    return L.Dense(d.units(), activation=d.activation(), use_bias=d.either(.8))


def dense(d, t):
    return d.add(rules.dense, dense_layer(d), t)


def conv_layer(d, space, channels):
    groups = d.divisor(channels) if d.either(.4) else 1
    return getattr(L, "Conv%dD" % space)(
        groups * d.rng.choice((1, 2, 3)) if groups > 1 else d.units(), d.rng.choice((1, 2)), groups=groups,
        padding="same" if d.either(.7) else "valid", strides=d.rng.choice((1, 1, 2)), activation=d.activation(),
        use_bias=d.either(.7), **d.format())


def convolution(d, t):
    space = d.rank(t) - 1
    kind = d.rng.choice(("plain", "plain", "plain", "plain", "transposed", "depthwise", "separable"))
    common = dict(padding="same", activation=d.activation(), use_bias=d.either(.7), **d.format())
    size = d.rng.choice((1, 2))
    if kind == "transposed":
        strides = d.rng.choice((1, 2)) if d.size(t) < 200 else 1
        return d.add(rules.transposed, getattr(L, "Conv%dDTranspose" % space)(
            d.units(), size, strides=strides, **common), t)
    if kind == "depthwise" and space < 3:
        return d.add(rules.depthwise, getattr(L, "DepthwiseConv%dD" % space)(
            size, depth_multiplier=d.rng.choice((1, 2, 3)), **common), t)
    if kind == "separable" and space < 3:
        return d.add(rules.separable, getattr(L, "SeparableConv%dD" % space)(
            d.units(), size, depth_multiplier=d.rng.choice((1, 2)), **common), t)
    if min(d.shape(t)) < 2:
        return None
    return d.add(rules.convolution, conv_layer(d, space, d.channels(t)), t)


def einsum(d, t):
    n, m, shape = d.units(), d.units(), d.shape(t)
    if d.rank(t) > 3:
        return None
    choices = []
    if d.rank(t) < 3:  # of more axes Keras gives a shape in another order
        choices += [("...x,xy->...y", (n,), "y"), ("...x,x->...x", shape[-1:], "x")]
    if d.rank(t) == 1:
        choices += [("ab,bc->ac", (n,), "c"), ("ab,bcd->acd", (n, m), "cd"), ("ab,bcd->acd", (n, m), "d")]
    if d.rank(t) == 2:
        choices += [("abc,cd->abd", (shape[0], n), "d"), ("abc,cde->abde", (shape[0], n, m), "de"),
                    ("abc,cd->adb", (n, shape[0]), None), ("abc,bd->adc", (n, shape[1]), "d"),
                    ("abc,bc->abc", shape, "bc"), ("abc,bcd->ad", (n,), "d"), ("abc,bcd->abd", (shape[0], n), None)]
    if d.rank(t) == 3:
        choices += [("abde,def->abf", (shape[0], n), "f"), ("abde,ef->abdf", shape[:2] + (n,), "f")]
    equation, out, bias = d.rng.choice(choices)
    return d.add(rules.einsum_dense, L.EinsumDense(
        equation, output_shape=out, bias_axes=bias if d.either(.7) else None, activation=d.activation()), t)


def normal_axes(d, t):
    """The channels, any one axis, or several."""
    if d.rank(t) == 1 or d.either(.6):
        return d.side() if d.rank(t) > 1 else -1
    return d.rng.randrange(1, d.rank(t) + 1)


def norm_layer(d, t):
    kind = d.rng.choice((L.BatchNormalization, L.BatchNormalization, L.LayerNormalization)
                        + (L.RMSNormalization if KERAS3 else L.LayerNormalization,))
    axis = normal_axes(d, t)
    if KERAS3 and kind is L.RMSNormalization:  # knows but the last axes
        return kind(axis=-1 if d.rank(t) == 1 or d.either(.7) else [d.rank(t) - 1, d.rank(t)])
    if kind is L.LayerNormalization and d.rank(t) > 1 and d.either(.3):
        axis = sorted(d.rng.sample(range(1, d.rank(t) + 1), 2))
    return kind(axis=axis, scale=d.either(.8), center=d.either(.8))


def normalise(d, t):
    if d.either(.3):
        axis = d.side() if d.rank(t) > 1 else -1
        count = d.channels(t)
        groups = d.divisor(count) if d.either(.8) else -1
        return d.add(rules.group_normalization, L.GroupNormalization(groups=groups, axis=axis), t)
    return d.add(rules.normalization, norm_layer(d, t), t)


def plain(d, t):
    return d.add(rules.same, d.rng.choice((
        lambda: L.Dropout(.3), lambda: L.Activation(d.activation()), L.ReLU, L.LeakyReLU, L.ELU, L.Softmax,
        lambda: L.GaussianNoise(.1), lambda: L.Rescaling(.5, .1), L.UnitNormalization, L.Identity,
        lambda: L.Softmax(axis=d.rng.randrange(1, d.rank(t) + 1)), lambda: L.ActivityRegularization(l1=.1)))(), t)


def masked(d, t):
    """Steps that are all zero are left out by what comes next; which ones, is told by their place."""
    last = [rule for rule, _, _, given in d.steps if t in given]
    if last and last[0] not in (rules.recurrent, rules.bidirectional, rules.attention, rules.convolution):
        return None
    return read_masked(d, d.add(rules.same, L.Masking(), t))


def read_masked(d, t):
    """By layers that a mask goes through, up to one that ends it."""
    if d.either():
        t = d.add(rules.time_distributed(rules.dense), L.TimeDistributed(dense_layer(d)), t)
    if d.either():
        t = d.add(rules.recurrent, L.LSTM(d.units(), return_sequences=True), t)
    if d.either():
        return d.add(rules.bidirectional, L.Bidirectional(L.GRU(d.units())), t)
    return d.add(rules.recurrent, recurrent_layer(d), t)


def prelu(d, t):
    shared = [k for k in range(1, d.rank(t) + 1) if d.either()]
    return d.add(rules.prelu, L.PReLU(shared_axes=shared or None), t)


def unknown(d, t):
    what = d.rng.choice([L.Lambda(lambda x: x * 2, output_shape=d.shape(t)), Backwards(), d.rng.choice(unknown_ones)])
    if d.shape(t)[-1] % 2 or not KERAS3 and d.rank(t) == 1:
        return None  # one of them takes two halves of the last axis for different things
    x = d.add(rules.opaque, what, t)
    if not KERAS3:  # does not write down which shape came out; these say it themselves
        x = dense(d, d.add(rules.global_pooling, getattr(L, "GlobalMaxPooling%dD" % (d.rank(x) - 1))(), x))
    return x


def operation(d, t):
    """Operations that are called by themselves."""
    if d.rank(t) > 1 and d.either(.4):
        axis = d.rng.randrange(1, d.rank(t) + 1)
        what = d.rng.choice(over_axes)
        def rule(book, layer, inputs, shapes):
            return [[a for k, a in enumerate(inputs[0]) if k != axis - 1]]
        return d.add(rule, lambda x: what(x, axis=axis), t)
    return d.add(rules.same, d.rng.choice(of_one + [lambda x: x * 1.5 + .25]), t)


def wrapped(d, t):
    """SpectralNormalization around what it takes."""
    kind = d.rng.choice(("dense", "dense", "conv")) if d.rank(t) > 1 and min(d.shape(t)) > 1 else "dense"
    if kind == "conv":
        return d.add(rules.spectral_normalization(rules.convolution),
                     L.SpectralNormalization(conv_layer(d, d.rank(t) - 1, d.channels(t))), t)
    return d.add(rules.spectral_normalization(rules.dense), L.SpectralNormalization(dense_layer(d)), t)


# ---- series ----

def recurrent_layer(d, **more):
    kind = d.rng.choice(("SimpleRNN", "LSTM", "GRU", "GRU", "RNN"))
    n, common = d.units(), dict(use_bias=d.either(.8))
    if kind == "RNN":
        cell = d.rng.choice((L.LSTMCell, L.GRUCell, L.SimpleRNNCell))
        return L.RNN(cell(n, **common), **more)
    if kind == "GRU":
        common["reset_after"] = d.either()
    return getattr(L, kind)(n, **common, **more)


def recurrent(d, t):
    more = dict(return_sequences=d.either(.6), return_state=d.either(.25), go_backwards=d.either(.2))
    if d.either(.25):
        cells = [d.rng.choice((L.LSTMCell, L.GRUCell, L.SimpleRNNCell))(d.units()) for _ in range(2)]
        return d.add(rules.stacked, L.RNN(L.StackedRNNCells(cells), return_sequences=d.either()), t)
    layer = recurrent_layer(d, **more)
    states = [s for s in range(len(d.values)) if d.rank(s) == 1 and s not in d.inputs]
    if states and d.either():  # it begins with states that other layers give
        state = d.rng.choice(states)
        n = d.shape(state)[0]
        if d.either():
            return d.add(rules.recurrent, L.GRU(n, reset_after=d.either(), **more), t, state, call="states")
        other = d.rng.choice([s for s in states if d.shape(s) == (n,)])
        if d.either():
            both = L.Bidirectional(L.SimpleRNN(n), merge_mode=d.rng.choice(("concat", "sum")))
            return d.add(rules.bidirectional, both, t, state, other, call="states")
        return d.add(rules.recurrent, L.LSTM(n, **more), t, state, other, call="states")
    return d.add(rules.recurrent, layer, t)


def bidirectional(d, t):
    mode = d.rng.choice(("concat", "sum", "mul", "ave", None))
    sequences = d.either(.6)
    layer, back = recurrent_layer(d, return_sequences=sequences), None
    if d.either(.2):
        layer, back = (kind(4, return_sequences=sequences, go_backwards=back)
                       for kind, back in ((L.LSTM, False), (L.GRU, True)))
    return d.add(rules.bidirectional, L.Bidirectional(layer, merge_mode=mode, backward_layer=back), t)


def attention(d, t):
    other = [s for s in d.live() if d.rank(s) == 2] or [t]
    content = d.rng.choice(other)
    if KERAS3 and d.rank(t) == 2 and d.either(.4):
        kv, each = d.rng.choice((1, 2, 3)), d.rng.choice((1, 2, 3))
        layer = L.GroupQueryAttention(d.rng.choice((2, 3)), kv * each, kv, use_bias=d.either(.7),
                                        use_gate=d.either(.3))
        return d.add(rules.attention, layer, t, content)
    dims = d.rng.choice((dict(key_dim=2), dict(key_dim=3), dict(key_dim=2, value_dim=4, dropout=.1)))
    gate = dict(use_gate=d.either(.3)) if KERAS3 else {}
    layer = L.MultiHeadAttention(  # JAX's own attention, which dropout keeps away, knows but one dimension
        d.rng.choice((1, 2, 3)), **dims, use_bias=d.either(.7), output_shape=d.units() if d.either(.3) else None,
        **gate)
    key = [s for s in other if d.shape(s)[0] == d.shape(content)[0]]
    inputs = (t, content) + ((d.rng.choice(key),) if key and d.either(.3) else ())
    if d.rank(t) > 2:
        return d.add(rules.attention, layer, t, t)
    more = dict(use_causal_mask=True) if t == content and d.either(.2) else {}
    if d.either(.2):
        more["return_attention_scores"] = True
    return d.add(rules.attention, layer, *inputs, **more)


def dot_attention(d, t):
    n, m = d.units(), d.units()
    if not KERAS3:
        m = n  # else its scale would not fit
    query, key = (d.add(rules.dense, L.Dense(n), t) for _ in range(2))
    value = d.add(rules.dense, L.Dense(m), t)
    if d.either():
        return d.add(rules.dot_attention, L.AdditiveAttention(use_scale=d.either()), query, value, key, call="list")
    return d.add(rules.dot_attention, L.Attention(use_scale=d.either(), score_mode=d.rng.choice(("dot", "concat"))),
                 query, value, key, call="list")


def local(d, t):
    """Keras 2 alone has it."""
    space = d.rank(t) - 1
    if KERAS3 or min(d.shape(t)[:-1]) < 2:
        return None
    return d.add(rules.local, getattr(L, "LocallyConnected%dD" % space)(
        d.units(), 2, activation=d.activation(), use_bias=d.either(.7)), t)


def conv_lstm(d, t):
    space = d.rank(t) - 2
    layer = getattr(L, "ConvLSTM%dD" % space)(d.rng.choice((2, 3)), 2, padding="same", return_sequences=d.either(),
                                              return_state=d.either(.2), **d.format())
    return d.add(rules.conv_lstm, layer, t)


def distributed(d, t):
    if d.rank(t) > 2 and d.either(.6):
        inner = getattr(L, "Conv%dD" % (d.rank(t) - 2))(d.units(), 2, padding="same")
        return d.add(rules.time_distributed(rules.convolution), L.TimeDistributed(inner), t)
    if d.rank(t) > 2 and d.either(.3):
        return d.add(rules.time_distributed(rules.flatten), L.TimeDistributed(L.Flatten()), t)
    if d.either(.3):
        return d.add(rules.time_distributed(rules.normalization), L.TimeDistributed(L.LayerNormalization()), t)
    return d.add(rules.time_distributed(rules.dense), L.TimeDistributed(dense_layer(d)), t)


# ---- space and shape ----

def space(d, t):
    count, shape = d.rank(t) - 1, d.shape(t)
    kind = d.rng.choice(("AveragePooling", "MaxPooling", "ZeroPadding", "Cropping", "UpSampling"))
    where = shape[1:] if d.first else shape[:-1]
    common = d.format()
    if kind == "Cropping" and min(where) < 4 or kind == "UpSampling" and d.size(t) > 200:
        return None
    if kind.endswith("Pooling"):
        common.update(pool_size=2, padding="same")
    elif kind == "Cropping":
        common["cropping"] = 1
    if kind in ("Cropping", "ZeroPadding", "UpSampling") and count == 1:
        common = {k: v for k, v in common.items() if k != "data_format"}
        if d.first:
            return None  # they know but one layout in one dimension
    return d.add(rules.space, getattr(L, "%s%dD" % (kind, count))(**common), t)


def global_pooling(d, t):
    kind = d.rng.choice(("Average", "Max"))
    return d.add(rules.global_pooling, getattr(L, "Global%sPooling%dD" % (kind, d.rank(t) - 1))(
        keepdims=d.either(.1), **d.format()), t)


def flatten(d, t):
    return d.add(rules.flatten, L.Flatten(**(d.format() if d.either(.7) else {})), t)


def targets(d, t):
    """Shapes with the same numbers in the same order: axes joined, split, or with a 1 between."""
    shape = d.shape(t)
    yield (d.size(t),)
    yield shape[:-1] + (1, shape[-1])
    if d.rank(t) > 2:
        yield (shape[0] * shape[1],) + shape[2:]
        yield shape[:-2] + (shape[-2] * shape[-1],)
    for k, extent in enumerate(shape):
        if d.rank(t) < 4:
            for a in (2, 3):
                if extent % a == 0 and extent > a:
                    yield shape[:k] + (a, extent // a) + shape[k + 1:]
                    yield shape[:k] + (extent // a, a) + shape[k + 1:]


def reshape(d, t):
    return d.add(rules.reshape, L.Reshape(d.rng.choice([s for s in targets(d, t) if len(s) < 5])), t)


def permute(d, t):
    dims = list(range(1, d.rank(t) + 1))
    d.rng.shuffle(dims)
    return d.add(rules.permute, L.Permute(dims), t)


def repeat_vector(d, t):
    return d.add(rules.repeat_vector, L.RepeatVector(d.rng.choice((2, 3))), t)


# ---- several ----

def as_wide(d, t, count):
    """A value like this one with so many channels, from the same or from another one."""
    if d.rank(t) > 1 and d.first:
        return d.add(rules.convolution, getattr(L, "Conv%dD" % (d.rank(t) - 1))(count, 1, **d.format()), t)
    return d.add(rules.dense, L.Dense(count), t)


def merge(d, t):
    kind = d.rng.choice(MERGES)
    count = 2 if kind is L.Subtract else d.rng.choice((2, 2, 3))
    same = [s for s in d.live() if d.shape(s) == d.shape(t) and s != t]
    chosen = [t]
    while len(chosen) < count:
        other = d.rng.choice(same) if same and d.either() else as_wide(d, t, d.channels(t))
        chosen.append(unary(d, other, (plain, prelu, normalise)) if d.either(.3) else other)
    if kind is L.Add and count == 2 and d.either(.3):
        return d.add(rules.merge, lambda a, b: a + b, *chosen)
    return d.add(rules.merge, kind(), *chosen, call="list")


def residual(d, t):
    """Around a layer or two; the stream is often a first layer's."""
    x = as_wide(d, t, d.channels(t)) if d.either(.7) else t
    y = dense(d, x) if d.rank(x) == 1 or not d.first else as_wide(d, x, d.units())
    y = as_wide(d, y, d.channels(x))
    return d.add(rules.merge, L.Add(), x, y, call="list")


def squeeze(d, t):
    """Channels scaled by a function of all of them."""
    s = d.add(rules.global_pooling, getattr(L, "GlobalAveragePooling%dD" % (d.rank(t) - 1))(
        keepdims=True, **d.format()), t)
    s = as_wide(d, as_wide(d, s, d.units()), d.channels(t))
    return d.add(rules.merge, L.Multiply(), t, s, call="list")


def concatenate(d, t):
    at = d.side() if d.rank(t) > 1 else -1
    k = at % (d.rank(t) + 1) - 1
    shape = d.shape(t)
    same = [s for s in d.live() if d.rank(s) == d.rank(t) and s != t
            and all(a == b for i, (a, b) in enumerate(zip(d.shape(s), shape)) if i != k)]
    other = d.rng.choice(same) if same and d.either() else as_wide(d, t, d.units())
    if d.rank(t) > 1 and d.shape(other) == shape and d.either(.3):
        at = d.rng.randrange(1, d.rank(t) + 1)
    return d.add(rules.concatenate, L.Concatenate(axis=at), t, other, call="list")


def dot(d, t):
    other = d.add(rules.dense, L.Dense(d.shape(t)[-1]), t)
    return d.add(rules.dot, L.Dot(axes=-1), t, other, call="list")


def shared(d, t):
    """One layer, called twice, on values of one shape."""
    twin = d.add(rules.same, L.Activation("tanh"), t) if d.either() else as_wide(d, t, d.channels(t))
    if d.shape(twin) != d.shape(t):
        return None
    rule, layer = d.rng.choice((lambda: (rules.dense, dense_layer(d)),
                                lambda: (rules.normalization, norm_layer(d, t)),
                                lambda: (rules.prelu, L.PReLU())))()
    if d.rank(t) == 2 and d.either():
        rule, layer = rules.recurrent, L.GRU(d.units())
    if d.rank(t) > 2 and d.either() and min(d.shape(t)) > 1:
        rule, layer = rules.convolution, conv_layer(d, d.rank(t) - 1, d.channels(t))
    a, b = d.add(rule, layer, t), d.add(rule, layer, twin)
    if d.either():
        return d.add(rules.concatenate, L.Concatenate(), a, b, call="list")
    return d.add(rules.merge, d.rng.choice((L.Subtract, L.Add))(), a, b, call="list")


def small(d, shape, two=False):
    """A model for within another, with all that nobody reads as its outputs."""
    inner = Draft(d.rng, d.first, d.depth + 1)
    at = inner.input(shape)
    if two:
        at = inner.add(rules.merge, L.Add(), at, inner.input(shape), call="list")
    moves = (dense, normalise, plain, prelu) if not two and d.either(.3) else None
    for _ in range(d.rng.choice((1, 2, 3))):
        at = unary(inner, at, moves)
    inner.outputs = inner.live()
    d.kinds |= inner.kinds
    return inner


def each_step(d, t):
    """A model at every step."""
    inner = small(d, d.shape(t)[1:])
    if d.depth > 1 or len(inner.outputs) > 1:
        return None
    return d.add(rules.time_distributed(rules.model(inner)), L.TimeDistributed(model_of(inner)), t)


def nested(d, t):
    """A model in the model, one input or two, called once or twice."""
    if d.depth > 1:
        return None
    two = d.either(.2)
    inner = small(d, d.shape(t), two)
    model = model_of(inner)
    def call(*inputs):
        return d.add(rules.model(inner), model, *inputs, call="list" if two else "each")
    first = call(t, as_wide(d, t, d.channels(t))) if two else call(t)
    if d.either(.4):
        twin = d.add(rules.same, L.Activation("tanh"), t)
        call(twin, t) if two else call(twin)
    return first


# ---- architectures ----

ANY = (dense, dense, einsum, normalise, normalise, plain, prelu, wrapped, merge, residual, concatenate, shared, nested,
       operation, reshape)
RARE = (unknown, unknown, permute)
BY_RANK = {
    1: (dense, repeat_vector, reshape, dot),
    2: (convolution, convolution, recurrent, recurrent, bidirectional, attention, attention, dot_attention, distributed,
        space, global_pooling, flatten, squeeze, permute, dot, local, each_step, masked),
    3: (local, attention, each_step, convolution, convolution, convolution, conv_lstm, distributed, space, global_pooling, flatten, squeeze),
    4: (convolution, conv_lstm, distributed, space, global_pooling, flatten),
}


def unary(d, t, moves=None):
    """One more layer on this value, of the moves or of all that fit."""
    while True:
        pool = moves or (BY_RANK[d.rank(t)] if d.either() else RARE if d.either(.1) else ANY)
        if d.size(t) > 400:
            pool = (global_pooling, space) if d.rank(t) > 1 else (dense,)
        made = d.rng.choice(pool)(d, t)
        if made is not None:
            return made


def start(d):
    kind = d.rng.choice(list(INPUTS))
    shape = INPUTS[kind]
    if d.first and len(shape) > 1:
        shape = shape[-1:] + shape[:-1]
    t = d.input(shape, dtype="int32" if kind == "tokens" else "float32")
    if kind == "tokens":
        if d.either(.3):
            return read_masked(d, d.add(rules.embedding, L.Embedding(WORDS, d.units(), mask_zero=True), t))
        table = L.Embedding(WORDS, d.units())
        if d.either(.2):  # gives whole numbers, as it was given
            t = d.add(rules.spectral_normalization(rules.embedding), L.SpectralNormalization(table), t)
            return d.add(rules.same, L.Rescaling(.5), t)
        return d.add(rules.embedding, table, t)
    return t


def close(d):
    """Everything that nobody reads flows into one Dense, or the ends are the outputs."""
    ends = d.live()
    if d.either(.15):
        return ends
    flat = []
    for t in ends:
        while d.rank(t) > 1:
            t = unary(d, t, (flatten, global_pooling))
        flat.append(t)
    joined = d.add(rules.concatenate, L.Concatenate(), *flat, call="list") if len(flat) > 1 else flat[0]
    return [d.add(rules.dense, L.Dense(d.rng.choice((2, 3))), joined)]


def draw(seed):
    rng = random.Random(seed)
    while True:
        keras.backend.clear_session()
        d = attempt(rng)
        if any(getattr(layer, "weights", ()) for _, layer, _, _ in d.steps):
            return d


def attempt(rng):
    d = Draft(rng, first=KERAS3 and rng.random() < .2)
    for _ in range(rng.choice((1, 1, 1, 2))):
        start(d)
    for _ in range(rng.choice((3, 4, 5, 6))):
        unary(d, rng.choice(d.live()))
    d.outputs = close(d)
    return d
