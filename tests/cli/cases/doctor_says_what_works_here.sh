ladle doctor | cut -c 5-14; echo $?
TERM=$(printf 'x\033[2J') ladle doctor | grep -c "$(printf '\033')"
NO_COLOR=1 ladle doctor | grep colours
LC_ALL=C ladle doctor | grep encoding
XDG_CACHE_HOME=/dev/null ladle doctor | grep cache
XDG_CACHE_HOME=$PWD/kept ladle doctor | grep cache | sed "s|$PWD|HERE|"
XDG_CACHE_HOME= HOME= ladle doctor | grep cache
ladle doctor --json | tr ',{' '\n\n' | sed -n 's/^"\([a-z_0-9]*\)":.*/\1/p' | tr '\n' ' '
