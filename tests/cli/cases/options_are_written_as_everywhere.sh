ladle avg -qw.5,.5 -oa.h5 s/run-epoch06.h5 s/run-epoch08.h5; echo $?
ladle avg --quiet --weights=.5,.5 --output=b.h5 s/run-epoch06.h5 s/run-epoch08.h5; echo $?
ladle -q avg s/run-epoch06.h5 -w .5,.5 --output c.h5 -- s/run-epoch08.h5; echo $?
cmp a.h5 b.h5 && cmp a.h5 c.h5 && echo same
ladle avg --quiet=yes; echo $?
ladle avg -o; echo $?
ladle avg -qx; echo $?
ladle ls -n s/run-epoch06.h5; echo $?
ladle ls -n A=s/run-epoch06.h5 -n A=s/run-epoch08.h5; echo $?
ladle ls --colour=never s/run-epoch06.h5; echo $?
ladle ls --color purple s/run-epoch06.h5; echo $?
