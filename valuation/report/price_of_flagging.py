"""How many of the large errors are found when so many dwellings are looked at? A curve, tables, and a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from markupsafe import Markup

from valuation.flags.catalogue import ANY
from valuation.flags.order import BY_CHANCE, BY_WIDTH, FLAGS_FIRST, LOTS, RANKING, RULE
from valuation.flags.price import COLUMNS, MIN_ERRORS, share_interval
from valuation.languages.spoken import recorded, say
from valuation.report.blocks import Details, Heading, Picture, Table, Text
from valuation.report.cells import Cell, Figure, count, row
from valuation.report.drawing import Line, lines
from valuation.report.material import Material

FILE = "evaluation/price_of_flagging.parquet"
TOLD = 10
"""Budget the sentences are about, in percent of the dwellings."""
SHOWN = (1, 2, 5, 10, 15, 20, 30)
"""Budgets that stand in the tables; the picture has all of them."""
SHOWN_OF_RULES = (1, 5, 10, 20, 30)
VALID, EVERY = "valid_sales", "all_sales"
COLOURS = {BY_CHANCE: "#0b5394", BY_WIDTH: "#b45f06", FLAGS_FIRST: "#741b47", LOTS: "#666666"}
_OTHER_COLOURS = ("#38761d", "#8a7a00")


def price_of(material: Material, sample: str = VALID) -> pd.DataFrame:
    """Return the price of flagging on a sample, a row for each budget of a queue; NotGiven where the run has none."""
    table = material.folder.table(FILE, COLUMNS)
    return table[table["sample"] == sample]


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a table."""
    return [{str(name): value for name, value in item.items()} for item in table.to_dict("records")]


def figure(item: Mapping[str, Any], part: str, digits: int = 0, factor: float = 100) -> Figure:
    """Return a figure of a row, marked with what it is."""
    marks = {"kind": "price", "sample": str(item["sample"]), "queue": str(item["name"])}
    value = float(item[part])
    return Figure(value, digits, factor, {**marks, "budget": str(item["budget_pct"]), "part": part})


def row_of(price: pd.DataFrame, name: str, budget_pct: int = TOLD) -> dict[str, Any] | None:
    """Return the row of a queue at a budget; None where shares are not given or there is no such queue."""
    chosen = price[(price["name"] == name) & (price["budget_pct"] == budget_pct) & (price["remark"] == "")]
    return next(iter(records(chosen)), None)


def parts(material: Material, flagged: tuple[float, float] | None) -> list[Any]:
    """Return what the section says of looking.

    Parameters
    ----------
    material : Material
    flagged : tuple of two floats or None
        Share of the valid sales that carry a flag today, and share of the large errors among them.
    """
    price = price_of(material)
    if price.empty or (price["remark"] != "").all():
        n = int(price["n_errors"].iloc[0]) if len(price) else 0
        reason = say(
            "What looking finds is not given: the valid sales hold {} large errors, {} are needed.",
            count(n, kind="price", part="n_errors"),
            MIN_ERRORS,
        )
        return [Text(reason, "note")]
    found: list[Any] = [Heading(say("What looking finds")), *_sentences(price), _picture(material, price, flagged)]
    found.append(_rankings(material, price))
    found.append(_by_chance(material, price))
    found += _against_width(material, price)
    told = Text(
        say(
            "Of all the money by which values lie off their prices, how much lies at the dwellings looked at? A "
            "dear dwelling that is 10 % off may count for more here than a cheap one that is 30 % off."
        )
    )
    found.append(Details(say("The same in money"), [told, _money(material, price)]))
    found.append(Details(say("What each flag by itself finds"), [_rules_told(), *_rules(material, price)]))
    every = price_of(material, EVERY)
    if int(every["n_sales"].iloc[0]) > int(price["n_sales"].iloc[0]):
        named = Text(say("Every sale of the holdout, those included that screening holds to be no free sales."))
        found.append(Details(say("The same for every sale"), [named, _rankings(material, every)]))
    return found


def _sentences(price: pd.DataFrame) -> list[Text]:
    chance, lots, width = (row_of(price, name) for name in (BY_CHANCE, LOTS, BY_WIDTH))
    if chance is None or lots is None or width is None:
        return []
    n = count(chance["n_errors"], kind="price", part="n_errors")
    first = say(
        "Of 100 values that are wrong by more than 20 %, <strong>{} are found</strong> when caseworkers look at {} "
        "of 100 dwellings, those with the highest stated chance of such an error first (between {} and {}; n = {} "
        "such errors). With lots drawn: {}.",
        figure(chance, "share"),
        TOLD,
        *_ends(chance),
        n,
        figure(lots, "share"),
    )
    foretold = say(
        "Before any price was known, the stated chances foretold {} of 100.", figure(chance, "share_promised")
    )
    difference = say(
        "Those with the widest probable range first: {} ({} to {}). The stated chance finds {} ({} to {}) of 100 "
        "more: {}.",
        figure(width, "share"),
        *_ends(width),
        figure(chance, "over_width", 1),
        figure(chance, "over_width_lower", 1),
        figure(chance, "over_width_upper", 1),
        _better(chance),
    )
    return [Text(first), Text(Markup("{} {}").format(foretold, difference))]


