/* Figures as bytes that outlive the program. The bytes are trusted in nothing: their length must be
 * what the table asks for before anything is allocated, and every bit is under a checksum. */
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/hash.h"
#include "keras/provenance.h"
#include "measure/measurement.h"

enum { KEPT_VERSION = 1 }; /* of this format and of the sums that it holds */

struct kept_head {
	char magic[8];
	uint32_t order; /* of bytes: 0x01020304 as this machine has it */
	uint32_t version, flags, k, rows, present;
	unsigned char key[32];
};

/* ---- what figures depend on ---- */

/* Twins of a file, as lined up and as stored, have its bytes once each. */
static enum ladle_status
describe_columns(struct buf *to, const struct ladle_table *table, struct ladle_error *err)
{
	for (uint32_t k = 0; k < table->checkpoint_count; k++)
		TRY(file_identify(checkpoint_of(table->checkpoints[k])->file, to, err));
	return LADLE_OK;
}

static enum ladle_status
describe_row(struct buf *to, const struct ladle_table *table, uint32_t row, struct ladle_error *err)
{
	const char *label = table->rows[row].label;

	buf_append(to, label, strlen(label) + 1);
	for (uint32_t k = 0; k < table->checkpoint_count; k++) {
		const struct ladle_tensor *tensor = ladle_row_tensor(table, row, k);

		buf_char(to, tensor != NULL);
		if (tensor)
			TRY(provenance_append(
					to, checkpoint_of(table->checkpoints[k]), tensor, err));
	}
	return LADLE_OK;
}

static enum ladle_status
describe(struct buf *to, const struct ladle_measurement *measurement, struct ladle_error *err)
{
	const struct ladle_table *table = measurement->table;
	const uint32_t facts[] = {KEPT_VERSION, measurement->flags, table->checkpoint_count,
			table->row_count};

	buf_append(to, facts, sizeof(facts));
	TRY(describe_columns(to, table, err));
	for (uint32_t row = 0; row < table->row_count; row++)
		TRY(describe_row(to, table, row, err));
	return to->failed ? ladle_fail(err, LADLE_E_MEMORY, NULL, "no memory") : LADLE_OK;
}

enum ladle_status
ladle_measurement_key(struct ladle_key *out, const struct ladle_measurement *measurement,
		struct ladle_error *err)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	enum ladle_status status;
	struct buf text;

	buf_init(&text);
	status = describe(&text, measurement, err);
	if (status == LADLE_OK &&
			!EVP_Digest(text.data, text.length, digest, NULL, EVP_sha256(), NULL))
		status = ladle_fail(err, LADLE_E_MEMORY, NULL, "no memory");
	buf_done(&text);
	if (status == LADLE_OK)
		memcpy(out->bytes, digest, sizeof(out->bytes));
	return status;
}

/* ---- their form ---- */

static struct kept_head
head_of(const struct ladle_measurement *measurement, const struct ladle_key *key)
{
	struct kept_head head = {.magic = {'l', 'a', 'd', 'l', 'e', 'f', 'i', 'g'},
			.order = 0x01020304,
			.version = KEPT_VERSION,
			.flags = measurement->flags,
			.k = measurement->table->checkpoint_count,
			.rows = measurement->table->row_count};

	memcpy(head.key, key->bytes, sizeof(head.key));
	return head;
}

/* Which rows there are, a byte for each, and what fills up the last eight. */
static size_t
marks_size(const struct kept_head *head)
{
	return ((size_t)head->rows + 7) / 8 * 8;
}

/* The three matrices are symmetric: rows from the diagonal on. */
static size_t
row_size(const struct kept_head *head)
{
	size_t k = head->k;
	size_t stats = head->flags & LADLE_MEASURE_STATS ? k * sizeof(struct ladle_stats) : 0;

	return 3 * (k * (k + 1) / 2) * sizeof(double) + k * sizeof(uint64_t) + stats;
}

static size_t
kept_size(const struct kept_head *head)
{
	return sizeof(*head) + marks_size(head) + head->present * row_size(head) + sizeof(uint64_t);
}

/* ---- saving ---- */

static char *
put(char *at, const void *from, size_t size)
{
	memcpy(at, from, size);
	return at + size;
}

static char *
put_figures(char *at, const struct ladle_figures *figures)
{
	const double *const matrices[] = {figures->gram, figures->l2, figures->max_abs};
	size_t k = figures->k;

	for (int m = 0; m < 3; m++)
		for (size_t i = 0; i < k; i++)
			at = put(at, matrices[m] + i * k + i, (k - i) * sizeof(double));
	at = put(at, figures->nonfinite, k * sizeof(uint64_t));
	return figures->stats ? put(at, figures->stats, k * sizeof(*figures->stats)) : at;
}

