#!/bin/sh
# The screen inside tmux, as tmux itself sees it: the other screen, the mouse, the cursor, sizes and
# what is left at the end. Speaks TAP; waits for texts, sleeps only between looks.
set -u
cd "$(dirname "$0")/../.." || exit 1
BUILD=${BUILD:-build/release}
if ! command -v tmux >/dev/null; then
	[ "${CI:-}" != true ] || { echo "not ok 1 - tmux is not installed"; exit 1; }
	echo "# tmux is not installed"
	echo "ok 1 - the screen in tmux # SKIP"
	echo "1..1"
	exit 0
fi
folder=$(mktemp -d) || exit 1
in_tmux() { LC_ALL=C.UTF-8 TMUX='' TMUX_TMPDIR=$folder tmux -u -L "$socket" -f /dev/null "$@"; }
socket=none
trap 'in_tmux kill-server 2>/dev/null; rm -rf "$folder"' EXIT
trap 'exit 1' INT TERM
n=0 bad=0

ok() {
	n=$((n + 1))
	if [ "$1" = 0 ]; then
		echo "ok $n - $2"
	else
		bad=1
		echo "not ok $n - $2"
		in_tmux capture-pane -p | sed 's/^/# /'
	fi
}

# until COMMAND..: again and again, 20 s at most.
until_true() {
	tries=200
	until "$@"; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || return 1
		sleep .1
	done
}
shows() { in_tmux capture-pane -p | grep -qF -e "$1"; }
is() { [ "$(in_tmux display-message -p "$1")" = "$2" ]; }
waits_for() { until_true shows "$1"; }
becomes() { until_true is "$1" "$2"; }

for term in screen-256color tmux-256color; do
	socket=ladle-$term # of its own: a server that ends may still hold the other
	in_tmux start-server \; set-option -g default-terminal $term \; new-session -d -x 80 -y 24 \
		"env PS1='prompt> ' XDG_STATE_HOME=/dev/null XDG_CACHE_HOME=/dev/null sh -i" || exit 1
	waits_for 'prompt>'
	in_tmux send-keys -l "$BUILD/ladle --no-config sample-data/run-epoch06.h5 sample-data/run-epoch08.h5"
	in_tmux send-keys Enter
	waits_for 'worst KEEP'
	ok $? "$term: starts"
	becomes '#{alternate_on} #{mouse_any_flag} #{mouse_sgr_flag}' '1 1 1'
	ok $? "$term: other screen and mouse are on"
	in_tmux send-keys Down Down
	waits_for 'Layers > conv_b' && becomes '#{cursor_x},#{cursor_y}' 0,6
	ok $? "$term: the cursor sits on the layer below"
	in_tmux resize-window -x 100 -y 40
	until_true is '#{pane_width}x#{pane_height} #{cursor_y}' '100x40 6' && waits_for 'Layers > conv_b'
	ok $? "$term: follows a resize"
	in_tmux send-keys C-c
	in_tmux send-keys C-c
	in_tmux send-keys G
	waits_for 'Layers > digits'
	ok $? "$term: Ctrl-C does not quit"
	in_tmux send-keys C-z
	becomes '#{alternate_on} #{mouse_any_flag} #{cursor_flag}' '0 0 1'
	ok $? "$term: stopped, it leaves the terminal as it was"
	in_tmux send-keys -l fg
	in_tmux send-keys Enter
	waits_for 'Layers > digits' && becomes '#{alternate_on} #{mouse_any_flag}' '1 1'
	ok $? "$term: continued, it shows the same"
	in_tmux send-keys q
	becomes '#{alternate_on} #{mouse_any_flag} #{cursor_flag}' '0 0 1'
	ok $? "$term: left, it leaves the terminal as it was"
	in_tmux send-keys -l "stty | tr '\\n' ' '; echo end"
	in_tmux send-keys Enter
	waits_for 'end' && ! shows '-echo' && ! shows '-icanon'
	ok $? "$term: stty is sane"
	in_tmux kill-server
done
echo "1..$n"
[ $bad = 0 ]
