mkdir disk
mount -t tmpfs -o size=1m none disk 2>/dev/null || { echo SKIP no right to mount; exit; }
mount -o remount,ro disk
ladle avg s/run-epoch06.h5 s/run-epoch08.h5 -o disk/x.h5; echo $?
umount disk
