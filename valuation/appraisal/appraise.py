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
from numpy.typing import NDArray

from valuation.appraisal.appraised_value import AppraisedValues, Basis
from valuation.appraisal.bundle import Bundle
from valuation.dwellings.characteristics import Characteristic, DataDictionary
from valuation.dwellings.facts import Facts, Floats, Texts
from valuation.errors import InputRefused
from valuation.features.age import day_numbers
from valuation.flags.catalogue import FlagEvidence, raise_flags
from valuation.flags.outside import find_outside, is_outside
from valuation.tax.expected_tax_error import expected_tax_errors
from valuation.uncertainty.accuracy_class import accuracy_class
from valuation.uncertainty.predicted_error import evidence_from

Dates = date | pd.Timestamp | np.ndarray | pd.Series


def appraise(
    bundle: Bundle, dwellings: pd.DataFrame | Facts, *, as_of: Dates | None = None, n_threads: int | None = None
) -> AppraisedValues:
    """Value dwellings at a date.

    Parameters
    ----------
    bundle : Bundle
        The model version.
    dwellings : pandas.DataFrame or Facts
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
    known = known_facts(dwellings, bundle)
    if not len(known):
        return AppraisedValues(_no_answers())
    dates = _known_days(bundle.jurisdiction.valuation_date if as_of is None else as_of, len(known))
    # The models learned nothing of a fact from sales before it was recorded: at such a day it is not known here either.
    known = known_then(known, bundle.jurisdiction.characteristics, dates)
    threads = n_threads if n_threads is not None else (1 if len(known) < FEW_ROWS else 0)
    features = bundle.models.maker_.matrix(known, dates)
    values = bundle.models.values_of(known, dates, features, n_threads=threads)
    evidence = FlagEvidence(
        dwellings=known,
        values=values,
        jurisdiction=bundle.jurisdiction,
        seen=bundle.seen,
        prior_value=_prior_value(dwellings),
        own_sales=bundle.own_sales,
        as_of=dates,
    )
    # Asked before the range is made: where nothing like the dwelling was sold, the range must say so.
    found = find_outside(evidence, bundle.params.flags)
    outside = is_outside(found)
    names = bundle.models.maker_.names_
    values |= bundle.intervals.ranges(values, features, names, known, outside=outside, n_threads=threads)
    values |= _predicted_errors(bundle, values, features, known, dates, outside=outside, n_threads=threads)
    raised = raise_flags(replace(evidence, values=values, found=found), bundle.params.flags)
    answers = _rounded(values, raised.codes, raised.can_be_valued, known, bundle)
    return AppraisedValues(answers, raised, Basis(known, features, names, values["log_index"]))


def _predicted_errors(
    bundle: Bundle,
    values: dict[str, Any],
    features: Floats,
    known: Facts,
    dates: NDArray[np.datetime64],
    *,
    outside: NDArray[np.bool_],
    n_threads: int,
) -> dict[str, Floats]:
    """Return `error_risk`, `expected_error` and `expected_tax_error`; money is not rounded."""
    value, by_range = values["appraised_value"], values["error_risk"]
    days = day_numbers(dates, len(known))
    names, past = bundle.models.maker_.names_, bundle.predicted_error.past_
    evidence = evidence_from(values, features, names, known, days, past)
    found = bundle.predicted_error.predict(evidence, by_range, n_threads=n_threads)
    # Of what lies outside the sales nothing was learned: there it is not less likely wrong than the range says.
    risk = np.where(outside, np.fmax(found.error_risk, by_range), found.error_risk)
    distance = np.where(np.isnan(value), np.nan, found.relative_distance)
    law, shape = bundle.jurisdiction.law, bundle.predicted_error.shape_
    return {
        "error_risk": np.where(np.isnan(value), np.nan, risk),
        "expected_error": value * distance,
        "expected_tax_error": expected_tax_errors(value, distance, shape, law),
    }


FEW_ROWS = 64
"""Under this many rows one thread is faster than starting more (measured: 0.25 against 7.7 ms for one)."""


def _rounded(
    values: dict[str, Any], codes: Texts, can_be_valued: NDArray[np.bool_], known: Facts, bundle: Bundle
) -> dict[str, Any]:
    # No number for a dwelling that cannot be valued: a plausible number would be taken for a value.
    money = {
        name: np.where(can_be_valued, np.rint(values[name].astype(float)), np.nan) for name in AppraisedValues.MONEY
    }
    limits = bundle.params.conformalize.class_limits
    letters = accuracy_class(money["lower_value"], money["upper_value"], money["appraised_value"], limits)
    first, more = AppraisedValues.MONEY[:3], AppraisedValues.MONEY[3:]
    return {
        "dwelling_id": known.text("dwelling_id"),
        **{name: money[name] for name in first},
        "coverage": np.full(len(known), bundle.params.conformalize.coverage),
        "accuracy_class": letters,
        **{name: money[name] for name in more},
        **{name: np.where(can_be_valued, values[name].astype(float), np.nan) for name in AppraisedValues.EXPECTED},
        "flags": codes,
        "model_version": np.full(len(known), bundle.model_version, dtype=object),
    }


def _no_answers() -> pd.DataFrame:
    money = dict.fromkeys(AppraisedValues.MONEY[:3], "float64")
    models = dict.fromkeys(AppraisedValues.MONEY[3:], "float64")
    kinds = {"dwelling_id": "str"} | money | {"coverage": "float64", "accuracy_class": "str"} | models
    kinds |= dict.fromkeys(AppraisedValues.EXPECTED, "float64")
    kinds |= {"flags": "str", "model_version": "str"}
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in kinds.items()})


def _prior_value(dwellings: pd.DataFrame | Facts) -> Floats | None:
    if "prior_value" not in dwellings:
        return None
    if isinstance(dwellings, Facts):
        return _finite(dwellings.number("prior_value"), "prior_value")
    return _numbers(dwellings["prior_value"], "prior_value", None)


def _known_days(as_of: Dates, n: int) -> NDArray[np.datetime64]:
    # A day that is not there would be taken for one in the distant past, and a clock with a zone for the day before.
    given = pd.DatetimeIndex(np.atleast_1d(np.asarray(as_of)))
    if given.hasnans or given.tz is not None:
        raise InputRefused(
            "a day to value at is missing or carries a time zone",
            expected="a calendar day for all dwellings, or one for each",
            remedy="give days without a zone, such as 2026-01-01",
        )
    return np.array(np.broadcast_to(given.to_numpy().astype("datetime64[D]"), (n,)))


def known_dwellings(dwellings: pd.DataFrame | Facts, bundle: Bundle) -> pd.DataFrame:
    """Return the columns the models know, checked and in the dictionary's order, with a fresh index.

    Raises
    ------
    InputRefused
        For a missing column, a column of the wrong kind, or a row without identity. An identity may stand several
        times, as for two sales of one dwelling, each at its own day; a roll names each dwelling once.
    """
    return known_facts(dwellings, bundle).frame()


def known_facts(dwellings: pd.DataFrame | Facts, bundle: Bundle) -> Facts:
    """Return the same as plain columns.

    Raises
    ------
    InputRefused
        As `known_dwellings`.
    """
    dictionary = bundle.jurisdiction.characteristics
    needed = ["dwelling_id", *(["x_m", "y_m"] if bundle.jurisdiction.coordinates else []), *dictionary]
    missing = [name for name in needed if name not in dwellings]
    if missing:
        raise InputRefused(
            f"the table of dwellings lacks {', '.join(missing)}",
            expected=f"the columns {', '.join(needed)}",
            remedy="make it with `valuation ingest`, or add the columns (empty where a fact is not known)",
        )
    numbers: dict[str, Floats] = {}
    texts: dict[str, Texts] = {}
    for name in needed:
        item = dictionary.get(name)
        is_text = name == "dwelling_id" or (item is not None and item.is_categorical)
        if isinstance(dwellings, Facts):
            # Columns of the two kinds already: there is nothing to be told apart.
            if is_text:
                texts[name] = dwellings.text(name)
            else:
                numbers[name] = _finite(dwellings.number(name), name)
        elif is_text:
            texts[name] = _texts(dwellings[name], name)
        else:
            numbers[name] = _numbers(dwellings[name], name, item)
    if any(not identity for identity in texts["dwelling_id"]):
        raise InputRefused("a dwelling has no dwelling_id", expected="an identity for each row", remedy="add it")
    return Facts(len(dwellings), numbers, texts, names=needed)


def known_then(known: Facts, dictionary: DataDictionary, dates: NDArray[np.datetime64]) -> Facts:
    """Take back what is recorded only since after the day of a value; see `without_later_facts`."""
    late = {name: item for name, item in dictionary.items() if item.known_since is not None}
    if not late or all((dates >= np.datetime64(item.known_since)).all() for item in late.values() if item.known_since):
        return known
    numbers = {name: known.number(name) for name in known.names if not _is_text_column(name, dictionary)}
    texts = {name: known.text(name) for name in known.names if _is_text_column(name, dictionary)}
    for name, item in late.items():
        before = dates < np.datetime64(str(item.known_since))
        if name in texts:
            texts[name] = texts[name].copy()
            texts[name][before] = None
        else:
            numbers[name] = np.where(before, np.nan, numbers[name])
    return Facts(len(known), numbers, texts, names=known.names)


def _is_text_column(name: str, dictionary: DataDictionary) -> bool:
    return name == "dwelling_id" or (name in dictionary and dictionary[name].is_categorical)


def _texts(column: pd.Series, name: str) -> Texts:
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype(column.cat.categories.dtype)
    cells = column.to_numpy(dtype=object).tolist()
    made = np.empty(len(cells), dtype=object)
    made[:] = [cell if isinstance(cell, str) else None for cell in cells]
    if any(text is None and not pd.isna(cell) for text, cell in zip(made, cells, strict=True)):
        raise InputRefused(
            f"column {name} holds something that is no text",
            expected="text",
            remedy="give codes as text, such as '0301', not 301",
        )
    return made


def _numbers(column: pd.Series, name: str, item: Characteristic | None) -> Floats:
    if _holds_no_numbers(column, is_yes_or_no=item is not None and item.kind == "boolean"):
        raise InputRefused(
            f"column {name} holds something that is no number",
            expected="numbers, or nothing where the fact is not known",
            remedy="convert the cells to numbers before valuing",
        )
    try:
        is_plain = isinstance(column.dtype, np.dtype)
        plain = column if is_plain else column.astype("float64")
        numbers = np.array(plain.to_numpy(), dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InputRefused(
            f"column {name} cannot be read as numbers: {error}", expected="numbers, or nothing"
        ) from error
    return _finite(numbers, name)


def _finite(numbers: Floats, name: str) -> Floats:
    if np.isinf(numbers).any():
        raise InputRefused(f"column {name} holds an infinite number", expected="finite numbers", remedy="correct it")
    return numbers


def _holds_no_numbers(column: pd.Series, *, is_yes_or_no: bool) -> bool:
    """Return whether a cell is text, or true or false where that means nothing."""
    # Text that looks like a number is refused too: "1_000", " 120 " and "120,5" are read one way here, another there.
    if column.dtype == object:
        refused = str if is_yes_or_no else (str, bool, np.bool_)
        return any(isinstance(cell, refused) for cell in column.to_numpy().tolist())
    if isinstance(column.dtype, np.dtype):
        return bool(column.dtype == np.bool_ and not is_yes_or_no and len(column))
    if pd.api.types.is_string_dtype(column.dtype):
        return bool(column.notna().any())
    return bool(pd.api.types.is_bool_dtype(column.dtype) and not is_yes_or_no and len(column))
