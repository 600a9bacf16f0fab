#include "file/h5_window.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#if H5_VERSION_GE(1, 13, 0)
#include <H5FDdevelop.h>
#endif

#include "base/io.h"

enum { DRIVER_VALUE = 600 }; /* 512 and above are free for all; used from 1.14 on */

/* libhdf5 reads metadata in pieces of a few hundred bytes, each a system call without this. */
enum { BLOCK = 16 * 1024, BLOCKS = 64, SMALL_READ = 4 * 1024 };

struct block {
	haddr_t at;
	size_t length; /* 0: empty */
	char bytes[BLOCK];
};

/* libhdf5's stock driver locks the file, gives zeros beyond its end, and opens by name; each of the
 * three is wrong here. Files that a file refers to would still be opened by the stock driver: those
 * references are refused by h5_dataset.c and h5_catalog.c, and the sandbox stops what they miss. */

/* How a window reaches the driver: as the driver's property in the file access list. */
struct window_info {
	int fd;
	uint64_t base, length;
	bool writable;
};

struct window {
	H5FD_t pub; /* first: libhdf5 fills it */
	struct window_info info;
	haddr_t eoa, eof;
	struct block *blocks[BLOCKS]; /* of a window that is only read; made when needed */
};

static H5FD_t *
window_open(const char *name, unsigned flags, hid_t fapl, haddr_t maxaddr)
{
	(void)name; /* a name says nothing here: only the descriptor that was handed over is read */
	(void)flags;
	(void)maxaddr;
	const struct window_info *info = H5Pget_driver_info(fapl);
	struct window *window = info ? calloc(1, sizeof *window) : NULL;
	if (!window)
		return NULL;
	window->info = *info;
	window->eof = info->length;
	return &window->pub;
}

static struct window *
window_of(H5FD_t *file)
{
	return (struct window *)(void *)file;
}

static const struct window *
const_window_of(const H5FD_t *file)
{
	return (const struct window *)(const void *)file;
}

static herr_t
window_close(H5FD_t *file)
{
	struct window *window = window_of(file);
	for (size_t i = 0; i < BLOCKS; i++)
		free(window->blocks[i]);
	free(window);
	return 0;
}

static int
window_compare(const H5FD_t *a, const H5FD_t *b)
{
	const struct window *x = const_window_of(a), *y = const_window_of(b);
	if (x->info.fd != y->info.fd)
		return x->info.fd < y->info.fd ? -1 : 1;
	return (x->info.base > y->info.base) - (x->info.base < y->info.base);
}

static herr_t
window_query(const H5FD_t *file, unsigned long *flags)
{
	(void)file;
	*flags = H5FD_FEAT_AGGREGATE_METADATA | H5FD_FEAT_ACCUMULATE_METADATA |
		 H5FD_FEAT_DATA_SIEVE | H5FD_FEAT_AGGREGATE_SMALLDATA;
	return 0;
}

static haddr_t
window_get_eoa(const H5FD_t *file, H5FD_mem_t type)
{
	(void)type;
	return const_window_of(file)->eoa;
}

static herr_t
window_set_eoa(H5FD_t *file, H5FD_mem_t type, haddr_t address)
{
	(void)type;
	window_of(file)->eoa = address;
	return 0;
}

static haddr_t
window_get_eof(const H5FD_t *file, H5FD_mem_t type)
{
	(void)type;
	return const_window_of(file)->eof;
}

static bool
read_bytes(const struct window *window, haddr_t address, void *buffer, size_t size)
{
	return io_read_at(window->info.fd, buffer, size, window->info.base + address);
}

/* The block that holds the address, or NULL. */
static const struct block *
find_block(struct window *window, haddr_t address)
{
	haddr_t at = address - address % BLOCK;
	struct block **slot = &window->blocks[at / BLOCK % BLOCKS];
	if (!*slot)
		*slot = calloc(1, sizeof **slot);
	struct block *block = *slot;
	if (!block || (block->length && block->at == at))
		return block;
	size_t length = window->eof - at < BLOCK ? (size_t)(window->eof - at) : BLOCK;
	block->length = 0;
	if (!read_bytes(window, at, block->bytes, length))
		return NULL;
	block->at = at;
	block->length = length;
	return block;
}

static bool
read_cached(struct window *window, haddr_t address, char *buffer, size_t size)
{
	while (size > 0) {
		const struct block *block = find_block(window, address);
		if (!block)
			return false;
		size_t skip = (size_t)(address - block->at), n = block->length - skip;
		if (n > size)
			n = size;
		memcpy(buffer, block->bytes + skip, n);
		buffer += n;
		address += n;
		size -= n;
	}
	return true;
}

/* The stock driver gives zeros beyond the end of the file; here that is an error, because a
 * truncated file must never read as a tensor of zeros. */
static herr_t
window_read(H5FD_t *file, H5FD_mem_t type, hid_t dxpl, haddr_t address, size_t size, void *buffer)
{
	(void)dxpl;
	struct window *window = window_of(file);
	if (address > window->eof || size > window->eof - address)
		return -1;
	bool cached = size <= SMALL_READ && type != H5FD_MEM_DRAW && !window->info.writable;
	bool done = cached ? read_cached(window, address, buffer, size)
			   : read_bytes(window, address, buffer, size);
	return done ? 0 : -1;
}

static herr_t
window_write(H5FD_t *file, H5FD_mem_t type, hid_t dxpl, haddr_t address, size_t size,
		const void *buffer)
{
	(void)type;
	(void)dxpl;
	struct window *window = window_of(file);
	if (!window->info.writable || address > INT64_MAX || size > INT64_MAX - address)
		return -1;
	if (!io_write_at(window->info.fd, buffer, size, window->info.base + address))
		return -1;
	if (address + size > window->eof)
		window->eof = address + size;
	return 0;
}

