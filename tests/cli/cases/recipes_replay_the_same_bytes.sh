ladle avg -q s/run-epoch06.h5 s/run-epoch08.h5 -w .25,.75 --mix 'A=1 B=0 on conv*' --skip bn_a/gamma -o x.h5 --recipe r
cat r
ladle run -q r -o y.h5; echo $?
ladle run -q x.h5 -o z.h5; echo $?
cmp x.h5 y.h5 && cmp x.h5 z.h5 && echo same
ladle run s/run-epoch06.h5 -o w.h5; echo $?
echo 'open s/run-epoch06.h5 as A
mix A=1 onn conv' >bad
ladle run bad -o w.h5; echo $?
ls
