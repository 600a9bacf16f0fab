mkfifo pipe
exec 3<>pipe 4>pipe 3>&- # a pipe that nobody reads any more
ladle help >&4; echo $?
ladle diff --json s/run-epoch06.h5 s/run-epoch08.h5 >&4; echo $?
ladle help >/dev/full; echo $?
