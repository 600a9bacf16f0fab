ladle s/run-epoch06.h5 s/run-epoch08.h5 s/run-restart.h5 </dev/null | cut -c 1-44
