ladle avg s/run-epoch06.h5 s/run-epoch08.h5 --mix 'A=1 B=0 on dense*' -o x.h5; echo $?
ladle avg s/run-epoch06.h5 s/run-epoch08.h5 --skip 'class:LSTM' -o x.h5; echo $?
ladle avg s/run-epoch06.h5 s/run-epoch08.h5 --mix 'C=1' -o x.h5; echo $?
ladle avg s/run-epoch06.h5 s/run-epoch08.h5 --mix 'A=1 on re:(' -o x.h5; echo $?
ls
