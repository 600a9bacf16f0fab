#!/bin/sh
# shellcheck disable=SC2086
PYTHONDONTWRITEBYTECODE=1 exec build/truth/keras3/bin/python tests/truth/generate.py "${GENERATED:-60}" ${GENERATED_SEED:-}
