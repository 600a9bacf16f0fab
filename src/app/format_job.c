#include <math.h>
#include <stdio.h>

#include "app/format.h"
#include "app/session.h"
#include "base/buf.h"

/* Before that a rate says little. */
#define SECONDS_LEAST .5

/* "0:01", "1:02:03" */
static void
append_clock(struct buf *out, double seconds)
{
	unsigned long all = (unsigned long)ceil(seconds), hours = all / 3600;

	if (hours > 0)
		buf_format(out, "%lu:%02lu:%02lu", hours, all / 60 % 60, all % 60);
	else
		buf_format(out, "%lu:%02lu", all / 60, all % 60);
}

static void
append_rest(struct buf *out, const struct session_job *job)
{
	double rate = (double)job->done / job->seconds;
	char bytes[16];

	if (job->seconds < SECONDS_LEAST || job->done == 0)
		return;
	if (job->bytes) {
		format_bytes(bytes, (uint64_t)rate);
		buf_format(out, "  %s/s", bytes);
	}
	if (job->done < job->total) {
		buf_text(out, job->bytes ? "  " : "  about ");
		append_clock(out, (double)(job->total - job->done) / rate);
		buf_text(out, " left");
	}
}

static void
append_running(struct buf *out, const struct session_job *job)
{
	char done[16], total[16];

	if (job->total == 0 || job->done > job->total)
		return;
	buf_format(out, "%.0f%%", 100 * (double)job->done / (double)job->total);
	if (job->bytes) {
		format_bytes(done, job->done);
		format_bytes(total, job->total);
		buf_format(out, "  %s of %s", done, total);
	}
	append_rest(out, job);
}

void
format_job(struct buf *out, const struct session_job *job)
{
	char bytes[16];

	if (job->state == JOB_RUNNING) {
		append_running(out, job);
		return;
	}
	if (job->bytes && job->done > 0) {
		format_bytes(bytes, job->done);
		buf_format(out, "%s in ", bytes);
	}
	buf_format(out, "%.1f s", job->seconds);
}
