ladle avg s/run-epoch06.h5 s/run-epoch08.h5 -o x.keras; echo $?
ladle avg s/run-epoch06.h5 s/run-epoch08.h5 -o x.weights.h5; echo $?
ladle avg s/seed11.keras s/seed12.keras -o x.h5; echo $?
ladle avg s/seed11.weights.h5 s/seed11.weights.h5 -o x.keras; echo $?
ls
