cp s/run-epoch08.h5 nan.h5; chmod u+w nan.h5
# The first value of conv_b/kernel; its place is the file's own (h5py: id.get_offset() is 21616).
printf '\000\000\300\177' | dd of=nan.h5 bs=1 seek=21616 conv=notrunc 2>/dev/null
ladle avg s/run-epoch06.h5 nan.h5 -o x.h5; echo $?
ladle avg s/run-epoch06.h5 nan.h5 -o x.h5 --json | grep -o '"status":3,"code":"value"'
ladle diff s/run-epoch06.h5 nan.h5 | sed -n '1p;/conv_b.kernel/p'
ladle ls --stats nan.h5 | grep -c ' 1     0$'
# Where its checkpoint has no weight, nothing of it is read into the average.
ladle avg -q s/run-epoch06.h5 nan.h5 --mix 'A=1 B=0 on conv_b' -o y.h5; echo $?
ls
