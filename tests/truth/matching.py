"""Weight matching in numpy, written from its definition: one permutation for each group, found by
coordinate descent over linear assignments (Ainsworth, Hayase, Srinivasa: Git Re-Basin, algorithm 1).

Weights are {(layer, index): array}; a group is (units, uses), a use (layer, index, axis, outer, inner,
offset): unit c sits at offset + (i * units + c) * inner + j. Several models: each against the mean of
the others, until nothing moves (algorithm 3), from the best reference.
"""
import numpy as np
from scipy.optimize import linear_sum_assignment


def blocks(array, units, axis, outer, inner, offset):
    """(units, everything else) of one use."""
    rest = np.moveaxis(np.asarray(array, dtype="float64"), axis, 0)[offset:offset + outer * units * inner]
    rest = rest.reshape(outer, units, inner, -1)
    return np.moveaxis(rest, 1, 0).reshape(units, -1)


def permuted(array, units, axis, outer, inner, offset, p):
    order = np.arange(array.shape[axis])
    at = (np.arange(outer)[:, None, None] * units + np.asarray(p)[None, :, None]) * inner + np.arange(inner)
    order[offset:offset + outer * units * inner] = offset + at.ravel()
    return np.take(array, order, axis)


def apply(weights, groups, perms):
    out = dict(weights)
    for (units, uses), p in zip(groups, perms):
        for layer, index, *place in uses:
            out[layer, index] = permuted(out[layer, index], units, *place, p)
    return out


def match(a, b, groups, left_out=(), normalised=False, seed=0):
    """Permutations that bring b to a. left_out: weights that have no say."""
    rng = np.random.default_rng(seed)
    perms = [np.arange(units) for units, _ in groups]
    scale = {k: 1 / (np.linalg.norm(a[k]) * np.linalg.norm(b[k]) + 1e-30) if normalised else 1 for k in a}
    counted = [[u for u in uses if tuple(u[:2]) not in left_out] for _, uses in groups]
    fixed = [[blocks(a[layer, k], units, *place) for layer, k, *place in uses]
             for (units, _), uses in zip(groups, counted)]

    def moved_by_others(key, g):
        array = b[key]
        for i, (units, uses) in enumerate(groups):
            for layer, k, *place in uses:
                if i != g and (layer, k) == key:
                    array = permuted(array, units, *place, perms[i])
        return array

    for _ in range(100):
        moved = False
        for g in rng.permutation(len(groups)):
            units = groups[g][0]
            cost = sum(scale[layer, k] * own @ blocks(moved_by_others((layer, k), g), units, *place).T
                       for own, (layer, k, *place) in zip(fixed[g], counted[g]))
            best = linear_sum_assignment(cost, maximize=True)[1]
            old = cost[np.arange(units), perms[g]].sum()
            if cost[np.arange(units), best].sum() > old + 1e-9 * abs(old) + 1e-30:
                perms[g], moved = best, True
        if not moved:
            return perms
    return perms


def together(models, groups, left_out=(), normalised=False, rounds=20):
    """All models, aligned to each other."""
    def worth(aligned):
        return sum(np.vdot(x[k], y[k]) for i, x in enumerate(aligned) for y in aligned[:i] for k in x if k not in left_out)

    best = max(([apply(m, groups, match(ref, m, groups, left_out, normalised)) for m in models] for ref in models), key=worth)
    for _ in range(rounds if len(models) > 2 else 0):
        before = worth(best)
        for k in range(len(best)):
            others = [m for i, m in enumerate(best) if i != k]
            mean = {key: np.mean([m[key] for m in others], axis=0) for key in best[k]}
            best[k] = apply(best[k], groups, match(mean, best[k], groups, left_out, normalised))
        if worth(best) <= before * (1 + 1e-9):
            break
    return best
