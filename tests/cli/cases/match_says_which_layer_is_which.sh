ladle match --exact s/run-epoch06.h5 s/run-epoch08.h5 s/seed11.keras; echo $?
ladle match --exact s/run-epoch06.h5 s/mismatch.h5; echo $?
ladle match --exact s/run-epoch06.h5; echo $?
ladle match --exact s/run-epoch06.h5 s/committee.h5 | tail -n 1
ladle match --exact s/run-epoch06.h5 none.h5; echo $?
