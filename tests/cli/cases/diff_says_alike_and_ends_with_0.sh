ladle diff s/run-epoch06.h5 s/run-epoch08.h5 | cut -c 1-40
ladle diff -q s/run-epoch06.h5 s/run-epoch08.h5 >/dev/null; echo $?
