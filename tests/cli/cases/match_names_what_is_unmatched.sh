ladle match s/committee.h5 s/committee.h5#conv_1; echo $?
ladle match --json s/committee.h5 s/committee.h5#conv_1 | grep -o '"unmatched":.*"checkpoints"'
