"""Which sales may be shown beside a value, and what do their facts contribute?

Stored in the bundle, so that an adjustment grid can be drawn from it alone. A sold dwelling is valued as if it stood on
the roll today: at the valuation date, its own sales left out, with all that is recorded of it now. A fact recorded only
since after its sale, which the models did not see of that sale, is taken from the roll: two flats must not differ by
when one of them was sold.
"""

from __future__ import annotations

import pandas as pd

from valuation.dwellings.characteristics import DataDictionary
from valuation.explanation.comparables import ComparableSales
from valuation.explanation.log_amounts import LogAmounts, log_amounts
from valuation.explanation.typical import TypicalDwellings
from valuation.models.value_models import ValueModels
from valuation.pipeline.stage import Workplace


def sold_dwellings(work: Workplace, learned_from: pd.DataFrame) -> tuple[pd.DataFrame, LogAmounts]:
    """Return the sold dwellings as they are known today, and what makes up their log values at the valuation date.

    Parameters
    ----------
    work : Workplace
        With `train/` and `roll.parquet`.
    learned_from : DataFrame
        The valid sales before the holdout.
    """
    models = ValueModels.load(work.out / "train" / "models")
    ordered = learned_from.sort_values("sale_id", ignore_index=True)
    sold = with_later_facts(ordered, work.read_table("roll.parquet"), work.jurisdiction.characteristics)
    return sold, log_amounts(models, models.features_of(sold, work.jurisdiction.valuation_date))


def comparable_sales(work: Workplace, sold: pd.DataFrame, apart: LogAmounts) -> ComparableSales:
    """Return the sales that may be shown beside values, of what `sold_dwellings` returned."""
    return ComparableSales.fit(sold, apart.names, apart.amounts, work.jurisdiction, work.params.comparables)


def typical_dwellings(work: Workplace, sold: pd.DataFrame, apart: LogAmounts) -> TypicalDwellings:
    """Return the typical dwelling of each type, of what `sold_dwellings` returned."""
    type_column = str(work.jurisdiction.characteristics.with_role("dwelling_type"))
    return TypicalDwellings.of_sold(apart, sold, type_column)


def with_later_facts(sales: pd.DataFrame, roll: pd.DataFrame, dictionary: DataDictionary) -> pd.DataFrame:
    """Give sales the facts that are recorded only since some day, where the roll has them of the same dwelling.

    Parameters
    ----------
    sales, roll : DataFrame
        One row is a sale, and a dwelling: `dwelling_id` and the characteristics.
    dictionary : DataDictionary
    """
    late = [name for name, item in dictionary.items() if item.known_since is not None]
    by_dwelling = roll.drop_duplicates("dwelling_id").set_index("dwelling_id")
    today = {name: by_dwelling[name].reindex(sales["dwelling_id"]).set_axis(sales.index) for name in late}
    return sales.assign(**{name: sales[name].where(sales[name].notna(), today[name]) for name in late})
