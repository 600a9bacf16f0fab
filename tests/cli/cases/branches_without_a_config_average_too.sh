# weights alone: what is a branch is inferred, and the output has the first one's names
ladle avg -q s/committee.h5 --format legacy-weights -o w.h5
ladle avg -q w.h5#1 w.h5#2 w.h5#3 -o legacy.h5 && ladle ls legacy.h5
ladle avg -q s/committee.h5 -o w.weights.h5
ladle avg -q w.weights.h5#1 w.weights.h5#2 w.weights.h5#3 -o store.weights.h5
ladle ls store.weights.h5
# the same numbers as by the graph
ladle avg -q s/committee.h5#1 s/committee.h5#2 s/committee.h5#3 --format legacy-weights -o g.h5
ladle diff g.h5 legacy.h5 | head -n 1
ladle diff g.h5 store.weights.h5 | head -n 1
# a whole model needs to know how its layers are connected
ladle avg -q w.h5#1 w.h5#2 w.h5#3 -o whole.keras; echo $?
ladle avg -q --config s/committee.h5 w.h5#1 w.h5#2 w.h5#3 -o whole.keras; echo $?
