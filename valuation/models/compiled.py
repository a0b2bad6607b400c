"""How is a kernel compiled? By numba, in strict floating point, kept on disk where a folder can be written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numba import njit


def compiled(kernel: Callable[..., Any]) -> Any:
    """Compile a function at its first call.

    Never with `fastmath`: sums are to be the same bits wherever they are added, and threads are our own (`nogil`),
    since numba's may not be entered by two requests at once. The machine code is kept beside the source, or in the
    user's cache folder, or where NUMBA_CACHE_DIR says; an installation where none can be written compiles anew in each
    process.
    """
    try:
        return njit(cache=True, nogil=True)(kernel)
    except RuntimeError:
        return njit(nogil=True)(kernel)
