ladle ls s/seed11.weights.h5 | sed -n 3p
ladle ls --config s/seed11.keras s/seed11.weights.h5 | sed -n 3p
ladle ls --config s/seed11.weights.h5 s/seed11.weights.h5; echo $?
