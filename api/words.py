"""What does the service say, in which language? One sentence per code; a code never changes, its words may."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from valuation.dwellings.characteristics import Words


def _w(en: str, nb: str, nn: str) -> Words:
    return Words(en=en, nb=nb, nn=nn)


CODES: dict[str, Words] = {
    "unexpected": _w(
        "Something failed on our side and was logged. Nothing was stored. Try again, or give us the request id.",
        "Noe gikk galt hos oss; feilen er loggført, ingenting er lagret. Prøv igjen, eller oppgi forespørsels-id-en.",
        "Noko gjekk gale hos oss; feilen er loggført, ingenting er lagra. Prøv igjen, eller oppgi førespurnads-id-en.",
    ),
    "malformed-request": _w(
        "The request cannot be understood.", "Forespørselen kan ikke forstås.", "Førespurnaden kan ikkje forståast."
    ),
    "not-signed-in": _w(
        "Sign in, or send a token in the header Authorization.",
        "Logg inn, eller send et token i hodet Authorization.",
        "Logg inn, eller send eit token i hovudet Authorization.",
    ),
    "forbidden": _w(
        "Your role does not allow this.",
        "Rollen din gir ikke adgang til dette.",
        "Rolla di gir ikkje tilgang til dette.",
    ),
    "no-such-address": _w(
        "There is nothing at this address.", "Det er ingenting på denne adressen.", "Det er ingenting på denne adressa."
    ),
    "method-not-allowed": _w(
        "This address does not take this method; the header Allow names those it takes.",
        "Adressen tar ikke denne metoden; hodet Allow nevner dem den tar.",
        "Adressa tek ikkje denne metoden; hovudet Allow nemner dei ho tek.",
    ),
    "not-acceptable": _w(
        "The answer cannot be given in the form asked for.",
        "Svaret kan ikke gis i den formen du ba om.",
        "Svaret kan ikkje givast i den forma du bad om.",
    ),
    "body-too-large": _w(
        "The body is longer than this service takes. Send fewer dwellings at a time.",
        "Innholdet er lengre enn tjenesten tar imot. Send færre boliger om gangen.",
        "Innhaldet er lengre enn tenesta tek imot. Send færre bustader om gongen.",
    ),
    "body-too-slow": _w(
        "The body did not arrive in time. Send it again.",
        "Innholdet kom ikke fram i tide. Send det på nytt.",
        "Innhaldet kom ikkje fram i tide. Send det på nytt.",
    ),
    "unsupported-media-type": _w(
        "Send JSON in UTF-8, not compressed, with the header Content-Type: application/json.",
        "Send JSON i UTF-8, uten komprimering, med hodet Content-Type: application/json.",
        "Send JSON i UTF-8, utan komprimering, med hovudet Content-Type: application/json.",
    ),
    "not-utf-8": _w("The body is not UTF-8.", "Innholdet er ikke UTF-8.", "Innhaldet er ikkje UTF-8."),
    "not-json": _w("The body is not JSON.", "Innholdet er ikke JSON.", "Innhaldet er ikkje JSON."),
    "nested-too-deeply": _w(
        "The body is nested too deeply.", "Innholdet er nøstet for dypt.", "Innhaldet er nøsta for djupt."
    ),
    "key-doubled": _w(
        "The same name stands twice in one object: say it once.",
        "Det samme navnet står to ganger i ett objekt: oppgi det én gang.",
        "Det same namnet står to gonger i eitt objekt: oppgi det éin gong.",
    ),
    "text-not-unicode": _w(
        "A text holds half a character (a lone surrogate).",
        "En tekst inneholder et halvt tegn (et enslig surrogat).",
        "Ein tekst inneheld eit halvt teikn (eit einsleg surrogat).",
    ),
    "wrong-parameters": _w(
        "The address has parameters that cannot be used; each is listed.",
        "Adressen har parametere som ikke kan brukes; hver av dem er nevnt.",
        "Adressa har parametrar som ikkje kan brukast; kvar av dei er nemnd.",
    ),
    "wrong-body": _w(
        "The body is not what is expected here; each fault is listed. Nothing was stored.",
        "Innholdet er ikke som ventet; hver feil er nevnt. Ingenting er lagret.",
        "Innhaldet er ikkje som venta; kvar feil er nemnd. Ingenting er lagra.",
    ),
    "too-many-requests": _w(
        "Too many requests at once. Try again in a moment.",
        "For mange forespørsler på en gang. Prøv igjen om litt.",
        "For mange førespurnader på ein gong. Prøv igjen om litt.",
    ),
    "not-ready": _w(
        "The service is not ready yet. Try again in a moment.",
        "Tjenesten er ikke klar ennå. Prøv igjen om litt.",
        "Tenesta er ikkje klar enno. Prøv igjen om litt.",
    ),
    "store-unavailable": _w(
        "The record cannot be reached now; nothing was changed. Try again in a moment.",
        "Arkivet kan ikke nås nå; ingenting er endret. Prøv igjen om litt.",
        "Arkivet kan ikkje nåast no; ingenting er endra. Prøv igjen om litt.",
    ),
    "store-busy": _w(
        "The record is busy: somebody else writes and does not end. Nothing was changed; try again in a moment.",
        "Arkivet er opptatt: noen andre har skrevet lenger enn man venter. Ingenting er endret; prøv igjen om litt.",
        "Arkivet er oppteke: nokon andre har skrive lenger enn ein ventar. Ingenting er endra; prøv igjen om litt.",
    ),
    "disk-full": _w(
        "There is no room left where this would be kept. Nothing was changed; whoever runs the service must make room.",
        "Det er ikke plass der dette skulle lagres. Ingenting er endret; driften må rydde plass.",
        "Det er ikkje plass der dette skulle lagrast. Ingenting er endra; drifta må rydde plass.",
    ),
    "revaluation-without-room": _w(
        "The disk is full. Make room where the archive lies and let the revaluation go on: what is finished is kept.",
        "Disken er full. Rydd plass der arkivet ligger, og la verdsettingen gå videre: alt som er ferdig, beholdes.",
        "Disken er full. Rydd plass der arkivet ligg, og lat verdsetjinga gå vidare: alt som er ferdig, blir verande.",
    ),
    "revaluation-failed": _w(
        "The revaluation could not be done. The log in its folder says why; mend that and let it go on.",
        "Verdsettingen kunne ikke gjøres ferdig. Loggen i mappen dens sier hvorfor; rett det og la den gå videre.",
        "Verdsetjinga kunne ikkje gjerast ferdig. Loggen i mappa hennar seier kvifor; rett det og lat ho gå vidare.",
    ),
    "locked": _w(
        "Somebody else is writing here. Try again in a moment.",
        "Noen andre skriver her nå. Prøv igjen om litt.",
        "Nokon andre skriv her no. Prøv igjen om litt.",
    ),
    "case-not-found": _w(
        "There is no such case, or it is not yours to see.",
        "Saken finnes ikke, eller du har ikke tilgang til den.",
        "Saka finst ikkje, eller du har ikkje tilgang til ho.",
    ),
    "roll-not-found": _w(
        "There is no such roll.",
        "Det finnes ikke noe slikt takstgrunnlag.",
        "Det finst ikkje noko slikt takstgrunnlag.",
    ),
    "value-not-found": _w(
        "There is no such dwelling in this roll, or it is not yours to see.",
        "Boligen finnes ikke i dette takstgrunnlaget, eller du har ikke tilgang til den.",
        "Bustaden finst ikkje i dette takstgrunnlaget, eller du har ikkje tilgang til han.",
    ),
    "not-found": _w(
        "There is no such thing, or it is not yours to see.",
        "Det finnes ikke, eller du har ikke tilgang til det.",
        "Det finst ikkje, eller du har ikkje tilgang til det.",
    ),
    "jurisdiction-refused": _w(
        "The service is set up wrongly and cannot answer this now.",
        "Tjenesten er satt opp feil og kan ikke svare på dette nå.",
        "Tenesta er sett opp feil og kan ikkje svare på dette no.",
    ),
    "settings-refused": _w(
        "The service is set up wrongly and cannot answer this now.",
        "Tjenesten er satt opp feil og kan ikke svare på dette nå.",
        "Tenesta er sett opp feil og kan ikkje svare på dette no.",
    ),
    "bundle-refused": _w(
        "The model version is not as it was written, and is not used. The operator must restore it.",
        "Modellversjonen er ikke slik den ble skrevet, og brukes ikke. Driften må gjenopprette den.",
        "Modellversjonen er ikkje slik han vart skriven, og blir ikkje brukt. Drifta må gjenopprette han.",
    ),
    "record-refused": _w(
        "The record of model versions does not hang together, and is not used. The operator must look at it.",
        "Oversikten over modellversjoner henger ikke sammen, og brukes ikke. Driften må se på den.",
        "Oversikta over modellversjonar heng ikkje saman, og blir ikkje brukt. Drifta må sjå på ho.",
    ),
    "interrupted": _w(
        "The work was stopped on the way and can be resumed.",
        "Arbeidet ble stanset underveis og kan tas opp igjen.",
        "Arbeidet vart stansa undervegs og kan takast opp att.",
    ),
    "not-a-box": _w(
        "Give four numbers: west, south, east, north, in degrees of WGS84.",
        "Oppgi fire tall: vest, sør, øst, nord, i grader i WGS84.",
        "Oppgi fire tal: vest, sør, aust, nord, i grader i WGS84.",
    ),
    "no-coordinates": _w(
        "Dwellings have no place on the map here.",
        "Boligene har ingen plass på kartet her.",
        "Bustadene har ingen plass på kartet her.",
    ),
    "value-not-reproduced": _w(
        "Made again from its record, the value is not the one that was released. It is not told.",
        "Verdien laget på nytt er ikke den som ble frigitt. Den vises ikke; driften må se på det.",
        "Verdien laga på nytt er ikkje den som vart frigjeven. Han blir ikkje vist; drifta må sjå på det.",
    ),
    "run-not-whole": _w(
        "The run of this version is gone or changed.",
        "Kjøringen bak denne versjonen er borte eller endret.",
        "Køyringa bak denne versjonen er borte eller endra.",
    ),
    "version-not-found": _w(
        "There is no such model version in the record.",
        "Det finnes ingen slik modellversjon i oversikten.",
        "Det finst ingen slik modellversjon i oversikta.",
    ),
    "flag-not-found": _w(
        "There is no rule with this code.",
        "Det finnes ingen regel med denne koden.",
        "Det finst ingen regel med denne koden.",
    ),
    "collection-not-found": _w(
        "There is no such collection.", "Det finnes ingen slik samling.", "Det finst inga slik samling."
    ),
    "job-not-found": _w(
        "There is no such revaluation.", "Det finnes ingen slik omtaksering.", "Det finst inga slik omtaksering."
    ),
    "own-view-first": _w(
        "Put down your own estimate in the case first. Then you see what the model came to.",
        "Skriv ned ditt eget anslag i saken først. Deretter ser du hva modellen har kommet til.",
        "Skriv ned ditt eige overslag i saka først. Deretter ser du kva modellen har kome til.",
    ),
    "like-own-view-first": _w(
        "These are the facts of a dwelling whose value you are to estimate yourself first, or nearly so.",
        "Dette er opplysningene om en bolig som du selv skal anslå verdien av først, eller nesten de samme.",
        "Dette er opplysningane om ein bustad som du sjølv skal gi overslag for først, eller nesten dei same.",
    ),
    "case-changed": _w(
        "Somebody else has changed this case since you read it. Both versions are in this answer; nothing is lost.",
        "Noen andre har endret saken siden du leste den. Begge utgavene er i dette svaret; ingenting er tapt.",
        "Nokon andre har endra saka sidan du las ho. Begge utgåvene er i dette svaret; ingenting er tapt.",
    ),
    "if-match-missing": _w(
        "Send the header If-Match with the ETag of the case as you read it.",
        "Send hodet If-Match med ETag-en til saken slik du leste den.",
        "Send hovudet If-Match med ETag-en til saka slik du las ho.",
    ),
    "if-match-not-read": _w(
        'If-Match is none of our ETags. They look like "3", with the quotation marks.',
        'If-Match er ikke en av våre ETag-er. De ser ut som "3", med hermetegn.',
        'If-Match er ikkje ein av våre ETag-ar. Dei ser ut som "3", med hermeteikn.',
    ),
    "idempotency-key-missing": _w(
        "Send the header Idempotency-Key with a new key of your choice: sent again, the request counts once.",
        "Send hodet Idempotency-Key med en ny nøkkel du velger selv: sendt på nytt teller forespørselen én gang.",
        "Send hovudet Idempotency-Key med ein ny nøkkel du vel sjølv: send på nytt tel førespurnaden éin gong.",
    ),
    "idempotency-key-not-read": _w(
        "An idempotency key has 8 to 100 letters, digits or the signs _ . : -",
        "En idempotensnøkkel har 8 til 100 bokstaver, sifre eller tegnene _ . : -",
        "Ein idempotensnøkkel har 8 til 100 bokstavar, siffer eller teikna _ . : -",
    ),
    "request-running": _w(
        "The same request is being answered. Ask again in a moment: you get that answer.",
        "Den samme forespørselen blir besvart nå. Spør igjen om litt: da får du det svaret.",
        "Den same førespurnaden blir svara på no. Spør igjen om litt: då får du det svaret.",
    ),
    "header-doubled": _w(
        "This header stands twice in the request: send it once.",
        "Dette hodet står to ganger i forespørselen: send det én gang.",
        "Dette hovudet står to gonger i førespurnaden: send det éin gong.",
    ),
    "cursor-not-read": _w(
        "The list cannot go on from here: the address was changed, or belongs to a list with other filters or in "
        "another order. Begin at the first page.",
        "Listen kan ikke fortsette herfra: Adressen er endret, eller hører til en liste med andre filtre eller en "
        "annen rekkefølge. Begynn på første side.",
        "Lista kan ikkje halde fram herifrå: Adressa er endra, eller høyrer til ei liste med andre filter eller ei "
        "anna rekkjefølgje. Begynn på første side.",
    ),
    "field-missing": _w("This must be given.", "Dette må oppgis.", "Dette må oppgivast."),
    "field-unknown": _w(
        "Nothing here is called that. Names are written exactly as in the description of the service.",
        "Ingenting her heter det. Navn skrives nøyaktig som i beskrivelsen av tjenesten.",
        "Ingenting her heiter det. Namn skal skrivast nøyaktig som i omtalen av tenesta.",
    ),
    "field-refused": _w("This cannot be used.", "Dette kan ikke brukes.", "Dette kan ikkje brukast."),
    "number-not-finite": _w(
        "Give a number, or null where it is not known: NaN and infinity are no numbers here.",
        "Oppgi et tall, eller null der det ikke er kjent: NaN og uendelig er ikke tall her.",
        "Oppgi eit tal, eller null der det ikkje er kjent: NaN og uendeleg er ikkje tal her.",
    ),
    "not-a-number": _w(
        "Give a number such as 69.5, without quotation marks, or null where it is not known.",
        "Oppgi et tall som 69.5, uten hermetegn, eller null der det ikke er kjent.",
        "Oppgi eit tal som 69.5, utan hermeteikn, eller null der det ikkje er kjent.",
    ),
    "not-a-whole-number": _w(
        "Give a whole number such as 1990, without quotation marks or decimals.",
        "Oppgi et helt tall som 1990, uten hermetegn og desimaler.",
        "Oppgi eit heilt tal som 1990, utan hermeteikn og desimalar.",
    ),
    "number-out-of-range": _w(
        "The number lies outside what is possible{bounds}.",
        "Tallet ligger utenfor det som er mulig{bounds}.",
        "Talet ligg utanfor det som er mogleg{bounds}.",
    ),
    "not-a-text": _w(
        'Give a text in quotation marks, such as "0301".',
        'Oppgi en tekst i hermetegn, som "0301".',
        'Oppgi ein tekst i hermeteikn, som "0301".',
    ),
    "text-too-short": _w("The text is too short.", "Teksten er for kort.", "Teksten er for kort."),
    "text-too-long": _w("The text is too long.", "Teksten er for lang.", "Teksten er for lang."),
    "text-of-wrong-form": _w(
        "The text does not have the form that is expected here.",
        "Teksten har ikke den formen som ventes her.",
        "Teksten har ikkje den forma som er venta her.",
    ),
    "not-a-day": _w(
        "Give a day of the calendar such as 2026-01-31.",
        "Oppgi en dato som 2026-01-31.",
        "Oppgi ein dato som 2026-01-31.",
    ),
    "not-true-or-false": _w(
        "Give true, false, or null where it is not known.",
        "Oppgi true, false, eller null der det ikke er kjent.",
        "Oppgi true, false, eller null der det ikkje er kjent.",
    ),
    "not-a-list": _w("Give a list.", "Oppgi en liste.", "Oppgi ei liste."),
    "not-an-object": _w("Give an object.", "Oppgi et objekt.", "Oppgi eit objekt."),
    "too-few": _w("Give at least one.", "Oppgi minst én.", "Oppgi minst éin."),
    "too-many": _w(
        "These are more than one request may hold.",
        "Dette er flere enn én forespørsel kan inneholde.",
        "Dette er fleire enn éin førespurnad kan innehalde.",
    ),
    "not-one-of": _w(
        "This is none of those to choose from.", "Dette er ikke blant valgene.", "Dette er ikkje blant vala."
    ),
    "parameter-doubled": _w(
        "This parameter stands twice in the address: give it once.",
        "Parameteren står to ganger i adressen: oppgi den én gang.",
        "Parameteren står to gonger i adressa: oppgi han éin gong.",
    ),
}


def words_of(code: str) -> Words:
    """Return the sentence of a code, in every language."""
    return CODES[code]


def message_of(code: str, context: Mapping[str, Any], language: str) -> str:
    """Return the sentence of a code in a language, with the bounds that were broken where it names them."""
    sentence = CODES[code].in_language(language)
    return sentence.replace("{bounds}", _bounds(context)) if "{bounds}" in sentence else sentence


def _bounds(context: Mapping[str, Any]) -> str:
    told = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}
    found = [f"{sign} {context[name]:g}" for name, sign in told.items() if isinstance(context.get(name), int | float)]
    return f" ({', '.join(found)})" if found else ""
