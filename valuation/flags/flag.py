"""What is a flag? One rule with a code that never changes, a sentence for the caseworker, and a number against a limit.

A rule looks at whole columns (`FlagEvidence`) and answers with columns (`Finding`). It knows one row from another only
by what that row holds: a dwelling gets the same flags alone as in the roll. The few rules that compare dwellings of the
roll with one another say so (`level`) and are asked once, of the whole roll (`roll_evidence.py`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuation.dwellings.characteristics import Words
from valuation.dwellings.facts import Facts
from valuation.jurisdictions.jurisdiction import Jurisdiction
from valuation.languages.language import Said
from valuation.languages.spoken import uncapitalised

if TYPE_CHECKING:
    from valuation.flags.own_sale import OwnSales
    from valuation.flags.seen import SeenDomain
    from valuation.flags.seen_places import NearSales
    from valuation.pipeline.params import FlagParams

Severity = Literal["note", "draw", "review", "stop"]
"""note: told, opens no case by itself. draw: opens a case without any doubt, so that errors nobody suspects are found.
review: a person must look. stop: there is no value."""
DOUBTS: tuple[Severity, ...] = ("review", "stop")
"""Something speaks against the value."""
OPENS_A_CASE: tuple[Severity, ...] = ("draw", "review", "stop")
NumberKind = Literal["share", "count", "metres", "money", "plain", "times"]
SourceKind = Literal["characteristic", "figure", "sale", "dwelling"]

LOCATION = "location"
"""Stands for the two coordinates where a rule names a characteristic."""
LOCATION_WORDS = Words(en="Location on the map", nb="Plassering på kartet", nn="Plassering på kartet")
_THOUSAND = 1000
_AND: Said = {"nb": "og", "nn": "og", "en": "and"}
TOGETHER = "+"
"""Joins the names where a rule is about two characteristics; no name holds it."""


class Source(NamedTuple):
    """Where the number of a finding comes from: what a page links to."""

    kind: SourceKind
    """characteristic: a fact of the data dictionary, or the location. figure: a column of `AppraisedValue`.
    sale, dwelling: a sale the model knows, or another dwelling of the roll, by its identity."""
    name: str

    def __str__(self) -> str:
        """Return kind and name, as `flags.parquet` has them."""
        return f"{self.kind}:{self.name}"


Sources = Callable[[int], tuple[Source, ...]]
"""Tells the sources of the finding about the dwelling at a position."""


@dataclass(frozen=True)
class FlagEvidence:
    """All that flags are decided on: one row of each column is a dwelling.

    Parameters
    ----------
    dwellings : DataFrame or Facts
        Characteristics in canonical columns (docs/reference/output-folder.md), with `x_m`, `y_m` where known.
    values : DataFrame or dict of arrays
        `appraised_value, lower_value, upper_value, baseline_value, tree_value` in the order of `dwellings`; NaN where
        the model gave nothing.
    jurisdiction : Jurisdiction
    seen : SeenDomain
        What the model learned from.
    as_of : date or array of dates
        The date of the values, one for all or one per row.
    prior_value : ndarray of float, optional
        Value of the last valuation; NaN where there is none.
    own_sales : DataFrame or OwnSales, optional
        Valid sales the model knows: `sale_id, dwelling_id, market_date, time_adjusted_sale_price`.
    """

    dwellings: pd.DataFrame | Facts
    values: pd.DataFrame | Mapping[str, NDArray[Any]]
    jurisdiction: Jurisdiction
    seen: SeenDomain
    as_of: Any
    prior_value: NDArray[np.float64] | None = None
    own_sales: pd.DataFrame | OwnSales | None = None
    found: Mapping[str, Finding] = field(default_factory=dict)
    """What rules have found already, by code: they are not asked again."""

    def __len__(self) -> int:
        return len(self.dwellings)

    @cached_property
    def facts(self) -> Facts:
        """The dwellings as plain columns."""
        return Facts.of(self.dwellings)

    @cached_property
    def dates(self) -> NDArray[np.datetime64]:
        """Date of the value of each dwelling, in days."""
        given = self.as_of
        if not (isinstance(given, np.ndarray) and given.dtype.kind == "M"):
            given = pd.DatetimeIndex(np.atleast_1d(np.asarray(given))).to_numpy()
        return np.broadcast_to(given.astype("datetime64[D]"), len(self))

    def number(self, name: str) -> NDArray[np.float64]:
        """Return a column of numbers; all missing where there is no such column."""
        return self.facts.number(name)

    def value(self, name: str) -> NDArray[np.float64]:
        """Return a column of `values`."""
        if isinstance(self.values, pd.DataFrame):
            return numbers(self.values, name)
        return np.asarray(self.values[name], dtype=float) if name in self.values else np.full(len(self), np.nan)

    def text(self, name: str) -> NDArray[np.object_]:
        """Return a column of text, None where missing."""
        return self.facts.text(name)

    def is_known(self, name: str) -> NDArray[np.bool_]:
        """Return where a characteristic is known."""
        return self.facts.is_known(name, is_text=self.jurisdiction.characteristics[name].is_categorical)

    @cached_property
    def dwelling_types(self) -> NDArray[np.object_]:
        """Type of each dwelling."""
        return self.text(str(self.jurisdiction.characteristics.with_role("dwelling_type")))

    @cached_property
    def market_areas(self) -> NDArray[np.object_]:
        """Market area of each dwelling."""
        return self.text(str(self.jurisdiction.characteristics.with_role("market_area")))

    @cached_property
    def near_sales(self) -> NearSales:
        """The sales of its own type around each dwelling: looked up once for all rules that ask."""
        return self.seen.places.near(self.number("x_m"), self.number("y_m"), self.dwelling_types)

    def figure(self, role: str) -> NDArray[np.float64]:
        """Return the characteristic that plays a role, as numbers; all missing where none does."""
        return self.number(self.jurisdiction.characteristics.with_role(role) or "")


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
    """Name of the characteristic the number is of, where the rule is about one; several joined by ``+``."""
    sources: Sources | None = None
    """Sales, dwellings and figures behind the number; the characteristic named by `what` is always one."""

    def evidence(self, row: int) -> tuple[Source, ...]:
        """Return where the number of the dwelling at a position comes from."""
        named = [] if self.what is None else [name for name in str(self.what[row]).split(TOGETHER) if name]
        facts = tuple(Source("characteristic", name) for name in named)
        return facts + (() if self.sources is None else self.sources(row))

    def but_not(self, where: NDArray[np.bool_]) -> Finding:
        """Return the finding without some dwellings, of which it says nothing."""
        number, limit = (np.where(where, np.nan, figure) for figure in (self.number, self.limit))
        return replace(
            self,
            is_raised=self.is_raised & ~where,
            is_applicable=self.is_applicable & ~where,
            number=number,
            limit=limit,
        )

    @classmethod
    def of(
        cls,
        number: NDArray[np.float64],
        limit: Any,
        is_raised: NDArray[np.bool_],
        is_applicable: NDArray[np.bool_] | None = None,
        what: NDArray[np.object_] | None = None,
        sources: Sources | tuple[Source, ...] | None = None,
    ) -> Finding:
        """Make a finding; where the rule does not apply it is not raised.

        `sources` may be the same for all dwellings.
        """
        applicable = np.isfinite(number) if is_applicable is None else is_applicable
        told: Sources | None = (lambda _: sources) if isinstance(sources, tuple) else sources
        return cls(is_raised & applicable, applicable, number, broadcast(limit, len(number)), what, told)

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

    def finding(self, sources: Sources | None = None) -> Finding:
        """Return what was collected."""
        return Finding(self.is_raised, self.is_applicable, self.number, self.limit, self.what, sources)


@dataclass(frozen=True)
class FlagRule:
    """One rule: its code, its words, and the function that finds."""

    code: str
    """Stable for ever: it stands in stored values."""
    title: Words
    severity: Severity
    sentence: Words
    """With {number}, {limit} and {what} where they mean something."""
    sentence_of_none: Words | None = field(default=None, kw_only=True)
    """Said instead where there is no number at all."""
    explanation: str
    """For the page in the docs: why the rule is there and what to do."""
    find: Callable[[Any, FlagParams], Finding]
    """Takes `FlagEvidence`, or `RollEvidence` for a rule of the roll."""
    number_kind: NumberKind = "plain"
    number_words: Words | None = None
    """What stands for {number}, with {figure} in it; nothing where there is no figure. By default the figure alone."""
    limit_words: Words | None = None
    """The same for {limit}."""
    settings: tuple[str, ...] = field(default=())
    """Settings in the section `flags` of params.yaml that it reads."""
    judges_value: bool = False
    """Whether its figure says something of the value, so that it is silent where there is none."""
    level: Literal["dwelling", "roll"] = "dwelling"
    """dwelling: judged by what its own row holds, alone as in the roll. roll: judged among the others, when the whole
    roll is valued."""

    def say(self, language: str, number: float, limit: float, what: str = "", unit: str = "") -> str:
        """Return the sentence about one dwelling.

        Parameters
        ----------
        language : str
            nb, nn or en.
        number, limit : float
            From the finding.
        what : str
            Label of the characteristic, in `language`.
        unit : str
            What is written after the figures.
        """
        if self.sentence_of_none is not None and not math.isfinite(number):
            return self.sentence_of_none.in_language(language).format(what=what)
        shown = {
            "number": self._figure(number, limit, self.number_words, language, unit),
            "limit": self._figure(limit, number, self.limit_words, language, unit),
            "what": what,
        }
        return self.sentence.in_language(language).format(**shown)

    def _figure(self, figure: float, other: float, words: Words | None, language: str, unit: str) -> str:
        if not math.isfinite(figure):
            return "–" if words is None else ""
        # What has a unit is a quantity, with a sign between its thousands; a year is a name.
        kind = "count" if unit and self.number_kind == "plain" and abs(figure) >= _THOUSAND else self.number_kind
        said = told_apart(figure, other, kind, language)
        said = f"{said}\xa0{unit}" if unit else said
        return said if words is None else words.in_language(language).format(figure=said)


def told_apart(figure: float, other: float, kind: NumberKind, language: str) -> str:
    r"""Return a figure in words, a share with the digits that tell it from another one.

    Examples
    --------
    >>> told_apart(-0.3341, -0.3333, "share", "nb"), told_apart(0.9, 0.82, "share", "nb")
    ('−33,4\xa0%', '90\xa0%')
    """
    if (
        kind != "share"
        or not math.isfinite(other)
        or in_words(figure, kind, language) != in_words(other, kind, language)
    ):
        return in_words(figure, kind, language)
    sign = "%" if language == "en" else "\xa0%"
    digits = f"{100 * figure:.1f}".replace("-", "−")
    return (digits if language == "en" else digits.replace(".", ",")) + sign


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
        digits = f"{100 * figure:.0f}".replace("-", "−")
        return f"{digits}%" if language == "en" else f"{digits}\xa0%"
    is_whole = kind in ("count", "metres", "money") or abs(figure) >= 1e4
    digits = f"{figure:,.0f}" if is_whole else f"{figure:.1f}" if kind == "times" else f"{figure:.4g}"
    if language != "en":
        digits = digits.replace(",", "\xa0").replace(".", ",")
    digits = digits.replace("-", "−")
    return f"{digits}\xa0m" if kind == "metres" else digits


def label_of(name: str, jurisdiction: Jurisdiction, language: str) -> str:
    """Return the label of a characteristic (or of the location) in `language`; empty for no name.

    Of several joined by ``+``, all labels, with the word of the language between them.
    """
    if TOGETHER in name:
        first, *others = (label_of(one, jurisdiction, language) for one in name.split(TOGETHER))
        return f" {_AND[language]} ".join([first, *map(uncapitalised, others)])
    if name == LOCATION:
        return LOCATION_WORDS.in_language(language)
    item = jurisdiction.characteristics.get(name)
    return item.labels.in_language(language) if item is not None else name
