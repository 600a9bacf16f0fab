for pair in A:hidden 'hidden B:hidden' 'A: B:hidden' 'A:hidden A:conv_a' 'A:hidden C:hidden' 'A:hidden B:hiden' 'A:relu_a B:hidden'; do
	ladle match s/run-epoch06.h5 s/run-epoch08.h5 --pair "$pair"; echo $?
done
ladle match s/run-epoch06.h5 s/run-epoch08.h5 --pair 'A:hidden B:hidden' --pair 'A:hidden B:conv_a'; echo $?
