"""How are models fitted that do not wait for one another? Side by side, as many as there are cores, in a fixed order.

What is fitted hangs on nothing but its own sales: the results are the same bits as one after the other.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from threadpoolctl import threadpool_limits

Item = TypeVar("Item")
Fitted = TypeVar("Fitted")


def side_by_side(fit: Callable[[Item], Fitted], items: Iterable[Item]) -> Iterator[Fitted]:
    """Fit every item in threads and yield the results in the order of the items.

    LightGBM, scikit-learn's trees and linear algebra leave the interpreter free while they work; the steps between them
    do not, so that a second fit fills the time in which one alone would keep a single core busy.

    Parameters
    ----------
    fit : callable
        Takes an item; must change nothing that another call reads.
    items : iterable

    Examples
    --------
    >>> list(side_by_side(lambda n: n * n, [1, 2, 3]))
    [1, 4, 9]
    """
    # One thread for each product of matrices, set for all of them here: fits limit it for themselves too, and the one
    # that ends first would otherwise lift the limit while another counts on it, and with it change last bits.
    with threadpool_limits(limits=1, user_api="blas"), ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        yield from pool.map(fit, items)
