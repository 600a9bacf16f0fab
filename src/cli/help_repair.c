/* What repair does and does not do, and the script that does it better. */
#include <stdio.h>

#include "cli/run.h"

/* The script runs in Keras 2.15 and 3; tests/truth/repair.py runs what is printed. */
static const char *const lines[] = {
		"",
		"Averaged units are not what their models' units were: two that agree in part have "
		"less",
		"variance than either, and the stored statistics do not know it. --repair corrects "
		"what is",
		"written, from weights and config alone. All of it is an estimate; nothing is "
		"repaired unless",
		"asked for, and the report names each row with what was done, or what was left and "
		"why.",
		"",
		"  unconverged  BatchNormalization statistics after few steps still hold a part q "
		"of "
		"the 0",
		"               and 1 that they began with. q = momentum^steps is taken from the "
		"steps that",
		"               the optimizer counted, or from variances that no kernel explains; "
		"then every",
		"               model's variance becomes (v - q) / (1 - q), its mean m / (1 - q), "
		"before they",
		"               are averaged. A model alone can be corrected so too.",
		"  bn           moving_variance of a BatchNormalization behind one Dense, "
		"convolution or",
		"               EinsumDense: the models' variances, less what their units disagree "
		"in. Needs",
		"               a config. What feeds it otherwise (Add, an activation) is left as "
		"averaged.",
		"  norm         for models without normalisers: the kernel's units times what "
		"averaging took",
		"               of their norm, at most 10; not the last layer.",
		"",
		"Statistics from your own data are better than any estimate. This script makes "
		"them "
		"anew for",
		"a written model; 512 samples of the training data or more (64 were a little "
		"worse, "
		"8 did harm):",
		"",
		"    ladle help repair | sed -n '/^#!/,$p' > reestimate_bn.py",
		"    python3 reestimate_bn.py OUT.keras samples.npz better.keras",
		"",
		"#!/usr/bin/env python3",
		"\"\"\"reestimate_bn.py MODEL SAMPLES.npz OUT: BatchNormalization statistics from "
		"samples.",
		"",
		"SAMPLES.npz has one array for each input of the model, in their order: "
		"np.savez(\"samples.npz\", x).",
		"For a file of weights alone build the model and call load_weights in place of "
		"load_model.",
		"\"\"\"",
		"import sys",
		"",
		"import numpy as np",
		"",
		"try:",
		"    import keras",
		"except ImportError:",
		"    from tensorflow import keras",
		"",
		"",
		"def layers_in(layer):",
		"    \"\"\"The layer and all that it holds.\"\"\"",
		"    yield layer",
		"    inner = list(getattr(layer, \"layers\", []))",
		"    inner += [part for part in [getattr(layer, \"layer\", None)] if part is not "
		"None]",
		"    for part in inner:",
		"        yield from layers_in(part)",
		"",
		"",
		"def reestimate(model, inputs, batch=256):",
		"    layers = list(layers_in(model))",
		"    norms = [layer for layer in layers if \"BatchNormalization\" in "
		"type(layer).__name__]",
		"    kept = [(layer.momentum, layer.trainable) for layer in norms]",
		"    noise = [(layer, name, getattr(layer, name)) for layer in layers for name in "
		"(\"rate\", \"stddev\")",
		"             if \"Dropout\" in type(layer).__name__ or \"Noise\" in "
		"type(layer).__name__ if hasattr(layer, name)]",
		"    for layer, name, _ in noise:",
		"        setattr(layer, name, 0.0)",
		"    for layer in norms:",
		"        layer.trainable = True  # a frozen one would not look at its batch",
		"    order = np.random.default_rng(0).permutation(len(inputs[0]))",
		"    parts = np.array_split(order, max(1, len(order) // batch))",
		"    for step, part in enumerate(parts):",
		"        for layer in norms:",
		"            layer.momentum = step / (step + 1)  # the mean of all batches",
		"        x = [array[part] for array in inputs]",
		"        model(x if len(x) > 1 else x[0], training=True)",
		"    for layer, (momentum, trainable) in zip(norms, kept):",
		"        layer.momentum, layer.trainable = momentum, trainable",
		"    for layer, name, value in noise:",
		"        setattr(layer, name, value)",
		"",
		"",
		"if __name__ == \"__main__\":",
		"    source, samples, target = sys.argv[1:]",
		"    model = keras.models.load_model(source, compile=False)",
		"    with np.load(samples) as arrays:",
		"        reestimate(model, [arrays[name] for name in arrays.files])",
		"    model.save(target)",
};

void
help_repair(void)
{
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		puts(lines[i]);
}
