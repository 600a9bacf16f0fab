ladle diff --json s/run-epoch06.h5 s/mismatch.h5 >d.json
tr ',{' '\n\n' <d.json | sed -n 's/^"\([a-z_0-9]*\)":.*/\1/p' | sort -u | tr '\n' ' '
