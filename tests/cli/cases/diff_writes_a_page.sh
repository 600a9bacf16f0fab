# The page says of each row what the table says; it is written whole, and over nothing else.
ladle diff -q s/seed11.keras s/seed12.keras s/seed13.keras --html p.html >table; echo $?
python3 "$CASES/../page_shape.py" p.html >page; cat page
sed -n '/^LAYER/,$p' table | awk 'NF > 6 && NR > 1 && $3 ~ /^[0-9]/ {print $1, $3, tolower($7), $8}' | sort >a
sed -n 's/^    //p' page | sed 's/ [!X] / /; s/ ok / /' | sort >b
cmp a b && wc -l <b
cp p.html q.html
ladle diff -q s/seed11.keras s/seed12.keras s/seed13.keras --html p.html >/dev/null; cmp p.html q.html && echo same
cp s/run-epoch06.h5 a.h5
ladle diff -q a.h5 s/run-epoch08.h5 --html a.h5; echo $?
cmp a.h5 s/run-epoch06.h5 && echo unchanged
ls
