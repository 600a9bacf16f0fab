ladle avg s/run-epoch06.h5 s/run-epoch08.h5 -w 1,2,3 -o x.h5; echo $?
ladle avg s/run-epoch06.h5 s/run-epoch08.h5 -w 0,0 -o x.h5; echo $?
ladle avg s/run-epoch06.h5 s/run-epoch08.h5 -w 1,-1 -o x.h5; echo $?
ladle avg s/run-epoch06.h5 s/run-epoch08.h5 -w 1,nan -o x.h5; echo $?
ladle avg s/run-epoch06.h5 s/run-epoch08.h5 -w 1,1x -o x.h5; echo $?
ls
