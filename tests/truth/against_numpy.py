"""ladle's numbers against numpy and h5py."""
import hashlib
import os
import shutil

import h5py
import numpy as np

import tap
from tap import SAMPLE, check_average, check_equal, close, files, ladle, ladle_json, out, shared, test

SEEDS = files(SAMPLE, "seed1?.keras")
RUN = files(SAMPLE, "run-*.h5")


@test
def weights_of_models_that_do_not_stack_average_as_numpy_does():
    """np.average over get_weights() of several models fails, since layers do not stack."""
    ladle("avg", *SEEDS, "-w", ".5,.3,.2", "-o", out("weighted.keras"))
    check_average(SEEDS, out("weighted.keras"), [.5, .3, .2])


@test
def equal_weights_are_the_mean():
    ladle("avg", *SEEDS, "-o", out("mean.keras"))
    check_average(SEEDS, out("mean.keras"))


@test
def weights_need_not_sum_to_one():
    ladle("avg", *RUN, "-w", "3,1,7", "-o", out("seven.h5"))
    check_average(RUN, out("seven.h5"), [3, 1, 7])


@test
def eighteen_files_of_one_run_average_like_two():
    paths = []
    for k in range(18):
        paths.append(out("copy%02d.h5" % k))
        shutil.copy(RUN[k % len(RUN)], paths[-1])
    ladle("avg", *paths, "-o", out("eighteen.h5"))
    check_average(paths, out("eighteen.h5"))


@test
def no_normalise_takes_the_weights_as_they_are():
    ladle("avg", *RUN, "-w", ".5,.25,.5", "--no-normalise", "-o", out("raw.h5"))
    inputs = [tap.datasets(p) for p in RUN]
    for name, value in tap.datasets(out("raw.h5")).items():
        want = sum(w * i[name].astype("float64") for w, i in zip([.5, .25, .5], inputs))
        assert tap.same_bits(value, want.astype(value.dtype)), name


@test
def a_rule_changes_the_rows_that_it_matches_alone():
    ladle("avg", *RUN, "--mix", "A=1 B=0 C=0 on hidden*", "--skip", "digits/bias", "-o", out("rule.h5"))
    inputs = [tap.datasets(p) for p in RUN]
    for name, value in tap.datasets(out("rule.h5")).items():
        alone = "hidden" in name or name.endswith("digits/bias:0") or name.endswith("digits/bias")
        want = inputs[0][name] if alone else tap.average([i[name] for i in inputs])
        assert tap.same_bits(value, want), name


@test
def run_on_an_output_writes_the_same_bytes_again():
    ladle("avg", *RUN, "-w", ".2,.3,.5", "--mix", "A=0 on conv*", "-o", out("first.h5"))
    ladle("run", out("first.h5"), "-o", out("again.h5"))
    one, two = (open(out(n), "rb").read() for n in ("first.h5", "again.h5"))
    assert one == two


@test
def bytes_do_not_depend_on_threads():
    digests = set()
    for threads in (1, 2, 8):
        ladle("avg", *SEEDS, "-j", threads, "-o", out("threads%d.keras" % threads))
        digests.add(hashlib.sha256(open(out("threads%d.keras" % threads), "rb").read()).hexdigest())
    assert len(digests) == 1, digests


@test
def the_report_has_the_files_sha256():
    report = ladle_json("avg", *SEEDS, "-o", out("digest.keras"))
    data = open(out("digest.keras"), "rb").read()
    assert report["wrote"]["sha256"] == hashlib.sha256(data).hexdigest()
    assert report["wrote"]["bytes"] == len(data)


@test
def figures_of_diff_are_numpys():
    answer = ladle_json("diff", *RUN, "-w", ".5,.3,.2", status=1)
    inputs = [tap.datasets(p) for p in RUN]
    weights = np.array([.5, .3, .2])
    for row in answer["rows"]:
        t = [i[row["objects"][k].lstrip("/")].astype("float64").ravel() for i, k in zip(inputs, "ABC")]
        norm = np.array([np.linalg.norm(x) for x in t])
        gram = np.array([[np.dot(a, b) for b in t] for a in t])
        distance = np.array([[np.linalg.norm(a - b) for b in t] for a in t])
        close(row["norm"], norm, "norm")
        close(row["cosine"], gram / np.outer(norm, norm), "cosine")
        close(row["l2"], distance, "l2")
        close(row["relative_l2"], distance / np.sqrt(np.outer(norm, norm)), "relative_l2")
        close(row["max_abs"], [[np.abs(a - b).max() for b in t] for a in t], "max_abs")
        mix = sum(w * x for w, x in zip(weights, t))
        close(row["keep"], 100 * np.linalg.norm(mix) / np.dot(weights, norm), "keep")
        close(row["floor"], 100 * np.sqrt((weights ** 2).sum()), "floor")


