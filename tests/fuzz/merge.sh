#!/bin/sh
# merge.sh FILES: makes the corpus anew from itself, from what fuzzing found, and from the catalogs and
# configs of FILES: the fewest and smallest inputs that cover all that these cover.
set -eu
cd "$(dirname "$0")/../.."
BUILD=${BUILD:-build/fuzz}
most=${FUZZ_LENGTH:-16384}
seeds=$(mktemp -d)
trap 'rm -rf "$seeds"' EXIT
mkdir "$seeds/catalog" "$seeds/config"
[ $# = 0 ] || "$BUILD/fuzz/seed" "$seeds" "$@"
for target in catalog config archive shards; do
	corpus=tests/fuzz/corpus/$target
	mkdir -p "$corpus" "$seeds/$target" "$BUILD/fuzz/work-$target/corpus" "$seeds/$target-least"
	find "$BUILD/fuzz/work-$target/corpus" -type f -size -"$most"c -exec cp {} "$seeds/$target" \;
	# Edges alone, not how often each is passed: the corpus stays small, and fuzzing finds the rest.
	"$BUILD/fuzz/$target" -set_cover_merge=1 -use_counters=0 -max_len=65536 -timeout=10 -rss_limit_mb=1024 \
		"$seeds/$target-least" "$corpus" "$seeds/$target" 2>"$seeds/log" || { cat "$seeds/log"; exit 1; }
	# What once crashed has a name of its own and stays.
	find "$corpus" -type f -name '????????????????????????????????????????' -delete
	cp "$seeds/$target-least"/* "$corpus"
	echo "$target: $(find "$corpus" -type f | wc -l) inputs, $(du -sb "$corpus" | cut -f1) bytes"
done
