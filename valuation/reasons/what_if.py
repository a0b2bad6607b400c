"""What would this dwelling be valued at if a fact about it were different, and what makes the difference?

The altered dwelling goes through `appraise` like any other. The difference is told by cause: each line of the log value
(see `explanation/contributions.py`) that differs between the two, turned into money by the logarithmic mean of the two
values, so that what stays the same makes no difference and the causes sum to the difference to the krone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from valuation.appraisal.appraise import appraise, known_dwellings
from valuation.appraisal.appraised_value import AppraisedValue
from valuation.appraisal.bundle import Bundle
from valuation.explanation.contributions import ROUNDING, TIME_INDEX, contributions, money_per_log
from valuation.explanation.fact_words import label, money, percent
from valuation.features.columns import LOCATION_OWNER, TIME_OWNER
from valuation.jurisdictions.jurisdiction import Jurisdiction
from valuation.languages.language import Said
from valuation.languages.spoken import uncapitalised
from valuation.reasons.altered_facts import PLACE, AlteredFact, altered_facts, with_altered
from valuation.reasons.no_value import Found, reasons_for_no_value

_LINES: dict[str, Said] = {
    LOCATION_OWNER: {
        "nb": "Beliggenhet og hva boliger i nærheten er solgt for",
        "nn": "Plassering og kva bustader i nærleiken er selde for",
        "en": "Location and what homes nearby have sold for",
    },
    TIME_OWNER: {
        "nb": "Prisutvikling utover den vanlige",
        "nn": "Prisutvikling utover den vanlege",
        "en": "Price development beyond the usual",
    },
    TIME_INDEX: {
        "nb": "Prisutviklingen fram til datoen for verdien",
        "nn": "Prisutviklinga fram til datoen for verdien",
        "en": "Price development up to the day of the value",
    },
    ROUNDING: {"nb": "Avrunding", "nn": "Avrunding", "en": "Rounding"},
}
_WORDS: dict[str, Said] = {
    "altered": {
        "nb": "Endret: {label} fra {before} til {after}.",
        "nn": "Endra: {label} frå {before} til {after}.",
        "en": "Altered: {label} from {before} to {after}.",
    },
    "before": {
        "nb": "Verdien slik boligen er registrert: {value}, sannsynlig prisområde {low} til {high}.",
        "nn": "Verdien slik bustaden er registrert: {value}, sannsynleg prisområde {low} til {high}.",
        "en": "The value as recorded: {value}, probable price range {low} to {high}.",
    },
    "after": {
        "nb": "Verdien med endringen: {value}, sannsynlig prisområde {low} til {high}.",
        "nn": "Verdien med endringa: {value}, sannsynleg prisområde {low} til {high}.",
        "en": "The value with the change: {value}, probable price range {low} to {high}.",
    },
    "no_before": {
        "nb": "Slik det er registrert, har boligen ingen verdi: {reason}",
        "nn": "Slik det er registrert, har bustaden ingen verdi: {reason}",
        "en": "As recorded, the home has no value: {reason}",
    },
    "no_after": {
        "nb": "Med endringen har boligen ingen verdi: {reason}",
        "nn": "Med endringa har bustaden ingen verdi: {reason}",
        "en": "With the change the home has no value: {reason}",
    },
    "difference": {
        "nb": "Forskjellen er {amount} ({sign}{share}). Den kommer av:",
        "nn": "Skilnaden er {amount} ({sign}{share}). Han kjem av:",
        "en": "The difference is {amount} ({sign}{share}). It comes from:",
    },
    "same": {
        "nb": "Endringen gjør ingen forskjell for verdien.",
        "nn": "Endringa gjer ingen skilnad for verdien.",
        "en": "The change makes no difference to the value.",
    },
    "cause": {"nb": "– {label}: {amount}", "nn": "– {label}: {amount}", "en": "– {label}: {amount}"},
    "rest": {"nb": "annet", "nn": "anna", "en": "other"},
    "area_kept": {
        "nb": "Bare stedet på kartet er endret; {kept} står som registrert.",
        "nn": "Berre staden på kartet er endra; {kept} står som registrert.",
        "en": "Only the place on the map is altered; {kept} stay as recorded.",
    },
}
MOST_TOLD = 5
"""Causes told one by one; the rest is one line."""
_STAYS = ("market_area", "street", "building")
"""Roles that a place on the map does not alter by itself."""


@dataclass(frozen=True)
class Cause:
    """What one line makes of the difference."""

    line: str
    """A characteristic, `location`, `time`, `time_index` or `rounding`."""
    amount: int
    """In whole units of money; all causes sum to the difference."""


@dataclass(frozen=True)
class WhatIf:
    """The dwelling as recorded and as altered."""

    facts: tuple[AlteredFact, ...]
    before: AppraisedValue
    after: AppraisedValue
    causes: tuple[Cause, ...]
    """Largest first; empty where one of the two has no value."""
    why_none: tuple[Found | None, Found | None]
    """Why there is no value before and after; None where there is one."""

    @property
    def difference(self) -> int | None:
        """Value with the change less the value as recorded."""
        if self.before.appraised_value is None or self.after.appraised_value is None:
            return None
        return self.after.appraised_value - self.before.appraised_value


def what_if(bundle: Bundle, dwelling: pd.DataFrame, changes: Mapping[str, Any], *, language: str = "en") -> WhatIf:
    """Value a dwelling with some facts altered, at the valuation date.

    Parameters
    ----------
    bundle : Bundle
    dwelling : DataFrame
        One row of the roll.
    changes : mapping
        What is to be different, see `altered_facts`.
    language : str
        nb, nn or en: of a refusal.

    Returns
    -------
    WhatIf

    Raises
    ------
    NoAnswer
        For an alteration that cannot be; no number is given.
    """
    facts = altered_facts(bundle, dwelling, changes, language)
    both = pd.concat([dwelling.reset_index(drop=True), with_altered(dwelling, facts)], ignore_index=True)
    answers = appraise(bundle, both)
    before, after = answers[0], answers[1]
    is_valued = answers.table["appraised_value"].notna()
    if is_valued.all():
        causes = causes_between(bundle, both, answers.table["appraised_value"].to_numpy(float))
        return WhatIf(tuple(facts), before, after, causes, (None, None))
    why = reasons_for_no_value(bundle, both)
    return WhatIf(tuple(facts), before, after, (), (why[0], why[1]))


def causes_between(bundle: Bundle, both: pd.DataFrame, stored: np.ndarray) -> tuple[Cause, ...]:
    """Return what makes the second of two dwellings differ from the first.

    Parameters
    ----------
    bundle : Bundle
    both : DataFrame
        Two rows, as for `appraise`; both have a value.
    stored : ndarray, shape (2,)
        Their values in whole units of money.
    """
    known = known_dwellings(both, bundle)
    day = bundle.jurisdiction.valuation_date
    features = bundle.models.features_of(known, day)
    log_index = bundle.models.value(known, day, features=features, n_threads=1)["log_index"]
    parts = contributions(bundle.models, features, log_index, stored)
    apart = parts.log_amounts[1] - parts.log_amounts[0]
    exact = float(parts.value[0] - parts.rounding[0])
    amounts = np.rint(apart * money_per_log(exact, float(apart.sum()))).astype(np.int64)
    rest = int(stored[1] - stored[0]) - int(amounts.sum())
    lines = [Cause(name, int(amount)) for name, amount in zip(parts.names, amounts, strict=True) if amount]
    lines.sort(key=lambda cause: -abs(cause.amount))
    return (*lines, Cause(ROUNDING, rest)) if rest else tuple(lines)


def line_label(line: str, jurisdiction: Jurisdiction, language: str) -> str:
    """Return what a line of a value is called in a language."""
    return label(line, jurisdiction, language) if line in jurisdiction.characteristics else _LINES[line][language]


def what_if_sentences(answer: WhatIf, jurisdiction: Jurisdiction, language: str) -> list[str]:
    """Return the answer as sentences and lines, money in the currency of the jurisdiction."""
    words = _Told(jurisdiction, language)
    told_facts = [item.told(jurisdiction, language) for item in answer.facts]
    lines = [words.say("altered", **{**told, "label": uncapitalised(told["label"])}) for told in told_facts]
    lines += words.kept(answer)
    lines.append(words.value("before", answer.before, answer.why_none[0]))
    lines.append(words.value("after", answer.after, answer.why_none[1]))
    difference = answer.difference
    if difference is None:
        return lines
    if difference == 0 and not answer.causes:
        return [*lines, words.say("same")]
    share = percent(abs(difference) / (answer.before.appraised_value or 1), language)
    sign = "+" if difference > 0 else "−" if difference < 0 else ""
    lines.append(words.say("difference", amount=words.money(difference), sign=sign, share=share))
    told = [(line_label(item.line, jurisdiction, language), item.amount) for item in answer.causes[:MOST_TOLD]]
    rest = sum(item.amount for item in answer.causes[MOST_TOLD:])
    told += [(words.say("rest"), rest)] if rest else []
    return lines + [words.say("cause", label=name, amount=words.money(amount)) for name, amount in told]


class _Told:
    def __init__(self, jurisdiction: Jurisdiction, language: str) -> None:
        self.jurisdiction, self.language = jurisdiction, language

    def say(self, key: str, /, **pieces: str) -> str:
        return _WORDS[key][self.language].format(**pieces)

    def money(self, amount: int) -> str:
        return money(amount, self.jurisdiction.currency, self.language, signed=True)

    def value(self, form: str, answer: AppraisedValue, why_none: Found | None) -> str:
        if answer.appraised_value is None:
            reason = why_none.texts(self.jurisdiction, self.language)["found"] if why_none is not None else ""
            return self.say(f"no_{form}", reason=reason)
        shown = {
            name: money(amount or 0, self.jurisdiction.currency, self.language)
            for name, amount in (
                ("value", answer.appraised_value),
                ("low", answer.lower_value),
                ("high", answer.upper_value),
            )
        }
        return self.say(form, **shown)

    def kept(self, answer: WhatIf) -> list[str]:
        """Say that areas and names stay when only the coordinates move."""
        moved = {item.name for item in answer.facts}
        roles = [self.jurisdiction.characteristics.with_role(role) for role in _STAYS]
        kept = [name for name in roles if name is not None and name not in moved]
        if not moved & set(PLACE) or not kept:
            return []
        named = ", ".join(label(name, self.jurisdiction, self.language).lower() for name in kept)
        return [self.say("area_kept", kept=named)]
