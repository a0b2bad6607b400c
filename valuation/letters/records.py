"""What do the letters of these dwellings say? Gathered from the finished run that valued them.

Values, contributions and flags are those the run has stored and signed. The sales beside a dwelling and the tree's way
are worked out again from the bundle, in one pass for all dwellings asked for, and must end at the stored value.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from valuation.appraisal.bundle import Bundle
from valuation.appraisal.explained import LINE, REFERENCE_KIND, REFERENCE_VALUE
from valuation.appraisal.in_full import FullAppraisal, appraise_in_full
from valuation.appraisal.looked_at import LOOKED_AT, looked_at
from valuation.appraisal.receipt import check_signed, read_receipt
from valuation.appraisal.revaluation import FLAGS_FILE
from valuation.dwellings.characteristics import Characteristic, Words
from valuation.errors import InputRefused
from valuation.explanation.fact_words import LANGUAGES, fact, level_of_role, number
from valuation.explanation.tree_path import TreeWords
from valuation.explanation.typical import ALL_KINDS
from valuation.flags.catalogue import sentence
from valuation.flags.flag import LOCATION, LOCATION_WORDS
from valuation.jurisdictions.jurisdiction import Law
from valuation.letters.compared_sales import comparison
from valuation.letters.record import (
    MOST_LINES,
    Decision,
    Evidence,
    Fact,
    LetterRecord,
    Line,
    PropertyTax,
    Reason,
    Rules,
    Tax,
    Valued,
)
from valuation.letters.said import said, sentences
from valuation.reasons.no_value import Found, not_in_roll, reasons_for_no_value
from valuation.reasons.what_if import line_label
from valuation.reasons.wrong_fact import FactSpread, what_would_have_to_be_wrong, wrong_fact_sentences
from valuation.review.reason_codes import REASONS
from valuation.tax.property_sum import property_sums
from valuation.tax.property_tax import has_tax_rules, property_tax, taxable_value

LEAST_TOGETHER = 5
"""Dwellings of one bill from which its sum is told: of fewer, an owner could reckon a neighbour's value from it."""
_FIRST = ("living_area", "dwelling_type", "built_year", "tenure", "plot_area", "street", "market_area")
"""Roles in the order in which an owner looks for them; other facts follow within their group."""
_KNOWS_A_PLACE = ("street", "building")
"""Roles that are no features by themselves: what was paid in the same street and building is."""


def records(bundle: Bundle, run: Path, dwelling_ids: Sequence[str], *, language: str = "en") -> list[LetterRecord]:
    """Gather the letters of some dwellings of a run.

    Parameters
    ----------
    bundle : Bundle
        The model version of the run.
    run : Path
        Folder of a finished run.
    dwelling_ids : sequence of str
    language : str
        nb, nn or en: of a refusal.

    Returns
    -------
    list of LetterRecord
        In the order of `dwelling_ids`.

    Raises
    ------
    NoAnswer
        For a dwelling that the roll does not hold.
    InputRefused
        For a run that is not finished, or tables that are not those it signed.
    """
    return ValuedRoll(bundle, run).records(dwelling_ids, language=language)


@dataclass(frozen=True)
class Asked:
    """What is asked of all letters alike."""

    sent: date | None = None
    """Day of sending."""
    decisions: pd.DataFrame | None = None
    """Of caseworkers, as `looked_at.read_decisions` gives them."""
    begun_on: frozenset[str] = frozenset()
    """Dwellings that a person has looked at without deciding anything yet."""
    with_wrong_facts: bool = False
    """Whether each letter says which fact would have to be wrong: half a second a dwelling."""


