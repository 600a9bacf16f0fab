#include "tui/pair_line.h"

#include "app/command.h"
#include "app/layer.h"
#include "app/session.h"
#include "base/buf.h"

void
pair_append_member(const struct session *session, struct buf *line, uint32_t layer, uint32_t column)
{
	const struct ladle_table *table = session_table(session);
	struct buf word;

	buf_init(&word);
	buf_format(&word, "%s:", session_column(session, column)->id);
	layer_unique_name(&word, table->checkpoints[column], table->layers[layer].index[column]);
	buf_char(line, ' ');
	words_quote(line, buf_string(&word));
	buf_done(&word);
}
