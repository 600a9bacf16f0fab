#include "write/digest.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>

#include "base/pool.h"

/* A chunk fits the second cache; a span is what one thread takes of a checksum at a time. */
enum { CHUNK = 256 * 1024, SPAN = 16 << 20 };

/* Gives bytes first..first+size of fd to `take`, a chunk at a time. */
static bool
each_chunk(int fd, uint64_t first, uint64_t size,
		void (*take)(const unsigned char *, size_t, void *), void *arg)
{
	unsigned char *chunk = malloc(CHUNK);
	uint64_t done = 0;

	while (chunk && done < size) {
		size_t want = size - done < CHUNK ? (size_t)(size - done) : CHUNK;
		ssize_t got = pread(fd, chunk, want, (off_t)(first + done));

		if (got <= 0)
			break;
		take(chunk, (size_t)got, arg);
		done += (uint64_t)got;
	}
	free(chunk);
	return done == size;
}

static void
take_sha256(const unsigned char *data, size_t size, void *arg)
{
	EVP_DigestUpdate(arg, data, size);
}

bool
digest_sha256(int fd, uint64_t size, char hex[65])
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	unsigned char raw[EVP_MAX_MD_SIZE];
	unsigned int length = 0;
	bool ok = context && EVP_DigestInit_ex(context, EVP_sha256(), NULL) &&
		  each_chunk(fd, 0, size, take_sha256, context) &&
		  EVP_DigestFinal_ex(context, raw, &length);

	for (unsigned int i = 0; ok && i < length && i < 32; i++)
		snprintf(hex + 2 * i, 3, "%02x", raw[i]);
	EVP_MD_CTX_free(context);
	return ok;
}

struct spans {
	int fd;
	uint64_t first, size;
	uint32_t *crc; /* of each span of SPAN bytes */
};

static void
take_crc32(const unsigned char *data, size_t size, void *arg)
{
	uint32_t *crc = arg;

	*crc = (uint32_t)crc32(*crc, data, (uInt)size);
}

static uint64_t
span_size(const struct spans *spans, size_t index)
{
	uint64_t left = spans->size - (uint64_t)index * SPAN;

	return left < SPAN ? left : SPAN;
}

static bool
run_span(size_t index, int worker, void *arg)
{
	struct spans *spans = arg;

	(void)worker;
	return each_chunk(spans->fd, spans->first + (uint64_t)index * SPAN, span_size(spans, index),
			take_crc32, &spans->crc[index]);
}

/* Spans are of fixed size and joined in order, so that it does not matter who did which. */
bool
digest_crc32(int fd, uint64_t first, uint64_t size, int threads, uint32_t *out)
{
	size_t count = (size_t)((size + SPAN - 1) / SPAN);
	struct spans spans = {fd, first, size, calloc(count + 1, sizeof(uint32_t))};
	bool ok = spans.crc && pool_run(threads, count, run_span, &spans);
	uLong crc = 0;

	for (size_t i = 0; ok && i < count; i++)
		crc = crc32_combine(crc, spans.crc[i], (z_off_t)span_size(&spans, i));
	*out = (uint32_t)crc;
	free(spans.crc);
	return ok;
}
