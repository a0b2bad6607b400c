"""How does a page look? Sections of paragraphs, lists, tables and gaps, written as Markdown and as HTML alike."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from valuation.disclosure.evidence import Figure, Piece, Text, plain


@dataclass(frozen=True)
class Paragraph:
    """Running text."""

    words: Text
    kind: str = "paragraph"


@dataclass(frozen=True)
class Gap:
    """What is not known, or left to a person: never passed over in silence."""

    words: Text
    kind: str = "gap"


@dataclass(frozen=True)
class Bullets:
    """A list."""

    items: tuple[Text, ...]
    kind: str = "bullets"


@dataclass(frozen=True)
class Table:
    """A table whose first column names the rows."""

    caption: Text
    heads: tuple[str, ...]
    rows: tuple[tuple[Text, ...], ...]
    text_columns: tuple[int, ...] = ()
    """Columns, counted from 0, that hold words rather than figures."""
    kind: str = "table"


Block = Paragraph | Gap | Bullets | Table


@dataclass(frozen=True)
class Section:
    """A part of a page under its own head."""

    name: str
    """Its anchor."""
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Page:
    """A page of sections."""

    title: str
    language: str
    lead: Text
    sections: tuple[Section, ...]
    warning: str = ""
    """What must be read before anything else, such as that the data are synthetic."""
    footer: str = ""
    gap: str = ""
    """What stands before a gap; by default the word of the language."""


def words(*pieces: Piece) -> Text:
    """Return pieces as a text."""
    return pieces


def row(*cells: Piece | Text | None, empty: str = "not given") -> tuple[Text, ...]:
    """Return a row of a table; a cell that is None says that it is not given."""
    return tuple((empty,) if cell is None else (cell,) if isinstance(cell, str | Figure) else cell for cell in cells)


def texts_of(page: Page) -> Iterable[Text]:
    """Yield every text of a page in the order it is read."""
    yield page.lead
    for section in page.sections:
        for block in section.blocks:
            yield from _texts_in(block)


def _texts_in(block: Block) -> Iterable[Text]:
    if isinstance(block, Paragraph | Gap):
        yield block.words
    elif isinstance(block, Bullets):
        yield from block.items
    else:
        yield block.caption
        for cells in block.rows:
            yield from cells


def figures_of(page: Page) -> list[Figure]:
    """Return every figure of a page, in the order it is read."""
    return [piece for found in texts_of(page) for piece in found if isinstance(piece, Figure)]


# -- Markdown -------------------------------------------------------------------------------------------------------


def to_markdown(page: Page) -> str:
    """Return the page as Markdown (CommonMark with tables)."""
    parts = [f"# {page.title}"]
    if page.warning:
        parts.append(f"> **{page.warning}**")
    parts.append(plain(page.lead))
    for section in page.sections:
        parts.append(f"## {section.title}")
        parts += [_markdown(block, page.gap or LABELS[page.language]["gap"]) for block in section.blocks]
    if page.footer:
        parts += ["---", page.footer]
    return "\n\n".join(parts) + "\n"


def _markdown(block: Block, gap: str) -> str:
    if isinstance(block, Paragraph):
        return plain(block.words)
    if isinstance(block, Gap):
        return f"> **{gap}:** {plain(block.words)}"
    if isinstance(block, Bullets):
        return "\n".join(f"- {plain(item)}" for item in block.items)
    return _markdown_table(block)


def _markdown_table(table: Table) -> str:
    aligned = ["---" if place == 0 or place in table.text_columns else "---:" for place in range(len(table.heads))]
    lines = [_line(table.heads), f"| {' | '.join(aligned)} |"]
    lines += [_line([plain(cell) for cell in cells]) for cells in table.rows]
    return f"*{plain(table.caption)}*\n\n" + "\n".join(lines)


def _line(cells: Sequence[str]) -> str:
    safe = (cell.replace("|", "\\|").replace("\n", " ") for cell in cells)
    return f"| {' | '.join(safe)} |"


# -- HTML -----------------------------------------------------------------------------------------------------------


def to_html(page: Page) -> str:
    """Return the page as one HTML file that opens without a server and asks the network for nothing.

    Every figure is a `data` element: its `value` as stored, its `data-source` the address it was taken from.
    """
    from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

    # The look is that of the report: one base, so that both change together.
    places = [PackageLoader("valuation.disclosure", "templates"), PackageLoader("valuation.report", "templates")]
    environment = Environment(
        loader=ChoiceLoader(places), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    labels = LABELS[page.language]
    template = environment.get_template("page.html")
    return template.render(page=page, language=page.language, labels=labels, gap=page.gap or labels["gap"], plain=plain)


LABELS = {
    "en": {"skip": "Skip to the text", "contents": "Contents", "gap": "Gap"},
    "nb": {"skip": "Hopp til teksten", "contents": "Innhold", "gap": "Mangler"},
    "nn": {"skip": "Hopp til teksten", "contents": "Innhald", "gap": "Manglar"},
}
"""What stands around the text, by language."""
