#!/bin/sh
# deps.sh 'PKG-CONFIG NAMES' PACKAGES...: nothing when all are there; installs as root; else says how.
set -eu
names=$1
shift
missing=
command -v pkg-config >/dev/null && command -v cc >/dev/null || missing=yes
for name in $names; do
	pkg-config --exists "$name" 2>/dev/null || missing=yes
done
for package in "$@"; do
	case $package in
	mandoc | g++ | clang | tmux) command -v "$package" >/dev/null || missing=yes ;;
	libclang-rt-dev) ls "$(clang -print-resource-dir 2>/dev/null)"/lib/*/libclang_rt.fuzzer* >/dev/null 2>&1 || missing=yes ;;
	libopenblas0) { PATH=$PATH:/sbin ldconfig -p | grep -q libopenblas.so; } 2>/dev/null || missing=yes ;;
	libseccomp-dev) pkg-config --exists libseccomp 2>/dev/null || missing=yes ;;
	esac
done
[ -n "$missing" ] || exit 0
if ! command -v apt-get >/dev/null; then
	echo "needed, by Debian's names: $*" >&2
	exit 1
fi
if [ "$(id -u)" != 0 ]; then
	echo "type: sudo apt-get install -y --no-install-recommends $*" >&2
	exit 1
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends "$@" >/dev/null
