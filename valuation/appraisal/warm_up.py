"""How does a service answer its first request as quickly as its hundredth? Everything made at first use is made now."""

from __future__ import annotations

import ctypes
import gc
import sys

import numpy as np
import pyarrow as pa

from valuation.appraisal.appraise import FEW_ROWS
from valuation.appraisal.bundle import Bundle
from valuation.appraisal.in_full import appraise_in_full
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
    _give_back()


_OF_ALL_THREADS = {-8: 2, -3: 1 << 20, -1: 4 << 20}
"""glibc's `mallopt`: two arenas (`M_ARENA_MAX`); what is larger than a MiB comes from the system and goes back to it
(`M_MMAP_THRESHOLD`, which else grows with what was freed), and so does a free end of 4 MiB (`M_TRIM_THRESHOLD`)."""


def share_memory() -> None:
    """Let all threads and Arrow take memory from the same few heaps: what one gives back, the others use.

    For a process that lives long; to be called before it starts threads.
    """
    pa.set_memory_pool(pa.system_memory_pool())
    if sys.platform == "linux":
        choose = getattr(ctypes.CDLL(None), "mallopt", None)  # of glibc alone
        if choose is not None:
            for parameter, value in _OF_ALL_THREADS.items():
                choose(parameter, value)


def _give_back() -> None:
    # What was read and parsed is twice as large as what is kept; a worker holds it for ever unless told otherwise.
    gc.unfreeze()
    gc.collect()
    # What is left stays as long as the worker: looking through all of it for garbage again and again, a request of
    # every few hundred would wait a tenth of a second.
    gc.freeze()
    pa.default_memory_pool().release_unused()
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # of glibc alone
        if trim is not None:
            trim(0)
