ladle ls none.h5 s/run-epoch06.h5 s | grep '^[A-Z] '; echo
ladle ls none.h5 s/run-epoch06.h5 >/dev/null; echo $?
ladle ls --json none.h5 s/run-epoch06.h5 2>/dev/null | sed 's/"layers":.*]}]}\]/"layers":[...]}]/'
