ladle avg -q s/run-epoch06.h5 s/run-epoch08.h5 s/seed11.keras --pair 'A:hidden C:hidden' -o x.h5 --recipe r
cat r
ladle run -q r -o y.h5 && ladle run -q x.h5 -o z.h5 && cmp x.h5 y.h5 && cmp x.h5 z.h5 && echo same
echo 'open s/run-epoch06.h5 as A
open s/run-epoch08.h5 as B
pair A:conv_a B:conv_b C:conv_a' >bad
ladle run bad -o w.h5; echo $?
