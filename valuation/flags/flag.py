"""What is a flag? One rule with a code that never changes, a sentence for the caseworker, and a number against a limit.

A rule looks at whole columns (`FlagEvidence`) and answers with columns (`Finding`). It knows one row from another only
by what that row holds: a dwelling gets the same flags alone as in the roll.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuation.dwellings.characteristics import Words
from valuation.jurisdictions.jurisdiction import Jurisdiction

if TYPE_CHECKING:
    from valuation.flags.seen import SeenDomain
    from valuation.pipeline.params import FlagParams

Severity = Literal["note", "review", "stop"]
"""note: told, opens no case by itself. review: a person must look. stop: there is no value."""
NumberKind = Literal["share", "count", "metres", "money", "plain"]

LOCATION = "location"
"""Stands for the two coordinates where a rule names a characteristic."""
LOCATION_WORDS = Words(en="Location on the map", nb="Plassering på kartet", nn="Plassering på kartet")


@dataclass(frozen=True)
class FlagEvidence:
    """All that flags are decided on: one row of each column is a dwelling.

    Parameters
    ----------
    dwellings : DataFrame
        Characteristics in canonical columns (docs/reference/output-folder.md), with `x_m`, `y_m` where known.
    values : DataFrame
        `appraised_value, lower_value, upper_value, baseline_value, tree_value` in the order of `dwellings`; NaN where
        the model gave nothing.
    jurisdiction : Jurisdiction
    seen : SeenDomain
        What the model learned from.
    as_of : date or array of dates
        The date of the values, one for all or one per row.
    prior_value : ndarray of float, optional
        Value of the last valuation; NaN where there is none.
    own_sales : DataFrame, optional
        Valid sales the model knows: `sale_id, dwelling_id, market_date, time_adjusted_sale_price`.
    """

    dwellings: pd.DataFrame
    values: pd.DataFrame
    jurisdiction: Jurisdiction
    seen: SeenDomain
    as_of: Any
    prior_value: NDArray[np.float64] | None = None
    own_sales: pd.DataFrame | None = None

    def __len__(self) -> int:
        return len(self.dwellings)

    @cached_property
    def dates(self) -> NDArray[np.datetime64]:
        """Date of the value of each dwelling, in days."""
        given = self.as_of
        if isinstance(given, (date, str, np.datetime64)):
            given = [given]
        days = pd.DatetimeIndex(np.asarray(given)).to_numpy().astype("datetime64[D]")
        return np.broadcast_to(days, len(self))

    def number(self, name: str) -> NDArray[np.float64]:
        """Return a column of numbers; all missing where the table has no such column."""
        return numbers(self.dwellings, name)

    def value(self, name: str) -> NDArray[np.float64]:
        """Return a column of `values`."""
        return numbers(self.values, name)

    def text(self, name: str) -> pd.Series:
        """Return a column of text, missing as NA, indexed 0, 1, 2, ..."""
        return texts(self.dwellings, name)

    @cached_property
    def dwelling_types(self) -> pd.Series:
        """Type of each dwelling."""
        return self.text(str(self.jurisdiction.characteristics.with_role("dwelling_type")))

    @cached_property
    def market_areas(self) -> pd.Series:
        """Market area of each dwelling."""
        return self.text(str(self.jurisdiction.characteristics.with_role("market_area")))


def numbers(table: pd.DataFrame, name: str) -> NDArray[np.float64]:
    """Return a column as float64; all NaN where the table has no such column."""
    if name not in table:
        return np.full(len(table), np.nan)
    return table[name].to_numpy(dtype=float, na_value=np.nan)


def texts(table: pd.DataFrame, name: str) -> pd.Series:
    """Return a column as text, index 0, 1, 2, ...; all missing where the table has no such column."""
    if name not in table:
        return pd.Series(pd.array([None] * len(table), dtype="str"))
    return table[name].astype("str").reset_index(drop=True)


def broadcast(figure: Any, n: int) -> NDArray[np.float64]:
    """Return a figure for each of `n` dwellings."""
    return np.broadcast_to(np.asarray(figure, dtype=float), n)


@dataclass(frozen=True)
class Finding:
    """What a rule found, one row per dwelling."""

    is_raised: NDArray[np.bool_]
    is_applicable: NDArray[np.bool_]
    """False where the rule had nothing to judge by; such a dwelling has not passed it."""
    number: NDArray[np.float64]
    limit: NDArray[np.float64]
    what: NDArray[np.object_] | None = None
    """Name of the characteristic the number is of, where the rule is about one."""

    @classmethod
    def of(
        cls,
        number: NDArray[np.float64],
        limit: Any,
        is_raised: NDArray[np.bool_],
        is_applicable: NDArray[np.bool_] | None = None,
        what: NDArray[np.object_] | None = None,
    ) -> Finding:
        """Make a finding; where the rule does not apply it is not raised."""
        applicable = np.isfinite(number) if is_applicable is None else is_applicable
        return cls(is_raised & applicable, applicable, number, broadcast(limit, len(number)), what)

    @classmethod
    def not_applicable(cls, n: int) -> Finding:
        """Return the answer of a rule that has nothing to judge by."""
        nothing = np.full(n, np.nan)
        return cls(np.zeros(n, dtype=bool), np.zeros(n, dtype=bool), nothing, nothing)


class FirstBreach:
    """Collects breaches characteristic by characteristic and keeps the first of each dwelling, in the order given."""

    def __init__(self, n: int) -> None:
        self.is_raised = np.zeros(n, dtype=bool)
        self.is_applicable = np.zeros(n, dtype=bool)
        self.number = np.full(n, np.nan)
        self.limit = np.full(n, np.nan)
        self.what = np.full(n, "", dtype=object)

    def add(
        self, name: str, breached: NDArray[np.bool_], applicable: NDArray[np.bool_], number: Any, limit: Any
    ) -> None:
        """Add the dwellings whose `name` breaches the rule."""
        fresh = breached & ~self.is_raised
        self.is_applicable |= applicable
        if fresh.any():
            n = len(fresh)
            self.number[fresh] = broadcast(number, n)[fresh]
            self.limit[fresh] = broadcast(limit, n)[fresh]
            self.what[fresh] = name
            self.is_raised |= fresh

    def finding(self) -> Finding:
        """Return what was collected."""
        return Finding(self.is_raised, self.is_applicable, self.number, self.limit, self.what)


@dataclass(frozen=True)
class FlagRule:
    """One rule: its code, its words, and the function that finds."""

    code: str
    """Stable for ever: it stands in stored values."""
    title: Words
    severity: Severity
    sentence: Words
    """With {number}, {limit} and {what} where they mean something."""
    explanation: str
    """For the page in the docs: why the rule is there and what to do."""
    find: Callable[[FlagEvidence, FlagParams], Finding]
    number_kind: NumberKind = "plain"
    settings: tuple[str, ...] = field(default=())
    """Settings in the section `flags` of params.yaml that it reads."""

    def say(self, language: str, number: float, limit: float, what: str = "") -> str:
        """Return the sentence about one dwelling.

        Parameters
        ----------
        language : str
            nb, nn or en.
        number, limit : float
            From the finding.
        what : str
            Label of the characteristic, in `language`.
        """
        shown = {
            "number": in_words(number, self.number_kind, language),
            "limit": in_words(limit, self.number_kind, language),
            "what": what,
        }
        return self.sentence.in_language(language).format(**shown)


def in_words(figure: float, kind: NumberKind, language: str) -> str:
    r"""Return a figure as it is written in `language`; hard spaces keep it on one line.

    Examples
    --------
    >>> in_words(0.953, "share", "en"), in_words(0.953, "share", "nb")
    ('95%', '95\xa0%')
    >>> in_words(12345.6, "metres", "nn")
    '12\xa0346\xa0m'
    >>> in_words(1.25, "plain", "nb")
    '1,25'
    """
    if not np.isfinite(figure):
        return "–"
    if kind == "share":
        return f"{100 * figure:.0f}%" if language == "en" else f"{100 * figure:.0f}\xa0%"
    digits = f"{figure:,.0f}" if kind in ("count", "metres", "money") or abs(figure) >= 1e4 else f"{figure:.10g}"
    if language != "en":
        digits = digits.replace(",", "\xa0").replace(".", ",")
    return f"{digits}\xa0m" if kind == "metres" else digits


def label_of(name: str, jurisdiction: Jurisdiction, language: str) -> str:
    """Return the label of a characteristic (or of the location) in `language`; empty for no name."""
    if name == LOCATION:
        return LOCATION_WORDS.in_language(language)
    item = jurisdiction.characteristics.get(name)
    return item.labels.in_language(language) if item is not None else name
