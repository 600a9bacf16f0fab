"""What Keras's layers do to units, from their documentation and source: each rule says in the book which
axes of the weights go with which axes of the inputs, and gives the axes of the outputs.

A rule is called as rule(book, layer, inputs, shapes): inputs are lists of axes without the batch, shapes
those of the outputs. It is called once for each call of the layer.
"""


def fixed(count):
    return [None] * count


def fixed_like(shape):
    return [fixed(extent) for extent in shape]


def spread(axis, inner):
    """Each index `inner` times in a row."""
    return [unit for unit in axis for _ in range(inner)]


def freeze(book, value):
    for axis in value:
        book.fix(axis)


def place(value, axis):
    """Keras counts the batch."""
    return axis - 1 if axis > 0 else len(value) + axis


# ---- each unit by itself, and what is not known ----

def same(book, layer, inputs, shapes):
    return [inputs[0]]


def opaque(book, layer, inputs, shapes):
    """What a Lambda or a class of somebody else does is not known."""
    for value in inputs:
        freeze(book, value)
    return [fixed_like(shape) for shape in shapes]


def prelu(book, layer, inputs, shapes):
    for k, axis in enumerate(inputs[0]):
        if layer.alpha.shape[k] == len(axis):
            book.say(layer.alpha, k, axis)
    return [inputs[0]]


# ---- dense ----

def dense(book, layer, inputs, shapes):
    *rest, last = inputs[0]
    units = book.own(layer.kernel, 1)
    book.say(layer.kernel, 0, last)
    book.say(layer.kernel, 1, units)
    book.say(layer.bias, 0, units)
    return [rest + [units]]


def einsum_dense(book, layer, inputs, shapes):
    words, out = layer.equation.replace("...", "").split("->")
    into, of = words.split(",")
    if "..." not in layer.equation:  # the first letter is the batch
        into, out = into[1:], out[1:]
    value, axes = inputs[0], {}
    before = value[:len(value) - len(into)]
    for letter, axis in zip(into, value[len(before):]):
        axes[letter] = axis
    for k, letter in enumerate(of):
        if letter not in axes:
            axes[letter] = book.own(layer.kernel, k)
        book.say(layer.kernel, k, axes[letter])
    if layer.bias is not None:
        shape = layer.bias.shape
        for k, letter in enumerate(out[len(out) - len(shape):]):
            if shape[k] == len(axes[letter]):
                book.say(layer.bias, k, axes[letter])
    return [before + [axes[letter] for letter in out]]


def embedding(book, layer, inputs, shapes):
    units = book.own(layer.embeddings, 1)
    book.say(layer.embeddings, 1, units)
    return [inputs[0] + [units]]


# ---- convolutions ----

def channel_of(layer):
    return 0 if getattr(layer, "data_format", None) == "channels_first" else -1


def in_space(book, layer, value, shape, channels):
    """Neighbours in space are told apart; what comes out stands in another place."""
    at = channel_of(layer) % len(value)
    for k, axis in enumerate(value):
        if k != at:
            book.fix(axis)
    out = fixed_like(shape)
    out[at] = channels
    return out


