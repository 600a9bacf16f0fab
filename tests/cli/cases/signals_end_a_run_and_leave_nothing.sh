env --default-signal=INT true 2>/dev/null || { echo SKIP env cannot give signals back; exit; }
mkfifo recipe
for signal in INT TERM HUP; do
	env --default-signal=INT ladle run recipe -o x.h5 &
	exec 3>recipe # open once it reads
	kill -$signal $!
	wait $!; echo "$signal: $?"
	exec 3>&-
done
ladle run recipe -o x.h5 --json >json &
exec 3>recipe
kill -TERM $!
wait $!; echo $?
grep -o '"error":{"status":143' json
ls
