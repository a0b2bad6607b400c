"""What are money and measures called beside a number? One list for facts, flags, pages and letters."""

from __future__ import annotations

from valuation.languages.language import Said

_CURRENCIES: dict[str, Said] = {
    "NOK": {"nb": "kroner", "nn": "kroner", "en": "kroner"},
    "USD": {"nb": "dollar", "nn": "dollar", "en": "dollars"},
    "SGD": {"nb": "singaporske dollar", "nn": "singaporske dollar", "en": "Singapore dollars"},
}
_SIGNS = {"m2": "m²", "m3": "m³", "count": "", "year": ""}


def currency_word(currency: str, language: str) -> str:
    """Return what a currency is called; its code where there is no word for it.

    Examples
    --------
    >>> currency_word("USD", "nn"), currency_word("CHF", "nn")
    ('dollar', 'CHF')
    """
    return _CURRENCIES.get(currency, {}).get(language, currency)


def unit_sign(unit: str | None) -> str:
    """Return how a unit of the data dictionary is written; empty where nothing is written.

    Examples
    --------
    >>> unit_sign("m2"), unit_sign("year"), unit_sign(None)
    ('m²', '', '')
    """
    return _SIGNS.get(unit or "", unit or "")
