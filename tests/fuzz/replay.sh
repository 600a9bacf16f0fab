#!/bin/sh
# Every fuzz target on its kept corpus. Speaks TAP.
set -u
cd "$(dirname "$0")/../.." || exit 1
BUILD=${BUILD:-build/release}
n=0 bad=0
for program in "$BUILD"/tests/fuzz/replay_*; do
	case $program in *.*) continue ;; esac
	target=${program##*/replay_}
	n=$((n + 1))
	if out=$("$program" "tests/fuzz/corpus/$target" 2>&1); then
		echo "# said: $target replays $(echo "$out" | tail -n 1)"
		echo "ok $n - $target replays $(echo "$out" | tail -n 1)"
	else
		bad=1
		echo "not ok $n - $target replays its corpus"
		echo "$out" | tail -n 40 | sed 's/^/# /'
	fi
done
echo "1..$n"
[ "$n" -gt 0 ] && [ "$bad" = 0 ]
