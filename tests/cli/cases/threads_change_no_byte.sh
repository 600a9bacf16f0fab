for threads in 1 2 3 8; do
	ladle avg -q -j $threads s/seed11.keras s/seed12.keras s/seed13.keras -w .5,.3,.2 -o $threads.keras
	cmp 1.keras $threads.keras && echo same
done
