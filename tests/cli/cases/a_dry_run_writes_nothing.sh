ladle avg s/run-epoch06.h5 s/run-epoch08.h5 -o x.h5 --dry-run
ls