@test
def stats_of_ls_are_numpys():
    for path in SEEDS[:1] + RUN[:1]:
        tensors = tap.datasets(path)
        (checkpoint,) = ladle_json("ls", path, "--stats")["checkpoints"]
        for layer in checkpoint["layers"]:
            for tensor in layer["tensors"]:
                t = tensors[tensor["object"].lstrip("/")].astype("float64")
                s = tensor["stats"]
                close([s["min"], s["max"], s["mean"], s["sd"], s["norm"]],
                      [t.min(), t.max(), t.mean(), t.std(), np.linalg.norm(t)], tensor["object"])
                assert s["zeros"] == (t == 0).sum() and s["nan"] == 0 and s["inf"] == 0


def repacked(path, name, dtype=None, **storage):
    """A copy of a legacy file whose large datasets other tools would have repacked so."""
    def copy(source, target):
        for key, value in source.attrs.items():
            target.attrs.create(key, value, dtype=source.attrs.get_id(key).dtype)
        for key, item in source.items():
            if isinstance(item, h5py.Group):
                copy(item, target.create_group(key))
            else:
                large = {} if item.size < 16 else storage
                target.create_dataset(key, data=item[()], dtype=dtype or item.dtype, **large)
    with h5py.File(path) as source, h5py.File(out(name), "w") as target:
        copy(source, target)
    return out(name)


@test
def repacked_inputs_average_as_the_plain_ones_do():
    ladle("avg", RUN[0], RUN[1], "-o", out("plain.h5"))
    kinds = {
        "chunked.h5": dict(chunks=True),
        "deflated.h5": dict(chunks=True, compression="gzip"),
        "shuffled.h5": dict(chunks=True, compression="gzip", shuffle=True, fletcher32=True),
        "big-endian.h5": dict(dtype=">f4"),
    }
    for name, storage in kinds.items():
        other = repacked(RUN[1], name, **storage)
        ladle("avg", RUN[0], other, "-o", out("of-" + name))
        check_equal(out("of-" + name), out("plain.h5"))


@test
def nan_is_refused_by_file_and_tensor_and_a_weight_of_0_lets_it_pass():
    path = repacked(RUN[1], "nan.h5")
    (kernel,) = [name for name in tap.datasets(path) if name.endswith("hidden/kernel")]
    with h5py.File(path, "r+") as file:
        file[kernel][3, 4] = np.nan
    error = ladle_json("avg", RUN[0], path, "-o", out("refused.h5"), status=3)["error"]
    assert error["code"] == "value" and error["path"] == path, error
    assert "hidden/kernel" in error["text"] and "element %d" % (3 * 32 + 4) in error["text"], error
    assert not os.path.exists(out("refused.h5"))
    ladle("avg", RUN[0], path, "--mix", "A=1 B=0 on hidden", "-o", out("passed.h5"))
    rows = {r["row"]: r for r in ladle_json("diff", RUN[0], path, status=1)["rows"]}
    assert [f["code"] for f in rows["hidden/kernel"]["findings"]] == ["non-finite"]


# ---- files that other people and Keras saved ----

def expected(name, inputs, want, *options):
    def check():
        suffix = ".keras" if want.endswith(".keras") else ".weights.h5" if want.endswith(".weights.h5") else ".h5"
        ladle("avg", *inputs, *options, "-o", out(name + suffix))
        check_equal(out(name + suffix), want)
    check.__name__ = "expected_" + name
    test(check)


WEIGHTED = {"cnn": ".5,.3,.2,.7,.1", "cnn_wide": ".5,.3,.2,.7,.1", "mlp": ".5,.3,.2"}


if tap.have_shared():
    for family, weights in WEIGHTED.items():
        models = files(shared("seeds", family), "seed*.keras")
        expected(family + "_mean", models, shared("seeds", family, "expected-mean.keras"))
        expected(family + "_weighted", models, shared("seeds", family, "expected-weighted.keras"), "-w", weights)
    for dtype in ("float16", "float64"):
        pair = files(shared("dtypes"), dtype + "-?.weights.h5")
        expected(dtype, pair, shared("dtypes", dtype + "-expected-mean.weights.h5"))
    expected("zoo", files(shared("zoo"), "zoo-?.keras"), shared("zoo", "expected-mean.keras"))
    expected("zoo_k2", files(shared("zoo-k2"), "zoo-?.h5"), shared("zoo-k2", "expected-mean.h5"))
    expected("renamed", files(shared("renamed"), "run?-weights.h5"), shared("renamed", "expected-mean-weights.h5"))
else:
    tap.skip("files of shared", "../shared is not here")
tap.finish()
