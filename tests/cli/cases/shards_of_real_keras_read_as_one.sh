[ -d "$LADLE_SHARED/keras" ] || { [ "${CI:-}" = true ] && echo missing || echo SKIP no LADLE_SHARED/keras; exit; }
cp "$LADLE_SHARED"/keras/layouts/k3* .
ladle ls --json k3-shards.weights.json | tr '{' '\n' | grep '"conv_a"\|"name":"kernel"\|"format"' | cut -c1-120
ladle diff k3-shards.weights.json k3.keras | head -4; echo $?
ladle avg k3-shards.weights.json k3.h5 -o x.weights.h5 -q; echo $?
ladle diff x.weights.h5 k3.weights.h5 | head -1
ladle ls k3-shards_00001.weights.h5 | head -2
chmod u+w k3-shards* && rm k3-shards_00002.weights.h5
ladle ls k3-shards.weights.json; echo $?
