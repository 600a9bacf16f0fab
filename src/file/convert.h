/* Lines of Python that turn what other programs write into something that is read here. F is the
 * file. The last layer of a name with dots becomes a group, so that its tensors stand together. */
#ifndef FILE_CONVERT_H
#define FILE_CONVERT_H

#define CONVERT_PAIRS(imports, pairs)                                         \
	"; in Python: import h5py, " imports "; h = h5py.File('x.h5', 'w'); " \
	"[h.create_dataset(k, data=v) for k, v in " pairs "]; h.close()"
#define CONVERT_DOTS(imports, items) \
	CONVERT_PAIRS(imports, "((k.replace('.', '/'), v) for k, v in " items ")")

#define CONVERT_NPZ CONVERT_PAIRS("numpy", "numpy.load(F).items()")
#define CONVERT_TORCH \
	CONVERT_DOTS("torch", "torch.load(F, map_location='cpu', weights_only=True).items()")
#define CONVERT_VARIABLES                 \
	CONVERT_PAIRS("tensorflow as tf", \
			"((v.name, v.numpy()) for v in tf.saved_model.load(FOLDER).variables)")

#endif
