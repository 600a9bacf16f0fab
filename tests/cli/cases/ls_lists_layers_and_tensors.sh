ladle ls s/run-epoch06.h5
