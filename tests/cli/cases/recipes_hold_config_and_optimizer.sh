ladle avg -q s/seed11.weights.h5 --config s/seed11.keras --keep-optimizer -o x.keras --recipe r; echo $?
cat r
ladle run -q r -o y.keras && ladle run -q x.keras -o z.keras && cmp x.keras y.keras && cmp x.keras z.keras && echo same
echo 'config s/none.keras' >bad
ladle run bad -o w.keras; echo $?
echo 'config s/seed11.weights.h5' >bad
ladle run bad -o w.keras; echo $?
echo 'optimizer on' >bad
ladle run bad -o w.keras; echo $?
