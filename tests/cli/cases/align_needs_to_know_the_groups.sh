ladle align s/seed11.weights.h5 s/seed11.weights.h5 -o no.weights.h5; echo $?
ladle align s/seed11.weights.h5 s/seed11-reordered.keras -o one.weights.h5; echo $?
ladle align --config s/seed11.keras s/seed11.weights.h5 s/seed11-reordered.keras -o two.h5; echo $?
ladle diff s/seed11.keras two.h5 | head -n 1
ladle avg -q s/committee.h5 -o bare.weights.h5
ladle align bare.weights.h5 bare.weights.h5 -o no.weights.h5; echo $?
ladle match bare.weights.h5 bare.weights.h5 | tail -n 1
ladle align --config s/committee.h5 bare.weights.h5 bare.weights.h5 -o yes.weights.h5 | head -n 1
