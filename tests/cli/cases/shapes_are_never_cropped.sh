ladle avg s/run-epoch06.h5 s/mismatch.h5 -o x.h5; echo $?
ladle avg -q s/run-epoch06.h5 s/mismatch.h5 --skip hidden --skip digits -o x.h5; echo $?
ladle avg -q s/run-epoch06.h5 s/mismatch.h5 --mix 'A=1 B=0 on hidden' --mix 'A=1 B=0 on digits' -o y.h5; echo $?
cmp x.h5 y.h5 >/dev/null || ladle diff x.h5 y.h5 | head -n 1
ls
