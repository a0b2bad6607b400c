"""Which lines make up the file: the head, the table, the sales, the roll, the place and what is left out?"""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from valuation.errors import WrongUse
from valuation.jurisdictions.draft.characteristics import put_characteristics
from valuation.jurisdictions.draft.column_guesses import Guess, said_again
from valuation.jurisdictions.draft.lines import Draft, missing, said
from valuation.jurisdictions.draft.places import Places, guess_places
from valuation.jurisdictions.draft.sales_table import SalesTable, read_sales_table

HOLDOUT_SHARE = 0.15
"""Newest sales kept for the test."""


def draft_jurisdiction(path: Path | str, today: date | None = None) -> tuple[str, list[str]]:
    """Propose a jurisdiction file for a table of sales.

    Parameters
    ----------
    path : Path
        A CSV file with one sale a line: at least price, date and living area.
    today : datetime.date, optional
        Sales dated later are told of, and set no date of the file; by default any date is believed.

    Returns
    -------
    text : str
        The jurisdiction file (YAML); what was guessed stands in comments.
    guesses : list of str
        The same guesses, for the command line.

    Raises
    ------
    WrongUse
        When there is no such file.
    InputRefused
        When no column looks like a price, a date or a living area, or the file is no table.
    """
    path = Path(path)
    if not path.is_file():
        raise WrongUse(f"{path} is not there", expected="a table of sales (CSV)", remedy="correct the path")
    table = read_sales_table(path, today)
    draft = Draft()
    _head(draft, table)
    _layout(draft, table)
    where = guess_places(table)
    left_out = dict(_left_out(table, where))
    _mappings(draft, table, where)
    _coordinates(draft, where)
    put_characteristics(draft, table, where, left_out)
    if left_out:
        draft.put("left_out:")
        for name, reason in left_out.items():
            draft.put(f"  - {{column: {said(name)}, reason: {said(reason)}}}")
    return "\n".join(draft.lines) + "\n", draft.guesses


def _head(draft: Draft, table: SalesTable) -> None:
    stem = re.sub(r"[^a-z0-9]+", "_", table.raw.path.stem.lower()).strip("_")
    name = stem if stem[:1].isalpha() else f"j_{stem}"
    title = name.replace("_", " ").capitalize()
    draft.lines += [
        f"# Drafted from {table.raw.path.name}: {table.raw.n_rows:,} rows.",
        "# Read it line by line: what was guessed says so.",
        "schema_version: 1",
        f"name: {name}",
        f"title: {{en: {said(title)}}}",
    ]
    draft.put(f"currency: {_currency(table)}", "from the language and units of the column names; correct it")
    draft.put("languages: [en]")
    last = pd.Timestamp(table.days[~np.isnat(table.days)].max())
    valued = (last + pd.offsets.MonthBegin(1)).date()
    draft.put(f"valuation_date: {valued}", f"the month after the last sale ({last.date()}){_future(table)}")
    holdout, share = _holdout(table.days)
    draft.put(f"holdout_from: {holdout.date()}", f"the newest {share:.0%} of the sales are kept for the test")
    draft.put("")


def _future(table: SalesTable) -> str:
    if not table.n_future:
        return ""
    return (
        f"; {table.n_future:,} of {table.raw.n_rows:,} sales are dated after today, which none can be: they are left "
        f"out here, and a run leaves them out; correct {table.sold.name!r}"
    )


def _holdout(days: np.ndarray) -> tuple[pd.Timestamp, float]:
    known = pd.Series(days[~np.isnat(days)])
    cut = known.sort_values().iloc[int((1 - HOLDOUT_SHARE) * (len(known) - 1))]
    starts = [cut.to_period("M").start_time, cut.to_period("M").start_time + pd.offsets.MonthBegin(1), cut]
    usable = [start for start in starts if known.min() < start <= known.max()]
    best = min(usable or [known.max()], key=lambda start: abs((known >= start).mean() - HOLDOUT_SHARE))
    return pd.Timestamp(best).normalize(), float((known >= best).mean())


def _currency(table: SalesTable) -> str:
    names = " ".join(table.columns).lower()
    if re.search(r"pris|kjøpesum|kjopesum|byggeår|areal|dato", names):
        return "NOK"
    return "USD" if re.search(r"sqft|lotsize|zip|tla", names) else "XXX"


def _layout(draft: Draft, table: SalesTable) -> None:
    layout, why = table.raw.format, table.why_layout
    draft.put("tables:")
    draft.put("  sales:")
    draft.put(f"    file: {said(layout.file)}")
    draft.put(f"    delimiter: {said(layout.delimiter)}", why["delimiter"])
    draft.put(f"    decimal: {said(layout.decimal)}", why["decimal"])
    if layout.thousands:
        draft.put(f"    thousands: {said(layout.thousands)}")
    draft.put(f"    encoding: {layout.encoding}", why.get("encoding", ""))
    if not layout.ends_with_newline:
        draft.put("    ends_with_newline: false", why["ends"])
    draft.put("    licence: unknown", "write under which terms the table may be used")
    draft.put("    published_by: unknown")
    draft.put("")


