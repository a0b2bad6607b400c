"""`valuation grid`: a dwelling beside the sales most like it, from their prices to its value in lines that add up."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from valuation.command_line.one_dwelling import bundle_of, dwelling_of, language_of, why_no_value
from valuation.command_line.terminal import result, say

if TYPE_CHECKING:
    from valuation.appraisal.bundle import Bundle
    from valuation.explanation.adjustment_grid import AdjustmentGrid


def grid(
    run: Annotated[Path, typer.Argument(help="Folder of a finished run.", metavar="RUN")],
    dwelling: Annotated[str, typer.Argument(help="Identity of a dwelling on the roll.", metavar="DWELLING")],
    language: Annotated[
        str | None, typer.Option("--language", help="nb, nn or en; by default the first of the jurisdiction.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")] = False,
) -> None:
    """Show the sales most like a dwelling, and what separates each from it in money."""
    bundle = bundle_of(run)
    spoken = language_of(language, bundle)
    row = dwelling_of(run, dwelling, bundle, spoken)
    from valuation.appraisal.compared import adjustment_grids
    from valuation.explanation.grid_words import grid_text

    found = adjustment_grids(bundle, row, n_threads=1)[0]
    if found is None:
        raise why_no_value(bundle, row, spoken)
    if as_json:
        result(json.dumps(_as_dict(found, bundle, spoken), indent=2, ensure_ascii=False, allow_nan=False))
        return
    if bundle.jurisdiction.is_synthetic:
        say("synthetic data: invented dwellings and sales")
    result("\n".join(grid_text(found, bundle.jurisdiction, spoken)))


def _as_dict(grid: AdjustmentGrid, bundle: Bundle, language: str) -> dict[str, Any]:
    from valuation.explanation.grid_words import grid_rows, grid_sentences, group_label

    place = bundle.jurisdiction
    return {
        "dwelling_id": grid.dwelling_id,
        "appraised_value": grid.appraised_value,
        "facts": grid.facts,
        "groups": {name: group_label(name, place, language) for name in grid.groups},
        "sales": [
            {
                "sale_id": sale.sale_id,
                "dwelling_id": sale.dwelling_id,
                "market_date": sale.market_date.isoformat(),
                "distance_m": sale.distance_m,
                "unlikeness": sale.unlikeness,
                "sale_price": sale.sale_price,
                "joint_debt": sale.joint_debt,
                "index": sale.index,
                "indexed_price": sale.indexed_price,
                "differences": dict(zip(grid.groups, sale.differences, strict=True)),
                "rounding": sale.rounding,
                "adjusted_price": sale.adjusted_price,
                "unexplained": sale.unexplained,
                "value": sale.value,
                "facts": sale.facts,
            }
            for sale in grid.sales
        ],
        "rows": [
            {"kind": row.kind, "label": row.label, "amounts": row.amounts} for row in grid_rows(grid, place, language)
        ],
        "has_too_few": grid.has_too_few,
        "sentences": grid_sentences(grid, place, language),
        "language": language,
        "currency": place.currency,
        "valuation_date": grid.valuation_date.isoformat(),
        "is_synthetic": place.is_synthetic,
        "model_version": bundle.model_version,
    }


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="grid")(grid)
