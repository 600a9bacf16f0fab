ladle ls s/committee.h5#conv_1; echo $?
ladle match --branches s/committee.h5; echo $?
ladle diff --branches s/committee.h5 | tail -n 12
ladle match --branches s/run-epoch06.h5; echo $?
ladle match --branches -n X=s/committee.h5; echo $?
ladle ls s/committee.h5#none; echo $?
