mkdir folder; : >empty.h5; echo 'hello world, this is text' >text.h5
head -c 40000 s/run-epoch06.h5 >truncated.h5
mkfifo pipe.h5
for f in none.h5 folder empty.h5 text.h5 truncated.h5 pipe.h5; do
	ladle ls $f; echo "$f: $?"
done
ladle avg s/run-epoch06.h5 truncated.h5 -o x.h5; echo $?
ls
