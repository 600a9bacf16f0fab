#!/bin/sh
# Figures for README and manual: needs the Python of `make truth` for numpy and h5py, h5diff from
# hdf5-tools, and 4 GB of disk under build/bench (20 GB with BENCH_LARGE=1).
set -eu
cd "$(dirname "$0")/../.."
export BUILD="${BUILD:-build/release}"
[ -e build/truth/keras3/done ] || sh tests/truth/truth.sh --venvs
mkdir -p build/bench
exec build/truth/keras3/bin/python -B tests/bench/bench.py
