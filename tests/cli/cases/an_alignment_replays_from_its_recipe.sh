A=s/seed11.keras B=s/seed11-reordered.keras
ladle avg --align -w .3,.7 $A $B -o soup.keras --recipe soup.recipe >/dev/null
cat soup.recipe
ladle run soup.keras -o again.keras >/dev/null && cmp soup.keras again.keras && echo same
rm soup.keras && ladle run soup.recipe >/dev/null && cmp soup.keras again.keras && echo same
printf '%s\n' "open $A" "open $B" 'open s/seed12.keras' 'align B to A by exact' \
	'align C to B seed 3 by raw' 'mix A=0 B=1 C=0' 'write chain.keras' >chain.recipe
ladle run chain.recipe | sed -n 's/^C.*order of B: .*/C to B/p; s/^B to/&/p'
ladle diff $A chain.keras | head -n 1
for line in 'align B to' 'align B to A by hand' 'align A to A' 'align B B to A' 'align B to Z' \
	'align B to A seed -1' 'align B to A twice' 'unalign' 'unalign B'; do
	printf '%s\n' "open $A" "open $B" "$line" 'write no.keras' >wrong.recipe
	ladle run wrong.recipe; echo $?
done
