ladle avg s/run-epoch06.h5 s/run-epoch08.h5 --outptu x.h5; echo $?
ladle ls --force s/run-epoch06.h5; echo $?
ladle ls; echo $?
ladle diff s/run-epoch06.h5; echo $?
ladle avg s/run-epoch06.h5 s/run-epoch08.h5; echo $?
ladle avg s/run-epoch06.h5 s/run-epoch08.h5 --method slerp -o x.h5; echo $?
ladle avg s/run-epoch06.h5 s/run-epoch08.h5 --aling -o x.h5; echo $?
ladle avg s/run-epoch06.h5 s/run-epoch08.h5 --format zip -o x.h5; echo $?
ladle -j 0 s/run-epoch06.h5; echo $?
ls
