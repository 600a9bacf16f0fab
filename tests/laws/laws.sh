#!/bin/sh
# The laws of the house, read off the sources and the built objects. Speaks TAP.
set -u
cd "$(dirname "$0")/../.." || exit 1
BUILD=${BUILD:-build/release}
results=$(mktemp) || exit 1
trap 'rm -f "$results"' EXIT

# law NAME: reads offences from standard input; there must be none. Runs at the end of a pipe, so
# what it finds goes through a file.
law() {
	offences=$(cat)
	n=$(($(grep -c '^\(not \)\?ok' "$results") + 1))
	if [ -z "$offences" ]; then
		echo "ok $n - $1" >>"$results"
	else
		echo "not ok $n - $1" >>"$results"
		echo "$offences" | head -20 | sed 's/^/# /' >>"$results"
	fi
}

includes() { grep -nH '^#include "' src/*/*.[ch] src/*.c; }

# Position of each folder on the way of the data; app comes before both faces, main after all.
includes | awk -F'[:"]' '
	BEGIN { m = split("base file keras pair measure align mix write app cli tui", f, " ")
		for (i = 1; i <= m; i++) place[f[i]] = i
		place["tui"] = place["cli"] }
	{ split($1, from, "/"); split($4, to, "/")
	  if (NF < 4 || from[2] ~ /\.c$/) next
	  if (to[1] == from[2]) next
	  if (!(to[1] in place)) { print $1 ":" $2 ": includes " $4 ", which is in no folder"; next }
	  if (place[to[1]] >= place[from[2]]) print $1 ":" $2 ": includes " $4 }' |
	law "a folder includes only what stands before it"

includes | grep -E '^src/(cli|tui)/' | grep -vE '"(app|base|cli|tui)/' |
	law "the faces include ladle.h, app and base, nothing else of the core"

includes | grep -E '^src/cli/.*"tui/|^src/tui/.*"cli/' | law "the faces never meet"

grep -nE '#include <(hdf5|H5[A-Za-z]*)\.h>' src/*/*.[ch] | grep -vE '^src/(file|write)/h5_' |
	law "hdf5.h stands only in file/h5_* and write/h5_*"

grep -nE '#include <(n?curses|ncursesw/.*|term)\.h>' src/*/*.[ch] src/*.c | grep -v '^src/tui/' |
	law "curses stands only in tui"

grep -lE '#include <readline/' src/*/*.[ch] src/*.c | sort -u | sed 1d | law "readline stands in one file"

grep -nE '#include <(cblas|lapacke)\.h>' src/*/*.[ch] | grep -v '^src/align/' | law "cblas stands only in align"

grep -nE '(^|[^_a-z>.])(v?printf|v?fprintf|puts|fputs|putchar|perror|exit|abort)\(' \
	src/base/*.c src/file/*.c src/keras/*.c src/pair/*.c src/measure/*.c src/align/*.c src/mix/*.c src/write/*.c |
	grep -vE ':[[:space:]]*(/\*|\*)' | law "the library prints nothing and never exits"

grep -nE '[^_a-z](stdout|stderr)[^_a-z]|[^_a-z]write\((1|2|STD[A-Z]*_FILENO)' \
	src/base/*.c src/file/*.c src/keras/*.c src/pair/*.c src/measure/*.c src/align/*.c src/mix/*.c src/write/*.c src/app/*.c |
	law "the library and the session know no terminal"

# As far as a text can be searched: what the library hands out raw is no argument of what prints.
grep -nE '(printf|puts|fputs|putchar|fwrite)\(.*(->|\.)(path|text|name|class_name|label|object|model_name|model_class|keras_version|backend)[,)]' \
	src/cli/*.c src/tui/*.c src/main.c | grep -vE 'sn?printf\(|(option|command|setting|subcommand)->name' |
	law "what came from a file is printed through base/text"

grep -lE '(^|[^_a-z])((mv)?w?add(n?str|n?wstr|ch|chstr)|(mv)?w?add_wch|w?printw|setcchar)\(' src/tui/*.c | sed 1d |
	law "one file of tui draws"

# Writable data in the library's objects; .data.rel.ro holds tables of pointers and is constant.
nm -A "$BUILD"/libladle.a 2>/dev/null | awk '$(NF-1) ~ /^[bBdDC]$/ { print $1, $NF }' | while read -r where symbol; do
	member=$(echo "$where" | cut -d: -f2)
	section=$(objdump -t "$BUILD"/obj/*/"${member}" 2>/dev/null |
		awk -v s="$symbol" '$NF == s && match($0, /[.](t?data|t?bss)[^ \t]*/) { print substr($0, RSTART, RLENGTH) }')
	case $section in .data.rel.ro*) ;; *) echo "$member: $symbol in $section" ;; esac
done | grep -v ' __' | law "the library has no mutable globals"

for file in src/*/*.c src/*.c; do
	awk -v f="$file" '
		/^[a-z_][a-zA-Z0-9_]*\(/ || /^CLONES/ { name = $0; sub(/\(.*/, "", name) }
		/^\{/ { begin = NR }
		/^\}$/ { if (begin && NR - begin - 1 > 60) print f ":" begin ": " name " has " NR - begin - 1 " lines"; begin = 0 }' "$file"
done | law "no function is over 60 lines"

wc -l src/*/*.[ch] src/*.c include/*.h tests/*/*.c | awk '$1 > 600 && $2 != "total" { print $2 ": " $1 " lines" }' |
	grep -v '^include/ladle.h' | law "no file is over 600 lines"

expand -t 8 src/*/*.[ch] src/*.c include/ladle.h >/dev/null && for file in src/*/*.[ch] src/*.c include/ladle.h; do
	expand -t 8 "$file" | awk -v f="$file" 'length($0) > 100 { print f ":" NR ": " length($0) " columns" }'
done | law "no line is over 100 columns"

find src include -name '*.[ch]' -exec basename {} \; | sort | uniq -d | law "file names are unique"

grep -nE 'typedef +struct|#define +_[A-Z][A-Z_]*_H|^#include "[^/"]*"' src/*/*.[ch] | law "no typedef of structs, all includes by folder"

printf '#include <ladle.h>\nint main(void) { return LADLE_OK; }\n' >"${TMPDIR:-/tmp}/ladle-header-$$.c"
{ cc -std=c11 -Wall -Wextra -pedantic -Werror -Iinclude -fsyntax-only "${TMPDIR:-/tmp}/ladle-header-$$.c" 2>&1
  if command -v c++ >/dev/null; then
	c++ -x c++ -Wall -Wextra -Werror -Iinclude -fsyntax-only "${TMPDIR:-/tmp}/ladle-header-$$.c" 2>&1
  fi; } | law "ladle.h compiles alone in C11 and C++"
rm -f "${TMPDIR:-/tmp}/ladle-header-$$.c"

cat "$results"
echo "1..$(grep -c '^\(not \)\?ok' "$results")"
! grep -q '^not ok' "$results"
