ladle avg s/run-epoch06.h5 s/run-epoch08.h5 -o x.h5 | sed 's/sha256 [0-9a-f]\{64\}$/sha256 64 digits/'
ladle avg --json s/run-epoch06.h5 s/run-epoch08.h5 --skip digits -w .3,.7 -o y.h5 |
	sed 's/"sha256":"[0-9a-f]*"/"sha256":"64 digits"/; s/"keep":[0-9.]*/"keep":"number"/g'
