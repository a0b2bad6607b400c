"""How is an appraisal put on the wire? In the reader's language, in whole units of money, with no NaN."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from functools import cached_property
from typing import Any

from api.gathering import Told
from api.schemas.valuation import (
    ComparableAnswer,
    ContributionsAnswer,
    Evidence,
    GridAnswer,
    GridLine,
    Line,
    NoValueReason,
    PathAnswer,
    RaisedFlagAnswer,
    ValuationAnswer,
)
from valuation.appraisal.bundle import Bundle
from valuation.appraisal.explained import MoneyLines
from valuation.explanation.adjustment_grid import AdjustmentGrid, ComparedSale
from valuation.explanation.fact_words import WHOLE_KINDS
from valuation.explanation.grid_words import grid_rows, grid_sentences, group_label
from valuation.explanation.tree_path import TreePath, TreeWords
from valuation.flags.catalogue import RaisedFlag, rule, sentence
from valuation.flags.flag import DOUBTS
from valuation.jurisdictions.jurisdiction import Jurisdiction
from valuation.reasons.no_value import Found
from valuation.reasons.what_if import line_label


def record_hash(record: Mapping[str, Any]) -> str:
    """Return the SHA-256 of the facts a value was made from, whatever their order."""
    text = json.dumps(dict(record), sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def as_sent(record: Mapping[str, Any], jurisdiction: Jurisdiction) -> dict[str, Any]:
    """Return the facts of a released value as a request for values takes them: whole numbers whole, truths true.

    Parameters
    ----------
    record : mapping
        As `ReleasedValue.record` has it.
    jurisdiction : Jurisdiction
    """

    def plain(name: str, value: Any) -> Any:
        item = jurisdiction.characteristics.get(name)
        kind = "integer" if name == "prior_value" else "" if item is None else item.kind
        if value is None:
            return None
        return int(value) if kind in WHOLE_KINDS else bool(value) if kind == "boolean" else value

    return {name: plain(name, value) for name, value in record.items()}


class Teller:
    """Tells appraisals of one model version in one language.

    Parameters
    ----------
    bundle : Bundle
    language : str
        nb, nn or en.
    """

    def __init__(self, bundle: Bundle, language: str) -> None:
        self._bundle = bundle
        self._place = bundle.jurisdiction
        self._language = language

    @cached_property
    def _tree_words(self) -> TreeWords:
        return TreeWords(self._bundle.models, self._place, self._language)

    def valuation(
        self, told: Told, *, data_hash: str, roll_id: str | None = None, include: Collection[str] = ()
    ) -> ValuationAnswer:
        """Return the answer about one dwelling, with what was asked for beside the value."""
        value, has_value = told.value, told.value.appraised_value is not None
        lines = told.contributions if "contributions" in include else None
        return ValuationAnswer.model_construct(
            dwelling_id=value.dwelling_id,
            appraised_value=value.appraised_value,
            lower_value=value.lower_value,
            upper_value=value.upper_value,
            coverage=value.coverage,
            accuracy_class=value.accuracy_class,
            baseline_value=value.baseline_value,
            tree_value=value.tree_value,
            error_risk=value.error_risk,
            expected_tax_error=value.expected_tax_error,
            currency=self._place.currency,
            valuation_date=self._place.valuation_date,
            model_version=value.model_version,
            roll_id=roll_id,
            data_hash=data_hash,
            flags=[self.flag(item) for item in told.flags],
            needs_review=not has_value or any(item.severity in DOUBTS for item in told.flags),
            why_no_value=None if told.why_none is None else self._why_none(told.why_none),
            contributions=None if lines is None else self._contributions(lines),
            grid=self._grid(told.grid) if told.grid is not None and "grid" in include else None,
            path=self._path(told.path) if told.path is not None and "path" in include else None,
            comparables=(
                [_comparable(sale) for sale in told.grid.sales]
                if told.grid is not None and "comparables" in include
                else None
            ),
        )

    def flag(self, item: RaisedFlag) -> RaisedFlagAnswer:
        """Return a flag with its sentence."""
        said = rule(item.code)
        number, limit = (float("nan") if figure is None else figure for figure in (item.number, item.limit))
        return RaisedFlagAnswer.model_construct(
            code=item.code,
            severity=item.severity,
            title=said.title.in_language(self._language),
            sentence=sentence(item.code, number, limit, item.characteristic, self._place, self._language),
            number=item.number,
            limit=item.limit,
            characteristic=item.characteristic or None,
            evidence=[Evidence.model_construct(kind=source.kind, name=source.name) for source in item.evidence],
        )

    def _why_none(self, why: Found) -> NoValueReason:
        texts = why.texts(self._place, self._language)
        return NoValueReason(
            code=why.reason.code,
            title=texts["title"],
            found=texts["found"],
            for_the_owner=texts["owner"],
            for_the_office=texts["office"],
            characteristic=why.characteristic or None,
        )

    def _contributions(self, lines: MoneyLines) -> ContributionsAnswer:
        own = [(name, line_label(name, self._place, self._language), amount) for name, amount in lines.lines.items()]
        sums = [(name, group_label(name, self._place, self._language), amount) for name, amount in lines.groups.items()]
        return ContributionsAnswer.model_construct(
            reference_kind=lines.reference_kind,
            reference=lines.reference,
            lines=[Line.model_construct(name=name, label=label, amount=amount) for name, label, amount in own],
            groups=[Line.model_construct(name=name, label=label, amount=amount) for name, label, amount in sums],
            rounding=lines.rounding,
        )

    def _grid(self, grid: AdjustmentGrid) -> GridAnswer:
        rows = grid_rows(grid, self._place, self._language)
        return GridAnswer.model_construct(
            sales=[_comparable(sale) for sale in grid.sales],
            lines=[GridLine.model_construct(kind=row.kind, label=row.label, amounts=list(row.amounts)) for row in rows],
            has_too_few=grid.has_too_few,
            sentences=grid_sentences(grid, self._place, self._language),
        )

    def _path(self, path: TreePath) -> PathAnswer:
        sentences = self._tree_words.sentences(path)
        return PathAnswer.model_construct(tree_value=path.tree_value, n_sales=path.n_sales, sentences=sentences)


def _comparable(sale: ComparedSale) -> ComparableAnswer:
    return ComparableAnswer.model_construct(
        sale_id=sale.sale_id,
        dwelling_id=sale.dwelling_id,
        market_date=sale.market_date,
        distance_m=sale.distance_m,
        unlikeness=sale.unlikeness,
        sale_price=sale.sale_price,
        joint_debt=sale.joint_debt,
        indexed_price=sale.indexed_price,
    )
