cp s/run-epoch06.h5 a.h5
ladle avg -q a.h5 s/run-epoch08.h5 -o x.h5 --recipe a.h5; echo $?
cmp a.h5 s/run-epoch06.h5 && echo unchanged
