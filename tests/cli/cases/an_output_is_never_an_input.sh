cp s/run-epoch06.h5 a.h5; cp s/run-epoch08.h5 b.h5
ln -s a.h5 link.h5; ln b.h5 hard.h5
before=$(cat a.h5 b.h5 | cksum)
for out in a.h5 link.h5 hard.h5; do
	ladle avg a.h5 b.h5 -o $out --force; echo "$out: $?"
done
[ "$before" = "$(cat a.h5 b.h5 | cksum)" ] && echo unchanged
ls
