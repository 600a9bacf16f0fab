#!/bin/sh
# Runs each case (a shell script) in a scratch folder with sample-data as `s` and compares what it
# prints on both streams, and its exit status, with the file beside it. UPDATE=1 rewrites those
# files; whoever does reads the difference. CASE narrows to names that hold it. Speaks TAP.
set -u
cd "$(dirname "$0")/../.."
BUILD=${BUILD:-build/release}
case $BUILD in /*) ;; *) BUILD=$PWD/$BUILD ;; esac
CASES=$PWD/tests/cli/cases
sample=$PWD/sample-data
shared=${LADLE_SHARED:-../shared}
LADLE_SHARED=$(cd "$shared" 2>/dev/null && pwd || echo /nonexistent)
scratch=$(mktemp -d) || exit 1
trap 'chmod -R u+w "$scratch"; rm -rf "$scratch"' EXIT
export CASES LADLE_SHARED
export PATH="$BUILD:$PATH" LC_ALL=C.UTF-8 TZ=UTC COLUMNS=80 TERM=dumb HOME=$scratch
export XDG_CONFIG_HOME=$scratch/none XDG_STATE_HOME=$scratch/none XDG_CACHE_HOME=$scratch/none
unset NO_COLOR HDF5_PLUGIN_PATH
umask 022
n=0 bad=0

for script in "$CASES"/*${CASE:-}*.sh; do
	name=$(basename "$script" .sh)
	n=$((n + 1))
	mkdir "$scratch/$name" && ln -s "$sample" "$scratch/$name/s"
	(cd "$scratch/$name" && sh "$script" >../got 2>&1; echo "exit $?" >>../got)
	if why=$(sed -n 's/^SKIP //p' "$scratch/got") && [ -n "$why" ]; then
		echo "ok $n - $name # SKIP $why"
	elif [ -n "${UPDATE:-}" ]; then
		cp "$scratch/got" "$CASES/$name.out"
		echo "ok $n - $name"
	elif diff -u "$CASES/$name.out" "$scratch/got" >"$scratch/diff" 2>&1; then
		echo "ok $n - $name"
	else
		bad=1
		echo "not ok $n - $name"
		sed 's/^/# /' "$scratch/diff"
	fi
done
echo "1..$n"
exit $bad
