for word in cook dif hepl; do
	ladle $word s/run-epoch06.h5 s/run-epoch08.h5; echo $?
done
ladle doctor now; echo $?
ladle help ls diff; echo $?
ladle run a b; echo $?
cp s/run-epoch06.h5 diff
ladle ./diff | head -n 1
cp diff dif
ladle dif | head -n 1
