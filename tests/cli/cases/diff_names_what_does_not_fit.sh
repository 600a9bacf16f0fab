ladle diff s/run-epoch06.h5 s/mismatch.h5 | grep '^[SM] '
