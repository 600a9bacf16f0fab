"""Random architectures of real Keras, saved in every layout under two namings, must pair back to
identical: generate.py COUNT [SEED].

One test for each architecture; its seed is in its name, and `generate.py 1 THAT_SEED` repeats it. KEEP=DIR
keeps the files. The same architecture is built by Keras 2.15 too, in a second process, where it can.
"""
import collections
import gc
import json
import logging
import os
import random
import shutil
import subprocess
import sys
import time

logging.disable(logging.WARNING)
import architecture
import tap
from build import GENERATION, LAYOUTS, Build, Namer

TWIN = os.path.join(tap.ROOT, "build", "truth", "keras2", "bin", "python")
FULL = ("keras", "h5")
KEEP = os.environ.get("KEEP")
File = collections.namedtuple("File", "build layout path config order")
tally = collections.Counter()


def folder(seed):
    path = os.path.join(KEEP or tap.scratch.name, "%d" % seed)
    os.makedirs(path, exist_ok=True)
    return path


def save(graph, seed, name, number):
    """The files of one build, and how many tensors each holds."""
    namer = Namer(seed * 4 + number, renamed=number > 0)
    built = Build(graph, namer)
    built.set_weights(seed)
    paths = built.save(os.path.join(folder(seed), name))
    return dict(paths=paths, count=len(built.model.get_weights()), order=built.order(), names=built.names())


def opened(saved, name):
    config = [saved["paths"][layout] for layout in FULL]
    return [File(name, layout, path, config, saved["order"]) for layout, path in saved["paths"].items()]


# ---- the second process ----

def twins(count, seed):
    """Keras 2.15's part: SEED-DIR/twin.json says what it saved, or why it could not."""
    for s in range(seed, seed + count):
        graph, modern = architecture.draw(s)
        try:
            answer = {} if modern else save(graph, s, "k2", 2)
        except Exception as error:  # is told by the process that asked
            answer = dict(error="%s: %s" % (type(error).__name__, error))
        path = os.path.join(folder(s), "twin.json")
        with open(path + "~", "w") as file:
            json.dump(answer, file)
        os.rename(path + "~", path)


