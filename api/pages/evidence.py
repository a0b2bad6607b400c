"""What does a case page show beside a value? Everything the value rests on, in the reader's language, ready to be read.

Nothing is computed here: values, contributions, sales and the tree's way come from `appraise_in_full`, words from the
domain. A template that gets an `Evidence` holds no rules.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from valuation.appraisal.bundle import Bundle
from valuation.appraisal.in_full import FullAppraisal
from valuation.explanation.adjustment_grid import AdjustmentGrid
from valuation.explanation.fact_words import LANGUAGES, day, fact, level_of_role, money, number, percent
from valuation.explanation.grid_words import fact_rows, grid_heading, grid_rows, grid_sentences, group_label
from valuation.explanation.tree_path import TreeWords
from valuation.flags.catalogue import RaisedFlag, rule, sentence
from valuation.jurisdictions.jurisdiction import Jurisdiction
from valuation.reasons.what_if import line_label

Picture = dict[str, float]


@dataclass(frozen=True)
class Why:
    """One flag: why a person is to look."""

    code: str
    title: str
    sentence: str
    anchor: str
    """Where on the page its number comes from: a fragment such as `fact-built_year`."""


@dataclass(frozen=True)
class Line:
    """A label and an amount of money, as written and as it is."""

    label: str
    amount: int
    shown: str


@dataclass(frozen=True)
class Column:
    """A sale of the adjustment grid."""

    sale_id: str
    heading: str
    short: str
    dwelling_id: str
    name: str
    """What people call the dwelling that was sold: its address where it is known, else its matrikkel number."""
    price: int
    sold_on: str
    """A plain date."""
    x: float | None
    y: float | None


@dataclass(frozen=True)
class GridLine:
    """A row of the adjustment grid."""

    label: str
    amounts: tuple[str, ...]
    is_sum: bool


@dataclass(frozen=True)
class GridTable:
    """The adjustment grid, ready to be written."""

    columns: tuple[Column, ...]
    lines: tuple[GridLine, ...]
    facts: tuple[tuple[str, str, tuple[str, ...]], ...]
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class FactLine:
    """A recorded fact."""

    name: str
    label: str
    shown: str
    source: str
    known_since: str
    description: str
    recorded: Any


@dataclass(frozen=True)
class Evidence:
    """All that stands beside one value."""

    value: str | None
    lower: str | None
    upper: str | None
    range: str | None
    """Both of them, the currency said once."""
    share: str
    """How often a price lies within the range, in percent."""
    accuracy_class: str | None
    error_risk: str | None
    prior: str | None
    prior_change: str | None
    own_sales: tuple[Line, ...]
    """Sales of this very dwelling, at the level of the valuation date."""
    picture: Picture
    """Places of `lower, value, upper, prior` in percent of a common scale; those that are not there are left out."""
    why: tuple[Why, ...]
    grid: GridTable | None
    reference: Line | None
    groups: tuple[Line, ...]
    lines: tuple[Line, ...]
    rounding: Line | None
    facts: tuple[FactLine, ...]
    tree: tuple[str, ...]


def evidence(
    bundle: Bundle,
    appraisal: FullAppraisal,
    record: Mapping[str, Any],
    language: str,
    *,
    more_flags: tuple[str, ...] = (),
    addresses: Mapping[str, str] | None = None,
) -> Evidence:
    """Put all that is known of one value into words.

    Parameters
    ----------
    bundle : Bundle
    appraisal : FullAppraisal
        Of the recorded dwelling.
    record : mapping
        The row of the roll: characteristics by name, `prior_value`, `x_m`, `y_m`.
    language : str
        nb, nn or en.
    more_flags : tuple of str
        Codes that only the whole roll shows (`shared-value`, `border-jump`, `drawn-at-random`).
    addresses : mapping, optional
        Addresses of dwellings that were sold, by their identity.
    """
    assert language in LANGUAGES
    words = _Words(bundle.jurisdiction, language)
    value = appraisal.value
    prior = _amount(record.get("prior_value"))
    own = tuple(_own_sales(bundle, value.dwelling_id, words))
    told = appraisal.contributions
    return Evidence(
        value=words.money(value.appraised_value),
        lower=words.money(value.lower_value),
        upper=words.money(value.upper_value),
        range=words.range(value.lower_value, value.upper_value),
        share=percent(value.coverage, language),
        accuracy_class=value.accuracy_class,
        error_risk=None if value.error_risk is None else percent(value.error_risk, language),
        prior=words.money(prior),
        prior_change=words.change(prior, value.appraised_value),
        own_sales=own,
        picture=picture_of(
            {
                "lower": value.lower_value,
                "value": value.appraised_value,
                "upper": value.upper_value,
                "prior": prior,
            }
        ),
        why=tuple(words.why(flag) for flag in appraisal.flags) + tuple(words.why_of_roll(code) for code in more_flags),
        grid=None if appraisal.grid is None else _grid(appraisal.grid, bundle, language, addresses or {}),
        reference=None if told is None else words.line(words.kind(told.reference_kind), told.reference, signed=False),
        groups=() if told is None else words.sorted_lines(told.groups, words.group),
        lines=() if told is None else words.sorted_lines(told.lines, words.of_line),
        rounding=None if told is None or not told.rounding else words.line("", told.rounding),
        facts=tuple(words.fact_line(name, record.get(name)) for name in bundle.jurisdiction.characteristics),
        tree=tuple(TreeWords(bundle.models, bundle.jurisdiction, language).sentences(appraisal.path)),
    )


def facts_alone(bundle: Bundle, record: Mapping[str, Any], language: str) -> Evidence:
    """Return the facts and nothing of any value: for whoever is to put down an own estimate first."""
    words = _Words(bundle.jurisdiction, language)
    facts = tuple(words.fact_line(name, record.get(name)) for name in bundle.jurisdiction.characteristics)
    return Evidence(
        None, None, None, None, "", None, None, None, None, (), {}, (), None, None, (), (), None, facts=facts, tree=()
    )


class _Words:
    def __init__(self, jurisdiction: Jurisdiction, language: str) -> None:
        self.jurisdiction, self.language = jurisdiction, language

    def money(self, amount: int | None) -> str | None:
        return None if amount is None else money(amount, self.jurisdiction.currency, self.language)

    def range(self, low: int | None, high: int | None) -> str | None:
        if low is None or high is None:
            return None
        # No break within an amount, one after the dash.
        return f"{number(low, self.language)}\u00a0– {money(high, self.jurisdiction.currency, self.language)}"

    def change(self, before: int | None, after: int | None) -> str | None:
        if not before or after is None:
            return None
        share = after / before - 1
        sign = "+" if share > 0 else "−" if share < 0 else ""
        return sign + percent(abs(share), self.language)

    def line(self, label: str, amount: int, *, signed: bool = True) -> Line:
        return Line(label, amount, money(amount, self.jurisdiction.currency, self.language, signed=signed))

    def sorted_lines(self, amounts: Mapping[str, int], called: Any) -> tuple[Line, ...]:
        ordered = sorted(amounts.items(), key=lambda item: -abs(item[1]))
        return tuple(self.line(called(name), amount) for name, amount in ordered if amount)

    def kind(self, kind: str) -> str:
        return level_of_role(kind, "dwelling_type", self.jurisdiction, self.language)

    def group(self, name: str) -> str:
        label = group_label(name, self.jurisdiction, self.language)
        return label[:1].upper() + label[1:]

    def of_line(self, name: str) -> str:
        label = line_label(name, self.jurisdiction, self.language)
        return label[:1].upper() + label[1:]

    def why(self, flag: RaisedFlag) -> Why:
        nan = float("nan")
        number_, limit = (nan if figure is None else figure for figure in (flag.number, flag.limit))
        told = sentence(flag.code, number_, limit, flag.characteristic, self.jurisdiction, self.language)
        return Why(flag.code, rule(flag.code).title.in_language(self.language), told, _anchor(flag))

    def why_of_roll(self, code: str) -> Why:
        title = rule(code).title.in_language(self.language)
        return Why(code, title, title, "value")

    def fact_line(self, name: str, recorded: Any) -> FactLine:
        item = self.jurisdiction.characteristics[name]
        since = "" if item.known_since is None else day(item.known_since, self.language)
        described = "" if item.description is None else item.description.in_language(self.language)
        return FactLine(
            name,
            item.labels.in_language(self.language),
            fact(recorded, item, self.language),
            item.source_in(self.language),
            since,
            described,
            recorded,
        )


def _anchor(flag: RaisedFlag) -> str:
    places = {"characteristic": "fact-", "sale": "sales", "dwelling": "sales", "figure": "value"}
    if not flag.evidence:
        return "value"
    kind, name = flag.evidence[0]
    return places[kind] + (name if kind == "characteristic" else "")


def _own_sales(bundle: Bundle, dwelling_id: str, words: _Words) -> list[Line]:
    own = bundle.sales[(bundle.sales["dwelling_id"] == dwelling_id).to_numpy()]
    return [
        words.line(day(when.date(), words.language), round(price), signed=False)
        for when, price in zip(own["market_date"], own["time_adjusted_sale_price"], strict=True)
    ]


def _grid(grid: AdjustmentGrid, bundle: Bundle, language: str, addresses: Mapping[str, str]) -> GridTable:
    jurisdiction, places = bundle.jurisdiction, _places(grid, bundle)
    names = [addresses.get(sale.dwelling_id) or sale.dwelling_id for sale in grid.sales]
    columns = tuple(
        Column(
            sale.sale_id,
            grid_heading(grid, place, jurisdiction, language, name=names[place]),
            str(place + 1),
            sale.dwelling_id,
            names[place],
            sale.sale_price,
            sale.market_date.isoformat(),
            *places.get(sale.sale_id, (None, None)),
        )
        for place, sale in enumerate(grid.sales)
    )
    lines = tuple(
        GridLine(row.label, tuple(_signed(amount, row, language) for amount in row.amounts), row.is_sum)
        for row in grid_rows(grid, jurisdiction, language)
    )
    return GridTable(
        columns,
        lines,
        tuple(fact_rows(grid, jurisdiction, language)),
        tuple(grid_sentences(grid, jurisdiction, language)),
    )


def _places(grid: AdjustmentGrid, bundle: Bundle) -> dict[str, tuple[float, float]]:
    """Return where each sale of the grid lies, by its identity; empty for a jurisdiction without coordinates."""
    if "x_m" not in bundle.sales:
        return {}
    shown = bundle.sales[bundle.sales["sale_id"].isin([sale.sale_id for sale in grid.sales]).to_numpy()]
    return dict(zip(shown["sale_id"], zip(shown["x_m"].tolist(), shown["y_m"].tolist(), strict=True), strict=True))


def _signed(amount: int, row: Any, language: str) -> str:
    plus = "" if row.is_sum or row.kind == "price" or amount <= 0 else "+"
    return plus + number(amount, language)


def picture_of(amounts: Mapping[str, int | None]) -> Picture:
    """Return where each amount stands on one scale, 0 to 100, with air on both sides."""
    there = {name: amount for name, amount in amounts.items() if amount is not None}
    if len(there) < 2:
        return {}
    low, high = min(there.values()), max(there.values())
    air = max((high - low) * 0.06, 1.0)
    return {name: round(100 * (amount - low + air) / (high - low + 2 * air), 2) for name, amount in there.items()}


def _amount(given: Any) -> int | None:
    found = _number(given)
    return None if found is None else round(found)


def _number(given: Any) -> float | None:
    return None if given is None or not np.isfinite(given) else float(given)
