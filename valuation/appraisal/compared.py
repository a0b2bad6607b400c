"""Which sales stand beside these values, and what separates them? The adjustment grids, from the bundle."""

from __future__ import annotations

import numpy as np
import pandas as pd

from valuation.appraisal.appraise import appraise
from valuation.appraisal.appraised_value import AppraisedValues
from valuation.appraisal.bundle import Bundle
from valuation.explanation.adjustment_grid import AdjustmentGrid, grids_from
from valuation.explanation.log_amounts import log_amounts

COMPARABLES_FILE = "comparables.parquet"
"""The sales beside every value of the roll."""


def adjustment_grids(
    bundle: Bundle, dwellings: pd.DataFrame, *, n_threads: int | None = None
) -> list[AdjustmentGrid | None]:
    """Return each dwelling beside the sales most like it, at the valuation date.

    Parameters
    ----------
    bundle : Bundle
    dwellings : DataFrame
        As for `appraise`.
    n_threads : int, optional
        Changes no number.

    Returns
    -------
    list of AdjustmentGrid or None
        In the order of `dwellings`; None for a dwelling that cannot be valued.
    """
    answers = appraise(bundle, dwellings, n_threads=n_threads)
    if answers.basis is None:
        return []
    apart = log_amounts(bundle.models, answers.basis.matrix, n_threads=n_threads or 1).amounts
    return grids_of(bundle, answers, apart, n_threads=n_threads)


def grids_of(
    bundle: Bundle, answers: AppraisedValues, log_amounts: np.ndarray, *, n_threads: int | None = None
) -> list[AdjustmentGrid | None]:
    """Return the same from answers that are there already.

    Parameters
    ----------
    bundle : Bundle
    answers : AppraisedValues
        Of `appraise` on at least one dwelling, at the valuation date.
    log_amounts : ndarray, shape (n_dwellings, n_lines)
        Log contributions of the same dwellings.
    n_threads : int, optional
        Changes no number.
    """
    assert answers.basis is not None
    value, known = answers.column("appraised_value"), answers.basis.facts
    found = bundle.comparables.found(known, log_amounts, is_asked=~np.isnan(value), n_threads=n_threads)
    return grids_from(bundle.comparables, found, log_amounts, known, value, bundle.jurisdiction.valuation_date)


def compared_with(
    bundle: Bundle, answers: AppraisedValues, log_amounts: np.ndarray, *, n_threads: int | None = None
) -> pd.DataFrame:
    """Return the sales most like each dwelling that has a value, as `ComparableSales.nearest` gives them.

    Parameters
    ----------
    bundle : Bundle
    answers : AppraisedValues
        Of `appraise`, at the valuation date.
    log_amounts : ndarray, shape (n_dwellings, n_lines)
        Log contributions of the same dwellings.
    n_threads : int, optional
        By default as many as there are cores.
    """
    assert answers.basis is not None
    is_valued = ~np.isnan(answers.column("appraised_value"))
    return bundle.comparables.nearest(answers.basis.facts, log_amounts, is_asked=is_valued, n_threads=n_threads)


def comparable_rows(found: pd.DataFrame, dwelling_id: pd.Series) -> pd.DataFrame:
    """Return the rows of `comparables.parquet`: dwelling, place, sale, metres and unlikeness."""
    names = dwelling_id.to_numpy()[found["row"].to_numpy()]
    kept = found[["place", "sale_id", "distance_m", "unlikeness"]].reset_index(drop=True)
    kept.insert(0, "dwelling_id", pd.array(names, dtype="str"))
    return kept
