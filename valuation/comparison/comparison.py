"""What is said when two versions are compared? Every figure and sentence of it, before anybody makes a page of them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from valuation.comparison.accuracy_equity import AccuracyEquity, JudgedVersion, accuracy_equity
from valuation.comparison.movers import largest_movers, mean_parts, random_dwellings, split_changes
from valuation.comparison.paired import PairedSales, paired_sales, paired_study
from valuation.comparison.roll_change import RollChange, roll_change
from valuation.comparison.tax_effect import TaxEffect, tax_effect
from valuation.comparison.value_shift import change_bands, value_changes, value_shift
from valuation.comparison.versions import Version, changed_definitions, check_comparable

FORMAT = 1
"""Of `comparison.json`; raised when an older reader would misread it."""
_LISTED = 5
"""Characteristics named in a sentence; the table holds all."""


@dataclass(frozen=True)
class Comparison:
    """Two versions of the values of one jurisdiction, compared."""

    before: Version
    after: Version
    statements: tuple[str, ...]
    """What must be known before any figure is read."""
    rolls: RollChange
    sales: PairedSales
    paired: pd.DataFrame
    changes: pd.DataFrame
    shift: pd.DataFrame
    bands: pd.DataFrame
    movers: pd.DataFrame
    moved_by: dict[str, Any]
    tax: TaxEffect
    versions: AccuracyEquity
    n_bootstrap: int

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return what is kept as Parquet, by file name without its ending."""
        return {
            "paired": self.paired,
            "value_shift": self.shift,
            "value_changes": self.changes.merge(self.tax.taxes, on="dwelling_id", validate="one_to_one"),
            "movers": self.movers,
            "roll_changes": self.rolls.table,
            "tax_effect": self.tax.table,
            "versions": self.versions.table,
        }

    def as_json(self) -> dict[str, Any]:
        """Return what `comparison.json` holds: no NaN, the paired figures overall, everything by group."""
        place = self.after.bundle.jurisdiction
        overall = self.paired[self.paired["stratum"] == "overall"]
        return {
            "format": FORMAT,
            "jurisdiction": place.name,
            "currency": place.currency,
            "is_synthetic": place.is_synthetic,
            "versions": {"a": self.before.described(), "b": self.after.described()},
            "statements": list(self.statements),
            "sales": {"n_paired": len(self.sales.table), "left_out": self.sales.left_out},
            "n_bootstrap": self.n_bootstrap,
            "paired": _records(overall),
            "value_shift": _records(self.shift),
            "change_bands": _records(self.bands),
            "roll": {
                **{f"n_{change}": len(self.rolls.ids(change)) for change in ("new", "gone", "fact")},
                "by_characteristic": _records(self.rolls.by_characteristic()),
            },
            "states": {str(state): int(n) for state, n in sorted(self.changes["state"].value_counts().items())},
            "moved_by": self.moved_by,
            "movers": _records(self.movers),
            "tax": {
                "rules": self.tax.rules,
                "statements": list(self.tax.statements),
                "rows": _records(self.tax.table),
            },
            "tracked": {"statements": list(self.versions.statements), "rows": _records(self.versions.table)},
        }


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): _plain(cell) for name, cell in row.items()} for row in table.to_dict("records")]


def _plain(cell: Any) -> Any:
    if isinstance(cell, np.generic):
        cell = cell.item()
    if cell is pd.NA or (isinstance(cell, float) and not np.isfinite(cell)):
        return None
    # Money is in whole units: 9440, not 9440.0.
    return int(cell) if isinstance(cell, float) and cell.is_integer() else cell


def compare(before: Version, after: Version, tracked: Sequence[JudgedVersion] | None = None) -> Comparison:
    """Compare two versions.

    Parameters
    ----------
    before, after : Version
        A, the one in force, and B, the one that would take its place.
    tracked : sequence of JudgedVersion, optional
        All tracked versions of the jurisdiction, newest first; None where runs are not tracked.

    Raises
    ------
    InputRefused
        When the two cannot be compared at all.
    """
    check_comparable(before, after)
    settings = after.bundle.params
    rolls = roll_change(before, after)
    promised = (before.bundle.params.conformalize.coverage, settings.conformalize.coverage)
    sales = paired_sales(before.holdout, after.holdout, promised)
    changes = value_changes(before, after)
    sample = split_changes(before, after, random_dwellings(changes, settings.train.seed), rolls)
    return Comparison(
        before=before,
        after=after,
        statements=tuple(_statements(before, after, rolls, sales, changes)),
        rolls=rolls,
        sales=sales,
        paired=paired_study(sales, n_bootstrap=settings.evaluate.n_bootstrap, seed=settings.train.seed),
        changes=changes,
        shift=value_shift(changes),
        bands=change_bands(changes),
        movers=split_changes(before, after, largest_movers(changes), rolls),
        moved_by=mean_parts(sample),
        tax=tax_effect(before, after, changes),
        versions=accuracy_equity([_judged(before, "A"), _judged(after, "B")], tracked),
        n_bootstrap=settings.evaluate.n_bootstrap,
    )


