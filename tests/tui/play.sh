#!/bin/sh
# Random keys and sizes on the real screen (play.c): PLAY_SECONDS=60, SEED=0 is the first game's,
# PLAY_GAMES=1 plays one. Speaks TAP.
set -u
cd "$(dirname "$0")/../.." || exit 1
BUILD=${BUILD:-build/asan}
TMPDIR=$(mktemp -d) || exit 1
export TMPDIR
trap 'rm -rf "$TMPDIR"' EXIT
trap 'exit 1' INT TERM
chmod 755 "$TMPDIR"
# A larger pair, where it is.
set -- ../shared/keras/permuted/cnn.keras ../shared/keras/permuted/cnn-permuted.keras
[ -e "$1" ] || set --
"$BUILD/play" "$BUILD/ladle" "$@"
