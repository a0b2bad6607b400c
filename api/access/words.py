"""What is said to whoever is not let in? One sentence per code, in every language; a code never changes."""

from __future__ import annotations

from collections.abc import Mapping

from api.problem import Problem
from valuation.dwellings.characteristics import Words

CODES: dict[str, Words] = {
    "not-signed-in": Words(
        en="Sign in, or send a token in the header Authorization.",
        nb="Logg inn, eller send et token i hodet Authorization.",
        nn="Logg inn, eller send eit token i hovudet Authorization.",
    ),
    "session-ended": Words(
        en="Your session has ended. Sign in again; what you have saved is kept.",
        nb="Økten din er over. Logg inn på nytt; det du har lagret, er tatt vare på.",
        nn="Økta di er over. Logg inn på nytt; det du har lagra, er teke vare på.",
    ),
    "token-unknown": Words(
        en="This token is not known here. Ask whoever runs the service for a new one.",
        nb="Dette tokenet er ikke kjent her. Be den som drifter tjenesten, om et nytt.",
        nn="Dette tokenet er ikkje kjent her. Be den som driftar tenesta, om eit nytt.",
    ),
    "token-expired": Words(
        en="This token has expired. Ask whoever runs the service for a new one.",
        nb="Dette tokenet er utløpt. Be den som drifter tjenesten, om et nytt.",
        nn="Dette tokenet har gått ut. Be den som driftar tenesta, om eit nytt.",
    ),
    "token-revoked": Words(
        en="This token was revoked. Ask whoever runs the service for a new one.",
        nb="Dette tokenet er trukket tilbake. Be den som drifter tjenesten, om et nytt.",
        nn="Dette tokenet er trekt tilbake. Be den som driftar tenesta, om eit nytt.",
    ),
    "forbidden": Words(
        en="Your role does not allow this.",
        nb="Rollen din gir ikke adgang til dette.",
        nn="Rolla di gir ikkje tilgang til dette.",
    ),
    "csrf-token-wrong": Words(
        en="This page is too old, or the request came from elsewhere. Load the page again; nothing was stored.",
        nb="Siden er for gammel, eller forespørselen kom fra et annet sted. Last den inn på nytt; ingenting er lagret.",
        nn="Sida er for gammal, eller førespurnaden kom frå ein annan stad. Last ho inn på nytt; ingenting er lagra.",
    ),
    "origin-not-allowed": Words(
        en="The request came from another site. Nothing was stored.",
        nb="Forespørselen kom fra et annet nettsted. Ingenting er lagret.",
        nn="Førespurnaden kom frå ein annan nettstad. Ingenting er lagra.",
    ),
    "host-not-allowed": Words(
        en="The service does not answer to this name.",
        nb="Tjenesten svarer ikke på dette navnet.",
        nn="Tenesta svarar ikkje på dette namnet.",
    ),
    "too-many-requests": Words(
        en="Too many requests. The header Retry-After says for how many seconds to wait.",
        nb="For mange forespørsler. Hodet Retry-After sier hvor mange sekunder du må vente.",
        nn="For mange førespurnader. Hovudet Retry-After seier kor mange sekund du må vente.",
    ),
    "too-busy": Words(
        en="The service has all it can do. Try again in a moment; nothing was stored.",
        nb="Tjenesten har mer enn nok å gjøre. Prøv igjen om et øyeblikk; ingenting er lagret.",
        nn="Tenesta har meir enn nok å gjere. Prøv igjen om ein augneblink; ingenting er lagra.",
    ),
    "head-too-long": Words(
        en="The headers of the request are longer than this service takes.",
        nb="Hodene i forespørselen er lengre enn tjenesten tar imot.",
        nn="Hovuda i førespurnaden er lengre enn tenesta tek imot.",
    ),
    "login-failed": Words(
        en="The login could not be finished. Start again from the login page.",
        nb="Innloggingen kunne ikke fullføres. Begynn på nytt fra innloggingssiden.",
        nn="Innlogginga kunne ikkje fullførast. Begynn på nytt frå innloggingssida.",
    ),
    "login-too-late": Words(
        en="The login took more than ten minutes, or was begun in another browser. Start again.",
        nb="Innloggingen tok mer enn ti minutter, eller ble begynt i en annen nettleser. Begynn på nytt.",
        nn="Innlogginga tok meir enn ti minutt, eller vart begynt i ein annan nettlesar. Begynn på nytt.",
    ),
    "login-cancelled": Words(
        en="The login was cancelled at the municipality's login page.",
        nb="Innloggingen ble avbrutt hos kommunens innlogging.",
        nn="Innlogginga vart avbroten hos innlogginga til kommunen.",
    ),
    "no-role": Words(
        en="You are known, but have no role in this service. Whoever gives out access in the municipality can help.",
        nb="Du er kjent, men har ingen rolle i denne tjenesten. Den som gir tilganger i kommunen, kan hjelpe.",
        nn="Du er kjend, men har inga rolle i denne tenesta. Den som gir tilgangar i kommunen, kan hjelpe.",
    ),
    "no-district": Words(
        en="You have a role, but no district in this service. Whoever gives out access in the municipality can help.",
        nb="Du har en rolle, men ikke noe område i denne tjenesten. Den som gir tilganger i kommunen, kan hjelpe.",
        nn="Du har ei rolle, men ikkje noko område i denne tenesta. Den som gir tilgangar i kommunen, kan hjelpe.",
    ),
    "no-identity": Words(
        en="The municipality's login did not say who you are in a way this service can use. Tell whoever runs it.",
        nb="Kommunens innlogging sa ikke hvem du er slik at tjenesten kan bruke det. Si fra til driften.",
        nn="Innlogginga til kommunen sa ikkje kven du er slik at tenesta kan bruke det. Sei frå til drifta.",
    ),
    "identity-is-a-national-number": Words(
        en="The login sent a national identity number as identity. It was not stored. Tell whoever runs the service.",
        nb="Innloggingen sendte et fødselsnummer som identitet. Det er ikke lagret. Si fra til driften.",
        nn="Innlogginga sende eit fødselsnummer som identitet. Det er ikkje lagra. Sei frå til drifta.",
    ),
    "issuer-unavailable": Words(
        en="The municipality's login does not answer. Try again in a moment; who is signed in can go on.",
        nb="Kommunens innlogging svarer ikke. Prøv igjen om et øyeblikk; de som er logget inn, kan fortsette.",
        nn="Innlogginga til kommunen svarar ikkje. Prøv igjen litt seinare; dei som er logga inn, kan halde fram.",
    ),
    "no-login-here": Words(
        en="This service has no login for people; machines come in with a token.",
        nb="Denne tjenesten har ingen innlogging for personer; maskiner slipper inn med et token.",
        nn="Denne tenesta har inga innlogging for personar; maskiner slepp inn med eit token.",
    ),
}


def refusal(status: int, code: str, *, headers: Mapping[str, str] | None = None, pointer: str = "") -> Problem:
    """Return the answer that says no."""
    return Problem(status, code, CODES[code], headers=headers, pointer=pointer)
