"""Which sales in this table are new to the version, free, and valued by it?

The same way in as for the sales it learned from: the jurisdiction of the bundle reads the table, what cannot be read
goes into a table of refused rows, the same rules say which sales were free, and the same `appraise` values each at its
own day.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd

from valuation.appraisal.appraise import appraise
from valuation.comparison.versions import Version
from valuation.errors import InputRefused, TooFewSales, TooManyRejectedRows, WrongUse
from valuation.jurisdictions.coordinates import Division
from valuation.jurisdictions.jurisdiction import Jurisdiction
from valuation.jurisdictions.mapping import Canonical, canonical_sales
from valuation.jurisdictions.raw_table import RawText, read_raw_table
from valuation.jurisdictions.rejections import QUARANTINED
from valuation.sales.known_facts import without_later_facts
from valuation.sales.market_price import market_date
from valuation.sales.screening import screen_sales

MONEY = ("appraised_value", "lower_value", "upper_value")


@dataclass(frozen=True)
class NewSales:
    """The new sales of a table, and what became of the others."""

    table: pd.DataFrame
    """One row is a free new sale with a value, the newest of its dwelling: the facts, `market_date, market_price`,
    `appraised_value, lower_value, upper_value, flags`."""
    rejected: pd.DataFrame
    """Rows and cells that could not be read, as `ingest/rejected_rows.csv`."""
    left_out: pd.DataFrame
    """`sale_id, dwelling_id, market_date, market_price, reason`: sales that were read and are not looked at."""
    n_read: int


def read_new_sales(path: Path, version: Version, raw: Path | None = None, *, today: date | None = None) -> NewSales:
    """Read, screen and value the new sales.

    Parameters
    ----------
    path : Path
        The table of sales, laid out as the jurisdiction file of the version says.
    version : Version
        Of the live model.
    raw : Path, optional
        Folder with the other raw tables, where facts are joined from them; by default the folder of `path`.
    today : date, optional
        No sale can be later.

    Raises
    ------
    WrongUse
        When there is no such file or folder.
    InputRefused
        When the table is not laid out so, or hardly a row of it can be read.
    TooFewSales
        When no sale of it is new and free.
    """
    jurisdiction = version.bundle.jurisdiction
    tables = _raw_tables(path, jurisdiction, raw or path.parent)
    # New sales lie after the valuation date of the version, and not after today.
    last = max(today or date.today(), jurisdiction.valuation_date)
    dated = jurisdiction.model_copy(update={"valuation_date": last})
    found = canonical_sales(dated, tables, _division(version))
    rejected = _of_this_check(_rejected(found, tables[jurisdiction.sales.table]), last)
    _check_share(found, rejected, tables[jurisdiction.sales.table], version)
    known, _ = without_later_facts(found.table, jurisdiction.characteristics, market_date(found.table))
    screened, excluded, _ = screen_sales(known, jurisdiction, version.bundle.params.screen)
    table, left_out = _new_and_free(screened, excluded, jurisdiction)
    if table.empty:
        counts = left_out["reason"].value_counts()
        raise TooFewSales(
            f"{path.name}: none of {len(screened):,} sales is new and free: "
            + "; ".join(f"{n:,} {reason}" for reason, n in counts.head(3).items()),
            expected=f"sales on or after {jurisdiction.holdout_from}",
            remedy="give a table of newer sales",
        )
    return _valued(table, left_out, rejected, version, len(screened))


def _raw_tables(path: Path, jurisdiction: Jurisdiction, raw: Path) -> dict[str, RawText]:
    if not path.is_file():
        raise WrongUse(f"{path} is not a file", expected="a table of new sales", remedy="give its path")
    if not raw.is_dir():
        raise WrongUse(f"{raw} is not a folder", expected="the folder with the other raw tables", remedy="--raw DIR")
    mapping = jurisdiction.sales
    layout = jurisdiction.tables[mapping.table].model_copy(update={"file": path.name})
    tables = {mapping.table: read_raw_table(mapping.table, layout, path.parent)}
    for name in {join.table for join in mapping.joins} - {mapping.table}:
        layout = jurisdiction.tables[name]
        if not (raw / layout.file).exists():
            raise InputRefused(
                f"{raw / layout.file} is not there: facts of the sales are joined from it",
                expected="the other raw tables of the jurisdiction",
                remedy="give their folder with --raw DIR",
            )
        tables[name] = read_raw_table(name, layout, raw)
    return tables


def _division(version: Version) -> Division | None:
    """Return the market areas as they were drawn for the version; drawn anew they would be others."""
    made = [item for item in version.bundle.jurisdiction.characteristics.values() if item.origin.areas is not None]
    if not made:
        return None
    path = version.folder / "ingest" / "summary.json"
    try:
        return Division.from_dict(json.loads(path.read_text("utf-8"))["made_market_areas"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputRefused(
            f"{path} does not tell the market areas: {error}",
            expected="the summary that `ingest` wrote",
            remedy="give the whole output folder of the run",
        ) from error


def _rejected(found: Canonical, raw: RawText) -> pd.DataFrame:
    told = found.rejections.table_of_findings()
    unread = pd.DataFrame(
        [
            {"table": raw.name, "line": bad.line, "rule": bad.rule, "value": bad.text, "remedy": bad.remedy}
            for bad in raw.bad_rows
        ]
    )
    if unread.empty:
        return told
    unread = unread.assign(dwelling_id=None, column=None, effect=QUARANTINED)[told.columns]
    return unread if told.empty else pd.concat([unread, told], ignore_index=True)


def _of_this_check(rejected: pd.DataFrame, last: date) -> pd.DataFrame:
    # The rule of a run asks for its valuation date; a check of new sales lets sales in up to its own day.
    is_later = rejected["rule"] == "sold_after_the_valuation_date"
    remedy = f"no sale lies after {last}, the last day this check takes sales of: correct the date"
    return rejected.assign(
        rule=rejected["rule"].mask(is_later, "sold_after_the_last_day"),
        remedy=rejected["remedy"].mask(is_later, remedy),
    )


def _check_share(found: Canonical, rejected: pd.DataFrame, raw: RawText, version: Version) -> None:
    left_out = int(found.rejections.left_out.sum()) + len(raw.bad_rows)
    share = version.bundle.params.ingest.max_rejected_share
    if found.n_raw == 0 or left_out > max(share * found.n_raw, 1):
        worst = rejected.value_counts(["rule", "column"], dropna=False).head(3).rename("n").reset_index()
        rules = "; ".join(f"{row.n:,} × {row.rule} in {row.column!r}" for row in worst.itertuples())
        raise TooManyRejectedRows(
            f"{raw.path.name}: {left_out:,} of {found.n_raw:,} rows cannot be used: {rules or 'no row was read'}",
            expected=f"at most {share:.1%} (`ingest.max_rejected_share`), and at least one row",
            remedy="correct the table as each rule says; the rows stand in rejected_rows.csv",
            table=rejected,
        )


def _new_and_free(
    screened: pd.DataFrame, excluded: pd.DataFrame, jurisdiction: Jurisdiction
) -> tuple[pd.DataFrame, pd.DataFrame]:
    is_new = screened["market_date"] >= pd.Timestamp(jurisdiction.holdout_from)
    why = excluded.drop_duplicates("sale_id").set_index("sale_id")["code"]
    reason = screened["sale_id"].map(why).astype("object")
    reason = reason.where(~screened["is_valid_sale"], "")
    reason = reason.mask(~is_new, f"before {jurisdiction.holdout_from}: the version may have learned from it")
    left_out = screened.loc[reason != "", ["sale_id", "dwelling_id", "market_date", "market_price"]]
    return screened[reason == ""], left_out.assign(reason=reason[reason != ""])


def _valued(
    table: pd.DataFrame, left_out: pd.DataFrame, rejected: pd.DataFrame, version: Version, n_read: int
) -> NewSales:
    table = table.sort_values(["dwelling_id", "market_date", "sale_id"]).reset_index(drop=True)
    answers = appraise(version.bundle, table, as_of=table["market_date"].to_numpy()).table
    for name in (*MONEY, "flags"):
        table[name] = answers[name].to_numpy()
    reason = pd.Series("", index=table.index, dtype=object)
    # Two sales of one dwelling are no two pieces of evidence.
    reason[table["dwelling_id"].duplicated(keep="last")] = "a newer sale of the same dwelling is there"
    reason[table["appraised_value"].isna()] = "cannot be valued"
    columns = ["sale_id", "dwelling_id", "market_date", "market_price"]
    apart = table.loc[reason != "", columns].assign(reason=reason[reason != ""])
    kept = table[reason == ""].sort_values("sale_id", ignore_index=True)
    everything = pd.concat([part for part in (left_out, apart) if len(part)] or [left_out], ignore_index=True)
    return NewSales(kept, rejected, everything.sort_values("sale_id", ignore_index=True), n_read)