def convolution(book, layer, inputs, shapes):
    channels = inputs[0][channel_of(layer)]
    filters, groups = layer.filters, layer.groups
    taken = len(channels) // groups
    if groups == 1:
        units = book.own(layer.kernel, -1)
        book.say(layer.kernel, -2, channels)
    elif taken == 1 and any(map(book.is_free, channels)):
        units = spread(channels, filters // groups)  # filters of a channel go where it goes, as they are
    else:
        units = book.own(layer.kernel, -1)
        book.divide(channels, groups)
        book.divide(units, groups)
        for f in range(filters):
            first = f // (filters // groups) * taken
            book.say(layer.kernel, -2, channels[first:first + taken], -1, f)
    book.say(layer.kernel, -1, units)
    book.say(layer.bias, 0, units)
    return [in_space(book, layer, inputs[0], shapes[0], units)]


def transposed(book, layer, inputs, shapes):
    units = book.own(layer.kernel, -2)
    book.say(layer.kernel, -1, inputs[0][channel_of(layer)])
    book.say(layer.kernel, -2, units)
    book.say(layer.bias, 0, units)
    return [in_space(book, layer, inputs[0], shapes[0], units)]


def depthwise(book, layer, inputs, shapes):
    channels = inputs[0][channel_of(layer)]
    kernel = layer.depthwise_kernel if hasattr(layer, "depthwise_kernel") else layer.kernel
    book.say(kernel, -2, channels)
    units = spread(channels, layer.depth_multiplier)
    book.say(layer.bias, 0, units)
    return [in_space(book, layer, inputs[0], shapes[0], units)]


def separable(book, layer, inputs, shapes):
    channels = inputs[0][channel_of(layer)]
    book.say(layer.depthwise_kernel, -2, channels)
    book.say(layer.pointwise_kernel, -2, spread(channels, layer.depth_multiplier))
    units = book.own(layer.pointwise_kernel, -1)
    book.say(layer.pointwise_kernel, -1, units)
    book.say(layer.bias, 0, units)
    return [in_space(book, layer, inputs[0], shapes[0], units)]


def local(book, layer, inputs, shapes):
    """A kernel for each place: (places, window x channels, filters), bias (places.., filters)."""
    channels, units = inputs[0][-1], book.own(layer.kernel, -1)
    book.say(layer.kernel, 1, channels * (layer.kernel.shape[1] // len(channels)))
    book.say(layer.kernel, 2, units)
    book.say(layer.bias, -1, units)
    return [in_space(book, layer, inputs[0], shapes[0], units)]


# ---- space and shape ----

def space(book, layer, inputs, shapes):
    """Pooling, padding, cropping, upsampling."""
    value = inputs[0]
    return [in_space(book, layer, value, shapes[0], value[channel_of(layer)])]


def global_pooling(book, layer, inputs, shapes):
    """Means and maxima know no order."""
    value = inputs[0]
    out = fixed_like(shapes[0])
    out[channel_of(layer)] = value[channel_of(layer)]
    return [out]


def merged(book, axes):
    """Several axes as one, row-major. An axis of a weight has one group at each index: where two axes are
    free, the last one stays so."""
    free = [k for k, axis in enumerate(axes) if any(map(book.is_free, axis))]
    for k in free[:-1]:
        book.fix(axes[k])
    before = after = 1
    for k, axis in enumerate(axes):
        if free and k < free[-1]:
            before *= len(axis)
        elif not free or k > free[-1]:
            after *= len(axis)
    return spread(axes[free[-1]] if free else [None], after) * before


def flatten(book, layer, inputs, shapes):
    value = inputs[0]
    if layer.data_format == "channels_first":  # are moved to the end first
        value = value[1:] + value[:1]
    return [[merged(book, value)]]


def columns(line, extents, k):
    """The units of a row-major line at each index of axis k."""
    after = 1
    for extent in extents[k + 1:]:
        after *= extent
    return [[u for at, u in enumerate(line) if at // after % extents[k] == index] for index in range(extents[k])]


def cut(book, line, extents):
    """One axis as several: free is the one along which alone units change, or else the last, whose
    index then stands for all units there."""
    out = fixed_like(extents)
    wide = [k for k, extent in enumerate(extents) if extent > 1]
    for k in reversed(wide):
        found = columns(line, extents, k)
        roots = [{book.root(u) if book.is_free(u) else None for u in column} for column in found]
        if all(len(r) == 1 for r in roots) and any(r != {None} for r in roots):
            out[k] = [column[0] for column in found]
            return out
    if wide:
        found = columns(line, extents, wide[-1])
        for column in found:
            book.tie(column, [column[0]] * len(column))
        out[wide[-1]] = [column[0] for column in found]
    return out


def reshape(book, layer, inputs, shapes):
    """Axes that hold equally many numbers on both sides are laid out anew by themselves."""
    value, target, out, i, j = inputs[0], list(shapes[0]), [], 0, 0
    while i < len(value) and j < len(target):
        first, start, p, q = i, j, len(value[i]), target[j]
        i, j = i + 1, j + 1
        while p != q:
            if p < q:
                p, i = p * len(value[i]), i + 1
            else:
                q, j = q * target[j], j + 1
        out += cut(book, merged(book, value[first:i]), target[start:j])
    return [out + fixed_like(target[j:])]


def permute(book, layer, inputs, shapes):
    return [[inputs[0][dim - 1] for dim in layer.dims]]


def repeat_vector(book, layer, inputs, shapes):
    return [[fixed(layer.n), inputs[0][0]]]


# ---- merging ----

def merge(book, layer, inputs, shapes):
    out = list(inputs[0])
    for value in inputs[1:]:
        for k, axis in enumerate(value):
            if len(out[k]) == 1:
                out[k] = axis
            elif len(axis) > 1:
                book.tie(out[k], axis)
    return [out]


def concatenate(book, layer, inputs, shapes):
    at = place(inputs[0], layer.axis)
    out = list(inputs[0])
    out[at] = sum((value[at] for value in inputs), [])
    for value in inputs[1:]:
        for k, axis in enumerate(value):
            if k != at:
                book.tie(out[k], axis)
    return [out]


def dot(book, layer, inputs, shapes):
    """The last axes are summed over."""
    a, b = inputs
    book.tie(a[-1], b[-1])
    return [a[:-1] + b[:-1] or [fixed(1)]]


# ---- normalisation ----

def normalization(book, layer, inputs, shapes):
    """Batch, layer and RMS normalisation: weights have an axis for each normalised one."""
    value = inputs[0]
    axes = layer.axis if isinstance(layer.axis, (list, tuple)) else [layer.axis]
    for name in ("gamma", "beta", "moving_mean", "moving_variance", "scale"):
        variable = getattr(layer, name, None)
        if hasattr(variable, "shape"):
            for k, axis in enumerate(axes):
                book.say(variable, k, value[place(value, axis)])
    return [value]


def group_normalization(book, layer, inputs, shapes):
    """Units stay in the part of the channels whose mean they share; one part is no part, and parts of one
    channel know no order."""
    value = inputs[0]
    channels = value[place(value, layer.axis)]
    if 1 < layer.groups < len(channels):
        book.divide(channels, layer.groups)
    book.say(layer.gamma, 0, channels)
    book.say(layer.beta, 0, channels)
    return [value]


def spectral_normalization(rule):
    def apply(book, layer, inputs, shapes):
        out = rule(book, layer.layer, inputs, shapes)
        kernel = layer.kernel
        last = book.said.get((id(kernel), len(kernel.shape) - 1), {})
        if (None, None) in last:
            book.say(layer.vector_u, 1, last[None, None])
        return out
    return apply


# ---- recurrent ----

def cell(book, layer, into):
    """Kernel (into, gates x units), recurrent kernel (units, gates x units), bias (.., gates x units)."""
    kernel, recurrent, bias = layer.kernel, layer.recurrent_kernel, layer.bias
    units = book.own(recurrent, -2)
    gates = kernel.shape[-1] // len(units)
    book.say(kernel, -2, into)
    book.say(recurrent, -2, units)
    book.say(kernel, -1, units * gates)
    book.say(recurrent, -1, units * gates)
    book.say(bias, -1, units * gates)
    return units


def run(book, layer, inputs, step):
    """What a step gives, for one step or for all, and the states, which those that come in are tied to."""
    book.fix(inputs[0][0])
    for state in inputs[1:]:
        for a, b in zip(state, step):
            book.tie(a, b)
    states = 2 if "LSTM" in type(layer).__name__ or "LSTM" in type(layer.cell).__name__ else 1
    out = [[inputs[0][0]] + step if layer.return_sequences else step]
    return out + [step] * (states if layer.return_state else 0)


def recurrent(book, layer, inputs, shapes):
    return run(book, layer, inputs, [cell(book, layer.cell, inputs[0][1])])


def stacked(book, layer, inputs, shapes):
    units = inputs[0][1]
    for one in layer.cell.cells:
        units = cell(book, one, units)
    return run(book, layer, inputs, [units])


def conv_lstm(book, layer, inputs, shapes):
    value, at = inputs[0], channel_of(layer)
    units = cell(book, layer.cell, value[1:][at])
    shape = shapes[0][1:] if layer.return_sequences else shapes[0]
    return run(book, layer, inputs, in_space(book, layer, value[1:], shape, units))


def bidirectional(book, layer, inputs, shapes):
    states = inputs[1:]
    half = len(states) // 2
    ways = [recurrent(book, way, [inputs[0]] + own, None)[0] for way, own in (
        (layer.forward_layer, states[:half]), (layer.backward_layer, states[half:]))]
    if layer.merge_mode is None:
        return ways
    if layer.merge_mode == "concat":
        return [ways[0][:-1] + [ways[0][-1] + ways[1][-1]]]
    book.tie(ways[0][-1], ways[1][-1])
    return [ways[0]]


def time_distributed(rule):
    def apply(book, layer, inputs, shapes):
        value = inputs[0]
        out = rule(book, layer.layer, [value[1:]], [shape[1:] for shape in shapes])
        return [[value[0]] + out[0]]
    return apply


# ---- attention ----

def in_place(book, values):
    """What attends, and what is attended to, may be masked by place."""
    for value in values:
        for axis in value[:-1]:
            book.fix(axis)


def dot_attention(book, layer, inputs, shapes):
    query, content = inputs[:2]
    key = inputs[2] if len(inputs) > 2 else content
    in_place(book, inputs)
    book.tie(query[-1], key[-1])
    scale = getattr(layer, "scale", None)
    if scale is not None and len(scale.shape) == 1:
        book.say(scale, 0, query[-1])
    return [query[:-1] + [content[-1]]]


def project(book, part, into, heads, inside):
    """Kernel (into, heads, inside a head), bias (heads, inside a head)."""
    book.say(part.kernel, 0, into)
    book.say(part.kernel, 1, heads)
    book.say(part.bias, 0, heads)
    for k, units in enumerate(inside):
        book.say(part.kernel, 2, units, 1, k)
        book.say(part.bias, 1, units, 0, k)


def inside_heads(book, part, count):
    """The units inside each head, the same in every call."""
    spoken = book.said.get((id(part.kernel), 2), {})
    return [spoken[1, k] if (1, k) in spoken else book.fresh(part.kernel.shape[2]) for k in range(count)]


def attention(book, layer, inputs, shapes):
    """Of several heads, each with its own key and value or one for several."""
    query, content = inputs[:2]
    key = inputs[2] if len(inputs) > 2 else content
    in_place(book, inputs)
    into, output, gate = layer._query_dense, layer._output_dense, getattr(layer, "_gate_dense", None)
    first = (id(into.kernel), 0) not in book.said
    groups = layer._key_dense.kernel.shape[1]
    each = into.kernel.shape[1] // groups
    shared = book.own(layer._key_dense.kernel, 1)
    match = inside_heads(book, layer._key_dense, groups)
    carried = inside_heads(book, layer._value_dense, groups)
    project(book, layer._key_dense, key[-1], shared, match)
    project(book, layer._value_dense, content[-1], shared, carried)
    heads = spread(shared, each)
    project(book, into, query[-1], heads, spread(match, each))
    if gate is not None:
        project(book, gate, query[-1], heads, spread(carried, each))
    book.say(output.kernel, 0, heads)
    for k, units in enumerate(spread(carried, each)):
        book.say(output.kernel, 1, units, 0, k)
    units = book.own(output.kernel, 2)
    book.say(output.kernel, 2, units)
    book.say(output.bias, 0, units)
    if first and each > 1:
        within(book, [(into, 1, 0), (gate, 1, 0), (output, 0, None)], groups, each)
    return [query[:-1] + [units], [heads] + fixed_like(shapes[-1][1:])][:len(shapes)]


def within(book, parts, groups, each):
    """Heads that listen to one key may change places among themselves too."""
    for block in range(groups):
        group = []
        for k in range(block * each, (block + 1) * each):
            unit = set()
            for part, of_kernel, of_bias in parts:
                if part is not None:
                    unit.add((id(part.kernel), of_kernel, None, None, k))
                    if of_bias is not None and part.bias is not None:
                        unit.add((id(part.bias), of_bias, None, None, k))
            group.append(unit)
        book.beside.append(group)


# ---- models in models ----

def model(draft):
    def apply(book, layer, inputs, shapes):
        return draft.walk(book, inputs)
    return apply
