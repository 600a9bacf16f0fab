#!/bin/sh
# Makes the two Pythons under build/truth when they are not there, and runs the suites beside this
# file in them, or the named ones. Needs python3 with venv, and pip's index.
set -eu
cd "$(dirname "$0")/../.."
make_venv() {
	[ -e "build/truth/$1/done" ] && return
	rm -rf "build/truth/$1"
	python3 -m venv "build/truth/$1"
	venv=$1
	shift
	"build/truth/$venv/bin/pip" install -q --disable-pip-version-check "$@"
	touch "build/truth/$venv/done"
}
mkdir -p build/truth
make_venv keras3 keras jax h5py numpy scipy scikit-learn
make_venv keras2 tensorflow-cpu==2.15.1 h5py
[ "${1:-}" = --venvs ] && exit
export BUILD="${BUILD:-build/release}"
[ $# -gt 0 ] || set -- numpy solver keras3 keras2 checkpoints layouts3 layouts2 special3 special2 symmetric rescaled permuted3 permuted2 repair seeds generated grouped3 grouped2
SUITES=
for name; do
	SUITES="$SUITES tests/truth/$name.t"
done
SUITES=$SUITES TESTS=none TEST_SECONDS=${TEST_SECONDS:-900} exec sh tests/run.sh
