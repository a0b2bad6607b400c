"""Can a released value be made again, to the krone, from what was kept? And what is the hash of an explanation?

A value is made again from its stored record and the archived model version alone, by the same `appraise` that made it.
The record itself is held against the archived roll: whoever changed record and value together is found too.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from valuation.appraisal.appraise import appraise
from valuation.appraisal.appraised_value import AppraisedValue
from valuation.appraisal.bundle import Bundle
from valuation.appraisal.compared import comparable_rows, compared_with
from valuation.appraisal.explained import GROUP, LINE, REFERENCE_KIND, REFERENCE_VALUE, contribution_columns, explain
from valuation.flags.catalogue import DWELLING_RULES
from valuation.review.document import canonical
from valuation.rolls.archive import Archive
from valuation.rolls.released_roll import ReleasedRoll, ReleasedValue

_COMPARED = ("sale_id", "distance_m", "unlikeness")
_FIGURES = (
    *("appraised_value", "lower_value", "upper_value", "coverage", "accuracy_class"),
    *("error_risk", "expected_error", "expected_tax_error"),
)


def is_of_explanation(column: str) -> bool:
    """Return whether a column of `values.parquet` is part of the explanation of a value."""
    return column in (REFERENCE_KIND, REFERENCE_VALUE) or column.startswith((LINE, GROUP))


def explanation_digests(dwelling_ids: pd.Series, why: pd.DataFrame, beside: pd.DataFrame) -> list[str]:
    """Return the SHA-256 of the explanation of each value: the one definition, at release and when it is made again.

    Parameters
    ----------
    dwelling_ids : Series of str, shape (n_dwellings,)
    why : DataFrame, shape (n_dwellings, n_columns)
        The columns `contribution_columns` gives, in whole units of money; NaN where there is no value.
    beside : DataFrame
        The sales beside them, as rows of `comparables.parquet`; those of other dwellings are ignored.

    Returns
    -------
    list of str
        Of canonical JSON: the names of lines and groups; then the kind it is compared with, each amount, and each sale
        with its distance and unlikeness, to the last bit.
    """
    names = sorted(name for name in why.columns if is_of_explanation(name) and name != REFERENCE_KIND)
    amounts = why[names].to_numpy(float)
    # A value has all lines or, where there is none, not one of them.
    is_valued = ~np.isnan(amounts).any(axis=1)
    lines = np.where(is_valued[:, None], amounts, 0.0).astype(np.int64).tolist()
    kinds = [kind if isinstance(kind, str) else None for kind in why[REFERENCE_KIND].tolist()]
    start = hashlib.sha256(canonical(names).encode())
    told = zip(is_valued.tolist(), kinds, lines, _sales_of(dwelling_ids, beside), strict=True)
    return [_digest(start, [kind, own if valued else None, sales]) for valued, kind, own, sales in told]


def _digest(start: Any, content: list[Any]) -> str:
    digest = start.copy()
    digest.update(canonical(content).encode())
    return str(digest.hexdigest())


def _sales_of(dwelling_ids: pd.Series, beside: pd.DataFrame) -> list[list[list[Any]]]:
    places = pd.Index(dwelling_ids).get_indexer(pd.Index(beside["dwelling_id"]))
    own: list[list[list[Any]]] = [[] for _ in range(len(dwelling_ids))]
    order = np.lexsort((beside["place"].to_numpy(), places))
    order = order[places[order] >= 0]
    figures = [beside[name].to_numpy()[order].tolist() for name in _COMPARED]
    for place, sale_id, distance_m, unlikeness in zip(places[order].tolist(), *figures, strict=True):
        # NaN, where there are no coordinates, is no JSON.
        own[place].append([sale_id, None if distance_m != distance_m else distance_m, unlikeness])
    return own


@dataclass(frozen=True)
class Difference:
    """Where what was made again is not what is stored."""

    what: str
    stored: Any
    made_again: Any


@dataclass(frozen=True)
class Reproduction:
    """What came of making a released value again."""

    value_id: str
    roll_id: str
    dwelling_id: str
    appraised_value: int | None
    """As it is stored."""
    lower_value: int | None
    upper_value: int | None
    differences: tuple[Difference, ...]
    not_made_again: tuple[str, ...]
    """Flags that only show among the others of the roll: a value alone cannot raise them."""
    hashes: dict[str, str]
    """What it was made of: data, code, lock, parameters, model version, record, explanation."""

    @property
    def is_same(self) -> bool:
        """Return whether everything came out as it is stored."""
        return not self.differences


def reproduce(value: ReleasedValue, roll: ReleasedRoll, archive: Archive, bundle: Bundle | None = None) -> Reproduction:
    """Make a released value again and hold it against what is stored.

    Parameters
    ----------
    value : ReleasedValue
        As it is stored.
    roll : ReleasedRoll
        Its roll.
    archive : Archive
        Where the run is kept.
    bundle : Bundle, optional
        Of that roll, where it was loaded already (`bundle_of`).

    Raises
    ------
    BundleRefused, InputRefused
        When what the archive keeps is not what was released.
    """
    bundle = bundle or bundle_of(roll, archive)
    folder = archive.folder_of(roll)
    made, explanation = _made_again(bundle, value.record)
    stored = {name: getattr(value, name) for name in _FIGURES} | {
        "flags": [code for code in value.flags if code in _ALONE],
        "explanation": value.explanation_sha256,
        "record": canonical(value.record),
    }
    again = {name: getattr(made, name) for name in _FIGURES} | {
        "flags": list(made.flags),
        "explanation": explanation,
        "record": canonical(archived_record(folder, value.dwelling_id, tuple(value.record))),
    }
    differences = tuple(Difference(what, stored[what], again[what]) for what in stored if stored[what] != again[what])
    return Reproduction(
        value_id=value.value_id,
        roll_id=roll.roll_id,
        dwelling_id=value.dwelling_id,
        appraised_value=value.appraised_value,
        lower_value=value.lower_value,
        upper_value=value.upper_value,
        differences=differences,
        not_made_again=tuple(code for code in value.flags if code not in _ALONE),
        hashes=_hashes(value, roll, bundle),
    )


_ALONE = frozenset(rule.code for rule in DWELLING_RULES)


def bundle_of(roll: ReleasedRoll, archive: Archive) -> Bundle:
    """Load the model version of a roll from the archive, proven to be the one that was released."""
    return archive.bundle_of(roll)


def _made_again(bundle: Bundle, record: dict[str, Any]) -> tuple[AppraisedValue, str]:
    row = pd.DataFrame({name: pd.Series([content], dtype=_dtype(content)) for name, content in record.items()})
    answers = appraise(bundle, row, n_threads=1)
    explained = explain(bundle, answers, n_threads=1)
    found = compared_with(bundle, answers, explained.apart.amounts, n_threads=1)
    ids = answers.table["dwelling_id"]
    why = contribution_columns(bundle, explained)
    return answers[0], explanation_digests(ids, why, comparable_rows(found, ids))[0]


def _dtype(content: Any) -> str:
    is_number = isinstance(content, int | float) and not isinstance(content, bool)
    return "float64" if is_number else "object"


def record_of(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row of the roll as it is stored: JSON values, None for what is not known."""
    return {name: None if content != content else content for name, content in row.items()}


