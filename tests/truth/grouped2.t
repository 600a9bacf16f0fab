#!/bin/sh
# shellcheck disable=SC2086
PYTHONDONTWRITEBYTECODE=1 exec build/truth/keras2/bin/python tests/truth/grouped.py "${GROUPED:-20}" ${GROUPED_SEED:-}
