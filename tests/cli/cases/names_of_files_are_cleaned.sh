cp s/run-epoch06.h5 "$(printf 'evil\033[31m\n.h5')"
ladle ls evil* | head -n 1
ladle ls "$(printf 'no\033]0;x\007ne.h5')"