def _ends(item: Mapping[str, Any]) -> tuple[Figure, Figure]:
    return figure(item, "lower"), figure(item, "upper")


def _better(item: Mapping[str, Any]) -> str:
    low, high = item["over_width_lower"], item["over_width_upper"]
    if low > 0:
        return say("it ranks better than the width")
    if high < 0:
        return say("it ranks worse than the width")
    return say("these sales do not tell the two apart")


def _colour(name: str, place: int) -> str:
    return COLOURS.get(name, _OTHER_COLOURS[place % len(_OTHER_COLOURS)])


def _picture(material: Material, price: pd.DataFrame, flagged: tuple[float, float] | None) -> Picture:
    rankings = price[price["kind"] == RANKING]
    # Lots last: the other lines are read against it.
    names = sorted(rankings["name"].unique(), key=lambda name: (name == LOTS, name != BY_CHANCE))
    drawn = []
    for place, name in enumerate(names):
        of = rankings[rankings["name"] == name]
        budgets = of["budget_pct"].astype(float)
        shares = [100 * of[part] for part in ("share", "lower", "upper")]
        points = [(0.0, 0.0), *zip(budgets, shares[0], strict=True)]
        # Two bands, and no more: the ranking that is proposed, and how far one draw of lots may come out.
        band = [(0.0, 0.0, 0.0), *zip(budgets, *shares[1:], strict=True)] if name in (BY_CHANCE, LOTS) else []
        drawn.append(Line(say(name), points, _colour(name, place), is_dashed=name in (LOTS, BY_WIDTH), band=band))
    title = material.caption(
        say(
            "Share of the large errors found, by share of the valid holdout sales looked at; bands hold 95 of 100 "
            "samples"
        )
    )
    is_near = flagged is not None and flagged[0] <= rankings["budget_pct"].max() / 100
    points_at = {say("the flags of today"): (100 * flagged[0], 100 * flagged[1])} if flagged and is_near else {}
    svg = lines(title, drawn, points=points_at, x_axis=say("dwellings looked at, %"), y_axis=say("of large errors, %"))
    return Picture(Markup(svg))  # noqa: S704 (made by this program, every text escaped)


def _share_cell(item: Mapping[str, Any]) -> Cell | str:
    if item["remark"]:
        return recorded(str(item["remark"]))
    return Cell(figure(item, "share", 1), (figure(item, "lower", 1), figure(item, "upper", 1)))


def _difference_cell(item: Mapping[str, Any], part: str) -> Cell | str:
    if item["remark"]:
        return recorded(str(item["remark"]))
    ends = (figure(item, f"{part}_lower", 1), figure(item, f"{part}_upper", 1))
    return Cell(figure(item, part, 1), ends if ends[0].is_given else "")


def _in_order(rankings: pd.DataFrame) -> list[str]:
    # What is proposed first, lots last: the others are read against them.
    return sorted(rankings["name"].unique(), key=lambda name: (name != BY_CHANCE, name == LOTS))


def _rankings(material: Material, price: pd.DataFrame) -> Table:
    rankings = price[price["kind"] == RANKING]
    names = _in_order(rankings)
    found = {(item["name"], item["budget_pct"]): item for item in records(rankings)}
    rows = [
        row(
            f"{budget} %",
            figure(found[(BY_CHANCE, budget)], "n_looked_at", factor=1),
            *(_share_cell(found[(name, budget)]) for name in names),
        )
        for budget in SHOWN
    ]
    of = (
        say("valid sales of the holdout")
        if rankings["sample"].iloc[0] == VALID
        else say("sales of the holdout, valid or not")
    )
    first = records(rankings)[0]
    caption = say(
        "{}: {} {}, {} large errors",
        material.caption(say("Share of the large errors found, %, in each order of looking")),
        figure(first, "n_sales", factor=1),
        of,
        figure(first, "n_errors", factor=1),
    )
    return Table(say("Orders of looking"), caption, [say("Looked at"), say("sales"), *map(say, names)], rows)


def _money(material: Material, price: pd.DataFrame) -> Table:
    rankings = price[price["kind"] == RANKING]
    names = _in_order(rankings)
    found = {(item["name"], item["budget_pct"]): item for item in records(rankings)}
    rows = [row(f"{budget} %", *(_money_cell(found[(name, budget)]) for name in names)) for budget in SHOWN]
    caption = material.caption(say("Share of the money by which values are off, %, in each order of looking"))
    return Table(say("Money"), caption, [say("Looked at"), *map(say, names)], rows)


def _money_cell(item: Mapping[str, Any]) -> Cell:
    ends = (figure(item, "money_lower", 1), figure(item, "money_upper", 1))
    return Cell(figure(item, "money_share", 1), ends if ends[0].is_given else "")


