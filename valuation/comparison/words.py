"""How are the figures of a comparison called and written? One place for the page's words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from valuation.languages.spoken import say
from valuation.report.cells import Cell, Figure, shown
from valuation.report.words import STATISTIC

_STUDIED = ("mdape", "mape", "cod", "median_ratio", "prd", "prb", "share_within_10", "share_within_20")
SHOWN: dict[str, tuple[str, int, float]] = {
    **{name: (STATISTIC[name].head, STATISTIC[name].digits, STATISTIC[name].factor) for name in _STUDIED},
    "coverage": ("price in probable range, %", 1, 100),
    "median_relative_width": ("width of range, % of value", 1, 100),
}
"""Statistic to its name, digits and factor."""
SAMPLES = {
    "all_sales": "Every sale",
    "valid_sales": "Valid sales alone",
    "unseen_dwellings": "Dwellings neither version has seen sold",
}
STRATA = {
    "dwelling_type": "Type of dwelling",
    "market_area": "Market area",
    "price_decile": "Price level, tenths by price and both values",
    "value_decile": "Tenth of the value in A",
}


def shown_as(statistic: str) -> str:
    """Return how a statistic of the comparison is called on the page."""
    return say(SHOWN[statistic][0])


def signed(figure: float | None, digits: int = 1, factor: float = 1) -> str:
    """Return a change as it is read: with its sign.

    Examples
    --------
    >>> signed(1.26), signed(-1.26), signed(0.001), signed(None)
    ('+1.3', '−1.3', '0.0', '–')
    """
    text = shown(figure, digits, factor)
    is_rise = figure is not None and figure > 0 and text.strip("0.,\u00a0") != ""
    return f"+{text}" if is_rise else text


@dataclass(frozen=True)
class Change(Figure):
    """A figure that is read with its sign."""

    def __str__(self) -> str:
        """Return what people read."""
        return signed(self.value, self.digits, self.factor)


def change(value: float, digits: int, factor: float = 1, **marks: str) -> Change:
    """Return a change with the marks by which a test finds it in the files."""
    return Change(float(value), digits, factor, marks)


def share(amount: float | None) -> str:
    """Return a share of 0 to 1 as percent.

    Examples
    --------
    >>> share(0.1412)
    '14.1 %'
    """
    return f"{shown(amount, 1, 100)} %"


def figure(value: float, digits: int, factor: float = 1, **marks: str) -> Figure:
    """Return a figure with the marks by which a test finds it in the files."""
    return Figure(float(value), digits, factor, marks)


def difference(row: dict[str, Any], **marks: str) -> Cell:
    """Return the cell of a paired difference: the figure, and its interval below."""
    _, digits, factor = SHOWN[row["statistic"]]
    interval = f"({say('{} to {}', *(signed(row[end], digits, factor) for end in ('lower', 'upper')))})"
    main = change(
        row["difference"], digits, factor, kind="paired", of="difference", statistic=row["statistic"], **marks
    )
    return Cell(main, "" if row["remark"] else interval)


def closer(row: dict[str, Any], neither: str = "") -> str:
    """Return which version is shown to be closer to the ideal."""
    if row["remark"]:
        return say("not given")
    if row["statistic"] == "median_relative_width":
        return ""
    return row["better"] or neither or say("not shown")


def money(amount: float | None, currency: str) -> str:
    """Return a large amount as it is said.

    Examples
    --------
    >>> money(448_476_600_000, "NOK"), money(-40_031_380, "NOK"), money(9440, "NOK")
    ('448.5 billion NOK', '−40.0 million NOK', '9,440 NOK')
    """
    if amount is None:
        return shown(None)
    if abs(amount) >= 1e9:
        return say("{amount} billion {currency}", amount=shown(amount / 1e9), currency=currency)
    if abs(amount) >= 1e6:
        return say("{amount} million {currency}", amount=shown(amount / 1e6), currency=currency)
    return f"{shown(amount, 0)} {currency}"
