mkdir sub
ladle avg -q s/run-epoch06.h5 s/run-epoch08.h5 -w .25,.75 -o x.h5 --recipe sub/r
cd sub && ladle run -q r -o y.h5; echo $?
cd .. && ladle run -q sub/r -o z.h5; echo $?
for f in sub/y.h5 z.h5; do ladle diff x.h5 $f | head -n 1; done
