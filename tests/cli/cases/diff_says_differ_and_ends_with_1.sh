ladle diff s/seed11.keras s/seed12.keras | head -n 1
ladle diff s/seed11.keras s/seed12.keras >/dev/null; echo $?
