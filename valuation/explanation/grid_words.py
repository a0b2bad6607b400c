"""How does an adjustment grid read? Rows with labels, the facts beside them, and sentences, in three languages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from valuation.explanation.adjustment_grid import AdjustmentGrid
from valuation.explanation.contributions import TIME_GROUP
from valuation.explanation.fact_words import currency_word, day, fact, money, number
from valuation.features.columns import LOCATION_OWNER
from valuation.jurisdictions.jurisdiction import Jurisdiction
from valuation.languages.language import Said

_WORDS: dict[str, Said] = {
    "title": {
        "nb": "Bolig {dwelling} ved siden av salg som ligner",
        "nn": "Bustad {dwelling} ved sida av sal som liknar",
        "en": "Home {dwelling} beside sales like it",
    },
    "sale": {"nb": "Salg {place}", "nn": "Sal {place}", "en": "Sale {place}"},
    "this": {"nb": "Denne boligen", "nn": "Denne bustaden", "en": "This home"},
    "heading": {
        "nb": "Salg {place}: {sale}, solgt {day}{distance}{debt}",
        "nn": "Sal {place}: {sale}, seld {day}{distance}{debt}",
        "en": "Sale {place}: {sale}, sold {day}{distance}{debt}",
    },
    "distance": {"nb": ", {far} unna", "nn": ", {far} unna", "en": ", {far} away"},
    "same_place": {"nb": ", på samme sted", "nn": ", på same staden", "en": ", at the same place"},
    "debt": {
        "nb": "; av prisen er {debt} fellesgjeld",
        "nn": "; av prisen er {debt} fellesgjeld",
        "en": "; {debt} of the price is joint debt",
    },
    "price": {"nb": "Pris", "nn": "Pris", "en": "Price"},
    "index": {
        "nb": "Prisutvikling fram til {day}",
        "nn": "Prisutvikling fram til {day}",
        "en": "Price development up to {day}",
    },
    "indexed": {
        "nb": "Prisen i prisnivået {day}",
        "nn": "Prisen i prisnivået {day}",
        "en": "The price at the level of {day}",
    },
    "difference": {"nb": "Forskjell: {group}", "nn": "Skilnad: {group}", "en": "Difference: {group}"},
    "rounding": {"nb": "Avrunding", "nn": "Avrunding", "en": "Rounding"},
    "adjusted": {
        "nb": "Det salget tilsier for denne boligen",
        "nn": "Det salet tilseier for denne bustaden",
        "en": "What the sale says of this home",
    },
    "unexplained": {
        "nb": "Uforklart del av salget",
        "nn": "Uforklart del av salet",
        "en": "Unexplained part of the sale",
    },
    "value": {"nb": "Verdien av denne boligen", "nn": "Verdien av denne bustaden", "en": "Value of this home"},
    "range": {
        "nb": "Salgene tilsier fra {low} til {high} for denne boligen. Verdien er {value}.",
        "nn": "Sala tilseier frå {low} til {high} for denne bustaden. Verdien er {value}.",
        "en": "The sales say from {low} to {high} for this home. The value is {value}.",
    },
    "one": {
        "nb": "Salget tilsier {low} for denne boligen. Verdien er {value}.",
        "nn": "Salet tilseier {low} for denne bustaden. Verdien er {value}.",
        "en": "The sale says {low} for this home. The value is {value}.",
    },
    "none": {
        "nb": "Vi har ingen salg som ligner nok på denne boligen, er nær nok og nye nok. Verdien er {value}.",
        "nn": "Vi har ingen sal som liknar nok på denne bustaden, er nær nok og nye nok. Verdien er {value}.",
        "en": "There is no sale that is enough like this home, near enough and recent enough. The value is {value}.",
    },
    "few": {
        "nb": "Det er bare {n} salg som ligner, er nær nok og nye nok; det bør være {least}.",
        "nn": "Det er berre {n} sal som liknar, er nær nok og nye nok; det bør vere {least}.",
        "en": "Only {n} of the sales like it are near and recent enough; there should be {least}.",
    },
    "below": {
        "nb": "Verdien er lavere enn det noe av salgene tilsier.",
        "nn": "Verdien er lågare enn det noko av sala tilseier.",
        "en": "The value is lower than what any of the sales says.",
    },
    "above": {
        "nb": "Verdien er høyere enn det noe av salgene tilsier.",
        "nn": "Verdien er høgare enn det noko av sala tilseier.",
        "en": "The value is higher than what any of the sales says.",
    },
    "sign": {
        "nb": "En forskjell med pluss betyr at denne boligen er verdt mer enn den som ble solgt.",
        "nn": "Ein skilnad med pluss tyder at denne bustaden er verd meir enn den som vart seld.",
        "en": "A difference with a plus means that this home is worth more than the one that was sold.",
    },
    "facts": {"nb": "Opplysninger", "nn": "Opplysningar", "en": "Facts"},
}
_GROUPS: dict[str, Said] = {
    TIME_GROUP: {
        "nb": "prisutvikling utover den vanlige",
        "nn": "prisutvikling utover den vanlege",
        "en": "price development beyond the usual",
    },
    LOCATION_OWNER: {"nb": "Beliggenhet", "nn": "Plassering", "en": "Location"},
}
"""Groups that a data dictionary need not name."""
_METRES_TO_KM = 1000.0
_SAME_PLACE_M = 1.0


@dataclass(frozen=True)
class GridRow:
    """A line of the grid."""

    kind: str
    """`price, index, indexed, difference, rounding, adjusted, unexplained` or `value`."""
    label: str
    amounts: tuple[int, ...]
    """One for each sale."""

    @property
    def is_sum(self) -> bool:
        """Whether it is the sum of lines above it."""
        return self.kind in ("indexed", "adjusted", "value")


def grid_rows(grid: AdjustmentGrid, jurisdiction: Jurisdiction, language: str) -> list[GridRow]:
    """Return the lines of the grid from the price to the value; a line that is zero for all sales is left out."""
    sales, when = grid.sales, day(grid.valuation_date, language)

    def row(kind: str, amounts: Iterable[int], **pieces: str) -> GridRow:
        return GridRow(kind, _WORDS[kind][language].format(**pieces), tuple(amounts))

    by_group = zip(*(sale.differences for sale in sales), strict=True)
    names = [group_label(name, jurisdiction, language) for name in grid.groups]
    rows = [
        row("price", (sale.sale_price for sale in sales)),
        row("index", (sale.index for sale in sales), day=when),
        row("indexed", (sale.indexed_price for sale in sales), day=when),
        *(row("difference", amounts, group=name) for name, amounts in zip(names, by_group, strict=bool(sales))),
        row("rounding", (sale.rounding for sale in sales)),
        row("adjusted", (sale.adjusted_price for sale in sales)),
        row("unexplained", (sale.unexplained for sale in sales)),
        row("value", (sale.value for sale in sales)),
    ]
    return [line for line in rows if line.is_sum or any(line.amounts)]


def group_label(group: str, jurisdiction: Jurisdiction, language: str) -> str:
    """Return what an explanation group is called, as it stands within a sentence."""
    named = jurisdiction.explanation_groups.get(group)
    label = named.in_language(language) if named is not None else _GROUPS.get(group, {}).get(language, group)
    return label[:1].lower() + label[1:]


def fact_rows(
    grid: AdjustmentGrid, jurisdiction: Jurisdiction, language: str
) -> list[tuple[str, str, tuple[str, ...]]]:
    """Return the facts in which a sale differs from the dwelling: label, of the dwelling, of each sale.

    The living area is told always: it is what everybody looks for first.
    """
    area = jurisdiction.characteristics.with_role("living_area")
    rows = []
    for name in grid.facts:
        item = jurisdiction.characteristics[name]
        if not (item.is_feature or item.role == "street"):
            continue
        own = fact(grid.facts[name], item, language)
        theirs = tuple(fact(sale.facts[name], item, language) for sale in grid.sales)
        if name == area or any(text != own for text in theirs):
            rows.append((item.labels.in_language(language), own, theirs))
    return rows


def grid_heading(grid: AdjustmentGrid, place: int, jurisdiction: Jurisdiction, language: str, *, name: str = "") -> str:
    """Return which sale stands in a column: its name or else its identity, day, distance, joint debt."""
    sale, words = grid.sales[place], _WORDS
    debt = money(sale.joint_debt, jurisdiction.currency, language) if sale.joint_debt else ""
    return words["heading"][language].format(
        place=place + 1,
        sale=name or sale.sale_id,
        day=day(sale.market_date, language),
        distance=_distance(sale.distance_m, language),
        debt=words["debt"][language].format(debt=debt) if debt else "",
    )


def _distance(metres: float | None, language: str) -> str:
    if metres is None:
        return ""
    if metres < _SAME_PLACE_M:
        return _WORDS["same_place"][language]
    return _WORDS["distance"][language].format(far=distance(metres, language))


def _capital(word: str) -> str:
    return word[:1].upper() + word[1:]


def distance(metres: float, language: str) -> str:
    r"""Return a distance as people tell it: nobody measured to the metre between two houses a kilometre apart.

    Examples
    --------
    >>> distance(47.3, "nb"), distance(413.0, "nn"), distance(997.0, "nb"), distance(1234.0, "en")
    ('47\xa0m', '410\xa0m', '1\xa0km', '1.2\xa0km')
    """
    told = round(metres, -1 if metres >= 100 else 0)
    if told < _METRES_TO_KM:
        return f"{number(told, language)}\u00a0m"
    return f"{number(round(metres / _METRES_TO_KM, 1), language)}\u00a0km"


def grid_sentences(grid: AdjustmentGrid, jurisdiction: Jurisdiction, language: str) -> list[str]:
    """Return what the sales say together, and whether they are too few."""

    def shown(amount: int) -> str:
        return money(amount, jurisdiction.currency, language)

    value = shown(grid.appraised_value)
    if not grid.sales:
        return [_WORDS["none"][language].format(value=value)]
    says = sorted(sale.adjusted_price for sale in grid.sales)
    form = "one" if len(says) == 1 else "range"
    told = [_WORDS[form][language].format(low=shown(says[0]), high=shown(says[-1]), value=value)]
    if len(says) > 1 and not says[0] <= grid.appraised_value <= says[-1]:
        told.append(_WORDS["below" if grid.appraised_value < says[0] else "above"][language])
    if grid.has_too_few:
        told.append(_WORDS["few"][language].format(n=len(grid.sales), least=grid.least))
    return told


def grid_text(grid: AdjustmentGrid, jurisdiction: Jurisdiction, language: str) -> list[str]:
    """Return the grid as lines of text: sales, table of amounts, table of facts, sentences."""
    lines = [_WORDS["title"][language].format(dwelling=grid.dwelling_id), ""]
    if not grid.sales:
        return lines + grid_sentences(grid, jurisdiction, language)
    places = range(len(grid.sales))
    lines += [grid_heading(grid, place, jurisdiction, language) for place in places]
    columns = [_WORDS["sale"][language].format(place=place + 1) for place in places]
    amounts = [
        [
            row.label,
            *(("" if row.is_sum or row.kind == "price" or a <= 0 else "+") + number(a, language) for a in row.amounts),
        ]
        for row in grid_rows(grid, jurisdiction, language)
    ]
    lines += ["", *_table([[_capital(currency_word(jurisdiction.currency, language)), *columns], *amounts])]
    facts = [[label, *theirs, own] for label, own, theirs in fact_rows(grid, jurisdiction, language)]
    lines += ["", *_table([[_WORDS["facts"][language], *columns, _WORDS["this"][language]], *facts])]
    return [*lines, "", _WORDS["sign"][language], *grid_sentences(grid, jurisdiction, language)]


def _table(rows: list[list[str]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  ".join(
            text.ljust(width) if column == 0 else text.rjust(width)
            for column, (text, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
