ladle ls none.h5 --json; echo $?
ladle diff s/run-epoch06.h5 --json; echo $?
