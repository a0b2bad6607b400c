"""Is what is fitted side by side the same as one after the other, in the same order, with its errors told?"""

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from valuation.models.side_by_side import side_by_side


def test_results_come_in_the_order_of_the_items():
    assert list(side_by_side(lambda n: n * n, range(20))) == [n * n for n in range(20)]


def test_products_of_matrices_have_one_thread_meanwhile():
    np.ones((4, 4)) @ np.ones((4, 4))
    seen = list(side_by_side(lambda _: [item["num_threads"] for item in blas_pools()], range(4)))
    assert {n for threads in seen for n in threads} == {1}


def blas_pools():
    return [item for item in threadpool_info() if item["user_api"] == "blas"]


def test_an_error_in_one_is_told():
    def fit(n):
        if n == 2:
            raise ValueError("no sales")
        return n

    with pytest.raises(ValueError, match="no sales"):
        list(side_by_side(fit, range(4)))
