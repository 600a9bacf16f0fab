"""Our assignment against scipy's: equal cost on 1,000 random matrices of every kind."""
import os
import subprocess
import sys

import numpy as np
from scipy.optimize import linear_sum_assignment

import tap
from tap import test

SOLVE = os.path.join(tap.ROOT, os.environ.get("BUILD", "build/release"), "solve")
SEED = int(sys.argv[1]) if len(sys.argv) > 1 else int.from_bytes(os.urandom(4), "little")
TIMES = 1000
tap.note("solver.py with seed %d" % SEED)


def of_rank(rng, n, rank):
    return rng.standard_normal((n, rank)) @ rng.standard_normal((rank, n))


KINDS = {
    "uniform": lambda rng, n: rng.random((n, n)),
    "normal": lambda rng, n: rng.standard_normal((n, n)),
    "few integers, many ties": lambda rng, n: rng.integers(-2, 3, (n, n)),
    "zeros and ones": lambda rng, n: rng.random((n, n)) < .1,
    "integers": lambda rng, n: rng.integers(0, 10 ** 6, (n, n)),
    "constant": lambda rng, n: np.full((n, n), rng.standard_normal()),
    "constant rows": lambda rng, n: rng.standard_normal((n, 1)) + np.zeros((n, n)),
    "constant columns": lambda rng, n: rng.standard_normal(n) + np.zeros((n, n)),
    "rank 1": lambda rng, n: of_rank(rng, n, 1),
    "rank 1 and offsets": lambda rng, n: of_rank(rng, n, 1) + 9 * rng.standard_normal((n, 1)) + rng.standard_normal(n),
    "rank 1, repeated": lambda rng, n: np.outer(rng.integers(-3, 4, n), rng.integers(-3, 4, n)),
    "rank 2": lambda rng, n: of_rank(rng, n, 2),
    "rank 3": lambda rng, n: of_rank(rng, n, 3),
    "rank 27": lambda rng, n: of_rank(rng, n, 27),
    "nearly rank 1": lambda rng, n: of_rank(rng, n, 1) + 1e-6 * rng.standard_normal((n, n)),
    "huge range": lambda rng, n: rng.standard_normal((n, n)) * 10 ** rng.uniform(-37, 37, (n, n)),
    "huge rows": lambda rng, n: rng.standard_normal((n, n)) * 10 ** rng.uniform(-37, 37, (n, 1)),
    "large with small differences": lambda rng, n: 1e6 + rng.random((n, n)),
    "repeated units": lambda rng, n: rng.standard_normal((n, n))[rng.integers(0, n, n)][:, rng.integers(0, n, n)],
    "products of numbers": lambda rng, n: np.outer(np.arange(1, n + 1), np.arange(1, n + 1)),
}


def problems():
    """Kind, costs and whether to maximise."""
    rng = np.random.default_rng(SEED)
    for k in range(TIMES):
        kind = list(KINDS)[k % len(KINDS)]
        n = int(rng.integers(1, 201))
        yield kind, np.ascontiguousarray(KINDS[kind](rng, n), dtype="float32"), bool(rng.integers(2))


def solve(batch):
    """The columns that ours assigns to the rows of each problem."""
    data = b"".join(np.array([len(c), most], "uint32").tobytes() + c.tobytes() for _, c, most in batch)
    done = subprocess.run([SOLVE], input=data, capture_output=True, check=True)
    at, answers = 0, []
    for _, costs, _ in batch:
        answers.append(np.frombuffer(done.stdout, "uint32", len(costs), at + 8))
        at += 8 + 4 * len(costs)
    assert at == len(done.stdout)
    return answers


def check(kind, costs, most, columns):
    """Equal to 1e-5, or to the rounding of doubles where the sum cancels."""
    exact = costs.astype("float64")
    rows = np.arange(len(costs))
    assert sorted(columns) == list(rows), "%s: no permutation" % kind
    best = exact[linear_sum_assignment(exact, maximize=most)].sum()
    got = exact[rows, columns].sum()
    room = 1e-5 * abs(best) + 1e-13 * np.abs(exact).max() * len(costs)
    assert abs(got - best) <= room, "%s, n %d, maximise %s: %.9g, scipy has %.9g" % (kind, len(costs), most, got, best)


batch = list(problems())
answers = solve(batch)
for kind in KINDS:
    def costs_what_scipys_does():
        for (name, costs, most), columns in zip(batch, answers):
            if name == kind:
                check(name, costs, most, columns)
    costs_what_scipys_does.__name__ = "%s: costs what scipy's does" % kind
    test(costs_what_scipys_does)


@test
def costs_that_are_not_finite_are_refused():
    data = np.array([2, 0], "uint32").tobytes() + np.array([1, 2, np.nan, 3], "float32").tobytes()
    done = subprocess.run([SOLVE], input=data, capture_output=True, text=False)
    assert done.returncode == 1 and b"unit 1 beside unit 0" in done.stderr, done


tap.finish()
