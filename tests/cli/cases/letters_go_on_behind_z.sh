set --
for i in 1 2 3 4 5 6 7 8 9; do set -- "$@" s/run-epoch06.h5 s/run-epoch08.h5 s/run-restart.h5; done
ladle ls "$@" | grep -o '^[A-Z][A-Z]*  ' | tr '\n' ' '; echo
ladle diff "$@" | sed -n 's/.*SHAPE *//p'
ladle avg -q "$@" --mix 'AA=2 Z=0' -o x.h5 --recipe r && sed -n 's/^mix //p' r
