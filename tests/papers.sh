#!/bin/sh
# The papers are true: the manual is what the tables say, it is well-formed, its examples run.
set -u
cd "$(dirname "$0")/.." || exit 1
BUILD=${BUILD:-build/release}
n=0 bad=0
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT

check() {
	n=$((n + 1))
	if "$2" >"$scratch/log" 2>&1; then
		echo "ok $n - $1"
	else
		bad=1
		echo "not ok $n - $1"
		sed 's/^/# /' "$scratch/log"
	fi
}

up_to_date() {
	make -s BUILD="$BUILD" "$BUILD/gen_manual" || return 1
	"$BUILD/gen_manual" mdoc man/ladle.1.in | diff - man/ladle.1 &&
		"$BUILD/gen_manual" bash | diff - man/ladle.bash &&
		"$BUILD/gen_manual" zsh | diff - man/_ladle &&
		"$BUILD/gen_manual" fish | diff - man/ladle.fish
}

well_formed() { command -v mandoc >/dev/null && mandoc -Tlint -W warning man/ladle.1 man/ladle-tour.7; }

# Each .Dl line of EXAMPLES, in order, in a copy of this folder's sample-data.
examples_run() {
	cp -r sample-data "$scratch/" && mkdir -p "$scratch/bin" && cp "$BUILD/ladle" "$scratch/bin/"
	sed -n '/^\.Sh EXAMPLES/,/^\.Sh SEE/s/^\.Dl //p' man/ladle.1 >"$scratch/examples"
	[ -s "$scratch/examples" ] || return 1
	while read -r line; do
		(cd "$scratch" && PATH=$scratch/bin:$PATH sh -c "$line --no-config") || { echo "failed: $line"; return 1; }
	done <"$scratch/examples"
	cmp "$scratch/own.h5" "$scratch/again.h5"
}

installs() {
	make -s BUILD="$BUILD" DESTDIR="$scratch/root" PREFIX=/usr install >/dev/null &&
		[ -x "$scratch/root/usr/bin/ladle" ] && [ -f "$scratch/root/usr/include/ladle.h" ] &&
		printf '#include <ladle.h>\n#include <stdio.h>\nint main(void) { puts(ladle_state_name(LADLE_ALIKE)); return 0; }\n' \
			>"$scratch/user.c" &&
		cc -I"$scratch/root/usr/include" -o "$scratch/user" "$scratch/user.c" -L"$scratch/root/usr/lib" -lladle &&
		[ "$(LD_LIBRARY_PATH=$scratch/root/usr/lib "$scratch/user")" = alike ] &&
		make -s BUILD="$BUILD" DESTDIR="$scratch/root" PREFIX=/usr uninstall >/dev/null &&
		[ -z "$(find "$scratch/root" -type f)" ]
}


check "the manual and the completions are what the tables say" up_to_date
check "mandoc has nothing to say" well_formed
check "the manual's examples run" examples_run
# Each text that the tour's page says is seen stands in its recording.
tour_is_recorded() {
	sed -n 's/^\.Ql //p' man/ladle-tour.7 | sed 's/ [.,;:)]$//; s/"//g; s/\\&//g' >"$scratch/seen"
	[ -s "$scratch/seen" ] || return 1
	sed 's/<[^>]*>//g; s/&gt;/>/g; s/&lt;/</g; s/&amp;/\&/g' man/tour.svg >"$scratch/rows"
	while IFS= read -r text; do
		grep -qF -- "$text" "$scratch/rows" || { echo "make tour: not in man/tour.svg: $text"; return 1; }
	done <"$scratch/seen"
}

picture_is_real() { sh tests/picture.sh --check; }

check "the README's picture is the screen" picture_is_real
check "the recorded tour shows what its page says" tour_is_recorded
check "what is installed can be used, and is all taken away again" installs
echo "1..$n"
exit $bad
