ladle avg s/run-epoch06.h5 s/run-epoch08.h5 -w '1,1 on hidden' -o x.h5; echo $?
ladle avg s/run-epoch06.h5 s/run-epoch08.h5 -w '1,' -o x.h5; echo $?
ladle avg s/run-epoch06.h5 s/run-epoch08.h5 --skip 'hidden digits' -o x.h5; echo $?
ladle avg s/run-epoch06.h5 s/run-epoch08.h5 --template 'A B' -o x.h5; echo $?
ladle avg -q s/run-epoch06.h5 s/run-epoch08.h5 --no-normalise -w 0,0 -o x.h5; echo $?
