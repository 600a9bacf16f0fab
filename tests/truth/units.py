"""Bookkeeping of units: which ones one permutation may move, known index by index.

An axis is a list with a unit for each index, None where the index is fixed. Every weight axis, and every
axis of what layers hand on, is such a list. Units of two axes that must move alike are tied; which of them
may change places is read from what they are tied to at the end, when all that they touch is known.
"""
import collections


class Book:
    def __init__(self):
        self.parent, self.source, self.fixed, self.marks = [], [], [], collections.defaultdict(list)
        self.sources = self.parts = 0
        self.said = {}    # (variable, axis) -> {(where, index): units}; see say
        self.variables = {}  # by id, which lives as long as they do
        self.beside = []  # groups that stand within others: lists of units, each a set of places

    # ---- units ----

    def fresh(self, count):
        if count == 1:
            return [None]  # nothing to change places with
        self.sources += 1
        first = len(self.parent)
        self.parent += range(first, first + count)
        self.source += [self.sources] * count
        self.fixed += [False] * count
        return list(range(first, first + count))

    def root(self, unit):
        while self.parent[unit] != unit:
            self.parent[unit] = self.parent[self.parent[unit]]
            unit = self.parent[unit]
        return unit

    def is_free(self, unit):
        return unit is not None and not self.fixed[self.root(unit)]

    def fix(self, axis):
        for unit in axis:
            if unit is not None:
                self.fixed[self.root(unit)] = True

    def tie(self, a, b):
        """Index by index; both have one length."""
        assert len(a) == len(b), "axes of %d and %d are tied" % (len(a), len(b))
        for x, y in zip(a, b):
            if x is None or y is None:
                self.fix([x, y])
                continue
            x, y = self.root(x), self.root(y)
            self.parent[y] = x
            self.fixed[x] |= self.fixed[y]
        return a

    def divide(self, axis, count):
        """Units stay within their part of the axis, of `count` equal ones."""
        self.parts += 1
        each, where = len(axis) // count, collections.defaultdict(list)
        for k, unit in enumerate(axis):
            if unit is not None:
                where[unit].append(k // each)
        for unit, parts in where.items():
            self.marks[unit].append((self.parts, tuple(parts)))

    # ---- weights ----

    def say(self, variable, axis, units, where=None, index=None):
        """This axis of the variable holds these units; within index `index` of axis `where` alone, if
        given. What is said twice is tied."""
        if variable is None:
            return
        shape, key = tuple(variable.shape), (id(variable), axis % len(variable.shape))
        assert shape[axis] == len(units), "%s: axis %d has %d, not %d" % (shape, axis, shape[axis], len(units))
        self.variables[id(variable)] = variable
        if where is not None:
            where, index = where % len(shape), index % shape[where]
        spoken = self.said.setdefault(key, {})
        if (where, index) in spoken:
            self.tie(spoken[where, index], units)
        spoken[where, index] = list(units)

    def own(self, variable, axis):
        """The units that the layer itself has along this axis, in every call the same."""
        spoken = self.said.get((id(variable), axis % len(variable.shape)), {})
        if (None, None) in spoken:
            return spoken[None, None]
        return self.fresh(variable.shape[axis])

    # ---- what can move ----

    def places(self):
        """(root, where it stands) for everything that was said."""
        for (variable, axis), spoken in self.said.items():
            for (where, index), units in spoken.items():
                for k, unit in enumerate(units):
                    if unit is not None:
                        yield self.root(unit), (variable, axis, where, index, k)

    def groups(self):
        """Each a frozenset of units, each a frozenset of places (variable, axis, where, index, position)."""
        of_unit, kinds = collections.defaultdict(set), collections.defaultdict(list)
        for root, place in self.places():
            of_unit[root].add(place)
        ties = collections.defaultdict(list)
        for unit in range(len(self.parent)):
            ties[self.root(unit)] += [("of", self.source[unit])] + self.marks[unit]
        for root, places in of_unit.items():
            if not self.fixed[root]:
                kinds[tuple(sorted(ties[root], key=repr))].append(frozenset(places))
        found = {frozenset(units) for units in kinds.values() if len(units) > 1}
        return found | {frozenset(frozenset(unit) for unit in group) for group in self.beside}
