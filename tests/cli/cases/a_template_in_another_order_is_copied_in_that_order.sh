A=s/seed11.keras B=s/seed11-reordered.keras
printf '%s\n' "open $A" "open $B" 'align B to A' 'template B' 'skip bn_a' 'mix A=.5 B=.5' \
	'write out.keras' >r
ladle run r
ladle diff $A out.keras | head -n 1
echo 'optimizer keep' >>r && ladle run r -o no.keras; echo $?
