#!/bin/sh
# Runs every test program and every suite, prints what failed and what was skipped and why, and
# closes with the line `N passed, N failed, N skipped`. Programs and suites speak TAP; a test says
# why it is skipped on the line before, and what else a person should read behind `# said: `.
# TESTS narrows the programs to those whose path holds one of its words; SUITES names other suites.
set -u
cd "$(dirname "$0")/.." || exit 1
BUILD=${BUILD:-build/release}
SUITES=${SUITES-"tests/cli/run.sh tests/tui/tmux.sh tests/fuzz/replay.sh tests/laws/laws.sh tests/papers.sh"}
export BUILD LC_ALL="${LC_ALL:-C.UTF-8}" TZ=UTC XDG_CONFIG_HOME=/dev/null XDG_STATE_HOME=/dev/null XDG_CACHE_HOME=/dev/null
log=$(mktemp) || exit 1
trap 'rm -f "$log"' EXIT
passed=0 failed=0 skipped=0

# A test that hangs is a failure with a name.
limit=$(command -v timeout >/dev/null && echo "timeout ${TEST_SECONDS:-300}")

# How many passed, failed and were skipped. cmocka before 1.1.7 says `not ok` of skipped tests.
tally() {
	awk '/^(not )?ok .*# SKIP/ { s++; next } /^ok / { p++ } /^not ok / { f++ }
		END { print p + 0, f + 0, s + 0 }' "$log"
}

skips() {
	awk -v name="$1" '/^(not )?ok .*# SKIP/ {
			test = $0; sub(/^(not )?ok [0-9]*( - )?/, "", test); sub(/ *# SKIP/, ":", test)
			sub(/^: /, "", test)
			print "skipped " name " " test (why ? ": " why : "") }
		/^(not )?ok|^1\.\./ { why = ""; next }
		{ why = $0; sub(/^# *(SKIP )?/, "", why) }' "$log"
}

# A program that dies says no more "ok": its death is one failure.
one() {
	name=$1
	shift
	$limit "$@" >"$log" 2>&1
	status=$?
	# shellcheck disable=SC2046
	set -- $(tally)
	good=$1 bad=$2 left=$3
	[ "$status" = 0 ] || [ "$bad" -gt 0 ] || bad=1
	[ $((good + bad + left)) -gt 0 ] || bad=1
	passed=$((passed + good)) failed=$((failed + bad)) skipped=$((skipped + left))
	if [ "$bad" -gt 0 ]; then
		echo "FAILED $name (exit $status)"
		cat "$log"
	else
		skips "$name"
		sed -n 's/^# said: //p' "$log"
	fi
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
	[ -f "$program" ] || continue
	CMOCKA_MESSAGE_OUTPUT=TAP one "${program#"$BUILD"/}" "$program"
done
for suite in $SUITES; do
	if [ -e "$suite" ]; then
		one "$suite" sh "$suite"
	else
		echo "FAILED $suite is missing"
		failed=$((failed + 1))
	fi
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
