"""How does a recorded fact read in a language: alone, within bounds, and when it is not recorded?

Numbers are written as the language writes them, with the unit of the data dictionary; yes and no for what a dwelling
has or has not; a level by its label in the data dictionary, or by the text of the register. One spelling for the tree,
the what-if and the letter.
"""

from __future__ import annotations

import math

from valuation.dwellings.characteristics import Characteristic
from valuation.flags.flag import in_words as figure_in_words
from valuation.jurisdictions.jurisdiction import Jurisdiction
from valuation.languages.language import LANGUAGES, Said, day
from valuation.languages.units import currency_word, unit_sign

__all__ = [
    "LANGUAGES",
    "NOT_RECORDED",
    "WHOLE_KINDS",
    "Said",
    "currency_word",
    "day",
    "fact",
    "is_year",
    "label",
    "level",
    "level_of_role",
    "money",
    "number",
    "percent",
    "plain_number",
    "rounded_bound",
    "whole_within",
    "within",
]

WHOLE_KINDS = ("integer", "ordinal")
"""Kinds whose values are whole numbers."""

_SIGNIFICANT = 4
_YES: Said = {"nb": "ja", "nn": "ja", "en": "yes"}
_NO: Said = {"nb": "nei", "nn": "nei", "en": "no"}
NOT_RECORDED: Said = {"nb": "ikke registrert", "nn": "ikkje registrert", "en": "not recorded"}
_BOUNDS: dict[str, Said] = {
    "at_most": {"nb": "høyst {high}", "nn": "høgst {high}", "en": "at most {high}"},
    "above": {"nb": "over {low}", "nn": "over {low}", "en": "over {low}"},
    "between": {
        "nb": "over {low} og høyst {high}",
        "nn": "over {low} og høgst {high}",
        "en": "over {low}, at most {high}",
    },
    "at_least": {"nb": "minst {low}", "nn": "minst {low}", "en": "at least {low}"},
    "from_to": {"nb": "fra {low} til {high}", "nn": "frå {low} til {high}", "en": "from {low} to {high}"},
    "or": {"nb": "{low} eller {high}", "nn": "{low} eller {high}", "en": "{low} or {high}"},
    "since": {"nb": "{low} eller senere", "nn": "{low} eller seinare", "en": "{low} or later"},
    "until": {"nb": "{high} eller tidligere", "nn": "{high} eller tidlegare", "en": "{high} or earlier"},
    "any": {"nb": "hva som helst", "nn": "kva som helst", "en": "anything"},
}


def number(figure: float, language: str) -> str:
    r"""Return a number with the digits it has.

    Examples
    --------
    >>> number(77.25, "nb"), number(77.25, "en"), number(1388.0, "nn"), number(-3, "nb")
    ('77,25', '77.25', '1\xa0388', '−3')
    """
    if not math.isfinite(figure):
        return "–"
    text = f"{figure:,.6f}".rstrip("0").rstrip(".") if abs(figure) < 1e12 else f"{figure:,.0f}"
    if language != "en":
        text = text.replace(",", "\u00a0").replace(".", ",")
    return text.replace("-", "−")


def money(amount: float, currency: str, language: str, *, signed: bool = False) -> str:
    r"""Return an amount of money in whole units.

    Examples
    --------
    >>> money(4043801, "NOK", "nb"), money(-250000, "USD", "en"), money(1000, "NOK", "nn", signed=True)
    ('4\xa0043\xa0801\xa0kroner', '−250,000\xa0dollars', '+1\xa0000\xa0kroner')
    """
    sign = "+" if signed and round(amount) > 0 else ""
    return f"{sign}{number(round(amount), language)}\u00a0{currency_word(currency, language)}"


def percent(share: float, language: str) -> str:
    r"""Return a share as percent: whole, or with one digit below one percent.

    Examples
    --------
    >>> percent(0.124, "nb"), percent(0.124, "en"), percent(0.004, "nn")
    ('12\xa0%', '12%', '0,4\xa0%')
    """
    if abs(share) >= 0.01 or share == 0:
        return figure_in_words(share, "share", language)
    text = f"{100 * share:.1f}"
    return f"{text}%" if language == "en" else f"{text.replace('.', ',')}\u00a0%"


def label(name: str, jurisdiction: Jurisdiction, language: str) -> str:
    """Return what a characteristic is called."""
    return jurisdiction.characteristics[name].labels.in_language(language)


