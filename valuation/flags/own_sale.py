"""Did the dwelling itself recently sell for a price outside its probable range?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuation.dwellings.characteristics import Words
from valuation.flags.flag import Finding, FlagEvidence, FlagRule, Source, numbers, texts

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
    if evidence.own_sales is None or "dwelling_id" not in evidence.dwellings:
        return Finding.not_applicable(n)
    own = newest_own_sale(evidence, evidence.own_sales, params.own_sale_years)
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


def newest_own_sale(evidence: FlagEvidence, sales: pd.DataFrame, years: float = np.inf) -> OwnSale:
    """Return the newest sale of each dwelling within so many years before the date of its value.

    Parameters
    ----------
    evidence : FlagEvidence
    sales : DataFrame
        Valid sales the model knows: `sale_id, dwelling_id, market_date, time_adjusted_sale_price`.
    years : float
        Older sales are passed over.
    """
    dwellings = texts(evidence.dwellings, "dwelling_id")
    if len(dwellings) < FEW_ROWS:
        sales = sales[texts(sales, "dwelling_id").isin(dwellings).to_numpy(dtype=bool)]
    # Text is compared once, through an index; pairs are made of whole numbers.
    sold_id = texts(sales, "dwelling_id")
    identity = pd.Index(sold_id.unique())
    rows = pd.DataFrame({"key": identity.get_indexer(dwellings), "row": np.arange(len(evidence)), "at": evidence.dates})
    known = pd.DataFrame(
        {
            "key": identity.get_indexer(sold_id),
            "sold": sales["market_date"].to_numpy().astype("datetime64[D]"),
            "price": numbers(sales, "time_adjusted_sale_price"),
            "sale": np.arange(len(sales)),
        }
    )
    pairs = rows[rows["key"] >= 0].merge(known, on="key")
    age = (pairs["at"] - pairs["sold"]).dt.days
    # Strictly before: a sale on the very day may be the one that is being predicted.
    pairs = pairs[(age > 0) & (age <= years * 365.25)].sort_values(["row", "sold", "price"])
    newest = pairs.drop_duplicates("row", keep="last")
    place = newest["row"].to_numpy()
    n = len(evidence)
    found = OwnSale(np.full(n, np.nan), np.full(n, np.nan), np.full(n, "", dtype=object))
    found.price[place] = newest["price"].to_numpy()
    found.year[place] = newest["sold"].dt.year.to_numpy()
    found.sale_id[place] = texts(sales, "sale_id").to_numpy(dtype=object)[newest["sale"].to_numpy()]
    return found


FEW_ROWS = 1000
"""Under this many dwellings their sales are picked out first; for a roll that would cost more than it saves."""

RULE = FlagRule(
    code="own-sale-outside",
    title=Words(en="Own sale outside the range", nb="Eget salg utenfor området", nn="Eige sal utanfor området"),
    severity="review",
    sentence=Words(
        en="The dwelling itself sold recently for {number} at today's price level, outside the probable range (bound: "
        "{limit}).",
        nb="Boligen selv er nylig solgt for {number} i dagens prisnivå, utenfor det sannsynlige prisområdet (grense: "
        "{limit}).",
        nn="Bustaden sjølv er nyleg seld for {number} i dagens prisnivå, utanfor det sannsynlege prisområdet (grense: "
        "{limit}).",
    ),
    explanation="The sale is evidence about this very dwelling. Was it a free sale? Was the dwelling altered "
    "afterwards, or does the register lack something the buyer saw?",
    find=find,
    number_kind="money",
    settings=("own_sale_years",),
)