/* What was allocated and never written becomes a hole, so that the file has its full length. */
static herr_t
window_truncate(H5FD_t *file, hid_t dxpl, hbool_t closing)
{
	(void)dxpl;
	(void)closing;
	struct window *window = window_of(file);
	if (!window->info.writable || window->eof == window->eoa)
		return 0;
	if (ftruncate(window->info.fd, (off_t)(window->info.base + window->eoa)) != 0)
		return -1;
	window->eof = window->eoa;
	return 0;
}

static const H5FD_class_t DRIVER = {
#if H5_VERSION_GE(1, 13, 2)
		.version = H5FD_CLASS_VERSION,
#endif
#if H5_VERSION_GE(1, 13, 0)
		.value = (H5FD_class_value_t)DRIVER_VALUE,
#endif
		.name = "ladle window",
		.maxaddr = INT64_MAX,
		.fc_degree = H5F_CLOSE_STRONG,
		.fapl_size = sizeof(struct window_info),
		.open = window_open,
		.close = window_close,
		.cmp = window_compare,
		.query = window_query,
		.get_eoa = window_get_eoa,
		.set_eoa = window_set_eoa,
		.get_eof = window_get_eof,
		.read = window_read,
		.write = window_write,
		.truncate = window_truncate,
		.fl_map = H5FD_FLMAP_DICHOTOMY,
};

/* One chunk of the largest size that is read fits into the cache of chunks. A listing looks at each
 * object once, so a large cache of metadata only costs memory and time (5,000 datasets in as many
 * groups: 130 ms with 64 KiB, 155 ms with 1 MiB, 200 ms with the default). */
static bool
set_caches(hid_t fapl)
{
	enum { SLOTS = 1009, CHUNKS = 64 << 20, METADATA = 64 << 10 };
	H5AC_cache_config_t config = {.version = H5AC__CURR_CACHE_CONFIG_VERSION};
	if (H5Pget_mdc_config(fapl, &config) < 0)
		return false;
	config.set_initial_size = 1;
	config.initial_size = config.min_size = config.max_size = METADATA;
	config.incr_mode = H5C_incr__off;
	config.flash_incr_mode = H5C_flash_incr__off;
	config.decr_mode = H5C_decr__off;
	return H5Pset_mdc_config(fapl, &config) >= 0 &&
	       H5Pset_cache(fapl, 0, SLOTS, CHUNKS, .75) >= 0;
}

/* A file access list that leads to the window; < 0 on failure. */
static hid_t
access_list(const struct window_info *info)
{
	hid_t driver = H5FDregister(&DRIVER);
	hid_t fapl = H5Pcreate(H5P_FILE_ACCESS);
	if (driver < 0 || fapl < 0 || H5Pset_driver(fapl, driver, info) < 0 ||
			H5Pset_fclose_degree(fapl, H5F_CLOSE_STRONG) < 0 ||
			(!info->writable && !set_caches(fapl))) {
		if (fapl >= 0)
			H5Pclose(fapl);
		fapl = -1;
	}
	if (driver >= 0)
		H5FDunregister(driver); /* the list holds it */
	return fapl;
}

/* Every call clears the stack of errors that h5_error_text reads. */
static void
close_list(hid_t fapl)
{
	hid_t errors = H5Eget_current_stack();
	H5Pclose(fapl);
	if (errors >= 0)
		H5Eset_current_stack(errors);
}

hid_t
h5_window_open(int fd, uint64_t base, uint64_t length)
{
	if (base > INT64_MAX || length > INT64_MAX - base)
		return -1;
	hid_t fapl = access_list(&(struct window_info){.fd = fd, .base = base, .length = length});
	if (fapl < 0)
		return -1;
	hid_t file = H5Fopen("window", H5F_ACC_RDONLY, fapl);
	close_list(fapl);
	return file;
}

hid_t
h5_window_create(int fd, uint64_t base)
{
	if (base > INT64_MAX)
		return -1;
	hid_t fapl = access_list(&(struct window_info){.fd = fd, .base = base, .writable = true});
	if (fapl < 0)
		return -1;
	hid_t file = H5Fcreate("window", H5F_ACC_TRUNC, H5P_DEFAULT, fapl);
	close_list(fapl);
	return file;
}

/* H5dont_atexit first: the clean-up at exit crashes after failed writes. A plugin is code that the
 * environment names, so that none may be loaded. May be called twice. */
void
h5_prepare(void)
{
	static const char *const VARIABLES[] = {"HDF5_PLUGIN_PATH", "HDF5_DRIVER",
			"HDF5_VOL_CONNECTOR", "HDF5_EXT_PREFIX", "HDF5_VDS_PREFIX",
			"HDF5_EXTFILE_PREFIX", "HDF5_DEBUG", "HDF5_DISABLE_VERSION_CHECK",
			"HDF5_DRIVER_CONFIG"};
	for (size_t i = 0; i < sizeof VARIABLES / sizeof *VARIABLES; i++)
		unsetenv(VARIABLES[i]);
	setenv("HDF5_PLUGIN_PRELOAD", "::", 1);
	H5dont_atexit();
	H5open();
	H5PLset_loading_state(0);
	H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
}

struct error_text {
	char *dst;
	size_t size;
};

static herr_t
take_innermost(unsigned n, const H5E_error2_t *error, void *arg)
{
	const struct error_text *text = arg;
	if (n > 0)
		return 1;
	snprintf(text->dst, text->size, "%s", error->desc ? error->desc : "");
	return 0;
}

void
h5_error_text(char *dst, size_t size)
{
	struct error_text text = {dst, size};
	snprintf(dst, size, "no reason given");
	H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, take_innermost, &text);
	H5Eclear2(H5E_DEFAULT);
}
