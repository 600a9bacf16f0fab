#!/bin/sh
# Puts the screen as the golden test composes it into README.md, between its two marks; with
# --check only says whether it stands there.
set -eu
cd "$(dirname "$0")/.."
new=$(mktemp)
trap 'rm -f "$new"' EXIT
awk '
	/^<!-- screen -->/ { print; print "```"; while ((getline line < golden) > 0 && line !~ /^----/) text[++n] = line
		while (n && text[n] == "") n--
		for (i = 1; i <= n; i++) print text[i]
		print "```"; skip = 1; next }
	/^<!-- end of screen -->/ { skip = 0 }
	!skip' golden=tests/tui/golden/layers-80x24-utf8.txt README.md >"$new"
[ "${1:-}" = --check ] && exec diff README.md "$new"
cat "$new" >README.md
