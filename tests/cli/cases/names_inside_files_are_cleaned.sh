# The same length, and the same place in the order of names, so that the file stays a valid one.
LC_ALL=C sed "s/conv_a/$(printf 'co\033[7')a/g" s/run-epoch06.h5 >evil.h5
ladle ls evil.h5 | sed -n 3p
ladle diff evil.h5 s/run-epoch08.h5 | grep -c "$(printf '\033')"
ladle ls --json evil.h5 | tr ',' '\n' | grep -a 'name":"co'
ladle avg evil.h5 evil.h5 --mix "A=1 on $(printf 'co\033]0;x\007')" -o x.h5; echo $?
