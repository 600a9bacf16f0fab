ladle avg -q s/run-epoch06.h5 s/run-epoch08.h5 -o good.h5
ladle avg s/run-epoch06.h5 s/run-epoch08.h5 -o x.h5 >&-; echo $?
ladle avg s/run-epoch06.h5 s/run-epoch08.h5 -o y.h5 <&- >&- 2>&-; echo $?
cmp good.h5 x.h5 && cmp good.h5 y.h5 && echo same
