mkdir folder
ladle avg s/run-epoch06.h5 s/run-epoch08.h5 -o folder --force; echo $?
ladle avg s/run-epoch06.h5 s/run-epoch08.h5 -o none/x.h5; echo $?
ladle avg s/run-epoch06.h5 s/run-epoch08.h5 -o /dev/null/x.h5; echo $?
ladle avg s/run-epoch06.h5 s/run-epoch08.h5 -o /dev/null --force; echo $?
ls -A
