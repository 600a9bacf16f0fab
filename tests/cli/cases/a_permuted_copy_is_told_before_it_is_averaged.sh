A=s/seed11.keras B=s/seed11-reordered.keras
ladle diff $A $B; echo $?
ladle avg $A $B -o plain.keras | head -n 1
ladle avg $A $B --no-align -o quiet.keras | head -n 1
cmp plain.keras quiet.keras
ladle avg -q $A $B -o quieter.keras
ladle avg --align $A $B -o aligned.keras; echo $?
ladle diff $A aligned.keras | head -n 1
ladle diff --align $A $B; echo $?
ladle diff --align --no-align $A $B >/dev/null; echo $?
ladle avg $A $B -w 1,0 -o one.keras >/dev/null
ladle avg s/seed11.keras s/seed12.keras -o strangers.keras | head -n 1
