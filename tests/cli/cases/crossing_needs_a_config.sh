ladle avg s/seed11.weights.h5 s/seed11.weights.h5 -o x.keras; echo $?
ladle avg s/seed11.weights.h5 s/seed11.weights.h5 -o x.h5; echo $?
ladle avg s/seed11.weights.h5 s/seed11.weights.h5 -o x.h5 --config s/seed11.weights.h5; echo $?
ls
