mkdir disk
mount -t tmpfs -o size=32k none disk 2>/dev/null || { echo SKIP no right to mount; exit; }
ladle avg s/run-epoch06.h5 s/run-epoch08.h5 -o disk/x.h5; echo $?
ls -A disk
umount disk
