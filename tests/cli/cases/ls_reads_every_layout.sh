for f in s/run-epoch06.h5 s/seed11.weights.h5 s/seed11.keras; do ladle ls $f | head -n 1; done