def start_twins(count, seed):
    env = dict(os.environ, KEEP=KEEP or tap.scratch.name)
    return subprocess.Popen([TWIN, os.path.abspath(__file__), "--twins", str(count), str(seed)],
                            env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def twin_of(seed, process):
    path = os.path.join(folder(seed), "twin.json")
    while not os.path.exists(path):
        assert process.poll() is None or os.path.exists(path), "Keras 2 ended with %d" % process.returncode
        time.sleep(.05)
    with open(path) as file:
        answer = json.load(file)
    assert "error" not in answer, "Keras 2: " + answer["error"]
    return answer


# ---- pairs ----

def check_pair(a, b, config, count, cache):
    command = ["diff", a.path, b.path, "--json"] + (["--config", config] if config else [])
    done = subprocess.run([tap.LADLE, *command, "--no-config"], capture_output=True, text=True)
    try:
        answer = json.loads(done.stdout)
        assert "error" not in answer, answer["error"]["text"]
        tap.check_identical(answer, a.path, b.path, count, cache)
        tally.update(row["paired_by"] for row in answer["rows"])
        assert done.returncode == 0, "exit %d: %s" % (done.returncode, answer["findings"])
    except (AssertionError, ValueError, KeyError) as error:
        names = " ".join(os.path.basename(part) for part in command)
        return "ladle %s: %s" % (names, error or done.stderr or type(error).__name__)
    tally["pairs"] += 1
    return None


def check_match(rng, one, two):
    """`match` names the layers as they were built; what is inside a wrapper belongs to it."""
    def layer_in(name, known):
        while name and name not in known:
            name = name.rpartition("/")[0]
        return name

    a, b = (side["paths"][rng.choice(FULL)] for side in (one, two))
    names = [set(side["names"].values()) for side in (one, two)]
    try:
        answer = tap.ladle_json("match", a, b)
        found = {tuple(layer_in(pair["names"][k], known) for k, known in zip("AB", names))
                 for pair in answer["pairs"]}
        want = {(name, two["names"][path]) for path, name in one["names"].items()}
        assert found == want, "pairs %s, not %s" % (sorted(found - want), sorted(want - found))
        assert answer["unmatched"] == [], answer["unmatched"]
    except (AssertionError, KeyError) as error:
        return "match %s %s: %s" % (os.path.basename(a), os.path.basename(b), error)
    return None


def pair_of(rng, file, originals):
    """An original to hold it against, and the config that the one without a config needs."""
    if file.layout in FULL:
        other = rng.choice(originals)
        return other, None if other.layout in FULL else rng.choice(other.config)
    return rng.choice([f for f in originals if f.layout in FULL]), rng.choice(file.config)


def some_pairs(rng, originals, renamed):
    for file in renamed:
        other, config = pair_of(rng, file, originals)
        yield (other, file, config) if rng.random() < .5 else (file, other, config)


def told_without_config(a, b):
    """Would Keras load one into the model of the other? Only by order, or by the paths of one order."""
    return a.order == b.order and (a.layout == "legacy-weights") == (b.layout == "legacy-weights")


def all_pairs(rng, files):
    """One --config is all there is: two files without a config share it, or need none."""
    for k, a in enumerate(files):
        for b in files[k + 1:]:
            bare = [f for f in (a, b) if f.layout not in FULL]
            if len(bare) < 2 or a.build == b.build:
                yield a, b, rng.choice(bare[0].config) if bare else None
            elif told_without_config(a, b):
                yield a, b, None


def check(seed, process):
    """What failed, in words."""
    graph, _ = architecture.draw(seed)
    rng = random.Random(seed)
    original = save(graph, seed, GENERATION, 0)
    renamed = save(graph, seed, GENERATION + "-renamed", 1)
    twin = twin_of(seed, process) if process else {}
    sides = [opened(original, GENERATION), opened(renamed, GENERATION + "-renamed")]
    assert original["count"] == renamed["count"] > 0
    if twin:
        assert twin["count"] == original["count"], "Keras 2 has %d weights" % twin["count"]
        sides.append(opened(twin, "k2"))
        tally["twins"] += 1
    files = sum(sides, [])
    tally["files"] += len(files)
    pairs = all_pairs(rng, files) if seed % 10 == 0 else some_pairs(rng, sides[0], sum(sides[1:], []))
    cache = {}
    answers = [check_pair(*pair, original["count"], cache) for pair in pairs]
    return [why for why in answers + [check_match(rng, original, renamed)] if why]


def name_of(seed):
    graph, _ = architecture.draw(seed)
    kinds = sorted({layer.kind for layer in graph.layers})
    return "architecture %d: %d layers%s: %s" % (
        seed, len(graph.layers), " in a chain" if graph.chain else "", " ".join(kinds))


def main(count, seed):
    tap.note("architectures from seed %d" % seed)
    process = start_twins(count, seed) if os.path.exists(TWIN) else None
    gc.freeze()  # what Keras made so far is not looked through again with every new model
    for s in range(seed, seed + count):
        try:
            wrong = check(s, process)
        except Exception as error:  # the report must go on
            wrong = ["%s: %s" % (type(error).__name__, error)]
        tap.result(not wrong, name_of(s), "\n".join(wrong))
        if not KEEP:
            shutil.rmtree(folder(s), ignore_errors=True)
    if process:
        process.kill()
        process.wait()
    else:
        tap.skip("Keras 2's twins", "build/truth/keras2 is not here")
    tap.note("%d architectures, %d of them by Keras 2 too, in %d files: %d pairs are identical"
             % (count, tally["twins"], tally["files"], tally["pairs"]))
    tap.note("rows paired by graph %(graph)d, name %(name)d, order %(order)d" % tally)
    tap.finish()


if sys.argv[1] == "--twins":
    twins(int(sys.argv[2]), int(sys.argv[3]))
else:
    given = [int(word) for word in sys.argv[1:] if word]
    main(given[0], given[1] if len(given) > 1 else random.SystemRandom().randrange(1, 10 ** 8))