def fact(value: object, item: Characteristic, language: str) -> str:
    """Return what is recorded of a dwelling, as people write it.

    Parameters
    ----------
    value : float, bool, str or None
        NaN and None: not recorded.
    item : Characteristic
    language : str
    """
    # A truth that is not recorded is pandas' NA, which equals nothing, not even itself, and is no truth value either.
    if value is None or str(value) == "<NA>" or value != value:
        return NOT_RECORDED[language]
    if item.is_categorical:
        return level(str(value), item, language)
    figure = float(value)  # type: ignore[arg-type]
    if item.kind == "boolean":
        return (_YES if figure >= 0.5 else _NO)[language]
    # A measure turned from feet has digits that nobody measured.
    shown = _measured(round(figure, 1 if abs(figure) >= 100 else 2), item, language)
    called = item.level_in(str(int(figure)), language) if item.level_labels and figure == int(figure) else None
    return shown if called is None else f"{shown} ({called})"


def level(text: str, item: Characteristic, language: str) -> str:
    """Return what a level of a category is called: by the data dictionary, or else as the register writes it."""
    return item.level_in(text, language) or text


def level_of_role(text: str, role: str, jurisdiction: Jurisdiction, language: str) -> str:
    """Return what a level of the characteristic that plays a role is called."""
    name = jurisdiction.characteristics.with_role(role)
    return text if name is None else level(text, jurisdiction.characteristics[name], language)


def within(low: float, high: float, own: float, item: Characteristic, language: str) -> str:
    """Return the bounds that a fact lies within: above `low`, at most `high`.

    Parameters
    ----------
    low, high : float
        Infinite where there is no bound.
    own : float
        The fact; NaN where it is not recorded. A bound is never rounded to its other side.
    item : Characteristic
        Whole numbers are told by the numbers themselves: above 4.5 is at least 5.
    language : str
    """
    if item.kind == "boolean":
        return (_NO if high < 1 else _YES)[language]
    if item.kind in WHOLE_KINDS:
        return whole_within(math.floor(low) + 1 if math.isfinite(low) else None, _floor(high), item, language)
    shown = {
        "low": _measured(rounded_bound(low, own), item, language) if math.isfinite(low) else "",
        "high": _measured(rounded_bound(high, own), item, language) if math.isfinite(high) else "",
    }
    form = {(False, True): "at_most", (True, False): "above", (True, True): "between", (False, False): "any"}
    if math.isfinite(low) and math.isfinite(high):
        # The unit once: "over 60 og høyst 85 m²".
        shown["low"] = number(rounded_bound(low, own), language)
    return _BOUNDS[form[math.isfinite(low), math.isfinite(high)]][language].format(**shown)


def whole_within(low: int | None, high: int | None, item: Characteristic, language: str) -> str:
    """Return the bounds of a whole number, both included; None where there is none. A year has a wording of its own."""
    shown = {"low": _whole(low, item, language), "high": _whole(high, item, language)}
    if low is None and high is None:
        form = "any"
    elif low is None:
        form = "until" if is_year(item) else "at_most"
    elif high is None:
        form = "since" if is_year(item) else "at_least"
    elif low == high:
        return shown["low"]
    else:
        form = "or" if high == low + 1 else "from_to"
    return _BOUNDS[form][language].format(**shown)


def rounded_bound(bound: float, own: float) -> float:
    """Return a bound with as few digits as keep `own` on its side of it, four significant ones at least.

    Examples
    --------
    >>> rounded_bound(77.2499962, 70.0), rounded_bound(77.2499962, 77.2499), rounded_bound(1387.6, float("nan"))
    (77.25, 77.25, 1388.0)
    >>> rounded_bound(0.049, 0.0489999)
    0.049
    """
    if bound == 0 or not math.isfinite(bound):
        return bound
    first = _SIGNIFICANT - 1 - math.floor(math.log10(abs(bound)))
    for digits in range(first, first + 9):
        shown = round(bound, digits)
        if math.isnan(own) or (own <= shown) == (own <= bound):
            return shown
    return bound


def _floor(high: float) -> int | None:
    return math.floor(high) if math.isfinite(high) else None


def _whole(figure: int | None, item: Characteristic, language: str) -> str:
    return "" if figure is None else _measured(float(figure), item, language)


def _measured(figure: float, item: Characteristic, language: str) -> str:
    unit = unit_sign(item.unit)
    text = plain_number(figure, item, language)
    return f"{text}\u00a0{unit}" if unit else text


def plain_number(figure: float, item: Characteristic, language: str) -> str:
    """Return a figure of a characteristic without its unit, as it was given.

    A year is a name, not a quantity: no sign between its thousands, and what is no whole year is told as it is.
    """
    text = number(figure, language)
    return text.replace("\u00a0" if language != "en" else ",", "") if is_year(item) else text


def is_year(item: Characteristic) -> bool:
    """Return whether a characteristic is a year."""
    return item.unit == "year" or item.role in ("built_year", "renovated_year")
