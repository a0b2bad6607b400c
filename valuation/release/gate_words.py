"""How are the gates called in the languages of the office, and what do they answer? Each says it in English itself."""

from __future__ import annotations

import re

from valuation.dwellings.characteristics import Words
from valuation.jurisdictions.jurisdiction import Jurisdiction
from valuation.languages.spoken import recorded, spoken
from valuation.ratio_study.strata import level_words

GATE_TITLES: dict[str, Words] = {
    "complete-roll": Words(
        en="Every dwelling has a value, or a reason why not",
        nb="Hver bolig har en verdi, eller en grunn til at den mangler",
        nn="Kvar bustad har ein verdi, eller ein grunn til at han manglar",
    ),
    "same-values": Words(
        en="The values and the holdout are those of this version",
        nb="Verdiene og prøven er laget av denne versjonen",
        nn="Verdiane og prøva er laga av denne versjonen",
    ),
    "unlisted-changes": Words(
        en="No value jumps without a person being sent to look",
        nb="Ingen verdi hopper uten at noen blir bedt om å se på den",
        nn="Ingen verdi hoppar utan at nokon blir beden om å sjå på han",
    ),
    "shared-values": Words(
        en="Unlike dwellings do not share one value",
        nb="Ulike boliger deler ikke samme verdi",
        nn="Ulike bustader deler ikkje same verdi",
    ),
    "sold-and-unsold": Words(
        en="Sold and unsold dwellings move alike",
        nb="Solgte og usolgte boliger endrer seg likt",
        nn="Selde og uselde bustader endrar seg likt",
    ),
    "twins": Words(
        en="Dwellings alike in every fact are valued alike",
        nb="Boliger som er like i alt, får lik verdi",
        nn="Bustader som er like i alt, får lik verdi",
    ),
    "monotonicity": Words(
        en="More of what raises a value never lowers it",
        nb="Mer av det som hever en verdi, senker den aldri",
        nn="Meir av det som hevar ein verdi, senkar han aldri",
    ),
    "zone-borders": Words(
        en="No value jumps at a line on the map",
        nb="Ingen verdi hopper ved en strek på kartet",
        nn="Ingen verdi hoppar ved ein strek på kartet",
    ),
    "looked-at": Words(
        en="Every value says whether a person has looked at it",
        nb="Hver verdi sier om en person har sett på den",
        nn="Kvar verdi seier om ein person har sett på han",
    ),
    "level": Words(
        en="Values stand at the level of prices",
        nb="Verdiene ligger på nivå med prisene",
        nn="Verdiane ligg på nivå med prisane",
    ),
    "group-level": Words(
        en="No area and no type stands apart in level",
        nb="Ikke noe område og ingen boligtype skiller seg ut i nivå",
        nn="Ikkje noko område og ingen bustadtype skil seg ut i nivå",
    ),
    "dispersion": Words(
        en="Values are as even as the trade asks",
        nb="Verdiene er så jevne som faget krever",
        nn="Verdiane er så jamne som faget krev",
    ),
    "price-related-bias": Words(
        en="Values do not lean to cheap or dear dwellings",
        nb="Verdiene heller ikke mot billige eller dyre boliger",
        nn="Verdiane heller ikkje mot billege eller dyre bustader",
    ),
    "coverage": Words(
        en="The probable ranges hold what they promise",
        nb="De sannsynlige spennene holder det de lover",
        nn="Dei sannsynlege spenna held det dei lovar",
    ),
    "group-coverage": Words(
        en="The probable ranges hold in every group",
        nb="De sannsynlige spennene holder i hver gruppe",
        nn="Dei sannsynlege spenna held i kvar gruppe",
    ),
    "standard-prices": Words(
        en="Not surely worse than standard prices per m²",
        nb="Ikke sikkert dårligere enn standardpriser per m²",
        nn="Ikkje sikkert dårlegare enn standardprisar per m²",
    ),
    "against-live": Words(
        en="Not surely worse than the version that is live",
        nb="Ikke sikkert dårligere enn versjonen i bruk",
        nn="Ikkje sikkert dårlegare enn versjonen i bruk",
    ),
    "against-live-by-area": Words(
        en="In no area surely worse than the version that is live",
        nb="Ikke sikkert dårligere i noe område enn versjonen i bruk",
        nn="Ikkje sikkert dårlegare i noko område enn versjonen i bruk",
    ),
}
"""Title by code: a test holds them to the gates."""
STATUS_WORDS: dict[str, Words] = {
    "passed": Words(en="passed", nb="bestått", nn="bestått"),
    "refused": Words(en="refused", nb="avvist", nn="avvist"),
    "not judged": Words(en="not judged", nb="ikke vurdert", nn="ikkje vurdert"),
}

_ENGLISH_GROUPS = {
    "dwelling_type": "type",
    "market_area": "area",
    "value_third": "third of the value",
    "size_band": "size",
    "age_band": "age",
    "tenure": "tenure",
}
_OF_A_GROUP = re.compile(rf"(level|coverage) of ({'|'.join(_ENGLISH_GROUPS)}) (.+?)( against the others)?")


def measure_words(measure: str, place: Jurisdiction) -> str:
    """Return what a gate looked at, in the language that is spoken: of a group by what people call it.

    Parameters
    ----------
    measure : str
        As `gates.json` keeps it.
    place : Jurisdiction
        Knows what its types and areas are called.
    """
    found = _OF_A_GROUP.fullmatch(measure)
    if found is None:
        return recorded(measure)
    figure, stratum, level, rest = (part or "" for part in found.groups())
    name = place.characteristics.with_role(stratum)
    known = None if name is None else place.characteristics[name].level_in(level, spoken())
    called = known or level_words(stratum, level)
    if spoken() == "en":
        return f"{figure} of the {_ENGLISH_GROUPS[stratum]} {called}{rest}"
    return recorded(f"{figure} of {stratum} {called}{rest}")
