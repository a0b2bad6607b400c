"""What is a page made of? Paragraphs, tables and pictures, which the templates place and nothing else.

A page that needs the look of the report (the comparison of two versions is one) takes `templates()` and extends
`base.html`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from valuation.languages.spoken import say

if TYPE_CHECKING:
    from jinja2 import Environment


@dataclass(frozen=True)
class Text:
    """A paragraph; `css` "note" is one that says what is missing."""

    text: Any
    css: str = ""
    kind: str = "text"


@dataclass(frozen=True)
class Heading:
    """A heading below that of the section."""

    text: str
    id: str = ""
    kind: str = "heading"


@dataclass(frozen=True)
class Table:
    """A table that scrolls in its own box."""

    name: str
    """Read out for the box."""
    caption: Any
    heads: Sequence[Any]
    rows: Sequence[dict[str, Any]]
    text_columns: Sequence[int] = ()
    kind: str = "table"


@dataclass(frozen=True)
class Picture:
    """A picture made by this program, with every text in it escaped."""

    svg: Markup
    is_wide: bool = False
    """Too wide for a telephone: scrolls in its own box."""
    kind: str = "picture"


@dataclass(frozen=True)
class Details:
    """Parts that open on demand; print shows what was opened."""

    summary: str
    parts: Sequence[Any]
    kind: str = "details"


@dataclass(frozen=True)
class Section:
    """A part of the report with its place in the table of contents."""

    id: str
    title: str
    short: str
    """In the table of contents."""
    parts: Sequence[Any] = field(default_factory=list)


def templates() -> Environment:
    """Return the templates of the report: strict about names, escaping everything."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("valuation.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["say"] = say
    return environment
