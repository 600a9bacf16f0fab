ladle avg -q --branches s/committee.h5 -o one.h5 --recipe r && cat r
ladle avg -q s/committee.h5#conv_0 s/committee.h5#conv_1 s/committee.h5#conv_2 -o two.h5 && ladle diff one.h5 two.h5 | head -n 1
ladle run -q r -o three.h5 && ladle run -q one.h5 -o four.h5 && cmp one.h5 three.h5 && cmp one.h5 four.h5 && echo same
ladle ls one.h5 | sed 1d
ladle match --exact s/committee.h5#conv_0 one.h5; echo $?
ladle avg -q --branches s/committee.h5 -o one.keras && ladle diff one.h5 one.keras | head -n 1
ladle avg -q s/committee.h5 --format legacy-weights -o w.h5
ladle avg -q --branches --config s/committee.h5 w.h5 -o told.h5 --recipe r2 && cat r2
ladle diff one.h5 told.h5 | head -n 1
