/* Bytes of files as text of a page, and how the page looks. */
#include <stdlib.h>
#include <string.h>

#include "app/report_parts.h"
#include "base/buf.h"
#include "base/text.h"

static void
escape(struct buf *out, const char *clean)
{
	static const char *const entities[] = {['&'] = "&amp;",
			['<'] = "&lt;",
			['>'] = "&gt;",
			['"'] = "&quot;",
			['\''] = "&#39;"};

	for (const char *c = clean; *c != '\0'; c++) {
		size_t byte = (unsigned char)*c;

		if (byte < sizeof(entities) / sizeof(entities[0]) && entities[byte] != NULL)
			buf_text(out, entities[byte]);
		else
			buf_char(out, *c);
	}
}

void
markup_text(struct buf *out, const char *raw)
{
	struct buf clean;

	buf_init(&clean);
	text_clean_append(&clean, raw, false);
	escape(out, buf_string(&clean));
	out->failed = out->failed || clean.failed;
	buf_done(&clean);
}

void
markup_fit(struct buf *out, const char *raw, int columns)
{
	size_t size = text_fit_size(columns);
	char *fitted = malloc(size);

	if (fitted == NULL) {
		out->failed = true;
		return;
	}
	text_fit(fitted, size, raw, columns, TEXT_LEFT, "\xe2\x80\xa6", false);
	size_t length = strlen(fitted);
	while (length > 0 && fitted[length - 1] == ' ')
		fitted[--length] = '\0';
	escape(out, fitted);
	free(fitted);
}

const char *
markup_sign(enum ladle_state state)
{
	static const char *const signs[] = {[LADLE_PENDING] = "..",
			[LADLE_ALIKE] = "ok",
			[LADLE_DRIFT] = "!",
			[LADLE_DIFFER] = "X"};

	return signs[state];
}

/* Blue and orange, which the colour-blind tell apart (Okabe and Ito); never colour alone. */
const char report_ink[] =
		":root{color-scheme:light "
		"dark;--page:#fff;--ink:#1c1e21;--soft:#5f6670;--line:#d4d8dd;"
		"--alike:#0072b2;--drift:#b87800;--differ:#c44e00;--cell:#7cc0ea;--against:#f2b184}"
		"\n"
		"@media "
		"(prefers-color-scheme:dark){:root{--page:#15171a;--ink:#e4e6e9;--soft:#9aa2ac;"
		"--line:#363b42;--alike:#56b4e9;--drift:#e6b422;--differ:#ff8f52;--cell:#0f5f92;"
		"--against:#8a4413}}\n"
		"svg{background:var(--page);font:12px ui-monospace,Menlo,Consolas,monospace}\n"
		"svg text{fill:var(--ink)}svg .soft{fill:var(--soft)}\n"
		"svg .alike{fill:var(--alike)}svg .drift{fill:var(--drift)}svg "
		".differ{fill:var(--differ)}"
		"svg .pending{fill:var(--soft)}\n"
		"svg .track{fill:var(--line);fill-opacity:.5}svg .cell{fill:var(--cell)}"
		"svg .against{fill:var(--against)}\n"
		"svg .mark{stroke:var(--soft);stroke-dasharray:2 3}svg .floor{stroke:var(--ink);"
		"stroke-width:2}svg "
		".matched{fill:var(--page);stroke:var(--ink);stroke-width:1.5}\n";

const char report_style[] =
		"*{box-sizing:border-box}\n"
		"body{margin:0 auto;padding:1.5rem 1rem;max-width:75rem;background:var(--page);"
		"color:var(--ink);font:16px/1.5 system-ui,sans-serif}\n"
		"h1{font-size:1.4rem;margin:0 0 1rem;overflow-wrap:anywhere}h2{font-size:1.1rem;"
		"margin:2rem 0 .5rem}\n"
		"p,li{overflow-wrap:anywhere}ul{padding-left:1.2rem}p.note{color:var(--soft);"
		"font-size:.875rem;margin:.4rem 0}\n"
		"code{font:.875em ui-monospace,Menlo,Consolas,monospace}\n"
		".verdict{border:2px solid;border-left-width:.6rem;padding:.6rem "
		".8rem;font-weight:600;"
		"margin:0;white-space:pre-wrap;overflow-wrap:anywhere}\n"
		".alike{color:var(--alike)}.drift{color:var(--drift)}.differ{color:var(--differ)}"
		".pending{color:var(--soft)}\n"
		".scroll{overflow-x:auto}\n"
		"table{border-collapse:separate;border-spacing:0;font:13px/18px "
		"ui-monospace,Menlo,Consolas,monospace}\n"
		"th,td{padding:3px .6rem;text-align:right;white-space:nowrap;"
		"border-bottom:1px solid var(--line)}\n"
		"th{font-weight:600;color:var(--soft)}th[scope=row]{color:var(--ink);font-weight:"
		"400}\n"
		".left{text-align:left}\n"
		".rows th[scope=row],.rows thead th:first-child{position:sticky;left:0;"
		"background:var(--page);max-width:min(24rem,45vw);overflow:hidden;text-overflow:"
		"ellipsis}\n"
		".bar{display:inline-block;width:5rem;height:.6rem;background:var(--line);"
		"print-color-adjust:exact;-webkit-print-color-adjust:exact}\n"
		".bar i{display:block;height:100%;background:currentColor;print-color-adjust:exact;"
		"-webkit-print-color-adjust:exact}\n"
		"bdi{direction:ltr;unicode-bidi:isolate}\n"
		"h3{font-size:.95rem;margin:1rem 0 .3rem}.heat{background:color-mix(in srgb,"
		"var(--cell) calc(100%*var(--share)),transparent);print-color-adjust:exact;"
		"-webkit-print-color-adjust:exact}\n"
		".pictures{display:flex;flex-wrap:wrap;gap:1.5rem}figure{margin:0;max-width:100%}"
		"figcaption{font-size:.875rem;margin-bottom:.3rem}\n"
		".profile svg{width:100%;min-width:22rem;max-width:32rem;height:auto}"
		".profile{overflow-x:auto}\n"
		"@media print{:root{--page:#fff;--ink:#000;--soft:#444;--line:#bbb;--alike:#0072b2;"
		"--drift:#b87800;--differ:#c44e00;--cell:#7cc0ea;--against:#f2b184}body{padding:0;"
		"max-width:none;font-size:11pt}table{font-size:8pt}.scroll{overflow:visible}."
		"profile svg{max-width:26rem}"
		"tr,figure{break-inside:avoid}h2{break-after:avoid}svg{print-color-adjust:exact;"
		"-webkit-print-color-adjust:exact}}\n";
