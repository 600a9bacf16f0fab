size=$(wc -c <s/run-epoch06.h5)
for part in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
	head -c $((size * part / 21)) s/run-epoch06.h5 >part.h5
	ladle avg s/run-epoch06.h5 part.h5 -q -o x.h5 2>/dev/null; echo "$part/21: $?"
done
ls
