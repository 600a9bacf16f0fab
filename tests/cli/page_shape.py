"""Reads a report as a browser would: every tag closed in its order, nothing run, nothing fetched.

Prints its headings, and of its table of rows name, KEEP, state and flags."""
import sys
from html.parser import HTMLParser

VOID = {"meta"}
FETCH = {"src", "href", "xlink:href", "srcset", "action", "data", "poster"}


class Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.rows, self.in_rows, self.text = [], [], False, []

    def handle_starttag(self, tag, attributes):
        assert tag not in {"script", "link", "iframe", "object", "embed", "img"}, tag
        for name, value in attributes:
            assert name not in FETCH and not name.startswith("on"), (tag, name)
        if tag == "table":
            self.in_rows = ("class", "rows") in attributes
        if tag == "tr":
            self.rows.append([])
        if tag not in VOID:
            self.open.append(tag)
        if tag in {"h1", "h2", "th", "td"}:
            self.text = []

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        self.handle_endtag(tag)

    def handle_endtag(self, tag):
        assert self.open and self.open[-1] == tag, (tag, self.open)
        self.open.pop()
        text = "".join(self.text).strip()
        if tag in {"h1", "h2"}:
            print(tag, text)
        if tag in {"th", "td"}:
            self.rows[-1].append(text)
        if tag == "table" and self.in_rows:
            for row in self.rows[1:]:
                print("   ", row[0], row[2], *row[-2:])
        if tag == "table":
            self.rows = []

    def handle_data(self, data):
        if self.open and self.open[-1] == "style":
            assert "url(" not in data and "@import" not in data
        self.text.append(data)


page = Page()
page.feed(open(sys.argv[1], encoding="utf-8").read())
page.close()
assert not page.open, page.open
