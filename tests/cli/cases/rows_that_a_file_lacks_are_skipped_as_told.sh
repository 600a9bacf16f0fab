# the second file has one branch of three: the others are copied when somebody says so
ladle avg -q s/committee.h5 's/committee.h5#1' -o out.h5; echo $?
ladle avg -q s/committee.h5 's/committee.h5#1' --skip finding:missing -o out.h5; echo $?
ladle diff -q s/committee.h5 out.h5 | head -n 1
ladle avg -q s/committee.h5 s/committee.h5 --skip finding:shape -o no.h5; echo $?
