ladle avg s/run-epoch06.h5 s/run-epoch08.h5 -w 1,3 --mix 'A=1 B=0 on re:^conv' --skip bn_a -o x.h5 --dry-run --recipe r
cat r
ladle avg s/run-epoch06.h5 s/run-epoch08.h5 -o x.h5 --dry-run --json | grep -o '"wrote":.*'
ladle avg s/run-epoch06.h5 s/run-epoch08.h5 -o s/run-epoch06.h5 --dry-run; echo $?
ls
