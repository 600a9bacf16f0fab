[ -d "$LADLE_SHARED/keras" ] || { [ "${CI:-}" = true ] && echo missing || echo SKIP no LADLE_SHARED/keras; exit; }
seeds=$LADLE_SHARED/keras/seeds/cnn
cp "$seeds"/seed0.keras "$seeds"/seed1.keras .
ladle ls seed0.keras | sed -n 2p
ladle diff seed0.keras seed1.keras --json | grep -o '"code":"unconverged","checkpoint":"[AB]"'
ladle avg seed0.keras seed1.keras -o x.keras >/dev/null
ladle avg seed0.keras seed1.keras -o x.keras --force --repair unconverged >/dev/null
ladle avg seed0.keras -o x.keras --force --repair unconverged,bn | grep '^repair'
ladle avg -q seed0.keras seed1.keras -o x.keras --force
