"""Which sales stand beside a dwelling in its letter, and what separates each from it, in every language?"""

from __future__ import annotations

from functools import partial

from valuation.dwellings.characteristics import Words
from valuation.explanation.adjustment_grid import AdjustmentGrid, ComparedSale
from valuation.explanation.fact_words import LANGUAGES, fact
from valuation.explanation.grid_words import distance, fact_rows, grid_heading, grid_rows, grid_sentences
from valuation.jurisdictions.jurisdiction import Jurisdiction
from valuation.letters.record import Comparison, FactRow, Row, Sale
from valuation.letters.said import nth, said, same, sentences

_SAME_PLACE = Words(nb="samme sted", nn="same staden", en="same place")
_SAME_PLACE_M = 1.0


def _far(metres: float) -> Words:
    return _SAME_PLACE if metres < _SAME_PLACE_M else said(partial(distance, metres))


def comparison(grid: AdjustmentGrid, where: Jurisdiction) -> Comparison:
    """Return the sales of a grid with its rows and facts, as a letter tells them."""
    sales = range(len(grid.sales))
    rows = {language: grid_rows(grid, where, language) if sales else [] for language in LANGUAGES}
    labels = {language: [row.label for row in told] for language, told in rows.items()}
    facts = {language: fact_rows(grid, where, language) for language in LANGUAGES}
    return Comparison(
        sales=tuple(_sale(grid, place, where) for place in sales),
        rows=tuple(
            Row(
                kind=row.kind,
                label=said(nth(labels, place)),
                amounts=row.amounts,
                is_sum=row.is_sum,
            )
            for place, row in enumerate(rows["en"])
        ),
        facts=tuple(
            FactRow(
                label=said(nth(facts, place, 0)),
                own=said(nth(facts, place, 1)),
                theirs=tuple(said(nth(facts, place, 2, sale)) for sale in sales),
            )
            for place in range(len(facts["en"]))
        ),
        sentences=sentences(lambda language: grid_sentences(grid, where, language)),
    )


def _sale(grid: AdjustmentGrid, place: int, where: Jurisdiction) -> Sale:
    sale = grid.sales[place]
    far = sale.distance_m
    return Sale(
        sale_id=sale.sale_id,
        heading=said(lambda language: grid_heading(grid, place, where, language)),
        where=_place_of(sale, where),
        area=_of_sale(sale, where, "living_area"),
        built=_of_sale(sale, where, "built_year"),
        sold_on=sale.market_date,
        distance=None if far is None else _far(far),
        price=sale.sale_price,
        joint_debt=sale.joint_debt,
        indexed_price=sale.indexed_price,
        adjusted_price=sale.adjusted_price,
    )


def _of_sale(sale: ComparedSale, where: Jurisdiction, role: str) -> Words | None:
    name = where.characteristics.with_role(role)
    if name is None or name not in sale.facts:
        return None
    item = where.characteristics[name]
    return said(lambda language: fact(sale.facts[name], item, language))


def _place_of(sale: ComparedSale, where: Jurisdiction) -> Words:
    street = where.characteristics.with_role("street")
    if street is not None and sale.facts.get(street):
        return same(str(sale.facts[street]))
    area = str(where.characteristics.with_role("market_area"))
    labels = where.characteristics[area].labels
    return said(lambda language: f"{labels.in_language(language)} {sale.facts[area]}")
