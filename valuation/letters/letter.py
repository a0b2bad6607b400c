"""How does a letter read? One record in one language, as an HTML page that asks the network for nothing.

Each number and each text about the dwelling is an element with the place in the record it was taken from
(`data-record`); what stands between them comes from the catalogues. The same record gives the same bytes.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup, escape

from valuation.disclosure import home_owner_words
from valuation.disclosure.home_owner_words import WORDS
from valuation.disclosure.page import LABELS
from valuation.dwellings.characteristics import Words
from valuation.errors import WrongUse
from valuation.explanation import fact_words
from valuation.explanation.fact_words import LANGUAGES, currency_word, day, money, number
from valuation.languages import units
from valuation.letters.catalogue import catalogue_file, sentences
from valuation.letters.picture import HEIGHT, WIDTH, RangePicture, range_picture
from valuation.letters.record import MOST_SALES, LetterRecord, looked_up

_HOME = Path(__file__).parent
_SOURCES = (
    *(_HOME / name for name in ("letter.py", "picture.py", "record.py")),
    *(_HOME / "templates" / name for name in ("letter.html", "pieces.html", "annex.html", "letter.css", "screen.css")),
    *(Path(str(module.__file__)) for module in (fact_words, home_owner_words, units)),
)
"""What the bytes of a letter hang on beside its record and the catalogue."""


def letter_html(record: LetterRecord, language: str) -> str:
    """Write a letter.

    Parameters
    ----------
    record : LetterRecord
    language : str
        nb, nn or en.

    Returns
    -------
    str
        A whole HTML document, its style within: the same for the same record.

    Raises
    ------
    WrongUse
        For a language there are no words in.
    """
    if language not in LANGUAGES:
        raise WrongUse(f"a letter in {language!r}", expected=", ".join(LANGUAGES), remedy="choose one of them")
    writer = _Writer(record, language)
    return _template().render(
        record=record,
        valued=record.valued,
        language=language,
        labels=LABELS[language],
        currency=_capital(currency_word(record.currency, language)),
        style=_style,
        letter_hash=letter_hash(record, language),
        most_sales=MOST_SALES,
        picture_size=(WIDTH, HEIGHT),
        **{name: getattr(writer, name) for name in _Writer.WORDS},
    )


_MARKS = re.compile(r"</?(?:span|data|time)\b[^>]*>")


def without_marks(html: str) -> str:
    """Return a letter without the marks that say where its figures come from: for print, where nobody can read them."""
    return _MARKS.sub("", html)


def letter_hash(record: LetterRecord, language: str) -> str:
    """Return the SHA-256 of what a letter is made of: the record, the language, and how letters are written here.

    Letters of equal hash have equal bytes as HTML; as PDF with the same fonts and the same version of the typesetter.
    """
    return hashlib.sha256(f"{record.figure_hash} {language} {_way_of_writing(language)}".encode()).hexdigest()


@cache
def _way_of_writing(language: str) -> str:
    digest = hashlib.sha256()
    catalogues = [catalogue_file(language)] if catalogue_file(language).exists() else []
    for path in [*_SOURCES, *catalogues]:
        digest.update(path.read_bytes())
    return digest.hexdigest()


@cache
def _style(name: str) -> Markup:
    return Markup((_HOME / "templates" / name).read_text("utf-8"))  # noqa: S704 - our own file


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("valuation.letters", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("letter.html")


class _Writer:
    """The words of a template: sentences of a language, and figures of a record."""

    WORDS = ("_", "said", "word", "amount", "whole", "figure", "per_hundred", "when", "picture", "plain")

    def __init__(self, record: LetterRecord, language: str) -> None:
        self._record, self._language = record, language
        self._sentences = sentences(language)

    # -- sentences

    def _(self, sentence: str, /, **pieces: Any) -> Markup:
        """Return a sentence of the catalogue with its figures."""
        return _filled(self._sentences.get(sentence, sentence), pieces)

    def said(self, name: str, /, **pieces: Any) -> Markup:
        """Return a text of the page for home owners with its figures."""
        return _filled(WORDS[name][self._language], pieces)

    # -- figures of the record

    def word(self, path: str) -> Markup:
        """Return a text of the record in this language."""
        found = looked_up(self._record, path)
        told = found.in_language(self._language) if isinstance(found, Words) else str(found)
        return Markup('<span data-record="{}">{}</span>').format(path, told)

    def amount(self, path: str) -> Markup:
        """Return an amount of money with the word for the currency, whole or with the decimals it has."""
        found = looked_up(self._record, path)
        word = currency_word(self._record.currency, self._language)
        return _data(path, found, f"{number(float(Decimal(found)), self._language)}\u00a0{word}")

    def whole(self, path: str, *, signed: bool = False) -> Markup:
        """Return a whole number, in a table of amounts."""
        found = looked_up(self._record, path)
        return _data(path, found, ("+" if signed and found > 0 else "") + number(found, self._language))

    def figure(self, path: str) -> Markup:
        """Return a decimal number with the digits it has."""
        found = looked_up(self._record, path)
        return _data(path, found, number(float(Decimal(found)), self._language))

    def per_hundred(self, path: str) -> Markup:
        """Return a share as so many of a hundred."""
        found = looked_up(self._record, path)
        return _data(path, found, number(round(100 * found), self._language))

    def when(self, path: str, *, short: bool = False) -> Markup:
        """Return a day."""
        found: date = looked_up(self._record, path)
        shown = _short_day(found, self._language) if short else day(found, self._language)
        return Markup('<time datetime="{}" data-record="{}">{}</time>').format(found.isoformat(), path, shown)

    def plain(self, marked: Markup) -> str:
        """Return a sentence without its marks, for where only text can stand."""
        # Not `striptags`, which makes plain blanks of the hard ones within an amount.
        return Markup(without_marks(str(marked))).unescape()  # noqa: S704 - unescaped at once, escaped where it stands

    def picture(self) -> RangePicture:
        """Return the places of the picture."""
        valued = self._record.valued
        assert valued is not None
        own = self._record.decision.value if self._record.is_set_otherwise and self._record.decision else None
        label = money(valued.value if own is None else own, self._record.currency, self._language)
        return range_picture(valued.low, valued.value, valued.high, len(label), own)


def _capital(word: str) -> str:
    return word[:1].upper() + word[1:]


def _filled(sentence: str, pieces: Mapping[str, Any]) -> Markup:
    return escape(sentence).format(**pieces)


def _data(path: str, found: Any, shown: str) -> Markup:
    return Markup('<data value="{}" data-record="{}">{}</data>').format(found, path, shown)


_SHORT_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()


def _short_day(when: date, language: str) -> str:
    if language == "en":
        return f"{when.day}\u00a0{_SHORT_MONTHS[when.month - 1]}\u00a0{when.year}"
    return f"{when.day}.{when.month}.{when.year}"
