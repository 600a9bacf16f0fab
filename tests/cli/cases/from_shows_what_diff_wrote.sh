same() {
	ladle diff "$@" >a.txt
	ladle diff --json "$@" >s.json
	ladle --from s.json >b.txt; echo $?
	cmp a.txt b.txt && ladle --json --from - <s.json | cmp - s.json && echo the same: "$@"
}
same s/run-epoch06.h5 s/run-epoch08.h5
same s/run-epoch06.h5 s/run-epoch08.h5 s/run-restart.h5 -w .5,.25,.25 --mix 'A=1 B=0 on conv*' --skip '*bias'
same s/run-epoch06.h5 s/mismatch.h5 -n late=s/run-epoch08.h5
same s/seed11.keras s/seed11-reordered.keras
ladle diff s/seed11.keras s/seed12.keras --align >a.txt; ladle diff --json s/seed11.keras s/seed12.keras --align | ladle --from - | cmp - a.txt
same s/run-epoch06.h5 s/run-epoch08.h5 --no-normalise -w 2,3
ladle --from s.json -w 1,0 | head -1
ladle --from s.json s/run-epoch06.h5; echo $?
ladle --from s.json --ema; echo $?
ladle --from nowhere.json; echo $?
ladle ls --json s/run-epoch06.h5 | ladle --from -; echo $?
sed 's/"gram"/"grim"/' s.json | ladle --from -; echo $?
echo '{' | ladle --from - --json; echo $?