def _mappings(draft: Draft, table: SalesTable, where: Places | None) -> None:
    identity, why = _identity(table, where)
    draft.put("sales:")
    draft.put("  table: sales")
    draft.put(f"  dwelling_id: {identity}", why)
    date_format = f", date_format: {said(table.sold.date_format)}" if table.sold.date_format else ""
    draft.put(
        f"  sale_date: {{column: {said(table.sold.name)}{date_format}}}",
        f"its name and values; the dates run from {pd.Timestamp(np.nanmin(table.days)).date()} to "
        f"{pd.Timestamp(np.nanmax(table.days)).date()}",
    )
    draft.put(
        f"  sale_price: {{column: {said(table.price.name)}{missing(table.price)}}}",
        f"its name; the median is {np.nanmedian(table.price.numbers):,.0f}",
    )
    debt = table.with_role("joint_debt")
    if debt is not None:
        draft.put(f"  joint_debt: {{column: {said(debt.name)}{missing(debt)}}}", "its name; it is added to the price")
    if "constant" not in identity and not _is_row_identity(table, identity):
        draft.put("  exact_duplicates: keep", "no column tells dwellings apart, so like rows may be two sales")
    draft.put("")
    draft.put("roll:")
    draft.put("  table: sales")
    draft.put("  keep: latest_sale", "the only table there is: the roll is every dwelling sold, as at its last sale")
    draft.put(f"  dwelling_id: {identity}")
    address = table.with_role("address")
    if address is not None:
        draft.put(f"  address: {{column: {said(address.name)}}}")
    prior = table.with_role("prior_value")
    if prior is not None and len(prior.numbers):
        draft.put(f"  prior_value: {{column: {said(prior.name)}{missing(prior)}}}", "its name: a value set before")
    draft.put("")


def _is_row_identity(table: SalesTable, identity: str) -> bool:
    found = table.with_role("dwelling_id")
    return (found is not None and said(found.name) in identity) or "x_" in identity or not table.raw.n_rows


def _identity(table: SalesTable, where: Places | None) -> tuple[str, str]:
    found = table.with_role("dwelling_id")
    if found is not None:
        return f"{{column: {said(found.name)}}}", f"its name; {found.n_levels:,} different in {len(found.text):,} rows"
    if where is not None:
        pairs = (where.x.text + "/" + where.y.text).nunique()
        if pairs > 0.9 * table.raw.n_rows:
            pair = said([where.x.name, where.y.name])
            return f'{{columns: {pair}, separator: "/"}}', (
                f"no column identifies a dwelling; {pairs:,} of {table.raw.n_rows:,} rows lie at a place of their own"
            )
    not_facts = ("price", "date", "prior_value", "person")
    columns = [
        name for name, guess in table.guesses.items() if guess.role not in not_facts and not _changes_with_time(guess)
    ]
    n = len(pd.DataFrame({name: table.columns[name] for name in columns}).drop_duplicates())
    return f'{{columns: {said(columns)}, separator: "/"}}', (
        f"no column identifies a dwelling: all facts together do, {n:,} different in {table.raw.n_rows:,} rows; like "
        "dwellings share it"
    )


def _changes_with_time(guess: Guess) -> bool:
    return bool(re.search(r"remaining|^age$|_age$|alder|year_?sold|^syear$|^s(19|20)\d\d$", guess.name.lower()))


def _coordinates(draft: Draft, where: Places | None) -> None:
    if where is None:
        draft.put(
            "# No coordinates were recognised: neighbours cannot be looked at. Add `coordinates:` if there are any."
        )
        draft.put("")
        return
    draft.put("coordinates:")
    draft.put(f"  x: {{column: {said(where.x.name)}{missing(where.x)}}}")
    draft.put(f"  y: {{column: {said(where.y.name)}{missing(where.y)}}}")
    draft.put(f"  raw_crs: {where.raw_crs}", where.why)
    draft.put(f"  crs: {where.crs}")
    draft.put(f"  bounds: {list(where.bounds)}", "the sales lie inside; correct it to the borders of the municipality")
    draft.put("")


def _left_out(table: SalesTable, where: Places | None) -> list[tuple[str, str]]:
    """Return the columns that must not or need not be used, each with its reason."""
    again = dict(said_again(table.guesses, table.price, table.days))
    found = []
    for name, guess in table.guesses.items():
        if guess.role == "person":
            found.append((name, "it may tell of people; nothing about people is needed for a value"))
        elif guess.role == "prior_value":
            found.append((name, "a value set before: a rival to compare with, never a feature"))
        elif (
            where is not None and guess.role in ("x", "y", "longitude", "latitude") and guess not in (where.x, where.y)
        ):
            found.append((name, "the coordinates said again"))
        elif guess.role in (
            "price",
            "date",
            "dwelling_id",
            "sale_id",
            "x",
            "y",
            "longitude",
            "latitude",
            "address",
            "joint_debt",
        ):
            continue
        elif name in again:
            found.append((name, again[name]))
        elif guess.kind == "text" and guess.role not in ("street", "building", "market_area", "floor"):
            found.append((name, f"free text or an identity: {guess.n_levels:,} different texts"))
        elif guess.n_levels <= 1:
            found.append((name, "the same in every row"))
        elif _changes_with_time(guess):
            found.append((name, "by its name it changes with the date of the sale; not known for unsold dwellings"))
    return found
