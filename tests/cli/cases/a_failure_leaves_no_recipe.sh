ladle avg s/run-epoch06.h5 s/mismatch.h5 -o x.h5 --recipe r; echo $?
ladle avg s/run-epoch06.h5 s/run-epoch08.h5 -o x.h5 --recipe none/r; echo $?
ladle avg s/run-epoch06.h5 s/run-epoch08.h5 -o x.h5 --recipe ./x.h5; echo $?
ladle avg s/run-epoch06.h5 s/run-epoch08.h5 -o x.h5 --recipe x.h5; echo $?
echo 'my notes' >notes
ladle avg s/run-epoch06.h5 s/run-epoch08.h5 -o x.h5 --recipe notes; echo $?
cat notes
ls
