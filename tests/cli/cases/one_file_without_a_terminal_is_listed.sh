ladle s/seed11.keras | head -n 2
ladle --json s/seed11.keras | cut -c 1-60
ladle s/seed11.keras s/seed12.keras | head -n 1
ladle s/seed11.keras s/seed12.keras >/dev/null; echo $?
ladle s/seed11.keras s/seed12.keras -w 1,0 | head -n 1
