mkdir -p config/ladle && echo 'set extrapolate' >config/ladle/config
ladle avg s/run-epoch06.h5 s/run-epoch08.h5 -w 2,-1 -o x.h5; echo $?
XDG_CONFIG_HOME=$PWD/config ladle avg -q s/run-epoch06.h5 s/run-epoch08.h5 -w 2,-1 -o x.h5 --recipe r; echo $?
XDG_CONFIG_HOME=$PWD/config ladle avg -q s/run-epoch06.h5 s/run-epoch08.h5 -w 2,-1 -o y.h5 --no-config; echo $?
cat r
ladle run -q r -o z.h5 && cmp x.h5 z.h5 && echo same
echo 'set nonsense' >config/ladle/config
XDG_CONFIG_HOME=$PWD/config ladle ls s/run-epoch06.h5 2>&1 | sed "s,$PWD,HERE,"
