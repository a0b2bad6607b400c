"""Which rules can stand against an action, and in which words? A stable code and a sentence in three languages each."""

from __future__ import annotations

from collections.abc import Mapping

from valuation.dwellings.characteristics import Words
from valuation.errors import ActionRefused
from valuation.explanation.fact_words import LANGUAGES, Said

REFUSALS: dict[str, Words] = {
    # --- who, and when
    "role-may-not": Words(
        en="Your role does not allow this: {action} is for {roles}.",
        nb="Rollen din gir ikke adgang til dette: {action} er for {roles}.",
        nn="Rolla di gjev ikkje tilgang til dette: {action} er for {roles}.",
    ),
    "not-in-this-state": Words(
        en="This cannot be done now: the case is “{state}”. It can be done while it is {states}.",
        nb="Dette kan ikke gjøres nå: Saken er «{state}». Det kan gjøres når den er {states}.",
        nn="Dette kan ikkje gjerast no: Saka er «{state}». Det kan gjerast når ho er {states}.",
    ),
    "reserved-by-another": Words(
        en="{name} has reserved the case for another {minutes} minutes. Take another case, or wait.",
        nb="{name} har reservert saken i {minutes} minutter til. Ta en annen sak, eller vent.",
        nn="{name} har reservert saka i {minutes} minutt til. Ta ei anna sak, eller vent.",
    ),
    "not-your-reservation": Words(
        en="You have not reserved this case, so there is nothing to release.",
        nb="Du har ikke reservert denne saken, så det er ingenting å frigi.",
        nn="Du har ikkje reservert denne saka, så det er ingenting å frigje.",
    ),
    "conflict-declared": Words(
        en="You have declared a conflict of interest in this case. A colleague must take it.",
        nb="Du har meldt deg inhabil i denne saken. En kollega må ta den.",
        nn="Du har meldt deg inhabil i denne saka. Ein kollega må ta ho.",
    ),
    "nobody-approves-their-own": Words(
        en="You proposed this decision, and nobody approves their own. Another second reader must look at it.",
        nb="Du har selv foreslått dette vedtaket, og ingen godkjenner sitt eget. En annen kontrollør må se på det.",
        nn="Du har sjølv gjort framlegg om dette vedtaket, og ingen godkjenner sitt eige. Ein annan kontrollør må sjå "
        "på det.",
    ),
    "own-view-first": Words(
        en="Put down your own estimate first. Then you see what others have come to.",
        nb="Skriv ned ditt eget anslag først. Deretter ser du hva andre har kommet til.",
        nn="Skriv ned ditt eige overslag først. Deretter ser du kva andre har kome til.",
    ),
    "own-view-given": Words(
        en="You have put down your own estimate already, {value}. It stands as it was before you saw more.",
        nb="Du har alt skrevet ned ditt eget anslag, {value}. Det blir stående slik det var før du så mer.",
        nn="Du har alt skrive ned ditt eige overslag, {value}. Det blir ståande slik det var før du såg meir.",
    ),
    "no-own-view-asked": Words(
        en="No estimate of your own is asked for here: nothing of this case is hidden from you.",
        nb="Her blir du ikke bedt om et eget anslag: Ingenting i saken er skjult for deg.",
        nn="Her blir du ikkje beden om eit eige overslag: Ingenting i saka er skjult for deg.",
    ),
    "sent-on": Words(
        en="The decision was sent on {day}, so it can no longer be taken back. It can be changed after a complaint.",
        nb="Vedtaket ble sendt {day} og kan derfor ikke lenger angres. Det kan endres etter klage.",
        nn="Vedtaket vart sendt {day} og kan difor ikkje lenger angrast. Det kan endrast etter klage.",
    ),
    "not-your-decision": Words(
        en="You neither made nor approved this decision. Ask {name} to take it back.",
        nb="Du har verken truffet eller godkjent dette vedtaket. Be {name} om å angre det.",
        nn="Du har korkje gjort eller godkjent dette vedtaket. Be {name} om å angre det.",
    ),
    "case-open-already": Words(
        en="There is a case for this dwelling already: {case}.",
        nb="Det finnes alt en sak for denne boligen: {case}.",
        nn="Det finst alt ei sak for denne bustaden: {case}.",
    ),
    # --- what is decided
    "unknown-outcome": Words(
        en="“{given}” is no outcome. There are: {known}.",
        nb="«{given}» er ikke et utfall. Velg mellom: {known}.",
        nn="«{given}» er ikkje eit utfall. Vel mellom: {known}.",
    ),
    "value-missing": Words(
        en="Write the value that shall stand.", nb="Skriv verdien som skal stå.", nn="Skriv verdien som skal stå."
    ),
    "value-not-asked": Words(
        en="With this outcome there is no value to write. Leave the field empty.",
        nb="Med dette utfallet er det ingen verdi å skrive. La feltet stå tomt.",
        nn="Med dette utfallet er det ingen verdi å skrive. La feltet stå tomt.",
    ),
    "value-not-whole": Words(
        en="A value is a whole number above zero, not “{given}”.",
        nb="En verdi er et helt tall over null, ikke «{given}».",
        nn="Ein verdi er eit heilt tal over null, ikkje «{given}».",
    ),
    "value-out-of-bounds": Words(
        en="{value} is no price of a dwelling here: those lie between {low} and {high}. Look for a digit too many or "
        "too few.",
        nb="{value} er ingen boligpris her: De ligger mellom {low} og {high}. Se etter et siffer for mye eller for "
        "lite.",
        nn="{value} er ingen bustadpris her: Dei ligg mellom {low} og {high}. Sjå etter eit siffer for mykje eller for "
        "lite.",
    ),
    "value-far-from-all": Words(
        en="{value} is more than {times} times as far up or down as anything known of this dwelling. Look for a digit "
        "too many or too few.",
        nb="{value} er mer enn {times} ganger høyere eller lavere enn alt som er kjent om boligen. Se etter et siffer "
        "for mye eller for lite.",
        nn="{value} er meir enn {times} gonger høgare eller lågare enn alt som er kjent om bustaden. Sjå etter eit "
        "siffer for mykje eller for lite.",
    ),
    "value-not-as-accepted": Words(
        en="To accept is to keep the value there is. For another one, choose own value.",
        nb="Å godta er å la verdien stå. For en annen verdi, velg egen verdi.",
        nn="Å godta er å la verdien stå. For ein annan verdi, vel eigen verdi.",
    ),
    "nothing-to-accept": Words(
        en="There is no value to accept: the dwelling could not be valued. Choose another outcome.",
        nb="Det er ingen verdi å godta: Boligen kunne ikke verdsettes. Velg et annet utfall.",
        nn="Det er ingen verdi å godta: Bustaden kunne ikkje verdsetjast. Vel eit anna utfall.",
    ),
    "no-correction": Words(
        en="No fact is proposed corrected in this case. Propose what is wrong first, with its source.",
        nb="Ingen opplysning er foreslått rettet i saken. Foreslå først hva som er feil, og hvor du vet det fra.",
        nn="Inga opplysning er føreslått retta i saka. Føreslå først kva som er feil, og kvar du veit det frå.",
    ),
    "unknown-reason": Words(
        en="“{given}” is no reason code. With this outcome there are: {known}.",
        nb="«{given}» er ingen begrunnelseskode. Med dette utfallet finnes: {known}.",
        nn="«{given}» er ingen grunngjevingskode. Med dette utfallet finst: {known}.",
    ),
    "reason-does-not-fit": Words(
        en="“{reason}” is no reason for this outcome. Choose one of: {known}.",
        nb="«{reason}» er ingen begrunnelse for dette utfallet. Velg en av: {known}.",
        nn="«{reason}» er inga grunngjeving for dette utfallet. Vel ei av: {known}.",
    ),
    "text-says-nothing": Words(
        en="The text would fit every case. Say what you looked at and why it is right, in at least {least} words of "
        "your own.",
        nb="Teksten kunne stått i hvilken som helst sak. Skriv hva du har sett på, og hvorfor det er riktig, med minst "
        "{least} egne ord.",
        nn="Teksten kunne stått i kva sak som helst. Skriv kva du har sett på, og kvifor det er rett, med minst "
        "{least} eigne ord.",
    ),
    "text-without-fact": Words(
        en="The text holds no fact. Name at least one: an area, a year, a price, or a document.",
        nb="Teksten mangler en konkret opplysning. Nevn minst én: et areal, et årstall, en pris eller et dokument.",
        nn="Teksten manglar ei konkret opplysning. Nemn minst éi: eit areal, eit årstal, ein pris eller eit dokument.",
    ),
    "text-too-long": Words(
        en="The text has {n} characters; there is room for {most}. Say the core and name the document with the rest.",
        nb="Teksten har {n} tegn; det er plass til {most}. Skriv kjernen og vis til dokumentet med resten.",
        nn="Teksten har {n} teikn; det er plass til {most}. Skriv kjernen og vis til dokumentet med resten.",
    ),
    "evidence-missing": Words(
        en="Name at least one thing the value rests on: a sale, a fact, another dwelling or a document.",
        nb="Oppgi minst én ting verdien bygger på: et salg, en opplysning, en annen bolig eller et dokument.",
        nn="Oppgje minst éin ting verdien byggjer på: eit sal, ei opplysning, ein annan bustad eller eit dokument.",
    ),
    "evidence-not-read": Words(
        en="“{given}” cannot be read as evidence. Write it as sale:…, characteristic:…, dwelling:… or document:….",
        nb="«{given}» kan ikke leses som grunnlag. Skriv det som sale:…, characteristic:…, dwelling:… eller "
        "document:….",
        nn="«{given}» kan ikkje lesast som grunnlag. Skriv det som sale:…, characteristic:…, dwelling:… eller "
        "document:….",
    ),
    "source-missing": Words(
        en="Say where you know it from: an inspection, a drawing, the owner, a document.",
        nb="Skriv hvor du vet det fra: en befaring, en tegning, eieren, et dokument.",
        nn="Skriv kvar du veit det frå: ei synfaring, ei teikning, eigaren, eit dokument.",
    ),
    "nothing-altered": Words(
        en="{label} is recorded as just that already.",
        nb="{label} er alt registrert slik.",
        nn="{label} er alt registrert slik.",
    ),
    # --- many alike
    "no-cases": Words(en="Choose at least two cases.", nb="Velg minst to saker.", nn="Vel minst to saker."),
    "too-many-cases": Words(
        en="{n} cases are more than the {most} that can be decided at once. Divide them.",
        nb="{n} saker er flere enn de {most} som kan avgjøres samlet. Del dem opp.",
        nn="{n} saker er fleire enn dei {most} som kan avgjerast samla. Del dei opp.",
    ),
    "case-twice": Words(
        en="Case {case} is named twice.", nb="Sak {case} er nevnt to ganger.", nn="Sak {case} er nemnd to gonger."
    ),
    "not-alike": Words(
        en="Case {case} is not alike: {found} among {expected}. Decide it by itself.",
        nb="Sak {case} er ikke lik de andre: {found} blant {expected}. Avgjør den for seg.",
        nn="Sak {case} er ikkje lik dei andre: {found} blant {expected}. Avgjer ho for seg.",
    ),
    # --- complaints
    "date-not-read": Words(
        en="“{given}” is no date. Write it as 2026-01-31.",
        nb="«{given}» er ingen dato. Skriv den som 2026-01-31.",
        nn="«{given}» er ingen dato. Skriv han som 2026-01-31.",
    ),
    "date-to-come": Words(
        en="{day} has not been yet. Write the day the letter came in.",
        nb="{day} har ikke vært ennå. Skriv dagen brevet kom inn.",
        nn="{day} har ikkje vore enno. Skriv dagen brevet kom inn.",
    ),
    "date-before-notice": Words(
        en="{day} lies before {notified}, the day the owner was told. Check both.",
        nb="{day} ligger før {notified}, dagen eieren fikk beskjed. Kontroller begge.",
        nn="{day} ligg før {notified}, dagen eigaren fekk melding. Kontroller begge.",
    ),
    "argument-missing": Words(
        en="Write what the owner argues, one field for each argument.",
        nb="Skriv hva eieren anfører, ett felt for hvert argument.",
        nn="Skriv kva eigaren fører fram, eitt felt for kvart argument.",
    ),
    "too-many-arguments": Words(
        en="{n} are more than the {most} there is room for. Put those alike together.",
        nb="{n} er flere enn de {most} det er plass til. Slå sammen dem som er like.",
        nn="{n} er fleire enn dei {most} det er plass til. Slå saman dei som er like.",
    ),
    "no-such-argument": Words(
        en="There is no argument {n}; the complaint has {most}.",
        nb="Det finnes ikke noe argument {n}; klagen har {most}.",
        nn="Det finst ikkje noko argument {n}; klaga har {most}.",
    ),
    "argument-unanswered": Words(
        en="Argument {n} has no answer yet. Every argument of the owner is to be answered.",
        nb="Argument {n} er ikke besvart. Alt eieren anfører, skal besvares.",
        nn="Argument {n} er ikkje svara på. Alt eigaren fører fram, skal ha svar.",
    ),
    "complaint-about-own-decision": Words(
        en="The complaint is about a decision you made or approved. Another must decide it.",
        nb="Klagen gjelder et vedtak du selv har truffet eller godkjent. En annen må avgjøre den.",
        nn="Klaga gjeld eit vedtak du sjølv har gjort eller godkjent. Ein annan må avgjere ho.",
    ),
    "unknown-result": Words(
        en="“{given}” is no result of a complaint. There are: {known}.",
        nb="«{given}» er ikke et resultat av en klage. Velg mellom: {known}.",
        nn="«{given}» er ikkje eit resultat av ei klage. Vel mellom: {known}.",
    ),
    "result-does-not-fit": Words(
        en="The result does not fit the value: {before} stands, and {after} is to stand. {rule}",
        nb="Resultatet passer ikke med verdien: {before} står, og {after} skal stå. {rule}",
        nn="Resultatet passar ikkje med verdien: {before} står, og {after} skal stå. {rule}",
    ),
    "complaint-finished": Words(
        en="The complaint was decided and is finished. Only one that was partly upheld can be asked on about, once.",
        nb="Klagen er avgjort og ferdig. Bare en klage som fikk delvis medhold, kan følges opp, én gang.",
        nn="Klaga er avgjord og ferdig. Berre ei klage som fekk delvis medhald, kan følgjast opp, éin gong.",
    ),
    # --- requests
    "idempotency-key-reused": Words(
        en="This idempotency key was used for another request. Use a new key for a new request.",
        nb="Denne idempotensnøkkelen er brukt for en annen forespørsel. Bruk en ny nøkkel for en ny forespørsel.",
        nn="Denne idempotensnøkkelen er brukt for ein annan førespurnad. Bruk ein ny nøkkel for ein ny førespurnad.",
    ),
}


def refused(code: str, pointer: str = "", **pieces: str | int | Said) -> ActionRefused:
    """Return the refusal with this code.

    Parameters
    ----------
    code : str
        One of `REFUSALS`.
    pointer : str
        JSON pointer to the field it is about.
    **pieces
        What stands in the sentence: the same in every language, or one text for each.
    """
    words = {language: REFUSALS[code].in_language(language).format(**_in(pieces, language)) for language in LANGUAGES}
    return ActionRefused(words["en"], code=code, pointer=pointer, words=words)


def together(refusals: list[ActionRefused]) -> ActionRefused:
    """Return several refusals as one: the first, with the others beside it."""
    first, *others = refusals
    return ActionRefused(
        first.found, code=first.code, pointer=first.pointer, words=first.words, also=(*first.also, *others)
    )


def _in(pieces: Mapping[str, str | int | Said], language: str) -> dict[str, str | int]:
    return {name: piece[language] if isinstance(piece, Mapping) else piece for name, piece in pieces.items()}
