"""How does a figure stand on a page? With the digits it bears, in the reader's language, and a mark a machine can read.

Every figure is written as ``<data value="11.51" data-kind="ratio" data-statistic="cod" ...>11.5</data>``: what people
read is rounded, what a test recomputes is not.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from markupsafe import Markup, escape

from valuation.languages.spoken import NO_BREAK, say, spoken

DASH = "–"


def shown(figure: float | None, digits: int = 1, factor: float = 1, language: str = "") -> str:
    """Return a figure as it is read; a dash where there is none.

    Parameters
    ----------
    figure : float or None
    digits : int
        After the decimal sign.
    factor : float
        100 shows a share as percent.
    language : str
        nb and nn write 12 345,6 and not 12,345.6; by default that of the page that is being made.

    Examples
    --------
    >>> shown(0.98765, 3), shown(None), shown(12345.6, 0)
    ('0.988', '–', '12,346')
    >>> shown(1.67, 1, language="nn")
    '1,7'
    """
    if figure is None or not math.isfinite(figure):
        return DASH
    text = f"{factor * figure:,.{digits}f}"
    if (language or spoken()) in ("nb", "nn"):
        text = text.replace(",", NO_BREAK).replace(".", ",")
    # No "-0.000": a figure that rounds to nothing has no sign.
    return text.lstrip("-") if not text.strip("-0.," + NO_BREAK) else text.replace("-", "−")


@dataclass(frozen=True)
class Figure:
    """A figure with all its digits, how it is shown, and what it is."""

    value: float | None
    digits: int = 1
    factor: float = 1
    marks: Mapping[str, str] = field(default_factory=dict)
    """What it is: `kind`, and what else finds it again in the files of the run."""
    language: str = ""
    """By default that of the page that is being made."""

    @property
    def is_given(self) -> bool:
        """Whether there is a number."""
        return self.value is not None and math.isfinite(self.value)

    def said(self, language: str) -> Figure:
        """Return the same figure as another language writes it."""
        return replace(self, language=language)

    def __str__(self) -> str:
        """Return what people read."""
        return shown(self.value, self.digits, self.factor, self.language)

    def __html__(self) -> str:
        """Return the marked figure; a dash is not marked, for it is no figure."""
        if not self.is_given:
            return DASH
        marks = "".join(f' data-{name}="{escape(text)}"' for name, text in self.marks.items())
        # Text of ours, with every mark escaped above.
        return Markup(f'<data value="{float(self.value or 0):.10g}"{marks}>{escape(str(self))}</data>')  # noqa: S704


def count(number: float, **marks: str) -> Figure:
    """Return a whole number, marked.

    Examples
    --------
    >>> print(count(12345, kind="count", of="sales"))
    12,345
    """
    return Figure(float(number), 0, 1, marks)


@dataclass(frozen=True)
class Cell:
    """What stands in a cell of a table: a figure or text, with something small below it."""

    main: Any
    small: tuple[Figure, Figure] | str = ""
    """An interval, or a remark."""
    css: str = ""
    bar: float | None = None
    """Length of a bar beside it, in rem."""

    def __html__(self) -> str:
        """Return the cell as HTML."""
        html = escape(self.main)
        if self.css:
            html = Markup('<span class="{}">{}</span>').format(self.css, html)
        if isinstance(self.small, tuple):
            html += Markup("<small>({})</small>").format(say("{} to {}", *self.small))
        elif self.small:
            html += Markup("<small>{}</small>").format(self.small)
        if self.bar is not None:
            html += Markup(' <span class="bar" style="width: {}rem" aria-hidden="true"></span>').format(self.bar)
        return html


def verdict(is_good: bool, yes: str, no: str) -> Cell:
    """Return a word with its colour; the word alone says it too."""
    return Cell(yes if is_good else no, css="yes" if is_good else "no")


def row(*cells: Any, is_apart: bool = False) -> dict[str, Any]:
    """Return a row of a table; `is_apart` draws a line above it."""
    return {"cells": list(cells), "is_apart": is_apart}


def with_interval(figures: Mapping[str, Any], name: str, digits: int, factor: float = 1) -> dict[str, str]:
    """Return a cell with the figure and, small below it, its interval, both without marks."""
    lower, upper = figures.get(f"{name}_lower"), figures.get(f"{name}_upper")
    small = (
        ""
        if shown(lower) == DASH
        else say("({lower} to {upper})", lower=shown(lower, digits, factor), upper=shown(upper, digits, factor))
    )
    return {"text": shown(figures.get(name), digits, factor), "small": small}
