[ -d "$LADLE_SHARED/keras" ] || { [ "${CI:-}" = true ] && echo missing || echo SKIP no LADLE_SHARED/keras; exit; }
cp "$LADLE_SHARED"/keras/renamed/run?.h5 "$LADLE_SHARED"/keras/renamed/run?-weights.h5 .
ladle match --exact run0.h5 run1.h5 run2.h5; echo $?
ladle match --exact --json run0.h5 run1.h5 | sed 's/"cosine_\([a-z]*\)":[-0-9.e]*/"\1":N/g'
ladle match --exact run0-weights.h5 run1-weights.h5 --pair 'A:dense B:dense_2' --pair 'A:dense_1 B:dense_3' | tail -n 5
