ladle help mix
ladle help avg | head -n 3
ladle help mxi; echo $?
ladle --version | head -n 1
ladle help align | tail -n 4
