# Whole, the same for the same files, and never over what is no page of ours.
ladle diff -q s/seed11.keras s/seed12.keras --html p.html >/dev/null; echo $?
tail -n 1 p.html
grep -c 'conv_a/kernel' p.html | sed 's/^[1-9][0-9]*$/rows are there/'
cp p.html q.html
ladle diff s/seed11.keras s/seed12.keras --html "$(printf 'p\033.html')" 2>&1 >/dev/null | grep wrote
rm p?.html
ladle diff -q s/seed11.keras s/seed12.keras --html p.html >/dev/null; cmp p.html q.html && echo same
cp s/run-epoch06.h5 a.h5
ladle diff -q a.h5 s/run-epoch08.h5 --html a.h5; echo $?
cmp a.h5 s/run-epoch06.h5 && echo unchanged
ls
