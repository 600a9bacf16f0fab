"""Does the document on standard input have the shape that the contract gives it?

json_shapes.py ls|diff|match|align|avg|error|any [--stats] [--branches]

A shape: a type, a set of words, [shape of each], {key: shape} with its keys in this order (others
may stand behind them), or a tuple of alternatives."""
import json
import sys

TEXT, COUNT, FLAG, NULL = str, int, bool, type(None)
NUMBER = (float, int, NULL)
STATS = {"min": NUMBER, "max": NUMBER, "mean": NUMBER, "sd": NUMBER, "norm": NUMBER,
         "zeros": COUNT, "nan": COUNT, "inf": COUNT}
TENSOR = {"name": TEXT, "object": TEXT, "role": TEXT, "shape": [COUNT], "dtype": TEXT}
FINDING = {"code": TEXT, "text": TEXT}
HEADLINE = ({"row": TEXT, "keep": NUMBER, "floor": NUMBER}, NULL)
STATE = {"alike", "drift", "differ"}
MATRIX = [[NUMBER]]
LS = {"schema": COUNT, "command": {"ls"}, "checkpoints": [{
    "id": TEXT, "path": TEXT,
    "format": {"legacy-full", "legacy-weights", "weights", "keras", "shards", "branch", "plain"},
    "keras_version": TEXT, "backend": TEXT, "model": {"name": TEXT, "class": TEXT},
    "parameters": COUNT, "bytes": COUNT, "findings": [FINDING],
    "layers": [{"name": TEXT, "class": TEXT, "path": TEXT, "tensors": [TENSOR]}]}]}
ROW = {"row": TEXT, "layer": TEXT, "tensor": TEXT, "role": TEXT, "names": {}, "objects": {},
       "paired_by": {"name", "graph", "order", "hand"}, "shape": [COUNT], "dtype": TEXT,
       "state": STATE, "keep": NUMBER, "floor": NUMBER, "identical": FLAG, "norm": [NUMBER],
       "cosine": MATRIX, "l2": MATRIX, "relative_l2": MATRIX, "max_abs": MATRIX,
       "findings": [FINDING]}
DIFF = {"schema": COUNT, "command": {"diff"}, "verdict": STATE, "headline": HEADLINE,
        "checkpoints": [{"id": TEXT, "path": TEXT}], "findings": [FINDING], "rows": [ROW]}
MATCHES = [{"checkpoint": TEXT, "exact": FLAG, "units_moved": COUNT, "permutation": [COUNT],
            "cosine_raw": NUMBER, "cosine_matched": NUMBER, "cosine_null": NUMBER}]
GROUPS = [{"units": COUNT, "uses": [{"layer": TEXT, "tensor": TEXT, "axis": COUNT, "outer": COUNT,
                                     "inner": COUNT, "offset": COUNT}], "matches": MATCHES}]
MATCH = {"schema": COUNT, "command": {"match"}, "reference": {"A"},
         "pairs": [{"layer": TEXT, "names": {}, "paired_by": {"name", "graph", "order", "hand"}}],
         "unmatched": [{"checkpoint": TEXT, "layer": TEXT, "why": TEXT}],
         "groups": GROUPS,
         "ungrouped": [{"layer": TEXT, "why": TEXT}]}
AVG = {"schema": COUNT, "command": {"avg"}, "output": TEXT, "method": {"mean"}, "weights": {},
       "rules": [{"rule": TEXT, "rows": COUNT}], "verdict": STATE, "headline": HEADLINE,
       "copied": [TEXT], "findings": [FINDING],
       "wrote": {"tensors": COUNT, "bytes": COUNT, "sha256": TEXT}}
ALIGN = {"schema": COUNT, "command": {"align"}, "output": TEXT, "groups": GROUPS,
         "wrote": {"tensors": COUNT, "bytes": COUNT, "sha256": TEXT}}
ERROR = {"schema": COUNT, "error": {"status": COUNT, "code": TEXT, "path": TEXT, "text": TEXT}}
BRANCHES = {"branches": [{"name": TEXT, "layers": [TEXT]}], "shared": [TEXT], "merge": TEXT,
            "inferred": FLAG}
SHAPES = {"ls": LS, "diff": DIFF, "match": MATCH, "align": ALIGN, "avg": AVG, "error": ERROR, "any": {"schema": COUNT}}


def fits(value, shape, where):
    """Nothing, or ends the program with the place that does not fit."""
    if isinstance(shape, tuple):
        shapes = [one for one in shape if isinstance(one, type) or isinstance(value, dict)]
        kinds = tuple(one for one in shapes if isinstance(one, type))
        if not (kinds and isinstance(value, kinds) and not isinstance(value, bool)):
            fits(value, shapes[0], where)
    elif isinstance(shape, type):
        if not isinstance(value, shape) or (shape is int and isinstance(value, bool)):
            sys.exit(f"{where} is {value!r}")
    elif isinstance(shape, set):
        if value not in shape:
            sys.exit(f"{where} is {value!r}")
    elif isinstance(shape, list):
        if not isinstance(value, list):
            sys.exit(f"{where} is no list")
        for i, one in enumerate(value):
            fits(one, shape[0], f"{where}[{i}]")
    else:
        if not isinstance(value, dict):
            sys.exit(f"{where} is no object")
        known = [key for key in value if key in shape]
        if known != list(shape):
            sys.exit(f"{where} has the keys {list(value)}, not {list(shape)}")
        for key, inner in shape.items():
            fits(value[key], inner, f"{where}.{key}")


def no_constant(name):
    sys.exit(f"{name} is no JSON")


document = json.load(sys.stdin, parse_constant=no_constant)
if "--stats" in sys.argv:
    TENSOR["stats"] = STATS
if "--branches" in sys.argv:
    LS["checkpoints"][0].update(BRANCHES)
fits(document, SHAPES[sys.argv[1]], sys.argv[1])
assert document["schema"] == 1
for row in document.get("rows", []):
    size = len(document["checkpoints"])
    square = [[size] * size] * 4
    got = [[len(line) for line in row[key]] for key in ("cosine", "l2", "relative_l2", "max_abs")]
    if got != square or len(row["norm"]) != size:
        sys.exit(f"{row['row']}: matrices are {got}")
    if set(row["names"]) != set(row["objects"]):
        sys.exit(f"{row['row']}: names and objects differ")
