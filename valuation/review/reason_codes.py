"""For which reason is a case decided as it is? A table of codes, each with its words and the outcomes it fits."""

from __future__ import annotations

from dataclasses import dataclass

from valuation.dwellings.characteristics import Words
from valuation.review.case import Outcome

OUTCOME_WORDS: dict[Outcome, Words] = {
    "accepted": Words(en="accept the value", nb="godta verdien", nn="godta verdien"),
    "own_value": Words(en="own value", nb="egen verdi", nn="eigen verdi"),
    "facts_corrected": Words(en="correct the facts", nb="rette opplysningene", nn="rette opplysningane"),
    "needs_inspection": Words(en="needs inspection", nb="krever befaring", nn="krev synfaring"),
    "cannot_be_valued": Words(en="cannot be valued", nb="kan ikke verdsettes", nn="kan ikkje verdsetjast"),
}


@dataclass(frozen=True)
class Reason:
    """A reason in a few words, to choose from; the text says what it rests on."""

    code: str
    words: Words
    outcomes: tuple[Outcome, ...]


def _reason(code: str, outcomes: str, en: str, nb: str, nn: str) -> Reason:
    return Reason(code, Words(en=en, nb=nb, nn=nn), tuple(outcomes.split()))  # type: ignore[arg-type]


REASONS: dict[str, Reason] = {
    reason.code: reason
    for reason in (
        _reason(
            "fits-comparable-sales",
            "accepted own_value facts_corrected",
            "fits comparable sales",
            "stemmer med sammenlignbare salg",
            "stemmer med samanliknbare sal",
        ),
        _reason(
            "fits-own-sale",
            "accepted own_value facts_corrected",
            "fits the dwelling's own sale",
            "stemmer med boligens eget salg",
            "stemmer med salet av bustaden sjølv",
        ),
        _reason(
            "fits-like-dwellings",
            "accepted own_value facts_corrected",
            "fits near-identical dwellings",
            "stemmer med nesten like boliger",
            "stemmer med nesten like bustader",
        ),
        _reason(
            "change-is-explained",
            "accepted",
            "the change from the prior value is explained",
            "endringen fra forrige takst er forklart",
            "endringa frå førre takst er forklart",
        ),
        _reason(
            "no-error-found",
            "accepted",
            "facts and sales were looked at, no error found",
            "opplysninger og salg er gjennomgått uten at det er funnet feil",
            "opplysningar og sal er gjennomgådde utan at det er funne feil",
        ),
        _reason(
            "condition-poor",
            "own_value",
            "condition poorer than usual",
            "dårligere standard enn vanlig",
            "dårlegare standard enn vanleg",
        ),
        _reason(
            "condition-good",
            "own_value",
            "condition better than usual",
            "bedre standard enn vanlig",
            "betre standard enn vanleg",
        ),
        _reason(
            "location-differs",
            "own_value",
            "the place differs from its surroundings (view, noise, access)",
            "plasseringen skiller seg fra omgivelsene (utsikt, støy, adkomst)",
            "plasseringa skil seg frå omgjevnadene (utsikt, støy, tilkomst)",
        ),
        _reason(
            "use-is-restricted",
            "own_value",
            "the use is restricted (easement, protection, hazard)",
            "bruken er begrenset (heftelse, vern, fare)",
            "bruken er avgrensa (hefte, vern, fare)",
        ),
        _reason(
            "no-value-from-model",
            "own_value",
            "the model gives no value; valued by hand",
            "modellen gir ingen verdi; verdsatt for hånd",
            "modellen gjev ingen verdi; verdsett for hand",
        ),
        _reason("area-wrong", "facts_corrected", "the area is wrong", "arealet er feil", "arealet er feil"),
        _reason("year-wrong", "facts_corrected", "a year is wrong", "et årstall er feil", "eit årstal er feil"),
        _reason(
            "type-wrong",
            "facts_corrected",
            "the type of dwelling is wrong",
            "boligtypen er feil",
            "bustadtypen er feil",
        ),
        _reason(
            "place-wrong",
            "facts_corrected",
            "the place on the map is wrong",
            "plasseringen på kartet er feil",
            "plasseringa på kartet er feil",
        ),
        _reason(
            "other-fact-wrong",
            "facts_corrected",
            "another fact is wrong",
            "en annen opplysning er feil",
            "ei anna opplysning er feil",
        ),
        _reason(
            "facts-uncertain",
            "needs_inspection",
            "the facts cannot be settled from the office",
            "opplysningene kan ikke avklares fra kontoret",
            "opplysningane kan ikkje avklarast frå kontoret",
        ),
        _reason(
            "condition-unknown",
            "needs_inspection",
            "the condition decides and is not known",
            "standarden er avgjørende og ikke kjent",
            "standarden er avgjerande og ikkje kjend",
        ),
        _reason(
            "not-a-dwelling", "cannot_be_valued", "it is no dwelling", "det er ikke en bolig", "det er ikkje ein bustad"
        ),
        _reason(
            "not-there",
            "cannot_be_valued",
            "it is not there (pulled down, not built)",
            "den finnes ikke (revet, ikke bygd)",
            "han finst ikkje (riven, ikkje bygd)",
        ),
        _reason(
            "valued-with-another",
            "cannot_be_valued",
            "it cannot be sold apart and is valued with another",
            "den kan ikke selges for seg og verdsettes sammen med en annen",
            "han kan ikkje seljast for seg og blir verdsett saman med ein annan",
        ),
        _reason(
            "facts-missing",
            "cannot_be_valued",
            "facts that a value needs are missing and cannot be had",
            "opplysninger som en verdi trenger, mangler og kan ikke skaffes",
            "opplysningar som ein verdi treng, manglar og kan ikkje skaffast",
        ),
    )
}
"""By code. Codes are never renamed: decisions stand in the record with them."""


def reasons_for(outcome: Outcome) -> tuple[Reason, ...]:
    """Return the reasons to choose from for an outcome."""
    return tuple(reason for reason in REASONS.values() if outcome in reason.outcomes)
