"""May a fact about a dwelling be altered like that? What is given as text or number, checked by the data dictionary.

The refusals are told in the reader's language and carry a code; nobody gets a number for what cannot be.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from valuation.dwellings.characteristics import Characteristic
from valuation.errors import NoAnswer
from valuation.explanation.fact_words import WHOLE_KINDS, fact, label, level, number, plain_number
from valuation.flags.flag import LOCATION_WORDS
from valuation.jurisdictions.jurisdiction import Jurisdiction
from valuation.languages.language import LANGUAGES, Said

if TYPE_CHECKING:
    from valuation.appraisal.bundle import Bundle

PLACE = ("x_m", "y_m")
"""The two coordinates, which are altered like characteristics."""
_YES, _NO = ("ja", "yes", "true", "1"), ("nei", "no", "false", "0")
_NUMBER = re.compile(r"[-−]?\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?:[.,]\d+)?|[-−]?\d+(?:[.,]\d+)?")
_MOST_LEVELS = 12
"""Levels named in a refusal; more would not be read."""

_REFUSALS: dict[str, Said] = {
    "nothing-altered": {
        "nb": "Ingen opplysning er endret. Skriv hva som skal være annerledes, for eksempel {example}=1.",
        "nn": "Inga opplysning er endra. Skriv kva som skal vere annleis, til dømes {example}=1.",
        "en": "No fact is altered. Write what is to be different, for example {example}=1.",
    },
    "unknown-characteristic": {
        "nb": "«{name}» er ikke en opplysning som registreres her. {near}",
        "nn": "«{name}» er ikkje ei opplysning som blir registrert her. {near}",
        "en": "“{name}” is not a fact that is recorded here. {near}",
    },
    "not-a-number": {
        "nb": "{label} må være et tall, ikke «{given}».",
        "nn": "{label} må vere eit tal, ikkje «{given}».",
        "en": "{label} must be a number, not “{given}”.",
    },
    "not-whole": {
        "nb": "{label} må være et helt tall, ikke {given}.",
        "nn": "{label} må vere eit heilt tal, ikkje {given}.",
        "en": "{label} must be a whole number, not {given}.",
    },
    "not-yes-or-no": {
        "nb": "{label} må være ja eller nei, ikke «{given}».",
        "nn": "{label} må vere ja eller nei, ikkje «{given}».",
        "en": "{label} must be yes or no, not “{given}”.",
    },
    "outside-plausible": {
        "nb": "{label} kan ikke være {given}; det rimelige er fra {low} til {high}.",
        "nn": "{label} kan ikkje vere {given}; det rimelege er frå {low} til {high}.",
        "en": "{label} cannot be {given}; {low} to {high} is plausible.",
    },
    "unknown-level": {
        "nb": "{label} kan ikke være «{given}». Velg mellom: {levels}.",
        "nn": "{label} kan ikkje vere «{given}». Vel mellom: {levels}.",
        "en": "{label} cannot be “{given}”. There are sales of: {levels}.",
    },
    "outside-area": {
        "nb": "Et sted med {name} {given} ligger utenfor kommunen, som strekker seg fra {low} til {high}.",
        "nn": "Ein stad med {name} {given} ligg utanfor kommunen, som strekkjer seg frå {low} til {high}.",
        "en": "A place with {name} {given} lies outside the jurisdiction, which reaches from {low} to {high}.",
    },
    "needed": {
        "nb": "{label} kan ikke være ukjent; uten det finnes det ingen verdi.",
        "nn": "{label} kan ikkje vere ukjend; utan det finst det ingen verdi.",
        "en": "{label} cannot be unknown; without it there is no value.",
    },
}
_NEAR: Said = {"nb": "Mente du {names}?", "nn": "Meinte du {names}?", "en": "Did you mean {names}?"}
_KNOWN: Said = {"nb": "Kjente er: {names}.", "nn": "Kjende er: {names}.", "en": "Known are: {names}."}


@dataclass(frozen=True)
class AlteredFact:
    """A fact as it is recorded and as it is to be."""

    name: str
    before: Any
    """NaN or None where it is not recorded."""
    after: Any

    def told(self, jurisdiction: Jurisdiction, language: str) -> dict[str, str]:
        """Return `label, before, after` as people read them."""
        if self.name in PLACE:
            shown = {"before": number(_rounded(self.before), language), "after": number(_rounded(self.after), language)}
            return {"label": _axis(self.name, language), **shown}
        item = jurisdiction.characteristics[self.name]
        return {
            "label": label(self.name, jurisdiction, language),
            "before": fact(self.before, item, language),
            "after": fact(self.after, item, language),
        }


def altered_facts(
    bundle: Bundle, dwelling: pd.DataFrame, changes: Mapping[str, Any], language: str
) -> list[AlteredFact]:
    """Check what is to be different about a dwelling.

    Parameters
    ----------
    bundle : Bundle
    dwelling : DataFrame
        One row of the roll.
    changes : mapping of str to text, number, bool or None
        By name of the characteristic, or `x_m`, `y_m`. Text is read as people write it ("69,5", "ja"); None or an empty
        text: not recorded.
    language : str
        nb, nn or en: of the refusal.

    Raises
    ------
    NoAnswer
        With the code of what is wrong: `nothing-altered, unknown-characteristic, not-a-number, not-whole,
        not-yes-or-no, outside-plausible, unknown-level, outside-area, needed`.
    """
    if not changes:
        raise _refusal("nothing-altered", language, example=next(iter(bundle.jurisdiction.characteristics)))
    row = dwelling.iloc[0]
    checked = []
    for name, given in changes.items():
        # A level that no sale had is read as unknown by the models: it would look like an answer to the question.
        after = plausible_fact(bundle.jurisdiction, name, given, language, levels=bundle.seen.levels.get(name, ()))
        checked.append(AlteredFact(name, row.get(name), after))
    return checked


def with_altered(dwelling: pd.DataFrame, facts: list[AlteredFact]) -> pd.DataFrame:
    """Return the row with the altered facts, its columns of the same kinds."""
    altered = dwelling.reset_index(drop=True).copy()
    for item in facts:
        kind = altered[item.name].dtype
        is_text = isinstance(item.after, str) or pd.api.types.is_string_dtype(kind)
        is_plain = not is_text and not isinstance(item.after, bool)
        altered[item.name] = pd.Series([item.after], dtype="str" if is_text else "float64" if is_plain else "boolean")
    return altered


def plausible_fact(
    jurisdiction: Jurisdiction, name: str, given: Any, language: str, *, levels: Sequence[str] | None = None
) -> Any:
    """Return a fact as it may be recorded, from what was given as text, number or truth value.

    Parameters
    ----------
    jurisdiction : Jurisdiction
        Its data dictionary says what may be.
    name : str
        Of the characteristic, or `x_m`, `y_m`.
    given : text, number, bool or None
        None or an empty text: not recorded.
    language : str
        nb, nn or en: of the refusal.
    levels : sequence of str, optional
        Of a category: those to choose from; by default those of the dictionary, or any text where it lists none.

    Returns
    -------
    str, float, bool or None
        NaN or None where it shall not be recorded.

    Raises
    ------
    NoAnswer
        As `altered_facts`, but for `nothing-altered`.
    """
    place = jurisdiction.coordinates
    if name in PLACE and place is not None:
        return _checked_place(name, given, place.bounds, language)
    item = jurisdiction.characteristics.get(name)
    if item is None:
        raise _unknown(jurisdiction, name, language)
    named = label(name, jurisdiction, language)
    if _is_nothing(given):
        if item.required:
            raise _refusal("needed", language, label=named)
        return None if item.is_categorical else math.nan
    if item.is_categorical:
        return _checked_level(given, item.levels or None if levels is None else levels, item, named, language)
    if item.kind == "boolean":
        return _checked_truth(given, named, language)
    return _checked_number(given, item, named, language)


def _checked_level(given: Any, levels: Sequence[str] | None, item: Characteristic, named: str, language: str) -> str:
    text = str(given).strip() if isinstance(given, str) else ""
    if text and (levels is None or text in levels):
        return text
    known = levels or ()
    # People type what they read: the name of a level, in any of the languages.
    meant = [code for code in known if text and text.casefold() in _called(code, item)]
    if len(meant) == 1:
        return meant[0]
    shown = ", ".join(level(code, item, language) for code in known[:_MOST_LEVELS])
    shown += " …" if len(known) > _MOST_LEVELS else ""
    raise _refusal("unknown-level", language, label=named, given=given, levels=shown)


def _called(code: str, item: Characteristic) -> set[str]:
    return {level(code, item, language).casefold() for language in LANGUAGES}


def _checked_truth(given: Any, named: str, language: str) -> bool:
    if isinstance(given, bool | np.bool_):
        return bool(given)
    text = str(given).strip().casefold()
    if isinstance(given, str) and text in (*_YES, *_NO):
        return text in _YES
    raise _refusal("not-yes-or-no", language, label=named, given=given)


def _checked_number(given: Any, item: Characteristic, named: str, language: str) -> float:
    figure = _number(given)
    if figure is None:
        raise _refusal("not-a-number", language, label=named, given=given)
    bounds = item.plausible or item.possible
    if bounds is not None and not bounds[0] <= figure <= bounds[1]:
        low, high = (fact(bound, item, language) for bound in bounds)
        raise _refusal(
            "outside-plausible", language, label=named, given=fact(figure, item, language), low=low, high=high
        )
    if item.kind in WHOLE_KINDS and figure != round(figure):
        raise _refusal("not-whole", language, label=named, given=plain_number(figure, item, language))
    return figure


def _checked_place(name: str, given: Any, bounds: tuple[float, float, float, float], language: str) -> float:
    named, figure = _axis(name, language), _number(given)
    if _is_nothing(given):
        raise _refusal("needed", language, label=named)
    if figure is None:
        raise _refusal("not-a-number", language, label=named, given=given)
    low, high = (bounds[0], bounds[2]) if name == "x_m" else (bounds[1], bounds[3])
    if not low <= figure <= high:
        shown = {"given": number(figure, language), "low": number(low, language), "high": number(high, language)}
        raise _refusal("outside-area", language, name=name[0], **shown)
    return figure


def _axis(name: str, language: str) -> str:
    return f"{LOCATION_WORDS.in_language(language)} ({name[0]})"


def _is_nothing(given: Any) -> bool:
    return given is None or (isinstance(given, str) and not given.strip()) or _is_nan(given)


def _number(given: Any) -> float | None:
    """Return a finite number, or None for what is none. A comma is a decimal sign; blanks part thousands."""
    if isinstance(given, bool | np.bool_):
        return None
    if isinstance(given, int | float | np.integer | np.floating):
        return float(given) if math.isfinite(given) else None
    if not isinstance(given, str) or not _NUMBER.fullmatch(given.strip()):
        return None
    plain = re.sub(r"[ \u00a0\u202f]", "", given.strip()).replace(",", ".").replace("−", "-")
    return float(plain) if math.isfinite(float(plain)) else None


def _unknown(jurisdiction: Jurisdiction, name: str, language: str) -> NoAnswer:
    known = [*jurisdiction.characteristics, *(PLACE if jurisdiction.coordinates else ())]
    near = get_close_matches(name, known, n=3, cutoff=0.5)
    hint = (_NEAR if near else _KNOWN)[language].format(names=", ".join(near or known))
    return _refusal("unknown-characteristic", language, name=name, near=hint)


def _refusal(code: str, language: str, /, **pieces: Any) -> NoAnswer:
    return NoAnswer(_REFUSALS[code][language].format(**pieces), code=code)


def _is_nan(given: Any) -> bool:
    return isinstance(given, float | np.floating) and math.isnan(given)


def _rounded(figure: Any) -> float:
    return math.nan if figure is None else round(float(figure), 1)
