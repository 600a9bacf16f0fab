ladle diff -n early=s/run-epoch06.h5 -n late=s/run-epoch08.h5 | sed -n 2,3p
ladle avg -q -n early=s/run-epoch06.h5 -n late=s/run-epoch08.h5 --mix 'early=1 late=3' -o x.h5 --recipe r; cat r