def _judged(version: Version, role: str) -> JudgedVersion:
    return JudgedVersion.of_metrics(version.run_id, version.model_version, version.metrics, role=role)


# -- what must be known first -----------------------------------------------------------------------------------------


def _statements(
    before: Version, after: Version, rolls: RollChange, sales: PairedSales, changes: pd.DataFrame
) -> Iterator[str]:
    if before.model_version == after.model_version:
        yield "A and B are one model version: only the facts of the dwellings can differ."
    yield from _about_rolls(before, after, rolls)
    yield from _about_days(before, after)
    yield from _about_sales(before, after, sales)
    states = changes["state"].value_counts()
    missing = [(f"only {letter} gives a value", f"only_{letter.lower()}") for letter in "AB"]
    missing.append(("neither gives a value", "neither"))
    known = [f"{words}: {states[state]:,}" for words, state in missing if states.get(state, 0)]
    if known:
        yield f"Dwellings of both rolls without two values: {'; '.join(known)}. They count in no figure of a change."
    yield from _about_making(before, after)


def _about_rolls(before: Version, after: Version, rolls: RollChange) -> Iterator[str]:
    new, gone, other = (len(rolls.ids(change)) for change in ("new", "gone", "fact"))
    if not (new or gone or other):
        yield f"The rolls are the same: {len(rolls.common):,} dwellings, {len(rolls.compared)} facts of each."
    else:
        counts = rolls.by_characteristic().head(_LISTED)
        named = ", ".join(
            f"{name} {n:,}" for name, n in zip(counts["characteristic"], counts["n_dwellings"], strict=True)
        )
        facts = f" (most often {named})" if named else ""
        yield (
            f"The roll changed. Dwellings new in B: {new:,}; gone: {gone:,}; with another fact: {other:,} of the "
            f"{len(rolls.common):,} in both{facts}. What moves for that is the part “data”, never the model's doing."
        )
    definitions = changed_definitions(before, after)
    if definitions:
        yield f"Characteristics are defined otherwise in B: {'; '.join(definitions)}."


def _about_days(before: Version, after: Version) -> Iterator[str]:
    if before.valuation_date == after.valuation_date:
        yield f"Both versions value at {after.valuation_date}: no part of a change is due to time."
    else:
        yield (
            f"A values at {before.valuation_date}, B at {after.valuation_date}: the part “time” is what the market did "
            "between the two, as B sees it."
        )


def _about_sales(before: Version, after: Version, sales: PairedSales) -> Iterator[str]:
    ours, theirs = (version.bundle.jurisdiction.holdout_from for version in (before, after))
    if ours != theirs:
        yield (
            f"The holdouts begin on different days: A on {ours.isoformat()}, B on {theirs.isoformat()}. Only sales of "
            "both are compared; the version with the earlier day had to look further ahead."
        )
    if sales.left_out:
        reasons = "; ".join(f"{reason}: {n:,}" for reason, n in sales.left_out.items())
        yield f"Both versions are judged on {len(sales.table):,} sales. Left out: {reasons}."
    else:
        yield f"Both versions are judged on the same {len(sales.table):,} sales, all of both holdouts."
    if sales.promised[0] != sales.promised[1]:
        first, second = (f"{share:.0%}" for share in sales.promised)
        yield f"The ranges promise different things: those of A hold {first} of prices, those of B {second}."


def _about_making(before: Version, after: Version) -> Iterator[str]:
    ours, theirs = before.bundle.params.model_dump(mode="json"), after.bundle.params.model_dump(mode="json")
    first, second = dict(_leaves(ours)), dict(_leaves(theirs))
    other = [
        f"{name} {_setting(first.get(name))} → {_setting(second.get(name))}"
        for name in sorted(first.keys() | second.keys())
        if first.get(name) != second.get(name)
    ]
    if other:
        yield f"Settings that differ: {'; '.join(other)}."
    made_a, made_b = before.bundle.manifest["made_of"], after.bundle.manifest["made_of"]
    names = {"code_sha256": "the program", "raw_files": "the raw tables", "libraries": "the libraries"}
    differ = [words for key, words in names.items() if made_a.get(key) != made_b.get(key)]
    if differ:
        yield f"Not the same in both: {', '.join(differ)}."


def _setting(found: Any) -> str:
    return "not set" if found is None else json.dumps(found, ensure_ascii=False)


def _leaves(content: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, item in content.items():
        name = f"{prefix}.{key}" if prefix else str(key)
        if isinstance(item, dict):
            yield from _leaves(item, name)
        else:
            yield name, item
