ladle avg s/seed11.keras s/seed12.keras -o x.keras --repair bn,norm --recipe r | sed 's/sha256 [0-9a-f]\{64\}$/sha256 64 digits/'
sed -n '/repair/p' r
ladle run r -o y.keras -q && cmp x.keras y.keras && echo same
ladle run x.keras -o z.keras -q && cmp x.keras z.keras && echo same
ladle avg s/seed11.keras s/seed12.keras -o plain.keras -q
ladle run r --repair none -o none.keras -q
ladle diff plain.keras none.keras >/dev/null; echo $?
ladle diff plain.keras x.keras --json | sed 's/.*"row":"bn_a\/moving_variance"/bn_a\/moving_variance/; s/"norm".*//; s/.*"identical"/"identical"/'
ladle avg s/seed11.keras s/seed12.keras -o w.keras --repair bn,luck; echo $?
ladle avg s/seed11.weights.h5 s/seed11.weights.h5 -o w.weights.h5 --repair bn; echo $?
ladle help repair | sed -n '1,5p'
