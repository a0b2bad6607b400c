"""How does a finished run become a released roll? Checked byte for byte, archived, and stored whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from valuation.appraisal.compared import COMPARABLES_FILE
from valuation.errors import InputRefused, RollNotFound
from valuation.jurisdictions.jurisdiction import Jurisdiction
from valuation.pipeline.params import ReviewParams
from valuation.review.case import ReviewCase
from valuation.rolls.archive import Archive, check_run
from valuation.rolls.opening import case_of, opens_a_case, with_blind_sample
from valuation.rolls.released_roll import ReleasedRoll, ReleasedValue, release_event, value_id
from valuation.rolls.repository import RollRepository
from valuation.rolls.reproduction import explanation_digests, is_of_explanation, record_of

_AT_ONCE = 5_000
"""Dwellings prepared together: the memory this takes does not grow with the roll."""
_MONEY = ("appraised_value", "lower_value", "upper_value", "prior_value")
_NUMBERS = ("x_m", "y_m", "error_risk", "expected_error", "expected_tax_error")
_WORDS = ("address", "property_id", "market_area", "dwelling_type", "accuracy_class")


@dataclass(frozen=True)
class Release:
    """What was released."""

    roll: ReleasedRoll
    n_cases: int
    """Cases it opened."""
    n_blind: int
    is_new: bool
    """False where the same roll was there already: nothing was changed."""


def release(
    run: Path,
    rolls: RollRepository,
    archive: Archive,
    *,
    by: str,
    at: str,
    params: ReviewParams | None = None,
    progress: Callable[[str, int, int], None] = lambda *_: None,
) -> Release:
    """Release a finished run: its values can be searched, its doubtful ones are cases, and each can be made again.

    Parameters
    ----------
    run : Path
        Output folder of a finished run.
    rolls : RollRepository
    archive : Archive
    by : str
        Who releases it: an identity of the office.
    at : str
        Moment, UTC with Z.
    params : ReviewParams, optional
        Which cases are blind.
    progress : callable
        Told ``("release", done, total)`` in dwellings.

    Raises
    ------
    WrongUse
        When there is no such folder.
    InputRefused, BundleRefused
        When the run is not finished, a file is not the one its receipt names, or other values were released under
        this name.
    """
    receipt = check_run(run)
    roll = _roll_of(receipt, by, at)
    try:
        known: ReleasedRoll | None = rolls.roll(roll.roll_id)
    except RollNotFound:
        known = None
    if known is None:
        roll = replace(roll, run_folder=archive.keep(run, receipt))
    opening = _Opening(params or ReviewParams(), lambda done: progress("release", done, roll.n_dwellings))
    # From the copy: the folder of the run may change while it is read.
    values = released_values(archive.folder / roll.run_folder, roll)
    stored = rolls.release(
        roll, opening.noted(values, at), opening.cases(), release_event(roll, value_total=int(receipt["value_total"]))
    )
    return Release(stored, opening.n_cases, opening.n_blind, known is None)


class _Opening:
    """The cases that values open: known when the last of the values was taken, which come first."""

    def __init__(self, params: ReviewParams, told: Callable[[int], None]) -> None:
        self._params, self._told = params, told
        self._opened: list[ReviewCase] = []
        self.n_cases = self.n_blind = 0

    def noted(self, values: Iterator[ReleasedValue], at: str) -> Iterator[ReleasedValue]:
        """Yield the values, noting which of them open a case."""
        done = 0
        for done, value in enumerate(values, start=1):
            if opens_a_case(value):
                self._opened.append(case_of(value, at))
            if done % _AT_ONCE == 0:
                self._told(done)
            yield value
        self._told(done)

    def cases(self) -> Iterator[ReviewCase]:
        """Yield the cases, those of the blind sample marked."""
        for case in with_blind_sample(self._opened, self._params):
            self.n_cases += 1
            self.n_blind += case.is_blind
            yield case


def _roll_of(receipt: dict[str, Any], by: str, at: str) -> ReleasedRoll:
    signed = receipt["outputs_sha256"]
    return ReleasedRoll(
        roll_id=str(receipt["run_id"]),
        jurisdiction=str(receipt["jurisdiction"]),
        currency=str(receipt["currency"]),
        valuation_date=str(receipt["valuation_date"]),
        model_version=str(receipt["model_version"]),
        manifest_sha256=str(receipt["manifest_sha256"]),
        data_hash=str(signed["roll.parquet"]),
        values_sha256=str(signed["values.parquet"]),
        run_folder="",
        n_dwellings=int(receipt["counts"]["dwellings"]),
        released_at=at,
        released_by=by,
    )


def released_values(run: Path, roll: ReleasedRoll) -> Iterator[ReleasedValue]:
    """Yield the values of a checked run by dwelling id, a few thousand in memory at a time.

    Raises
    ------
    InputRefused
        When values and roll are not of the same dwellings.
    """
    jurisdiction = Jurisdiction.model_validate_json((run / "bundle" / "jurisdiction.json").read_bytes())
    values, dwellings, beside = run / "values.parquet", _sorted(run / "roll.parquet"), _Beside(run / COMPARABLES_FILE)
    done, last = 0, ""
    for batch in pq.ParquetFile(values).iter_batches(_AT_ONCE):
        part, known = batch.to_pandas(), dwellings.slice(done, batch.num_rows)
        ids = part["dwelling_id"]
        is_in_order = ids.is_monotonic_increasing and ids.is_unique and last < ids.iloc[0]
        if not is_in_order or ids.tolist() != known["dwelling_id"].to_pylist():
            raise _other_dwellings(run)
        done, last = done + len(part), ids.iloc[-1]
        yield from _values_of(part, known, beside, roll, jurisdiction)
    if done != dwellings.num_rows:
        raise _other_dwellings(run)


def _other_dwellings(run: Path) -> InputRefused:
    return InputRefused(
        f"{run}: values.parquet and roll.parquet are not of the same dwellings",
        expected="one value for each dwelling of the roll, by dwelling_id",
        remedy="run `valuation revalue` and `valuation report` again",
    )


def _sorted(path: Path) -> pa.Table:
    return pq.read_table(path).sort_by("dwelling_id").combine_chunks()


class _Beside:
    """The sales beside the values, by dwelling, found part by part."""

    def __init__(self, path: Path) -> None:
        self._table = _sorted(path)
        self._ids = self._table["dwelling_id"].to_numpy(zero_copy_only=False)

    def of(self, first: str, last: str) -> pd.DataFrame:
        """Return the sales of the dwellings from `first` to `last`."""
        start, end = np.searchsorted(self._ids, first, "left"), np.searchsorted(self._ids, last, "right")
        return self._table.slice(int(start), int(end - start)).to_pandas()


def _values_of(
    table: pd.DataFrame, known: pa.Table, beside: _Beside, roll: ReleasedRoll, jurisdiction: Jurisdiction
) -> Iterator[ReleasedValue]:
    ids = table["dwelling_id"]
    why = table[[name for name in table.columns if is_of_explanation(name)]]
    digests = explanation_digests(ids, why, beside.of(ids.iloc[0], ids.iloc[-1]))
    columns = {name: _column(table, known, name) for name in (*_MONEY, *_NUMBERS, *_WORDS)}
    columns |= {name: table[name].tolist() for name in ("dwelling_id", "coverage", "flags", "looked_at")}
    asked = [name for name in _asked(jurisdiction) if name in known.column_names]
    rows = zip(*columns.values(), strict=True)
    for row, record, digest in zip(rows, known.select(asked).to_pylist(), digests, strict=True):
        content = dict(zip(columns, row, strict=True))
        yield ReleasedValue(
            **content | {"flags": tuple(content["flags"].split("|")) if content["flags"] else ()},
            value_id=value_id(roll.roll_id, content["dwelling_id"]),
            roll_id=roll.roll_id,
            record=record_of(record),
            explanation_sha256=digest,
        )


def _asked(jurisdiction: Jurisdiction) -> list[str]:
    """Return the columns that `appraise` asks for."""
    places = ["x_m", "y_m"] if jurisdiction.coordinates else []
    return ["dwelling_id", *places, *jurisdiction.characteristics, "prior_value"]


def _column(values: pd.DataFrame, known: pa.Table, name: str) -> list[Any]:
    """Return a column as plain content, of the values or else of the roll; None for nothing."""
    if name in values:
        column = values[name].tolist()
    elif name in known.column_names:
        column = known[name].to_pylist()
    else:
        return [None] * len(values)
    if name in _MONEY:
        return [None if _is_nothing(item) else round(item) for item in column]
    if name in _NUMBERS:
        return [None if _is_nothing(item) else float(item) for item in column]
    return [item if isinstance(item, str) and item else None for item in column]


def _is_nothing(item: Any) -> bool:
    return item is None or item != item
