cp s/seed11.weights.h5 .
LC_ALL=C sed 's/conv_a/renam1/g; s/bn_a/bn_x/g; s/conv_b/renam2/g; s/hidden/renam3/g; s/digits/renam4/g' \
	s/run-epoch06.h5 >other.h5
ladle ls s/mismatch.h5 other.h5 s/seed12.keras | grep '^[A-Z] '
