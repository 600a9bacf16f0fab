#!/bin/sh
# Fuzzes every target for its share of FUZZ_SECONDS, two processes at a time, from the kept corpus.
# What is found lies below $BUILD/fuzz/; closes with the line `N passed, N failed, N skipped`.
set -u
cd "$(dirname "$0")/../.." || exit 1
BUILD=${BUILD:-build/fuzz}
FUZZ_SECONDS=${FUZZ_SECONDS:-600}
FUZZ_JOBS=${FUZZ_JOBS:-2}
root=$PWD
export ASAN_OPTIONS="detect_leaks=1:quarantine_size_mb=16:${ASAN_OPTIONS:-}" UBSAN_OPTIONS=print_stacktrace=1
passed=0 failed=0

# show_found WORK TARGET: what each input does, and the least of them as text, so that it can be
# made again where only the output is left.
show_found() {
	for input in "$1"/found/*; do
		[ -f "$input" ] || continue
		"$BUILD/fuzz/$2" -timeout=10 -rss_limit_mb=1024 -malloc_limit_mb=64 "$input" 2>&1 |
			grep -v '^INFO:' | head -n 40
	done
	least=$(find "$1/found" -type f -size -64k -exec ls -S {} + | tail -n 1)
	[ -z "$least" ] || { echo "gzip and base64 of $least:" && gzip -9n <"$least" | base64; }
}

# fuzz TARGET PERCENT: its share of the time.
fuzz() {
	seconds=$((FUZZ_SECONDS * $2 / 100))
	work=$BUILD/fuzz/work-$1
	mkdir -p "$work/corpus" "$work/found"
	dict=
	[ ! -f "tests/fuzz/$1.dict" ] || dict=-dict=$root/tests/fuzz/$1.dict
	rm -f "$work"/fuzz-*.log
	# shellcheck disable=SC2086
	(cd "$work" && "$root/$BUILD/fuzz/$1" -jobs="$FUZZ_JOBS" -workers="$FUZZ_JOBS" \
		-max_total_time="$seconds" -timeout=10 -report_slow_units=5 -max_len=16384 \
		-rss_limit_mb=1024 -malloc_limit_mb=64 -print_final_stats=1 -artifact_prefix=found/ $dict \
		corpus "$root/tests/fuzz/corpus/$1" >jobs.log 2>&1)
	status=$?
	runs=$(awk '/^stat::number_of_executed_units:/ { n += $2 } END { print n + 0 }' "$work"/fuzz-*.log)
	if [ "$status" = 0 ] && [ "$runs" -gt 0 ]; then
		passed=$((passed + 1))
		echo "$1: $runs inputs in $seconds s, nothing found"
	else
		failed=$((failed + 1))
		echo "FAILED $1 (exit $status); inputs in $work/found:"
		ls "$work/found"
		show_found "$work" "$1"
	fi
}

fuzz catalog 50
fuzz config 36
fuzz archive 7
fuzz shards 7
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" = 0 ]
