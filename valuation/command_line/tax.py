"""`valuation tax`: what a valued roll pays, by dwelling and summed to the property."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from valuation.command_line.terminal import result
from valuation.command_line.terminal import say as talk
from valuation.errors import WrongUse
from valuation.languages.spoken import recorded, say, speaking

if TYPE_CHECKING:
    import pandas as pd

    from valuation.jurisdictions.jurisdiction import Jurisdiction


def tax(
    run: Annotated[Path, typer.Argument(help="Folder of a finished run.", metavar="RUN")],
    out: Annotated[Path | None, typer.Option("--out", help="Folder to write; by default `tax` in the run.")] = None,
    language: Annotated[
        str | None, typer.Option("--language", help="nb, nn or en; by default the first of the jurisdiction.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the sums as JSON.")] = False,
) -> None:
    """Work out the tax of every dwelling and property of a valued roll, by the rules of the jurisdiction."""
    import pandas as pd

    from valuation.appraisal.bundle import check_bundle
    from valuation.appraisal.receipt import check_signed, read_receipt
    from valuation.command_line.places import check_can_write
    from valuation.jurisdictions.jurisdiction import Jurisdiction
    from valuation.languages.language import language_asked
    from valuation.tax.property_sum import property_sums
    from valuation.tax.property_tax import property_taxes

    for name in ("values.parquet", "bundle/jurisdiction.json"):
        if not (run / name).is_file():
            raise WrongUse(
                f"{run} holds no {name}",
                expected="the output folder of a finished run",
                remedy="give the folder that `valuation run --out` wrote",
            )
    # Nobody is billed by a value, or by a rule, that is not the one the run signed.
    path = check_signed(run, "values.parquet", read_receipt(run))
    check_bundle(run / "bundle")
    place = Jurisdiction.model_validate_json((run / "bundle" / "jurisdiction.json").read_bytes())
    spoken = language_asked(language, place.languages)
    values = pd.read_parquet(path)
    dwellings = values[["dwelling_id", "appraised_value"]].assign(
        tax=property_taxes(values["appraised_value"], place.law)
    )
    properties = property_sums(values, place.law)
    target = (out or run / "tax").absolute()
    check_can_write(target)
    _write(target, place, {"dwellings": dwellings, "properties": properties})
    sums = _sums(dwellings, properties)
    with speaking(spoken):
        for line in _told(place, sums):
            talk(line)
    whole = {"out": str(target), "currency": place.currency, "is_synthetic": place.is_synthetic, **sums}
    result(json.dumps(whole, indent=2) if as_json else str(target))


def _told(place: Jurisdiction, sums: dict[str, Any]) -> list[str]:
    lines = [recorded(line) for line in place.law.told()]
    if sums["properties_without_tax"]:
        lines.append(
            say(
                "{n:,} properties have a dwelling without a value, and so no tax",
                n=sums["properties_without_tax"],
            )
        )
    return lines + ([say("synthetic data: no tax of a real place")] if place.is_synthetic else [])


def _write(target: Path, place: Jurisdiction, tables: dict[str, pd.DataFrame]) -> None:
    from valuation.pipeline.params import Params
    from valuation.pipeline.stage import Workplace

    is_ours = not target.exists() or (target / "properties.parquet").exists() or not any(target.iterdir())
    if not is_ours:
        raise WrongUse(
            f"{target} exists and was not written by `valuation tax`",
            expected="a new folder, or one of an earlier call, which is replaced",
            remedy="choose another --out",
        )
    with Workplace(place, Params(), Path(), target.parent).written_aside(target.name) as folder:
        folder.mkdir()
        for name, table in tables.items():
            table.to_parquet(folder / f"{name}.parquet", index=False, compression="zstd")


def _sums(dwellings: pd.DataFrame, properties: pd.DataFrame) -> dict[str, Any]:
    without = properties["n_without_value"] > 0
    return {
        "dwellings": len(dwellings),
        "dwellings_without_value": int(dwellings["appraised_value"].isna().sum()),
        "properties": len(properties),
        "properties_without_tax": int(without.sum()),
        "tax_of_properties": int(properties["tax"].sum()),
    }


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(tax)