class ValuedRoll:
    """The tables of a finished run, opened once for all letters.

    Parameters
    ----------
    bundle : Bundle
        The model version of the run.
    run : Path
    asked : Asked, optional
    only : str, optional
        One dwelling that alone is asked for: of the tables just its rows are held, and of values those of its property.

    Raises
    ------
    InputRefused
        For a run that is not finished, tables that are not those it signed, or another model version.
    """

    def __init__(self, bundle: Bundle, run: Path, asked: Asked | None = None, *, only: str | None = None) -> None:
        self.bundle, self.run, self.asked = bundle, run, asked or Asked()
        self.place = bundle.jurisdiction
        self.receipt = read_receipt(run)
        if self.receipt["model_version"] != bundle.model_version:
            raise InputRefused(
                f"the bundle is model version {bundle.model_version}, the run was made with "
                f"{self.receipt['model_version']}",
                expected="the bundle of the run",
                remedy="load the folder `bundle` of the same run",
            )
        own = None if only is None else [("dwelling_id", "==", only)]
        self.roll = self._table("roll.parquet", own)
        self.values = self._table("values.parquet", own)
        if only is not None and "property_id" in self.values and len(self.values):
            # The bill of a property is told of all its dwellings.
            shared = _text(self.values["property_id"].iloc[0])
            self.values = self._table("values.parquet", [("property_id", "==", shared)]) if shared else self.values
        self._flags = pd.read_parquet(check_signed(run, FLAGS_FILE, self.receipt), filters=own)
        self._flags_of = self._flags.groupby("dwelling_id").indices
        self._names = [str(name).removeprefix(LINE) for name in self.values if str(name).startswith(LINE)]
        self._trees = {language: TreeWords(bundle.models, self.place, language) for language in LANGUAGES}
        self._line_labels = {name: said(partial(line_label, name, self.place)) for name in self._names}

    def _table(self, name: str, wanted: list[tuple[str, str, str]] | None = None) -> pd.DataFrame:
        table = pd.read_parquet(check_signed(self.run, name, self.receipt), filters=wanted)
        return table.set_index("dwelling_id", drop=False)

    @property
    def dwelling_ids(self) -> list[str]:
        """Every dwelling of the roll, sorted."""
        return sorted(self.roll.index)

    def records(self, dwelling_ids: Sequence[str], *, language: str = "en") -> list[LetterRecord]:
        """Gather the letters of some dwellings, as the function `records`."""
        missing = next((name for name in dwelling_ids if name not in self.roll.index), None)
        if missing is not None:
            raise not_in_roll(missing).refusal(self.place, language)
        if not len(dwelling_ids):
            return []
        rows = self.roll.loc[list(dwelling_ids)].reset_index(drop=True)
        stored = self.values.loc[list(dwelling_ids)].reset_index(drop=True)
        told = appraise_in_full(self.bundle, rows)
        self._check_the_same(stored, told.answers.table)
        assert told.answers.basis is not None
        known = told.answers.basis.known
        reasons = self._reasons(rows, stored)
        shared = self._shared(stored)
        looked = stored[LOOKED_AT].to_numpy(dtype=bool) | looked_at(stored, self.asked.decisions)
        looked |= stored["dwelling_id"].isin(self.asked.begun_on)
        found = []
        for place, one in enumerate(told):
            row = stored.iloc[place]
            is_valued = one.value.appraised_value is not None
            valued = self._valued(one, row, rows.iloc[[place]], shared) if is_valued else None
            found.append(
                LetterRecord(
                    dwelling_id=one.value.dwelling_id,
                    address=_text(rows.iloc[place].get("address")),
                    facts=self._facts(known.iloc[place]),
                    valued=valued,
                    reason=reasons.get(place),
                    is_looked_at=bool(looked[place]),
                    decision=self._decisions.get(one.value.dwelling_id),
                    run_id=str(row["run_id"]),
                    data_hash=str(row["data_hash"]),
                    **self._of_all,
                )
            )
        return found

    @cached_property
    def _of_all(self) -> dict[str, Any]:
        """What every letter of the run says alike."""
        place = self.place
        return {
            "place": place.title,
            "is_synthetic": place.is_synthetic,
            "currency": place.currency,
            "sender": place.letters.sender,
            "contact": place.letters.contact,
            "valuation_date": place.valuation_date,
            "sent": self.asked.sent,
            "evidence": self._evidence(),
            "rules": _rules(place.law),
            "model_version": self.bundle.model_version,
        }

    def _check_the_same(self, stored: pd.DataFrame, again: pd.DataFrame) -> None:
        for name in ("appraised_value", "lower_value", "upper_value", "tree_value"):
            differs = ~np.isclose(stored[name], again[name], rtol=0, atol=0, equal_nan=True)
            if differs.any():
                which = stored["dwelling_id"].to_numpy()[differs][0]
                raise InputRefused(
                    f"the run says another {name} of {which} than its model version does today",
                    expected="the same to the last unit of money",
                    remedy="use the program and the packages the run was made with (receipt.json), or run it again",
                )

    def _evidence(self) -> Evidence:
        counts = self.receipt["counts"]
        path = check_signed(self.run, "evaluation/metrics.json", self.receipt)
        metrics = json.loads(path.read_text("utf-8"))
        tested = metrics.get("valid_sales") or {}
        held = metrics["coverage"]["screening"].get("valid", {}).get("coverage")
        error = tested.get("boosted", {}).get("mdape")
        has_figures = error is not None and held is not None
        return Evidence(
            n_dwellings=counts["dwellings"],
            n_sales=counts["sales"],
            n_sales_used=counts["sales_learned_from"],
            holdout_from=date.fromisoformat(self.receipt["holdout_from"]),
            n_tested=tested["n_sales"] if has_figures else None,
            error_pct=round(float(error), 1) if has_figures else None,
            held_pct=round(100 * float(held)) if has_figures else None,
        )

    # -- the dwelling

    def _facts(self, known: pd.Series) -> tuple[Fact, ...]:
        told = [self._fact(name, self.place.characteristics[name], known[name]) for name in self._order]
        at = self.place.coordinates
        return tuple([*told, self._location(known["x_m"], known["y_m"])] if at is not None else told)

    @cached_property
    def _order(self) -> list[str]:
        """The characteristics as an owner goes through them: by group, what a home is known by first."""
        items = self.place.characteristics
        leading = [items.with_role(role) for role in _FIRST]
        first = {items[name].group: place for place, name in reversed(list(enumerate(leading))) if name is not None}

        def key(name: str) -> tuple[int, int, str]:
            item = items[name]
            rank = _FIRST.index(item.role) if item.role in _FIRST else len(_FIRST)
            return first.get(item.group, len(_FIRST)), rank, name

        return sorted(items, key=key)

    def _fact(self, name: str, item: Characteristic, value: Any) -> Fact:
        is_known = not pd.isna(value)
        register = self.place.registers.get(item.kept_in or "")
        return Fact(
            name=name,
            label=item.labels,
            recorded=_recorded(value, item) if is_known else None,
            shown=said(lambda language: fact(value if is_known else None, item, language)),
            source=register.title if register is not None else said(item.source_in),
            as_of=register.as_of if register is not None else None,
            is_used=item.is_feature or item.role in _KNOWS_A_PLACE,
            description=item.description,
        )

    def _location(self, x: float, y: float) -> Fact:
        is_known = bool(np.isfinite(x) and np.isfinite(y))
        register = self.place.registers.get((self.place.coordinates and self.place.coordinates.kept_in) or "")

        def shown(language: str) -> str:
            return f"{number(round(x), language)} / {number(round(y), language)}" if is_known else _NOWHERE[language]

        return Fact(
            name=LOCATION,
            label=LOCATION_WORDS,
            recorded=f"{x:.1f} {y:.1f}" if is_known else None,
            shown=said(shown),
            source=register.title if register is not None else None,
            as_of=register.as_of if register is not None else None,
            is_used=True,
        )

    # -- why there is no value

    def _reasons(self, rows: pd.DataFrame, stored: pd.DataFrame) -> dict[int, Reason]:
        without = np.flatnonzero(stored["appraised_value"].isna())
        if not len(without):
            return {}
        found = reasons_for_no_value(self.bundle, rows.iloc[without].reset_index(drop=True))
        return {int(place): self._reason(why) for place, why in zip(without, found, strict=True) if why is not None}

    def _reason(self, why: Found) -> Reason:
        told = {language: why.texts(self.place, language) for language in LANGUAGES}

        def told_of(part: str) -> Words:
            return said(lambda language: told[language][part])

        return Reason(code=why.reason.code, title=told_of("title"), found=told_of("found"), owner=told_of("owner"))

    # -- the value

    def _valued(
        self, one: FullAppraisal, row: pd.Series, dwelling: pd.DataFrame, shared: dict[str, PropertyTax]
    ) -> Valued:
        value = one.value
        assert one.grid is not None
        lines = sorted(
            (Line(name=n, label=self._line_labels[n], amount=int(row[LINE + n])) for n in self._names),
            key=lambda line: (-abs(line.amount), line.name),
        )
        told = [line for line in lines if line.amount and line.name != "rounding"][:MOST_LINES]
        kind = str(row[REFERENCE_KIND])
        amount = int(row["appraised_value"])
        return Valued(
            value=amount,
            low=value.lower_value,
            high=value.upper_value,
            coverage=value.coverage,
            reference=int(row[REFERENCE_VALUE]),
            kind=None
            if kind == ALL_KINDS
            else said(lambda language: level_of_role(kind, "dwelling_type", self.place, language)),
            lines=tuple(lines),
            told=tuple(told),
            other=amount - int(row[REFERENCE_VALUE]) - sum(line.amount for line in told),
            comparison=comparison(one.grid, self.place),
            simpler_way=sentences(lambda language: self._trees[language].sentences(one.path)),
            wrong_facts=self._wrong_facts(dwelling) if self.asked.with_wrong_facts else (),
            flags=tuple(self._flag_sentences(value.dwelling_id)),
            tax=self._tax(self._settled(value.dwelling_id, amount), shared.get(_text(row.get("property_id")))),
        )

    def _flag_sentences(self, dwelling_id: str) -> Iterator[Words]:
        for place in self._flags_of.get(dwelling_id, ()):
            row = self._flags.iloc[place]

            def told(language: str, row: pd.Series = row) -> str:
                name = _text(row["characteristic"])
                return sentence(row["code"], row["number"], row["limit"], name, self.place, language)

            yield said(told)

    @cached_property
    def _spread(self) -> FactSpread:
        return FactSpread.of(self.roll.reset_index(drop=True), self.place)

    def _wrong_facts(self, dwelling: pd.DataFrame) -> tuple[Words, ...]:
        found = what_would_have_to_be_wrong(self.bundle, dwelling.reset_index(drop=True), self._spread)
        if found is None:
            return ()
        return sentences(lambda language: wrong_fact_sentences(found, self.place, language))

    # -- tax, and who decided

    def _shared(self, stored: pd.DataFrame) -> dict[str, PropertyTax]:
        """The sums of properties that these dwellings share with others, by property."""
        if "property_id" not in self.values or not has_tax_rules(self.place.law):
            return {}
        asked = set(stored["property_id"].dropna())
        rows = self.values.loc[self._property.isin(asked), ["dwelling_id", "property_id", "appraised_value"]]
        values = [self._settled(*one) for one in zip(rows["dwelling_id"], rows["appraised_value"], strict=True)]
        sums = property_sums(rows.assign(appraised_value=values).reset_index(drop=True), self.place.law)
        several = sums[sums["n_dwellings"] > 1]
        return {str(row["property_id"]): _property_tax(row) for row in several.to_dict("records")}

    @cached_property
    def _property(self) -> pd.Series:
        return self.values["property_id"]

    def _tax(self, value: int, shared: PropertyTax | None) -> Tax | None:
        law = self.place.law
        if not has_tax_rules(law):
            return None
        return Tax(
            reduction=f"{law.reduction}",
            deduction=f"{law.deduction}",
            rate_permille=f"{law.rate_permille}",
            reduced_value=f"{law.reduction * value}",
            taxable_value=f"{taxable_value(value, law)}",
            tax=property_tax(value, law),
            shared=shared,
        )

    def _settled(self, dwelling_id: str, proposed: Any) -> Any:
        """What the tax is reckoned of: the value that a person set, else the one proposed."""
        made = self._decisions.get(dwelling_id)
        return proposed if made is None or made.value is None else made.value

    @cached_property
    def _decisions(self) -> dict[str, Decision]:
        """The newest decision about the value each dwelling has now."""
        given = self.asked.decisions
        if given is None or given.empty:
            return {}
        now = self.values[["dwelling_id", "appraised_value"]].reset_index(drop=True)
        about = given.merge(now, on=["dwelling_id", "appraised_value"]).sort_values("decided_at", kind="stable")
        return {str(row["dwelling_id"]): _decision(row) for row in about.to_dict("records")}


