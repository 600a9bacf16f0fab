[ -d "$LADLE_SHARED/keras" ] || { [ "${CI:-}" = true ] && echo missing || echo SKIP no LADLE_SHARED/keras; exit; }
k=$LADLE_SHARED/keras
average() {
	suffix=$1; shift
	ladle avg -q "$@" -o x$suffix && ladle run -q x$suffix -o y$suffix && cmp x$suffix y$suffix && echo "same $suffix"
	rm -f x$suffix y$suffix
}
average .weights.h5 $k/epochs/w.0?.weights.h5
average .hdf5 $k/epochs-k2/weights.0*.hdf5
average .weights.h5 $k/dtypes/float16-?.weights.h5
average .keras $k/dtypes/float64-?.keras
average .h5 $k/zoo-k2/zoo-?.h5
ladle diff -q $k/epochs/w.07.weights.h5 $k/epochs/w.08.weights.h5 >/dev/null; echo $?
ladle diff $k/permuted/cnn.keras $k/permuted/cnn-permuted.keras | grep -o '^X DIFFER\|14 permuted' | sort -u
ladle diff $k/permuted/cnn.keras $k/epochs/w.01.weights.h5 >/dev/null; echo $?
