echo old >out.h5
ladle avg s/run-epoch06.h5 s/run-epoch08.h5 -o out.h5; echo $?
cat out.h5
ladle avg -q s/run-epoch06.h5 s/run-epoch08.h5 -o out.h5 --force; echo $?
ladle ls out.h5 | head -n 1 | cut -c 1-30
ls
