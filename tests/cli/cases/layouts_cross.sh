for out in x.keras x.weights.h5 y.h5; do
	ladle avg -q s/run-epoch06.h5 s/run-epoch08.h5 -o $out; echo $?
	ladle ls --json $out | sed 's/.*"format":"\([a-z-]*\)".*"parameters":\([0-9]*\).*/\1 \2/;q'
done
ladle avg -q s/run-epoch06.h5 s/run-epoch08.h5 -o z.hdf5 --format legacy-weights
ladle avg -q x.weights.h5 -o w.h5 --config x.keras
ladle avg -q s/seed11.keras -o k.h5
identical() { ladle diff --json "$@" | grep -o '"identical":[a-z]*' | sort | uniq -c | tr -s ' '; }
identical x.keras x.weights.h5 y.h5 z.hdf5 w.h5
identical s/seed11.keras k.h5
ls
