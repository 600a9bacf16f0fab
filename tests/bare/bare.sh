#!/bin/sh
# The README's two commands as a newcomer types them: a fresh clone in a bare Debian 12 that
# debootstrap made, with nothing in it but make. Needs root. Speaks TAP.
set -u
cd "$(dirname "$0")/../.." || exit 1
root=$(mktemp -d) || exit 1
cleanup() {
	umount "$root/dev/pts" "$root/proc" "$root/dev" 2>/dev/null
	rm -rf --one-file-system "$root"
}
trap cleanup EXIT
trap 'exit 1' INT TERM
log=$root.log
chmod 755 "$root" # apt reads it as a user of its own
n=0

step() {
	name=$1
	shift
	n=$((n + 1))
	if "$@" >"$log" 2>&1; then
		echo "ok $n - $name"
	else
		echo "not ok $n - $name"
		tail -40 "$log" | sed 's/^/# /'
		rm -f "$log"
		exit 1
	fi
}

# The mirror that this machine itself uses.
mirror=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/*.sources /etc/apt/sources.list.d/*.list 2>/dev/null |
	grep -v '^#' | grep -oE 'https?://[^ ]*/debian/?( |$)' | head -n 1 | tr -d ' ')
mirror=${mirror:-http://deb.debian.org/debian}

inside() { chroot "$root" /usr/bin/env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin TERM=xterm sh -c "$1"; }

prepare() {
	cp /etc/apt/apt.conf.d/99* "$root/etc/apt/apt.conf.d/" 2>/dev/null
	cp /etc/resolv.conf "$root/etc/resolv.conf" 2>/dev/null
	mount -t proc proc "$root/proc" && mount --bind /dev "$root/dev" &&
		mount --bind /dev/pts "$root/dev/pts" &&
		inside 'apt-get update -qq && apt-get install -y -qq --no-install-recommends make'
}

shows_the_table() {
	inside 'cd /root/ladle && make demo </dev/null' | tee "$root/demo" | tail -n 40
	grep -q 'KEEP' "$root/demo" && grep -q 'hidden/kernel' "$root/demo"
}

passes_its_tests() {
	inside 'cd /root/ladle && make check' >"$root/check" 2>&1
	status=$?
	grep -v "^skipped " "$root/check" | tail -n 60
	tail -n 1 "$root/check" | grep -q '^[1-9][0-9]* passed, 0 failed' && [ "$status" = 0 ]
}

step "debootstrap makes a bare root" debootstrap --variant=minbase bookworm "$root" "$mirror"
step "make is all that is installed" prepare
step "a fresh clone" git clone -q . "$root/root/ladle"
step "make demo ends with 0 and shows the table" shows_the_table
step "make check passes" passes_its_tests
tail -n 1 "$root/check" | sed 's/^/# in the bare root: /'
echo "1..$n"
rm -f "$log"
