ladle ls s/committee.h5#conv_1; echo $?
ladle match --exact --branches s/committee.h5; echo $?
ladle diff --branches s/committee.h5 | tail -n 12
ladle match --exact --branches s/run-epoch06.h5; echo $?
ladle match --exact --branches -n X=s/committee.h5; echo $?
ladle ls s/committee.h5#none; echo $?
