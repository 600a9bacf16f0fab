#!/bin/sh
# shellcheck disable=SC2086
PYTHONDONTWRITEBYTECODE=1 exec build/truth/keras3/bin/python tests/truth/grouped.py "${GROUPED:-40}" ${GROUPED_SEED:-}
