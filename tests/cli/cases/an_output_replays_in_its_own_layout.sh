ladle avg -q s/run-epoch06.h5 s/run-epoch08.h5 --format legacy-weights -o w.h5; echo $?
ladle run -q w.h5 -o again.h5 && cmp w.h5 again.h5 && echo same
ladle run w.h5 --format h5 -o full.h5 | grep -o 'full.h5  [a-z-]*'
ladle run w.h5 -o again.h5; echo $?
mkdir away && mv w.h5 away && ladle run away/w.h5 -o moved.h5 | head -n 1
