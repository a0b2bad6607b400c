"""What separates a sale from this dwelling, in money? From the price that was paid to the value, in lines that add up.

    sale price + index to the valuation date + differences by explanation group + rounding
        = what this sale says of the dwelling,
    + the part of the sale that the model does not explain = the value.

A group's difference is that of its log contributions, turned into money by the logarithmic mean of the indexed price
and of what the sale says (see `contributions.py`), so that the order of the lines does not matter. Every line is a
whole unit of money; what rounding moves stands in a line of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuation.explanation.comparables import ComparableSales
from valuation.explanation.contributions import money_per_log

Floats = NDArray[np.float64]

DIFFERENCE = "difference."
"""Before the name of a group: its column in the table of `adjustments`."""


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


def adjustments(
    comparables: ComparableSales, found: pd.DataFrame, log_amounts: Floats, appraised_value: Floats
) -> pd.DataFrame:
    """Reckon the lines of the grid for many dwellings at once.

    Parameters
    ----------
    comparables : ComparableSales
    found : DataFrame
        What `comparables.nearest` returned.
    log_amounts : ndarray, shape (n_dwellings, n_lines)
        With which it was asked.
    appraised_value : ndarray, shape (n_dwellings,)
        Stored values, in whole units of money; every dwelling that has a comparable has one.

    Returns
    -------
    DataFrame
        One row is a sale beside a dwelling, as in `found`: its columns and, as whole numbers, `sale_price, index`, a
        column `difference.<group>` each, `rounding, unexplained, value`: all but the last sum to the last.
    """
    row, sale = found["row"].to_numpy(), found["sale"].to_numpy()
    own, theirs = comparables.by_group(log_amounts)[row], comparables.by_group(comparables.log_amounts)[sale]
    apart = own - theirs
    total = apart.sum(axis=1)
    indexed = comparables.sales["time_adjusted_sale_price"].to_numpy(float)[sale]
    amounts = _whole(apart * money_per_log(indexed, total)[:, None])
    price = _whole(comparables.sales["market_price"].to_numpy(float)[sale])
    says, value = _whole(indexed * np.exp(total)), _whole(np.asarray(appraised_value, dtype=float)[row])
    lines = found.assign(sale_price=price, index=_whole(indexed) - price)
    for place, group in enumerate(comparables.groups):
        lines[DIFFERENCE + group] = amounts[:, place]
    return lines.assign(rounding=says - _whole(indexed) - amounts.sum(axis=1), unexplained=value - says, value=value)


def grids_from(
    comparables: ComparableSales,
    lines: pd.DataFrame,
    dwellings: pd.DataFrame,
    appraised_value: Floats,
    valuation_date: date,
) -> list[AdjustmentGrid | None]:
    """Return the grid of each dwelling.

    Parameters
    ----------
    comparables : ComparableSales
    lines : DataFrame
        What `adjustments` returned for these dwellings.
    dwellings : DataFrame
        One row each: `dwelling_id` and the characteristics.
    appraised_value : ndarray, shape (n_dwellings,)
    valuation_date : date

    Returns
    -------
    list of AdjustmentGrid or None
        In the order of `dwellings`; None where there is no value.
    """
    names = [str(name) for name in comparables.sales if name in dwellings and name not in _NO_FACTS]
    used = np.unique(lines["sale"].to_numpy())
    sold = dict(zip(used.tolist(), comparables.sales.iloc[used].to_dict("records"), strict=True))
    beside: dict[int, list[ComparedSale]] = {}
    for line in lines.to_dict("records"):
        sale = _compared(sold[line["sale"]], line, comparables.groups, names)
        beside.setdefault(int(line["row"]), []).append(sale)
    values = np.asarray(appraised_value, dtype=float)
    return [
        None
        if np.isnan(values[place])
        else AdjustmentGrid(
            dwelling_id=str(facts.pop("dwelling_id")),
            appraised_value=int(values[place]),
            valuation_date=valuation_date,
            groups=comparables.groups,
            sales=tuple(beside.get(place, ())),
            facts=_plain(facts),
            wanted=comparables.params.number,
            least=comparables.params.least,
        )
        for place, facts in enumerate(dwellings[["dwelling_id", *names]].to_dict("records"))
    ]


_NO_FACTS = (
    *("sale_id", "dwelling_id", "market_date", "market_price", "time_adjusted_sale_price", "joint_debt"),
    *("x_m", "y_m"),
)
"""Columns of a sale that are no characteristic."""


def _compared(sale: dict[Any, Any], line: dict[Any, Any], groups: tuple[str, ...], names: list[str]) -> ComparedSale:
    debt = sale.get("joint_debt")
    return ComparedSale(
        sale_id=str(line["sale_id"]),
        dwelling_id=str(sale["dwelling_id"]),
        market_date=sale["market_date"].date(),
        distance_m=None if np.isnan(line["distance_m"]) else float(line["distance_m"]),
        unlikeness=float(line["unlikeness"]),
        sale_price=int(line["sale_price"]),
        joint_debt=None if debt is None or pd.isna(debt) or debt == 0 else round(float(debt)),
        index=int(line["index"]),
        differences=tuple(int(line[DIFFERENCE + group]) for group in groups),
        rounding=int(line["rounding"]),
        unexplained=int(line["unexplained"]),
        facts=_plain({name: sale[name] for name in names}),
    )


def _plain(facts: dict[Any, Any]) -> dict[str, Any]:
    """Return facts as texts, numbers and None, as JSON has them."""
    plain = {str(name): None if pd.isna(value) else value for name, value in facts.items()}
    return {name: value.item() if isinstance(value, np.generic) else value for name, value in plain.items()}


def _whole(amounts: Floats) -> NDArray[np.int64]:
    return np.rint(amounts).astype(np.int64)
