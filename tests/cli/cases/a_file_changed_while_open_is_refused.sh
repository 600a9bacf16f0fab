# Names of recipes are opened once the checkpoints are: a pipe there holds the run just then.
while_open() {
	cp s/run-epoch08.h5 b.h5 && chmod u+w b.h5 && mkfifo pipe
	ladle avg -q s/run-epoch06.h5 b.h5 -o x.h5 --recipe pipe &
	exec 3>pipe
	"$1"
	echo '# ladle recipe' >&3
	exec 3>&-
	cat pipe >/dev/null
	wait $!; echo "$1: $?"
	rm -f pipe b.h5
}
overwritten() { printf 'other' | dd of=b.h5 bs=1 seek=50000 conv=notrunc 2>/dev/null; }
truncated() { head -c 50000 s/run-epoch08.h5 >b.h5; }
grown() { echo more >>b.h5; }
while_open overwritten
while_open truncated
while_open grown
ls
