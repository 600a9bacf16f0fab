#include "file/wire.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "file/catalog.h"
#include "file/limits.h"
#include "file/nursery.h"

#ifndef MSG_NOSIGNAL /* there SO_NOSIGPIPE is set on the socket, by os_socketpair */
#define MSG_NOSIGNAL 0
#endif

enum { WIRE_PIECE = 64 * 1024 };

/* Aligned as a control message must be. */
union control {
	struct cmsghdr header;
	char space[CMSG_SPACE(WIRE_MAX_FDS * sizeof(int))];
};

bool
wire_write(int wire, const void *data, size_t size)
{
	const char *p = data;
	while (size > 0) {
		ssize_t n = send(wire, p, size, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		p += n;
		size -= (size_t)n;
	}
	return true;
}

bool
wire_read(int wire, void *data, size_t size)
{
	char *p = data;
	while (size > 0) {
		ssize_t n = recv(wire, p, size, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		p += n;
		size -= (size_t)n;
	}
	return true;
}

bool
wire_put(int wire, const void *data, size_t size)
{
	uint64_t length = size;
	return wire_write(wire, &length, sizeof length) && wire_write(wire, data, size);
}

/* The other end may be hostile: the buffer grows piece by piece, by what has arrived. */
bool
wire_get(int wire, struct buf *message, uint64_t limit)
{
	char piece[WIRE_PIECE];
	uint64_t left;
	buf_clear(message);
	if (!wire_read(wire, &left, sizeof left) || left > limit)
		return false;
	while (left > 0) {
		size_t n = left < sizeof piece ? (size_t)left : sizeof piece;
		if (!wire_read(wire, piece, n))
			return false;
		buf_append(message, piece, n);
		left -= n;
	}
	return !message->failed;
}

bool
wire_write_fds(int wire, const void *data, size_t size, const int *fds, int count)
{
	union control control;
	memset(&control, 0, sizeof control);
	struct iovec iov = {.iov_base = (void *)(uintptr_t)data, .iov_len = size};
	struct msghdr message = {.msg_iov = &iov, .msg_iovlen = 1};
	if (count > 0) {
		message.msg_control = control.space;
		message.msg_controllen = CMSG_SPACE((size_t)count * sizeof(int));
		struct cmsghdr *header = CMSG_FIRSTHDR(&message);
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN((size_t)count * sizeof(int));
		memcpy(CMSG_DATA(header), fds, (size_t)count * sizeof(int));
	}
	ssize_t n;
	do
		n = sendmsg(wire, &message, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n > 0 && wire_write(wire, (const char *)data + n, size - (size_t)n);
}

static void
take_fds(struct msghdr *message, int *fds, int *count)
{
	*count = 0;
	for (struct cmsghdr *h = CMSG_FIRSTHDR(message); h; h = CMSG_NXTHDR(message, h)) {
		if (h->cmsg_level != SOL_SOCKET || h->cmsg_type != SCM_RIGHTS)
			continue;
		size_t n = (h->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		memcpy(fds, CMSG_DATA(h), n * sizeof(int));
		*count = (int)n;
	}
}

bool
wire_read_fds(int wire, void *data, size_t size, int *fds, int *count)
{
	union control control;
	struct iovec iov = {.iov_base = data, .iov_len = size};
	struct msghdr message = {
			.msg_iov = &iov,
			.msg_iovlen = 1,
			.msg_control = control.space,
			.msg_controllen = sizeof control.space,
	};
	ssize_t n;
	do
		n = recvmsg(wire, &message, 0);
	while (n < 0 && errno == EINTR);
	if (n <= 0)
		return false;
	take_fds(&message, fds, count);
	return wire_read(wire, (char *)data + n, size - (size_t)n);
}

bool
wire_receive(int wire, struct buf *request)
{
	return wire_get(wire, request, CATALOG_MAX_BYTES);
}

bool
wire_send(int wire, enum ladle_status status, const void *data, size_t size)
{
	uint64_t length = (uint64_t)size + 1;
	uint8_t first = (uint8_t)status;
	return wire_write(wire, &length, sizeof length) && wire_write(wire, &first, 1) &&
	       wire_write(wire, data, size);
}