/* The rows that are measured, and none that another thread adds meanwhile. */
static void
mark_rows(const struct ladle_measurement *measurement, struct kept_head *head, char *marks)
{
	for (uint32_t row = 0; row < head->rows; row++) {
		marks[row] = ladle_figures(measurement, row) != NULL;
		head->present += (uint32_t)marks[row];
	}
}

enum ladle_status
ladle_measurement_save(const struct ladle_measurement *measurement, const struct ladle_key *key,
		void **out, size_t *size, struct ladle_error *err)
{
	struct kept_head head = head_of(measurement, key);
	char *marks = calloc(1, marks_size(&head) + 1), *data = NULL;

	if (marks) {
		mark_rows(measurement, &head, marks);
		data = malloc(kept_size(&head));
	}
	if (data) {
		char *at = put(put(data, &head, sizeof(head)), marks, marks_size(&head));

		for (uint32_t row = 0; row < head.rows; row++)
			if (marks[row])
				at = put_figures(at, ladle_figures(measurement, row));
		uint64_t sum = hash_bytes(data, (size_t)(at - data), KEPT_VERSION);
		put(at, &sum, sizeof(sum));
		*out = data;
		*size = kept_size(&head);
	}
	free(marks);
	return data ? LADLE_OK
		    : ladle_fail(err, LADLE_E_MEMORY, NULL, "no memory for the figures of %u rows",
				      head.rows);
}

/* ---- loading ---- */

static const char *
take(void *to, const char *at, size_t size)
{
	memcpy(to, at, size);
	return at + size;
}

static const char *
take_matrix(double *to, const char *at, size_t k)
{
	for (size_t i = 0; i < k; i++) {
		at = take(to + i * k + i, at, (k - i) * sizeof(double));
		for (size_t j = i + 1; j < k; j++)
			to[j * k + i] = to[i * k + j];
	}
	return at;
}

static const char *
take_figures(struct figures_store *to, const char *at)
{
	double *const matrices[] = {to->gram, to->l2, to->max_abs};
	size_t k = to->pub.k;

	for (int m = 0; m < 3; m++)
		at = take_matrix(matrices[m], at, k);
	at = take(to->nonfinite, at, k * sizeof(uint64_t));
	return to->stats ? take(to->stats, at, k * sizeof(*to->stats)) : at;
}

/* NULL, or what is wrong. */
static const char *
find_fault(const struct kept_head *expected, const char *data, size_t size)
{
	struct kept_head head;
	uint64_t sum, present = 0;

	if (size < sizeof(head))
		return "they end too early";
	memcpy(&head, data, sizeof(head));
	if (memcmp(head.magic, expected->magic, sizeof(head.magic)) != 0 ||
			head.order != expected->order || head.version != expected->version)
		return "they are of another format";
	if (head.flags != expected->flags || head.k != expected->k || head.rows != expected->rows ||
			memcmp(head.key, expected->key, sizeof(head.key)) != 0)
		return "they are of other files";
	if (head.present > head.rows || size != kept_size(&head))
		return "they have the wrong length";
	memcpy(&sum, data + size - sizeof(sum), sizeof(sum));
	if (hash_bytes(data, size - sizeof(sum), KEPT_VERSION) != sum)
		return "they are damaged";
	for (size_t i = 0; i < marks_size(&head); i++)
		present += (unsigned char)data[sizeof(head) + i];
	return present == head.present ? NULL : "they are damaged";
}

/* All rows or none: list[rows], NULL where there are no figures. */
static bool
take_rows(struct figures_store **list, const struct kept_head *head, const char *data)
{
	const char *marks = data + sizeof(*head), *at = marks + marks_size(head);

	for (uint32_t row = 0; row < head->rows; row++) {
		if (!marks[row])
			continue;
		list[row] = figures_store_new(head->k, head->flags & LADLE_MEASURE_STATS);
		if (!list[row])
			return false;
		at = take_figures(list[row], at);
	}
	return true;
}

enum ladle_status
ladle_measurement_load(struct ladle_measurement *measurement, const struct ladle_key *key,
		const void *data, size_t size, struct ladle_error *err)
{
	const struct kept_head head = head_of(measurement, key);
	const char *fault = find_fault(&head, data, size);
	struct figures_store **list;
	bool taken;

	if (fault)
		return ladle_fail(err, LADLE_E_INPUT, NULL,
				"these are no figures of this table: %s", fault);
	list = calloc(head.rows + 1, sizeof(*list));
	taken = list && take_rows(list, &head, data);
	for (uint32_t row = 0; list && row < head.rows; row++) {
		if (taken && list[row] && !ladle_figures(measurement, row))
			measurement_publish(measurement, row, &list[row]->pub);
		else
			free(list[row]);
	}
	free(list);
	return taken ? LADLE_OK
		     : ladle_fail(err, LADLE_E_MEMORY, NULL, "no memory for the figures of %u rows",
				       head.rows);
}
