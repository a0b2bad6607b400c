"""How good are the values where nothing was sold? Models that know no sale of an area value the sales in it."""

from __future__ import annotations

import pandas as pd

from valuation.jurisdictions.jurisdiction import Jurisdiction
from valuation.models.side_by_side import side_by_side
from valuation.models.value_models import ValueModels
from valuation.pipeline.params import Params
from valuation.pipeline.stage import Progress
from valuation.ratio_study.study import MODELS
from valuation.sales.time_adjustment import TimeIndex


def dealt_areas(areas: pd.Series, n_groups: int) -> dict[str, int]:
    """Deal market areas into groups of like size: the largest first, each to the group with fewest sales.

    Parameters
    ----------
    areas : Series of text
        Market area of each sale.
    n_groups : int

    Returns
    -------
    dict of str to int
        Area to group; at most as many groups as there are areas.

    Examples
    --------
    >>> dealt_areas(pd.Series(["a", "a", "a", "b", "b", "c"]), 2)
    {'a': 0, 'b': 1, 'c': 1}
    """
    counts = areas.dropna().astype(str).value_counts()
    ordered = sorted(counts.items(), key=lambda item: (-item[1], str(item[0])))
    filled = [0] * min(n_groups, len(ordered))
    dealt: dict[str, int] = {}
    for area, n_sales in ordered:
        group = filled.index(min(filled))
        dealt[str(area)] = group
        filled[group] += int(n_sales)
    return dealt


def left_out_area_values(
    sales: pd.DataFrame,
    jurisdiction: Jurisdiction,
    params: Params,
    *,
    damping: float | None = None,
    progress: Progress | None = None,
) -> pd.DataFrame | None:
    """Value holdout sales by models that know no sale of their area: index, features and models are fitted without it.

    Parameters
    ----------
    sales : DataFrame
        `sales.parquet`.
    jurisdiction : Jurisdiction
    params : Params
        Its settings of the models were chosen with sales of all areas, as was `damping`: what is left out are the
        prices.
    damping : float, optional
        Of the trend beyond the last sale, as the index of all areas has it; chosen anew for each group when not given.
    progress : Progress, optional

    Returns
    -------
    DataFrame or None
        `sale_id, dwelling_id, sale_price, appraised_value, baseline_value, tree_value, group`; None where there are
        fewer than two areas.
    """
    told = progress or Progress()
    if damping is not None:
        adjust = params.adjust.model_copy(update={"forecast_damping": damping})
        params = params.model_copy(update={"adjust": adjust})
    area = str(jurisdiction.characteristics.with_role("market_area"))
    known = sales[sales["is_valid_sale"] & ~sales["is_holdout"]].reset_index(drop=True)
    holdout = sales[sales["is_holdout"]].sort_values("sale_id", ignore_index=True)
    group_of = dealt_areas(known[area], params.evaluate.n_left_out_areas)
    n_groups = len(set(group_of.values()))
    if n_groups < 2:
        return None

    def valued(group: int) -> pd.DataFrame | None:
        left_out = {name for name, place in group_of.items() if place == group}
        asked = holdout[holdout[area].astype("str").isin(left_out)].reset_index(drop=True)
        elsewhere = known[~known[area].astype("str").isin(left_out)].reset_index(drop=True)
        return _valued_from_elsewhere(elsewhere, asked, jurisdiction, params) if len(asked) else None

    parts = []
    for group, values in enumerate(side_by_side(valued, range(n_groups))):
        if values is not None:
            parts.append(values.assign(group=group))
        told("left-out areas", group + 1, n_groups)
    return pd.concat(parts, ignore_index=True).sort_values("sale_id", ignore_index=True) if parts else None


def _valued_from_elsewhere(
    elsewhere: pd.DataFrame, asked: pd.DataFrame, jurisdiction: Jurisdiction, params: Params
) -> pd.DataFrame:
    index = TimeIndex.fit(elsewhere, jurisdiction, params.adjust)
    models = ValueModels.fit(elsewhere, index, jurisdiction, params.train, light=True)
    values = models.value(asked, asked["market_date"].to_numpy())
    table = asked[["sale_id", "dwelling_id"]].assign(sale_price=asked["market_price"].to_numpy(dtype=float))
    return table.assign(**{column: values[column].to_numpy() for column in MODELS.values()})
