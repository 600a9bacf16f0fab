#include "support/hostile.h"

#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 6, UNITS = 4, LONG = 4000 /* files may have names of 4096 bytes, paths included */ };

static const char *const names[HOSTILE_LAYERS - 1] = {
		"漢字カーネル",
		"ＷＩＤＥ全角文字列が続く続く続く続く続く続く続く続く続く",
		"e\u0301\u0302\u0303\u0304clair",
		"\u0301begins_with_a_mark",
		"👩\u200d👩\u200d👧\u200d👦_family",
		"🏳\ufe0f\u200d🌈",
		"שלום_עולם",
		"مرحبا",
		"tab\there\nnewline\rreturn",
		"esc\033[31mred\033]0;title\a\033[2J",
		"c1\302\23331m\302\235title\302\234",
		"bidi\u202eevil\u202c\u2066isolate\u2069",
		"bad\377\376\303(\355\240\200",
		" blanks around  ",
		"%s%n%d %5000d",
		"A=1 B=0 on *",
		"-n",
};

/* The last one is too long for any screen. */
static void
name_of(char *dst, int layer, bool plain)
{
	if (plain) {
		sprintf(dst, "layer_%d", layer);
		return;
	}
	if (layer < HOSTILE_LAYERS - 1) {
		strcpy(dst, names[layer]);
		return;
	}
	dst[0] = '\0';
	while (strlen(dst) + 16 < LONG)
		strcat(dst, "long_漢x");
}

static bool
write_strings(hid_t object, const char *name, char **strings, hsize_t count)
{
	hid_t type = H5Tcopy(H5T_C_S1), space = H5Screate_simple(1, &count, NULL);
	hid_t attribute;
	bool good;

	H5Tset_size(type, H5T_VARIABLE);
	H5Tset_cset(type, H5T_CSET_UTF8);
	attribute = H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
	good = attribute >= 0 && H5Awrite(attribute, type, strings) >= 0;
	H5Aclose(attribute);
	H5Sclose(space);
	H5Tclose(type);
	return good;
}

static bool
write_values(hid_t group, const char *name, int rank, float shift)
{
	hsize_t dims[] = {rank == 2 ? ROWS : UNITS, UNITS};
	hid_t space = H5Screate_simple(rank, dims, NULL);
	hid_t set = H5Dcreate2(
			group, name, H5T_IEEE_F32LE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
	float values[ROWS * UNITS];
	bool good;

	for (int i = 0; i < ROWS * UNITS; i++)
		values[i] = (float)(i * 37 % 11) - 5 + shift * (float)(i % 3);
	good = set >= 0 &&
	       H5Dwrite(set, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0;
	H5Dclose(set);
	H5Sclose(space);
	return good;
}

/* A layer's tensors are named after it once more, where that is no longer than allowed. */
static bool
write_layer(hid_t file, char *name, float shift)
{
	hid_t group = H5Gcreate2(file, name, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
	char kernel[LONG + 64], bias[LONG + 64], *weights[] = {kernel, bias};
	bool good;

	const char *prefix = strlen(name) < LONG / 4 ? name : "";

	snprintf(kernel, sizeof(kernel), "%s_kernel:0", prefix);
	snprintf(bias, sizeof(bias), "%s_bias:0", prefix);
	good = group >= 0 && write_strings(group, "weight_names", weights, 2) &&
	       write_values(group, kernel, 2, shift) && write_values(group, bias, 1, shift);
	H5Gclose(group);
	return good;
}

bool
hostile_write(const char *path, float shift, bool plain)
{
	hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
	char *layers[HOSTILE_LAYERS], backend[] = "tensorflow", *word = backend;
	bool good = file >= 0;

	for (int i = 0; i < HOSTILE_LAYERS; i++) {
		layers[i] = malloc(LONG + 64);
		name_of(layers[i], i, plain);
		good = good && write_layer(file, layers[i], shift);
	}
	good = good && write_strings(file, "layer_names", layers, HOSTILE_LAYERS) &&
	       write_strings(file, "backend", &word, 1);
	for (int i = 0; i < HOSTILE_LAYERS; i++)
		free(layers[i]);
	return H5Fclose(file) >= 0 && good;
}
