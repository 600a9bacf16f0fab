"""resnet50.py A.h5 B.h5 C.h5: ResNet50 with random weights, a copy with all its units in another order, and one
with other weights.

The groups are written by hand from the architecture: two within each block, one stream for each stage.
"""
import os
import sys

os.environ.setdefault("KERAS_BACKEND", "jax")
import keras
import numpy as np

BLOCKS = {2: 3, 3: 4, 4: 6, 5: 3}


def groups():
    """Each: (layers that make the units, their BatchNorms, layers that take them)."""
    stream = (["conv1_conv"], ["conv1_bn"], [])
    for stage, blocks in BLOCKS.items():
        block = "conv%d_block1_" % stage
        stream[2].extend([block + "0_conv", block + "1_conv"])
        yield stream
        stream = ([block + "0_conv"], [block + "0_bn"], [])
        for k in range(1, blocks + 1):
            block = "conv%d_block%d_" % (stage, k)
            yield [block + "1_conv"], [block + "1_bn"], [block + "2_conv"]
            yield [block + "2_conv"], [block + "2_bn"], [block + "3_conv"]
            stream[0].append(block + "3_conv")
            stream[1].append(block + "3_bn")
            if k > 1:
                stream[2].append(block + "1_conv")
    stream[2].append("predictions")
    yield stream


def save(model, weights, path):
    for name, values in weights.items():
        model.get_layer(name).set_weights(values)
    model.save(path)


def drawn(model, rng):
    return {layer.name: [rng.standard_normal(w.shape, dtype="float32") * .05 + (layer.name.endswith("_bn"))
                         for w in layer.weights] for layer in model.layers}


def main():
    rng = np.random.default_rng(0)
    model = keras.applications.ResNet50(weights=None)
    save(model, drawn(model, rng), sys.argv[3])
    weights = drawn(model, rng)
    save(model, weights, sys.argv[1])
    for makers, norms, takers in groups():
        order = rng.permutation(weights[makers[0]][0].shape[-1])
        for name in makers + norms:
            weights[name] = [w[..., order] for w in weights[name]]
        for name in takers:
            weights[name][0] = weights[name][0][..., order, :]
    save(model, weights, sys.argv[2])


main()