def archived_record(folder: Path, dwelling_id: str, names: tuple[str, ...]) -> dict[str, Any]:
    """Return the row of a dwelling of the archived roll; empty where it holds none, or lacks a column."""
    import pyarrow.parquet as pq

    roll = folder / "roll.parquet"
    if not set(names) <= set(pq.read_schema(roll).names):
        return {}
    found = pq.read_table(roll, columns=list(names), filters=[("dwelling_id", "==", dwelling_id)]).to_pylist()
    return record_of(found[0]) if len(found) == 1 else {}


def _hashes(value: ReleasedValue, roll: ReleasedRoll, bundle: Bundle) -> dict[str, str]:
    made_of = bundle.manifest["made_of"]
    return {
        "data_sha256": str(made_of["data_sha256"]),
        "code_sha256": str(made_of["code_sha256"]),
        "lock_sha256": str(made_of["lock_sha256"]),
        "params_sha256": str(made_of["params_sha256"]),
        "model_version": roll.model_version,
        "manifest_sha256": roll.manifest_sha256,
        "roll_sha256": roll.data_hash,
        "values_sha256": roll.values_sha256,
        "record_sha256": hashlib.sha256(canonical(value.record).encode()).hexdigest(),
        "explanation_sha256": value.explanation_sha256,
    }