def _by_chance(material: Material, price: pd.DataFrame) -> Table:
    chosen = price[(price["name"] == BY_CHANCE) & price["budget_pct"].isin(SHOWN)]
    rows = []
    for item in records(chosen):
        n_caught, n_looked_at = int(item["n_caught"]), int(item["n_looked_at"])
        low, high = share_interval(n_caught, n_looked_at)
        hits = [
            figure({**item, part: value}, part, 1) for part, value in _hits(n_caught, n_looked_at, low, high).items()
        ]
        rows.append(
            row(
                f"{item['budget_pct']} %",
                figure(item, "n_caught", factor=1),
                figure(item, "n_promised", 1, 1),
                Cell(hits[0], (hits[1], hits[2])),
                figure(item, "share", 1),
                figure(item, "share_promised", 1),
                _difference_cell(item, "over_lots"),
                _difference_cell(item, "over_width"),
            )
        )
    heads = [
        say("Looked at"),
        say("large errors found"),
        say("foretold"),
        say("of those looked at, %"),
        say("of all large errors, %"),
        say("foretold, %"),
        say("more than by lots, points"),
        say("more than by width, points"),
    ]
    caption = material.caption(say("Looking by stated chance: what was found beside what the chances foretold"))
    return Table(say("Found and foretold"), caption, heads, rows)


def _hits(n_caught: int, n_looked_at: int, low: float, high: float) -> dict[str, float]:
    return {"hits": n_caught / max(n_looked_at, 1), "hits_lower": low, "hits_upper": high}


def _against_width(material: Material, price: pd.DataFrame) -> list[Any]:
    of = price[(price["name"] == BY_CHANCE) & price["over_width_lower"].notna()]
    if of.empty:
        return []
    x = of["budget_pct"].astype(float)
    middle, low, high = (100 * of[part] for part in ("over_width", "over_width_lower", "over_width_upper"))
    found = Line(say("by stated chance less by width"), list(zip(x, middle, strict=True)), COLOURS[BY_CHANCE])
    found = Line(found.name, found.points, found.colour, band=list(zip(x, low, high, strict=True)))
    nothing = Line(say("no difference"), [(float(x.min()), 0.0), (float(x.max()), 0.0)], COLOURS[LOTS], is_dashed=True)
    title = material.caption(
        say(
            "Large errors found by stated chance less those found by interval width, of 100; with the range of 95 "
            "of 100 samples"
        )
    )
    svg = lines(title, [found, nothing], x_axis=say("dwellings looked at, %"), y_axis=say("points"))
    told = Text(say("Does the stated chance say more than the width of the probable range? Above the line it does."))
    rows = [
        row(f"{item['budget_pct']} %", _difference_cell(item, "over_width"))
        for item in records(of[of["budget_pct"].isin(SHOWN)])
    ]
    caption = material.caption(say("By stated chance less by interval width"))
    table = Table(say("Against the width"), caption, [say("Looked at"), say("of large errors, points")], rows)
    return [Details(say("By stated chance against by interval width alone"), [told, Picture(Markup(svg)), table])]  # noqa: S704


def _rules_told() -> Text:
    return Text(
        say(
            "Only dwellings that carry the flag are looked at, the most doubtful first, and no more than the budget "
            "allows; “–” stands where the flag has no more dwellings than at the budget before."
        )
    )


def _rules(material: Material, price: pd.DataFrame) -> list[Any]:
    rules = price[price["kind"] == RULE]
    found = {(item["name"], item["budget_pct"]): item for item in records(rules)}
    rows: list[dict[str, Any]] = []
    for name in rules["name"].unique():
        cells: list[Any] = []
        for before, budget in zip((0, *SHOWN_OF_RULES), SHOWN_OF_RULES, strict=False):
            item, earlier = found[(name, budget)], found.get((name, before))
            is_more = earlier is None or item["n_looked_at"] > earlier["n_looked_at"]
            cells.append(_of_rule(item) if is_more else "–")
        last = found[(name, SHOWN_OF_RULES[-1])]
        cells += [_difference_cell(last, "over_lots"), _difference_cell(last, "over_width")]
        rows.append(row(say(name) if name == ANY else name, *cells, is_apart=name != ANY and len(rows) == 1))
    heads = [
        say("Flag"),
        *(f"{budget} %" for budget in SHOWN_OF_RULES),
        say("more than by lots, points"),
        say("than by width, points"),
    ]
    caption = material.caption(say("Share of the large errors found, %, by share of the valid sales looked at at most"))
    return [Table(say("Flags by themselves"), caption, heads, rows)]


def _of_rule(item: Mapping[str, Any]) -> Cell:
    ends = (figure(item, "lower", 1), figure(item, "upper", 1))
    looked_at = say("{} ({} looked at)", figure(item, "share", 1), figure(item, "n_looked_at", factor=1))
    return Cell(looked_at, ends)
