"""What would these dwellings have sold for? The one way to a value: whoever needs one calls `appraise`.

The answer to a dwelling depends on the bundle, the dwelling and the date alone: not on the other rows, their order, the
order of the columns, the number of threads, or where the roll was cut into chunks.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from valuation.appraisal.appraised_value import AppraisedValues, Basis
from valuation.appraisal.bundle import Bundle
from valuation.dwellings.characteristics import Characteristic, DataDictionary
from valuation.errors import InputRefused
from valuation.features.age import day_numbers
from valuation.flags.catalogue import FlagEvidence, raise_flags
from valuation.flags.outside import find_outside, is_outside
from valuation.sales.known_facts import without_later_facts
from valuation.tax.expected_tax_error import expected_tax_errors
from valuation.uncertainty.accuracy_class import accuracy_class
from valuation.uncertainty.predicted_error import error_evidence

Dates = date | pd.Timestamp | np.ndarray | pd.Series


def appraise(
    bundle: Bundle, dwellings: pd.DataFrame, *, as_of: Dates | None = None, n_threads: int | None = None
) -> AppraisedValues:
    """Value dwellings at a date.

    Parameters
    ----------
    bundle : Bundle
        The model version.
    dwellings : pandas.DataFrame
        One dwelling per row: `dwelling_id`, `x_m` and `y_m` where the jurisdiction has coordinates, and every
        characteristic of its data dictionary, by name. `prior_value` is used when there; other columns are ignored.
    as_of : date or array of dates, optional
        At which date, one for all or one per row; by default the valuation date.
    n_threads : int, optional
        Threads for the boosted model; by default all cores, and one for a handful of rows, where threads only cost.

    Returns
    -------
    AppraisedValues
        In the order of `dwellings`. A dwelling that cannot be valued has no number and says so by a flag.

    Raises
    ------
    InputRefused
        For a missing column, a column of the wrong kind, a row without identity, or a day that is none.
    """
    known = known_dwellings(dwellings, bundle)
    if known.empty:
        return AppraisedValues(_no_answers())
    dates = _known_days(bundle.jurisdiction.valuation_date if as_of is None else as_of)
    # The models learned nothing of a fact from sales before it was recorded: at such a day it is not known here either.
    known, _ = without_later_facts(known, bundle.jurisdiction.characteristics, dates)
    threads = n_threads if n_threads is not None else (1 if len(known) < FEW_ROWS else 0)
    features = bundle.models.features_of(known, dates)
    values = bundle.models.value(known, dates, n_threads=threads, features=features)
    evidence = FlagEvidence(
        dwellings=known,
        values=values,
        jurisdiction=bundle.jurisdiction,
        seen=bundle.seen,
        prior_value=_prior_value(dwellings),
        own_sales=bundle.sales,
        as_of=dates,
    )
    # Asked before the range is made: where nothing like the dwelling was sold, the range must say so.
    found = find_outside(evidence, bundle.params.flags)
    outside = is_outside(found)
    values = values.join(bundle.intervals.interval(values, features, known, outside=outside, n_threads=threads))
    values = with_predicted_error(bundle, values, features, known, dates, outside=outside, n_threads=threads)
    raised = raise_flags(replace(evidence, values=values, found=found), bundle.params.flags)
    table = _rounded(values, raised.codes, raised.can_be_valued, known, bundle)
    return AppraisedValues(table, raised, Basis(known, features, values["log_index"].to_numpy(float)))


def with_predicted_error(
    bundle: Bundle,
    values: pd.DataFrame,
    features: pd.DataFrame,
    known: pd.DataFrame,
    dates: Dates,
    *,
    outside: np.ndarray,
    n_threads: int,
) -> pd.DataFrame:
    """Return the values with `error_risk`, `expected_error` and `expected_tax_error`; money is not rounded."""
    value, by_range = (values[name].to_numpy(float) for name in ("appraised_value", "error_risk"))
    days = day_numbers(dates, len(known))
    evidence = error_evidence(values, features, known, days, bundle.predicted_error.past_)
    found = bundle.predicted_error.predict(evidence, by_range, n_threads=n_threads)
    # Of what lies outside the sales nothing was learned: there it is not less likely wrong than the range says.
    risk = np.where(outside, np.fmax(found.error_risk, by_range), found.error_risk)
    distance = np.where(np.isnan(value), np.nan, found.relative_distance)
    return values.assign(
        error_risk=np.where(np.isnan(value), np.nan, risk),
        expected_error=value * distance,
        expected_tax_error=expected_tax_errors(value, distance, bundle.predicted_error.shape_, bundle.jurisdiction.law),
    )


FEW_ROWS = 64
"""Under this many rows one thread is faster than starting more (measured: 0.25 against 7.7 ms for one)."""


def _rounded(
    values: pd.DataFrame, codes: np.ndarray, can_be_valued: np.ndarray, known: pd.DataFrame, bundle: Bundle
) -> pd.DataFrame:
    table = pd.DataFrame({"dwelling_id": known["dwelling_id"].to_numpy()})
    for name in ("appraised_value", "lower_value", "upper_value"):
        # No number for a dwelling that cannot be valued: a plausible number would be taken for a value.
        table[name] = np.where(can_be_valued, np.rint(values[name].to_numpy(float)), np.nan)
    table["coverage"] = bundle.params.conformalize.coverage
    limits = bundle.params.conformalize.class_limits
    letters = accuracy_class(table["lower_value"], table["upper_value"], table["appraised_value"], limits)
    table["accuracy_class"] = pd.array(letters, dtype="str")
    for name in ("baseline_value", "tree_value"):
        table[name] = np.where(can_be_valued, np.rint(values[name].to_numpy(float)), np.nan)
    for name in AppraisedValues.EXPECTED:
        table[name] = np.where(can_be_valued, values[name].to_numpy(float), np.nan)
    table["flags"] = pd.array(codes, dtype="str")
    table["model_version"] = pd.array(np.repeat(bundle.model_version, len(table)), dtype="str")
    return table


def _no_answers() -> pd.DataFrame:
    money = dict.fromkeys(AppraisedValues.MONEY[:3], "float64")
    models = dict.fromkeys(AppraisedValues.MONEY[3:], "float64")
    kinds = {"dwelling_id": "str"} | money | {"coverage": "float64", "accuracy_class": "str"} | models
    kinds |= dict.fromkeys(AppraisedValues.EXPECTED, "float64")
    kinds |= {"flags": "str", "model_version": "str"}
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in kinds.items()})


def _prior_value(dwellings: pd.DataFrame) -> np.ndarray | None:
    if "prior_value" not in dwellings:
        return None
    return _number(dwellings["prior_value"], "prior_value", None).to_numpy()


def _known_days(as_of: Dates) -> Dates:
    # A day that is not there would be taken for one in the distant past, and a clock with a zone for the day before.
    given = pd.DatetimeIndex(np.atleast_1d(np.asarray(as_of)))
    if given.hasnans or given.tz is not None:
        raise InputRefused(
            "a day to value at is missing or carries a time zone",
            expected="a calendar day for all dwellings, or one for each",
            remedy="give days without a zone, such as 2026-01-01",
        )
    return as_of


def known_dwellings(dwellings: pd.DataFrame, bundle: Bundle) -> pd.DataFrame:
    """Return the columns the models know, checked and in the dictionary's order, with a fresh index.

    Raises
    ------
    InputRefused
        For a missing column, a column of the wrong kind, or a row without identity. An identity may stand several
        times, as for two sales of one dwelling, each at its own day; a roll names each dwelling once.
    """
    dictionary = bundle.jurisdiction.characteristics
    needed = ["dwelling_id", *(["x_m", "y_m"] if bundle.jurisdiction.coordinates else []), *dictionary]
    missing = [name for name in needed if name not in dwellings.columns]
    if missing:
        raise InputRefused(
            f"the table of dwellings lacks {', '.join(missing)}",
            expected=f"the columns {', '.join(needed)}",
            remedy="make it with `valuation ingest`, or add the columns (empty where a fact is not known)",
        )
    known = {name: _column(dwellings[name], name, dictionary) for name in needed}
    table = pd.DataFrame(known).reset_index(drop=True)
    ids = table["dwelling_id"]
    if ids.isna().any() or (ids == "").any():
        raise InputRefused("a dwelling has no dwelling_id", expected="an identity for each row", remedy="add it")
    return table


def _column(column: pd.Series, name: str, dictionary: DataDictionary) -> Any:
    item = dictionary.get(name)
    if name == "dwelling_id" or (item is not None and item.is_categorical):
        return _text(column, name)
    return _number(column, name, item)


def _text(column: pd.Series, name: str) -> pd.Series:
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype(column.cat.categories.dtype)
    if not (_is_text(column) | column.isna()).all():
        raise InputRefused(
            f"column {name} holds something that is no text",
            expected="text",
            remedy="give codes as text, such as '0301', not 301",
        )
    return column.astype("str").reset_index(drop=True)


def _number(column: pd.Series, name: str, item: Characteristic | None) -> pd.Series:
    is_yes_or_no = item is not None and item.kind == "boolean"
    # Text that looks like a number is refused too: "1_000", " 120 " and "120,5" are read one way here, another there.
    if (_is_text(column) | (_is_truth(column) & (not is_yes_or_no))).any():
        raise InputRefused(
            f"column {name} holds something that is no number",
            expected="numbers, or nothing where the fact is not known",
            remedy="convert the cells to numbers before valuing",
        )
    try:
        numbers = column.astype("float64").reset_index(drop=True)
    except (TypeError, ValueError) as error:
        raise InputRefused(
            f"column {name} cannot be read as numbers: {error}", expected="numbers, or nothing"
        ) from error
    if np.isinf(numbers.to_numpy()).any():
        raise InputRefused(f"column {name} holds an infinite number", expected="finite numbers", remedy="correct it")
    return numbers


def _is_text(column: pd.Series) -> pd.Series:
    if column.dtype == object:
        return column.map(lambda value: isinstance(value, str)).astype(bool)
    return pd.Series(pd.api.types.is_string_dtype(column.dtype), index=column.index) & column.notna()


def _is_truth(column: pd.Series) -> pd.Series:
    if column.dtype == object:
        return column.map(lambda value: isinstance(value, bool | np.bool_)).astype(bool)
    return pd.Series(pd.api.types.is_bool_dtype(column.dtype), index=column.index)
