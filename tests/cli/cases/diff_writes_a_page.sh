command -v python3 >/dev/null && python3 -c '' || { echo SKIP no python3; exit; }
# The page says of each row what the table says.
ladle diff -q s/seed11.keras s/seed12.keras s/seed13.keras --html p.html >table; echo $?
python3 "$CASES/../page_shape.py" p.html >page; cat page
sed -n '/^LAYER/,$p' table | awk 'NF > 6 && NR > 1 && $3 ~ /^[0-9]/ {print $1, $3, tolower($7), $8}' | sort >a
sed -n 's/^    //p' page | sed 's/ [!X] / /; s/ ok / /' | sort >b
cmp a b && wc -l <b
