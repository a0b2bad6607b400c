"""What can be written of a decision from the facts alone? A sentence or two, to be edited by whoever decides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from valuation.explanation.fact_words import Said, day, fact, label, money, percent
from valuation.jurisdictions.jurisdiction import Jurisdiction
from valuation.review.case import Correction, Outcome
from valuation.review.reason_codes import REASONS
from valuation.review.sight import SeenCase

_MOST_SALES = 3
_OUTCOMES: dict[Outcome, Said] = {
    "accepted": {
        "nb": "Verdien {value} står.",
        "nn": "Verdien {value} står.",
        "en": "The value of {value} stands.",
    },
    "own_value": {
        "nb": "Verdien settes til {value}, {change}.",
        "nn": "Verdien blir sett til {value}, {change}.",
        "en": "The value is set to {value}, {change}.",
    },
    "facts_corrected": {
        "nb": "Med rettede opplysninger er verdien {value}, {change}.",
        "nn": "Med retta opplysningar er verdien {value}, {change}.",
        "en": "With the facts corrected the value is {value}, {change}.",
    },
    "needs_inspection": {
        "nb": "Boligen må befares før verdien kan avgjøres.",
        "nn": "Bustaden må synfarast før verdien kan avgjerast.",
        "en": "The dwelling must be inspected before its value can be settled.",
    },
    "cannot_be_valued": {
        "nb": "Boligen kan ikke verdsettes.",
        "nn": "Bustaden kan ikkje verdsetjast.",
        "en": "The dwelling cannot be valued.",
    },
}
_CHANGES: dict[str, Said] = {
    "up": {
        "nb": "{share} over den beregnede verdien",
        "nn": "{share} over den utrekna verdien",
        "en": "{share} above the reckoned value",
    },
    "down": {
        "nb": "{share} under den beregnede verdien",
        "nn": "{share} under den utrekna verdien",
        "en": "{share} below the reckoned value",
    },
    "same": {
        "nb": "det samme som den beregnede verdien",
        "nn": "det same som den utrekna verdien",
        "en": "the same as the reckoned value",
    },
    "new": {
        "nb": "uten at det finnes en beregnet verdi",
        "nn": "utan at det finst ein utrekna verdi",
        "en": "there being no reckoned value",
    },
}
_REASON: Said = {"nb": "Begrunnelse: {reason}.", "nn": "Grunngjeving: {reason}.", "en": "Reason: {reason}."}
_SALES: Said = {
    "nb": "Nærmeste salg: {sales}.",
    "nn": "Næraste sal: {sales}.",
    "en": "Nearest sales: {sales}.",
}
_SALE: Said = {
    "nb": "{address} for {price} ({day})",
    "nn": "{address} for {price} ({day})",
    "en": "{address} for {price} ({day})",
}
_CORRECTION: Said = {
    "nb": "{label} er {proposed}, ikke {recorded} som registrert (kilde: {source}).",
    "nn": "{label} er {proposed}, ikkje {recorded} som registrert (kjelde: {source}).",
    "en": "{label} is {proposed}, not {recorded} as recorded (source: {source}).",
}


@dataclass(frozen=True)
class SaleToName:
    """A comparable sale as the text names it."""

    address: str
    price: int
    sold_on: str
    """A plain date."""


def drafted_text(
    seen: SeenCase,
    jurisdiction: Jurisdiction,
    language: str,
    *,
    outcome: Outcome,
    value: int | None = None,
    reason_code: str | None = None,
    sales: Sequence[SaleToName] = (),
) -> str:
    """Return a text for a decision, from the facts of the case: to be edited by whoever decides.

    Parameters
    ----------
    seen : SeenCase
        What the one who decides may see: while the model's value is hidden, the text does not tell it.
    outcome : Outcome
    value : int, optional
        The value that shall stand; for `accepted` the one that does.
    sales : sequence of SaleToName
        Comparable sales, the nearest first; three are named.
    """
    stands = None if seen.is_model_hidden else seen.case.value_in_force
    shown = stands if outcome == "accepted" else value
    words = {
        "value": "–" if shown is None else money(shown, jurisdiction.currency, language),
        "change": _change(shown, None if seen.is_model_hidden else seen.case.appraised_value, language),
    }
    parts = [_OUTCOMES[outcome][language].format(**words)]
    if reason_code in REASONS:
        parts.append(_REASON[language].format(reason=REASONS[reason_code].words.in_language(language)))
    parts += [_corrected(one, jurisdiction, language) for one in seen.case.corrections]
    if sales:
        named = "; ".join(_named(sale, jurisdiction, language) for sale in sales[:_MOST_SALES])
        parts.append(_SALES[language].format(sales=named))
    return " ".join(parts)


def _change(value: int | None, reckoned: int | None, language: str) -> str:
    if value is None or not reckoned:
        return _CHANGES["new"][language]
    change = value / reckoned - 1
    which = "same" if value == reckoned else "up" if change > 0 else "down"
    return _CHANGES[which][language].format(share=percent(abs(change), language))


def _corrected(correction: Correction, jurisdiction: Jurisdiction, language: str) -> str:
    item = jurisdiction.characteristics.get(correction.characteristic)
    if item is None:
        shown = {"recorded": str(correction.recorded), "proposed": str(correction.proposed)}
        return _CORRECTION[language].format(label=correction.characteristic, source=correction.source, **shown)
    return _CORRECTION[language].format(
        label=label(correction.characteristic, jurisdiction, language),
        recorded=fact(correction.recorded, item, language),
        proposed=fact(correction.proposed, item, language),
        source=correction.source,
    )


def _named(sale: SaleToName, jurisdiction: Jurisdiction, language: str) -> str:
    price = money(sale.price, jurisdiction.currency, language)
    sold = day(date.fromisoformat(sale.sold_on), language)
    return _SALE[language].format(address=sale.address, price=price, day=sold)
