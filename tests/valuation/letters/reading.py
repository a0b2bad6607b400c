"""How does a reader see a letter? Its text line by line, and its marks with what they show: from the HTML alone."""

from __future__ import annotations

import re
from html.parser import HTMLParser

LINES = {"p", "h1", "h2", "h3", "tr", "li", "dt", "dd", "title", "svg", "text"}
UNREAD = {"style"}


class Letter(HTMLParser):
    """The text of a letter, its marked figures and texts, and what stands between them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.marked: list[tuple[str, str, dict[str, str]]] = []
        """Path, what is shown, and the attributes of the element."""
        self.outside: list[str] = []
        self.titles: list[str] = []
        """Titles, of the page and of the picture: text that cannot be marked."""
        self.tags: list[tuple[str, dict[str, str]]] = []
        self._lines: list[list[str]] = [[]]
        self._open: list[tuple[str, dict[str, str], list[str]]] = []
        self._unread = 0
        self._is_title = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.tags.append((tag, found))
        self._unread += tag in UNREAD
        self._is_title = tag == "title"
        if tag in LINES:
            self._lines.append([])
        if tag in ("td", "th"):
            self._lines[-1].append(" | ")
        if found.get("aria-label"):
            self._lines.append([f"[{found['aria-label']}]"])
        if "data-record" in found:
            self._open.append((tag, found, []))

    def handle_endtag(self, tag: str) -> None:
        self._unread -= tag in UNREAD
        self._is_title = False
        if self._open and self._open[-1][0] == tag:
            _, found, shown = self._open.pop()
            self.marked.append((found["data-record"], "".join(shown), found))
        if tag in LINES:
            self._lines.append([])

    def handle_data(self, data: str) -> None:
        if self._unread:
            return
        self._lines[-1].append(data)
        for _, _, shown in self._open:
            shown.append(data)
        if self._is_title:
            self.titles.append(data)
        elif not self._open:
            self.outside.append(data)

    @property
    def text(self) -> str:
        """All that is read, a line each, with plain blanks."""
        lines = (re.sub(r"\s+", " ", "".join(line)).strip(" |") for line in self._lines)
        return "\n".join(line for line in lines if line) + "\n"
