"""Why does a dwelling have no value, and what can be done about it?

An honest empty: the reason, what the owner can do, what the caseworker does next, and no number. One code, one text in
three languages and one page in the docs per reason. Which reason holds is not decided here but read off the rule that
took the value away (`flags/not_valued.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from valuation.appraisal.appraise import appraise, known_dwellings
from valuation.appraisal.bundle import Bundle
from valuation.dwellings.characteristics import Words
from valuation.dwellings.facts import Facts
from valuation.errors import NoAnswer
from valuation.explanation.fact_words import fact
from valuation.flags import not_valued
from valuation.flags.flag import LOCATION, FlagEvidence, label_of
from valuation.jurisdictions.jurisdiction import Jurisdiction


@dataclass(frozen=True)
class NoValue:
    """A reason for no value, in words. `{what}` is the fact, `{found}` what is recorded, `{dwelling}` the identity."""

    code: str
    """Stable for ever: pages, answers of the API and letters name it."""
    title: Words
    found: Words
    """What is missing or wrong."""
    owner: Words
    """What the owner can do."""
    office: Words
    """What the caseworker does next."""
    explanation: str
    """For the page in the docs: when this happens and why no number is shown."""


CANNOT_BE_VALUED = Words(
    nb="Kan ikke verdsettes av modellen",
    nn="Kan ikkje verdsetjast av modellen",
    en="Cannot be valued by the model",
)

NOT_IN_ROLL = NoValue(
    code="not-in-roll",
    title=Words(nb="Boligen står ikke på listen", nn="Bustaden står ikkje på lista", en="The home is not on the roll"),
    found=Words(
        nb="Vi finner ingen bolig med nummeret {dwelling} på listen over boliger som skal verdsettes.",
        nn="Vi finn ingen bustad med nummeret {dwelling} på lista over bustader som skal verdsetjast.",
        en="There is no home with the number {dwelling} on the roll of homes to be valued.",
    ),
    owner=Words(
        nb="Se etter om nummeret er skrevet riktig; det står i brevet og i eiendomsregisteret. Stemmer det, meld "
        "fra til kommunen: boligen kan mangle i registeret.",
        nn="Sjå etter om nummeret er rett skrive; det står i brevet og i eigedomsregisteret. Stemmer det, meld frå "
        "til kommunen: bustaden kan mangle i registeret.",
        en="Check that the number is written correctly; it stands in the letter and in the land register. If it is "
        "right, tell the municipality: the home may be missing in the register.",
    ),
    office=Words(
        nb="Søk på adressen. Er boligen ny, slått sammen eller delt, hent registeret på nytt og kjør listen om igjen. "
        "Rader som ble lagt til side ved innlesing, står i ingest/rejected_rows.csv med grunn.",
        nn="Søk på adressa. Er bustaden ny, slått saman eller delt, hent registeret på nytt og køyr lista om att. "
        "Rader "
        "som vart lagde til side ved innlesing, står i ingest/rejected_rows.csv med grunn.",
        en="Search by address. If the home is new, merged or split, fetch the register again and run the roll anew. "
        "Rows that were set aside on reading stand in ingest/rejected_rows.csv with the reason.",
    ),
    explanation="The identity asked for is not in `roll.parquet`: mistyped, new, merged, or set aside by `ingest` "
    "because its row contradicts another. A value of the nearest dwelling would be taken for its own.",
)

NO_LOCATION = NoValue(
    code="no-location",
    title=Words(nb="Plasseringen er ikke kjent", nn="Plasseringa er ikkje kjend", en="The place is not known"),
    found=Words(
        nb="Boligen er ikke plassert på kartet. Uten det kan den ikke sammenlignes med salgene omkring.",
        nn="Bustaden er ikkje plassert på kartet. Utan det kan han ikkje samanliknast med sala ikring.",
        en="The home has no place on the map. Without it, it cannot be compared with the sales around it.",
    ),
    owner=Words(
        nb="Du trenger ikke å gjøre noe. Vet du hvor på eiendommen boligen ligger, kan et kart med merke gjøre det "
        "lettere.",
        nn="Du treng ikkje gjere noko. Veit du kvar på eigedomen bustaden ligg, kan eit kart med merke gjere det "
        "lettare.",
        en="You need not do anything. A map with the home marked on it may make it easier.",
    ),
    office=Words(
        nb="Finn bygningen i registeret og før inn koordinatene, eller få dem rettet der. Verdsett boligen på nytt. "
        "Haster "
        "det, verdsett for hånd og skriv hvorfor.",
        nn="Finn bygningen i registeret og før inn koordinatane, eller få dei retta der. Verdset bustaden på nytt. "
        "Hastar "
        "det, verdset for hand og skriv kvifor.",
        en="Find the building in the register and enter its coordinates, or have them corrected there. Value the home "
        "again. If it is urgent, value it by hand and write why.",
    ),
    explanation="The jurisdiction has coordinates and this dwelling has none. Where a dwelling lies weighs more than "
    "almost all else; without it a number would look like any other and be much worse.",
)

OUTSIDE_AREA = NoValue(
    code="outside-area",
    title=Words(
        nb="Plasseringen ligger utenfor kommunen",
        nn="Plasseringa ligg utanfor kommunen",
        en="The place lies outside the jurisdiction",
    ),
    found=Words(
        nb="Koordinatene som er registrert, ligger utenfor kommunen. De må være feil.",
        nn="Koordinatane som er registrerte, ligg utanfor kommunen. Dei må vere feil.",
        en="The recorded coordinates lie outside the jurisdiction. They must be wrong.",
    ),
    owner=Words(
        nb="Du trenger ikke å gjøre noe. Kommunen retter plasseringen.",
        nn="Du treng ikkje gjere noko. Kommunen rettar plasseringa.",
        en="You need not do anything. The municipality corrects the place.",
    ),
    office=Words(
        nb="Se om øst og nord er byttet om, om tallene er grader og ikke meter, eller om de er i en annen sone. Rett "
        "dem i "
        "registeret og verdsett på nytt.",
        nn="Sjå om aust og nord er bytte om, om tala er grader og ikkje meter, eller om dei er i ei anna sone. Rett "
        "dei i "
        "registeret og verdset på nytt.",
        en="See whether east and north are swapped, whether they are degrees and not metres, or in another zone. "
        "Correct them in the register and value again.",
    ),
    explanation="The coordinates lie outside `coordinates.bounds` of the jurisdiction file: swapped, in degrees, or of "
    "another zone. A place outside is a wrong record, not a far dwelling.",
)

UNKNOWN_TYPE = NoValue(
    code="unknown-type",
    title=Words(nb="Boligtypen er ikke kjent", nn="Bustadtypen er ikkje kjend", en="The type of home is not known"),
    found=Words(
        nb="Det er ikke registrert en boligtype vi har salg av ({what}: {found}).",
        nn="Det er ikkje registrert ein bustadtype vi har sal av ({what}: {found}).",
        en="No type of home is recorded of which there are sales ({what}: {found}).",
    ),
    owner=Words(
        nb="Meld fra til kommunen hva slags bolig det er: enebolig, rekkehus, leilighet eller noe annet.",
        nn="Meld frå til kommunen kva slags bustad det er: einebustad, rekkjehus, leilegheit eller noko anna.",
        en="Tell the municipality what kind of home it is: detached, terraced, a flat or something else.",
    ),
    office=Words(
        nb="Er det en bolig? Rett typen i registeret og verdsett på nytt. Er det en type som ikke er solgt her, må den "
        "verdsettes for hånd. Er det et naust eller en garasje, skal det ikke stå på listen.",
        nn="Er det ein bustad? Rett typen i registeret og verdset på nytt. Er det ein type som ikkje er seld her, må "
        "han "
        "verdsetjast for hand. Er det eit naust eller ein garasje, skal det ikkje stå på lista.",
        en="Is it a home? Correct the type in the register and value again. If it is of a type never sold here, value "
        "it by hand. A boathouse or garage does not belong on the roll.",
    ),
    explanation="The type of dwelling is missing, not among those of the data dictionary, or no sale of it is known. "
    "Prices differ more between types than within them, and no sale says what this one fetches.",
)

MISSING_FACT = NoValue(
    code="missing-fact",
    title=Words(
        nb="En nødvendig opplysning mangler", nn="Ei naudsynt opplysning manglar", en="A necessary fact is missing"
    ),
    found=Words(
        nb="{what} er ikke registrert, og uten det kan boligen ikke verdsettes.",
        nn="{what} er ikkje registrert, og utan det kan bustaden ikkje verdsetjast.",
        en="{what} is not recorded, and without it the home cannot be valued.",
    ),
    owner=Words(
        nb="Send kommunen opplysningen med noe som viser den: en tegning, et målebrev, en takst eller et bilde.",
        nn="Send kommunen opplysninga med noko som viser ho: ei teikning, eit målebrev, ein takst eller eit bilete.",
        en="Send the municipality the fact with something that shows it: a drawing, a survey, a valuation or a "
        "photograph.",
    ),
    office=Words(
        nb="Se i byggesaken og i salgsoppgaven, eller be eieren om opplysningen. Før den inn i registeret med kilde, "
        "og "
        "verdsett på nytt. Finnes den ikke, må boligen verdsettes for hånd, om nødvendig etter befaring.",
        nn="Sjå i byggjesaka og i salsoppgåva, eller be eigaren om opplysninga. Før ho inn i registeret med kjelde, og "
        "verdset på nytt. Finst ho ikkje, må bustaden verdsetjast for hand, om naudsynt etter synfaring.",
        en="Look in the building file and in the sales particulars, or ask the owner. Enter the fact in the register "
        "with its source and value again. If it cannot be found, value by hand, after an inspection if need be.",
    ),
    explanation="A characteristic that the data dictionary calls `required` is empty. The models would fill it with "
    "what is usual, and nobody would see it in the number.",
)

IMPOSSIBLE_FACT = NoValue(
    code="impossible-fact",
    title=Words(
        nb="En opplysning kan ikke stemme", nn="Ei opplysning kan ikkje stemme", en="A recorded fact cannot be right"
    ),
    found=Words(
        nb="Det er registrert {what}: {found}. Det kan ikke stemme.",
        nn="Det er registrert {what}: {found}. Det kan ikkje stemme.",
        en="{what} is recorded as {found}. That cannot be right.",
    ),
    owner=Words(
        nb="Send kommunen det riktige tallet med noe som viser det: en tegning, et målebrev eller en takst.",
        nn="Send kommunen det rette talet med noko som viser det: ei teikning, eit målebrev eller ein takst.",
        en="Send the municipality the right figure with something that shows it: a drawing, a survey or a valuation.",
    ),
    office=Words(
        nb="Er et komma falt bort, eller står tallet i feil felt? Rett registeret med kilde og verdsett på nytt. Er "
        "tallet "
        "riktig, må grensen i datakatalogen endres, av den som har ansvar for den.",
        nn="Er eit komma falle bort, eller står talet i feil felt? Rett registeret med kjelde og verdset på nytt. Er "
        "talet "
        "rett, må grensa i datakatalogen endrast, av den som har ansvar for ho.",
        en="Has a decimal sign been lost, or does the figure stand in the wrong field? Correct the register with the "
        "source and value again. If it is right, the bound in the data dictionary must change, by who answers for it.",
    ),
    explanation="A figure lies outside what the data dictionary calls `possible`, is no finite number, or is not whole "
    "where it must be.",
)

NO_ANSWER = NoValue(
    code="no-answer",
    title=Words(nb="Det kom ikke noe tall ut", nn="Det kom ikkje noko tal ut", en="No figure came out"),
    found=Words(
        nb="Opplysningene er der, men beregningen ga ikke noe brukbart tall.",
        nn="Opplysningane er der, men utrekninga gav ikkje noko brukande tal.",
        en="The facts are there, but the reckoning gave no usable figure.",
    ),
    owner=Words(
        nb="Du trenger ikke å gjøre noe. Kommunen verdsetter boligen for hånd.",
        nn="Du treng ikkje gjere noko. Kommunen verdset bustaden for hand.",
        en="You need not do anything. The municipality values the home by hand.",
    ),
    office=Words(
        nb="Verdsett for hånd, og meld fra til den som har ansvar for beregningen, med boligens nummer og "
        "versjonen som ble brukt.",
        nn="Verdset for hand, og meld frå til den som har ansvar for utrekninga, med nummeret på bustaden og "
        "versjonen som vart brukt.",
        en="Value by hand, and tell who answers for the reckoning, with the number of the home and the version used.",
    ),
    explanation="All required facts are there and possible, and the models gave no finite number above zero. This is a "
    "fault to be reported.",
)

REASONS: tuple[NoValue, ...] = (
    NOT_IN_ROLL,
    NO_LOCATION,
    OUTSIDE_AREA,
    UNKNOWN_TYPE,
    MISSING_FACT,
    IMPOSSIBLE_FACT,
    NO_ANSWER,
)


@dataclass(frozen=True)
class Found:
    """A reason with the dwelling it holds for."""

    reason: NoValue
    dwelling_id: str
    characteristic: str = ""
    """Name in the data dictionary, or `location`; empty where no fact is to blame."""
    recorded: object = None

    def texts(self, jurisdiction: Jurisdiction, language: str) -> dict[str, str]:
        """Return `title, found, owner, office` in a language."""
        item = jurisdiction.characteristics.get(self.characteristic)
        pieces = {
            "dwelling": self.dwelling_id,
            "what": label_of(self.characteristic, jurisdiction, language),
            "found": fact(self.recorded, item, language) if item is not None else "",
        }
        told = {name: getattr(self.reason, name) for name in ("title", "found", "owner", "office")}
        return {name: words.in_language(language).format(**pieces) for name, words in told.items()}

    def refusal(self, jurisdiction: Jurisdiction, language: str) -> NoAnswer:
        """Return the reason as an error in a language, to be raised where a number was asked for."""
        said = self.texts(jurisdiction, language)
        return NoAnswer(
            f"{CANNOT_BE_VALUED.in_language(language)}: {said['title']}.",
            expected=said["found"],
            remedy=said["office"],
            code=self.reason.code,
        )


def not_in_roll(dwelling_id: str) -> Found:
    """Return the reason of a dwelling that the roll does not hold."""
    return Found(NOT_IN_ROLL, dwelling_id)


def reasons_for_no_value(bundle: Bundle, dwellings: pd.DataFrame | Facts) -> list[Found | None]:
    """Return why each dwelling has no value; None where it has one.

    Parameters
    ----------
    bundle : Bundle
    dwellings : DataFrame or Facts
        As for `appraise`.

    Returns
    -------
    list of Found or None
        In the order of `dwellings`; of several reasons the first that the rule `cannot-be-valued` meets.
    """
    known = known_dwellings(dwellings, bundle)
    evidence = FlagEvidence(
        dwellings=known,
        values=appraise(bundle, dwellings).table,
        jurisdiction=bundle.jurisdiction,
        seen=bundle.seen,
        as_of=bundle.jurisdiction.valuation_date,
    )
    finding = not_valued.find(evidence, bundle.params.flags)
    what = finding.what if finding.what is not None else np.full(len(known), "", dtype=object)
    return [
        _found(known.iloc[place], str(name), bundle.jurisdiction) if is_raised else None
        for place, (name, is_raised) in enumerate(zip(what, finding.is_raised, strict=True))
    ]


def _found(dwelling: pd.Series, name: str, jurisdiction: Jurisdiction) -> Found:
    identity = str(dwelling["dwelling_id"])
    if name == LOCATION:
        is_missing = bool(dwelling[["x_m", "y_m"]].isna().any())
        return Found(NO_LOCATION if is_missing else OUTSIDE_AREA, identity, name)
    item = jurisdiction.characteristics.get(name)
    if item is None:
        return Found(NO_ANSWER, identity)
    if item.role == "dwelling_type":
        return Found(UNKNOWN_TYPE, identity, name, dwelling[name])
    return Found(MISSING_FACT if pd.isna(dwelling[name]) else IMPOSSIBLE_FACT, identity, name, dwelling[name])


# Pages ------------------------------------------------------------------------------------------------------------


def no_value_pages() -> dict[str, str]:
    """Return the pages of docs/reference/no-value/ by file name."""
    return {"README.md": _index(), **{f"{reason.code}.md": _page(reason) for reason in REASONS}}


def _index() -> str:
    lines = ["# Cannot be valued", ""]
    lines += ["Where there is no value, a page says why, what the owner can do and what the caseworker does next; no"]
    lines += ["number is shown, since a plausible one would be taken for a value. The flag is"]
    flag = not_valued.RULE.code
    lines += [f"[`{flag}`](../flags/{flag}.md). A code never changes.", ""]
    lines += ["| Code | Bokmål | Nynorsk | English |", "|---|---|---|---|"]
    lines += [
        f"| [`{reason.code}`]({reason.code}.md) | {reason.title.nb} | {reason.title.nn} | {reason.title.en} |"
        for reason in REASONS
    ]
    return "\n".join([*lines, ""])


def _page(reason: NoValue) -> str:
    lines = [f"# {reason.code}", "", f"**{reason.title.en}**. {reason.explanation}"]
    for language, name in (("nb", "Bokmål"), ("nn", "Nynorsk"), ("en", "English")):
        words = {part: getattr(reason, part).in_language(language) for part in ("title", "found", "owner", "office")}
        head = {
            "nb": ("Eieren", "Saksbehandleren"),
            "nn": ("Eigaren", "Saksbehandlaren"),
            "en": ("Owner", "Caseworker"),
        }
        lines += ["", f"## {name}", "", f"**{CANNOT_BE_VALUED.in_language(language)}: {words['title']}**", ""]
        lines += [words["found"], "", f"- **{head[language][0]}**: {words['owner']}"]
        lines += [f"- **{head[language][1]}**: {words['office']}"]
    return "\n".join([*lines, ""])
