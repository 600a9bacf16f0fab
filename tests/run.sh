#!/bin/sh
# Runs every test program and every suite, prints what failed and what was skipped and why, and
# closes with the line `N passed, N failed, N skipped`. Programs and suites speak TAP.
# SUITES names others than all; TESTS narrows the programs to those whose path holds one of its words.
set -u
cd "$(dirname "$0")/.."
BUILD=${BUILD:-build/release}
SUITES=${SUITES-"tests/cli/run.sh tests/laws/laws.sh tests/papers.sh"}
export BUILD LC_ALL="${LC_ALL:-C.UTF-8}" TZ=UTC XDG_CONFIG_HOME=/nonexistent
log=$(mktemp) || exit 1
trap 'rm -f "$log"' EXIT
passed=0 failed=0 skipped=0

# A test that hangs is a failure with a name.
limit=$(command -v timeout >/dev/null && echo "timeout ${TEST_SECONDS:-300}")

count() { grep -c "$1" "$log"; }

# A program that dies says no more "ok": its death is one failure.
one() {
	name=$1
	shift
	$limit "$@" >"$log" 2>&1
	status=$?
	skips=$(grep -c '^ok .*# SKIP' "$log")
	good=$(($(count '^ok ') - skips))
	bad=$(count '^not ok ')
	[ "$status" = 0 ] || [ "$bad" -gt 0 ] || bad=1
	passed=$((passed + good)) failed=$((failed + bad)) skipped=$((skipped + skips))
	if [ "$bad" -gt 0 ]; then
		echo "FAILED $name (exit $status)"
		cat "$log"
	elif [ "$skips" -gt 0 ]; then
		grep '# SKIP' "$log" | sed "s|^|$name: |"
	fi
	[ $((good + bad + skips)) -gt 0 ] || { echo "FAILED $name ran no test"; failed=$((failed + 1)); }
}

wanted() {
	[ -n "${TESTS:-}" ] || return 0
	for word in $TESTS; do
		case $1 in *$word*) return 0 ;; esac
	done
	return 1
}

for program in "$BUILD"/tests/*/test_*; do
	wanted "$program" || continue
	[ -x "$program" ] && [ -f "$program" ] || continue
	CMOCKA_MESSAGE_OUTPUT=TAP one "${program#"$BUILD"/}" "$program"
done
for suite in $SUITES; do
	[ -e "$suite" ] || { echo "FAILED $suite is missing"; failed=$((failed + 1)); continue; }
	one "$suite" sh "$suite"
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
