A=s/seed11.keras B=s/seed11-reordered.keras
ladle align $A $B -o one.keras; echo $?
ladle diff $A one.keras | head -n 1
ladle align $A $B --template B -o two.h5; echo $?
ladle diff -q $A two.h5 >/dev/null; echo $?
ladle align $A $A -o same.keras | head -n 1
ladle align s/run-epoch06.h5 s/run-epoch08.h5 -o own.h5 | head -n 1
ladle diff s/run-epoch08.h5 own.h5 | head -n 1
ladle align $A $B -o one.keras; echo $?
ladle align $A $B -o dry.keras --dry-run; ls dry.keras
ladle align $A $B; echo $?
ladle align $A; echo $?
ladle align $A $B --seed x -o no.keras; echo $?
ladle align $A $B --objective best -o no.keras; echo $?
ladle align $A $B --match-memory much -o no.keras; echo $?
ladle align s/seed11.keras s/seed12.keras --match-memory 1K -o no.keras 2>&1 | sed 's/[0-9]* MB/N MB/g'
