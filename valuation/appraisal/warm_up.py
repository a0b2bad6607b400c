"""How does a service answer its first request as quickly as its hundredth? Everything made at first use is made now."""

from __future__ import annotations

import numpy as np

from valuation.appraisal.appraise import FEW_ROWS
from valuation.appraisal.bundle import Bundle
from valuation.appraisal.in_full import appraise_in_full
from valuation.appraisal.memory import settle
from valuation.explanation.log_amounts import warm


def warm_up(bundle: Bundle, *, n_threads: int = 1) -> None:
    """Fill the tables of a model version, load the compiled kernels and give back what loading has left behind.

    Values some of the sold dwellings in full, few and many, so that all that is put together at first use is there.

    Parameters
    ----------
    bundle : Bundle
    n_threads : int
        For filling the tables.
    """
    warm(bundle.models, n_threads=n_threads)
    sold = bundle.comparables.sales.head(FEW_ROWS)
    absent = [name for name in bundle.jurisdiction.characteristics if name not in sold]
    asked = sold.assign(**dict.fromkeys(absent, np.nan))
    for few in (asked.head(1), asked):
        appraise_in_full(bundle, few, n_threads=1)
    settle()