_NOWHERE = {"nb": "ikke registrert", "nn": "ikkje registrert", "en": "not recorded"}


def _text(value: Any) -> str:
    return "" if value is None or pd.isna(value) else str(value)


def _recorded(value: Any, item: Characteristic) -> float | str | bool:
    if item.is_categorical:
        return str(value)
    return bool(value) if item.kind == "boolean" else float(value)


def _decision(row: dict[Any, Any]) -> Decision:
    own, proposed = row.get("decided_value"), row["appraised_value"]
    value = None if own is None or pd.isna(own) else int(own)
    code = _text(row.get("reason_code"))
    if code and code not in REASONS:
        raise InputRefused(
            f"a decision has the reason {code!r}, which there is not",
            expected=", ".join(sorted(REASONS)),
            remedy="correct reason_code in the table of decisions",
        )
    return Decision(
        by=str(row["decided_by"]),
        on=row["decided_at"].date(),
        outcome=str(row["outcome"]),
        value=value,
        difference=None if value is None or pd.isna(proposed) else value - int(proposed),
        reason=REASONS[code].words if code else None,
    )


def _property_tax(row: dict[Any, Any]) -> PropertyTax:
    is_told = row["n_without_value"] == 0 and row["n_dwellings"] >= LEAST_TOGETHER
    return PropertyTax(
        n_dwellings=int(row["n_dwellings"]),
        n_without_value=int(row["n_without_value"]),
        appraised_value=int(row["appraised_value"]) if is_told else None,
        tax=int(row["tax"]) if is_told else None,
    )


def _rules(law: Law) -> Rules:
    return Rules(
        complaint_weeks=law.complaint_weeks,
        complaint=law.complaint,
        cited=law.cited,
        rounding=law.rounding,
        deduction_taken=law.deduction_taken,
    )
