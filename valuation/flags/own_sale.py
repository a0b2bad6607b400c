"""Did the dwelling itself recently sell for a price outside its probable range?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuation.dwellings.characteristics import Words
from valuation.dwellings.facts import Facts, codes_among
from valuation.flags.flag import Finding, FlagEvidence, FlagRule, Source

if TYPE_CHECKING:
    from valuation.pipeline.params import FlagParams


@dataclass(frozen=True)
class OwnSale:
    """The newest sale of each dwelling itself, before the date of its value: one row of each column is a dwelling."""

    price: NDArray[np.float64]
    """At the price level of the valuation date; NaN where there is no such sale."""
    year: NDArray[np.float64]
    sale_id: NDArray[np.object_]


def find(evidence: FlagEvidence, params: FlagParams) -> Finding:
    """Compare the newest own sale before the date of the value with its range, both at the price level of that date."""
    n = len(evidence)
    if evidence.own_sales is None or "dwelling_id" not in evidence.facts:
        return Finding.not_applicable(n)
    own = newest_own_sale(evidence, OwnSales.of(evidence.own_sales), params.own_sale_years)
    price = own.price
    # Own sales stand at the level of the valuation date; the index carries them to the date of the value.
    if "log_index" in evidence.values:
        price = price * np.exp(evidence.value("log_index"))
    low, high = evidence.value("lower_value"), evidence.value("upper_value")
    below, above = price < low, price > high
    applicable = np.isfinite(price) & np.isfinite(low) & np.isfinite(high)

    def sources(place: int) -> tuple[Source, ...]:
        return Source("sale", str(own.sale_id[place])), Source(
            "figure", "lower_value" if below[place] else "upper_value"
        )

    return Finding.of(price, np.where(below, low, high), below | above, applicable, sources=sources)


class OwnSales:
    """The sales that a dwelling is looked up among, put in order once.

    Parameters
    ----------
    sales : DataFrame
        Valid sales the model knows: `sale_id, dwelling_id, market_date, time_adjusted_sale_price`.
    """

    def __init__(self, sales: pd.DataFrame) -> None:
        facts = Facts.of(sales)
        owner = facts.text("dwelling_id")
        self.place_of_dwelling = {name: place for place, name in enumerate(dict.fromkeys(owner.tolist()))}
        place = codes_among(owner, self.place_of_dwelling, len(owner))
        sold, price = sales["market_date"].to_numpy().astype("datetime64[D]"), facts.number("time_adjusted_sale_price")
        # Of two sales on one day the dearer counts as the newer.
        order = np.lexsort((price, sold, place))
        self.sold, self.price, self.sale_id = sold[order], price[order], facts.text("sale_id")[order]
        self._owner = place[order]
        self._key = self._owner * _DAYS + self.sold.astype(np.int64)

    @classmethod
    def of(cls, sales: pd.DataFrame | OwnSales) -> OwnSales:
        """Return the sales in order; those that are already, themselves."""
        return sales if isinstance(sales, OwnSales) else cls(sales)

    def last_before(self, dwelling_id: NDArray[np.object_], dates: NDArray[np.datetime64]) -> NDArray[np.int64]:
        """Place of the newest sale of each dwelling strictly before its date, −1 where there is none."""
        owner = codes_among(dwelling_id, self.place_of_dwelling, len(dwelling_id))
        before = np.searchsorted(self._key, owner * _DAYS + dates.astype(np.int64), side="left") - 1
        is_own = (owner >= 0) & (before >= 0)
        is_own[is_own] = self._owner[before[is_own]] == owner[is_own]
        return np.where(is_own, before, -1)


def newest_own_sale(evidence: FlagEvidence, sales: OwnSales, years: float = np.inf) -> OwnSale:
    """Return the newest sale of each dwelling within so many years before the date of its value.

    Parameters
    ----------
    evidence : FlagEvidence
    sales : OwnSales
    years : float
        Older sales are passed over.
    """
    n = len(evidence)
    found = OwnSale(np.full(n, np.nan), np.full(n, np.nan), np.full(n, "", dtype=object))
    # Strictly before: a sale on the very day may be the one that is being predicted.
    last = sales.last_before(evidence.text("dwelling_id"), evidence.dates)
    rows = np.flatnonzero(last >= 0)
    age = (evidence.dates[rows] - sales.sold[last[rows]]).astype(np.int64)
    rows = rows[age <= years * 365.25]
    chosen = last[rows]
    found.price[rows] = sales.price[chosen]
    found.year[rows] = sales.sold[chosen].astype("datetime64[Y]").astype(np.int64) + 1970
    found.sale_id[rows] = sales.sale_id[chosen]
    return found


_DAYS = 1_000_000
"""More than lie between any two days of sale: the number of a dwelling and a day make one number."""

RULE = FlagRule(
    code="own-sale-outside",
    title=Words(en="Own sale outside the range", nb="Eget salg utenfor området", nn="Eige sal utanfor området"),
    severity="review",
    sentence=Words(
        en="The dwelling itself sold recently for {number}, brought to the day of the value. That is outside the "
        "probable range (bound: {limit}).",
        nb="Boligen selv er nylig solgt for {number}, regnet om til datoen for verdien. Det er utenfor det sannsynlige "
        "prisområdet (grense: {limit}).",
        nn="Bustaden sjølv er nyleg seld for {number}, rekna om til datoen for verdien. Det er utanfor det sannsynlege "
        "prisområdet (grense: {limit}).",
    ),
    explanation="The sale is evidence about this very dwelling. Was it a free sale? Was the dwelling altered "
    "afterwards, or does the register lack something the buyer saw?",
    find=find,
    judges_value=True,
    number_kind="money",
    settings=("own_sale_years",),
)
