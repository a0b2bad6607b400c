"""What separates a sale from this dwelling, in money? From the price that was paid to the value, in lines that add up.

    sale price + index to the valuation date + differences by explanation group + rounding
        = what this sale says of the dwelling,
    + the part of the sale that the model does not explain = the value.

A group's difference is that of its log contributions, turned into money by the logarithmic mean of the indexed price
and of what the sale says (see `contributions.py`), so that the order of the lines does not matter. Every line is a
whole unit of money; what rounding moves stands in a line of its own.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from valuation.dwellings.facts import Facts
from valuation.explanation.comparables import ComparableSales, Nearest
from valuation.explanation.contributions import money_per_log

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]


@dataclass(frozen=True)
class ComparedSale:
    """One column of the grid. Money is in whole units."""

    sale_id: str
    dwelling_id: str
    market_date: date
    distance_m: float | None
    """On the map; None where there are no coordinates."""
    unlikeness: float
    """How far apart the two are as the model sees them, in log price."""
    sale_price: int
    """As agreed, with the joint debt that came with it."""
    joint_debt: int | None
    index: int
    """What the time index adds from the day of the sale to the valuation date."""
    differences: tuple[int, ...]
    """What the dwelling is worth more than the one that was sold, by the groups of the grid."""
    rounding: int
    unexplained: int
    """What the price of this sale was below what its facts explain; negative where it was above."""
    facts: dict[str, Any]
    """Of the dwelling that was sold, by characteristic."""

    @property
    def indexed_price(self) -> int:
        """The price at the valuation date."""
        return self.sale_price + self.index

    @property
    def adjusted_price(self) -> int:
        """What this sale says that the dwelling would have fetched."""
        return self.indexed_price + sum(self.differences) + self.rounding

    @property
    def value(self) -> int:
        """Where all lines end: the value of the dwelling."""
        return self.adjusted_price + self.unexplained


@dataclass(frozen=True)
class AdjustmentGrid:
    """A dwelling beside the sales most like it."""

    dwelling_id: str
    appraised_value: int
    valuation_date: date
    groups: tuple[str, ...]
    """Explanation groups, in the order of the differences of each sale."""
    sales: tuple[ComparedSale, ...]
    """Nearest first; fewer than `wanted` where no more pass the guards, perhaps none."""
    facts: dict[str, Any]
    """Of the dwelling, by characteristic."""
    wanted: int
    least: int
    """Sales below which too few are comparable."""

    @property
    def has_too_few(self) -> bool:
        """Whether fewer sales are comparable than the least that a comparison needs."""
        return len(self.sales) < self.least


class Reckoned(NamedTuple):
    """The lines of grids, in whole units of money; one row of each is a sale beside a dwelling, all sum to `value`."""

    sale_price: Whole
    indexing: Whole
    differences: Whole
    """Shape (n_rows, n_groups)."""
    rounding: Whole
    unexplained: Whole
    value: Whole


def reckon(comparables: ComparableSales, found: Nearest, log_amounts: Floats, appraised_value: Floats) -> Reckoned:
    """Reckon the lines of the grid for many dwellings at once.

    Parameters
    ----------
    comparables : ComparableSales
    found : Nearest
        What `comparables.found` returned.
    log_amounts : ndarray, shape (n_dwellings, n_lines)
        With which it was asked.
    appraised_value : ndarray, shape (n_dwellings,)
        Stored values, in whole units of money; every dwelling that has a comparable has one.
    """
    apart = comparables.by_group(log_amounts)[found.row] - comparables.log_sums[found.sale]
    total = apart.sum(axis=1)
    indexed = comparables.cells["time_adjusted_sale_price"][found.sale]
    amounts = _whole(apart * money_per_log(indexed, total)[:, None])
    price, says = _whole(comparables.cells["market_price"][found.sale]), _whole(indexed * np.exp(total))
    value = _whole(np.asarray(appraised_value, dtype=float)[found.row])
    rounding = says - _whole(indexed) - amounts.sum(axis=1)
    return Reckoned(price, _whole(indexed) - price, amounts, rounding, value - says, value)


def grids_from(
    comparables: ComparableSales,
    found: Nearest,
    log_amounts: Floats,
    dwellings: Facts,
    appraised_value: Floats,
    valuation_date: date,
) -> list[AdjustmentGrid | None]:
    """Return the grid of each dwelling.

    Parameters
    ----------
    comparables : ComparableSales
    found : Nearest
        What `comparables.found` returned for these dwellings.
    log_amounts : ndarray, shape (n_dwellings, n_lines)
        With which it was asked.
    dwellings : Facts
        `dwelling_id` and the characteristics.
    appraised_value : ndarray, shape (n_dwellings,)
    valuation_date : date

    Returns
    -------
    list of AdjustmentGrid or None
        In the order of `dwellings`; None where there is no value.
    """
    names = [name for name in comparables.cells if name in dwellings and name not in _NO_FACTS]
    beside: list[list[ComparedSale]] = [[] for _ in range(len(dwellings))]
    shown = _compared(comparables, found, log_amounts, appraised_value, names)
    for row, sale in zip(found.row.tolist(), shown, strict=True):
        beside[row].append(sale)
    values = np.asarray(appraised_value, dtype=float).tolist()
    identities = dwellings.text("dwelling_id").tolist()
    return [
        None
        if math.isnan(value)
        else AdjustmentGrid(
            dwelling_id=str(identity),
            appraised_value=int(value),
            valuation_date=valuation_date,
            groups=comparables.groups,
            sales=tuple(sales),
            facts=facts,
            wanted=comparables.params.number,
            least=comparables.params.least,
        )
        for identity, value, sales, facts in zip(identities, values, beside, dwellings.records(names), strict=True)
    ]


_NO_FACTS = (
    *("sale_id", "dwelling_id", "market_date", "market_price", "time_adjusted_sale_price", "joint_debt"),
    *("x_m", "y_m"),
)
"""Columns of a sale that are no characteristic."""


def _compared(
    comparables: ComparableSales, found: Nearest, log_amounts: Floats, appraised_value: Floats, names: list[str]
) -> list[ComparedSale]:
    """Return the sales of all rows of `found`, in their order."""
    reckoned, cells = reckon(comparables, found, log_amounts, appraised_value), comparables.cells
    nothing = np.full(len(comparables), np.nan)
    debts = cells.get("joint_debt", nothing)[found.sale].astype(float).tolist()
    facts = zip(*(_plain(cells[name][found.sale]) for name in names), strict=True) if names else ((),) * len(debts)
    sold = zip(
        cells["sale_id"][found.sale],
        cells["dwelling_id"][found.sale],
        cells["market_date"][found.sale].astype("datetime64[D]").tolist(),
        debts,
        strict=True,
    )
    lines = zip(*(column.tolist() for column in reckoned[:-1]), strict=True)
    near = zip(found.distance_m.tolist(), found.unlikeness.tolist(), strict=True)
    return [
        ComparedSale(
            sale_id=str(sale_id),
            dwelling_id=str(dwelling_id),
            market_date=day,
            distance_m=None if math.isnan(far) else far,
            unlikeness=unlike,
            sale_price=price,
            joint_debt=None if math.isnan(debt) or debt == 0 else round(debt),
            index=index,
            differences=tuple(differences),
            rounding=rounding,
            unexplained=unexplained,
            facts=dict(zip(names, row, strict=True)),
        )
        for (sale_id, dwelling_id, day, debt), (price, index, differences, rounding, unexplained), (
            far,
            unlike,
        ), row in zip(sold, lines, near, facts, strict=True)
    ]


def _plain(cells: NDArray[Any]) -> list[Any]:
    """Return facts as texts, numbers and None, as JSON has them."""
    return [None if cell != cell else cell for cell in cells.tolist()]


def _whole(amounts: Floats) -> NDArray[np.int64]:
    return np.rint(amounts).astype(np.int64)
