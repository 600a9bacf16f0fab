ladle match --exact s/committee.h5 s/committee.h5#conv_1; echo $?
ladle match --exact --json s/committee.h5 s/committee.h5#conv_1 | grep -o '"unmatched":.*"groups"'
