ladle ls --branches s/committee.h5; echo $?
ladle ls --branches s/run-epoch06.h5; echo $?
ladle avg -q s/committee.h5 --format legacy-weights -o w.h5
ladle ls --branches w.h5; echo $?
ladle ls --branches --config s/committee.h5 w.h5; echo $?
ladle ls --branches --json s/committee.h5 | grep -o '"branches":.*'
ladle ls --branches --json s/run-epoch06.h5 2>&1 | grep -o '"branches":.*'
