"""What was paid for the dwelling, and on which day was that agreed?"""

from __future__ import annotations

import pandas as pd


def market_price_and_date(sales: pd.DataFrame) -> pd.DataFrame:
    """Add the price that was paid for the dwelling and the day it was agreed.

    Parameters
    ----------
    sales : pandas.DataFrame
        As `ingest` writes it.

    Returns
    -------
    pandas.DataFrame
        With `market_price` (price and share of joint debt; the registered price alone is wrong by hundreds of thousands
        where a housing company owes) and `market_date` (see `market_date`).
    """
    priced = sales.copy()
    debt = sales["joint_debt"].fillna(0.0) if "joint_debt" in sales else 0.0
    priced["market_price"] = sales["sale_price"] + debt
    priced["market_date"] = market_date(sales)
    return priced


def market_date(sales: pd.DataFrame) -> pd.Series:
    """Return the day the price was agreed: of the contract, where it is known and before the registration.

    Parameters
    ----------
    sales : pandas.DataFrame
        `sale_date`, and `contract_date` where the jurisdiction has it.
    """
    if "contract_date" not in sales:
        return sales["sale_date"]
    earlier = sales["contract_date"].notna() & (sales["contract_date"] <= sales["sale_date"])
    return sales["sale_date"].mask(earlier, sales["contract_date"])
